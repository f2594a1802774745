from __future__ import annotations

import pytest

pytest_plugins = ["tests.actions.product_stage"]


def on_page(shopper, product_id):
    shopper.page = {"kind": "product", "product_id": product_id}
    return shopper


def test_a_product_in_stock_lists_its_sizes_and_colours(guest_shopper):
    reply = on_page(guest_shopper, "P00003").say("check_availability", "is this in stock?")
    assert reply.responses == ["utter_in_stock"]
    assert "blue and black" in reply.text and "40, 41, 42, 43 and 44" in reply.text


def test_a_size_in_stock_can_go_straight_into_the_basket(guest_shopper):
    reply = on_page(guest_shopper, "P00003").say("check_availability", "do you have it in 42?", size="42")
    assert reply.responses == ["utter_form_in_stock"]
    asked = guest_shopper.press(reply, "Add to basket")
    assert asked.responses == ["utter_cart_ask_colour"]
    assert guest_shopper.press(asked, "black").responses == ["utter_added_to_cart"]


def test_a_sold_out_size_names_its_neighbours(guest_shopper):
    reply = on_page(guest_shopper, "P00001").say("check_availability", "do you have it in 42?", size="42")
    assert reply.responses == ["utter_form_sold_out"]
    assert "41 and 43" in reply.text
    assert reply.titles == ["Size 41", "Size 43", "Something similar"]


def test_a_size_that_was_never_made_is_not_called_sold_out(guest_shopper):
    reply = on_page(guest_shopper, "P00001").say("check_availability", "do you have this in a 50?", size="50")
    assert reply.responses == ["utter_form_not_made"]
    assert "43 and 44" in reply.text


def test_a_colour_it_does_not_come_in_names_those_it_does(guest_shopper):
    reply = on_page(guest_shopper, "P00003").say("check_availability", "have you got that in red?", colour="red")
    assert reply.responses == ["utter_form_not_made"]
    assert "blue and black" in reply.text


def test_for_what_is_sold_out_altogether_similar_things_are_shown(guest_shopper):
    reply = on_page(guest_shopper, "P00006").say("check_availability", "is it sold out?")
    assert reply.responses == ["utter_sold_out"]
    assert reply.ids and all(card["in_stock"] for card in reply.cards)
    assert {each["source"] for each in reply.drawn["exposures"]} == {"similar"}
    guest_shopper.say("product_details", "tell me about the first one", ordinal=1)
    assert guest_shopper.slots["focus_product"] == reply.ids[0]


def test_asking_for_a_kind_of_thing_in_a_size_is_a_search(guest_shopper):
    reply = guest_shopper.say("check_availability", "do you have hiking boots in 42", category="shoes", size="42")
    assert set(reply.ids) == {"P00007", "P00008"}


def test_the_size_survives_the_question_which_one(guest_shopper):
    guest_shopper.say("search_product", "running shoes", category="shoes")
    reply = guest_shopper.say("check_availability", "is it there in 42?", size="42")
    assert reply.responses == ["utter_ask_which_product"]
    assert all('"size": "42"' in button["payload"] for button in reply.buttons)
    assert guest_shopper.press(reply, reply.titles[0]).responses[0].startswith("utter_form")


@pytest.mark.parametrize("between", ["", "thank"])
def test_the_size_just_asked_about_goes_into_the_basket(guest_shopper, between):
    on_page(guest_shopper, "P00005").say("check_availability", "is it in stock in 42?", size="42")
    if between:
        guest_shopper.hear(between, "great, thanks")
    added = guest_shopper.say("add_to_cart", "add it")
    assert added.responses == ["utter_added_to_cart"]
    assert "black, size 42" in added.text


def test_a_size_asked_about_another_product_or_long_before_is_not_taken_for_this_one(guest_shopper):
    on_page(guest_shopper, "P00005").say("check_availability", "is it in stock in 42?", size="42")
    assert on_page(guest_shopper, "P00010").say("add_to_cart", "add it").responses == ["utter_cart_ask_size"]
    on_page(guest_shopper, "P00005").say("check_availability", "is it in stock in 42?", size="42")
    guest_shopper.say("product_details", "what does it weigh?")
    assert guest_shopper.say("add_to_cart", "add it").responses == ["utter_cart_ask_size"]


@pytest.mark.parametrize(
    ("stock", "words"), [(1, "only 1 left"), (3, "only 3 left"), (4, "4 left"), (80, "plenty left")]
)
def test_how_many_are_left_is_said_truly(guest_shopper, product_database, stock, words):
    with product_database.session() as db:
        db.connection().exec_driver_sql("UPDATE variants SET stock = ? WHERE product_id = 'P00031'", (stock,))
    assert words in on_page(guest_shopper, "P00031").say("check_availability", "how many of this are left?").text
