"""Typing errors are mended for the embedding, and messages without any come out as they went in."""
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.spelling import CORRECTED_TEXT, SpellingCorrector
from bot.spelling_decoder import MENDED_WORDS, MOST_SPANS
from tests.bot.conftest import VOCABULARY, Workbench

SENTENCES = [
    "where is my order", "where is my parcel", "is my order on its way", "cancel my order please",
    "running shoes please", "show me running shoes", "are these running shoes in stock", "please cancel it",
    "where is the parcel", "please show me my account", "my account please", "is this my account", "yep",
    "cancel everything", "my parcel is late", "my parcel got lost in the post", "was it lost in the post",
    "a leather belt please", "a brown leather belt", "remove it from my order", "I want to remove it from the basket",
    "I don't want it", "I want to send it back", "how do I send it back", "how do I cancel it",
    "how do I remove it", "how do I get it", "I'd like to send it",
    "create a new account", "a new account please", "I want to talk to a person", "the newsletter",
    "stop sending me the newsletter",
]


def trained(folder: Path):
    """A corrector that has learnt the sentences, with its workbench and the file of the catalogue's words."""
    workbench, vocabulary = Workbench(folder), folder / "vocabulary.json"
    vocabulary.write_text(json.dumps(VOCABULARY), "utf-8")
    component = workbench.create(SpellingCorrector, vocabulary=str(vocabulary))
    component.train(TrainingData([Message({TEXT: text, INTENT: "any"}) for text in SENTENCES]))
    return component, workbench, vocabulary


@pytest.fixture(scope="module")
def corrector(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("spelling"))[0]


def corrected(component, text: str) -> str:
    return component.process([Message({TEXT: text})])[0].get(CORRECTED_TEXT)


@pytest.mark.parametrize(("typed", "meant"), [
    ("wehre is my ordr", "where is my order"),
    ("pleeease cancle my acount", "please cancel my account"),
    ("where is m yorder", "where is my order"),
    ("whereismyorder", "where is my order"),
    ("runningsheos", "running shoes"),
    ("runn ing shoes", "running shoes"),
    ("show me thhenewsletrer", "show me the newsletter"),
    ("my parrcel got lsot ni thep ost", "my parcel got lost in the post"),
    ("remove it fro mmy ordre", "remove it from my order"),
    ("mt parcel iz late", "my parcel is late"),
    ("craete aa new account", "create a new account"),
    ("I don' wnat it", "I don't want it"),
    ("how do  snd it back", "how do  I  send it back"),
    ("mt parcel iz late  ", "my parcel is late  "),
])
def test_what_was_meant_is_found(corrector, typed, meant):
    assert corrected(corrector, typed) == meant


def test_a_word_that_exists_is_an_error_where_all_around_it_says_so(corrector):
    assert corrected(corrector, "remove it form my order") == "remove it from my order"
    assert corrected(corrector, "fill in the form") == "fill in the form"


@pytest.mark.parametrize("text", [
    "where is my order", "a song about the weather", "kestrel tent", "yep", "order 104312 for ada@example.com", "in XL",
    "parcels", "my neighbour's parcel", "", "🙂 ?!", "привет", "Harrow Trail  shoes, please...", "the 24cm pan",
    "“where is it?”", "I don’t want it", "where is my order 1043l2", "please ask Mr Ordner",
])
def test_what_has_no_error_is_left_alone(corrector, text):
    assert (corrected(corrector, text) or "") == text


@pytest.mark.parametrize("text", [
    "gdzie jest moja paczka", "waar is mijn bestelling", "où est ma commande", "wo ist meine bestellung",
    "onde está o meu pedido", "hvor er min pakke", "je veux annuler ma commande", "я хочу вернуть заказ",
    "मेरा ऑर्डर कहाँ है", "和 i", "и i", "私の注文はどこですか",
])
def test_a_message_in_another_language_stays_as_it_was_typed(corrector, text):
    assert corrected(corrector, text) == text


@pytest.mark.parametrize("text", [
    "a wok", "a fez", "mauve", "usb-c belt", "floorwalker.shop", "ordr-shop", "is it on ordr.shop", "a v-neck please",
    "le creuset", "is it bpa late",
])
def test_a_word_that_no_example_has_stays_beside_words_that_some_have(corrector, text):
    assert corrected(corrector, text) == text


def test_what_stands_beside_a_word_with_a_hyphen_is_still_mended(corrector):
    assert corrected(corrector, "where is my usb-c parrcel") == "where is my usb-c parcel"
    assert corrected(corrector, "wehre is usb-c and myorder") == "where is usb-c and my order"


def test_an_unknown_word_does_not_keep_the_errors_around_it(corrector):
    typed = "wehre is my wok and my parrcel and canecl the newsletrer pleeease and show my acount"
    assert corrected(corrector, typed) == (
        "where is my wok and my parcel and cancel the newsletter please and show my account"
    )


def test_only_the_words_with_errors_change(corrector):
    assert corrected(corrector, "Kestrel: where is my ordr 104312, yep?") == "Kestrel: where is my order 104312, yep?"


def test_the_examples_themselves_are_never_changed(corrector):
    data = TrainingData([Message({TEXT: text, INTENT: "any"}) for text in SENTENCES])
    corrector.process_training_data(data)
    assert [each.get(CORRECTED_TEXT) for each in data.training_examples] == SENTENCES


def test_it_corrects_the_same_after_loading(tmp_path):
    corrector, workbench, vocabulary = trained(tmp_path)
    again = workbench.load(SpellingCorrector, vocabulary=str(vocabulary))
    for typed in ("wehre is my ordr", "my parrcel got lsot ni thep ost", "craete aa new acount"):
        assert corrected(again, typed) == corrected(corrector, typed) != typed


def test_a_new_brand_is_no_typing_error(tmp_path):
    corrector, _, vocabulary = trained(tmp_path)
    assert corrected(corrector, "where is my parcek") == "where is my parcel"
    words = json.loads(vocabulary.read_text("utf-8"))
    words["brand"]["Parcek"] = ["Parcek"]
    vocabulary.write_text(json.dumps(words), "utf-8")
    assert corrected(corrector, "where is my parcek") == "where is my parcek"


@pytest.mark.parametrize("text", ["qzxvkj" * 20_000, "qzxv kjw vvq " * 2_000, "i " * 5_000, "'" * 5_000],
                         ids=["one word", "strange words", "letters", "apostrophes"])
def test_a_very_long_message_comes_back_no_longer_than_the_sentence_model_reads(corrector, text):
    assert len(corrected(corrector, text)) <= 2_000


def test_of_a_long_message_the_beginning_is_mended_and_the_rest_kept(corrector):
    text = "wehre is my ordr, " + "my parcel, " * 40 + "wehre is my ordr"
    assert corrected(corrector, text) == "where is my order" + text[len("wehre is my ordr"):]


@pytest.mark.parametrize("word", ["newsletrer", "runnngshoes", "o'qzxvkjwq", "whereismyparcelcancelmyorder", "parrcel"])
def test_the_work_for_a_message_of_any_length_is_bounded(corrector, monkeypatch, word):
    asked = Counter()

    def counting(name):
        whole = getattr(decoder, name)

        def one(typed):
            asked[name] += 1
            return whole(typed)
        monkeypatch.setattr(decoder, name, one)

    decoder = corrector._decoder
    counting("_nearest")
    counting("_slips")
    text = " ".join(word[:place % len(word)] + "qxzjkvw"[place % 7] + word[place % len(word):] for place in range(200))
    corrected(corrector, text[:2_000])
    assert 0 < asked["_nearest"] <= MENDED_WORDS
    assert 0 < asked["_slips"] <= MOST_SPANS * 1.2


def test_an_unknown_keyboard_is_named_with_those_that_are_known():
    with pytest.raises(InvalidConfigException, match=r"'dvorak'.*qwerty, qwertz, azerty"):
        SpellingCorrector.validate_config({"keyboard": "dvorak"})
