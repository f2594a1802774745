"""A conversation to look into: its messages with all that is known of them, read in a few queries."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from shop import conversation_notes, conversations, reviews
from shop.conversation_notes import Note
from shop.message import Conversation, Message
from shop.reviews import Correction
from shop.schema import clicks, exposures, messages, tickets, written_replies

PAGE = 100


@dataclass(frozen=True)
class Exposure:
    """A product that a message showed. ``position`` counts from 0; ``source``: search, recommend or similar."""

    product_id: str
    position: int
    probability: float
    source: str


@dataclass(frozen=True)
class WrittenReply:
    """What the reply model made of one response in a turn: see ``shop.replies.ReplyRecord``.

    ``facts`` and ``tried`` are None where it was written before they were kept.
    """

    act: str
    template: str | None
    reason: str | None
    candidates: int
    rejected: dict[str, int]
    duration_ms: float
    model_version: str
    facts: list[str] | None
    tried: list[dict[str, str | None]] | None


@dataclass(frozen=True)
class OpenedTicket:
    """A ticket that was opened in the conversation."""

    ticket_id: int
    kind: str
    status: str
    created_at: datetime

    @property
    def reference(self) -> str:
        return f"T-{self.ticket_id:05d}"


@dataclass(frozen=True)
class Transcript:
    """Messages ``messages`` of a conversation, and by seq what belongs to them.

    ``written`` is by the shopper's message that was answered, ``corrections`` by (seq, kind); ``notes`` are all of the
    conversation, as ``tickets`` are.
    """

    conversation: Conversation
    messages: Sequence[Message]
    exposures: dict[int, list[Exposure]]
    clicked: dict[int, set[str]]
    written: dict[int, list[WrittenReply]]
    corrections: dict[tuple[int, str], Correction]
    notes: list[Note]
    tickets: list[OpenedTicket]

    @property
    def earlier(self) -> bool:
        """Whether there are messages before these."""
        return bool(self.messages) and self.messages[0].seq > 1

    @property
    def later(self) -> bool:
        """Whether there are messages after these."""
        return bool(self.messages) and self.messages[-1].seq < self.conversation.last_seq


def transcript(db: Session, conversation_id: str, after: int | None = None, limit: int = PAGE) -> Transcript | None:
    """At most ``limit`` messages with a number above ``after``, None for the last ones; None: no such conversation."""
    conversation = conversations.get(db, conversation_id)
    if conversation is None:
        return None
    if after is None:
        after = max(0, conversation.last_seq - limit)
    said = conversations.messages_after(db, conversation_id, after, limit)
    first, last = (said[0].seq, said[-1].seq) if said else (0, 0)

    def between(table):
        return table.c.conversation_id == conversation_id, table.c.seq >= first, table.c.seq <= last

    shown: defaultdict[int, list[Exposure]] = defaultdict(list)
    query = select(
        exposures.c.seq, exposures.c.product_id, exposures.c.position, exposures.c.probability, exposures.c.source
    ).where(*between(exposures)).order_by(exposures.c.seq, exposures.c.position)  # fmt: skip
    for seq, *values in db.execute(query):
        shown[seq].append(Exposure(*values))
    clicked: defaultdict[int, set[str]] = defaultdict(set)
    for seq, product_id in db.execute(select(clicks.c.seq, clicks.c.product_id).where(*between(clicks))):
        clicked[seq].add(product_id)
    opened = select(tickets.c.id, tickets.c.kind, tickets.c.status, tickets.c.created_at).where(
        tickets.c.conversation_id == conversation_id
    )
    return Transcript(
        conversation, said, dict(shown), dict(clicked), _written(db, conversation_id),
        {(each.seq, each.kind): each for each in reviews.of_conversation(db, conversation_id)},
        conversation_notes.of(db, conversation_id),
        [OpenedTicket(*row) for row in db.execute(opened.order_by(tickets.c.id))],
    )


def spoken(db: Session, conversation_ids: Sequence[str]) -> Iterator[Row]:
    """What was said in several conversations, each in order, without cards and turns: for files of many of them."""
    row = messages.c
    yield from db.execute(
        select(row.conversation_id, row.seq, row.at, row.sender, row.text, row.intent, row.intent_confidence,
               row.entities, row.actions, row.model_version, row.feedback)
        .where(row.conversation_id.in_(conversation_ids)).order_by(row.conversation_id, row.seq)
    )  # fmt: skip


def _written(db: Session, conversation_id: str) -> dict[int, list[WrittenReply]]:
    row = written_replies.c
    query = select(
        row.message_id, row.act, row.template, row.reason, row.candidates, row.rejected, row.duration_ms,
        row.model_version, row.facts, row.tried,
    ).where(row.conversation_id == conversation_id).order_by(row.id)  # fmt: skip
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for message_id, *values in db.execute(query):
        # The gateway's name of a turn; of several requests in one, the later ones have ":2", ":3" … behind it.
        number = message_id.removeprefix(f"{conversation_id}-").partition(":")[0]
        if number.isascii() and number.isdigit():
            found[int(number)].append(WrittenReply(*values))
    return dict(found)
