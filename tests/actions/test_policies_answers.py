"""Terms are the shop's own facts; what the shop does not state is not made up."""
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from actions.policy_answers import MORE, shop_terms
from shop import policies
from shop.opening_hours import is_open
from shop.settings import ROOT

HOURS = {"support_hours": "Monday to Friday 8:00-18:00, Saturday 9:00-14:00", "time_zone": "UTC"}


@pytest.mark.parametrize("intent", sorted(MORE))
def test_every_term_is_answered_from_the_demo_shops_facts(guest, stored, intent):
    stored(policies.load_policies, ROOT / "data" / "demo" / "policies")
    assert guest.say(intent, "tell me").responses == [f"utter_{intent}"]


def test_what_no_policy_states_is_not_made_up(guest):
    assert guest.say("warranty", "is there a warranty").responses == ["utter_terms_unknown"]


def test_money_and_days_are_written_for_people():
    terms = shop_terms(policies.DEFAULT_FACTS | {
        "shipping_cents": 495, "free_shipping_from_cents": 5000, "cancellation_fee_cents": 250,
        "warranty_months": 24, "payment_methods": ["card", "invoice", "transfer"],
    })  # fmt: skip
    assert terms["shipping"] == "standard delivery costs €4.95, and nothing from €50.00."
    assert terms["cancellation"] == "Cancelling costs €2.50."
    assert terms["warranty"] == "2 years"
    assert terms["payment_methods"] == "card, invoice or transfer"


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [(23, 12, True), (23, 7, False), (23, 18, False), (28, 10, True), (28, 15, False), (29, 12, False)],
)
def test_the_hours_are_read_as_people_write_them(day, hour, expected):
    assert is_open(HOURS, datetime(2026, 11, day, hour, 30, tzinfo=UTC)) is expected


def test_the_shops_own_clock_counts():
    noon_in_tokyo = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert is_open(HOURS | {"time_zone": "Asia/Tokyo"}, noon_in_tokyo)
    assert not is_open(HOURS, noon_in_tokyo)


@pytest.mark.parametrize("hours", ["", "whenever we like", None])
def test_hours_that_cannot_be_read_promise_nobody(hours):
    assert not is_open({"support_hours": hours})
