from __future__ import annotations

import pytest

from actions.product_query import Query, Shown, said
from actions.product_wording import button, described, plain


def entities(text, **values):
    return [
        {"entity": name, "value": value, "start": text.find(words), "end": text.find(words) + len(words)}
        for name, (value, words) in values.items()
    ]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("I'm looking for running shoes please", "running shoes"),
        ("do you have any tents?", "tents"),
        ("hello, can you show me something for a long hike", "something for a long hike"),
        ("cheaper please", ""),
        ("show me something else", ""),
    ],
)
def test_only_words_about_the_product_are_searched_for(text, content):
    assert said(text, []).text == content


def test_prices_and_colours_are_taken_out_of_the_text_but_not_the_category():
    text = "blue hiking boots under 100 euros"
    message = said(
        text,
        entities(text, colour=("blue", "blue"), category=("shoes", "boots"), price_max=(10000, "under 100 euros")),
    )
    assert message.text == "hiking boots"
    assert message.filters == {"colour": ["blue"], "category": ["shoes"], "price_max_cents": 10000}


def test_a_button_has_no_words_of_its_own():
    payload = '/refine_search{"sort": "price_asc"}'
    assert said(payload, [{"entity": "sort", "value": "price_asc", "start": 14, "end": 35}]).text == ""


def test_what_is_refused_is_not_wanted_as_well():
    found = [{"entity": "material", "value": "leather"}, {"entity": "not_material", "value": "leather"}]
    assert said("leather? no, not leather", found).filters == {"not_material": ["leather"]}


def test_a_bare_amount_is_what_the_shopper_wants_to_spend():
    assert said("50 euros", [{"entity": "amount", "value": 5000}]).filters == {"price_max_cents": 5000}


def refined(query: Query, text: str = "", shown: Shown | None = None, **values) -> Query:
    message = said(text, [{"entity": name, "value": value} for name, value in values.items()])
    return query.refined(message, shown or Shown())


def test_a_new_colour_replaces_the_old_and_a_refusal_adds():
    query = Query("boots", {"colour": ["red"], "not_material": ["suede"]})
    assert refined(query, colour="blue").filters["colour"] == ["blue"]
    assert refined(query, not_material="leather").filters["not_material"] == ["suede", "leather"]
    assert "colour" not in refined(query, not_colour="red").filters


def test_a_colour_refused_before_can_be_wanted_again():
    assert refined(Query("boots", {"not_colour": ["red"]}), colour="red").filters == {"colour": ["red"]}


def test_cheaper_is_below_the_median_and_each_time_lower():
    query = refined(Query("boots"), "cheaper", Shown((1000, 2000, 3000)), sort="price_asc")
    assert (query.filters["price_max_cents"], query.sort) == (1999, "price_asc")
    assert refined(query, "cheaper", Shown((1000, 1500)), sort="price_asc").filters["price_max_cents"] == 999


def test_the_last_price_said_wins_over_one_that_contradicts_it():
    assert refined(Query("boots", {"price_max_cents": 5000}), price_min=8000).filters == {"price_min_cents": 8000}
    assert refined(Query("boots", {"price_min_cents": 8000}), price_max=5000).filters == {"price_max_cents": 5000}


@pytest.mark.parametrize("text", ["whatever the price", "the price doesn't matter", "no matter what the price"])
def test_the_price_no_longer_matters(text):
    query = Query("boots", {"price_max_cents": 5000, "colour": ["red"]})
    assert refined(query, text).filters == {"colour": ["red"]}


def test_a_refinement_starts_at_the_first_page():
    assert refined(Query("boots", shown_offset=12), colour="blue").shown_offset == 0


def test_words_said_later_are_added_to_the_search():
    assert refined(Query("jacket", {"category": ["jackets"]}), "something warmer").text == "jacket warmer"


def test_another_kind_in_the_same_department_keeps_what_fits():
    query = refined(Query("running shoes", {"category": ["shoes"], "size": ["42"]}), "hiking boots", category="shoes")
    assert (query.text, query.filters["size"]) == ("hiking boots", ["42"])


def test_a_search_survives_the_slot():
    query = Query("boots", {"colour": ["red"]}, "rating", 6)
    assert Query.from_slot(query.to_slot()) == query
    assert Query.from_slot(None) is None


def test_a_search_is_repeated_in_words():
    filters = {"colour": ["navy"], "size": ["42"], "price_max_cents": 6000, "not_material": ["leather"]}
    phrase = described("trail shoes", filters, list, lambda cents: f"€{cents / 100:.2f}")
    assert phrase == "navy trail shoes in size 42 up to €60.00, no leather"


def test_something_green_is_not_repeated_as_green_something():
    assert described("something", {"colour": ["green"]}, list, str) == "something green"
    assert described("", {"colour": ["green"]}, list, str) == "something green"


def test_a_long_text_is_cut():
    assert len(plain("x" * 500)) == 90


def test_a_button_leaves_out_what_is_not_known():
    assert button("M", "add_to_cart", size="M", colour=None)["payload"] == '/add_to_cart{"size": "M"}'
