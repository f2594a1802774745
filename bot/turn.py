"""A turn of the gateway, read from a conversation's events: one message of the shopper, with all that came of it.

Where a message holds several requests, each is handled as a message of its own. The first carries the message's id,
the others ``<id>:2``, ``<id>:3``, so that what an action writes is keyed alike however often the turn is tried. What
is still to be done stands in the metadata of the request handled last, and so is stored with it or not at all::

    heard     on the first: how the whole message was understood, for the turn's summary
    waiting   on each: the requests after it, [{"message_id", "text", "intent", "borrowed"}]
    turn      on the others: id of the gateway's message in whose turn it was handled
    taken_up  on the others: true where that is a later message than the one that asked for it
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.requests_apart import Request
from bot.spelling import CORRECTED_TEXT

GUESSES = 3
UNSURE = "nlu_fallback"  # stands first in a ranking where the bot is too unsure to take the best guess
# The transcript keeps so many characters of an intent.
LONGEST_INTENT_CHARS = 64
# Set by an action that asks something outside a form.
QUESTIONS = frozenset({"pending_question", "cart_question"})
# Intents after which the bot usually asks back, by a form or for a yes. What is answered at once goes before them.
ASKS_BACK = frozenset({
    "track_order", "cancel_order", "change_order", "change_shipping_address", "return_item", "get_refund",
    "track_refund", "get_invoice", "newsletter_subscribe", "my_data", "delete_account", "delete_my_data",
})
# Whoever says one of these in between wants nothing of what still waits.
CALLS_OFF = "stop"


def events_of_turn(tracker: DialogueStateTracker | None, message_id: str) -> list[Event] | None:
    """Events of the latest turn, the shopper's message first, if it is that of ``message_id``; None if it is not."""
    if tracker is None:
        return None
    events: list[Event] = []
    begin = None  # events from the end to the first message of the turn
    for event in reversed(tracker.events):
        events.append(event)
        if isinstance(event, UserUttered):
            metadata = event.metadata or {}
            if metadata.get("turn", metadata.get("message_id")) != message_id:
                break
            begin = len(events)
    return events[:begin][::-1] if begin else None


def latest_message_id(tracker: DialogueStateTracker | None) -> str | None:
    """Id of the request handled last, as its metadata names it; None where there is none."""
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, UserUttered):
            return (event.metadata or {}).get("message_id")
    return None


def requests_waiting(tracker: DialogueStateTracker | None) -> list[dict[str, Any]]:
    """Requests of an earlier message that are still to be handled, in their order, as ``waiting`` above; else empty.

    A request that the shopper has made again meanwhile is done with, and "stop" calls all of them off.
    """
    since: set[str | None] = set()
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, UserUttered):
            waiting = (event.metadata or {}).get("waiting")
            if waiting is not None:
                return [] if CALLS_OFF in since else [each for each in waiting if each["intent"] not in since]
            since.add(event.intent_name)
    return []


def awaits_answer(tracker: DialogueStateTracker | None) -> bool:
    """Whether the bot has asked something that the next message may answer: in a form, or just now outside one."""
    if tracker is None:
        return False
    if tracker.active_loop_name:
        return True
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, SlotSet) and event.key in QUESTIONS and event.value:
            return True
    return False


def in_serving_order(requests: list[Request]) -> list[Request]:
    """What is answered at once first, then what may take a talk; otherwise as it was said."""
    return sorted(requests, key=lambda each: each.intent in ASKS_BACK)


def as_waiting(requests: list[Request], message_id: str) -> list[dict[str, Any]]:
    """The requests after the first, as ``waiting`` above. ``requests`` are in the order of serving."""
    return [
        {"message_id": f"{message_id}:{number}", "text": each.text, "intent": each.intent, "borrowed": each.borrowed}
        for number, each in enumerate(requests[1:], 2)
    ]


def heard(requests: list[Request]) -> dict[str, Any]:
    """How the whole message was understood: the intents joined by "+" as Rasa joins several, entities where they stand.

    The confidence is that of the least sure request.
    """
    guesses = [{"name": each.intent, "confidence": each.parse["intent"]["confidence"]} for each in requests]
    return {
        "intent": "+".join(guess["name"] for guess in guesses)[:LONGEST_INTENT_CHARS],
        "confidence": min(guess["confidence"] for guess in guesses),
        "entities": [entity for each in requests for entity in _entities(each.parse["entities"], each.start)],
        "intent_ranking": sorted(guesses, key=lambda guess: -guess["confidence"])[:GUESSES],
    }


def summary(
    events: list[Event], model_version: str | None, duration_ms: int, began_at: float | None = None
) -> dict[str, Any]:
    """The turn for the transcript: how its message was understood, all actions that answered, how long each took.

    ``began_at``: when the gateway's message came in, in s since the epoch; None where it was handled in an earlier try.
    """
    message = events[0]
    return {
        **((message.metadata or {}).get("heard") or _heard_alone(message)),
        "actions": [
            event.action_name
            for event in events
            if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME
        ],
        "model_version": model_version,
        "duration_ms": duration_ms,
        "steps": _steps(events, began_at),
    }


def _steps(events: list[Event], began_at: float | None) -> list[dict[str, Any]]:
    """What took how long, in order: "step" is "understand" or an action, with its "ms" and the "policy" that chose it.

    Read from the times of Rasa's events: a message's is when it was understood, an action's when it had run, so that
    choosing an action counts as its own. An action whose replies the model writes includes that.
    """
    steps, before = [], began_at
    for event in events:
        step = None
        if isinstance(event, UserUttered):
            step = {"step": "understand"}
        elif isinstance(event, ActionExecuted):
            step = {"step": event.action_name, "policy": event.policy}
        if step is None:
            continue
        if before is not None and step["step"] != ACTION_LISTEN_NAME:
            steps.append({**step, "ms": round(max(0.0, event.timestamp - before) * 1000, 1)})
        before = event.timestamp
    return steps


def thresholds(nodes: Mapping[str, Any]) -> dict[str, float]:
    """Below which confidence, and with the first two how near each other, the model asks again; empty if never.

    ``nodes``: those of the trained model's graph, as in its metadata.
    """
    for node in nodes.values():
        if node.uses.__name__ == "FallbackClassifier":
            defaults = node.uses.get_default_config()
            chosen = {**defaults, **(node.config or {})}
            return {"confidence": chosen["threshold"], "ambiguity": chosen["ambiguity_threshold"]}
    return {}


def _heard_alone(message: UserUttered) -> dict[str, Any]:
    parsed = message.parse_data
    return {
        "intent": parsed["intent"].get("name"),
        "confidence": parsed["intent"].get("confidence"),
        "entities": _entities(message.entities),
        "intent_ranking": _ranking(parsed.get("intent_ranking", [])),
        # As it was read, where that is not how it was typed.
        **({"read_as": parsed[CORRECTED_TEXT]} if parsed.get(CORRECTED_TEXT) else {}),
    }


def _ranking(guesses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The likeliest intents; being unsure stands before them, and is none."""
    kept = GUESSES + (bool(guesses) and guesses[0]["name"] == UNSURE)
    return [{"name": guess["name"], "confidence": guess["confidence"]} for guess in guesses[:kept]]


def _entities(entities: list[dict[str, Any]], offset: int = 0) -> list[dict[str, Any]]:
    """What the transcript keeps of entities; a button's have no place in the text."""
    kept = []
    for entity in entities:
        start, end = entity.get("start"), entity.get("end")
        kept.append({
            "entity": entity.get("entity"), "value": entity.get("value"),
            "start": None if start is None else start + offset, "end": None if end is None else end + offset,
        })
    return kept
