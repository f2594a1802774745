"""From a cart to an order: what it costs, and placing it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.orm import Session

from shop import carts, events, limits, promotions
from shop.clock import utc_now, working_days_later
from shop.database import upsert
from shop.errors import BadInput, NotAllowed
from shop.order import ADDRESS, Order, read_order
from shop.owner import Owner
from shop.policies import facts
from shop.schema import counters, order_lines, orders, variants

logger = logging.getLogger(__name__)

FIRST_NUMBER = 100_001
HIGHEST_NUMBER = 999_999


@dataclass(frozen=True)
class Totals:
    """What a cart costs, in cents. ``promotion_code`` is None where none holds."""

    subtotal_cents: int
    discount_cents: int
    shipping_cents: int
    promotion_code: str | None

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents - self.discount_cents + self.shipping_cents


def totals(db: Session, cart: carts.Cart) -> Totals:
    """What ``cart`` costs now. A promotion code that does not hold (any more) takes nothing off."""
    rules = facts(db)
    discount = None
    if cart.promotion_code:
        try:
            discount = promotions.apply(db, cart.owner.customer_id, cart, cart.promotion_code)
        except NotAllowed as error:
            logger.info("Promotion %s is not used: %s", cart.promotion_code, error.code)
    discount_cents = discount.discount_cents if discount else 0
    reduced_cents = cart.subtotal_cents - discount_cents
    free = (
        not cart.lines
        or reduced_cents >= int(rules["free_shipping_from_cents"])
        or bool(discount and discount.free_shipping)
    )
    return Totals(
        cart.subtotal_cents, discount_cents, 0 if free else int(rules["shipping_cents"]),
        discount.code if discount else None,
    )  # fmt: skip


def place(
    db: Session, owner: Owner, email: str, address: dict[str, str], payment_method: str, request_id: str
) -> Order:
    """Order what is in the cart: stock is taken, the purchase recorded, the cart emptied.

    The same ``request_id`` again returns the first order. Raises NotAllowed ("cart_empty", "out_of_stock"),
    BadInput for an address with a part missing, a payment method the policies do not name, or a ``request_id`` of
    somebody else.
    """
    limits.request_id(request_id)
    carts.hold(db, owner)  # before looking, so that the same request twice at once orders once
    placed = db.execute(
        select(orders.c.number, orders.c.customer_id).where(orders.c.request_id == request_id)
    ).first()
    if placed and placed.customer_id != owner.customer_id:
        raise BadInput("request_id", request_id, "it was used by somebody else; make a new one.")
    if placed:
        return read_order(db, placed.number)
    cart = carts.cart(db, owner)
    if not cart.lines:
        raise NotAllowed("cart_empty", "There is nothing in the cart.", "search_product")
    rules, costs, now = facts(db), totals(db, cart), utc_now()
    if payment_method not in rules["payment_methods"]:
        raise BadInput("payment_method", payment_method, f"use one of {', '.join(rules['payment_methods'])}.")
    sent_to = {name: limits.line(name, address.get(name, ""), limits.STREET_CHARS) for name in ADDRESS}
    sent_to["postcode"] = limits.line("postcode", sent_to["postcode"], limits.POSTCODE_CHARS)
    sent_to["city"] = limits.line("city", sent_to["city"], limits.CITY_CHARS)
    sent_to["country"] = limits.line("country", sent_to["country"], limits.COUNTRY_CHARS)
    for line in cart.lines:
        taken = db.execute(
            update(variants)
            .where(variants.c.sku == line.sku, variants.c.stock >= line.quantity)
            .values(stock=variants.c.stock - line.quantity)
        ).rowcount
        if taken != 1:
            raise NotAllowed("out_of_stock", f"There are not {line.quantity} of {line.product.title} left.")
    number = f"{_next_number(db):06d}"
    db.execute(insert(orders).values(
        number=number, customer_id=owner.customer_id, status="placed", placed_at=now,
        expected_from=working_days_later(now, int(rules["delivery_days_min"])),
        expected_until=working_days_later(now, int(rules["delivery_days_max"])),
        subtotal_cents=costs.subtotal_cents, shipping_cents=costs.shipping_cents,
        discount_cents=costs.discount_cents, total_cents=costs.total_cents, currency=cart.currency,
        promotion_code=costs.promotion_code, payment_method=payment_method, email=limits.email(email),
        request_id=request_id, **sent_to,
    ))  # fmt: skip
    db.execute(insert(order_lines), [
        {
            "order_number": number, "position": position, "sku": line.sku, "product_id": line.product.product_id,
            "title": line.product.title, "colour": line.variant.colour, "size": line.variant.size,
            "quantity": line.quantity, "price_cents": line.price_cents,
        }
        for position, line in enumerate(cart.lines, 1)
    ])  # fmt: skip
    for line in cart.lines:
        events.record(
            db, "purchase", line.product.product_id, owner.customer_id, owner.visitor_id, sku=line.sku, at=now,
            order_number=number,
        )  # fmt: skip
    carts.clear(db, owner)
    return read_order(db, number)


def _next_number(db: Session) -> int:
    """The number after the highest there is, and after every one given out."""
    highest = db.execute(select(func.max(orders.c.number)).where(func.length(orders.c.number) == 6)).scalar()
    least = int(highest) + 1 if highest and highest.isdigit() else FIRST_NUMBER
    statement = upsert(db, counters).values(name="order", value=least)
    following = case(
        (counters.c.value >= statement.excluded.value, counters.c.value + 1), else_=statement.excluded.value
    )
    number = db.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": following}).returning(counters.c.value)
    ).scalar_one()
    if number > HIGHEST_NUMBER:
        raise NotAllowed("numbers_used_up", f"Order numbers end at {HIGHEST_NUMBER}; archive old orders first.")
    return number
