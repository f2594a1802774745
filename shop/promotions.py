"""Promotions, and whom they are for. Conditions look at behaviour alone: orders, views and the cart.

Who somebody is (name, gender, age, place) is not even loaded here, so no condition can depend on it.
Conditions, all of which must hold: first_order (true), min_orders, min_spent_cents, inactive_days (since the last
order), viewed_category with min_views and within_days, cart_category.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.carts import Cart
from shop.clock import utc_now
from shop.customers import consent
from shop.database import upsert
from shop.errors import BadInput, NotAllowed
from shop.schema import events, orders, products, promotions

logger = logging.getLogger(__name__)

KINDS = ("percent", "amount", "free_shipping")
VIEWS, VIEW_DAYS = 3, 30  # of viewed_category, where the promotion does not say


@dataclass(frozen=True)
class Promotion:
    """``value``: per cent of what is reduced, or cents; ``category`` and ``brand`` limit what is reduced."""

    code: str
    title: str
    text: str
    kind: str
    value: int
    category: str | None
    brand: str | None
    min_subtotal_cents: int
    conditions: dict[str, Any]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Discount:
    """What a promotion takes off a cart."""

    code: str
    discount_cents: int
    free_shipping: bool


@dataclass(frozen=True)
class _Behaviour:
    db: Session
    customer_id: str
    cart: Cart | None
    now: datetime
    orders: int
    spent_cents: int
    last_order_at: datetime | None


def active(db: Session, now: datetime | None = None) -> list[Promotion]:
    """Promotions that run at ``now`` (the present), those that end first first."""
    now = now or utc_now()
    rows = db.execute(
        select(promotions)
        .where(promotions.c.active, promotions.c.starts_at <= now, promotions.c.ends_at > now)
        .order_by(promotions.c.ends_at, promotions.c.code)
    )
    return [_promotion(row) for row in rows]


def for_customer(
    db: Session, customer_id: str | None, cart: Cart | None = None, now: datetime | None = None
) -> list[Promotion]:
    """The running promotions whose conditions hold, those with conditions first, as they are the personal ones.

    Without consent to personalisation, and for a visitor, only those without conditions on past behaviour. A minimum
    subtotal does not hide a promotion: it is a reason to fill the cart.
    """
    now = now or utc_now()
    behaviour = _behaviour(db, customer_id, cart, now)
    kept = [promotion for promotion in active(db, now) if _holds(promotion, behaviour, cart)]
    return sorted(kept, key=lambda promotion: not promotion.conditions)


def apply(db: Session, customer_id: str | None, cart: Cart, code: str, now: datetime | None = None) -> Discount:
    """What ``code`` takes off ``cart``.

    Raises NotAllowed: "promotion_unknown" (also for one that has ended), "promotion_not_for_you",
    "promotion_minimum" (too little in the cart), "promotion_nothing_fits".
    """
    now = now or utc_now()
    wanted = code.strip().upper()
    promotion = next((each for each in active(db, now) if each.code.upper() == wanted), None)
    if promotion is None:
        raise NotAllowed("promotion_unknown", "That code is not running at the moment.", "ask_offers")
    if not _holds(promotion, _behaviour(db, customer_id, cart, now), cart):
        raise NotAllowed("promotion_not_for_you", "That code does not go with this order.", "ask_offers")
    if cart.subtotal_cents < promotion.min_subtotal_cents:
        raise NotAllowed("promotion_minimum", "There is not enough in the cart for that code.", "search_product")
    reduced = reduced_cents(promotion, cart)
    if reduced == 0:
        raise NotAllowed("promotion_nothing_fits", "Nothing in the cart goes with that code.", "search_product")
    if promotion.kind == "free_shipping":
        return Discount(promotion.code, 0, True)
    off = reduced * promotion.value // 100 if promotion.kind == "percent" else promotion.value
    return Discount(promotion.code, min(off, reduced), False)


def reduced_cents(promotion: Promotion, cart: Cart) -> int:
    """The part of the cart's subtotal that the promotion looks at, in cents."""
    return sum(
        line.total_cents
        for line in cart.lines
        if promotion.category in (None, line.product.category) and promotion.brand in (None, line.product.brand)
    )


def upsert_promotion(db: Session, values: dict[str, Any]) -> None:
    """Add or change a promotion; keys are the columns of ``promotions``.

    Raises BadInput for an unknown kind, an unknown condition, or a value outside what its kind allows.
    """
    conditions = values.get("conditions") or {}
    unknown = conditions.keys() - CONDITIONS.keys() - _PARAMETERS
    if unknown:
        raise BadInput("condition", sorted(unknown)[0], f"use one of {', '.join(CONDITIONS)}.")
    if values.get("kind") not in KINDS:
        raise BadInput("kind", values.get("kind"), f"use one of {', '.join(KINDS)}.")
    highest = 100 if values["kind"] == "percent" else 10**7
    if not 0 <= values.get("value", 0) <= highest:
        raise BadInput("value", values.get("value"), f"it must be from 0 to {highest}.")
    statement = upsert(db, promotions).values(**values)
    rest = {name: value for name, value in values.items() if name != "code"}
    db.execute(statement.on_conflict_do_update(index_elements=["code"], set_=rest))


def _promotion(row) -> Promotion:
    return Promotion(*(getattr(row, field.name) for field in fields(Promotion)))


def _behaviour(db: Session, customer_id: str | None, cart: Cart | None, now: datetime) -> _Behaviour | None:
    """None where the shop may not look, or has nobody to look at."""
    if not customer_id or not consent(db, customer_id, "personalisation"):
        return None
    bought = db.execute(
        select(func.count(), func.coalesce(func.sum(orders.c.total_cents), 0), func.max(orders.c.placed_at)).where(
            orders.c.customer_id == customer_id, orders.c.status != "cancelled"
        )
    ).one()
    return _Behaviour(db, customer_id, cart, now, bought[0], int(bought[1]), bought[2])


def _holds(promotion: Promotion, behaviour: _Behaviour | None, cart: Cart | None) -> bool:
    for name, value in promotion.conditions.items():
        if name in _PARAMETERS:
            continue
        if name == "cart_category":
            if cart is None or not any(line.product.category == value for line in cart.lines):
                return False
            continue
        check = CONDITIONS.get(name)
        if check is None:
            logger.warning("Promotion %s has the unknown condition %r: it is not offered", promotion.code, name)
            return False
        if behaviour is None or not check(behaviour, value, promotion.conditions):
            return False
    return True


def _inactive(behaviour: _Behaviour, days: int, _conditions: dict) -> bool:
    last = behaviour.last_order_at
    return last is not None and last <= behaviour.now - timedelta(days=days)


def _viewed(behaviour: _Behaviour, slug: str, conditions: dict) -> bool:
    since = behaviour.now - timedelta(days=conditions.get("within_days", VIEW_DAYS))
    count = behaviour.db.execute(
        select(func.count())
        .select_from(events)
        .join(products, products.c.id == events.c.product_id)
        .where(
            events.c.customer_id == behaviour.customer_id, events.c.kind == "view", events.c.at >= since,
            products.c.category == slug,
        )
    ).scalar_one()  # fmt: skip
    return count >= conditions.get("min_views", VIEWS)


_PARAMETERS = {"min_views", "within_days"}
CONDITIONS: dict[str, Callable[[_Behaviour, Any, dict], bool]] = {
    "first_order": lambda behaviour, wanted, _: (behaviour.orders == 0) == wanted,
    "min_orders": lambda behaviour, least, _: behaviour.orders >= least,
    "min_spent_cents": lambda behaviour, least, _: behaviour.spent_cents >= least,
    "inactive_days": _inactive,
    "viewed_category": _viewed,
    "cart_category": lambda behaviour, slug, _: any(
        line.product.category == slug for line in (behaviour.cart.lines if behaviour.cart else [])
    ),
}
