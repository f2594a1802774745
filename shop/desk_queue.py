"""The desk of staff: what waits for them and what they hold, one row a conversation, and what stands beside one."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from shop.message import Conversation
from shop.schema import conversations, customers, handovers, messages, staff

MOST_WAITING, MOST_HELD = 200, 200  # nobody looks at more, and every change is sent to every desk


@dataclass(frozen=True)
class QueueRow:
    """A conversation that is "waiting" or with "staff".

    ``said`` are the shopper's last words, message ``said_seq`` (0 and "" before the first). ``unanswered``: staff
    have said nothing since. ``first_name`` and ``last_name`` are None for somebody not signed in. ``reason``: asked,
    failed or staff; None where no handover is open.
    """

    conversation_id: str
    status: str
    channel: str
    assigned_to: int | None
    holder: str | None
    waiting_since: datetime | None
    last_at: datetime
    customer_id: str | None
    first_name: str | None
    last_name: str | None
    reason: str | None
    said: str
    said_seq: int
    entities: list[dict[str, Any]]
    unanswered: bool


def waiting(db: Session) -> list[QueueRow]:
    """Conversations that wait for staff, longest first, at most MOST_WAITING."""
    return _rows(db, "waiting", conversations.c.waiting_since, MOST_WAITING)


def held(db: Session) -> list[QueueRow]:
    """Conversations that staff hold, newest message first, at most MOST_HELD."""
    return _rows(db, "staff", conversations.c.last_at.desc(), MOST_HELD)


def contact_email(db: Session, conversation_id: str) -> str | None:
    """The address that the shopper left in this conversation for an answer, or None."""
    query = select(conversations.c.contact_email).where(conversations.c.id == conversation_id)
    return db.execute(query).scalar()


def earlier(db: Session, talk: Conversation, limit: int) -> list[Conversation]:
    """Other conversations of the same customer, or of the same visitor, newest first."""
    if talk.customer_id:
        theirs = conversations.c.customer_id == talk.customer_id
    else:
        theirs = and_(conversations.c.visitor_id == talk.visitor_id, conversations.c.customer_id.is_(None))
    query = select(conversations).where(theirs, conversations.c.id != talk.id, conversations.c.last_seq > 0)
    rows = db.execute(query.order_by(conversations.c.last_at.desc()).limit(limit))
    return [Conversation.from_row(row) for row in rows]


def _rows(db: Session, status: str, order, limit: int) -> list[QueueRow]:
    chosen = (
        select(conversations).where(conversations.c.status == status)
        .order_by(order, conversations.c.id).limit(limit).subquery()
    )  # fmt: skip

    def last(sender: str):
        said = messages.alias()
        return (
            select(func.max(said.c.seq)).where(said.c.conversation_id == chosen.c.id, said.c.sender == sender)
            .correlate(chosen).scalar_subquery()
        )  # fmt: skip

    opened = (
        select(func.max(handovers.c.id)).where(handovers.c.conversation_id == chosen.c.id)
        .correlate(chosen).scalar_subquery()
    )  # fmt: skip
    query = (
        select(
            chosen, staff.c.name.label("holder"), customers.c.first_name, customers.c.last_name,
            handovers.c.reason, messages.c.text.label("said"), messages.c.seq.label("said_seq"),
            messages.c.entities, last("staff").label("staff_seq"),
        )
        .select_from(chosen)
        .outerjoin(staff, staff.c.id == chosen.c.assigned_to)
        .outerjoin(customers, customers.c.id == chosen.c.customer_id)
        .outerjoin(handovers, handovers.c.id == opened)
        .outerjoin(messages, and_(messages.c.conversation_id == chosen.c.id, messages.c.seq == last("shopper")))
        .order_by(chosen.c.waiting_since if status == "waiting" else chosen.c.last_at.desc(), chosen.c.id)
    )  # fmt: skip
    return [
        QueueRow(
            row.id, row.status, row.channel, row.assigned_to, row.holder, row.waiting_since, row.last_at,
            row.customer_id, row.first_name, row.last_name, row.reason, row.said or "", row.said_seq or 0,
            row.entities or [], (row.said_seq or 0) > (row.staff_seq or 0),
        )
        for row in db.execute(query)
    ]  # fmt: skip
