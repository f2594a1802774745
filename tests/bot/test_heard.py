"""What shoppers and staff said to each other is known to the bot afterwards: once, and without an answer to it.

The model is the one in use, as in test_requests_apart.py.
"""
from __future__ import annotations

import asyncio

import pytest
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.events import BotUttered, UserUttered

from bot import heard
from bot.turn import latest_message_id
from tests.bot.channel_stage import Shop

pytest_plugins = ("tests.bot.channel_stage",)

SAID = [
    {"message_id": "c-2", "sender": "shopper", "text": "it is order 104312"},
    {"message_id": "c-3", "sender": "staff", "text": "Thank you, I see it."},
]


def tell(shop, said=SAID):
    return asyncio.run(shop.channel._take_in(shop.agent, "ada", said))


def tracker(shop):
    shop.store._cache.clear()
    return asyncio.run(shop.store.retrieve("ada"))


def test_what_was_said_with_staff_is_known_and_nothing_ran_for_it(shop):
    asyncio.run(shop.say(("c-1", "what are your opening hours?")))
    calls = list(shop.calls)
    assert tell(shop) > 0
    known = tracker(shop)
    assert [event.text for event in known.events if isinstance(event, UserUttered | BotUttered)][-2:] == [
        each["text"] for each in SAID
    ]
    assert known.get_slot("order_number") == "104312"
    assert shop.calls == calls


def test_telling_again_changes_nothing(shop):
    tell(shop)
    before = len(tracker(shop).events)
    assert tell(shop) == 0
    more = [*SAID, {"message_id": "c-4", "sender": "shopper", "text": "thanks"}]
    assert tell(shop, more) == 1
    assert len(tracker(shop).events) == before + 1


def test_a_message_that_the_bot_had_worked_on_is_not_taken_in_twice(shop):
    asyncio.run(shop.say(("c-2", "it is order 104312")))
    tell(shop)
    ids = [event.metadata.get("message_id") for event in tracker(shop).events if isinstance(event, UserUttered)]
    assert ids == ["c-2"]


def test_what_is_said_next_is_answered_as_a_turn_of_its_own(shop):
    tell(shop)
    answer, = asyncio.run(shop.say(("c-5", "what are your opening hours?")))
    assert answer["turn"]["intent"] == "opening_hours"
    assert answer["turn"]["actions"] == ["action_answer_policy"]
    assert [message["text"] for message in answer["messages"]] == ["action_answer_policy answers"]
    assert latest_message_id(tracker(shop)) == "c-5"


def test_a_form_that_was_open_before_staff_came_is_left(agent, tmp_path, unused_port):
    shop = Shop(agent, tmp_path, unused_port, form_asks=True)
    asyncio.run(shop.say(("c-1", "where is my order?")))
    assert tracker(shop).active_loop_name == "order_form"
    tell(shop)
    assert tracker(shop).active_loop_name is None
    shop.calls.clear()
    asyncio.run(shop.say(("c-5", "what are your opening hours?")))
    assert shop.calls == [("action_answer_policy", "c-5")]
    asyncio.run(shop.say(("c-6", "where is my parcel?")))
    assert ("validate_order_form", "c-6") in shop.calls
    assert tracker(shop).get_slot("order_number") == "104312"


def test_the_words_of_staff_are_marked_as_not_the_bots(shop):
    tell(shop)
    marked = [event.metadata for event in tracker(shop).events if isinstance(event, BotUttered)]
    assert [each[heard.MARK] for each in marked] == [True]


def test_it_is_known_also_where_the_bot_never_spoke_before(shop):
    tell(shop)
    found = asyncio.run(shop.agent.processor.fetch_tracker_and_update_session("ada", CollectingOutputChannel()))
    assert found.latest_action_name == "action_listen"


@pytest.mark.parametrize("body", [
    None, {}, {"sender": "", "said": []}, {"sender": "ada"}, {"sender": "ada", "said": [{}]},
    {"sender": "ada", "said": [{"message_id": "m", "sender": "bot", "text": "x"}]},
    {"sender": "ada", "said": [{"message_id": 1, "sender": "staff", "text": "x"}]},
    {"sender": "ada", "said": [SAID[0]] * (heard.MOST_MESSAGES + 1)},
])
def test_a_request_that_says_nothing_usable_is_refused(body):
    with pytest.raises(ValueError, match=r"missing|lacks"):
        heard.read(body)


def test_a_request_is_read_as_it_stands():
    assert heard.read({"sender": "ada", "said": SAID}) == ("ada", SAID)
