"""The customer beside a conversation: for members with the right to see customers alone."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shop import carts, customers, desk_queue, orders, tickets
from shop.carts import Cart
from shop.message import Conversation
from shop.order import Order
from shop.owner import Owner
from shop.tickets import Ticket

ORDERS, TALKS, TICKETS, LINES = 5, 6, 6, 8


@dataclass(frozen=True)
class CustomerPanel:
    """``summary`` as ``shop.customers.summary`` gives it; None for a visitor, and for a customer who is erased."""

    customer_id: str | None
    summary: dict[str, Any] | None
    orders: list[Order]
    cart: Cart
    tickets: list[Ticket]
    talks: list[Conversation]


def customer_panel(db: Session, talk: Conversation) -> CustomerPanel:
    """What is known of whoever speaks in the conversation."""
    known = customers.customer(db, talk.customer_id) is not None if talk.customer_id else False
    return CustomerPanel(
        talk.customer_id, customers.summary(db, talk.customer_id) if known else None,
        orders.orders_of(db, talk.customer_id, ORDERS), carts.cart(db, Owner(talk.customer_id, talk.visitor_id)),
        tickets.of_customer(db, talk.customer_id, TICKETS) if talk.customer_id else [],
        desk_queue.earlier(db, talk, TALKS),
    )
