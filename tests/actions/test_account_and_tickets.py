"""Account, newsletter, data, complaints, reviews, handover: stored once, and only for the one who may."""
from __future__ import annotations

import pytest

from shop import conversations, customers, tickets
from shop.owner import Owner
from tests.actions.dialogue_stage import Shopper
from tests.shop.conftest import ADA, ADAS_ORDERS


def test_the_newsletter_comes_after_a_yes(ada, stored):
    reply = ada.say("newsletter_subscribe", "I want the newsletter")
    assert not stored(customers.consent, ADA, "newsletter")
    ada.press(reply, "yes")
    assert stored(customers.consent, ADA, "newsletter")


def test_leaving_the_newsletter_takes_one_sentence(ada, stored):
    stored(customers.set_consent, ADA, "newsletter", True)
    assert ada.say("newsletter_unsubscribe", "stop the newsletter").responses == ["utter_newsletter_off"]
    assert not stored(customers.consent, ADA, "newsletter")


def test_a_yes_to_an_older_question_is_asked_again(ada, stored):
    ada.say("newsletter_subscribe", "I want the newsletter")
    ada.say("greet", "hello")
    assert ada.say("affirm", "yes").responses == ["utter_ask_newsletter_on"]
    assert not stored(customers.consent, ADA, "newsletter")


def test_a_yes_after_signing_out_changes_nothing(ada, stored):
    ada.say("newsletter_subscribe", "I want the newsletter")
    ada.customer_id = None
    ada.say("affirm", "yes")
    assert not stored(customers.consent, ADA, "newsletter")


def test_a_guest_changes_nobodys_newsletter_and_sees_nobodys_data(guest):
    assert guest.say("newsletter_subscribe", "newsletter please").responses == ["utter_newsletter_subscribe_guest"]
    assert guest.say("my_data", "what do you know").responses == ["utter_my_data_guest"]
    assert guest.say("delete_my_data", "delete it").responses == ["utter_delete_my_data_guest"]
    assert guest.slots.get("pending_question") is None


def test_a_customer_sees_what_is_stored(ada):
    rows = dict(ada.say("my_data", "what do you know").drawn[0]["table"]["rows"])
    assert rows["E-mail"] == "ada@example.com"


def test_erasing_is_asked_back_and_becomes_one_ticket(ada, stored):
    reply = ada.say("delete_my_data", "delete everything")
    assert stored(tickets.with_status) == []
    for _ in range(2):
        ada.slots["pending_question"] = {"question": "delete_my_data", "asked_in": _asked_in(ada)}
        ada.press(reply, "yes", message_id="yes")
    assert [ticket.customer_id for ticket in stored(tickets.with_status)] == [ADA]


def test_a_complaint_is_stored_with_its_order_and_the_customers_address(ada, stored):
    ada.say("complaint", "I want to complain")
    ada.say("complaint", "it arrived soaked and torn")
    reply = ada.say("inform", "", order_number=ADAS_ORDERS["delivered"])
    ticket = stored(tickets.with_status)[0]
    assert (ticket.text, ticket.order_number) == ("it arrived soaked and torn", ADAS_ORDERS["delivered"])
    assert ticket.contact_email == "ada@example.com"
    assert ticket.reference in reply.text


def test_a_guest_may_complain_without_an_address(guest, stored):
    guest.say("complaint", "I want to complain")
    guest.say("complaint", "nobody answers my mails at all")
    guest.say("deny", "no")
    reply = guest.say("deny", "no")
    assert reply.responses == ["utter_complaint_filed"]
    assert stored(tickets.with_status)[0].contact_email is None


def test_a_question_in_the_middle_is_no_complaint(guest, stored):
    guest.say("complaint", "I want to complain")
    reply = guest.say("shipping_cost", "what does delivery cost?")
    assert reply.responses == ["utter_shipping_cost", "utter_ask_complaint_text"]
    assert guest.slots["ticket_text"] is None


def test_a_review_is_of_the_product_on_the_page(guest, stored):
    guest.page = {"kind": "product", "product_id": "P00003"}
    assert guest.say("leave_review", "I want to review this").responses == ["utter_request_rating"]
    guest.say("inform", "four stars")
    guest.say("inform", "light and cool")
    review = stored(tickets.with_status)[0]
    assert (review.product_id, review.rating, review.text) == ("P00003", 4, "light and cool")


def test_a_review_without_a_product_is_sent_to_its_page(guest, stored):
    assert guest.say("leave_review", "I want to review something").responses == ["utter_review_needs_page"]
    assert guest.loop is None
    assert stored(tickets.with_status) == []


def test_a_guest_outside_the_hours_leaves_an_address(guest, stored):
    # The shop of this test states no hours, so nobody is promised.
    assert guest.say("human_handoff", "a person please").responses == ["utter_ask_email_closed"]
    reply = guest.say("inform", "mira@example.com", email="mira@example.com")
    assert reply.responses == ["utter_handover_closed"]
    assert "mira@example.com" in reply.text
    assert stored(tickets.with_status)[0].kind == "handover"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("write to (mira@example.com)", "mira@example.com"),
        ('it is "Mira@Example.com".', "mira@example.com"),
        ("'mira@example.com'", "mira@example.com"),
        ("<mira.o'neill+shop@mail.example.com>", "mira.o'neill+shop@mail.example.com"),
    ],
)
def test_an_address_in_brackets_or_quotes_is_an_address(guest, stored, text, address):
    guest.say("human_handoff", "a person please")
    assert guest.say("inform", text).responses == ["utter_handover_closed"]
    assert stored(tickets.with_status)[0].contact_email == address


def test_an_address_that_is_none_is_asked_for_again_and_no_ticket_is_lost(guest, stored):
    guest.say("complaint", "I want to complain")
    guest.say("complaint", "nobody answers my mails at all")
    guest.say("deny", "no")
    assert guest.say("inform", "mira@..example.com").responses[-1] == "utter_request_contact_email"
    assert guest.say("inform", "mira@example.com").responses == ["utter_complaint_filed"]
    assert len(stored(tickets.with_status)) == 1


def test_a_wish_for_a_person_that_is_answered_twice_is_told_twice_and_stored_once(guest, stored):
    with guest.runtime.database.session() as db:
        talk = conversations.open_conversation(db, Owner(visitor_id=guest.visitor_id), "web")
    guest.conversation_id = talk.id
    guest.say("human_handoff", "a person please")
    before = (dict(guest.slots), guest.loop, list(guest.events))
    for _ in range(2):
        guest.slots, guest.loop, guest.events = dict(before[0]), before[1], list(before[2])
        reply = guest.say("inform", "mira@example.com", message_id="m9")
        assert reply.responses == ["utter_handover_closed"]
    assert stored(conversations.get, talk.id).status == "waiting"
    assert len(stored(tickets.with_status)) == 1
    guest.say("human_handoff", "where is that person?")
    assert guest.say("inform", "mira@example.com").responses == ["utter_handover_again"]


def test_every_account_question_has_an_answer_for_guests_and_customers(ada, guest):
    for intent in ("create_account", "edit_account", "switch_account", "registration_problem",
                   "forgotten_password", "set_shipping_address"):  # fmt: skip
        assert ada.say(intent, "tell me").responses == [f"utter_{intent}_customer"]
        assert guest.say(intent, "tell me").responses == [f"utter_{intent}_guest"]


def _asked_in(shopper: Shopper) -> str:
    return [event for event in shopper.events if event["event"] == "user"][-1]["metadata"]["message_id"]
