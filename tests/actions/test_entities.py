from __future__ import annotations

import pytest

from actions.entities import MOST, checked

pytest_plugins = ["tests.actions.product_stage"]

HOSTILE = ("abc", -5, 10**30, float("nan"), None, {"a": 1})
NAMES = ("category", "brand", "size", "price_max", "ordinal", "quantity", "amount", "sort", "product_id", "sku")
INTENTS = ("search_product", "refine_search", "show_more", "product_details", "compare_products",
           "check_availability", "recommend", "ask_offers", "add_to_cart", "remove_from_cart", "inform")  # fmt: skip


@pytest.mark.parametrize("intent", INTENTS)
def test_whatever_stands_in_a_payload_gets_a_plain_answer(guest_shopper, intent):
    """An exception would fail the test here; in the shop it would be "something went wrong on our side"."""
    guest_shopper.say("search_product", "running shoes", category="shoes")
    guest_shopper.say("add_to_cart", "the stoneware mug")
    shown = dict(guest_shopper.slots)
    for name in NAMES:
        for value in HOSTILE:
            guest_shopper.slots = dict(shown)
            assert guest_shopper.say(intent, f"/{intent}", **{name: [value]}).responses


def test_numbers_are_numbers_and_everything_else_is_text():
    found = checked([
        {"entity": "ordinal", "value": "-1"}, {"entity": "quantity", "value": 2}, {"entity": "size", "value": 42},
        {"entity": "quantity", "value": -2}, {"entity": "colour", "value": {"a": 1}},
    ])  # fmt: skip
    assert [each["value"] for each in found] == [-1, 2, "42"]


def test_a_message_of_hundreds_of_entities_is_cut():
    assert len(checked([{"entity": "category", "value": f"c{number}"} for number in range(500)])) == MOST


def test_stars_beyond_five_are_not_taken(guest, stored):
    guest.page = {"kind": "product", "product_id": "P00003"}
    guest.say("leave_review", "I want to review this")
    for stars in ("12", "", "0", 7):
        assert guest.say("inform", "", rating=stars).responses[-1] == "utter_request_rating"
