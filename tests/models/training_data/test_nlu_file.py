"""A trainer's file keeps its author's hand: what the console adds or takes out is one line, and all else stays."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training_data.errors import CannotEdit, CannotWrite
from models.training_data.examples import Example, examples_of, intent_blocks
from models.training_data.nlu_file import add_example, remove_example
from models.training_data.written_example import one_line, written_example
from models.training_data.yaml_tree import parse

from .hostile_sentences import SENTENCES

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "data" / "nlu").glob("*.yml"))
NEW = "a sentence that nobody wrote yet: “really” #1"


def read(content: str) -> list[Example]:
    tree = parse(content.encode("utf-8"))
    return [
        found for intent, _, block in intent_blocks(tree, "nlu.yml")
        for found in examples_of(block, intent, "nlu.yml") if isinstance(found, Example)
    ]


def content_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def intents_of(content: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"- intent: (\S+)", content)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_example_added_to_any_intent_and_taken_out_again_leaves_every_byte_as_it_was(path):
    content = content_of(path)
    for intent in intents_of(content):
        changed = add_example(content, intent, NEW, path.name)
        before, after = content.split("\n"), changed.split("\n")
        [added] = [number for number, line in enumerate(after) if NEW in line]
        assert after[:added] + after[added + 1:] == before
        assert [each.text for each in read(changed) if each.intent == intent][-1] == NEW
        assert remove_example(changed, intent, NEW, path.name) == content


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_any_example_taken_out_is_one_line_less_and_nothing_else(path):
    content = content_of(path)
    examples = read(content)
    for example in examples[:: len(examples) // 40]:
        changed = remove_example(content, example.intent, example.text, path.name)
        lines = content.split("\n")
        gone = [each.place.line for each in examples if (each.key, each.intent) == (example.key, example.intent)]
        assert changed.split("\n") == [line for number, line in enumerate(lines, 1) if number not in gone]


HAND_WRITTEN = """# Ours.
version: "3.1"   # of Rasa

nlu:
- intent: greet   # a hello

  examples: |

    -   hello
    - hi   there

    # no comment in here, says YAML

# Parcels.
- lookup: city
  examples: |
    - Oslo
- intent: "track_order"
  metadata: {sentiment: neutral}
  examples:
  - text: |
      where is my parcel
    metadata:
      sentiment: worried
  # the last one
  - text: >
      has it
      left
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_trainers_own_formatting_is_followed(ending):
    content = HAND_WRITTEN.replace("\n", ending)
    changed = add_example(content, "track_order", "any news: of it", "nlu.yml")
    assert changed == content + ending.join(("  - text: |", "      any news: of it", ""))
    assert [each.text for each in read(changed)][-1] == "any news: of it"
    assert remove_example(changed, "track_order", "Any news: of it?", "nlu.yml") == content


def test_the_dash_and_its_blanks_are_those_of_the_line_above():
    content = "nlu:\n- intent: greet\n  examples: |\n      -   hello\n- intent: bye\n  examples: |\n    - bye\n"
    assert "      -   hello\n      -   good day\n- intent: bye" in add_example(content, "greet", "good day", "nlu.yml")


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n", "\n# the end\n", "\n  # the end"])
def test_whatever_a_file_ends_with_it_ends_with_afterwards(end):
    content = f"nlu:\n  - intent: greet\n    examples: |\n      - hello{end}"
    changed = add_example(content, "greet", "good day", "nlu.yml")
    assert [each.text for each in read(changed)] == ["hello", "good day"]
    assert remove_example(changed, "greet", "good day", "nlu.yml") == content
    assert changed.endswith(end)


def test_an_empty_block_takes_its_first_example():
    content = "nlu:\n  - intent: greet\n    examples: |\n  - intent: bye\n    examples: |\n      - bye\n"
    assert add_example(content, "greet", "hello", "nlu.yml").splitlines()[3] == "      - hello"


@pytest.mark.parametrize("content", [
    "nlu:\n  - intent: greet\n    examples: >\n      - hello\n",
    'nlu:\n  - intent: greet\n    examples: "- hello"\n',
    "nlu:\n  - intent: greet\n    examples: [{text: hello}]\n",
    "nlu:\n  - {intent: greet, examples: '- hello'}\n",
    "nlu:\n  - intent: greet\n",
    "nlu:\n  - intent: bye\n    examples: |\n      - bye\n",
    "nlu:\n  - intent: greet\n   examples: |\n",
    "",
])
def test_what_cannot_be_changed_line_by_line_is_left_alone_and_says_so(content):
    with pytest.raises(CannotEdit, match=r"nlu\.yml"):
        add_example(content, "greet", "good day", "nlu.yml")


def test_an_example_that_is_not_there_cannot_be_taken_out():
    with pytest.raises(CannotEdit, match="no example"):
        remove_example(content_of(FILES[0]), "create_account", "nobody ever said this", "nlu.yml")


# ---- sentences as shoppers write them


FILE = "nlu:\n  - intent: greet\n    examples: |\n      - hello\n"


def survives(text: str, entities=()) -> Example:
    """What a reader finds in the file once ``text`` is written into it."""
    changed = add_example(FILE, "greet", written_example(text, entities), "nlu.yml")
    assert changed.startswith(FILE) and changed.count("\n") == FILE.count("\n") + 1
    return read(changed)[-1]


@pytest.mark.parametrize("text", SENTENCES, ids=range(len(SENTENCES)))
def test_whatever_a_shopper_writes_is_read_back_as_it_was_meant(text):
    found = survives(text)
    assert found.text.translate(str.maketrans("[]", "()")) == one_line(text).translate(str.maketrans("[]", "()"))
    assert found.entities == ()


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_text_at_all_breaks_a_file(text):
    try:
        found = survives(text)
    except CannotWrite:
        assert not one_line(text)
        return
    assert found.entities == () and "\n" not in found.text


@given(st.text(alphabet="ab []{}():\"'\\,\n€", min_size=4, max_size=40), st.data())
@settings(max_examples=300, deadline=None)
def test_marked_words_stay_marked_whatever_stands_around_and_in_them(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    value = data.draw(st.text(alphabet="ab []{}():\"'\\,€", max_size=10))
    try:
        found = survives(text, [{"start": start, "end": end, "entity": "brand", "value": value}])
    except CannotWrite:
        assert not one_line(text[start:end])
        return
    [mark] = found.entities
    round_ = str.maketrans("[]{}", "()()")
    assert found.text[mark["start"]:mark["end"]].translate(round_) == one_line(text[start:end]).translate(round_)
    assert mark["entity"] == "brand"
    assert mark["value"].translate(round_) == (one_line(value) or one_line(text[start:end])).translate(round_)


def test_brackets_are_kept_where_nobody_takes_them_for_an_annotation():
    assert written_example("is it [new] or not") == "is it [new] or not"
    assert written_example("is it [new](ish)") == "is it (new)(ish)"


@pytest.mark.parametrize(("entity", "written"), [
    ({"value": "navy"}, "a [navy](colour) coat"),
    ({}, "a [navy](colour) coat"),
    ({"value": "dark blue"}, "a [navy](colour:dark blue) coat"),
    ({"value": 3600}, "a [navy](colour:3600) coat"),
    ({"value": "a:b"}, 'a [navy]{"entity": "colour", "value": "a:b"} coat'),
    ({"value": 'x "y" z'}, 'a [navy]{"entity": "colour", "value": "x \\"y\\" z"} coat'),
    ({"value": "x}y"}, 'a [navy]{"entity": "colour", "value": "x)y"} coat'),
    ({"role": "not"}, 'a [navy]{"entity": "colour", "role": "not"} coat'),
])
def test_entities_are_written_as_rasa_annotates_them(entity, written):
    assert written_example("a navy coat", [{"start": 2, "end": 6, "entity": "colour", **entity}]) == written


def test_two_entities_of_the_same_words_stand_in_one_list():
    around = [{"start": 7, "end": 16, "entity": name, "value": value} for name, value in
              (("price_min", 2400), ("price_max", 3600))]
    assert written_example("a coat around 30", around) == (
        'a coat [around 30][{"entity": "price_min", "value": "2400"}, {"entity": "price_max", "value": "3600"}]')


@pytest.mark.parametrize(("entities", "said"), [
    ([{"start": 0, "end": 3, "entity": "a"}, {"start": 2, "end": 6, "entity": "b"}], "overlap"),
    ([{"start": 0, "end": 99, "entity": "a"}], "not a place"),
    ([{"start": 1, "end": 2, "entity": "a"}], "no character"),
    ([{"start": 0, "end": 1, "entity": ""}], "not a place"),
])
def test_marks_that_no_file_can_hold_are_refused(entities, said):
    with pytest.raises(CannotWrite, match=said):
        written_example("a navy coat", entities)


def test_an_essay_is_no_example():
    with pytest.raises(CannotWrite, match="501 characters"):
        written_example("a" * 501)
