"""The tasks that the order form serves, each one row: what it needs beyond the order and when it is open."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from shop.errors import NotAllowed
from shop.orders import Order, OrderLine, check_allowed

ALTERED = ("new_address", "return_line", "return_reason", "confirmed")
"""Slots of one task; the order itself outlives it, so that "and cancel it, please" needs no number again."""


@dataclass(frozen=True)
class OrderTask:
    """``intent``: what starts it and what its button sends. ``needs``: slots after the order, in order.

    ``statuses``: states of an order in which it makes sense, to offer the right orders; the shop's own door decides
    in the end.
    """

    name: str
    intent: str
    title: str
    needs: tuple[str, ...]
    statuses: tuple[str, ...]


TASKS = {
    task.name: task
    for task in (
        OrderTask("track", "track_order", "Track an order", (), ("placed", "packed", "shipped")),
        OrderTask("cancel", "cancel_order", "Cancel an order", ("confirmed",), ("placed", "packed")),
        OrderTask("change", "change_order", "Change an order", (), ("placed", "packed")),
        OrderTask(
            "address", "change_shipping_address", "Change the address",
            ("new_address", "confirmed"), ("placed", "packed"),
        ),
        OrderTask(
            "return", "return_item", "Return something",
            ("return_line", "return_reason", "confirmed"), ("delivered",),
        ),
        OrderTask(
            "exchange", "return_item", "Exchange something",
            ("return_line", "return_reason", "confirmed"), ("delivered",),
        ),
        OrderTask(
            "refund", "get_refund", "Ask for a refund",
            ("confirmed",), ("delivered", "returned", "cancelled"),
        ),
        OrderTask("refund_status", "track_refund", "Follow a refund", (), ("returned", "cancelled")),
        OrderTask(
            "invoice", "get_invoice", "Get an invoice", (), ("placed", "packed", "shipped", "delivered", "returned")
        ),
    )
}

TASK_OF_INTENT = {task.intent: task.name for task in TASKS.values() if task.name != "exchange"}


def suits(db: Session, task: OrderTask, order: Order) -> bool:
    """Whether the task makes sense for the order as it is; for a return, whether it still may go back."""
    if order.status not in task.statuses:
        return False
    if "return_line" in task.needs:
        try:
            check_allowed(db, order, task.name)
        except NotAllowed:
            return False
    return True


def returnable(order: Order) -> list[OrderLine]:
    """Lines that are not on their way back yet."""
    return [line for line in order.lines if not line.returned]


def unpaid_lines(order: Order) -> list[OrderLine]:
    """Lines that went back with no money on its way, as with an exchange: what a refund can be asked for."""
    refunded = {refund.return_id for refund in order.refunds}
    return [order.line(item.line_id) for item in order.returns if item.return_id not in refunded]


def button(task: str, title: str | None = None, order_number: str | None = None) -> dict[str, str]:
    """A button that starts the task, for this order where one is named."""
    row = TASKS[task]
    values = []
    if order_number:
        values.append(f'"order_number": "{order_number}"')
    if task == "exchange":
        values.append('"order_task": "exchange"')
    facts = "{" + ", ".join(values) + "}" if values else ""
    return {"title": title or row.title, "payload": f"/{row.intent}{facts}"}
