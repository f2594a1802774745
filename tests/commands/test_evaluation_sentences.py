"""Any shop's sentences: CSV, JSONL and Rasa YAML, and rows that cannot be used."""
from __future__ import annotations

import json

import pytest

from commands.errors import CommandError
from commands.evaluation.sentences import Sentence, folded, read, with_names_of


def written(tmp_path, name: str, content: str | bytes):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def pairs(found) -> list[tuple[str, str]]:
    return [(each.text, each.intent) for each in found.good]


def bad(found) -> list[tuple[int, str]]:
    return [(each.line, each.reason) for each in found.bad]


@pytest.mark.parametrize("header", ["text,intent", "text,category", "Text, Intent", "\ufefftext,intent"])
def test_a_table_names_its_columns(tmp_path, header):
    path = written(tmp_path, "a.csv", f'{header}\nhi there,greet\n"thanks, really",thank\n')
    assert pairs(read(path)) == [("hi there", "greet"), ("thanks, really", "thank")]


def test_columns_may_stand_in_any_order_and_beside_others(tmp_path):
    path = written(tmp_path, "a.csv", "id,intent,text\n1,greet,hi\n")
    assert pairs(read(path)) == [("hi", "greet")]


def test_bad_rows_of_a_table_are_named_with_their_lines(tmp_path):
    path = written(tmp_path, "a.csv", (
        b"text,intent\nhi,greet\n,greet\nbye,\nonly one\n\n"
        b'"two\nlines",thank\n\xff\xfe,greet\na,b,c\n"never closed,greet\nlost,greet\n'
    ))
    found = read(path)
    assert pairs(found) == [("hi", "greet"), ("two\nlines", "thank")]
    lines = dict(bad(found))
    assert lines[3] == "the text is empty"
    assert lines[4] == "the intent is empty"
    assert lines[5] == "it has 1 columns; the first line has 2"
    assert lines[9] == "the text is not UTF-8"
    assert lines[10] == "it has 3 columns; the first line has 2"
    # What the open quote swallows is said.
    assert lines[11].startswith("a quote is not closed, or stands where none may be (up to line 12)")
    assert len(found.bad) == 6


def test_bad_rows_of_json_lines_are_named_with_their_lines(tmp_path):
    rows = ['{"text": "hi", "intent": "greet"}', "{", "[1]", '{"text": 3, "intent": "greet"}', '{"intent": "greet"}',
            "",
            '{"text": "bye"}',
            json.dumps({"text": "x" * 20_001, "intent": "greet"}),
            '{"text": "ok", "category": "thank"}']
    found = read(written(tmp_path, "a.jsonl", "\n".join(rows)))
    assert pairs(found) == [("hi", "greet"), ("ok", "thank")]
    assert [line for line, _ in bad(found)] == [2, 3, 4, 5, 7, 8]
    reasons = dict(bad(found))
    assert reasons[4] == "the text is int, not a string"
    assert reasons[5] == "it has no text"
    assert reasons[7] == "it has no intent"
    assert str(found.bad[0]).startswith(f"{tmp_path}/a.jsonl:2: it is not JSON")


def test_rasa_yaml_is_read_without_its_annotations(tmp_path):
    path = written(tmp_path, "a.yml", (
        'version: "3.1"\nnlu:\n  - intent: search\n    examples: |\n      - a [navy](colour:blue) one\n      no dash\n'
        "  - intent: no\n    examples:\n      - text: |\n          - never\n"
        '  - intent: go\n    examples: |\n      - to [Oslo]{"entity": "city", "role": "to"}\n'
    ))
    found = read(path)
    assert pairs(found) == [("a navy one", "search"), ("never", "no"), ("to Oslo", "go")]
    assert [each.line for each in found.good] == [5, 10, 13]
    assert found.good[0].entities == ({"start": 2, "end": 6, "value": "blue", "entity": "colour"},)
    assert found.good[2].entities == ({"start": 3, "end": 7, "value": "Oslo", "entity": "city", "role": "to"},)
    assert bad(found) == [(6, "The example “no dash” does not begin with a dash")]


def test_a_folder_is_read_whole(tmp_path):
    written(tmp_path, "b.csv", "text,intent\nhi,greet\n")
    written(tmp_path, "a.jsonl", '{"text": "bye", "intent": "goodbye"}')
    written(tmp_path, "notes.txt", "nothing")
    assert pairs(read(tmp_path)) == [("bye", "goodbye"), ("hi", "greet")]


def test_sentences_out_of_scope_need_no_intent(tmp_path):
    path = written(tmp_path, "a.csv", "text\nwill it rain\n\nwho won\n")
    assert pairs(read(path, labelled=False)) == [("will it rain", ""), ("who won", "")]
    with pytest.raises(CommandError, match="must name the columns “text,intent”"):
        read(path)


@pytest.mark.parametrize(("name", "content", "message"), [
    ("a.txt", "hi", "neither CSV, JSONL nor YAML"),
    ("a.csv", "", "must name the columns"),
    ("a.csv", "a;b\n1;2\n", "must name the columns"),
    ("a.csv", "text,intent\n", "holds no sentence"),
    ("a.jsonl", "{", r"The first bad row: .*a\.jsonl:1"),
    ("a.yml", "nlu: [", r"a\.yml:1: This is not YAML"),
])
def test_a_file_that_gives_nothing_is_named_with_the_remedy(tmp_path, name, content, message):
    with pytest.raises(CommandError, match=message):
        read(written(tmp_path, name, content))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"none\.csv cannot be read"):
        read(tmp_path / "none.csv")


def test_a_file_is_known_by_its_hash(tmp_path):
    path = written(tmp_path, "a.csv", "text,intent\nhi,greet\n")
    first = read(path).hashes[str(path)]
    written(tmp_path, "a.csv", "text,intent\nhi,greet \n")
    assert len(first) == 12
    assert read(path).hashes[str(path)] != first


def test_names_are_compared_without_case_and_punctuation_when_asked():
    def one(intent):
        return Sentence("hi", intent, "f", 1)

    assert folded("Refund_not_showing_up?") == folded("refund not showing up") != folded("refund")
    renamed = with_names_of([one("reverted_card_payment?"), one("other")], [one("Reverted_card_payment")])
    assert [each.intent for each in renamed] == ["Reverted_card_payment", "other"]
    with pytest.raises(CommandError, match="differ only in case or punctuation"):
        with_names_of([], [one("a_b"), one("A b")])
