"""The way to an order: a customer's own, or one that a guest has proven in this conversation. There is no third."""
from __future__ import annotations

from actions.base import Turn
from actions.order_tasks import OrderTask, suits
from shop import orders
from shop.orders import Order

MOST_OFFERED = 4


def speaker(turn: Turn) -> str:
    """Who is speaking, as one word to compare: what one person proved is worth nothing to the next."""
    return f"customer:{turn.customer_id}" if turn.customer_id else f"visitor:{turn.visitor_id}"


def is_somebody_elses(turn: Turn) -> bool:
    """Whether the order in hand was named or proven by another than the one who speaks now."""
    return turn.slot("proven_for") not in (None, speaker(turn))


def known_order(turn: Turn, number: str | None, verified: str | None) -> Order | None:
    """The order where this person may see it now, else None.

    A guest's order must be both the one proven in this conversation and one whose proof the shop itself remembers:
    a slot alone opens nothing, and after the shop has forgotten the proof it is asked for again.
    """
    if not number:
        return None
    if turn.customer_id:
        return orders.order(turn.db, number, turn.customer_id)
    if verified != number:
        return None
    return orders.proven(turn.db, number, turn.visitor_id)


def offered_orders(turn: Turn, task: OrderTask | None, avoid: str | None = None) -> list[Order]:
    """A customer's orders to choose from, newest first: those that suit the task, or all where none does.

    Empty for a guest and for a customer without orders. ``avoid`` is a number that was just refused.
    """
    if not turn.customer_id:
        return []
    recent = [
        order for order in orders.orders_of(turn.db, turn.customer_id, limit=20) if order.number != avoid
    ]
    suiting = [order for order in recent if task and suits(turn.db, task, order)]
    return (suiting or recent)[:MOST_OFFERED]
