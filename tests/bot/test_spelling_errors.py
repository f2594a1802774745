"""Errors that hands make count less than others, and near words are found however they differ."""
from __future__ import annotations

import math

import pytest

from bot.spelling_errors import NearWords, TypingErrors, WordsOneChangeAway, neighbouring_keys
from bot.word_model import END, OTHER, START, WordModel, count


@pytest.mark.parametrize(("typed", "meant"), [
    ("odrer", "order"), ("ordder", "order"), ("oder", "order"), ("prder", "order"), ("orde", "order"),
    ("rder", "order"), ("orderr", "order"), ("oorder", "order"),
])
def test_what_hands_do_is_one_error(typed, meant):
    assert TypingErrors().count(typed, meant) == 1


def test_what_no_hand_does_by_itself_counts_more():
    errors = TypingErrors()
    assert errors.count("order", "order") == 0
    assert errors.count("orxer", "order") == 1  # the key below
    assert errors.count("oruer", "order") > 1
    assert errors.count("ordmer", "order") > 1
    assert errors.count("", "order") == 5


def test_errors_add_up():
    assert TypingErrors().count("acountt", "account") == 2
    assert TypingErrors().count("oderr", "order") == 2


def test_the_keyboard_decides_which_keys_are_neighbours():
    assert ("t", "z") in neighbouring_keys("qwertz")
    assert ("t", "z") not in neighbouring_keys("qwerty")
    assert ("a", "z") in neighbouring_keys("azerty")
    assert TypingErrors("qwertz").count("parzy", "party") == 1 < TypingErrors("qwerty").count("parzy", "party")


def test_near_words_are_found_with_one_change_and_with_two():
    words = ["order", "border", "older", "odour", "parcel"]
    assert WordsOneChangeAway(words).of("order") == ["border", "older", "order"]
    assert WordsOneChangeAway(words).of("odrer") == ["order"]
    assert WordsOneChangeAway(words).of("xyz") == []
    assert set(NearWords(words).within("oder", 1)) == {"order", "older"}
    assert "odour" in NearWords(words).within("oder", 2)


def test_a_word_is_likelier_where_examples_have_it():
    counted = count(["where is my order", "where is my parcel", "I like my order 104312", "is it here"])
    model = WordModel(counted["words"], counted["pairs"], counted["triples"], ["this", "house", "zebra"])
    assert model.cost("order", "my") < model.cost("order", "it")
    assert model.cost("my", "is", "where") < model.cost("my", "is", START)
    assert model.cost("house", "my") < model.cost("zebra", "my") < model.cost("hqwse", "my")
    assert model.cost(OTHER, "order") < model.cost(OTHER, "parcel")
    assert counted["pairs"][START] == {"where": 2, "i": 1, "is": 1}
    assert counted["triples"]["my order"] == {END: 1, OTHER: 1}
    assert counted["forms"] == {"i": "I"}


def test_probabilities_of_what_comes_next_sum_to_one_at_most():
    counted = count(["where is my order", "where is my parcel", "is it here"])
    model = WordModel(counted["words"], counted["pairs"], counted["triples"], ["this", "house", "zebra"])
    for previous, earlier in (("my", "is"), ("is", START), ("house", "")):
        following = [*counted["words"], "this", "house", END]
        total = sum(math.exp(-model.cost(word, previous, earlier)) for word in following)
        assert 0.5 < total <= 1


def test_a_form_of_a_word_that_exists_is_explained():
    stems = ["parcel", "basket", "window", "garden", "button", "pocket"]
    model = WordModel({}, {}, {}, [*stems, *(stem + "s" for stem in stems[:5]), "ticket"])
    assert model.explains("tickets")
    assert not model.explains("tickett")
    assert not model.explains("tcket")
