"""The life of an order, in one place: which state follows which, and what a shopper may ask for in each."""
from __future__ import annotations

from datetime import datetime, timedelta

from shop.errors import NotAllowed
from shop.order import Order

TRANSITIONS: dict[str, tuple[str, ...]] = {
    "placed": ("packed", "cancelled"),
    "packed": ("shipped", "cancelled"),
    "shipped": ("delivered",),
    "delivered": ("returned",),
    "cancelled": (),
    "returned": (),
}

# The states in which a shopper may ask for a change.
ALLOWED: dict[str, tuple[str, ...]] = {
    "cancel": ("placed", "packed"),
    "address": ("placed", "packed"),
    "return": ("delivered",),
}

# (task, state) -> (code, sentence, alternative): why not, and what helps instead.
REFUSALS: dict[tuple[str, str], tuple[str, str, str | None]] = {
    ("cancel", "shipped"): (
        "already_shipped", "It is on its way already. You can send it back once it arrives.", "return"),
    ("cancel", "delivered"): (
        "already_delivered", "It has been delivered. You can send it back instead.", "return"),
    ("cancel", "cancelled"): ("already_cancelled", "It is cancelled already.", None),
    ("cancel", "returned"): ("already_returned", "It is on its way back already.", "refund_status"),
    ("address", "shipped"): (
        "already_shipped", "It is on its way already, so the address stays as it is.", "track"),
    ("address", "delivered"): ("already_delivered", "It has been delivered already.", None),
    ("address", "cancelled"): ("already_cancelled", "It is cancelled, so nothing will be sent.", None),
    ("address", "returned"): ("already_returned", "It is on its way back already.", "refund_status"),
    ("return", "placed"): ("not_shipped", "It has not left us yet. You can cancel it instead.", "cancel"),
    ("return", "packed"): ("not_shipped", "It has not left us yet. You can cancel it instead.", "cancel"),
    ("return", "shipped"): (
        "not_delivered", "It is still on its way. You can send it back once it arrives.", "track"),
    ("return", "cancelled"): (
        "already_cancelled", "It was cancelled, so there is nothing to send back.", "refund_status"),
    ("return", "returned"): ("already_returned", "It is on its way back already.", "refund_status"),
}  # fmt: skip


def require(order: Order, task: str) -> None:
    """Raises NotAllowed where ``task`` ("cancel", "address", "return") is not allowed in the order's state."""
    if order.status not in ALLOWED[task]:
        raise NotAllowed(*REFUSALS[task, order.status])


def allows(order: Order, task: str) -> bool:
    """Whether the order's state allows ``task``, for drawing buttons. A return's time limit is not looked at."""
    return order.status in ALLOWED[task]


def returnable_until(order: Order, return_days: int) -> datetime | None:
    """The moment until which the order may go back; None before its delivery."""
    return None if order.delivered_at is None else order.delivered_at + timedelta(days=return_days)


def require_return_window(order: Order, return_days: int, now: datetime) -> None:
    """Raises NotAllowed where the time for returns is over. The last day counts whole."""
    until = returnable_until(order, return_days)
    if until is None or now.date() > until.date():
        raise NotAllowed(
            "return_window_over",
            f"The {return_days} days for sending it back are over. A colleague can look at it with you.",
            "human_handoff",
        )


def require_refundable(order: Order) -> None:
    """Raises NotAllowed where nothing was cancelled or sent back yet, with what comes first as the alternative."""
    if order.status in ALLOWED["cancel"]:
        raise NotAllowed("cancel_first", "It has not left us yet: cancel it, and the money comes back.", "cancel")
    if order.status == "shipped":
        raise NotAllowed(*REFUSALS["return", "shipped"])
    if order.status == "cancelled" and not order.refunds:
        raise NotAllowed("nothing_paid", "It was cancelled before anything was paid.")
    if order.status in ("delivered", "returned") and not order.returns:
        raise NotAllowed("return_first", "Send it back first, and the money follows.", "return")
