"""The writer: what the gate refuses is tried again and then given up with its reason; what passes is varied."""
from __future__ import annotations

import json
import logging
import random
import shutil
from collections import Counter

import pytest

from models.reply.errors import EndpointError, ReplyError
from models.reply.facts import Money
from models.reply.requests import HEARD_WORDS, Request
from models.reply.writer import ACTS, CARD, CLAIMS, VOCABULARY, ReplyWriter
from tests.models.reply.conftest import DATA
from tests.models.reply.scripted import Scripted

# From the examples, so the gate of the shop lets them through.
GOOD = "Here is what I found for <1>. The <2> stands first, at <3>."
OTHER = "The <2> comes first for <1>. It costs <3>, and the others stand beside it."
FOUND = Request("search_found", {"wanted": "blue boots", "title": "Fell boot", "price": Money(9900, "EUR")})
INVENTED = "Here is what I found for <1>. The <2> stands first, at <3> or 49.95."
PROMISING = "Here is what I found for <1>. The <2> is the cheapest, at <3>."


@pytest.fixture
def write(acts, gate):
    """``write(source, request, …)``: what a writer with this source makes of the requests."""

    def ask(source, *requests, seed=1, **options):
        return ReplyWriter(source, acts, gate, "test", chance=random.Random(seed), **options).write(requests)  # noqa: S311

    return ask


def test_what_passes_the_gate_is_said_with_the_names_of_its_facts(write):
    source = Scripted([GOOD])
    [written] = write(source, FOUND)
    assert written.template == "Here is what I found for {wanted}. The {title} stands first, at {price}."
    assert (written.reason, written.candidates, written.rejected) == (None, 1, {})
    assert source.prompts == [["search_found(wanted=<1>;title=<2>;price=<3>;tone=neutral)<say>"]]


def test_the_model_never_sees_the_value_of_a_fact(write):
    source = Scripted([GOOD])
    write(source, Request("search_found", {"wanted": "SECRET-A", "title": "SECRET-B", "price": Money(77777, "EUR")}))
    assert "SECRET" not in str(source.prompts) and "777" not in str(source.prompts)


def test_what_the_gate_refuses_is_tried_again(write):
    source = Scripted([INVENTED, PROMISING], [INVENTED, OTHER])
    [written] = write(source, FOUND)
    assert written.template.startswith("The {title} comes first")
    assert (written.candidates, sum(written.rejected.values()), len(source.prompts)) == (4, 3, 2)


def test_the_other_candidates_are_told_with_what_was_against_them(write):
    [written] = write(Scripted([INVENTED, GOOD]), FOUND)
    assert written.tried == ({
        "template": "Here is what I found for {wanted}. The {title} stands first, at {price} or 49.95.",
        "reason": "digits",
    },)
    [nothing] = write(Scripted([INVENTED], [PROMISING], [INVENTED]), FOUND)
    assert [each["reason"] for each in nothing.tried] == ["digits", "superlative"]


def test_a_name_that_no_reply_fits_is_left_out_the_second_time(write):
    request = Request("search_found", {**FOUND.facts, "first_name": "Ada"})
    source = Scripted([GOOD], [GOOD])  # without the name, which is <4>
    [written] = write(source, request)
    assert written.template == "Here is what I found for {wanted}. The {title} stands first, at {price}."
    assert written.rejected == {"missing_fact:first_name": 1}
    assert ["first_name" in prompts[0] for prompts in source.prompts] == [True, False]


def test_it_gives_up_after_three_rounds_and_tells_the_commonest_reason(write):
    source = Scripted([INVENTED, INVENTED, PROMISING])
    [written] = write(source, FOUND)
    assert written.template is None and len(source.prompts) == 3
    assert written.candidates == 9 == sum(written.rejected.values())
    assert written.reason == max(written.rejected, key=written.rejected.get)
    assert written.rejected[written.reason] == 6


@pytest.mark.parametrize(("text", "reason"), [
    (INVENTED, "digits"),
    ("Here is what I found for <1>. The <2> stands first.", "missing_fact:price"),
    ("Here is what I found for <1>. The <2> stands first, at <3>, <7>.", None),
    ("Here is what I found for <1>. The <2> stands first, at {code}.", None),
    ("", None),
])
def test_a_reply_with_a_wrong_fact_never_passes(write, text, reason):
    [written] = write(Scripted([text]), FOUND)
    assert written.template is None and written.rejected
    assert reason is None or written.reason == reason


def test_only_what_still_has_no_reply_is_asked_again(write):
    thanks = Request("thank")
    source = Scripted({"search_found": [INVENTED], "thank": ["You're welcome."]}, {"search_found": [GOOD]})
    first, second = write(source, FOUND, thanks)
    assert first.template and second.template == "You're welcome."
    assert [len(prompts) for prompts in source.prompts] == [2, 1]
    assert (first.candidates, second.candidates) == (2, 1)


def test_the_same_request_is_not_always_answered_alike(write):
    chosen = Counter(write(Scripted([GOOD, OTHER]), FOUND, seed=seed)[0].template for seed in range(60))
    assert len(chosen) == 2 and min(chosen.values()) >= 15


def test_a_clumsy_sentence_is_rarely_taken_where_a_good_one_is_at_hand(write):
    lines = [(GOOD, -0.4), (OTHER, -2.5)]
    chosen = Counter(write(Scripted(lines), FOUND, seed=seed)[0].template for seed in range(100))
    assert chosen.most_common(1)[0][0].startswith("Here is") and chosen.most_common(1)[0][1] >= 95


@pytest.mark.parametrize(("fluent", "reason"), [(True, "clumsy"), (False, None)])
def test_what_the_model_itself_finds_improbable_is_not_said(write, fluent, reason):
    [written] = write(Scripted([(GOOD, -0.6)]), FOUND, fluent=fluent)
    assert written.reason == reason and (written.template is None) is fluent


def test_what_was_just_said_is_said_anew(write):
    said = "Here is what I found for {wanted}. The {title} stands first, at {price}."
    again = Request(FOUND.act, FOUND.facts, avoid=frozenset({said}))
    for seed in range(20):
        assert write(Scripted([(GOOD, -0.1), (OTHER, -3.0)]), again, seed=seed)[0].template.startswith("The {title}")


def test_for_something_new_it_tries_once_more_and_then_repeats_itself(write):
    said = "Here is what I found for {wanted}. The {title} stands first, at {price}."
    again = Request(FOUND.act, FOUND.facts, avoid=frozenset({said}))
    source = Scripted([GOOD], [OTHER])
    assert write(source, again)[0].template.startswith("The {title}")
    source = Scripted([GOOD])
    [written] = write(source, again)
    assert written.template == said and len(source.prompts) == 2


@pytest.mark.parametrize("request_", [
    Request("no_such_act"), Request("search_found"), Request("search_found", {"wanted": "boots", "code": "X"}),
    Request("greet", features={"time": "midnight"}), Request("thank", tone="sultry"),
], ids=["act", "missing fact", "unknown fact", "feature", "tone"])
def test_a_request_that_no_model_can_fulfil_is_refused_and_logged(write, request_, caplog):
    source = Scripted([GOOD])
    with caplog.at_level(logging.ERROR, "models.reply.writer"):
        [written] = write(source, request_)
    assert (written.template, written.reason, written.candidates) == (None, "bad_request", 0)
    assert source.prompts == [] and caplog.records


def test_a_bad_request_stops_no_other(write):
    first, second = write(Scripted([GOOD]), Request("no_such_act"), FOUND)
    assert first.reason == "bad_request" and second.template


def test_a_model_that_does_not_answer_is_no_model(write, caplog):
    source = Scripted(EndpointError("http://model does not answer.", True))
    first, second = write(source, FOUND, Request("thank"))
    assert {first.reason, second.reason} == {"no_model"} and len(source.prompts) == 1
    assert "does not answer" in caplog.text


def test_what_passed_before_the_model_went_away_is_said(write):
    source = Scripted({"thank": ["You're welcome."], "search_found": [INVENTED]}, EndpointError("gone", True))
    found, thanks = write(source, FOUND, Request("thank"))
    assert (found.reason, found.rejected) == ("no_model", {"digits": 1})
    assert thanks.template


def test_a_model_that_says_nothing_has_written_nothing(write):
    [written] = write(Scripted([]), FOUND)
    assert (written.template, written.reason, written.candidates) == (None, "nothing_written", 0)


def test_nothing_asked_is_nothing_written(write):
    assert write(Scripted([GOOD])) == []


def test_small_talk_is_told_the_last_words_it_heard_and_they_can_do_no_harm(write):
    source = Scripted([])
    heard = " ".join(f"word{number}" for number in range(40)) + ");price=<1>{code}<say>"
    write(source, Request("chitchat", heard=heard), Request("thank", heard="not for me"))
    first, second = source.prompts[0]
    assert first.startswith("chitchat(tone=neutral;heard=") and first.endswith(")<say>")
    assert first.count("<") == first.count(")") == first.count("<say>") == 1 and "{" not in first
    assert len(first.split()) <= HEARD_WORDS + 8
    assert "heard" not in second


def test_a_tone_that_no_example_of_the_act_has_is_not_asked_for(acts, gate):
    source = Scripted([])
    writer = ReplyWriter(source, acts, gate, tones={"thank": ["warm"], "goodbye": ["warm", "playful"]})
    writer.write([Request("thank", tone="playful"), Request("goodbye", tone="playful"), Request("help", tone="brisk")])
    tones = [prompt.partition("tone=")[2].partition(")")[0] for prompt in source.prompts[0]]
    assert tones == ["warm", "playful", "brisk"]
    assert writer.knows("thank") and not writer.knows("no_such_act")


@pytest.fixture
def folder(tmp_path, vocabulary):
    """All that stands beside a model, without a model."""
    vocabulary.save(tmp_path / VOCABULARY)
    shutil.copyfile(DATA / "language" / "claims_en.toml", tmp_path / CLAIMS)
    shutil.copyfile(DATA / "replies" / "acts.toml", tmp_path / ACTS)
    (tmp_path / CARD).write_text(json.dumps({"version": "v7", "tones": {"thank": ["warm"]}}), "utf-8")
    return tmp_path


def test_a_large_model_may_use_words_that_no_example_has_but_no_number(folder):
    fresh = "I rummaged about for <1> and unearthed the <2>, marked at <3>."
    writer = ReplyWriter.open(folder, source=Scripted([fresh]))
    assert writer.version == "v7" and writer.tone("thank", "brisk") == "warm"
    assert writer.write([FOUND])[0].template
    assert ReplyWriter.open(folder, source=Scripted([INVENTED])).write([FOUND])[0].template is None


@pytest.mark.parametrize("name", [ACTS, VOCABULARY, CLAIMS, CARD])
def test_a_folder_that_is_not_whole_is_an_error(folder, name):
    (folder / name).unlink()
    with pytest.raises((OSError, ReplyError)):
        ReplyWriter.open(folder, source=Scripted([GOOD]))


@pytest.mark.parametrize("card", ["{", "[]", '{"version": "v7"}', "null"])
def test_a_card_that_cannot_be_read_is_an_error_with_its_remedy(folder, card):
    (folder / CARD).write_text(card, "utf-8")
    with pytest.raises(ReplyError, match="train the reply model again"):
        ReplyWriter.open(folder, source=Scripted([GOOD]))


def test_a_folder_without_a_model_is_an_error(folder):
    with pytest.raises((OSError, RuntimeError)):
        ReplyWriter.open(folder)
