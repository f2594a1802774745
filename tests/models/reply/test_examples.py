"""The reply examples: the ones that trainers wrote are good, and bad ones are named with their line."""
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from models.reply.examples import main, read_examples

from .conftest import DATA

FILES = sorted((DATA / "replies").glob("*.jsonl"))
GOOD = {
    "act": "track", "tone": "warm", "facts": {"number": "104312", "status": "on its way"},
    "text": "Order #{number} is {status}.",
}  # fmt: skip


def write(path: Path, *rows) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def test_all_examples_of_the_shop_are_good(acts):
    examples, problems = read_examples(FILES, acts)
    assert [str(each) for each in problems] == []
    assert len(examples) >= 1500


def test_every_act_is_shown_in_every_tone_that_suits_it_and_often_enough(acts, examples):
    shown = Counter(example.act for example in examples)
    assert {act: shown[act] for act in acts.acts if shown[act] < 15} == {}
    tones = {act: {example.tone for example in examples if example.act == act} for act in acts.acts}
    assert {act for act, said in tones.items() if len(said) < 3} == set()


def test_the_first_name_is_used_in_some_examples_and_not_in_others(acts, examples):
    named = Counter(example.act for example in examples if "first_name" in example.facts)
    shown = Counter(example.act for example in examples)
    assert all(0 < named[act] < shown[act] for act in acts.acts)


def test_about_a_tenth_is_kept_for_evaluation_and_always_the_same(examples, acts):
    kept = [example.held_out for example in examples]
    assert 0.05 < sum(kept) / len(kept) < 0.15
    assert kept == [example.held_out for example in read_examples(FILES, acts)[0]]


@pytest.mark.parametrize(("change", "said"), [
    ({"act": "dance"}, "no act 'dance'"),
    ({"tone": "angry"}, "no tone 'angry'"),
    ({"text": "Order {number}."}, "each fact stands in the text exactly once"),
    ({"text": "Order {number} is {status} and {status}."}, "exactly once"),
    ({"text": "Order {number} is {status} for {total}."}, "exactly once"),
    ({"text": "Order {number} is {status} { }."}, "braces"),
    ({"text": ""}, "one line"),
    ({"text": " Order {number} is {status}."}, "one line"),
    ({"text": "Order {number}\nis {status}."}, "one line"),
    ({"text": "Order {number} is {status}." + "x" * 600}, "one line"),
    ({"text": 5}, "one line"),
    ({"facts": {"number": "104312"}}, "'status', which is missing"),
    ({"facts": {"number": "104312", "status": ""}}, "strings"),
    ({"facts": ["number"]}, "objects of strings"),
    ({"heard": "how are you"}, "not told what was heard"),
    ({"heard": ""}, "what the shopper said"),
    ({"features": {"time": "morning"}}, "no feature time"),
    ({"mood": "sunny"}, "an example has act, tone, text"),
])  # fmt: skip
def test_a_trainer_is_told_which_line_is_bad_and_why(change, said, acts, tmp_path):
    path = write(tmp_path / "orders.jsonl", GOOD, "", GOOD | change)
    examples, problems = read_examples([path], acts)
    assert len(examples) == 1
    assert [(each.file, each.line) for each in problems] == [("orders.jsonl", 3)]
    assert said in problems[0].what


@pytest.mark.parametrize("line", ["{", "[]", "5", '"text"', "null", "{}"])
def test_a_line_that_is_no_example_is_named_too(line, acts, tmp_path):
    assert len(read_examples([write(tmp_path / "orders.jsonl", line)], acts)[1]) == 1


def test_the_same_text_twice_is_named_with_its_first_line(acts, tmp_path):
    path = write(tmp_path / "orders.jsonl", GOOD, GOOD | {"tone": "brisk"})
    assert "orders.jsonl:1" in str(read_examples([path], acts)[1][0])


def test_small_talk_may_answer_two_things_with_the_same_words(acts, tmp_path):
    talk = {"act": "chitchat", "tone": "warm", "heard": "nice weather", "text": "So I hear."}
    path = write(tmp_path / "talk.jsonl", talk, talk | {"heard": "it rains"})
    assert len(read_examples([path], acts)[0]) == 2
    assert "told what was heard" in str(read_examples([write(path, talk | {"heard": None})], acts)[1][0])


def test_one_reply_may_answer_several_ways_to_say_a_thing(acts, tmp_path):
    talk = {"act": "chitchat", "tone": "warm", "heard": ["nice weather", "lovely day, isn't it"], "text": "So I hear."}
    examples, problems = read_examples([write(tmp_path / "talk.jsonl", talk)], acts)
    assert [each.heard for each in examples] == ["nice weather", "lovely day, isn't it"]
    assert {each.text for each in examples} == {"So I hear."} and not problems


@pytest.mark.parametrize("heard", [[], [""], [5], ["it rains"] * 9, ["x" * 201], {"it": "rains"}])
def test_a_list_of_what_was_heard_is_short_and_of_sentences(heard, acts, tmp_path):
    talk = {"act": "chitchat", "tone": "warm", "heard": heard, "text": "So I hear."}
    examples, problems = read_examples([write(tmp_path / "talk.jsonl", talk)], acts)
    assert not examples and "what the shopper said" in problems[0].what


def test_a_file_with_a_byte_order_mark_is_read(acts, tmp_path):
    path = tmp_path / "orders.jsonl"
    path.write_text(json.dumps(GOOD), "utf-8-sig")
    assert len(read_examples([path], acts)[0]) == 1


def test_a_trainer_can_check_a_file_by_hand(tmp_path, capsys):
    assert main([str(write(tmp_path / "good.jsonl", GOOD))]) == 0
    assert main([str(write(tmp_path / "bad.jsonl", GOOD | {"act": "dance"}))]) == 1
    assert "bad.jsonl:1" in capsys.readouterr().out
