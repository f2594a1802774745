"""What many people bought: counted over orders, never over who somebody is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.schema import order_lines, orders

# Orders of one person count once: who stocks up on candles makes no fashion of them.
_PEOPLE = func.count(func.coalesce(orders.c.customer_id, orders.c.email).distinct())


def bought_since(db: Session, since: datetime, fewest: int, limit: int) -> dict[str, int]:
    """Products that at least ``fewest`` people ordered since then: id -> people, most first, at most ``limit``."""
    people = _PEOPLE.label("people")
    rows = db.execute(
        select(order_lines.c.product_id, people)
        .join_from(order_lines, orders, order_lines.c.order_number == orders.c.number)
        .where(orders.c.placed_at >= since, orders.c.status != "cancelled")
        .group_by(order_lines.c.product_id)
        .having(people >= fewest)
        .order_by(people.desc(), order_lines.c.product_id)
        .limit(limit)
    )
    return {row.product_id: row.people for row in rows}


def bought_with(db: Session, product_id: str, fewest: int, limit: int) -> dict[str, int]:
    """Products that at least ``fewest`` people ordered together with this one: id -> people, most first."""
    other = order_lines.alias()
    people = _PEOPLE.label("people")
    rows = db.execute(
        select(other.c.product_id, people)
        .join_from(order_lines, other, order_lines.c.order_number == other.c.order_number)
        .join(orders, order_lines.c.order_number == orders.c.number)
        .where(
            order_lines.c.product_id == product_id, other.c.product_id != product_id, orders.c.status != "cancelled"
        )
        .group_by(other.c.product_id)
        .having(people >= fewest)
        .order_by(people.desc(), other.c.product_id)
        .limit(limit)
    )
    return {row.product_id: row.people for row in rows}


def together(db: Session, product_id: str, others: Sequence[str]) -> dict[str, int]:
    """How many people ordered each of ``others`` together with the product; those of nobody are left out."""
    counted = bought_with(db, product_id, 1, 10_000)
    return {each: counted[each] for each in others if each in counted}
