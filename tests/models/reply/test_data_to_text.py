"""Data-to-text sets: bad rows are named, values become placeholders and placeholders values again."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.reply.data_to_text import MAX_LINE_BYTES, asked, read_pairs, refill, special, values, with_placeholders
from models.reply.errors import ReplyError
from models.reply.meaning import MOST_SLOTS, Meaning


def row(meaning: str, reply: str) -> str:
    return json.dumps({"meaning": meaning, "reply": reply})


def pair(meaning: str, reply: str) -> tuple[str, str]:
    """Prompt and numbered text of a pair."""
    said, text = with_placeholders(Meaning.parse(meaning), reply)
    return said.prompt().removesuffix("<say>"), text


def test_the_good_rows_are_read_and_each_bad_one_is_named_with_its_line(tmp_path: Path):
    file = tmp_path / "pairs.jsonl"
    many = ";".join(f"s{number}=v{number}" for number in range(MOST_SLOTS + 1))
    file.write_text("\n".join([
        "\ufeff" + row("inform(name=lamp)", "a  lamp\n here"),
        "",
        "{not json",
        '{"meaning": "inform()"}',
        '{"meaning": "inform()", "reply": 3}',
        row("no meaning at all", "what"),
        row("inform()", "  "),
        row(f"inform({many})", "too many"),
        row("inform()", "x" * MAX_LINE_BYTES),
        '["list"]',
        row("goodbye()", "goodbye"),
    ]), "utf-8")  # fmt: skip
    found = read_pairs(file)
    assert [each.reply for each in found.pairs] == ["a lamp here", "goodbye"]
    assert found.pairs[0].meaning == Meaning("inform", (("name", "lamp"),))
    assert [each.line for each in found.bad] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert "JSON" in found.bad[0].reason
    assert "no meaning at all" in found.bad[3].reason
    assert str(MOST_SLOTS) in found.bad[5].reason
    assert len(found.hash) == 12


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path):
    file = tmp_path / "pairs.jsonl"
    file.write_bytes(b'{"meaning": "a()", "reply": "\xff"}\n' + row("a()", "b").encode())
    found = read_pairs(file)
    assert len(found.pairs) == 1
    assert found.bad[0].line == 1


@pytest.mark.parametrize("content", [None, "", "{}\n"])
def test_a_file_without_replies_is_refused_with_a_remedy(tmp_path: Path, content):
    file = tmp_path / "pairs.jsonl"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ReplyError, match=r"pairs\.jsonl.*(Check the path|Write a JSON object a line)"):
        read_pairs(file)


@pytest.mark.parametrize(("meaning", "reply", "prompt", "text"), [
    # Numbered by the order of the meaning, not of the reply.
    ("inform(name=eurus 65;memory=4 gb)", "with 4 GB the Eurus 65 is", "inform(name=<1>;memory=<2>)",
     "with <2> the <1> is"),
    # The longest value first: the family inside the name is not taken.
    ("inform(family=eurus;name=eurus 65)", "the eurus 65 of the eurus line", "inform(family=<1>;name=<2>)",
     "the <2> of the <1> line"),
    # Not a part of a word, nor of a number.
    ("inform(count=5;colour=red)", "15 or 5.5 or 1,5 scarred, 5 red.", "inform(count=<1>;colour=<2>)",
     "15 or 5.5 or 1,5 scarred, <1> <2>."),
    # What is not quoted stays a value.
    ("inform(a=true;b=dontcare;c=none;d='no';e=dont_care;f)", "true dontcare none no", "inform(a=true;b=dontcare;"
     "c=none;d=no;e=dont_care;f=)", "true dontcare none no"),
    ("inform(name=eurus;price=9 euros)", "eurus is nine euros", "inform(name=<1>;price=9 euros)", "<1> is nine euros"),
    # The same slot twice, with values that differ and that do not; a value said once is one placeholder.
    ("suggest(type=tent;type=rug)", "a rug or a tent?", "suggest(type=<1>;type=<2>)", "a <2> or a <1>?"),
    ("compare(name1=a1;size=big;name2=b2;size=big)", "a1 is big and b2 is big",
     "compare(name1=<1>;size=<2>;name2=<3>;size=<4>)", "<1> is <2> and <3> is <4>"),
    ("compare(name=a1;size=big;name=b2;size=big)", "a1 and b2 are big",
     "compare(name=<1>;size=<2>;name=<3>;size=big)", "<1> and <3> are <2>"),
    # Characters that mean something in a pattern.
    ("inform(name=c++ (new).)", "the c++ (new). here", "inform(name=<1>)", "the <1> here"),
])  # fmt: skip
def test_values_in_a_reply_become_placeholders(meaning, reply, prompt, text):
    assert pair(meaning, reply) == (prompt, text)


def test_more_values_than_numbers_are_left_as_they_are():
    meaning = Meaning("list", tuple((f"s{number}", f"v{number}x") for number in range(MOST_SLOTS + 1)))
    text = " ".join(value for _, value in meaning.slots if value)
    assert with_placeholders(meaning, text) == (meaning, text)


def test_a_meaning_is_asked_with_a_placeholder_for_every_value_that_replies_quote():
    meaning = Meaning.parse("compare(name=a1;office=true;name=b2;office=dontcare;weight)")
    assert asked(meaning).prompt() == "compare(name=<1>;office=true;name=<2>;office=dontcare;weight=)<say>"
    assert values(meaning) == ("a1", "b2")


def test_a_text_is_refilled_and_what_is_repeated_or_unknown_stays():
    assert refill("<2>, <1> and <2> or <3> or <0>", ["a<2>", "b"]) == "b, a<2> and <2> or <3> or <0>"


def test_a_pair_comes_back_as_it_was():
    meaning = Meaning.parse("compare(name=eurus 65;price=9.50 euros;name=hades 1;price=8 euros)")
    reply = "The hades 1 costs 8 euros, the eurus 65 9.50 euros."
    said, text = with_placeholders(meaning, reply)
    assert said == asked(meaning)
    assert refill(text, values(meaning)) == reply


def test_spellings_of_a_value_that_is_not_quoted_are_one():
    assert [special(each) for each in ("TRUE", "yes", "False", "dont_care", "", "navy", None)] == [
        "yes", "yes", "no", "dontcare", "", None, None,
    ]  # fmt: skip
