"""How satisfied shoppers are with what staff did for them: 1 to 5, once for each time a conversation was resolved."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop import limits, numbering
from shop.clock import utc_now
from shop.errors import NotAllowed
from shop.message import Message
from shop.schema import conversations, handovers, messages

LOWEST, HIGHEST = 1, 5
RATED_WITHIN = timedelta(hours=24)
ASKS = {"csat": True}
"""Payload of the house's message that asks for it; once answered, it holds the value instead of True."""


def rate(db: Session, conversation_id: str, value: int) -> Message:
    """Store, or change, the rating of what was resolved last; returns the message that had asked for it.

    Raises BadInput for a value that is none, NotFound for an unknown conversation, NotAllowed: "nothing_to_rate" where
    staff have resolved nothing, or have it again; "too_late" after RATED_WITHIN.
    """
    value = limits.integer("value", value, LOWEST, HIGHEST)
    numbering.locked(db, conversation_id)
    last = db.execute(
        select(handovers).where(handovers.c.conversation_id == conversation_id)
        .order_by(handovers.c.id.desc()).limit(1)
    ).first()  # fmt: skip
    asked = None if last is None or last.ended_as != "resolved" else _question(db, conversation_id, last.ended_seq)
    if asked is None:
        raise NotAllowed("nothing_to_rate", "There is nothing to rate here just now.")
    now = utc_now()
    if now - last.ended_at > RATED_WITHIN:
        raise NotAllowed("too_late", "That was some time ago, and is not asked any more.")
    rated = replace(asked, payload={**asked.payload, "csat": value})
    of_message = (messages.c.conversation_id == conversation_id, messages.c.seq == asked.seq)
    db.execute(update(messages).where(*of_message).values(payload=rated.payload))
    db.execute(update(conversations).where(conversations.c.id == conversation_id).values(csat=value, csat_at=now))
    return rated


def _question(db: Session, conversation_id: str, after_seq: int) -> Message | None:
    """The house's question, which is the first thing it said after ``after_seq``."""
    row = db.execute(
        select(messages)
        .where(
            messages.c.conversation_id == conversation_id, messages.c.sender == "system", messages.c.seq > after_seq
        )
        .order_by(messages.c.seq).limit(1)
    ).first()  # fmt: skip
    found = None if row is None else Message.from_row(row)
    return found if found is not None and ASKS.keys() <= (found.payload or {}).keys() else None
