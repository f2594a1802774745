"""What is found in a shopper's sentence."""
from __future__ import annotations

import json
import os
from datetime import date, timedelta

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.entity_extractor import ShopEntityExtractor
from bot.language import Language, LanguageError


@pytest.fixture
def extractor(workbench, vocabulary, training_data):
    component = workbench.create(ShopEntityExtractor, vocabulary=str(vocabulary))
    component.train(training_data)
    return component


def found(extractor, text: str) -> list[tuple]:
    return [(entity["entity"], entity["value"]) for entity in extractor.extract(text)]


@pytest.mark.parametrize(("text", "entities"), [
    ("running shoes", [("category", "shoes")]),
    ("Two TENTS", [("category", "outdoor")]),
    ("a light blue one", [("colour", "light blue")]),
    ("merino wool, XL", [("material", "merino wool"), ("size", "XL")]),
    ("anything from Kestrel?", [("brand", "Kestrel")]),
    # misspelt
    ("harow trail tent", [("brand", "Harrow Trail"), ("category", "outdoor")]),
    ("kestrell trainrs", [("brand", "Kestrel"), ("category", "shoes")]),
    # refused
    ("not leather", [("not_material", "leather")]),
    ("leather-free shoes", [("not_material", "leather"), ("category", "shoes")]),
    ("nothing in red, in blue", [("not_colour", "red"), ("colour", "blue")]),
    ("anything but Kestrel", [("not_brand", "Kestrel")]),
    # prices
    ("under 50", [("price_max", 5000)]),
    ("between 20 and 40 euros", [("price_min", 2000), ("price_max", 4000)]),
    ("20-40 €", [("price_min", 2000), ("price_max", 4000)]),
    ("around thirty", [("price_min", 2400), ("price_max", 3600)]),
    ("twenty-five euros or less", [("price_max", 2500)]),
    ("more than €1,200.50", [("price_min", 120050)]),
    ("no more than 49,95 euro", [("price_max", 4995)]),
    ("it cost 30 euros", [("amount", 3000)]),
    # sizes
    ("in 42", [("size", "42")]),
    ("size 38.5 please", [("size", "38.5")]),
    ("a medium", [("size", "M")]),
    # positions and quantities
    ("the second one", [("ordinal", 2)]),
    ("second", [("ordinal", 2)]),
    ("number 3", [("ordinal", 3)]),
    ("the last", [("ordinal", -1)]),
    ("compare the first two", [("ordinal", 1), ("ordinal", 2)]),
    ("the first and the third", [("ordinal", 1), ("ordinal", 3)]),
    ("both of them", [("ordinal", 1), ("ordinal", 2)]),
    ("3 pieces", [("quantity", 3)]),
    # order, e-mail, postcode, date
    ("no, order 104312", [("order_number", "104312")]),
    ("#104312", [("order_number", "104312")]),
    ("order 1043", [("order_number", "1043")]),
    ("Ada.Lindqvist@Example.com", [("email", "ada.lindqvist@example.com")]),
    ("my postcode is 10115", [("postcode", "10115")]),
    ("since 2026-03-04", [("date", "2026-03-04")]),
    ("on 4.3.2026", [("date", "2026-03-04")]),
    ("cheaper", [("sort", "price_asc")]),
    ("the best rated", [("sort", "rating")]),
])
def test_the_words_of_a_shopper_are_found(extractor, text, entities):
    assert sorted(found(extractor, text), key=str) == sorted(entities, key=str)


@pytest.mark.parametrize("text", [
    "give me a second", "the first time I ordered", "it's s m all", "call me at 0123456789012", "31.02.2026",
    "I am 42 years old", "what is the meaning of life", "", "   ", "\u202e\u0000", "€", "(((((((",
])
def test_nothing_is_found_where_nothing_is_said(extractor, text):
    assert found(extractor, text) == []


def test_yesterday_is_a_date(extractor):
    assert found(extractor, "it came yesterday") == [("date", (date.today() - timedelta(days=1)).isoformat())]


def test_places_are_those_of_the_words(extractor):
    text = "red running shoes under 50 euros"
    assert [text[each["start"]:each["end"]] for each in extractor.extract(text)] == [
        "red", "running shoes", "under 50 euros"]


def test_entities_are_added_to_those_a_message_has(extractor):
    earlier = {"entity": "x", "value": 1, "start": 0, "end": 1}
    message = extractor.process([Message({TEXT: "red", ENTITIES: [earlier]})])[0]
    assert [entity["entity"] for entity in message.get(ENTITIES)] == ["x", "colour"]
    assert message.get(ENTITIES)[1]["extractor"] == "ShopEntityExtractor"


def test_a_new_brand_is_understood_without_training(extractor, vocabulary):
    assert found(extractor, "anything by Tarn & Vale") == []
    words = json.loads(vocabulary.read_text("utf-8"))
    words["brand"]["Tarn & Vale"] = ["Tarn & Vale"]
    vocabulary.write_text(json.dumps(words), "utf-8")
    os.utime(vocabulary, (1, 1))
    assert found(extractor, "anything by Tarn & Vale") == [("brand", "Tarn & Vale")]


def test_a_word_that_trainers_use_is_no_misspelt_brand(extractor, workbench, vocabulary):
    assert found(extractor, "a kestrels") == [("brand", "Kestrel")]
    component = ShopEntityExtractor(
        workbench.config(ShopEntityExtractor, vocabulary=str(vocabulary)), None, None, frozenset({"kestrels"}))
    assert found(component, "a kestrels") == []


def test_known_words_survive_loading(extractor, workbench, vocabulary):
    again = workbench.load(ShopEntityExtractor, vocabulary=str(vocabulary))
    assert again._known_words == extractor._known_words


def test_a_very_long_message_is_read_in_bounded_time(extractor):
    assert extractor.process([Message({TEXT: "not " * 200_000 + "leather"})])[0].get(ENTITIES) == []


def test_without_a_vocabulary_numbers_are_still_found(workbench, tmp_path):
    component = workbench.create(ShopEntityExtractor, vocabulary=str(tmp_path / "none.json"))
    assert found(component, "order 104312 for the red shoes") == [("order_number", "104312")]


def test_an_unknown_language_is_named():
    with pytest.raises(InvalidConfigException, match="language is 'xx'"):
        ShopEntityExtractor.validate_config({"language": "xx"})


def test_a_language_file_that_lacks_a_field_is_named(tmp_path):
    path = tmp_path / "de.yml"
    path.write_text("number_words: {eins: 1}\n", "utf-8")
    with pytest.raises(LanguageError, match=r"de\.yml lacks currency_before"):
        Language.load(path)
