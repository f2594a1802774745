"""Conversations are stored whole or not at all, and read once."""
from __future__ import annotations

import asyncio

import pytest
import sqlalchemy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import LONG_EVENTS, ConversationStore, shortened

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet]
slots:
  order_number: {type: text, mappings: [{type: custom}]}
""")


def store(path, **options) -> ConversationStore:
    return ConversationStore(domain=DOMAIN, db=str(path / "sub" / "rasa.db"), **options)


def say(tracker: DialogueStateTracker, text: str) -> None:
    tracker.update(UserUttered(text, intent={"name": "greet"}), DOMAIN)
    tracker.update(ActionExecuted("action_listen"), DOMAIN)


def texts(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def retrieve(store: ConversationStore, sender: str) -> DialogueStateTracker | None:
    return asyncio.run(store.retrieve(sender))


def test_a_conversation_is_there_after_a_restart(tmp_path):
    first = store(tmp_path)
    tracker = DialogueStateTracker.from_events("ada", [], DOMAIN.slots)
    say(tracker, "hello")
    tracker.update(SlotSet("order_number", "104312"), DOMAIN)
    asyncio.run(first.save(tracker))
    say(tracker, "and now?")
    asyncio.run(first.save(tracker))

    again = retrieve(store(tmp_path), "ada")
    assert texts(again) == ["hello", "and now?"]
    assert again.get_slot("order_number") == "104312"


def test_nobody_is_remembered_who_never_spoke(tmp_path):
    assert retrieve(store(tmp_path), "nobody") is None


def test_a_turn_that_was_not_saved_never_happened(tmp_path):
    opened = store(tmp_path)
    tracker = DialogueStateTracker.from_events("ada", [], DOMAIN.slots)
    say(tracker, "hello")
    asyncio.run(opened.save(tracker))
    say(retrieve(opened, "ada"), "this turn fails before it is saved")
    assert texts(retrieve(opened, "ada")) == ["hello"]


def test_events_are_written_once(tmp_path):
    opened = store(tmp_path)
    tracker = DialogueStateTracker.from_events("ada", [], DOMAIN.slots)
    for turn in range(3):
        say(tracker, f"turn {turn}")
        asyncio.run(opened.save(tracker))
        asyncio.run(opened.save(tracker))
        tracker = retrieve(opened, "ada")
    with opened.engine.connect() as connection:
        rows = connection.execute(sqlalchemy.text("SELECT count(*) FROM events")).scalar()
    assert rows == len(tracker.events) == 6


def test_a_conversation_under_way_is_not_read_from_the_database(tmp_path):
    opened = store(tmp_path)
    tracker = DialogueStateTracker.from_events("ada", [], DOMAIN.slots)
    say(tracker, "hello")
    asyncio.run(opened.save(tracker))
    queries = []
    sqlalchemy.event.listen(opened.engine, "before_cursor_execute", lambda *call: queries.append(call[2]))
    assert texts(retrieve(opened, "ada")) == ["hello"]
    assert queries == []


@pytest.mark.parametrize("limit", [1, 2])
def test_memory_is_bounded_and_nothing_is_lost(tmp_path, limit):
    opened = store(tmp_path, conversations_in_memory=limit)
    for sender in ("ada", "ben", "cem"):
        tracker = DialogueStateTracker.from_events(sender, [], DOMAIN.slots)
        say(tracker, f"I am {sender}")
        asyncio.run(opened.save(tracker))
    assert len(opened._cache) == limit
    assert [texts(retrieve(opened, sender)) for sender in ("ada", "ben", "cem")] == [
        ["I am ada"], ["I am ben"], ["I am cem"]]


def test_a_new_model_reads_conversations_with_its_own_slots(tmp_path):
    opened = store(tmp_path)
    tracker = DialogueStateTracker.from_events("ada", [], DOMAIN.slots)
    say(tracker, "hello")
    asyncio.run(opened.save(tracker))
    opened.domain = Domain.from_yaml("""
version: "3.1"
intents: [greet]
slots:
  colour: {type: text, mappings: [{type: custom}]}
""")
    assert set(retrieve(opened, "ada").slots) >= {"colour"}


def test_a_long_conversation_keeps_its_slots_and_its_latest_turns(tmp_path):
    opened = store(tmp_path)
    tracker = DialogueStateTracker.from_events("ada", [ActionExecuted("action_listen")], DOMAIN.slots)
    tracker.update(SlotSet("order_number", "104312"), DOMAIN)
    for turn in range(LONG_EVENTS):
        say(tracker, f"turn {turn}")
        asyncio.run(opened.save(tracker))
        tracker = retrieve(opened, "ada")
    assert len(tracker.events) <= LONG_EVENTS
    assert texts(tracker)[-1] == f"turn {LONG_EVENTS - 1}"
    assert tracker.get_slot("order_number") == "104312"
    with opened.engine.connect() as connection:
        stored = connection.execute(sqlalchemy.text("SELECT count(*) FROM events")).scalar()
    assert stored == 2 + 2 * LONG_EVENTS
    after_restart = retrieve(store(tmp_path), "ada")
    assert after_restart.get_slot("order_number") == "104312"
    assert texts(after_restart)[-1] == texts(tracker)[-1]


def test_an_open_form_is_not_cut_through():
    tracker = DialogueStateTracker.from_events("ada", [ActionExecuted("action_listen")], DOMAIN.slots)
    say(tracker, "before the form")
    tracker.update(ActiveLoop("order_form"), DOMAIN)
    for turn in range(LONG_EVENTS):
        say(tracker, f"in the form {turn}")
    short = shortened(tracker, DOMAIN)
    assert short.active_loop_name == "order_form"
    assert "in the form 0" in texts(short)


def test_a_long_conversation_that_left_memory_during_its_turn_is_stored_whole(tmp_path):
    opened = store(tmp_path, conversations_in_memory=1)
    tracker = DialogueStateTracker.from_events("ada", [ActionExecuted("action_listen")], DOMAIN.slots)
    for turn in range(LONG_EVENTS):
        say(tracker, f"turn {turn}")
        asyncio.run(opened.save(tracker))
        tracker = retrieve(opened, "ada")
    say(tracker, "this turn waits for its action")
    other = DialogueStateTracker.from_events("ben", [], DOMAIN.slots)
    say(other, "hello")
    asyncio.run(opened.save(other))
    asyncio.run(opened.save(tracker))
    assert texts(retrieve(store(tmp_path), "ada"))[-1] == "this turn waits for its action"
