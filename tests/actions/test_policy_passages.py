"""Questions about the shop's terms that no response answers are answered with the page's own words, or not at all."""
from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from shop import policies, schema
from shop.demo.texts import fill_in
from shop.settings import ROOT

PERSON = "Talk to a person"


@pytest.fixture
def terms(stored):
    """The demo shop's policies as its pages show them."""
    def load(db) -> None:
        policies.load_policies(db, ROOT / "data" / "demo" / "policies")
        facts = policies.facts(db)
        for found in policies.all_policies(db):
            text = fill_in(found.slug, found.body_markdown, facts)
            db.execute(update(schema.policies).where(schema.policies.c.slug == found.slug).values(body_markdown=text))

    stored(load)


def passage(reply) -> str | None:
    """What was quoted: the first wording is “passage” and where it stands."""
    if reply.responses != ["utter_policy_passage"]:
        return None
    return reply.texts[0].partition("“")[2].partition("”")[0]


@pytest.mark.parametrize("intent", ["out_of_scope", "nlu_fallback"])
def test_what_no_intent_covers_is_quoted_word_for_word_from_its_page(guest, terms, stored, intent):
    reply = guest.say(intent, "the carrier is late, what do you do then?")
    heading, _, sentences = passage(reply).partition(": ")
    page = stored(policies.policy, "shipping").body_markdown
    assert heading == "If it doesn't arrive"
    assert f"## {heading}\n\n{sentences}" in page
    assert "page “Delivery”" in reply.text
    assert reply.drawn[0]["link"] == {"title": "Delivery", "url": "/policy/shipping"}
    assert [each["title"] for each in reply.buttons] == [PERSON]


@pytest.mark.parametrize(("intent", "asked", "quoted"), [
    ("return_policy", "can a candle that was lit be returned", "Candles that have been lit stay with you"),
    ("delivery_options", "can you deliver abroad", "We don't deliver abroad"),
    ("payment_methods", "how many days do I have to pay the invoice", "within 14 days of delivery"),
    ("warranty", "do worn soles fall under the warranty", "What isn't covered: Ordinary wear"),
])
def test_more_than_the_general_answer_is_quoted_where_the_page_says_more(guest, terms, intent, asked, quoted):
    assert quoted in passage(guest.say(intent, asked))


@pytest.mark.parametrize(("intent", "asked"), [
    ("shipping_cost", "what does delivery cost"), ("cancellation_fee", "is there a cancellation fee"),
    ("refund_policy", "how do refunds work"), ("payment_methods", "what ways of paying are there"),
    ("delivery_period", "what's the delivery time"), ("contact", "how can I contact the shop"),
    ("contact", "where is your shop"), ("warranty", "warranty"), ("privacy_policy", "what is your privacy policy"),
])
def test_a_general_question_keeps_its_general_answer(guest, terms, intent, asked):
    assert guest.say(intent, asked).responses == [f"utter_{intent}"]


@pytest.mark.parametrize("asked", ["who won the cup final", "how do I bake bread", "do you engrave jewellery", "?"])
def test_what_stands_on_no_page_is_not_answered_with_some_passage(guest, terms, asked):
    assert guest.say("out_of_scope", asked).responses == ["utter_out_of_scope"]


def test_a_pressed_button_is_no_question(guest, terms):
    assert guest.say("return_policy", "/return_policy").responses == ["utter_return_policy"]


def test_where_a_fact_is_missing_the_page_may_still_say_it(guest, stored, tmp_path):
    page = "# Warranty\n\nClocks have a warranty of two years, all else of one.\n"
    (tmp_path / "warranty.md").write_text(page, "utf-8")
    stored(policies.load_policies, tmp_path)
    reply = guest.say("warranty", "is there a warranty on clocks")
    assert passage(reply) == "Clocks have a warranty of two years, all else of one."
    assert guest.say("opening_hours", "are you open at Easter").responses == ["utter_terms_unknown"]


def test_in_the_middle_of_a_form_the_form_goes_on_after_the_passage(guest, terms):
    guest.say("track_order", "where is my parcel")
    reply = guest.say("return_policy", "can a candle that was lit be returned")
    assert reply.responses[0] == "utter_policy_passage"
    assert len(reply.responses) > 1
    assert guest.slots["requested_slot"] == "order_number"


def test_a_changed_policy_is_quoted_as_it_is_now(guest, terms, stored):
    asked = "can a candle that was lit be returned"
    assert "Candles that have been lit stay with you" in passage(guest.say("return_policy", asked))
    page = "Candles that have been lit can be returned too."
    stored(lambda db: db.execute(
        update(schema.policies).where(schema.policies.c.slug == "returns").values(body_markdown=page)))
    assert passage(guest.say("return_policy", asked)) == page
    stored(lambda db: db.execute(delete(schema.policies)))
    assert passage(guest.say("return_policy", asked)) is None
