from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import func, select

from shop import conversations, schema
from shop.errors import AlreadyAnswered, BadInput, NotFound
from shop.owner import Owner
from tests.shop.conftest import ADA, VISITOR

TURN = {
    "intent": "search_product", "confidence": 0.93, "entities": [{"entity": "colour", "value": "navy"}],
    "actions": ["action_search"], "model_version": "m1", "duration_ms": 21.5,
}  # fmt: skip


@pytest.fixture
def talk(database, visitor):
    with database.session() as db:
        return conversations.open_conversation(db, visitor)


def in_threads(count, work):
    """Run ``work(number)`` in ``count`` threads at once; returns (results, errors)."""
    gate, results, errors = threading.Barrier(count), [], []

    def run(number):
        gate.wait()
        try:
            results.append(work(number))
        except Exception as error:  # the thread would swallow it
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, errors


def test_the_same_message_from_eight_threads_is_stored_once(database, talk):
    def send(_):
        with database.session() as db:
            return conversations.add_shopper_message(db, talk.id, "the-same-id", "hello")

    results, errors = in_threads(8, send)
    assert errors == []
    assert {message.seq for message, _ in results} == {1}
    assert sorted(duplicate for _, duplicate in results) == [False] + [True] * 7


def test_messages_of_eight_threads_are_numbered_without_gaps(database, talk):
    def send(number):
        for turn in range(5):
            with database.session() as db:
                conversations.add_shopper_message(db, talk.id, f"id-{number}-{turn}", "hello")
                conversations.add_shopper_message(db, talk.id, f"id-{number}-{turn}", "hello")

    _, errors = in_threads(8, send)
    assert errors == []
    with database.session() as db:
        stored = conversations.messages_after(db, talk.id)
        assert [message.seq for message in stored] == list(range(1, 41))
        assert conversations.get(db, talk.id).last_seq == 40


def test_a_message_is_answered_once_whoever_answers(database, talk):
    with database.session() as db:
        conversations.add_shopper_message(db, talk.id, "m1", "navy shoes")

    def answer(_):
        with database.session() as db:
            return conversations.add_bot_reply(db, talk.id, 1, [{"text": "Here."}, {"text": "And here."}], TURN)

    results, errors = in_threads(4, answer)
    assert len(results) == 1
    assert [type(error) for error in errors] == [AlreadyAnswered] * 3
    with database.session() as db:
        assert [message.seq for message in conversations.messages_after(db, talk.id)] == [1, 2, 3]
        assert conversations.pending(db) == []


def test_a_reply_carries_what_was_understood_and_shown(db, talk):
    conversations.add_shopper_message(db, talk.id, "m1", "navy shoes")
    shown = {"product_id": "P00001", "position": 1, "probability": 0.5, "source": "search"}
    reply = {
        "text": "Here.", "buttons": [{"title": "More", "payload": "/show_more"}],
        "custom": {"cards": [{"product_id": "P00001"}], "exposures": [shown]},
    }  # fmt: skip
    (answer,) = conversations.add_bot_reply(db, talk.id, 1, [reply], TURN)
    said = conversations.message(db, talk.id, 1)
    assert (said.state, said.intent, said.intent_confidence, said.model_version) == (
        "answered", "search_product", 0.93, "m1"
    )  # fmt: skip
    assert said.turn == TURN
    stored = conversations.message(db, talk.id, answer.seq)
    assert stored == answer
    assert stored.in_reply_to == 1
    assert stored.payload == {"cards": [{"product_id": "P00001"}], "buttons": reply["buttons"]}
    assert conversations.replies_to(db, talk.id, 1) == [stored]
    assert db.execute(select(schema.exposures.c.product_id, schema.exposures.c.seq)).one() == ("P00001", 2)
    conversations.add_exposures(db, talk.id, 2, [shown])
    assert db.execute(select(func.count()).select_from(schema.exposures)).scalar() == 1


def test_the_bot_may_say_nothing(db, talk):
    conversations.add_shopper_message(db, talk.id, "m1", "hm")
    assert conversations.add_bot_reply(db, talk.id, 1, [], {}) == []
    assert conversations.pending(db) == []


def test_an_apology_of_the_house_is_an_answer_too(db, talk):
    conversations.add_shopper_message(db, talk.id, "m1", "a riddle")
    conversations.add_bot_reply(db, talk.id, 1, [], {})
    sorry = conversations.add_system_message(db, talk.id, "I am sorry.", in_reply_to=1)
    conversations.add_system_message(db, talk.id, "Ada has joined.")
    assert conversations.replies_to(db, talk.id, 1) == [sorry]
    assert conversations.message(db, talk.id, sorry.seq).in_reply_to == 1


def test_an_answer_to_no_message_is_refused(db, talk):
    with pytest.raises(NotFound):
        conversations.add_bot_reply(db, talk.id, 7, [{"text": "Hello."}], {})
    with pytest.raises(NotFound):
        conversations.add_shopper_message(db, "0" * 32, "m1", "hello")


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "\x00\x07"])
def test_a_text_that_is_empty_or_too_long_is_refused(db, talk, text):
    with pytest.raises(BadInput):
        conversations.add_shopper_message(db, talk.id, "m1", text)


def test_unanswered_messages_are_found_after_a_restart(database, talk):
    with database.session() as db:
        for number in range(3):
            conversations.add_shopper_message(db, talk.id, f"m{number}", f"message {number}")
        conversations.add_bot_reply(db, talk.id, 2, [{"text": "Yes."}], {})
    with database.session() as db:
        assert [message.seq for message in conversations.pending(db)] == [1, 3]
        assert [message.text for message in conversations.pending(db, talk.id, 1)] == ["message 0"]


def test_a_visitor_who_signs_in_keeps_the_conversation_and_the_next_visitor_does_not_see_it(db, talk, visitor):
    assert conversations.latest(db, visitor).id == talk.id
    assert conversations.attach(db, VISITOR, ADA) == 1
    assert conversations.latest(db, Owner(ADA)).id == talk.id
    assert conversations.latest(db, visitor) is None
    assert conversations.get_owned(db, talk.id, visitor) is None
    assert conversations.get_owned(db, talk.id, Owner(ADA, VISITOR)).id == talk.id


def test_reading_goes_forward_only(db, talk):
    for number in range(3):
        conversations.add_shopper_message(db, talk.id, f"m{number}", "hello")
    assert conversations.mark_read(db, talk.id, 2) == 2
    assert conversations.mark_read(db, talk.id, 1) == 2
    assert conversations.mark_read(db, talk.id, 99) == 2


def test_a_thumb_goes_on_the_bots_messages_alone(db, talk):
    conversations.add_shopper_message(db, talk.id, "m1", "hello")
    conversations.add_bot_reply(db, talk.id, 1, [{"text": "Hello."}], {})
    conversations.set_feedback(db, talk.id, 2, "up")
    assert conversations.message(db, talk.id, 2).feedback == "up"
    conversations.set_feedback(db, talk.id, 2, None)
    assert conversations.message(db, talk.id, 2).feedback is None
    with pytest.raises(NotFound):
        conversations.set_feedback(db, talk.id, 1, "up")
    with pytest.raises(BadInput):
        conversations.set_feedback(db, talk.id, 2, "sideways")


def test_a_click_counts_once_and_only_on_what_was_shown(db, talk):
    conversations.add_shopper_message(db, talk.id, "m1", "shoes")
    reply = {"text": "Here.", "custom": {"cards": [{"product_id": "P00001"}]}}
    conversations.add_bot_reply(db, talk.id, 1, [reply], {})
    assert conversations.add_click(db, talk.id, 2, "P00001") is True
    assert conversations.add_click(db, talk.id, 2, "P00001") is False
    with pytest.raises(NotFound):
        conversations.add_click(db, talk.id, 2, "P00002")


def test_storing_a_message_takes_milliseconds_not_more(database, talk):
    """About 1 ms each on a free machine; the bound is wide, as the machine may be busy."""
    started = time.perf_counter()
    for number in range(50):
        with database.session() as db:
            message, _ = conversations.add_shopper_message(db, talk.id, f"m{number}", "hello")
        with database.session() as db:
            conversations.add_bot_reply(db, talk.id, message.seq, [{"text": "Hello."}], TURN)
    assert (time.perf_counter() - started) / 100 < 0.02
