"""Staff without the right to customers' data read transcripts without it, and still understand them."""
from __future__ import annotations

import itertools
import time

import pytest

from shop.masking import known_of, mask_entities, mask_json, mask_text, personal


@pytest.mark.parametrize(("said", "read"), [
    ("write to Ada.Stone+shop@mail.example.co.uk please", "write to [e-mail] please"),
    ("where is #104312?", "where is [order number]?"),
    ("104312", "[order number]"),
    ("my order 104 312 is late", "my [order number] is late"),
    ("the invoice INV-104312", "the invoice [order number]"),
    ("call me on +31 6 1234 5678", "call me on [phone]"),
    ("call me on 0555 12 3456 tonight", "call me on [phone] tonight"),
    ("1012 AB", "[postcode]"),
    ("it is SW1A 1AA", "it is [postcode]"),
    ("I live at 12 Mill Lane", "I live at [address]"),
    ("Mill Lane 4, please", "[address], please"),
    ("Keizersgracht 221", "[address]"),
    ("my name is Ada Stone and I wait", "my name is [name] and I wait"),
    ("Kind regards, Ben Marsh", "Kind regards, [name]"),
])  # fmt: skip
def test_personal_data_is_masked_by_its_shape(said, read):
    assert mask_text(said) == read


@pytest.mark.parametrize("said", [
    "running shoes in size 42 under 30 euros", "I'm looking for a tent", "is it 1.5 l or 140 x 200 cm?",
    "€49.95 and then 1,234.50", "the second one, delivered by 24 November 2026", "I am not happy",
    "a row of 12 mugs", "it is 100% cotton", "P00123-NAV-42", "10 ways to wear it", "thank you",
])  # fmt: skip
def test_what_is_not_personal_stays(said):
    assert mask_text(said) == said


def test_what_the_bot_marked_is_masked_whatever_its_shape():
    entities = [
        {"entity": "postcode", "start": 4, "end": 8, "value": "9999"},
        {"entity": "colour", "start": 12, "end": 15, "value": "red"},
    ]
    assert mask_text("at: 9999 in red", entities) == "at: [postcode] in red"
    assert mask_entities(entities) == [
        {"entity": "postcode", "value": "[postcode]"}, {"entity": "colour", "value": "red"},
    ]


@pytest.mark.parametrize("place", [
    {"start": 0, "end": 99}, {"start": -1, "end": 2}, {"start": 3, "end": 3}, {"start": "0", "end": 2}, {},
])  # fmt: skip
def test_an_entity_without_a_place_in_the_text_breaks_nothing(place):
    assert mask_text("hello", [{"entity": "email", "value": "x", **place}]) == "hello"


def test_what_is_known_of_the_customer_is_masked_in_any_case(db):
    known = known_of(db, "C00001")
    assert known_of(db, None) == known_of(db, "C09999") == ()
    text = mask_text("hello ADA, is it for Stone in amsterdam, mill  lane 4?", None, known)
    assert text == "hello [name], is it for [name] in [address], [address]?"
    assert mask_text("an adapter of stoneware", None, known) == "an adapter of stoneware"


def test_pieces_do_not_overlap_and_lie_in_the_text():
    text = "ada@example.com 104312 my name is Ada Stone, 12 Mill Lane, 1012 AB, +31 6 1234 5678"
    pieces = personal(text, [{"entity": "email", "start": 0, "end": 22}])
    assert pieces[0].end == 22
    assert all(before.end <= after.start for before, after in itertools.pairwise(pieces))
    assert [text[each.start:each.end] for each in pieces[1:]] == [
        "Ada Stone", "12 Mill Lane", "1012 AB", "+31 6 1234 5678"
    ]


def test_content_is_masked_by_its_keys_and_its_texts():
    payload = {
        "order": {"number": "104312", "status": "shipped", "lines": [{"title": "Runner", "quantity": 1}]},
        "buttons": [{"title": "Write to ada@example.com"}], "link": None, "cards": [{"price_cents": 4200}],
    }
    assert mask_json(payload) == {
        "order": {"number": "[order number]", "status": "shipped", "lines": [{"title": "Runner", "quantity": 1}]},
        "buttons": [{"title": "Write to [e-mail]"}], "link": None, "cards": [{"price_cents": 4200}],
    }


@pytest.mark.parametrize("text", [
    "a" * 2000, "1 " * 1000, "a@" * 1000, "1a " * 660, "Mill " * 400, "#1 " * 660, "0-" * 999,
])  # fmt: skip
def test_no_message_keeps_the_masking_busy(text):
    start = time.perf_counter()
    mask_text(text)
    assert time.perf_counter() - start < 0.2
