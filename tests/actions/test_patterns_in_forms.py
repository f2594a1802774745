"""People stop, correct themselves, digress, ask why and change their minds in the middle; nothing given is lost."""
from __future__ import annotations

import pytest

from tests.actions.dialogue_stage import Shopper
from tests.shop.conftest import ADAS_ORDERS, GUEST_ORDER


@pytest.fixture
def asked_for_proof(guest) -> Shopper:
    guest.say("track_order", "where is it", order_number=GUEST_ORDER)
    assert guest.slots["requested_slot"] == "order_proof"
    return guest


@pytest.fixture
def asked_for_address(ada) -> Shopper:
    ada.say("change_shipping_address", "", order_number=ADAS_ORDERS["placed"])
    assert ada.slots["requested_slot"] == "new_address"
    return ada


def test_who_stops_is_let_go_and_everything_of_the_task_is_forgotten(asked_for_address):
    assert asked_for_address.say("stop", "forget it").responses == ["utter_stopped"]
    assert asked_for_address.loop is None
    assert asked_for_address.slots["order_task"] is None


def test_another_number_is_believed(asked_for_proof):
    reply = asked_for_proof.say("deny", "no, order 104312", order_number="104312")
    assert reply.responses == ["utter_order_corrected", "utter_request_order_proof"]
    assert asked_for_proof.slots["order_number"] == "104312"


def test_who_meant_the_other_one_gets_the_other_one(ada):
    ada.say("cancel_order", "", order_number=ADAS_ORDERS["placed"])
    reply = ada.say("deny", "no, I meant the other one")
    assert reply.responses == ["utter_order_corrected", "utter_confirm_cancel"]
    assert ada.slots["order_number"] == ADAS_ORDERS["packed"]


def test_another_reason_is_believed(ada):
    ada.say("return_item", "", order_number=ADAS_ORDERS["delivered"])
    ada.say("inform", "all of it")
    ada.say("inform", "too wide")
    reply = ada.say("complaint", "actually it was damaged")
    assert reply.responses == ["utter_confirm_return"]
    assert ada.slots["return_reason"] == "it was damaged"


def test_another_address_is_believed_and_asked_back(asked_for_address):
    asked_for_address.say("inform", "Chapel Street 12, 10110 Aldermouth")
    reply = asked_for_address.say("deny", "no, Chapel Street 21, 10110 Aldermouth")
    assert reply.responses == ["utter_confirm_address"]
    assert "Chapel Street 21" in reply.text


@pytest.mark.parametrize(
    ("intent", "text", "answer"),
    [
        ("return_policy", "how long may I return things?", "utter_return_policy"),
        ("shipping_cost", "what does a parcel to 10110 Aldermouth cost?", "utter_shipping_cost"),
        ("chitchat", "nice weather today", "utter_chitchat"),
        ("bot_challenge", "are you a robot", "utter_bot_challenge"),
        ("order_history", "show all my orders", "utter_order_history"),
    ],
)
def test_a_digression_is_answered_and_the_form_asks_again(asked_for_address, intent, text, answer):
    reply = asked_for_address.say(intent, text)
    assert reply.responses == [answer, "utter_request_new_address"]
    assert asked_for_address.slots["new_address"] is None
    assert asked_for_address.slots["order_number"] == ADAS_ORDERS["placed"]


def test_who_asks_why_is_told_and_asked_again(asked_for_proof):
    reply = asked_for_proof.say("explain_why", "why do you need that")
    assert reply.responses == ["utter_why_order_proof", "utter_request_order_proof"]


def test_who_will_not_say_is_shown_other_ways_and_the_form_waits(asked_for_proof):
    reply = asked_for_proof.say("cannot_provide", "I'd rather not")
    assert reply.responses == ["utter_without_proof"]
    assert any("person" in button["title"] for button in reply.buttons)
    assert asked_for_proof.say("inform", "75011", postcode="75011").responses == ["utter_track"]


def test_a_guest_without_the_number_is_shown_where_it_stands(guest):
    guest.say("track_order", "where is it")
    assert guest.say("cannot_provide", "I lost it").responses == ["utter_find_order_number"]


def test_a_customer_without_the_number_chooses(ada):
    ada.say("track_order", "where is it")
    reply = ada.say("cannot_provide", "I lost it")
    assert reply.responses == ["utter_pick_an_order"]
    assert ada.press(reply, ADAS_ORDERS["shipped"]).responses == ["utter_track"]


def test_not_understood_once_is_asked_again_and_twice_a_person_is_offered(asked_for_proof):
    reply = asked_for_proof.say("nlu_fallback", "asdf", guesses=("track_order",))
    assert reply.responses == ["utter_did_you_mean", "utter_request_order_proof"]
    assert asked_for_proof.say("nlu_fallback", "qwer").responses == ["utter_offer_person"]
    assert asked_for_proof.say("inform", "75011", postcode="75011").responses == ["utter_track"]


def test_who_is_twice_told_that_it_is_not_the_shops_business_is_offered_a_person(guest):
    assert guest.say("out_of_scope", "will it rain").responses == ["utter_out_of_scope"]
    assert guest.say("out_of_scope", "who won").responses == ["utter_offer_person"]


def test_being_understood_in_between_starts_the_count_again(guest):
    guest.say("nlu_fallback", "asdf", guesses=("track_order",))
    guest.say("greet", "hello")
    assert guest.say("nlu_fallback", "qwer", guesses=("track_order",)).responses == ["utter_did_you_mean"]


def test_another_task_in_the_middle_takes_over_and_keeps_the_order(asked_for_address):
    reply = asked_for_address.say("cancel_order", "actually I want to cancel it instead")
    assert reply.responses == ["utter_order_task_switched", "utter_confirm_cancel"]
    assert asked_for_address.slots["order_number"] == ADAS_ORDERS["placed"]


def test_a_wish_for_money_is_taken_as_the_reason_that_was_asked_for(ada):
    ada.say("return_item", "", order_number=ADAS_ORDERS["delivered"])
    ada.say("inform", "all of it")
    reply = ada.say("get_refund", "it arrived broken and I want my money back")
    assert reply.responses == ["utter_confirm_return"]


def test_the_last_reply_is_said_again(asked_for_proof):
    reply = asked_for_proof.say("repeat", "once more please")
    assert reply.texts == ["utter_request_order_proof"]  # the stage's bot events hold the response's name
    assert asked_for_proof.slots["requested_slot"] == "order_proof"


def test_a_complaint_in_the_middle_is_filed_and_the_order_is_taken_up_again(asked_for_address):
    asked_for_address.say("complaint", "I want to complain")
    asked_for_address.say("complaint", "the courier was very rude to me")
    reply = asked_for_address.say("deny", "no")
    assert reply.responses == ["utter_complaint_filed", "utter_resume_order"]
    assert asked_for_address.press(reply, "address").responses[-1] == "utter_request_new_address"


def test_a_number_with_a_verb_is_enough_though_the_classifier_is_unsure(ada):
    reply = ada.say("nlu_fallback", f"I'd like {ADAS_ORDERS['packed']} cancelled", order_number=ADAS_ORDERS["packed"])
    assert reply.responses == ["utter_confirm_cancel"]


def test_cancel_it_after_looking_at_an_order_is_asked_and_not_done(ada):
    ada.say("track_order", "", order_number=ADAS_ORDERS["placed"])
    reply = ada.say("stop", "cancel it")
    assert reply.responses == ["utter_cancel_that_order"]
    assert ada.press(reply, "cancel").responses == ["utter_confirm_cancel"]


def test_a_number_of_the_wrong_length_is_asked_for_again(guest):
    guest.say("track_order", "where is it")
    assert guest.say("inform", "it's 12345678").responses == ["utter_order_number_form", "utter_request_order_number"]
