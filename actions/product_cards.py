"""Products as the widget draws them, and the record of what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import SlotSet

from actions.product_stock import fitting, in_stock, price_of, stock_note
from shop.catalogue import Product

# The rankings are deterministic: what is shown would have been shown at its place with certainty. Off-policy
# estimates from these exposures need another number only when a ranking draws lots.
CERTAIN = 1.0
# Whoever talks of something else has let the question of size and colour drop.
NO_CART_QUESTION = SlotSet("cart_question", None)


def card(product: Product, filters: dict[str, Any] | None = None, reason: str | None = None) -> dict[str, Any]:
    """One product for the widget. ``filters``: what was asked for, so that price, colour and note speak of that."""
    filters = filters or {}
    price_cents, was_cents = price_of(product, filters)
    pictured = in_stock(product, filters) or fitting(product, filters)
    return {
        "product_id": product.product_id,
        "title": product.title,
        "brand": product.brand,
        "price_cents": price_cents,
        "currency": product.currency,
        "was_cents": was_cents,
        "picture": product.picture_in(pictured[0].colour) if pictured else product.picture,
        "url": product.url,
        "rating": product.rating,
        "rating_count": product.rating_count,
        "in_stock": bool(in_stock(product, filters)),
        "note": stock_note(product, filters),
        "reason": reason,
    }


def exposures(products: Sequence[Product], source: str, first: int = 1) -> list[dict[str, Any]]:
    """What was shown: one entry a product. ``source``: search, recommend or similar; ``first``: its position."""
    return [
        {"product_id": product.product_id, "position": position, "probability": CERTAIN, "source": source}
        for position, product in enumerate(products, start=first)
    ]


def shown(products: Sequence[Product]) -> list[dict[str, Any]]:
    """Events after a list was shown: "the second one" now means its second; "it" only where there is just one."""
    focus = products[0].product_id if len(products) == 1 else None
    return [
        SlotSet("shown_products", [product.product_id for product in products]),
        SlotSet("focus_product", focus),
        NO_CART_QUESTION,
    ]


def discussed(product: Product) -> list[dict[str, Any]]:
    """Events after one product was discussed: "it" now means this one; "the second one" stays what it was."""
    return [SlotSet("focus_product", product.product_id), NO_CART_QUESTION]
