"""From baskets to orders: what they cost, how they were sent, what came back. All as of one moment, ``now``."""
from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shop.clock import working_days_later
from shop.demo.chance import pick, stream
from shop.demo.histories import Order
from shop.demo.vocabulary import read_rows
from shop.settings import settings

PAYMENT = {"credit card": 0.52, "debit card": 0.18, "bank transfer": 0.1, "invoice": 0.2}
PAID_LATER = "invoice"
EXPRESS, PROMOTED, CANCELLED, RETURNED, LATE = 0.08, 0.4, 0.045, 0.1, 0.06
REASONS = {
    "too small": 24, "too large": 18, "changed my mind": 18, "looks different from the picture": 12,
    "arrived damaged": 9, "ordered two sizes to try": 8, "not as described": 5, "came too late": 4, "": 6,
}  # fmt: skip
WHOLE, PART = "whole", "part"


@dataclass
class Life:
    """Hours from placing to each step; None where it never comes. ``back``: WHOLE or PART of it is sent back."""

    packed: float | None = None
    shipped: float | None = None
    delivered: float | None = None
    cancelled: float | None = None
    back: str | None = None
    asked: float | None = None
    received: float | None = None
    paid: float | None = None


@dataclass
class OrderRows:
    """Rows of the tables orders, order_lines, returns and refunds."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    returns: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)


def make_orders(
    placed: Sequence[Order],
    promotions: Sequence[dict[str, Any]],
    rules: dict[str, Any],
    folder: Path,
    seed: int,
    now: datetime,
) -> OrderRows:
    """The rows of all orders ``placed``. ``rules``: the policies' facts."""
    chance = stream(seed, "orders")
    carriers = {row["carrier"]: row for row in read_rows(folder / "carriers.csv")}
    shares = {name: float(row["share_percent"]) for name, row in carriers.items()}
    rows = OrderRows()
    earlier: Counter[str | None] = Counter()
    for order in placed:
        life = _fated(order.fate, chance) if order.fate else _life(chance)
        carrier = carriers[pick(chance, shares)]
        row = _order(order, life, carrier, rules, now, chance)
        lines = _lines(row["number"], order, len(rows.lines))
        _price(row, lines, order, _promotion(order, lines, promotions, earlier[order.person.customer_id], chance),
               rules, chance)  # fmt: skip
        rows.orders.append(row)
        rows.lines += lines
        if life.cancelled is not None and row["cancelled_at"] and row["payment_method"] != PAID_LATER:
            amount_cents = row["total_cents"] - rules["cancellation_fee_cents"]
            rows.refunds.append(
                _refund(len(rows.refunds), row, None, amount_cents, "cancelled", life.cancelled, life.paid, now)
            )
        _send_back(rows, row, lines, life, rules, now, chance)
        earlier[order.person.customer_id] += 1
    return rows


def _life(chance: random.Random) -> Life:
    packed = chance.uniform(3, 26)
    shipped = packed + chance.uniform(2, 20)
    delivered = shipped + chance.uniform(20, 84)
    if chance.random() < LATE:
        delivered += chance.uniform(72, 190)
    life = Life(packed, shipped, delivered)
    if chance.random() < CANCELLED:
        life.cancelled = chance.uniform(0.3, shipped * 0.9)
        life.paid = life.cancelled + chance.uniform(30, 110)
    elif chance.random() < RETURNED:
        life.back = WHOLE if chance.random() < 0.6 else PART
        life.asked = delivered + chance.uniform(8, 24 * 22)
        life.received = life.asked + chance.uniform(48, 150)
        life.paid = life.received + chance.uniform(24, 110)
    return life


def _fated(fate: str, chance: random.Random) -> Life:
    """The life of an order of the cast. Raises KeyError for a fate that is none."""
    never = 1e6
    life = Life(12, 22, 70 + chance.uniform(0, 12))
    changes: dict[str, dict[str, Any]] = {
        "placed": {"packed": never, "shipped": never, "delivered": never},
        "packed": {"shipped": never, "delivered": never},
        "shipped": {"delivered": never},
        "delivered": {},
        "delivered long ago": {},
        "cancelled": {"cancelled": 5.0, "paid": 60.0},
        "returned": {"back": WHOLE, "asked": 400.0, "received": 510.0, "paid": never},
        "refunded": {"back": WHOLE, "asked": 200.0, "received": 290.0, "paid": 340.0},
        "partly returned": {"back": PART, "asked": 330.0, "received": never, "paid": never},
    }
    for name, value in changes[fate].items():
        setattr(life, name, value)
    return life


def _order(
    order: Order, life: Life, carrier: dict, rules: dict, now: datetime, chance: random.Random
) -> dict[str, Any]:
    person = order.person.row
    names = ("packed", "shipped", "delivered", "cancelled")
    steps = {name: _after(order.at, getattr(life, name), now) for name in names}
    if steps["cancelled"]:
        packed = steps["packed"] if steps["packed"] and steps["packed"] < steps["cancelled"] else None
        steps = {"packed": packed, "shipped": None, "delivered": None, "cancelled": steps["cancelled"]}
    status = next((name for name in reversed(names) if steps[name]), "placed")
    code = f"{carrier['prefix']}{chance.randint(10**8, 10**9 - 1)}"
    sent = steps["shipped"] is not None
    return {
        "number": order.number, "customer_id": person["id"], "status": status, "placed_at": order.at,
        **{f"{name}_at": moment for name, moment in steps.items()},
        "expected_from": working_days_later(order.at, rules["delivery_days_min"]),
        "expected_until": working_days_later(order.at, rules["delivery_days_max"]),
        "carrier": carrier["carrier"] if sent else None, "tracking_code": code if sent else None,
        "tracking_url": carrier["tracking_url"].format(code=code) if sent else None,
        "currency": settings.currency, "payment_method": pick(chance, PAYMENT), "email": person["email"],
        "name": order.person.name, "street": person["street"], "postcode": person["postcode"],
        "city": person["city"], "country": person["country"],
        "invoice_number": f"INV-{order.number}" if steps["packed"] else None, "request_id": None,
    }  # fmt: skip


def _after(placed_at: datetime, hours: float | None, now: datetime) -> datetime | None:
    """The moment ``hours`` after placing, None where it has not come."""
    if hours is None:
        return None
    moment = (placed_at + timedelta(hours=hours)).replace(microsecond=0)
    return moment if moment <= now else None


def _lines(number: str, order: Order, known: int) -> list[dict[str, Any]]:
    return [
        {
            "id": known + position, "order_number": number, "position": position, "sku": line.variant["sku"],
            "product_id": line.product.product_id, "title": line.product.row["title"],
            "colour": line.variant["colour"], "size": line.variant["size"], "quantity": line.quantity,
            "price_cents": line.variant["price_cents"], "returned": False,
        }
        for position, line in enumerate(order.basket, 1)
    ]  # fmt: skip


def _promotion(
    order: Order, lines: list[dict], promotions: Sequence[dict], earlier: int, chance: random.Random
) -> dict | None:
    """A code that ran when the order was placed and holds for it, if the shopper used one."""
    if order.person.customer_id is None or order.fate or chance.random() >= PROMOTED:
        return None
    subtotal = sum(line["price_cents"] * line["quantity"] for line in lines)
    categories = {each.product.row["category"] for each in order.basket}
    fitting = [
        each
        for each in promotions
        if each["starts_at"] <= order.at < each["ends_at"]
        and subtotal >= each["min_subtotal_cents"]
        and each["category"] in (None, *categories)
        and each["brand"] in (None, *(line.product.brand.name for line in order.basket))
        # Conditions on views and pauses are not looked into: such codes are left to the living shop.
        and each["conditions"].keys() <= {"first_order", "min_orders", "cart_category"}
        and each["conditions"].get("first_order", earlier == 0) == (earlier == 0)
        and earlier >= each["conditions"].get("min_orders", 0)
        and each["conditions"].get("cart_category") in (None, *categories)
    ]
    return chance.choice(fitting) if fitting else None


def _price(
    row: dict, lines: list[dict], order: Order, promotion: dict | None, rules: dict, chance: random.Random
) -> None:
    subtotal = sum(line["price_cents"] * line["quantity"] for line in lines)
    discount, free = 0, False
    if promotion:
        reduced = sum(
            line["price_cents"] * line["quantity"]
            for line, bought in zip(lines, order.basket, strict=True)
            if promotion["category"] in (None, bought.product.row["category"])
            and promotion["brand"] in (None, bought.product.brand.name)
        )
        free = promotion["kind"] == "free_shipping"
        if promotion["kind"] == "percent":
            discount = reduced * promotion["value"] // 100
        elif promotion["kind"] == "amount":
            discount = min(promotion["value"], reduced)
    if chance.random() < EXPRESS and not order.fate:
        shipping = rules["express_cents"]
        row["expected_from"] = working_days_later(row["placed_at"], rules["express_days_min"])
        row["expected_until"] = working_days_later(row["placed_at"], rules["express_days_max"])
    else:
        free = free or subtotal - discount >= rules["free_shipping_from_cents"]
        shipping = 0 if free else rules["shipping_cents"]
    row |= {
        "subtotal_cents": subtotal, "shipping_cents": shipping, "discount_cents": discount,
        "total_cents": subtotal - discount + shipping, "promotion_code": promotion["code"] if promotion else None,
    }  # fmt: skip


def _send_back(
    rows: OrderRows, row: dict, lines: list[dict], life: Life, rules: dict, now: datetime, chance: random.Random
) -> None:
    """Returns and their refunds, as far as they have come by now."""
    asked_at = _after(row["placed_at"], life.asked, now)
    if life.back is None or asked_at is None or row["status"] != "delivered":
        return
    sent = lines if life.back == WHOLE or len(lines) == 1 else lines[:1]
    if len(sent) == len(lines):
        row["status"] = "returned"
    received_at = _after(row["placed_at"], life.received, now)
    paid_at = _after(row["placed_at"], life.paid, now)
    reason = pick(chance, REASONS)
    for line in sent:
        line["returned"] = True
        exchange = reason in ("too small", "too large") and life.back == PART and chance.random() < 0.4
        return_id = len(rows.returns) + 1
        rows.returns.append({
            "id": return_id, "order_number": row["number"], "line_id": line["id"], "reason": reason,
            "exchange": exchange, "status": "closed" if paid_at else "received" if received_at else "requested",
            "requested_at": asked_at, "received_at": received_at,
        })  # fmt: skip
        if not exchange:
            total = line["price_cents"] * line["quantity"]
            share = total / row["subtotal_cents"]
            amount_cents = total - round(row["discount_cents"] * share)
            if rules.get("refund_delivery") and line is lines[-1] and len(sent) == len(lines):
                amount_cents += min(row["shipping_cents"], rules["shipping_cents"])
            refund = _refund(len(rows.refunds), row, return_id, amount_cents, reason, life.asked, life.paid, now)
            if refund["status"] == "requested" and received_at:
                refund["status"] = "approved"
            rows.refunds.append(refund)


def _refund(
    known: int, row: dict, return_id: int | None, amount_cents: int, reason: str, asked: float, paid: float | None,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    paid_at = _after(row["placed_at"], paid, now)
    return {
        "id": known + 1, "order_number": row["number"], "return_id": return_id, "amount_cents": amount_cents,
        "currency": row["currency"], "reason": reason, "status": "paid" if paid_at else "requested",
        "requested_at": _after(row["placed_at"], asked, now), "paid_at": paid_at,
    }  # fmt: skip
