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
    ("Two TENTS", [("quantity", 2), ("category", "outdoor")]),
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
    # misspelt: with the space elsewhere, and two errors in a long name
    ("harowtrail", [("brand", "Harrow Trail")]),
    ("kestril trianers", [("brand", "Kestrel"), ("category", "shoes")]),
    # what the catalogue's words imply
    ("camping", [("category", "outdoor")]),
    ("woolen", [("material", "wool")]),
    # refused
    ("nothing made of leather", [("not_material", "leather")]),
    ("I don't want to see trainers", [("not_category", "shoes")]),
    ("neither red nor blue", [("not_colour", "red"), ("not_colour", "blue")]),
    ("not red or blue", [("not_colour", "red"), ("not_colour", "blue")]),
    ("not red, leather", [("not_colour", "red"), ("material", "leather")]),
    # prices that a refusal turns round
    ("nothing over 50", [("price_max", 5000)]),
    ("I won't pay more than 15 euros", [("price_max", 1500)]),
    ("nothing under 30", [("price_min", 3000)]),
    ("a gift card over 50 euros", [("amount", 5000)]),
    # measures
    ("200 x 200 CM", [("size", "200 x 200 cm")]),
    ("200x200 in blue", [("size", "200 x 200 cm"), ("colour", "blue")]),
    ("0,5l", [("size", "0.5 l")]),
    # counts before things
    ("3 red leather trainers", [("quantity", 3), ("colour", "red"), ("material", "leather"), ("category", "shoes")]),
    ("half a dozen tents", [("quantity", 6), ("category", "outdoor")]),
    ("make that two", [("quantity", 2)]),
    ("option two", [("ordinal", 2)]),
    ("number 104 312", [("order_number", "104312")]),
    ("price ascending", [("sort", "price_asc")]),
])
def test_the_words_of_a_shopper_are_found(extractor, text, entities):
    assert sorted(found(extractor, text), key=str) == sorted(entities, key=str)


@pytest.mark.parametrize("text", [
    "give me a second", "the first time I ordered", "it's s m all", "call me at 0123456789012", "31.02.2026",
    "I am 42 years old", "within two years", "over 3 stars", "more than one address", "my son is over 30",
    "the first wash", "my latest order", "they are too small", "no money for three times now", "which one of those",
    "30 February 2026", "99999999999 weeks ago",
    "what is the meaning of life", "", "   ", "\u202e\u0000", "€", "(((((((",
])
def test_nothing_is_found_where_nothing_is_said(extractor, text):
    assert found(extractor, text) == []


def test_yesterday_is_a_date(extractor):
    assert found(extractor, "it came yesterday") == [("date", (date.today() - timedelta(days=1)).isoformat())]


@pytest.mark.parametrize(("text", "day"), [
    ("the day before yesterday", "2026-11-22"), ("day after tomorrow", "2026-11-26"),
    ("21 November", "2026-11-21"), ("Nov 2nd", "2026-11-02"), ("the 1st of May, 2025", "2025-05-01"),
    # without a year the nearest one
    ("3 March", "2027-03-03"), ("30 June", "2026-06-30"),
    ("5 days ago", "2026-11-19"), ("a week ago", "2026-11-17"), ("two weeks ago", "2026-11-10"),
    # the fixed day is a Tuesday
    ("last Monday", "2026-11-23"), ("last Tuesday", "2026-11-17"), ("by Friday", "2026-11-27"),
    ("next Tuesday", "2026-12-01"),
])
def test_dates_are_counted_from_today(workbench, vocabulary, text, day):
    component = workbench.create(ShopEntityExtractor, vocabulary=str(vocabulary), today="2026-11-24")
    assert found(component, text) == [("date", day)]


def test_29_february_is_looked_for_in_a_leap_year(workbench, vocabulary):
    component = workbench.create(ShopEntityExtractor, vocabulary=str(vocabulary), today="2027-12-01")
    assert found(component, "29 February") == [("date", "2028-02-29")]


def test_a_word_that_the_sentence_model_knows_is_no_misspelt_brand(extractor, vocabulary):
    words = json.loads(vocabulary.read_text("utf-8"))
    words["brand"]["Batterby"] = ["Batterby"]
    vocabulary.write_text(json.dumps(words), "utf-8")
    os.utime(vocabulary, (1, 1))
    assert found(extractor, "the battery is dead") == []
    assert found(extractor, "a baterby") == [("brand", "Batterby")]


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


@pytest.mark.parametrize(("text", "entities"), [
    ("in medıum please", [("size", "M")]),  # a Turkish keyboard's i
    ("the FİRST one", [("ordinal", 1)]),
    ("under a hundred fifty euros", [("price_max", 15000)]),
    ("around " + "9" * 400 + " euros", []),
    ("9" * 400 + " of them", []),
], ids=["dotless i", "dotted I", "three words", "endless price", "endless count"])
def test_odd_letters_and_endless_numbers_break_nothing(extractor, text, entities):
    assert found(extractor, text) == entities


@pytest.mark.parametrize(("text", "days"), [("yeſterday", 1), ("fıve days ago", 5), ("a hundred fifty days ago", 150)])
def test_a_day_is_understood_in_odd_letters_and_long_numbers(extractor, text, days):
    assert found(extractor, text) == [("date", (date.today() - timedelta(days=days)).isoformat())]


def test_a_long_message_does_not_read_the_turns_of_phrase_anew_for_every_word(extractor):
    searches = []
    idioms = extractor._language.idioms

    class Counted:
        def finditer(self, text):
            searches.append(text)
            return idioms.finditer(text)

    object.__setattr__(extractor._language, "idioms", Counted())
    assert len(extractor.extract("red " * 500)) == 500
    assert len(searches) <= 2
