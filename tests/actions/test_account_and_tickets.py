"""Account, newsletter, data, complaints, reviews, handover: stored once, and only for the one who may."""
from __future__ import annotations

from shop import customers, tickets
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


def test_every_account_question_has_an_answer_for_guests_and_customers(ada, guest):
    for intent in ("create_account", "edit_account", "switch_account", "registration_problem",
                   "forgotten_password", "set_shipping_address"):  # fmt: skip
        assert ada.say(intent, "tell me").responses == [f"utter_{intent}_customer"]
        assert guest.say(intent, "tell me").responses == [f"utter_{intent}_guest"]


def _asked_in(shopper: Shopper) -> str:
    return [event for event in shopper.events if event["event"] == "user"][-1]["metadata"]["message_id"]
