"""Typing errors are mended for the embedding, and words that exist are left alone."""
from __future__ import annotations

import json

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.spelling import CORRECTED_TEXT, SpellingCorrector

SENTENCES = [
    "where is my order", "where is my parcel", "is my order on its way", "cancel my order please",
    "running shoes please", "show me running shoes", "are these running shoes in stock", "please cancel it",
    "where is the parcel", "please show me my account", "my account please", "is this my account", "yep",
    "cancel everything", "my parcel is late",
]


@pytest.fixture
def corrector(workbench, vocabulary):
    component = workbench.create(SpellingCorrector, vocabulary=str(vocabulary))
    component.train(TrainingData([Message({TEXT: text, INTENT: "any"}) for text in SENTENCES]))
    return component


def corrected(component, text: str) -> str:
    return component.process([Message({TEXT: text})])[0].get(CORRECTED_TEXT)


@pytest.mark.parametrize(("typed", "meant"), [
    ("wehre is my ordr", "where is my order"),
    ("pleeease cancle my acount", "please cancel my account"),
    ("where is m yorder", "where is my order"),
    ("whereismyorder", "where is my order"),
    ("runningsheos", "running shoes"),
])
def test_what_was_meant_is_found(corrector, typed, meant):
    assert corrected(corrector, typed) == meant


@pytest.mark.parametrize("text", [
    "where is my order", "a song about the weather", "kestrel tent", "yep", "order 104312 for ada@example.com", "in XL",
    "parcels", "my neighbour's parcel", "", "🙂 ?!", "привет",
])
def test_what_exists_is_left_alone(corrector, text):
    assert (corrected(corrector, text) or "") == text


def test_it_corrects_the_same_after_loading(corrector, workbench, vocabulary):
    again = workbench.load(SpellingCorrector, vocabulary=str(vocabulary))
    assert corrected(again, "wehre is my ordr") == "where is my order"


def test_a_new_brand_is_no_typing_error(corrector, vocabulary):
    assert corrected(corrector, "parcal") == "parcel"
    words = json.loads(vocabulary.read_text("utf-8"))
    words["brand"]["Parcal"] = ["Parcal"]
    vocabulary.write_text(json.dumps(words), "utf-8")
    assert corrected(corrector, "parcal") == "parcal"


def test_a_very_long_message_is_corrected_in_bounded_time(corrector):
    assert len(corrected(corrector, "qzxvkj" * 20_000)) <= 20_000
