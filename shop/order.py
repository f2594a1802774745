"""What an order is to the rest of the house, and how it is read. Who may read it is decided in shop/orders.py."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.schema import order_lines, orders, refunds, returns


@dataclass(frozen=True)
class OrderLine:
    """``price_cents`` is of one piece; ``returned``: it is on its way back, or back."""

    line_id: int
    sku: str
    product_id: str
    title: str
    colour: str
    size: str
    quantity: int
    price_cents: int
    returned: bool

    @property
    def total_cents(self) -> int:
        return self.price_cents * self.quantity


@dataclass(frozen=True)
class Refund:
    """``status``: "requested", "approved", "paid" or "refused". ``return_id`` is None where it is of a cancellation."""

    refund_id: int
    return_id: int | None
    amount_cents: int
    currency: str
    reason: str
    status: str
    requested_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True)
class Return:
    """One line on its way back. ``status``: "requested", "received" or "closed"."""

    return_id: int
    line_id: int
    reason: str
    exchange: bool
    status: str
    requested_at: datetime

    @property
    def reference(self) -> str:
        """What the shopper writes on the parcel."""
        return f"R-{self.return_id:06d}"


@dataclass(frozen=True)
class Order:
    """An order as it stood when it was read. ``status``: a key of shop.order_states.TRANSITIONS."""

    number: str
    customer_id: str | None
    status: str
    placed_at: datetime
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    expected_from: datetime | None
    expected_until: datetime | None
    carrier: str | None
    tracking_code: str | None
    tracking_url: str | None
    subtotal_cents: int
    shipping_cents: int
    discount_cents: int
    total_cents: int
    currency: str
    promotion_code: str | None
    payment_method: str
    email: str
    invoice_number: str | None
    address: dict[str, str] = field(default_factory=dict)
    lines: list[OrderLine] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)

    def line(self, line_id: int) -> OrderLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)


ADDRESS = ("name", "street", "postcode", "city", "country")
_ORDER = [each.name for each in fields(Order) if each.name in orders.c]


def read_orders(db: Session, query) -> list[Order]:
    """Orders of a ``select(orders)``, in its order, with what belongs to them: four queries however many."""
    rows = db.execute(query).all()
    numbers = [row.number for row in rows]
    if not numbers:
        return []
    lines, paid_back, sent_back = defaultdict(list), defaultdict(list), defaultdict(list)
    found = select(order_lines).where(order_lines.c.order_number.in_(numbers))
    for row in db.execute(found.order_by(order_lines.c.position, order_lines.c.id)):
        lines[row.order_number].append(OrderLine(
            row.id, row.sku, row.product_id, row.title, row.colour, row.size, row.quantity, row.price_cents,
            row.returned,
        ))  # fmt: skip
    for row in db.execute(select(refunds).where(refunds.c.order_number.in_(numbers)).order_by(refunds.c.id)):
        paid_back[row.order_number].append(_refund(row))
    for row in db.execute(select(returns).where(returns.c.order_number.in_(numbers)).order_by(returns.c.id)):
        sent_back[row.order_number].append(
            Return(row.id, row.line_id, row.reason, row.exchange, row.status, row.requested_at)
        )
    return [
        Order(
            **{name: getattr(row, name) for name in _ORDER},
            address={name: getattr(row, name) for name in ADDRESS},
            lines=lines[row.number], refunds=paid_back[row.number], returns=sent_back[row.number],
        )
        for row in rows
    ]  # fmt: skip


def read_order(db: Session, number: str) -> Order | None:
    """The order, whoever's it is: for the rooms behind the door of shop/orders.py only."""
    return next(iter(read_orders(db, select(orders).where(orders.c.number == number))), None)


def _refund(row) -> Refund:
    return Refund(
        row.id, row.return_id, row.amount_cents, row.currency, row.reason, row.status, row.requested_at,
        row.paid_at,
    )  # fmt: skip
