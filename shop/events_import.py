"""What people did in another shop system, many at a time. The same file twice changes nothing.

An event has no number of its own. So the n-th of equal ones (same person, kind, moment, product, words) is stored
where fewer than n are there: whatever is killed and begun again, none is missing and none is doubled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select
from sqlalchemy.orm import Session

from shop import limits
from shop.bulk_import import BulkCount
from shop.clock import as_utc
from shop.database import lock_for_writing
from shop.errors import BadInput
from shop.events import KINDS
from shop.schema import customers, events, products, variants

_KEY = ("customer_id", "visitor_id", "at", "kind", "product_id", "sku", "query")
PAIRS = 250  # of person and moment a query: well below SQLite's limit on the depth of an expression
OF_PRODUCTS = tuple(kind for kind in KINDS if kind != "search")


def import_events(db: Session, rows: Sequence[dict[str, Any]]) -> BulkCount:
    """Add events, in this transaction; a row that does not fit is refused and costs no other.

    Keys of a row: kind (of events.KINDS), at (a datetime), who (customer_id, email, or visitor_id: at most 32
    characters), what (product_id or sku; of a search the query), and occurrence: which of the equal ones in its file
    it is, from 1. Customers and products must be in the shop.
    """
    lock_for_writing(db)
    count = BulkCount()
    known = _Known(db, rows)
    read: list[tuple[dict[str, Any], int]] = []
    for position, row in enumerate(rows):
        try:
            read.append((_read(row, known), limits.integer("occurrence", row.get("occurrence") or 1, 1, 10**9)))
        except BadInput as error:
            count.refused.append((position, error))
    stored = _stored(db, [values for values, _ in read])
    new = []
    for values, occurrence in read:
        if stored[_key(values)] >= occurrence:
            count.unchanged += 1
        else:
            stored[_key(values)] += 1
            new.append(values)
    if new:
        db.execute(insert(events), new)
        count.added = len(new)
    return count


class _Known:
    """The customers, products and variants that a batch names: four queries however many rows."""

    def __init__(self, db: Session, rows: Sequence[dict[str, Any]]) -> None:
        def named(key: str) -> list[str]:
            return list({str(row[key]) for row in rows if row.get(key)})

        ids, emails = named("customer_id"), [each.lower() for each in named("email")]
        self.customers = set(db.execute(select(customers.c.id).where(customers.c.id.in_(ids))).scalars())
        query = select(customers.c.email, customers.c.id).where(customers.c.email.in_(emails))
        self.by_email = {row.email: row.id for row in db.execute(query)}
        self.products = set(db.execute(select(products.c.id).where(products.c.id.in_(named("product_id")))).scalars())
        query = select(variants.c.sku, variants.c.product_id).where(variants.c.sku.in_(named("sku")))
        self.of_sku = {row.sku: row.product_id for row in db.execute(query)}


def _read(row: dict[str, Any], known: _Known) -> dict[str, Any]:
    kind, at = row.get("kind"), row.get("at")
    if kind not in KINDS:
        raise BadInput("kind", kind, f"use one of {', '.join(KINDS)}.")
    if not isinstance(at, datetime):
        raise BadInput("at", at, "every event needs its moment.")
    customer_id, visitor_id = _who(row, known)
    product_id, sku = _what(row, known)
    query = limits.line("query", str(row.get("query") or "")[: limits.QUERY_CHARS], limits.QUERY_CHARS, required=False)
    if kind in OF_PRODUCTS and product_id is None:
        raise BadInput("product_id", None, f"a {kind} is of a product.")
    if kind == "search" and not query:
        raise BadInput("query", None, "a search has words.")
    return {
        "kind": kind, "at": as_utc(at), "customer_id": customer_id, "visitor_id": visitor_id,
        "product_id": product_id, "sku": sku, "query": query or None,
    }  # fmt: skip


def _who(row: dict[str, Any], known: _Known) -> tuple[str | None, str | None]:
    visitor_id = limits.line("visitor_id", str(row.get("visitor_id") or ""), 32, required=False) or None
    named = row.get("customer_id")
    if named in known.customers:
        return named, visitor_id
    if email := row.get("email"):
        customer_id = known.by_email.get(str(email).lower())
        if customer_id is None:
            raise BadInput("e-mail", email, "no customer has it; import the customers first.")
        return customer_id, visitor_id
    if named:
        raise BadInput("customer_id", named, "there is no such customer; import the customers first.")
    if visitor_id is None:
        raise BadInput("customer_id", None, "say who it was: a customer, an e-mail address or a visitor.")
    return None, visitor_id


def _what(row: dict[str, Any], known: _Known) -> tuple[str | None, str | None]:
    product_id, sku = row.get("product_id"), row.get("sku")
    if product_id and product_id not in known.products:
        raise BadInput("product_id", product_id, "there is no such product; import the catalogue first.")
    if sku and sku not in known.of_sku and not product_id:
        raise BadInput("sku", sku, "no product has it; import the catalogue first.")
    if sku in known.of_sku:
        return product_id or known.of_sku[sku], sku
    return product_id or None, None


def _stored(db: Session, rows: list[dict[str, Any]]) -> Counter[tuple]:
    """How many of each event there are. Asked by person and moment together, for which there are indexes."""
    found: Counter[tuple] = Counter()
    wanted = {_key(row) for row in rows}
    asked = list({
        (events.c.customer_id, row["customer_id"], row["at"]) if row["customer_id"]
        else (events.c.visitor_id, row["visitor_id"], row["at"])
        for row in rows
    })  # fmt: skip
    for start in range(0, len(asked), PAIRS):
        pairs = (and_(who == value, events.c.at == at) for who, value, at in asked[start : start + PAIRS])
        query = select(*(events.c[name] for name in _KEY)).where(or_(*pairs))
        found.update(key for row in db.execute(query) if (key := tuple(row)) in wanted)
    return found


def _key(values: dict[str, Any]) -> tuple:
    return tuple(values[name] for name in _KEY)
