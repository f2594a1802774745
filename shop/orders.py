"""The one door to orders. A customer gets their own; a guest gets the one they prove; nobody else gets any.

Every change is allowed by the order's state alone (shop/order_states.py), made by a conditional update whose count
is checked, written to ``order_changes``, and done once a ``request_id``: the same request again finds its entry
there and returns the order as it now is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shop import limits, order_states
from shop.checkout import place
from shop.clock import utc_now
from shop.database import lock_for_writing
from shop.errors import BadInput, NotAllowed, NotFound
from shop.order import ADDRESS, Order, OrderLine, Refund, Return, read_order, read_orders
from shop.order_proof import normal_number, prove, proven
from shop.policies import facts
from shop.schema import order_changes, order_lines, orders, refunds, returns, variants

__all__ = [
    "Invoice", "Order", "OrderLine", "Refund", "Return", "advance", "cancel", "change_address", "done_by", "invoice",
    "order", "orders_of", "place", "prove", "proven", "refund_status", "request_refund", "start_return",
]  # fmt: skip

ORDER = "order"  # the subject of a change that is about the whole order
# Nothing was paid yet with these, so nothing is paid back when the order is cancelled.
PAID_LATER = ("invoice", "cash on delivery")


@dataclass(frozen=True)
class Invoice:
    """``url``: path of its page in the shop."""

    number: str
    order: Order
    issued_at: datetime
    url: str


def order(db: Session, number: str, customer_id: str | None) -> Order | None:
    """The customer's own order; None for an unknown number, for somebody else's order, and for nobody."""
    if not customer_id:
        return None
    query = select(orders).where(orders.c.number == normal_number(number), orders.c.customer_id == customer_id)
    return next(iter(read_orders(db, query)), None)


def orders_of(db: Session, customer_id: str | None, limit: int = 10) -> list[Order]:
    """The customer's orders, newest first; empty for nobody."""
    if not customer_id:
        return []
    query = select(orders).where(orders.c.customer_id == customer_id)
    return read_orders(db, query.order_by(orders.c.placed_at.desc(), orders.c.number.desc()).limit(limit))


def cancel(db: Session, order: Order, request_id: str) -> Order:
    """Cancel the order: stock goes back, and what was paid is to be refunded less the policy's fee.

    Returns the order as it now is, its ``refunds`` included. Raises NotAllowed outside "placed" and "packed".
    """
    current = _held(db, order)
    if _done(db, current, "cancel", request_id):
        return current
    order_states.require(current, "cancel")
    now = utc_now()
    _transition(db, current, "cancel", status="cancelled", cancelled_at=now)
    for line in current.lines:
        db.execute(update(variants).where(variants.c.sku == line.sku).values(stock=variants.c.stock + line.quantity))
    amount_cents = 0
    if current.payment_method.lower() not in PAID_LATER:
        amount_cents = max(0, current.total_cents - int(facts(db)["cancellation_fee_cents"]))
    if amount_cents:
        db.execute(insert(refunds).values(
            order_number=current.number, amount_cents=amount_cents, currency=current.currency,
            reason="cancelled", requested_at=now,
        ))  # fmt: skip
    _note(db, current, "cancel", request_id, {"status": current.status},
          {"status": "cancelled", "refund_cents": amount_cents})  # fmt: skip
    return _reread(db, current)


def change_address(db: Session, order: Order, address: dict[str, str], request_id: str) -> Order:
    """Send the order elsewhere. ``address``: name, street, postcode, city, country; what is missing stays.

    Returns the order as it now is. Raises NotAllowed outside "placed" and "packed", BadInput for an address that is
    empty or has a part that does not fit.
    """
    current = _held(db, order)
    if _done(db, current, "address", request_id):
        return current
    order_states.require(current, "address")
    changed = _address(address)
    _transition(db, current, "address", **changed)
    _note(db, current, "address", request_id, current.address, current.address | changed)
    return _reread(db, current)


def start_return(
    db: Session,
    order: Order,
    line_id: int | None,
    reason: str,
    request_id: str,
    exchange: bool = False,
    now: datetime | None = None,
) -> Order:
    """Send a line back, or with None everything that is not on its way back yet.

    Each line gets a row in ``returns`` (its ``reference`` goes on the parcel) and, unless it is an ``exchange``, a
    refund with the line's share of the order's discount taken off; the last line's pays back standard delivery as
    well, where the policies say so (``refund_delivery``) and everything came back for money.

    Returns the order as it now is. Raises NotAllowed before delivery, after the policy's return_days, and for a line
    that is on its way back already; NotFound for a line that is not of this order.
    """
    now = now or utc_now()
    current = _held(db, order)
    subject = ORDER if line_id is None else f"line {line_id}"
    if _done(db, current, "return", request_id, subject):
        return current
    if line_id is not None and current.line(line_id) is None:
        raise NotFound("line of the order", line_id)
    order_states.require(current, "return")
    order_states.require_return_window(current, int(facts(db)["return_days"]), now)
    wanted = [line for line in current.lines if not line.returned and line_id in (None, line.line_id)]
    if not wanted:
        raise NotAllowed(*order_states.REFUSALS["return", "returned"])
    reason = limits.line("reason", reason or "", limits.REASON_CHARS, required=False)
    delivery_cents = 0 if exchange else _delivery_back_cents(db, current, wanted)
    for line in wanted:
        _return_line(db, current, line, reason, exchange, now, delivery_cents if line is wanted[-1] else 0)
    if all(line.returned or line in wanted for line in current.lines):
        _transition(db, current, "return", status="returned")
    _note(db, current, "return", request_id, {"returned": [line.line_id for line in current.lines if line.returned]},
          {"returned": [line.line_id for line in wanted], "exchange": exchange, "reason": reason}, subject)  # fmt: skip
    return _reread(db, current)


def check_allowed(db: Session, order: Order, task: str, now: datetime | None = None) -> None:
    """Say no before anything is asked for: raises the NotAllowed that carrying out ``task`` would raise now.

    ``task``: "cancel", "address", "change" (the address), "return", "exchange", "refund" or "invoice"; everything
    else only looks, and is always allowed. What is decided is decided again when the task is carried out.
    """
    if task == "cancel":
        order_states.require(order, "cancel")
    elif task in ("address", "change"):
        order_states.require(order, "address")
    elif task in ("return", "exchange"):
        order_states.require(order, "return")
        order_states.require_return_window(order, int(facts(db)["return_days"]), now or utc_now())
    elif task == "refund":
        order_states.require_refundable(order)
    elif task == "invoice":
        invoice(db, order)


def done_by(db: Session, order: Order, request_id: str) -> bool:
    """Whether this very request changed the order already: asked again it changes nothing, and is no refusal."""
    query = select(order_changes.c.id).where(
        order_changes.c.request_id == limits.request_id(request_id), order_changes.c.order_number == order.number
    )
    return db.execute(query).first() is not None


def refund_status(db: Session, order: Order) -> list[Refund]:
    """The order's refunds as they stand now, oldest first; empty where there is none."""
    return _reread(db, order).refunds


def request_refund(
    db: Session, order: Order, request_id: str, line_id: int | None = None, reason: str = ""
) -> list[Refund]:
    """The refunds of the order, one added for each line that went back for an exchange and shall be paid instead.

    A cancellation and a return bring their refund with them; this is for whoever asks for money afterwards. Raises
    NotAllowed where nothing was cancelled or sent back yet, with what to do first as the alternative; NotFound for a
    line that is not of this order.
    """
    current = _held(db, order)
    subject = ORDER if line_id is None else f"line {line_id}"
    if _done(db, current, "refund", request_id, subject):
        return current.refunds
    if line_id is not None and current.line(line_id) is None:
        raise NotFound("line of the order", line_id)
    order_states.require_refundable(current)
    if current.status == "cancelled":
        return current.refunds
    sent = [item for item in current.returns if line_id in (None, item.line_id)]
    if not sent:
        raise NotAllowed("return_first", "Send it back first, and the money follows.", "return")
    refunded = {refund.return_id for refund in current.refunds}
    reason = limits.line("reason", reason or "", limits.REASON_CHARS, required=False)
    added = [item for item in sent if item.return_id not in refunded]
    delivery_cents = _delivery_back_cents(db, current, [current.line(item.line_id) for item in added])
    for item in added:
        db.execute(update(returns).where(returns.c.id == item.return_id).values(exchange=False))
        _refund_line(
            db, current, current.line(item.line_id), item.return_id, reason, utc_now(),
            delivery_cents if item is added[-1] else 0,
        )  # fmt: skip
    if added:
        _note(db, current, "refund", request_id, {}, {"returns": [item.return_id for item in added]}, subject)
    return _reread(db, current).refunds


def invoice(db: Session, order: Order) -> Invoice:
    """The order's invoice. Raises NotAllowed("no_invoice") where there is none, as before it is packed."""
    current = _reread(db, order)
    if not current.invoice_number:
        raise NotAllowed("no_invoice", "There is no invoice yet: it comes with the parcel.", "track")
    return Invoice(
        current.invoice_number, current, current.packed_at or current.placed_at, f"/orders/{current.number}/invoice"
    )


def advance(db: Session, number: str, status: str, request_id: str, **shipment: Any) -> Order:
    """Staff's and the warehouse's side: move an order on. ``shipment``: carrier, tracking_code, tracking_url.

    Raises NotFound, or NotAllowed("wrong_state") where ``status`` does not follow the present one.
    """
    found = read_order(db, normal_number(number))
    if found is None:
        raise NotFound("order", number)
    current = _held(db, found)
    if _done(db, current, status, request_id):
        return current
    if status not in order_states.TRANSITIONS[current.status] or status in ("cancelled", "returned"):
        raise NotAllowed("wrong_state", f"Order {current.number} is {current.status}: it cannot be {status} next.")
    unknown = shipment.keys() - {"carrier", "tracking_code", "tracking_url"}
    if unknown:
        raise BadInput("shipment", sorted(unknown)[0], "use carrier, tracking_code and tracking_url.")
    values = {"status": status, f"{status}_at": utc_now(), **shipment}
    if status == "packed":
        values["invoice_number"] = current.invoice_number or f"INV-{current.number}"
    count = db.execute(
        update(orders).where(orders.c.number == current.number, orders.c.status == current.status).values(values)
    ).rowcount
    if count != 1:
        raise NotAllowed("wrong_state", f"Order {current.number} changed meanwhile. Look at it again.")
    _note(db, current, status, request_id, {"status": current.status}, {"status": status})
    return _reread(db, current)


def _held(db: Session, order: Order) -> Order:
    """The order as it is now, held until this transaction ends. Raises NotFound where it changed hands meanwhile."""
    lock_for_writing(db)
    owner = orders.c.customer_id.is_(None) if order.customer_id is None else orders.c.customer_id == order.customer_id
    query = select(orders).where(orders.c.number == order.number, owner).with_for_update()
    current = next(iter(read_orders(db, query)), None)
    if current is None:
        raise NotFound("order", order.number)
    return current


def _reread(db: Session, order: Order) -> Order:
    current = read_order(db, order.number)
    if current is None or current.customer_id != order.customer_id:
        raise NotFound("order", order.number)
    return current


def _done(db: Session, order: Order, kind: str, request_id: str, subject: str = ORDER) -> bool:
    """Whether this very request was carried out before."""
    query = select(order_changes.c.id).where(
        order_changes.c.request_id == limits.request_id(request_id),
        order_changes.c.order_number == order.number,
        order_changes.c.kind == kind,
        order_changes.c.subject == subject,
    )
    return db.execute(query).first() is not None


def _transition(db: Session, order: Order, task: str, **values: Any) -> None:
    """Write to the order provided that it still is in a state that allows ``task``."""
    count = db.execute(
        update(orders)
        .where(orders.c.number == order.number, orders.c.status.in_(order_states.ALLOWED[task]))
        .values(values)
    ).rowcount
    if count != 1:
        order_states.require(_reread(db, order), task)
        raise NotFound("order", order.number)


def _note(
    db: Session, order: Order, kind: str, request_id: str, before: dict, after: dict, subject: str = ORDER
) -> None:
    db.execute(insert(order_changes).values(
        order_number=order.number, kind=kind, subject=subject, request_id=request_id, before=before, after=after,
        at=utc_now(),
    ))  # fmt: skip


def _delivery_back_cents(db: Session, order: Order, lines: list[OrderLine]) -> int:
    """What of the delivery is paid back together with ``lines``: something once an order, with the last of its lines.

    No more than standard delivery costs: who chose express chose to pay for the hurry.
    """
    rules = facts(db)
    refunded = {refund.return_id for refund in order.refunds}
    back = {item.line_id for item in order.returns if item.return_id in refunded} | {line.line_id for line in lines}
    if not rules.get("refund_delivery") or not lines or back != {line.line_id for line in order.lines}:
        return 0
    return min(order.shipping_cents, int(rules["shipping_cents"]))


def _return_line(
    db: Session, order: Order, line: OrderLine, reason: str, exchange: bool, now: datetime, delivery_cents: int
) -> None:
    claimed = db.execute(
        update(order_lines)
        .where(order_lines.c.id == line.line_id, order_lines.c.returned.is_(False))
        .values(returned=True)
    ).rowcount
    if claimed != 1:
        raise NotAllowed(*order_states.REFUSALS["return", "returned"])
    return_id = db.execute(insert(returns).values(
        order_number=order.number, line_id=line.line_id, reason=reason, exchange=exchange, requested_at=now,
    )).inserted_primary_key[0]  # fmt: skip
    if not exchange:
        _refund_line(db, order, line, return_id, reason, now, delivery_cents)


def _refund_line(
    db: Session, order: Order, line: OrderLine, return_id: int, reason: str, now: datetime, delivery_cents: int
) -> None:
    # A discount was on the whole order, so each line gives back its share of it.
    share = line.total_cents / order.subtotal_cents if order.subtotal_cents else 0.0
    amount_cents = max(0, line.total_cents - round(order.discount_cents * share)) + delivery_cents
    db.execute(insert(refunds).values(
        order_number=order.number, return_id=return_id, amount_cents=amount_cents, currency=order.currency,
        reason=reason, requested_at=now,
    ))  # fmt: skip


def _address(address: dict[str, str]) -> dict[str, str]:
    unknown = address.keys() - set(ADDRESS)
    if unknown or not address:
        raise BadInput("address", sorted(unknown) or address, f"give some of {', '.join(ADDRESS)}.")
    most = (limits.NAME_CHARS, limits.STREET_CHARS, limits.POSTCODE_CHARS, limits.CITY_CHARS, limits.COUNTRY_CHARS)
    return {
        name: limits.line(name, address[name], chars)
        for name, chars in zip(ADDRESS, most, strict=True)
        if name in address
    }
