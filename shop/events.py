"""What people did in the shop, in order: the raw material of everything that is learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.errors import BadInput
from shop.owner import Owner
from shop.schema import consents, events, order_lines, orders, returns

KINDS = ("view", "search", "add_to_cart", "remove_from_cart", "purchase", "return", "review", "click")
BATCH = 200  # customers a query, when all histories are read


@dataclass(frozen=True)
class Event:
    """One thing done. ``query`` is what was searched for; fields that do not apply are None."""

    kind: str
    at: datetime
    customer_id: str | None
    visitor_id: str | None
    product_id: str | None
    sku: str | None
    query: str | None


@dataclass(frozen=True)
class Purchase:
    """A product that was bought. ``kept``: False where it was sent back for money."""

    product_id: str
    at: datetime
    kept: bool


def _unless_line(holds: ColumnElement[bool]) -> ColumnElement[bool]:
    """True of all events but purchases of which the order has no line of that product that ``holds``."""
    line = (
        select(order_lines.c.id)
        .join_from(order_lines, orders, order_lines.c.order_number == orders.c.number)
        .outerjoin(returns, returns.c.line_id == order_lines.c.id)
        .where(order_lines.c.order_number == events.c.order_number, order_lines.c.product_id == events.c.product_id)
        .where(holds)
    )
    return or_(events.c.order_number.is_(None), exists(line))


_NOT_CANCELLED = orders.c.status != "cancelled"
_ORDERED = _unless_line(_NOT_CANCELLED)
# What was cancelled or sent back for money counts as a purchase nowhere: nobody chose it in the end. What is exchanged
# is kept. An order that another system calls returned has no rows in ``returns``.
STANDS = _unless_line(
    and_(_NOT_CANCELLED, or_(returns.c.exchange, and_(returns.c.id.is_(None), orders.c.status != "returned")))
)

_EVENT = (
    events.c.kind, events.c.at, events.c.customer_id, events.c.visitor_id, events.c.product_id, events.c.sku,
    events.c.query,
)  # fmt: skip


def record(
    db: Session,
    kind: str,
    product_id: str | None = None,
    customer_id: str | None = None,
    visitor_id: str | None = None,
    query: str | None = None,
    sku: str | None = None,
    at: datetime | None = None,
    order_number: str | None = None,
) -> None:
    """Record one event. Raises BadInput for an unknown kind or where nobody did it.

    ``order_number``: of a purchase, so that it is none any more when the order is cancelled.
    A query is cut to limits.QUERY_CHARS: what matters of it stands at its beginning.
    """
    if kind not in KINDS:
        raise BadInput("kind", kind, f"use one of {', '.join(KINDS)}.")
    Owner(customer_id, visitor_id).require()
    if query is not None:
        query = limits.line("query", query[: limits.QUERY_CHARS], limits.QUERY_CHARS, required=False)
    db.execute(
        insert(events).values(
            kind=kind, product_id=product_id, customer_id=customer_id, visitor_id=visitor_id, query=query,
            sku=sku, at=at or utc_now(), order_number=order_number,
        )
    )  # fmt: skip


def history(db: Session, customer_id: str, limit: int = 200) -> list[Event]:
    """The customer's last ``limit`` events, newest last; empty for an unknown customer.

    Like all that reads histories it leaves out purchases that were cancelled or sent back for money.
    """
    return _newest(db, events.c.customer_id == customer_id, limit)


def purchases(db: Session, customer_id: str, since: datetime) -> list[Purchase]:
    """What the customer bought since then, oldest first, however much they looked at meanwhile.

    What was sent back is among it, what was cancelled is not. Empty for an unknown customer.
    """
    rows = db.execute(
        select(events.c.product_id, events.c.at, STANDS.label("kept"))
        .where(events.c.customer_id == customer_id, events.c.at >= since, events.c.kind == "purchase")
        .where(events.c.product_id.is_not(None), _ORDERED)
        .order_by(events.c.at, events.c.id)
    )
    return [Purchase(*row) for row in rows]


def visitor_history(db: Session, visitor_id: str, limit: int = 200) -> list[Event]:
    """What an anonymous visitor did, newest last, without what a customer did in the same browser."""
    return _newest(db, (events.c.visitor_id == visitor_id) & events.c.customer_id.is_(None), limit)


def all_histories(db: Session, consented_only: bool = True) -> Iterator[tuple[str, list[Event]]]:
    """(customer_id, their events, oldest first) of all customers with events, in batches, for training.

    Without consent to personalisation a customer's history is not learned from, unless ``consented_only`` is off.
    """
    people = select(events.c.customer_id).where(events.c.customer_id.is_not(None)).distinct()
    if consented_only:
        agreed = select(consents.c.customer_id).where(consents.c.purpose == "personalisation", consents.c.granted)
        people = people.where(events.c.customer_id.in_(agreed))
    last = ""
    while batch := list(
        db.execute(people.where(events.c.customer_id > last).order_by(events.c.customer_id).limit(BATCH)).scalars()
    ):
        rows = db.execute(
            select(*_EVENT)
            .where(events.c.customer_id.in_(batch), STANDS)
            .order_by(events.c.customer_id, events.c.at, events.c.id)
        )
        for customer_id, found in groupby(rows, key=lambda row: row.customer_id):
            yield customer_id, [Event(*row) for row in found]
        last = batch[-1]


def recent_products_viewed(db: Session, owner: Owner, limit: int = 12) -> list[str]:
    """Ids of the products viewed last, newest first, each once; empty where there are none."""
    owner.require()
    if owner.customer_id:
        who = events.c.customer_id == owner.customer_id
    else:
        who = (events.c.visitor_id == owner.visitor_id) & events.c.customer_id.is_(None)
    viewed = db.execute(
        select(events.c.product_id)
        .where(who, events.c.kind == "view", events.c.product_id.is_not(None))
        .order_by(events.c.at.desc(), events.c.id.desc())
        .limit(limit * 8)  # most views are of something new, so eight times is plenty
    ).scalars()
    return list(dict.fromkeys(viewed))[:limit]


def attach(db: Session, visitor_id: str, customer_id: str) -> int:
    """Credit the visitor's anonymous events to the customer who signed in. Returns how many there were."""
    return db.execute(
        update(events)
        .where(events.c.visitor_id == visitor_id, events.c.customer_id.is_(None))
        .values(customer_id=customer_id)
    ).rowcount


def _newest(db: Session, who, limit: int) -> list[Event]:
    rows = db.execute(
        select(*_EVENT).where(who, STANDS).order_by(events.c.at.desc(), events.c.id.desc()).limit(limit)
    ).all()
    return [Event(*row) for row in reversed(rows)]
