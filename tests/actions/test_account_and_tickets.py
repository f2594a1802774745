"""Account, newsletter, data, complaints, reviews, handover: stored once, and only for the one who may."""
from __future__ import annotations

import pytest

from shop import conversations, customers, desk_queue, staff, takeover, tickets
from shop.owner import Owner
from tests.actions.dialogue_stage import Shopper
from tests.shop.conftest import ADA, ADAS_ORDERS
from tests.shop.takeover_stage import hire, keep_hours


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
    opens_a_chat(guest)
    guest.say("human_handoff", "a person please")
    before = (dict(guest.slots), guest.loop, list(guest.events))
    for _ in range(2):
        guest.slots, guest.loop, guest.events = dict(before[0]), before[1], list(before[2])
        reply = guest.say("inform", "mira@example.com", message_id="m9")
        assert reply.responses == ["utter_handover_closed"]
    assert stored(takeover.standing, guest.conversation_id).status == "bot"
    guest.say("human_handoff", "where is that person?")
    assert guest.say("inform", "ada@example.com").responses == ["utter_handover_closed"]
    assert [ticket.contact_email for ticket in stored(tickets.with_status)] == ["ada@example.com"]


def opens_a_chat(shopper):
    """The shopper's conversation as the gateway opens it, with one message in it."""
    with shopper.runtime.database.session() as db:
        talk = conversations.open_conversation(db, Owner(shopper.customer_id, shopper.visitor_id), "web")
        message, _ = conversations.add_shopper_message(db, talk.id, "m1", "a person please")
    shopper.conversation_id, shopper.seq = talk.id, message.seq


def somebody_is_there(shopper):
    with shopper.runtime.database.session() as db:
        keep_hours(db)
        return hire(db, "Mira")


def test_while_somebody_is_free_a_guest_waits_in_the_chat_and_is_asked_for_nothing(guest, stored):
    somebody_is_there(guest)
    opens_a_chat(guest)
    for _ in range(2):  # the second time is the same message again, after a crash
        assert guest.say("human_handoff", "a person please", "m1").responses == ["utter_handover_waiting"]
    standing = stored(takeover.standing, guest.conversation_id)
    assert (standing.status, standing.reason, standing.after_seq) == ("waiting", "asked", guest.seq)
    assert len(stored(tickets.with_status)) == 1


def test_while_nobody_is_free_a_guest_leaves_an_address_and_is_promised_no_chat(guest, stored):
    mira = somebody_is_there(guest)
    stored(staff.set_available, mira, False)
    opens_a_chat(guest)
    assert guest.say("human_handoff", "a person please").responses == ["utter_ask_email_busy"]
    stored(staff.set_available, mira, True)
    reply = guest.say("inform", "ada@example.com")
    assert reply.responses == ["utter_handover_busy"]
    assert "ada@example.com" in reply.text
    assert stored(takeover.standing, guest.conversation_id).status == "bot"
    assert stored(desk_queue.contact_email, guest.conversation_id) == "ada@example.com"


def test_while_nobody_is_free_a_customer_is_told_where_the_answer_goes(ada, stored):
    with ada.runtime.database.session() as db:
        keep_hours(db)
    opens_a_chat(ada)
    reply = ada.say("human_handoff", "a person please")
    assert reply.responses == ["utter_handover_busy"]
    assert "ada@example.com" in reply.text


def test_who_chose_an_e_mail_after_waiting_in_vain_does_not_wait_again(guest, ada, stored):
    somebody_is_there(guest)
    opens_a_chat(guest)
    assert guest.say("human_handoff", "/human_handoff", reply_by="email").responses == ["utter_ask_email_busy"]
    assert guest.say("deny", "no").responses == ["utter_handover_busy"]
    assert stored(takeover.standing, guest.conversation_id).status == "bot"
    opens_a_chat(ada)
    assert ada.say("human_handoff", "/human_handoff", reply_by="email").responses == ["utter_handover_busy"]


def test_who_was_not_understood_twice_is_fetched_a_person_for_that_reason(guest, stored):
    somebody_is_there(guest)
    opens_a_chat(guest)
    guest.say("nlu_fallback", "hrmpf")
    offer = guest.say("nlu_fallback", "hrmpf!")
    assert offer.responses == ["utter_offer_person"]
    assert guest.press(offer, "person").responses == ["utter_handover_waiting"]
    assert stored(takeover.standing, guest.conversation_id).reason == "failed"


def test_what_was_said_with_staff_is_neither_repeated_nor_counted_as_not_understood(guest):
    guest.say("nlu_fallback", "hrmpf")
    guest.say("track_order", "where is my order?")
    guest.events += [
        {"event": "user", "parse_data": {"intent": {"name": "nlu_fallback"}}, "metadata": {"with_staff": True}},
        {"event": "bot", "text": "Mira here.", "metadata": {"with_staff": True}, "data": {}},
    ]
    assert guest.say("nlu_fallback", "hrmpf").responses != ["utter_offer_person"]
    repeated = guest.say("repeat", "say that again")
    assert repeated.texts and "Mira here." not in repeated.texts


def test_every_account_question_has_an_answer_for_guests_and_customers(ada, guest):
    for intent in ("create_account", "edit_account", "switch_account", "registration_problem",
                   "forgotten_password", "set_shipping_address"):  # fmt: skip
        assert ada.say(intent, "tell me").responses == [f"utter_{intent}_customer"]
        assert guest.say(intent, "tell me").responses == [f"utter_{intent}_guest"]


def _asked_in(shopper: Shopper) -> str:
    return [event for event in shopper.events if event["event"] == "user"][-1]["metadata"]["message_id"]
