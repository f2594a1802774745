"""Each task of the order form does one thing to one order, after a yes, or says why not and what helps instead."""
from __future__ import annotations

import pytest

from actions.addresses import looks_like_address, read_address
from shop import orders
from tests.actions.dialogue_stage import Shopper
from tests.shop.conftest import ADA, ADAS_ORDERS, BEN

HOME = {"name": "Ada Stone", "country": "Netherlands"}


def test_a_customer_chooses_among_orders_that_suit_the_task(ada):
    reply = ada.say("cancel_order", "cancel my order")
    assert reply.responses == ["utter_ask_which_order"]
    assert {button["title"][1:7] for button in reply.buttons} == {ADAS_ORDERS["placed"], ADAS_ORDERS["packed"]}


def test_a_customer_with_one_fitting_order_is_told_which_is_taken(database):
    reply = Shopper(database, BEN).say("cancel_order", "cancel my order")
    assert reply.responses == ["utter_order_taken", "utter_confirm_cancel"]


def test_nothing_is_cancelled_before_the_yes(ada, stored):
    reply = ada.say("cancel_order", "", order_number=ADAS_ORDERS["placed"])
    assert stored(orders.order, ADAS_ORDERS["placed"], ADA).status == "placed"
    ada.press(reply, "yes")
    assert stored(orders.order, ADAS_ORDERS["placed"], ADA).status == "cancelled"


def test_an_unsure_yes_is_no_yes(ada, stored):
    ada.say("cancel_order", "", order_number=ADAS_ORDERS["placed"])
    reply = ada.say("nlu_fallback", "mumble mumble", confidence=0.4, guesses=("affirm",))
    assert "utter_confirm_cancel" in reply.responses
    assert stored(orders.order, ADAS_ORDERS["placed"], ADA).status == "placed"


def test_something_that_only_resembles_a_yes_is_asked_again(ada, stored):
    ada.say("cancel_order", "", order_number=ADAS_ORDERS["placed"])
    reply = ada.say("affirm", "so then and also", confidence=0.65)
    assert reply.responses[-1] == "utter_confirm_cancel"
    assert stored(orders.order, ADAS_ORDERS["placed"], ADA).status == "placed"


def test_a_swap_of_what_has_arrived_is_an_exchange(ada):
    reply = ada.say("change_order", "swap it for another size", order_number=ADAS_ORDERS["delivered"])
    assert reply.responses == ["utter_request_return_line"]
    assert ada.slots["order_task"] == "exchange"


def test_a_no_leaves_the_order_alone(ada, stored):
    reply = ada.say("cancel_order", "", order_number=ADAS_ORDERS["placed"])
    assert ada.press(reply, "no").responses == ["utter_left_as_it_is"]
    assert stored(orders.order, ADAS_ORDERS["placed"], ADA).status == "placed"
    assert ada.loop is None


def test_who_cancels_too_late_is_offered_a_return(ada):
    reply = ada.say("cancel_order", "", order_number=ADAS_ORDERS["delivered"])
    assert reply.responses == ["utter_not_allowed"]
    assert ada.press(reply, "return").responses == ["utter_request_return_line"]


def test_an_order_that_leaves_between_question_and_yes_is_not_cancelled(ada, stored):
    number = ADAS_ORDERS["packed"]
    reply = ada.say("cancel_order", "", order_number=number)
    stored(orders.advance, number, "shipped", "warehouse")
    assert ada.press(reply, "yes").responses == ["utter_not_allowed"]
    assert stored(orders.order, number, ADA).status == "shipped"


def test_an_address_is_asked_for_until_it_is_whole(ada, stored):
    number = ADAS_ORDERS["placed"]
    assert ada.say("change_shipping_address", "", order_number=number).responses == ["utter_request_new_address"]
    reply = ada.say("inform", "Chapel Street 12")
    assert reply.responses == ["utter_address_incomplete", "utter_request_new_address"]
    reply = ada.say("inform", "Chapel Street 12, 10110 Aldermouth")
    assert reply.responses == ["utter_confirm_address"]
    ada.press(reply, "yes")
    changed = stored(orders.order, number, ADA).address
    assert (changed["street"], changed["postcode"], changed["city"]) == ("Chapel Street 12", "10110", "Aldermouth")


def test_an_address_that_rasa_would_take_for_a_placeholder_is_defused(ada):
    ada.say("change_shipping_address", "", order_number=ADAS_ORDERS["placed"])
    reply = ada.say("inform", "Chapel Street 10[b], 10110 Aldermouth")
    assert reply.responses == ["utter_confirm_address"]
    assert "0[" not in reply.text


def test_one_line_of_several_goes_back(ada, stored):
    number = ADAS_ORDERS["delivered"]
    ada.say("return_item", "", order_number=number)
    assert ada.say("product_details", "the shirt").responses == ["utter_request_return_reason"]
    ada.say("inform", "it is too wide")
    assert ada.say("affirm", "yes").responses == ["utter_return_started"]
    assert [line.title for line in stored(orders.order, number, ADA).lines if line.returned] == ["Linen shirt"]


def test_an_item_named_at_once_is_not_asked_for(ada):
    reply = ada.say("return_item", "I want to return the linen shirt, it is too wide")
    assert reply.responses == ["utter_order_taken", "utter_confirm_return"]
    assert "too wide" in reply.text


def test_an_exchange_becomes_a_refund_when_the_money_is_wanted_after_all(ada, stored):
    number = ADAS_ORDERS["delivered"]
    ada.say("return_item", "exchange", order_number=number, order_line="all")
    ada.say("inform", "all of it")
    ada.say("inform", "too small")
    assert ada.say("affirm", "yes").responses == ["utter_exchange_started"]
    assert stored(orders.order, number, ADA).refunds == []
    assert ada.say("get_refund", "give me the money for it").responses[-1] == "utter_confirm_refund"
    assert ada.say("affirm", "yes").responses == ["utter_refund_requested"]
    assert len(stored(orders.order, number, ADA).refunds) == 2


def test_money_for_something_at_home_comes_after_the_return(ada):
    reply = ada.say("get_refund", "", order_number=ADAS_ORDERS["delivered"])
    assert reply.responses == ["utter_not_allowed"]
    assert "/return_item" in reply.buttons[0]["payload"]


def test_the_time_for_returns_is_kept(ada):
    reply = ada.say("return_item", "", order_number=ADAS_ORDERS["delivered long ago"])
    assert reply.responses == ["utter_not_allowed"]
    assert "30 days" in reply.text


def test_an_invoice_is_linked_for_a_customer_and_not_for_a_guest(ada, guest):
    assert ada.say("get_invoice", "", order_number=ADAS_ORDERS["shipped"]).drawn[0]["link"]["url"].endswith("/invoice")
    reply = guest.say("get_invoice", "", order_number=ADAS_ORDERS["shipped"], email="ada@example.com")
    assert reply.responses == ["utter_invoice", "utter_invoice_guest"]
    assert reply.drawn == [{}, {}]


def test_order_history_is_for_customers(ada, guest):
    assert len(ada.say("order_history", "my orders").drawn[0]["table"]["rows"]) == len(ADAS_ORDERS)
    assert guest.say("order_history", "my orders").responses == ["utter_order_history_guest"]


@pytest.mark.parametrize(
    ("text", "street", "postcode", "city"),
    [
        ("12 Mill Lane, 2011 AB Haarlem", "12 Mill Lane", "2011 AB", "Haarlem"),
        ("no, send it to 4 Cherry Close, Leeds LS1 4AB please", "4 Cherry Close", "LS1 4AB", "Leeds"),
        ("my new address is Orchard Road 5, 10115 Aldermouth", "Orchard Road 5", "10115", "Aldermouth"),
        ("Flat 3, 12 Mill Lane, 2011 AB Haarlem", "Flat 3, 12 Mill Lane", "2011 AB", "Haarlem"),
        ("Bob Brown, 12 High Street, Leeds, LS1 4AB, United Kingdom", "12 High Street", "LS1 4AB", "Leeds"),
    ],
)
def test_addresses_are_read_as_people_type_them(text, street, postcode, city):
    assert looks_like_address(text)
    address, missing = read_address(text, HOME)
    assert (address["street"], address["postcode"], address["city"], missing) == (street, postcode, city, [])


@pytest.mark.parametrize("text", ["what is your return policy?", "thanks a lot", "show me more"])
def test_other_sentences_are_no_addresses(text):
    assert not looks_like_address(text)
