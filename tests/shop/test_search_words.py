"""How a text is cut into the words that it is found by, and what a search means."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.search_words import TERMS, Wanted, facet, pieces, terms, wanted, words


@pytest.mark.parametrize(("text", "found"), [
    ("Where is my order?", ["where", "is", "my", "order"]),
    ("Café CREME, ﬁne", ["cafe", "creme", "fine"]),
    ("t-shirt_blue", ["t", "shirt", "blue"]),
    ("ada@example.com", ["ada", "example", "com"]),
    ("Größe 42½", ["grosse", "421", "2"]),
    ("", []), ("?! 🦊", []),
])
def test_case_and_accents_do_not_count(text, found):
    assert words(text) == found


def test_two_words_beside_each_other_are_a_word_of_their_own():
    assert terms("by express delivery") == {"by", "express", "delivery", "_by_express", "_express_delivery"}


@pytest.mark.parametrize(("query", "meant"), [
    ("order", Wanted((), "order")),
    ("red boots", Wanted(("red",), "boots")),
    ("size 4", Wanted(("size", "4"))),
    ('"express delivery"', Wanted(("_express_delivery",))),
    ('"express delivery', Wanted(("_express_delivery",))),
    ("“express delivery” boo", Wanted(("_express_delivery",), "boo")),
    ('"by express delivery"', Wanted(("_by_express", "_express_delivery"))),
    ("t-shirt", Wanted((), "_t_shirt")),
    ('boots "red"', Wanted(("boots", "red"))),
    ("?! *", Wanted()),
    ("", Wanted()),
])
def test_a_search_means_what_it_says(query, meant):
    assert wanted(query) == meant


def test_a_search_has_an_end():
    assert len(wanted(" ".join(f"word{number}" for number in range(500))).terms) <= TERMS


def test_words_that_are_wanted_are_recognised_in_a_text():
    asked = wanted('"express delivery" boo')
    assert [word for word in ("express", "delivery", "boots", "bo", "deliver") if asked.wants(word)] == [
        "express", "delivery", "boots"
    ]  # fmt: skip


def test_no_two_facets_are_the_same_word():
    values = ["track_order", "track-order", "track.order", "trackorder", "Track_order", "track 5f order", "-5f-", "_"]
    assert len({facet("intent", value) for value in values} | {facet("action", "trackorder")}) == len(values) + 1


@given(st.text())
def test_any_text_makes_words_that_an_index_can_hold(text):
    for term in terms(text) | {facet("entity", text)}:
        assert term
        assert not set(term) & set(" \"'\\\x00&|!:*()<>")
    assert all(0 <= start < end <= len(text) for start, end, _ in pieces(text))


@given(st.text())
def test_any_search_can_be_asked(query):
    asked = wanted(query)
    assert all(term and not set(term) & set(" \"'\\") for term in asked.terms)
    assert bool(asked) == bool(asked.terms or asked.prefix)
