"""How an order is written in a sentence, on a button and in the widget's order box."""
from __future__ import annotations

from typing import Any

from actions.wording import day, money
from shop.orders import Order, OrderLine

STATUS_WORDS = {
    "placed": "placed and waiting to be packed",
    "packed": "packed and waiting for the carrier",
    "shipped": "on its way",
    "delivered": "delivered",
    "cancelled": "cancelled",
    "returned": "sent back",
}


def line_words(line: OrderLine) -> str:
    """``Harbour rain jacket (navy, M)``, with a count where there are several."""
    words = _title(line)
    return f"{line.quantity} × {words}" if line.quantity > 1 else words


def items_words(order: Order) -> str:
    """The first item, and how many more there are."""
    if not order.lines:
        return "no items"
    more = len(order.lines) - 1
    words = line_words(order.lines[0])
    return words if not more else f"{words} and {more} more item{'s' if more > 1 else ''}"


def order_title(order: Order) -> str:
    """A button's title; short, as several stand below each other."""
    title = order.lines[0].title if order.lines else STATUS_WORDS[order.status]
    more = f" + {len(order.lines) - 1}" if len(order.lines) > 1 else ""
    return f"#{order.number}: {title[:40]}{more}"


def expected_words(order: Order) -> str:
    """When the parcel comes or came; empty where the shop does not know."""
    if order.status == "delivered" and order.delivered_at:
        return day(order.delivered_at)
    if order.status not in ("placed", "packed", "shipped") or not order.expected_until:
        return ""
    if order.expected_from and order.expected_from.date() != order.expected_until.date():
        return f"between {day(order.expected_from)} and {day(order.expected_until)}"
    return f"on {day(order.expected_until)}"


def expected_sentence(order: Order) -> str:
    """``expected_words`` as a sentence; empty where they are."""
    expected = expected_words(order)
    if not expected:
        return ""
    return f"It came on {expected}." if order.status == "delivered" else f"It should arrive {expected}."


def order_card(order: Order) -> dict[str, Any]:
    """The order as the widget draws it (contract: ``order``)."""
    return {
        "number": order.number,
        "status": order.status,
        "status_text": STATUS_WORDS[order.status].capitalize(),
        "total_cents": order.total_cents,
        "currency": order.currency,
        "placed_at": order.placed_at.isoformat(),
        "expected": expected_words(order) or None,
        "carrier": order.carrier,
        "tracking_code": order.tracking_code,
        "tracking_url": order.tracking_url,
        "lines": [
            {"title": _title(line), "quantity": line.quantity, "price_cents": line.price_cents}
            for line in order.lines
        ],
    }


def order_facts(order: Order) -> dict[str, str]:
    """What any response about an order may mention."""
    return {
        "number": order.number,
        "items": items_words(order),
        "status": STATUS_WORDS[order.status],
        "total": money(order.total_cents, order.currency),
        "placed": day(order.placed_at),
    }


def _title(line: OrderLine) -> str:
    details = ", ".join(filter(None, (line.colour, line.size if line.size != "one size" else "")))
    return f"{line.title} ({details})" if details else line.title
