from __future__ import annotations

import pytest

from actions.product_facts import label, value_words

pytest_plugins = ["tests.actions.product_stage"]


@pytest.fixture
def shopper(guest_shopper):
    """A guest on the page of a boot."""
    guest_shopper.page = {"kind": "product", "product_id": "P00007"}
    return guest_shopper


def test_a_shopper_who_wants_to_know_more_gets_facts_and_a_card(shopper):
    reply = shopper.say("product_details", "tell me more about this")
    assert reply.ids == ["P00007"]
    for fact in ("Harrow Ridge", "€149.00", "leather", "waterproof: yes"):
        assert fact in reply.text


def test_a_question_is_answered_from_the_attributes(shopper):
    assert "waterproof: yes" in shopper.say("product_details", "can I wear it in the rain?").text
    assert "leather" in shopper.say("product_details", "what is it made of").text
    assert "wax it now and then" in shopper.say("product_details", "how do I clean it?").text


def test_what_the_catalogue_does_not_say_is_not_invented(shopper):
    reply = shopper.say("product_details", "how heavy is it?")
    assert reply.responses == ["utter_product_topic_unknown"]
    assert "the weight" in reply.text
    assert shopper.say("product_details", "does it squeak?").responses == ["utter_product_fact_unknown"]


def test_a_question_that_the_description_answers_is_answered_with_it(shopper):
    assert "the laces are waxed" in shopper.say("product_details", "does it have waxed laces or what?").text


def test_price_rating_and_sizes_are_always_known(shopper):
    assert "€149.00" in shopper.say("product_details", "how much is it").text
    assert "4.0 of 5 (20 reviews)" in shopper.say("product_details", "are the reviews good?").text
    assert "40, 41, 42, 43 and 44" in shopper.say("product_details", "which sizes does it come in?").text


def test_asking_about_a_product_counts_as_looking_at_it(shopper, product_database):
    shopper.say("product_details", "tell me more about this")
    with product_database.session() as db:
        rows = db.connection().exec_driver_sql("SELECT kind, product_id, visitor_id FROM events").all()
    assert [tuple(row) for row in rows] == [("view", "P00007", shopper.visitor_id)]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("weight_g", 320, ("weight", "320 g")),
        ("fabric_g_m2", "200", ("fabric", "200 g/m²")),
        ("water_column_mm", 15000, ("water column", "15,000 mm")),
        ("dishwasher_safe", True, ("dishwasher safe", "yes")),
        ("hood", "none", ("hood", "none")),
        ("wash_c", 40, ("wash", "40 °C")),
    ],
)
def test_attributes_are_read_with_their_units(key, value, words):
    assert (label(key), value_words(key, value)) == words
