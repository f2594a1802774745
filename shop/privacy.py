"""What the shop holds about a customer, whole: to hand it over, and to erase it. Both leave an entry in the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from shop import schema
from shop.clock import utc_now
from shop.database import lock_for_writing
from shop.errors import NotFound

ERASED = "erased"
EXPORT_VERSION = 1
# What hangs on a conversation; what staff noted about a customer is the customer's to see, too.
TABLES_OF_TALKS = (
    schema.messages, schema.exposures, schema.clicks, schema.written_replies, schema.conversation_facets,
    schema.handovers, schema.conversation_notes, schema.conversation_tags, schema.corrections, schema.review_reasons,
    schema.question_members,
)  # fmt: skip


def export_customer(db: Session, customer_id: str, actor: str = "customer") -> dict[str, Any]:
    """Everything stored about the customer, ready for JSON (times in ISO 8601).

    Keys: version, exported_at, customer, and a list of rows for consents, events, cart, orders (each with lines,
    changes, returns, refunds), tickets and conversations (each with the rows of ``TABLES_OF_TALKS``). Raises
    NotFound for an unknown customer.
    """
    person = _rows(db, schema.customers, schema.customers.c.id == customer_id)
    if not person:
        raise NotFound("customer", customer_id)
    exported_orders = _rows(db, schema.orders, schema.orders.c.customer_id == customer_id)
    for order in exported_orders:
        for name, table in (
            ("lines", schema.order_lines), ("changes", schema.order_changes), ("returns", schema.returns),
            ("refunds", schema.refunds),
        ):  # fmt: skip
            order[name] = _rows(db, table, table.c.order_number == order["number"])
    talks = _rows(db, schema.conversations, schema.conversations.c.customer_id == customer_id)
    for talk in talks:
        for table in TABLES_OF_TALKS:
            talk[table.name] = _rows(db, table, table.c.conversation_id == talk["id"])
    cart = select(schema.carts.c.id).where(schema.carts.c.customer_id == customer_id).scalar_subquery()
    log(db, actor, "export", customer_id)
    return {
        "version": EXPORT_VERSION,
        "exported_at": utc_now().isoformat(),
        "customer": person[0],
        "consents": _rows(db, schema.consents, schema.consents.c.customer_id == customer_id),
        "events": _rows(db, schema.events, schema.events.c.customer_id == customer_id),
        "cart": _rows(db, schema.cart_lines, schema.cart_lines.c.cart_id == cart),
        "orders": exported_orders,
        "tickets": _rows(db, schema.tickets, schema.tickets.c.customer_id == customer_id),
        "conversations": talks,
    }


def erase_customer(db: Session, customer_id: str, actor: str = "customer") -> dict[str, int]:
    """Erase the customer everywhere; returns how many rows each table lost or had emptied of the person.

    Orders stay for the books without name, address, e-mail and tie to the person; everything else goes. The id is
    kept in ``erasures``, so that models trained before count as stale (see ``erased_since``). Raises NotFound for
    an unknown customer.
    """
    lock_for_writing(db)
    if not _rows(db, schema.customers, schema.customers.c.id == customer_id):
        raise NotFound("customer", customer_id)
    count: dict[str, int] = {}

    def gone(table, condition) -> None:
        count[table.name] = db.execute(delete(table).where(condition)).rowcount

    mine = select(schema.orders.c.number).where(schema.orders.c.customer_id == customer_id)
    talks = select(schema.conversations.c.id).where(schema.conversations.c.customer_id == customer_id)
    for table in (*TABLES_OF_TALKS, schema.conversation_words):
        gone(table, table.c.conversation_id.in_(talks))
    # A complaint made before signing in stands in one of their conversations, though not under their id.
    gone(
        schema.tickets,
        or_(schema.tickets.c.customer_id == customer_id, schema.tickets.c.conversation_id.in_(talks)),
    )
    gone(schema.conversations, schema.conversations.c.customer_id == customer_id)
    gone(schema.events, schema.events.c.customer_id == customer_id)
    gone(schema.carts, schema.carts.c.customer_id == customer_id)
    gone(schema.consents, schema.consents.c.customer_id == customer_id)
    # Changes hold addresses and returns hold the shopper's own words: what was done stays, the words go.
    db.execute(
        update(schema.order_changes).where(schema.order_changes.c.order_number.in_(mine)).values(before={}, after={})
    )
    for table in (schema.returns, schema.refunds):
        db.execute(update(table).where(table.c.order_number.in_(mine)).values(reason=""))
    gone(schema.proof_attempts, schema.proof_attempts.c.order_number.in_(mine))
    count["orders"] = db.execute(
        update(schema.orders)
        .where(schema.orders.c.customer_id == customer_id)
        .values(customer_id=None, email="", name=ERASED, street="", postcode="", city="", country="",
                tracking_code=None, tracking_url=None, request_id=None)
    ).rowcount  # fmt: skip
    gone(schema.customers, schema.customers.c.id == customer_id)
    db.execute(insert(schema.erasures).values(customer_id=customer_id, at=utc_now()))
    log(db, actor, "erase", customer_id, dict(count))
    return count


def erased_since(db: Session, moment: datetime) -> int:
    """How many customers were erased after ``moment``: more than 0 makes what was trained before it stale."""
    return db.execute(
        select(func.count()).select_from(schema.erasures).where(schema.erasures.c.at > moment)
    ).scalar_one()


def log(db: Session, actor: str, action: str, customer_id: str | None, detail: dict[str, Any] | None = None) -> None:
    """Note in the audit log that ``actor`` looked at or changed a customer's data."""
    values = {"actor": actor[:80], "action": action, "customer_id": customer_id, "detail": detail or {}}
    db.execute(insert(schema.audit_log).values(at=utc_now(), **values))


def _rows(db: Session, table, condition) -> list[dict[str, Any]]:
    query = select(table).where(condition).order_by(*table.primary_key.columns)
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in db.execute(query).mappings()
    ]
