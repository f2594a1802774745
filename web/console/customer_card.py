"""The customer beside the open conversation at the desk, as JSON; see ``web.console.customer_panel``."""
from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from shop import customers
from shop.message import Conversation
from web.console.customer_panel import customer_panel
from web.console.desk_frames import moment


def customer_card(db: Session, talk: Conversation) -> dict[str, Any]:
    """Who it is (None for a visitor), their latest orders, what lies in the basket, and their earlier conversations."""
    panel = customer_panel(db, talk)
    customer = customers.customer(db, talk.customer_id) if talk.customer_id else None
    return {
        "customer": None if customer is None else {
            "id": customer.customer_id, "name": customer.name, "first_name": customer.first_name,
            "email": customer.email, "since": moment(customer.created_at),
            "consents": [purpose for purpose in customers.PURPOSES if customers.consent(db, talk.customer_id, purpose)],
        },
        "orders": [
            {
                "number": order.number, "status": order.status, "total_cents": order.total_cents,
                "currency": order.currency,
            }
            for order in panel.orders
        ],
        "basket": [
            {
                "title": line.product.title, "quantity": line.quantity, "price_cents": line.price_cents,
                "currency": panel.cart.currency,
            }
            for line in panel.cart.lines
        ],
        "talks": [{"id": each.id, "at": moment(each.last_at), "status": each.status} for each in panel.talks],
    }
