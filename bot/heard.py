"""What was said while staff had the conversation, taken into Rasa's tracker: known afterwards, and answered by nobody.

The shopper's words are understood as if the bot had been asked; what staff said stands as the bot's, marked as not its
own. Nothing is predicted, so that no action runs.
"""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

MARK = "with_staff"  # in the metadata of all of it; actions/history.py reads it
SENDERS = ("shopper", "staff")
MOST_MESSAGES = 500
# Slots that hold what the shopper said to staff as if it had been said to the bot. What opens an order to a guest is
# not among them: that is asked for again.
FILLED = ("order_number",)

Parse = Callable[[str], Awaitable[dict[str, Any]]]


def read(body: Any) -> tuple[str, list[dict[str, str]]]:
    """Sender and messages of a request. Raises ValueError naming what is missing."""
    if not isinstance(body, dict) or not isinstance(body.get("sender"), str) or not body["sender"]:
        raise ValueError("sender is missing or no text.")
    said = body.get("said")
    if not isinstance(said, list) or len(said) > MOST_MESSAGES:
        raise ValueError(f"said is missing or no list of at most {MOST_MESSAGES} messages.")
    for each in said:
        texts = [each.get(key) for key in ("message_id", "sender", "text")] if isinstance(each, dict) else [None]
        if not all(isinstance(text, str) for text in texts) or each["sender"] not in SENDERS:
            raise ValueError(f"A message of said lacks its message_id, its text, or a sender of {', '.join(SENDERS)}.")
    return body["sender"], said


async def events_of(
    said: list[dict[str, str]], tracker: DialogueStateTracker, parse: Parse, input_channel: str
) -> list[Event]:
    """The events of the messages that the tracker does not have; empty where it has all of them.

    A form that was open is left: what it was about was in the hands of staff.
    """
    known = {(event.metadata or {}).get("message_id") for event in tracker.events}
    events: list[Event] = []
    for each in said:
        if each["message_id"] in known:
            continue
        metadata = {"message_id": each["message_id"], MARK: True}
        if each["sender"] == "staff":
            events.append(BotUttered(each["text"], metadata=metadata))
        else:
            parsed = await parse(each["text"])
            events += _heard(each["text"], parsed, metadata, input_channel)
    if events and tracker.active_loop_name:
        events += [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)]
    return events


def _heard(text: str, parsed: dict[str, Any], metadata: dict[str, Any], input_channel: str) -> list[Event]:
    # A request of before that still waited is dropped: it was staff's to see to.
    metadata = {**metadata, "waiting": []}
    heard = UserUttered(
        text, parsed["intent"], parsed["entities"], parsed, input_channel=input_channel, metadata=metadata
    )
    values = {entity["entity"]: entity["value"] for entity in parsed["entities"] if entity["entity"] in FILLED}
    return [heard, *(SlotSet(name, value) for name, value in values.items())]
