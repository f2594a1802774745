"""Which of several candidates is said."""
from __future__ import annotations

from dataclasses import dataclass

from models.reply.coverage import Coverage, SlotTable
from models.reply.meaning import Meaning
from models.reply.ranking import Weights, errors, rank

MEANING = Meaning("inform", (("title", None), ("price", None), ("tone", "warm")))


@dataclass(frozen=True)
class Sample:
    text: str
    score: float = -1.0


def texts(meaning: Meaning, *samples: Sample, **settings) -> list[str]:
    return [each.text for each in rank(meaning, samples, **settings)]


def test_whoever_leaves_a_fact_out_or_repeats_it_comes_after_whoever_does_not():
    right = Sample("The <1> is <2>.", -9.0)
    wrong = [Sample("The <1> is here.", -0.1), Sample("The <1>, <1> is <2> and <2>.", -0.1), Sample("The <3>.", -0.1)]
    assert texts(MEANING, *wrong, right) == [each.text for each in (right, wrong[0], wrong[1], wrong[2])]


def test_placeholders_missing_repeated_and_unknown_are_counted():
    assert errors(MEANING, "<1> <2>") == 0
    assert errors(MEANING, "<2>") == 1
    assert errors(MEANING, "<1> <2> <2> <2>") == 2
    assert errors(MEANING, "<1> <3>") == 2
    assert errors(MEANING, "nothing") == 2


def test_samples_with_one_text_are_one_candidate_and_the_likeliest_of_them_stays():
    found = rank(MEANING, [Sample("<1> <2>", -2.0), Sample("<1> <2>", -1.0), Sample("<2> <1>", -1.5)])
    assert sorted((each.text, each.score) for each in found) == [("<1> <2>", -1.0), ("<2> <1>", -1.5)]


def test_among_candidates_without_errors_what_most_of_them_say_comes_first():
    usual = ["The <1> is yours for <2>.", "The <1> is yours at <2>.", "The <1> could be yours for <2>."]
    odd = "At <2> we would part with <1> , gladly so"
    found = texts(MEANING, Sample(odd), *(Sample(each) for each in usual))
    assert found[0] == usual[0]
    assert found[-1] == odd


def test_the_models_own_score_counts_by_its_weight():
    likely = Sample("For <2> it is <1>", -0.1)
    agreed = [Sample("The <1> is <2>", -0.9), Sample("The <1> costs <2>", -0.9)]
    assert texts(MEANING, likely, *agreed, weights=Weights(score=0.0))[0] != likely.text
    assert texts(MEANING, likely, *agreed, weights=Weights(score=5.0))[0] == likely.text


def test_slots_that_are_not_quoted_count_where_they_were_learned():
    table = SlotTable(frozenset({("dogs",)}), exact=True, acts=frozenset({"inform"}))
    meaning = Meaning("inform", (("name", None), ("dogs", "yes")))
    silent, says = Sample("<1> is nice", -0.1), Sample("<1> allows dogs", -3.0)
    assert texts(meaning, silent, says, coverage=Coverage({"dogs": table})) == [says.text, silent.text]
    assert texts(meaning, silent, says)[0] == silent.text


def test_one_or_no_candidate_is_ranked_too():
    assert rank(MEANING, []) == []
    assert texts(MEANING, Sample("alone")) == ["alone"]


def test_the_order_does_not_depend_on_the_order_of_the_samples():
    samples = [Sample(text) for text in ("<1> or <2>", "<2> or <1>", "either <1> or <2>", "<1> and <2>")]
    assert texts(MEANING, *samples) == texts(MEANING, *reversed(samples))
