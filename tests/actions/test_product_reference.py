from __future__ import annotations

import pytest

from actions.product_reference import place

pytest_plugins = ["tests.actions.product_stage"]


@pytest.fixture
def shopper(guest_shopper):
    """A guest who has just been shown running shoes."""
    guest_shopper.found = guest_shopper.say("search_product", "running shoes", category="shoes")
    return guest_shopper


def focus(shopper) -> str:
    return shopper.slots["focus_product"]


def test_the_second_one_is_the_second_shown(shopper):
    shopper.say("product_details", "tell me about the second one", ordinal=2)
    assert focus(shopper) == shopper.found.ids[1]


def test_the_last_one_is_the_last_shown(shopper):
    shopper.say("product_details", "the last one", ordinal=-1)
    assert focus(shopper) == shopper.found.ids[-1]


def test_the_ninth_of_six_is_asked_back(shopper):
    reply = shopper.say("product_details", "the ninth one", ordinal=9)
    assert reply.responses == ["utter_ordinal_out_of_range"]
    assert "6" in reply.text
    assert len(reply.buttons) == 4


def test_the_white_one_is_the_only_white_one(shopper):
    shopper.say("search_product", "hiking boots", category="shoes")
    shopper.say("product_details", "the grey one", colour="grey")
    assert focus(shopper) == "P00008"


def test_the_blue_one_of_three_is_asked_back_with_a_button_each(shopper):
    reply = shopper.say("product_details", "the blue one", colour="blue")
    assert reply.responses == ["utter_ask_which_product"]
    assert set(reply.titles) == {"Brisa Glide", "Alder Swift", "Brisa Dawn"}
    shopper.press(reply, "Brisa Dawn")
    assert focus(shopper) == "P00011"


def test_a_name_with_a_slip_of_the_key_is_understood(shopper):
    shopper.say("product_details", "how about the Alder Marathn")
    assert focus(shopper) == "P00004"


def test_a_title_that_contains_another_is_told_from_it(guest_shopper):
    with guest_shopper.runtime.database.session() as db:
        db.connection().exec_driver_sql("UPDATE products SET title = 'Brisa Peak' WHERE id = 'P00001'")
    guest_shopper.say("search_product", "running shoes", category="shoes")
    guest_shopper.say("product_details", "is the Brisa Peak Trail waterproof?")
    assert focus(guest_shopper) == "P00002"


def test_a_brand_of_which_one_is_shown_is_enough(shopper):
    shopper.say("search_product", "red running shoes", category="shoes", colour="red")
    shopper.say("product_details", "tell me more about the Brisa", brand="Brisa")
    assert focus(shopper) == "P00002"


def test_a_brand_that_is_not_shown_is_looked_up(shopper):
    assert set(shopper.say("product_details", "the Kelp", brand="Kelp").titles) == {"Kelp Beach", "Brook bottle"}


def test_a_product_that_was_not_shown_is_found_by_its_name(shopper):
    shopper.say("product_details", "what do you know about the Sleet rain jacket")
    assert focus(shopper) == "P00020"


def test_the_cheapest_one_is_the_cheapest_shown(shopper):
    shopper.say("product_details", "the cheapest one, tell me about it", sort="price_asc")
    prices = {card["product_id"]: card["price_cents"] for card in shopper.found.cards}
    assert focus(shopper) == min(prices, key=prices.get)


def test_it_is_what_was_discussed_last(shopper):
    shopper.say("product_details", "the third one", ordinal=3)
    reply = shopper.say("product_details", "is it waterproof?")
    assert reply.ids == [shopper.found.ids[2]]


def test_this_is_the_page_that_the_shopper_looks_at(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00007"}
    assert guest_shopper.say("product_details", "is this waterproof?").ids == ["P00007"]


def test_a_page_opened_after_the_talk_is_what_this_means_now(shopper):
    shopper.page = {"kind": "product", "product_id": "P00007"}
    shopper.say("product_details", "the first one", ordinal=1)
    assert shopper.say("product_details", "is this waterproof?").ids == [shopper.found.ids[0]]
    shopper.page = {"kind": "product", "product_id": "P00008"}
    assert shopper.say("product_details", "what is this made of?").ids == ["P00008"]


def test_without_anything_shown_the_bot_asks_for_a_name(guest_shopper):
    reply = guest_shopper.say("product_details", "tell me more about it")
    assert reply.responses == ["utter_ask_product_name"]


def test_a_product_that_left_the_catalogue_is_not_referred_to(shopper, product_database):
    gone = shopper.found.ids[0]
    with product_database.session() as db:
        db.connection().exec_driver_sql("UPDATE products SET active = 0 WHERE id = ?", (gone,))
    shopper.say("product_details", "the first one", ordinal=1)
    assert focus(shopper) == shopper.found.ids[1]


@pytest.mark.parametrize(("ordinal", "count", "index"), [(1, 3, 0), (3, 3, 2), (-1, 3, 2), (4, 3, None), (0, 3, None)])
def test_places_count_from_one_and_from_the_end(ordinal, count, index):
    assert place(ordinal, count) == index
