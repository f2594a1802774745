"""What a conversation and its messages are to the rest of the house."""
from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Conversation:
    """``status``: "bot", "waiting" (for staff), "staff" (they hold it, the bot is mute) or "resolved".

    ``last_seq`` is the number of its last message, 0 before the first; ``read_seq`` the last one the shopper read.
    """

    id: str
    customer_id: str | None
    visitor_id: str | None
    channel: str
    status: str
    last_seq: int
    read_seq: int
    opened_at: datetime
    last_at: datetime

    @classmethod
    def from_row(cls, row) -> Conversation:
        return cls(*(getattr(row, field.name) for field in fields(cls)))


@dataclass(frozen=True)
class Message:
    """One message. ``sender``: "shopper", "bot", "staff" or "system".

    ``payload`` is what is drawn beside the text (cards, buttons, offer, table, order, link), or for a pressed
    button {"payload": "/intent"}; None where there is nothing. ``state`` is "pending" or "answered" on a shopper's
    message that is the bot's to answer, else None. What was understood (``intent`` …) stands on the shopper's
    message once it is answered; ``actions``, ``model_version`` and ``duration_ms`` on the bot's as well.
    """

    conversation_id: str
    seq: int
    client_id: str | None
    sender: str
    text: str
    payload: dict[str, Any] | None
    at: datetime
    state: str | None = None
    in_reply_to: int | None = None
    intent: str | None = None
    intent_confidence: float | None = None
    entities: list[dict[str, Any]] | None = None
    actions: list[str] | None = None
    turn: dict[str, Any] | None = None
    model_version: str | None = None
    duration_ms: float | None = None
    feedback: str | None = None

    @classmethod
    def from_row(cls, row) -> Message:
        return cls(*(getattr(row, field.name) for field in fields(cls)))
