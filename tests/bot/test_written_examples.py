"""What the console writes into an NLU file is read by Rasa itself as it was meant."""
from __future__ import annotations

import warnings

import pytest
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from models.training_data.nlu_file import add_example
from models.training_data.written_example import one_line, written_example
from tests.models.training_data.hostile_sentences import SENTENCES

FILE = 'version: "3.1"\nnlu:\n  - intent: greet\n    examples: |\n      - hello\n'
ROUND = str.maketrans("[]{}", "()()")


def read_by_rasa(text: str, entities=()):
    """The example that Rasa finds for ``text`` behind the one that was there."""
    content = add_example(FILE, "greet", written_example(text, entities), "nlu.yml")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "(?s).*(skipped|Issue found)", UserWarning)  # a line that is left out
        first, second = RasaYAMLReader().reads(content).training_examples
    assert first.get("text") == "hello" and second.get("intent") == "greet"
    return second


@pytest.mark.parametrize("text", SENTENCES, ids=range(len(SENTENCES)))
def test_rasa_reads_whatever_a_shopper_wrote(text):
    found = read_by_rasa(text)
    assert found.get("text").translate(ROUND) == one_line(text).translate(ROUND)
    assert not found.get("entities")


def test_what_shoppers_write_of_their_files_does_not_keep_rasa_from_reading_ours():
    """In a file of ASCII alone Rasa takes this for the beginning of an escape."""
    assert FILE.isascii()
    with pytest.raises(UnicodeDecodeError):
        RasaYAMLReader().reads(add_example(FILE, "greet", r"C:\users", "nlu.yml"))
    assert read_by_rasa(r"C:\users").get("text") == "C:/users"


@pytest.mark.parametrize("value", ["navy", "dark blue", "a:b", "x}y", "[z]", '"q"', "back\\slash", "é", "(p)", "3600"])
@pytest.mark.parametrize("said", ["navy", "na{vy", "na:vy", "na(v)y", '"navy"'])
def test_rasa_finds_the_words_that_were_marked(said, value):
    found = read_by_rasa(f"a {said} coat", [{"start": 2, "end": 2 + len(said), "entity": "colour", "value": value}])
    [entity] = found.get("entities")
    assert found.get("text")[entity["start"]:entity["end"]] == said
    assert (entity["entity"], entity["value"]) == ("colour", value.translate(ROUND))


def test_rasa_finds_two_entities_of_the_same_words():
    marks = [{"start": 7, "end": 16, "entity": name, "value": value, "role": "bound"}
             for name, value in (("price_min", 2400), ("price_max", 3600))]
    found = read_by_rasa("a coat around 30", marks).get("entities")
    assert [(each["entity"], each["value"], each["role"]) for each in found] == [
        ("price_min", "2400", "bound"), ("price_max", "3600", "bound")]
