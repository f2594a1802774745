"""Figures of an evaluation, pinned to values worked by hand, and typing errors that are the same every time."""
from __future__ import annotations

from collections import Counter

import pytest

from bot.typing_errors import disturb, neighbours
from commands.evaluation.metrics import (
    accuracy,
    confusions,
    expected_calibration_error,
    intent_figures,
    macro_f1,
    refusal_threshold,
    reliability,
)
from commands.evaluation.plans import choose_shots, folds_of
from commands.evaluation.sentences import Sentence

# Of three greetings one is taken for thanks, of two thanks one for a goodbye; the goodbye is understood.
TRUTH = ["greet", "greet", "greet", "thank", "thank", "goodbye"]
GUESSES = ["greet", "greet", "thank", "thank", "goodbye", "goodbye"]


def test_precision_recall_and_f1_are_those_worked_by_hand():
    figures = intent_figures(TRUTH, GUESSES)
    # greet: 2 of 2 guesses right, 2 of 3 found. thank: 1 of 2, 1 of 2. goodbye: 1 of 2, 1 of 1.
    assert (figures["greet"].precision, figures["greet"].recall) == (1, pytest.approx(2 / 3))
    assert figures["greet"].f1 == pytest.approx(0.8)
    assert (figures["thank"].precision, figures["thank"].recall, figures["thank"].f1) == (0.5, 0.5, 0.5)
    assert figures["goodbye"].f1 == pytest.approx(2 / 3)
    assert [figures[name].support for name in ("greet", "thank", "goodbye")] == [3, 2, 1]
    assert accuracy(TRUTH, GUESSES) == pytest.approx(4 / 6)
    assert macro_f1(TRUTH, GUESSES) == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)


def test_an_intent_that_is_only_guessed_takes_no_part_in_the_mean():
    assert set(intent_figures(["greet"], ["stop"])) == {"greet"}
    assert macro_f1(["greet", "greet"], ["greet", "stop"]) == pytest.approx(2 / 3)


def test_nothing_asked_gives_nothing():
    assert (accuracy([], []), macro_f1([], []), expected_calibration_error(reliability([], []))) == (0, 0, 0)


def test_confused_intents_come_with_their_sentences_most_frequent_first():
    found = confusions(["a", "b", "c", "c", "d"], ["x", "x", "x", "x", "y"], ["y", "x", "z", "z", "x"])
    assert [(each.intent, each.taken_for, each.count, each.sentences) for each in found] == [
        ("x", "z", 2, ["c"]), ("x", "y", 1, ["a"]), ("y", "x", 1, ["d"])]


def test_the_calibration_error_is_that_worked_by_hand():
    # Bin 0.9 to 1: confidences 0.92 and 0.98 (mean 0.95), one right: gap 0.45, two answers.
    # Bin 0.5 to 0.6: 0.5 (on the edge, so in the upper bin) and 0.58 (mean 0.54), both right: gap 0.46.
    # Bin 0 to 0.1: 0.05, wrong: gap 0.05. Together (2 * 0.45 + 2 * 0.46 + 0.05) / 5 = 0.374.
    table = reliability([0.92, 0.98, 0.5, 0.58, 0.05], [True, False, True, True, False])
    assert [each.count for each in table] == [1, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert table[9].confidence == pytest.approx(0.95)
    assert table[9].accuracy == pytest.approx(0.5)
    assert table[1].accuracy is None
    assert expected_calibration_error(table) == pytest.approx(0.374)


def test_a_certain_answer_belongs_to_the_last_bin():
    assert reliability([1.0], [True])[9].count == 1


def test_the_threshold_gives_up_one_right_answer_of_a_hundred():
    confidences = [number / 100 for number in range(100)]
    assert refusal_threshold(confidences, [True] * 100, [False] * 100) == 0.01
    # The lowest ten are wrong: refusing them costs nothing.
    assert refusal_threshold(confidences, [number >= 10 for number in range(100)], [False] * 100) == 0.11
    # Of fifty, not one may be given up.
    assert refusal_threshold(confidences[:50], [True] * 50, [False] * 50) == 0.0
    assert refusal_threshold([0.9], [False], [False]) == 0.0


def test_what_is_refused_anyway_costs_nothing():
    assert refusal_threshold([0.2, 0.8, 0.9], [True, True, True], [True, False, False]) == 0.8


def test_typing_errors_are_the_same_every_time():
    text = "where is my order"
    assert disturb(text, 0.1, 7) == "where s ym order"
    assert disturb(text, 0.1, 7) == disturb(text, 0.1, 7)
    assert disturb(text, 0.1, 7) != disturb(text, 0.1, 8)


def test_a_tenth_of_the_characters_is_disturbed():
    text = "could you tell me whether the blue running shoes are back in stock"  # 66 characters: 7 errors
    for seed in range(50):
        # No error changes a text's length by more than one.
        assert text != disturb(text, 0.1, seed)
        assert abs(len(disturb(text, 0.1, seed)) - len(text)) <= 7


def test_every_kind_of_error_happens():
    seen = Counter()
    for seed in range(200):
        written = disturb("mn", 0.5, seed)
        seen[written] += 1
    assert {"nm", "n", "m", "mmn", "mnn"} <= set(seen)  # swapped, dropped, doubled
    assert seen["nn"] or seen["bm"] or seen["mm"]  # a neighbouring key


def test_neighbours_stand_beside_a_key():
    assert (neighbours("g"), neighbours("q"), neighbours("p"), neighbours(" "), neighbours("")) == (
        "fh", "w", "o", "", "")


@pytest.mark.parametrize("text", ["", "a"])
def test_a_text_that_would_vanish_is_left_alone(text):
    assert disturb(text, 0.1, 7) == text


def test_capitals_stay_capitals_and_nothing_is_disturbed_without_a_share():
    assert disturb("HELLO", 0, 7) == "HELLO"
    assert all(disturb("HELLO WORLD", 0.5, seed).isupper() for seed in range(50))


def sentences(counts: dict[str, int]) -> list[Sentence]:
    return [Sentence(f"{intent} {number}", intent, "f", 1) for intent, count in counts.items()
            for number in range(count)]


def test_every_fold_has_its_share_of_every_intent():
    given = sentences({"greet": 10, "thank": 7, "stop": 3})
    fold_of = folds_of(given, 5, 7)
    per_fold = Counter(zip(fold_of, (each.intent for each in given), strict=True))
    assert {per_fold[fold, "greet"] for fold in range(5)} == {2}
    assert {per_fold[fold, "thank"] for fold in range(5)} == {1, 2}
    assert set(Counter(fold_of).values()) == {4}
    assert fold_of == folds_of(given, 5, 7) != folds_of(given, 5, 8)


def test_a_sentence_that_stands_twice_is_never_both_learnt_and_asked():
    given = [*sentences({"greet": 10}), Sentence("Greet 3!", "greet", "f", 1), Sentence("greet 3", "stop", "f", 1)]
    fold_of = folds_of(given, 5, 7)
    assert fold_of[3] == fold_of[10] == fold_of[11]


def test_shots_are_chosen_per_intent_and_by_seed():
    given = sentences({"greet": 10, "thank": 2})
    chosen = choose_shots(given, 3, 7)
    assert Counter(each.intent for each in chosen) == {"greet": 3, "thank": 2}
    assert chosen == choose_shots(given, 3, 7)
    assert any(choose_shots(given, 3, seed) != chosen for seed in range(5))
