from __future__ import annotations

from datetime import timedelta

import pytest

from shop import promotions
from shop.clock import utc_now

pytest_plugins = ["tests.actions.product_stage"]


@pytest.fixture
def promotion(product_database):
    def add(code, **values):
        now = utc_now()
        with product_database.session() as db:
            promotions.upsert_promotion(
                db,
                {"code": code, "title": f"The {code} offer", "text": "Text.", "kind": "percent", "value": 10,
                 "starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=9)} | values,
            )  # fmt: skip

    return add


def test_where_there_is_no_offer_the_bot_says_so(guest_shopper):
    reply = guest_shopper.say("ask_offers", "any offers for me?")
    assert reply.responses == ["utter_no_offers"]
    assert "offer" not in reply.drawn


def test_an_offer_is_shown_with_its_conditions(guest_shopper, promotion):
    promotion("SHOES5", category="shoes", min_subtotal_cents=4000)
    reply = guest_shopper.say("ask_offers", "any offers?")
    assert reply.drawn["offer"]["code"] == "SHOES5"
    for condition in ("SHOES5", "for Shoes", "from €40.00", "until"):
        assert condition in reply.text
    assert "Show Shoes" in reply.titles


def test_what_is_missing_to_an_offer_is_said(guest_shopper, promotion):
    promotion("FORTY", min_subtotal_cents=4000)
    guest_shopper.say("add_to_cart", "add the stoneware mug to my basket")
    assert "€28.00 more than your basket holds now" in guest_shopper.say("ask_offers", "any offers?").text


def test_an_offer_that_has_ended_is_not_mentioned(guest_shopper, promotion):
    promotion("OLD", starts_at=utc_now() - timedelta(days=9), ends_at=utc_now() - timedelta(days=1))
    assert guest_shopper.say("ask_offers", "any codes?").responses == ["utter_no_offers"]


def test_an_offer_for_a_first_order_is_for_customers_who_agreed_to_be_looked_at(guest_shopper, ada_shopper, promotion):
    promotion("HELLO", conditions={"first_order": True})
    assert guest_shopper.say("ask_offers", "any codes?").responses == ["utter_no_offers"]
    assert "for a first order" in ada_shopper.say("ask_offers", "any codes?").text


def test_no_more_than_three_offers_come_at_once(guest_shopper, promotion):
    for number in range(5):
        promotion(f"CODE{number}")
    reply = guest_shopper.say("ask_offers", "deals?")
    assert reply.responses == ["utter_offer", "utter_another_offer", "utter_another_offer"]


def test_what_is_on_sale_is_what_costs_less_than_before(guest_shopper):
    reply = guest_shopper.say("ask_offers", "what's on sale")
    assert reply.ids == ["P00032"]
    assert (reply.cards[0]["was_cents"], reply.cards[0]["price_cents"]) == (4900, 3900)
