"""What people of the shop must look at: complaints, reviews, requests for a person, changes of an account."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.database import upsert
from shop.errors import BadInput
from shop.schema import tickets

KINDS = ("complaint", "review", "handover", "account", "erasure", "export", "order", "question")
STATUSES = ("open", "in_progress", "closed")


@dataclass(frozen=True)
class Ticket:
    """A ticket. ``reference`` ("T-00042") is what a shopper is told."""

    ticket_id: int
    kind: str
    text: str
    customer_id: str | None
    visitor_id: str | None
    conversation_id: str | None
    order_number: str | None
    product_id: str | None
    rating: int | None
    contact_email: str | None
    status: str
    created_at: datetime

    @property
    def reference(self) -> str:
        return f"T-{self.ticket_id:05d}"


def open_ticket(
    db: Session,
    kind: str,
    text: str,
    request_id: str,
    customer_id: str | None = None,
    visitor_id: str | None = None,
    conversation_id: str | None = None,
    order_number: str | None = None,
    product_id: str | None = None,
    rating: int | None = None,
    contact_email: str | None = None,
) -> Ticket:
    """Open a ticket; the same ``request_id`` and kind again returns the first one.

    ``rating``: 1 to 5, of a review. Raises BadInput for a kind that is not one of KINDS, and for values that do not
    fit.
    """
    if kind not in KINDS:
        raise BadInput("kind", kind, f"use one of {', '.join(KINDS)}.")
    values = {
        "kind": kind,
        "text": limits.paragraph("text", text or "", limits.TICKET_CHARS),
        "request_id": limits.request_id(request_id),
        "customer_id": customer_id, "visitor_id": visitor_id, "conversation_id": conversation_id,
        "order_number": order_number, "product_id": product_id,
        "rating": None if rating is None else limits.integer("rating", rating, 1, 5),
        "contact_email": None if contact_email is None else limits.email(contact_email),
        "created_at": utc_now(),
    }  # fmt: skip
    db.execute(upsert(db, tickets).values(values).on_conflict_do_nothing())
    return of_request(db, request_id, kind)


def of_request(db: Session, request_id: str, kind: str) -> Ticket | None:
    """The ticket that this request opened, or None."""
    row = db.execute(select(tickets).where(tickets.c.request_id == request_id, tickets.c.kind == kind)).first()
    return _ticket(row) if row else None


def ticket(db: Session, ticket_id: int) -> Ticket | None:
    """The ticket, or None."""
    row = db.execute(select(tickets).where(tickets.c.id == ticket_id)).first()
    return _ticket(row) if row else None


def with_status(db: Session, status: str = "open", kind: str | None = None, limit: int = 100) -> list[Ticket]:
    """Tickets of a status, of one kind or all, oldest first. Raises BadInput for an unknown status."""
    query = select(tickets).where(tickets.c.status == _status(status))
    if kind is not None:
        query = query.where(tickets.c.kind == kind)
    return [_ticket(row) for row in db.execute(query.order_by(tickets.c.created_at, tickets.c.id).limit(limit))]


def of_conversation(db: Session, conversation_id: str, kind: str) -> list[Ticket]:
    """Tickets of a conversation that are not closed, oldest first."""
    query = select(tickets).where(
        tickets.c.conversation_id == conversation_id, tickets.c.kind == kind, tickets.c.status != "closed"
    )
    return [_ticket(row) for row in db.execute(query.order_by(tickets.c.id))]


def of_customer(db: Session, customer_id: str, limit: int = 10) -> list[Ticket]:
    """A customer's tickets of every status, newest first."""
    query = select(tickets).where(tickets.c.customer_id == customer_id)
    return [_ticket(row) for row in db.execute(query.order_by(tickets.c.created_at.desc(), tickets.c.id).limit(limit))]


def set_contact_email(db: Session, ticket_id: int, contact_email: str) -> None:
    """Where the answer shall go. Raises BadInput for an address that is none."""
    address = limits.email(contact_email)
    db.execute(update(tickets).where(tickets.c.id == ticket_id).values(contact_email=address))


def set_status(db: Session, ticket_id: int, status: str, expected: str) -> bool:
    """Move a ticket on; False where it was not ``expected`` any more, as somebody else took it."""
    query = update(tickets).where(tickets.c.id == ticket_id, tickets.c.status == _status(expected))
    return bool(db.execute(query.values(status=_status(status))).rowcount)


def reviews_of(db: Session, product_id: str, limit: int = 20) -> list[Ticket]:
    """Reviews of a product that staff have read and closed, newest first."""
    query = select(tickets).where(
        tickets.c.product_id == product_id, tickets.c.kind == "review", tickets.c.status == "closed"
    )
    return [_ticket(row) for row in db.execute(query.order_by(tickets.c.created_at.desc()).limit(limit))]


def _status(status: str) -> str:
    if status not in STATUSES:
        raise BadInput("status", status, f"use one of {', '.join(STATUSES)}.")
    return status


def _ticket(row) -> Ticket:
    return Ticket(row.id, *(getattr(row, field.name) for field in fields(Ticket)[1:]))
