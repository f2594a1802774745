"""Offers: the promotions that hold for this shopper, their conditions said plainly; and what is reduced."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.product_cards import card, exposures, shown
from actions.product_cart import cart_of
from actions.product_finder import DEPTH, PAGE
from actions.product_stock import price_of
from actions.product_talk import category_buttons, words_of
from actions.product_wording import button, listing, plain
from shop import catalogue, promotions
from shop.carts import Cart
from shop.catalogue import Product
from shop.promotions import Promotion

MOST = 3  # offers in one reply: more is a leaflet
REDUCED = re.compile(r"\b(on sale|in the sale|sale (?:items?|products?|section)|reduced|marked down|clearance)\b", re.I)


class AskOffers(ShopAction):
    """The offers that hold for this shopper; says so where there is none."""

    action_name = "action_offers"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        if REDUCED.search(turn.text) and (products := reduced(turn)):
            turn.say(
                "utter_reduced",
                cards=[card(each) for each in products],
                exposures=exposures(products, "search"),
                buttons=[button("Any codes as well?", "ask_offers")],
            )
            return [*shown(products), SlotSet("search", None)]
        cart = cart_of(turn)
        offers = promotions.for_customer(turn.db, turn.customer_id, cart)[:MOST]
        if not offers:
            turn.say("utter_no_offers", buttons=category_buttons(turn)[:2])
            return []
        for offer in offers:
            turn.say(
                "utter_offer" if offer is offers[0] else "utter_another_offer",
                title=plain(offer.title),
                code=offer.code,
                conditions=plain(conditions(turn, offer, cart), 300),
                offer={
                    "code": offer.code,
                    "title": offer.title,
                    "text": offer.text,
                    "ends_at": offer.ends_at.isoformat(),
                },
                buttons=_next_steps(turn, offer) if offer is offers[-1] else [],
            )
        return []


def conditions(turn: Turn, offer: Promotion, cart: Cart) -> str:
    """What has to hold, in a sentence: what it is for, from which total, until when, and what is still missing."""
    holds = []
    if offer.category or offer.brand:
        names = [
            *words_of(turn).category_names([offer.category] if offer.category else []),
            *filter(None, [offer.brand]),
        ]
        holds.append(f"for {listing(names)}")
    if offer.conditions.get("first_order"):
        holds.append("for a first order")
    if offer.conditions.get("min_orders"):
        holds.append(f"for customers with {offer.conditions['min_orders']} orders or more")
    if offer.min_subtotal_cents:
        missing = offer.min_subtotal_cents - cart.subtotal_cents
        there = f", {turn.money(missing)} more than your basket holds now" if missing > 0 and cart.lines else ""
        holds.append(f"from {turn.money(offer.min_subtotal_cents)}{there}")
    holds.append(f"until {turn.date(offer.ends_at)}")
    return listing(holds)


def reduced(turn: Turn) -> list[Product]:
    """Products in stock that cost less than before, the largest reduction first; of the category said, if any."""
    slugs = turn.entities("category") or [""]
    found = [
        each
        for slug in slugs
        for each in catalogue.by_category(turn.db, str(slug), "popular", page_size=DEPTH).items
        if each.in_stock and price_of(each, {})[1]
    ]
    return sorted(found, key=_share)[:PAGE]


def _share(product: Product) -> float:
    price_cents, was_cents = price_of(product, {})
    return price_cents / was_cents if was_cents else 1.0


def _next_steps(turn: Turn, offer: Promotion) -> list[dict[str, str]]:
    buttons = []
    if offer.category:
        name = words_of(turn).category_names([offer.category])[0]
        buttons.append(button(f"Show {name}", "search_product", category=offer.category))
    elif offer.brand:
        buttons.append(button(f"Show {offer.brand}", "search_product", brand=offer.brand))
    return [*buttons, button("Show my basket", "show_cart"), button("Something for me", "recommend")]
