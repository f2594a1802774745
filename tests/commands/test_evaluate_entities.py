"""``floorwalker evaluate entities``: figures pinned to values worked by hand, bad lines, and the shipped sets."""
from __future__ import annotations

import csv
import json
from collections import Counter
from types import SimpleNamespace

import pytest

from commands import serve
from commands.errors import CommandError
from commands.evaluation.entities import (
    Comparison,
    Entity,
    Labelled,
    by_entity,
    compare,
    entity_figures,
    micro,
    read_set,
)
from commands.evaluation.entity_report import entity_report
from shop.settings import ROOT
from tests.commands.published import publish_embedding

SETS = ROOT / "tests" / "entities"
RED, SHOES = Entity("colour", "red", 0, 3), Entity("category", "shoes", 4, 9)
TABLE = ("category", "brand", "colour", "size", "material", "not_category", "not_brand", "not_colour", "not_material",
         "price_min", "price_max", "amount", "order_number", "email", "postcode", "date", "ordinal", "quantity", "sort")


def compared(labels: list[Entity], found: list[Entity]) -> Comparison:
    return compare(Labelled("red shoes under 50", tuple(labels)), found)


@pytest.mark.parametrize(("found", "is_right"), [
    (Entity("colour", "red", 0, 3), True),
    (Entity("colour", "red", 2, 9), True),  # one character in common
    (Entity("colour", "red", 3, 9), False),  # beside it
    (Entity("colour", "blue", 0, 3), False),
    (Entity("not_colour", "red", 0, 3), False),
])
def test_name_and_value_must_be_right_and_the_place_must_overlap(found, is_right):
    assert RED.is_found_by(found) is is_right


def test_a_pair_of_numbers_is_right_by_any_number_between():
    label = Entity("price_max", (3000, 6000), 0, 5)
    right = [value for value in (2999, 3000, 3600, 6000, 6001) if label.is_found_by(Entity("price_max", value, 0, 5))]
    assert right == [3000, 3600, 6000]
    assert not label.is_found_by(Entity("price_max", "3600", 0, 5))


def test_a_number_is_the_same_as_text():
    assert Entity("size", "42", 0, 2).is_found_by(Entity("size", 42, 0, 2))


def test_what_was_found_once_is_right_once():
    one = compared([RED, RED], [RED])
    assert (len(one.right), len(one.missed), len(one.wrong)) == (1, 1, 0)
    twice = compared([RED], [RED, RED])
    assert (len(twice.right), len(twice.missed), len(twice.wrong)) == (1, 0, 1)


def test_a_wrong_value_is_missed_and_wrongly_found():
    one = compared([RED], [Entity("colour", "blue", 0, 3)])
    assert (one.missed, one.wrong) == ([RED], [Entity("colour", "blue", 0, 3)])


# Labelled: 3 colours and 2 categories. Found: 2 colours rightly; 1 category rightly, 1 wrongly; and a size.
SENTENCES = [
    compared([RED, SHOES], [RED, SHOES]),
    compared([RED, SHOES], [RED, Entity("category", "bags", 4, 9)]),
    compared([RED], [Entity("size", "42", 0, 3)]),
    compared([], []),
]


def test_the_figures_are_those_worked_by_hand():
    # 3 right of 5 labelled and of 5 found.
    overall = micro(SENTENCES)
    assert (overall.precision, overall.recall, overall.f1) == (0.6, 0.6, 0.6)
    assert (overall.support, overall.found) == (5, 5)
    each = by_entity(SENTENCES)
    # colour: 2 of 2, 2 of 3: F1 is 2 * 2 / (3 + 2).
    assert (each["colour"].precision, each["colour"].recall) == (1, pytest.approx(2 / 3))
    assert each["colour"].f1 == pytest.approx(0.8)
    assert (each["category"].precision, each["category"].recall, each["category"].f1) == (0.5, 0.5, 0.5)
    assert (each["size"].precision, each["size"].f1, each["size"].support, each["size"].found) == (0, 0, 0, 1)


def test_sentences_without_mistake_are_counted_and_the_others_listed():
    figures = entity_figures(SENTENCES)
    assert figures["sentences_right"] == 0.5
    assert [(len(each["missed"]), len(each["found"])) for each in figures["wrong"]] == [(1, 1), (1, 1)]


def test_nothing_labelled_and_nothing_found_gives_nothing():
    assert micro([compared([], [])]).f1 == 0


def test_the_report_shows_what_was_missed_and_what_was_found_instead():
    label = Entity("price_max", (4000, 9000), 10, 18)
    text = entity_report({
        **entity_figures([compared([label], [RED])]), "set": "a.jsonl", "today": "2026-11-24", "message_ms": 0.5,
        "bad_rows": [{"file": "a.jsonl", "line": 3, "reason": "it is bad"}],
    })
    for line in ("a.jsonl:3: it is bad", "- price_max 4000 to 9000 “under 50”", "+ colour red “red”", "F1"):
        assert line in text


def write(path, *rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


def labelled(**changes) -> dict:
    return {"text": "red", "entities": [{"entity": "colour", "value": "red", "start": 0, "end": 3, **changes}]}


@pytest.mark.parametrize(("row", "reason"), [
    ("{", "Expecting"),
    ("[1]", "no object"),
    ({"text": "red"}, "no object"),
    ({"text": 1, "entities": []}, "no object"),
    ({"text": "red", "entities": [{"entity": "colour"}]}, "no object with “entity”"),
    ({"text": "red", "entities": ["colour"]}, "no object with “entity”"),
    (labelled(end=4), "goes from 0 to 4; the text has 3 characters"),
    (labelled(start=3), "goes from 3 to 3"),
    (labelled(start="0"), "goes from 0 to 3"),
    (labelled(value=None), "neither text"),
    (labelled(value=[1]), "no pair"),
    (labelled(value=[1, "2"]), "no pair"),
])
def test_a_line_that_cannot_be_used_is_named_with_its_reason(tmp_path, row, reason):
    found = read_set(write(tmp_path / "set.jsonl", labelled(), "", row))
    assert len(found.good) == 1
    assert (found.bad[0].line, len(found.bad)) == (3, 1)
    assert reason in found.bad[0].reason


def test_a_set_without_a_usable_line_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"holds no sentence that can be used\. The first bad row: .*set.jsonl:1"):
        read_set(write(tmp_path / "set.jsonl", "{"))
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        read_set(tmp_path / "none.jsonl")


# The shipped sets


@pytest.fixture(scope="module")
def shipped() -> SimpleNamespace:
    return SimpleNamespace(test=read_set(SETS / "test_set.jsonl"), development=read_set(SETS / "development.jsonl"))


def test_the_test_set_is_large_varied_and_apart_from_the_other(shipped):
    assert not shipped.test.bad + shipped.development.bad
    assert len(shipped.test.good) >= 320
    assert len(shipped.development.good) >= 120
    assert sum(not sentence.entities for sentence in shipped.test.good) >= 60
    counts = Counter(entity.entity for sentence in shipped.test.good for entity in sentence.entities)
    assert set(counts) == set(TABLE)
    assert min(counts.values()) >= 15
    one, other = ({each.text.casefold() for each in part.good} for part in (shipped.test, shipped.development))
    assert len(one) == len(shipped.test.good)
    assert not one & other


def test_no_sentence_of_the_test_set_is_learnt(shipped):
    learnt = "".join(path.read_text("utf-8").casefold() for path in (ROOT / "data" / "nlu").glob("*.yml"))
    said = {f"- {each.text.casefold()}\n" for each in shipped.test.good if each.entities and len(each.text) > 40}
    assert not [text for text in said if text in learnt]


def test_the_labels_are_words_of_the_vocabulary_and_that_of_the_demo_shop(shipped):
    words = json.loads((SETS / "vocabulary.json").read_text("utf-8"))
    for sentence in shipped.test.good + shipped.development.good:
        for entity in sentence.entities:
            kind = entity.entity.removeprefix("not_")
            assert kind not in words or entity.value in words[kind], sentence.text
    for kind, file, column in (("brand", "brands", "brand"), ("category", "categories", "slug"),
                               ("colour", "colours", "colour"), ("material", "materials", "material")):
        with (ROOT / "data" / "demo" / f"{file}.csv").open(encoding="utf-8", newline="") as rows:
            assert set(words[kind]) == {row[column] for row in csv.DictReader(rows)}


# The command, in Rasa's environment


@pytest.fixture
def bench(var, embedding_folder, tmp_path):
    """A var folder with the embedding, whose words the extractor learns."""
    publish_embedding(var / "models", embedding_folder)
    return tmp_path


in_rasa = pytest.mark.skipif(not serve.RASA.is_file(), reason="Rasa's environment is not installed: make setup")


@in_rasa
def test_the_shipped_rules_find_what_the_test_set_labels(bench, floorwalker):
    ran = floorwalker("evaluate", "entities", "--json")
    assert ran.status == 0
    found = ran.json
    assert found["f1"] >= 0.93
    assert found["sentences"] >= 320
    assert set(found["entities"]) == set(TABLE)
    assert 0 < found["message_ms"] < 100
    assert found["vocabulary"].endswith("tests/entities/vocabulary.json")


@in_rasa
def test_a_shop_measures_its_own_sentences_words_and_day(bench, floorwalker):
    words = write(bench / "words.json", {"brand": {"Nordlicht": ["Nordlicht"]}})
    label = {"entity": "brand", "value": "Nordlicht", "start": 0, "end": 9}
    day = {"entity": "date", "value": "2030-01-01", "start": 10, "end": 19}
    asked = write(bench / "mine.jsonl", {"text": "Nordlicht yesterday", "entities": [label, day]},
                  {"text": "hi", "entities": [label | {"end": 2}]}, "{")
    ran = floorwalker("evaluate", "entities", "--set", asked, "--vocabulary", words, "--today", "2030-01-02")
    assert ran.status == 0
    for line in (f"{asked}:3:", "today is 2030-01-02", "50.00 % of the sentences", "- brand Nordlicht “hi”"):
        assert line in ran.out
    found = floorwalker("evaluate", "entities", "--set", asked, "--vocabulary", words, "--json").json
    assert found["entities"]["date"]["recall"] == 0
    assert found["entities"]["brand"] == {"precision": 1, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2,
                                          "found": 1}


@in_rasa
@pytest.mark.parametrize(("arguments", "message"), [
    (("--set", "none.jsonl"), "none.jsonl cannot be read"),
    (("--config", "none.yml"), "There is no configuration none.yml"),
    (("--vocabulary", "none.json"), "There is no vocabulary none.json"),
])
def test_what_cannot_be_done_is_said(bench, floorwalker, arguments, message):
    ran = floorwalker("evaluate", "entities", *arguments)
    assert ran.status == 2
    assert message in ran.err


@in_rasa
def test_a_pipeline_without_an_extractor_is_refused(bench, floorwalker):
    config = bench / "config.yml"
    config.write_text("recipe: default.v1\nlanguage: en\npipeline:\n  - name: bot.spelling.SpellingCorrector\n")
    ran = floorwalker("evaluate", "entities", "--config", config)
    assert ran.status == 2
    assert "has no entity extractor" in ran.err
