"""What was said before the latest message, read from the tracker's events."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rasa_sdk import Tracker

from actions.entities import checked

NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")
"""Unsure, or sure that it is none of the shop's business: to the shopper both are "it does not get me"."""

PLEASANTRIES = ("thank", "affirm", "chitchat")
WITH_STAFF = "with_staff"
"""In the metadata of what was said while staff had the conversation (bot/heard.py): the bot had no part in it."""


def earlier_messages(tracker: Tracker) -> Iterator[dict[str, Any]]:
    """The shopper's messages before the latest one, newest first, each a Rasa ``user`` event."""
    users = (event for event in reversed(tracker.events) if event["event"] == "user")
    next(users, None)
    return users


def misunderstood_in_a_row(tracker: Tracker) -> int:
    """How many of the latest messages, this one included, led nowhere; 0 where this one was clear."""
    return _not_understood(event for event in reversed(tracker.events) if event["event"] == "user")


def misunderstood_before(tracker: Tracker) -> int:
    """How many messages in a row, just before the latest, led nowhere."""
    return _not_understood(earlier_messages(tracker))


def form_asked_about(tracker: Tracker) -> dict[str, str]:
    """Size and colour in the question "is it there in 42?" that came just before; empty where none did.

    "Great" and "thanks" may stand between; anything else has changed the subject.
    """
    for event in earlier_messages(tracker):
        intent = _intent(event)
        if intent == "check_availability":
            entities = checked((event.get("parse_data") or {}).get("entities") or [])
            return {each["entity"]: str(each["value"]) for each in entities if each["entity"] in ("size", "colour")}
        if intent not in PLEASANTRIES:
            break
    return {}


def previous_message_id(tracker: Tracker) -> str | None:
    """Id of the message before the latest; None at the beginning."""
    event = next(earlier_messages(tracker), None)
    return ((event or {}).get("metadata") or {}).get("message_id")


def last_reply(tracker: Tracker) -> list[dict[str, Any]]:
    """The bot's messages of the latest turn that had any, oldest first, each a Rasa ``bot`` event; else empty.

    A turn in which the shopper asked to hear it again is passed over where the bot said nothing yet.
    """
    reply: list[dict[str, Any]] = []
    seen_latest = False
    for event in reversed(tracker.events):
        if event["event"] == "user":
            if reply:
                break
            seen_latest = True
        elif event["event"] == "bot" and seen_latest and not _with_staff(event):
            reply.append(event)
    return reply[::-1]


def _not_understood(users: Iterable[dict[str, Any]]) -> int:
    count = 0
    for event in users:
        if _with_staff(event) or _intent(event) not in NOT_UNDERSTOOD:
            break
        count += 1
    return count


def _with_staff(event: dict[str, Any]) -> bool:
    return bool((event.get("metadata") or {}).get(WITH_STAFF))


def _intent(event: dict[str, Any]) -> str | None:
    return ((event.get("parse_data") or {}).get("intent") or {}).get("name")
