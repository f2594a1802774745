"""Whose order it is decides everything: nobody sees or changes an order that is not theirs or proven."""
from __future__ import annotations

import pytest

from shop import orders
from tests.actions.dialogue_stage import DOMAIN, Shopper
from tests.shop.conftest import ADA, ADAS_ORDERS, BEN, BENS_ORDER, GUEST_ORDER


def test_a_guest_sees_an_order_after_proving_it(guest):
    assert guest.say("track_order", "where is it").responses == ["utter_request_order_number"]
    assert guest.say("inform", GUEST_ORDER, order_number=GUEST_ORDER).responses == ["utter_request_order_proof"]
    reply = guest.say("inform", "gil@example.com", email="gil@example.com")
    assert reply.responses == ["utter_track"]
    assert reply.drawn[0]["order"]["number"] == GUEST_ORDER


@pytest.mark.parametrize("number", [GUEST_ORDER, "999999"])
def test_a_wrong_proof_and_an_unknown_number_are_answered_alike(guest, number):
    guest.say("track_order", "where is it", order_number=number)
    reply = guest.say("inform", "nobody@example.com", email="nobody@example.com")
    assert reply.responses == ["utter_proof_mismatch", "utter_request_order_proof"]
    assert reply.drawn == [{}, {}]


def test_nobody_is_thanked_for_a_proof_that_failed(guest):
    guest.say("track_order", "where is it", order_number=GUEST_ORDER)
    reply = guest.say("inform", "nobody@example.com", email="nobody@example.com")
    wordings = [each["text"] for response in reply.responses for each in DOMAIN["responses"][response]]
    assert len(wordings) >= 6
    assert not [text for text in wordings if "thank" in text.lower()]


def test_guessing_comes_to_an_end(guest):
    guest.say("track_order", "where is it", order_number=GUEST_ORDER)
    for guess in range(5):
        guest.say("inform", f"{guess}@example.com", email=f"{guess}@example.com")
    reply = guest.say("inform", "gil@example.com", email="gil@example.com")
    assert reply.responses == ["utter_too_many_tries"]
    assert guest.loop is None


def test_a_customer_does_not_find_somebody_elses_order(ada):
    reply = ada.say("track_order", "where is it", order_number=BENS_ORDER)
    assert reply.responses == ["utter_order_not_found", "utter_ask_which_order"]
    assert all(BENS_ORDER not in button["title"] for button in reply.buttons)


def test_a_customer_cannot_cancel_somebody_elses_order_by_any_payload(ada, stored):
    ada.say("cancel_order", '/cancel_order{"order_number": "100010"}', order_number=BENS_ORDER)
    ada.say("affirm", "yes")
    assert stored(orders.order, BENS_ORDER, BEN).status == "placed"


def test_slots_alone_open_nothing(guest):
    guest.slots |= {"order_number": GUEST_ORDER, "verified_order": GUEST_ORDER, "proven_for": None}
    reply = guest.say("track_order", "and now where is it")
    assert reply.responses == ["utter_request_order_proof"]


def test_what_one_visitor_proved_is_forgotten_for_the_next(guest):
    guest.say("track_order", "", order_number=GUEST_ORDER, postcode="75011")
    guest.visitor_id = "e" * 32
    assert guest.say("track_order", "where is it").responses == ["utter_request_order_number"]


def test_a_yes_of_another_person_cancels_nothing(ada, stored):
    ada.say("cancel_order", "", order_number=ADAS_ORDERS["placed"])
    ada.customer_id = BEN
    ada.say("affirm", "yes")
    assert stored(orders.order, ADAS_ORDERS["placed"], ADA).status == "placed"
    assert stored(orders.order, BENS_ORDER, BEN).status == "placed"


def test_an_order_proven_once_is_not_asked_for_again(guest):
    guest.say("track_order", "", order_number=GUEST_ORDER, postcode="75011")
    reply = guest.say("cancel_order", "and cancel it")
    assert reply.responses == ["utter_order_remembered", "utter_confirm_cancel"]


def test_a_line_of_another_order_is_not_taken(ada, stored):
    foreign = stored(orders.order, ADAS_ORDERS["placed"], ADA).lines[0].line_id
    ada.say("return_item", "", order_number=ADAS_ORDERS["delivered"])
    reply = ada.say("inform", "", order_line=str(foreign))
    assert "utter_request_return_line" in reply.responses


def test_a_message_that_is_repeated_changes_the_order_once(database, stored):
    for _ in range(2):
        shopper = Shopper(database, ADA)
        shopper.say("cancel_order", "", order_number=ADAS_ORDERS["placed"], message_id="asks")
        shopper.say("affirm", "yes", message_id="confirms")
    order = stored(orders.order, ADAS_ORDERS["placed"], ADA)
    assert order.status == "cancelled"
    assert len(order.refunds) == 1


@pytest.mark.parametrize(
    ("intent", "status", "said", "answer"),
    [
        ("cancel_order", "placed", (), "utter_order_cancelled"),
        ("return_item", "delivered", ("all of it", "too small"), "utter_return_started"),
    ],
)
def test_a_yes_that_is_answered_again_is_told_as_done_and_not_as_refused(ada, stored, intent, status, said, answer):
    """Rasa was killed before it stored the turn: the same message comes again to the same conversation."""
    ada.say(intent, "", order_number=ADAS_ORDERS[status])
    for text in said:
        ada.say("inform", text)
    before = (dict(ada.slots), ada.loop, list(ada.events))
    for _ in range(2):
        ada.slots, ada.loop, ada.events = dict(before[0]), before[1], list(before[2])
        assert ada.say("affirm", "yes", message_id="confirms").responses == [answer]
    order = stored(orders.order, ADAS_ORDERS[status], ADA)
    assert len(order.refunds) == len(order.returns or [1])


def test_a_yes_before_a_failure_is_no_yes_to_the_next_question(ada, stored):
    ada.say("cancel_order", "", order_number=ADAS_ORDERS["placed"])
    ada.slots["confirmed"], ada.loop = True, None  # the yes was heard, and then the database failed
    reply = ada.say("cancel_order", "cancel my order")
    assert reply.responses[-1] == "utter_confirm_cancel"
    assert stored(orders.order, ADAS_ORDERS["placed"], ADA).status == "placed"
