"""The desk of staff: its queue, and the replies that are said often."""
from __future__ import annotations

import pytest

from shop import canned_replies, conversations, desk_queue, takeover
from shop.errors import BadInput, NotFound
from shop.owner import Owner
from tests.shop.conftest import ADA
from tests.shop.takeover_stage import hire, keep_hours


@pytest.fixture
def mia(db) -> int:
    keep_hours(db)
    return hire(db, "Mia")


def said(db, conversation_id: str, text: str) -> int:
    """The shopper says something; returns its seq."""
    message, _ = conversations.add_shopper_message(db, conversation_id, f"m-{text}".replace(" ", "-"), text)
    return message.seq


def asked(db, owner: Owner, text: str = "a person") -> str:
    """A conversation whose shopper waits for a person."""
    talk = conversations.open_conversation(db, owner)
    assert takeover.request(db, talk.id, "asked", said(db, talk.id, text)).status == "waiting"
    return talk.id


def test_who_has_waited_longest_comes_first(db, mia):
    waiting = [asked(db, Owner(visitor_id=f"{number:032x}"), f"person {number}") for number in range(3)]
    assert [row.conversation_id for row in desk_queue.waiting(db)] == waiting
    assert [(row.said, row.said_seq, row.reason) for row in desk_queue.waiting(db)] == [
        (f"person {number}", 1, "asked") for number in range(3)
    ]
    assert desk_queue.held(db) == []


def test_a_row_says_whose_it_is_and_whether_the_shopper_was_answered(db, mia):
    talk = asked(db, Owner(customer_id=ADA))
    takeover.take(db, talk, mia)
    [row] = desk_queue.held(db)
    assert (row.first_name, row.customer_id, row.holder, row.assigned_to) == ("Ada", ADA, "Mia", mia)
    assert row.unanswered
    takeover.say(db, talk, mia, "Good day.")
    assert not desk_queue.held(db)[0].unanswered
    said(db, talk, "hello again")
    [row] = desk_queue.held(db)
    assert row.unanswered and row.said == "hello again"
    assert desk_queue.waiting(db) == []


def test_what_the_bot_has_or_is_resolved_is_not_in_the_queue(db, mia):
    given_back, resolved = (asked(db, Owner(visitor_id=f"{number:032x}")) for number in range(2))
    said(db, conversations.open_conversation(db, Owner(visitor_id="f" * 32)).id, "hello")
    for talk in (given_back, resolved):
        takeover.take(db, talk, mia)
    takeover.give_back(db, given_back, mia)
    takeover.resolve(db, resolved, mia)
    assert desk_queue.waiting(db) == desk_queue.held(db) == []


def test_a_conversation_in_which_nothing_was_said_can_be_held(db, mia):
    talk = conversations.open_conversation(db, Owner(visitor_id="f" * 32))
    takeover.take(db, talk.id, mia)
    [row] = desk_queue.held(db)
    assert (row.said, row.said_seq, row.unanswered, row.reason) == ("", 0, False, "staff")


def test_the_queue_shows_no_more_than_anybody_looks_at(db, mia, monkeypatch):
    monkeypatch.setattr(desk_queue, "MOST_WAITING", 2)
    waiting = [asked(db, Owner(visitor_id=f"{number:032x}")) for number in range(4)]
    assert [row.conversation_id for row in desk_queue.waiting(db)] == waiting[:2]


# ---- canned replies


def test_shortcuts_are_unique_however_they_are_written(db, mia):
    first = canned_replies.add(db, "hello", "Hello.", mia)
    second = canned_replies.add(db, "bye", "Bye.", mia)
    with pytest.raises(BadInput, match="another"):
        canned_replies.add(db, "/HELLO", "Hello again.", mia)
    with pytest.raises(BadInput, match="another"):
        canned_replies.change(db, second.reply_id, "hello", "Bye.", mia)
    with pytest.raises(NotFound):
        canned_replies.change(db, 99, "new", "New.", mia)
    canned_replies.change(db, first.reply_id, "hello", "Good day.", mia)
    assert [(each.shortcut, each.text) for each in canned_replies.all_replies(db)] == [
        ("bye", "Bye."), ("hello", "Good day."),
    ]
    canned_replies.remove(db, first.reply_id)
    canned_replies.remove(db, first.reply_id)
    assert canned_replies.reply(db, first.reply_id) is None


def test_there_is_an_end_to_canned_replies(db, mia, monkeypatch):
    monkeypatch.setattr(canned_replies, "MOST", 1)
    canned_replies.add(db, "hello", "Hello.", mia)
    with pytest.raises(BadInput, match="delete one first"):
        canned_replies.add(db, "bye", "Bye.", mia)


@pytest.mark.parametrize("text", ["{name}", "Hello {first_name} {}", "{0}", " ", "x" * 2001])
def test_a_text_has_only_places_that_can_be_filled(db, mia, text):
    with pytest.raises(BadInput):
        canned_replies.add(db, "hello", text, mia)
