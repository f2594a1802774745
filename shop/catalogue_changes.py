"""What changed in the catalogue since a moment, found without reading all of it.

Who writes products stamps them (``updated_at``); what is sold or comes back stands in the orders. Whatever else
changes prices or stock, by hand or from another system, is noticed by ``totals``.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from shop.schema import categories, counters, order_changes, order_lines, products, variants

# A transaction may be stored later than another that began after it: so far back is looked again.
OVERLAP = timedelta(seconds=30)
OVERLAP_LINES = 20


@dataclass(frozen=True)
class Mark:
    """How far the catalogue was read. ``stamps``: (id, updated_at) of the products within OVERLAP of the last."""

    counter: int
    updated_at: datetime | None
    order_line: int
    order_change: int
    stamps: frozenset[tuple[str, datetime]] = frozenset()
    categories: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Changes:
    """Ids of products to be read again, those no longer sold among them; ``mark``: from where to look next time."""

    mark: Mark
    product_ids: frozenset[str] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.product_ids)


@dataclass(frozen=True)
class Totals:
    """The catalogue in four numbers: active products, their variants, those in stock, and the sum of the prices."""

    products: int
    variants: int
    in_stock: int
    price_cents: int


def mark(db: Session) -> Mark:
    """How far the catalogue is written now. Take it before reading the catalogue, not after."""
    head = _head(db)
    return Mark(*head, _stamps(db, head[1]), _categories(db))


def changed_since(db: Session, since: Mark) -> Changes:
    """The products that changed after ``since``. Where none did, it costs one query that touches four index entries."""
    head = _head(db)
    counter, updated_at, order_line, order_change = head
    if head == (since.counter, since.updated_at, since.order_line, since.order_change):
        return Changes(since)
    ids: set[str] = set()
    stamps, names = since.stamps, since.categories
    if (counter, updated_at) != (since.counter, since.updated_at):
        ids |= {product_id for product_id, _ in _stamps(db, since.updated_at) - since.stamps}
        stamps, names = _stamps(db, updated_at), _categories(db)
        if renamed := [slug for slug, _ in set(names) - set(since.categories)]:
            ids |= set(db.execute(select(products.c.id).where(products.c.category.in_(renamed))).scalars())
    if order_line != since.order_line:
        first = since.order_line - OVERLAP_LINES
        ids |= set(db.execute(select(order_lines.c.product_id).where(order_lines.c.id > first)).scalars())
    if order_change != since.order_change:
        cancelled = select(order_changes.c.order_number).where(
            order_changes.c.id > since.order_change - OVERLAP_LINES, order_changes.c.kind == "cancel"
        )
        back = select(order_lines.c.product_id).where(order_lines.c.order_number.in_(cancelled))
        ids |= set(db.execute(back).scalars())
    return Changes(Mark(*head, stamps, names), frozenset(ids))


def totals(db: Session) -> Totals:
    """The catalogue in four numbers: reads every variant, so not to be asked at each turn."""
    count = db.execute(select(func.count()).select_from(products).where(products.c.active)).scalar_one()
    row = db.execute(
        select(
            func.count(), func.coalesce(func.sum(case((variants.c.stock > 0, 1), else_=0)), 0),
            func.coalesce(func.sum(variants.c.price_cents), 0),
        ).join_from(variants, products, variants.c.product_id == products.c.id).where(products.c.active)
    ).one()
    return Totals(count, *map(int, row))


def _head(db: Session) -> tuple[int, datetime | None, int, int]:
    found = db.execute(select(
        select(counters.c.value).where(counters.c.name == "catalogue").scalar_subquery(),
        select(func.max(products.c.updated_at)).scalar_subquery(),
        select(func.max(order_lines.c.id)).scalar_subquery(),
        select(func.max(order_changes.c.id)).scalar_subquery(),
    )).one()
    return found[0] or 0, found[1], found[2] or 0, found[3] or 0


def _stamps(db: Session, last: datetime | None) -> frozenset[tuple[str, datetime]]:
    query = select(products.c.id, products.c.updated_at)
    if last is not None:
        query = query.where(products.c.updated_at > last - OVERLAP)
    return _pairs(db.execute(query))


def _categories(db: Session) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_pairs(db.execute(select(categories.c.slug, categories.c.name)))))


def _pairs(rows: Iterable) -> frozenset[tuple]:
    return frozenset((first, second) for first, second in rows)
