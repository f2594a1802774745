"""Two requests in one message come apart, one request never does, and each is served exactly once.

The model is the one in use: what comes apart depends on what it understands.
"""
from __future__ import annotations

import asyncio

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.events import ActiveLoop, SlotSet, UserUttered

from bot import requests_apart as apart
from bot.requests_apart import language_of, requests_apart
from bot.turn import awaits_answer, requests_waiting
from tests.bot.channel_stage import Shop
from tests.bot.requests_apart_sentences import APART, WHOLE

pytest_plugins = ("tests.bot.channel_stage",)

LANGUAGE = language_of("en")


def requests_in(agent: Agent, text: str) -> list[apart.Request]:
    return asyncio.run(requests_apart(text, LANGUAGE, lambda part: agent.processor.parse_message(UserMessage(part))))


@pytest.mark.parametrize("text", WHOLE)
def test_a_shopper_with_one_request_is_not_torn_in_two(agent, text):
    assert requests_in(agent, text) == []


@pytest.mark.parametrize(("text", "expected"), APART, ids=[text for text, _ in APART])
def test_a_shopper_with_two_requests_is_heard_twice(agent, text, expected):
    assert [(each.intent, each.text) for each in requests_in(agent, text)] == expected


def test_a_shopper_may_have_three_requests(agent):
    text = "cancel order 104312, tell me where my refund is and show me your opening hours"
    requests = requests_in(agent, text)
    assert [each.intent for each in requests] == ["cancel_order", "track_refund", "opening_hours"]
    assert [text[each.start:].startswith(each.text) for each in requests] == [True] * 3


def test_an_order_number_said_once_counts_for_both_and_nothing_else_is_shared(agent):
    cancel, refund = requests_in(agent, "cancel order 104312 and where is my refund?")
    assert [entity["value"] for entity in refund.borrowed] == ["104312"]
    assert cancel.borrowed == ()
    _, search = requests_in(agent, "cancel order 104312 and show me blue backpacks")
    assert search.borrowed == ()
    assert "order_number" not in {entity["entity"] for entity in search.parse["entities"]}
    search, order = requests_in(agent, "do you sell blue backpacks and where is my order?")
    assert {entity["entity"] for entity in search.parse["entities"]} >= {"colour"}
    assert order.parse["entities"] == [] and order.borrowed == ()


def test_two_order_numbers_stay_where_they_were_said(agent):
    assert [each.borrowed for each in requests_in(agent, "cancel order 104312 and where is order 104388?")] == [(), ()]


@pytest.mark.parametrize("text", ["where is my order", "I need a red tent under 50 euros", "shoes and socks", "hello"])
def test_a_message_without_two_clauses_is_not_understood_in_parts(text):
    async def never(part: str) -> dict:
        raise AssertionError(f"{part!r} was parsed")

    assert asyncio.run(requests_apart(text, LANGUAGE, never)) == []


@pytest.mark.parametrize("doubtful", ["track_order", "opening_hours"])
def test_a_message_stays_whole_where_one_part_is_in_doubt(doubtful):
    async def parse(part: str) -> dict:
        name = "track_order" if "parcel" in part else "opening_hours"
        return {"intent": {"name": name, "confidence": apart.SURE - 0.01 if name == doubtful else 1.0}, "entities": []}

    text = "where is my parcel and when are you open"
    assert asyncio.run(requests_apart(text, LANGUAGE, parse)) == []


def test_a_very_long_message_is_left_whole_in_no_time():
    async def never(part: str) -> dict:
        raise AssertionError("a story was parsed")

    assert asyncio.run(requests_apart(" and" * 500, LANGUAGE, never)) == []
    assert asyncio.run(requests_apart("where is it. " * 20, LANGUAGE, never)) == []


TWO = "show me my basket and what are your opening hours?"


def test_both_answers_come_in_one_turn_with_a_truthful_summary(shop):
    answer, = asyncio.run(shop.say(("m1", TWO)))
    assert [message["text"] for message in answer["messages"]] == [
        "action_show_cart answers", "action_answer_policy answers"]
    assert answer["turn"]["intent"] == "show_cart+opening_hours"
    assert answer["turn"]["actions"] == ["action_show_cart", "action_answer_policy"]
    assert not answer["replayed"]
    assert shop.calls == [("action_show_cart", "m1"), ("action_answer_policy", "m1:2")]


def test_a_repeated_message_runs_nothing_again(shop):
    first, again = asyncio.run(shop.say(("m1", TWO), ("m1", TWO)))
    assert again["replayed"]
    assert again["messages"] == first["messages"]
    assert again["turn"]["intent"] == first["turn"]["intent"]
    assert again["turn"]["actions"] == first["turn"]["actions"]
    assert len(shop.calls) == 2


@pytest.mark.parametrize(("crash_in", "calls"), [
    ("m1", [("action_show_cart", "m1"), ("action_show_cart", "m1"), ("action_answer_policy", "m1:2")]),
    ("m1:2", [("action_show_cart", "m1"), ("action_answer_policy", "m1:2"), ("action_answer_policy", "m1:2")]),
])
def test_after_a_crash_what_was_stored_is_replayed_and_the_rest_is_run_under_the_same_ids(shop, crash_in, calls):
    crash, answer = asyncio.run(shop.say(("m1", TWO), ("m1", TWO), crash_in=crash_in))
    assert isinstance(crash, ConnectionError)
    assert [message["text"] for message in answer["messages"]] == [
        "action_show_cart answers", "action_answer_policy answers"]
    assert shop.calls == calls
    assert shop.heard() == [("m1", "show_cart"), ("m1:2", "opening_hours")]


def test_a_store_that_fails_in_silence_ends_the_turn_instead_of_running_it_for_ever(shop):
    # Rasa wraps its store so that a failure is only logged.
    shop.agent.tracker_store = shop.agent.processor.tracker_store = FailSafeTrackerStore(shop.store)
    with pytest.raises(RuntimeError, match="m1:2"):
        asyncio.run(shop.say(("m1", TWO), crash_in="m1:2"))
    answer, = asyncio.run(shop.say(("m1", TWO)))
    assert [message["text"] for message in answer["messages"]] == [
        "action_show_cart answers", "action_answer_policy answers"]
    assert shop.heard() == [("m1", "show_cart"), ("m1:2", "opening_hours")]


def test_a_form_that_asks_keeps_the_second_request_waiting_until_it_is_over(agent, tmp_path, unused_port):
    shop = Shop(agent, tmp_path, unused_port, form_asks=True)
    first, second, third = asyncio.run(shop.say(
        ("m1", "where is my parcel and cancel order 104312"), ("m2", "order 104312"), ("m2", "order 104312")))
    assert first["turn"]["intent"] == "track_order+cancel_order"
    assert "action_order_task" not in first["turn"]["actions"]
    assert second["turn"]["intent"] == "inform"
    assert shop.heard() == [("m1", "track_order"), ("m2", "inform"), ("m1:2", "cancel_order")]
    assert second["turn"]["actions"].count("order_form") == 2
    assert third["replayed"] and third["turn"]["actions"] == second["turn"]["actions"]
    # The sentence that takes the second request up may be worded differently each time.
    assert len(third["messages"]) == len(second["messages"])


def test_a_crash_while_a_waiting_request_is_taken_up_loses_and_doubles_nothing(agent, tmp_path, unused_port):
    shop = Shop(agent, tmp_path, unused_port, form_asks=True)
    _, crash, answer = asyncio.run(shop.say(
        ("m1", "where is my parcel and cancel order 104312"), ("m2", "order 104312"), ("m2", "order 104312"),
        crash_in="m1:2"))
    assert isinstance(crash, ConnectionError)
    assert answer["turn"]["actions"].count("order_form") == 2
    assert shop.heard() == [("m1", "track_order"), ("m2", "inform"), ("m1:2", "cancel_order")]


def test_a_message_of_one_request_carries_nothing_more_than_before(shop):
    asyncio.run(shop.say(("m1", "what are your opening hours?")))
    tracker = asyncio.run(shop.store.retrieve("ada"))
    assert {key for key in tracker.latest_message.metadata if key in ("waiting", "heard", "turn")} == set()


@pytest.mark.parametrize(("said", "left"), [
    ([], ["track_refund"]),
    (["opening_hours", "inform"], ["track_refund"]),
    (["stop"], []),
    (["track_refund"], []),
])
def test_a_waiting_request_is_dropped_by_stop_and_by_asking_again(agent, said, left):
    tracker = _tracker(agent)
    waiting = [{"message_id": "m1:2", "text": "where is my refund", "intent": "track_refund", "borrowed": []}]
    tracker.update(UserUttered("cancel it", {"name": "cancel_order"}, metadata={"waiting": waiting}))
    for intent in said:
        tracker.update(UserUttered(intent, {"name": intent}))
    assert [each["intent"] for each in requests_waiting(tracker)] == left


def test_an_open_form_and_a_question_just_put_await_an_answer(agent):
    tracker = _tracker(agent)
    assert not awaits_answer(tracker)
    tracker.update(ActiveLoop("order_form"))
    assert awaits_answer(tracker)
    tracker.update(ActiveLoop(None))
    tracker.update(SlotSet("pending_question", {"question": "delete_account"}))
    assert awaits_answer(tracker)
    tracker.update(UserUttered("when are you open", {"name": "opening_hours"}))
    assert not awaits_answer(tracker)


def _tracker(agent: Agent):
    tracker = asyncio.run(agent.tracker_store.get_or_create_tracker("nobody", append_action_listen=False))
    tracker.update(UserUttered("hello", {"name": "greet"}))
    return tracker
