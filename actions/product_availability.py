"""Is it there: in this size, in that colour, at all; and if not, what comes nearest."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.product_answer import answer
from actions.product_cards import card, discussed, exposures
from actions.product_query import Query, Shown
from actions.product_reference import CHOICES, ask_which, refer
from actions.product_stock import LOW_STOCK, fitting, in_stock, nearest_sizes, options, price_of
from actions.product_talk import heard
from actions.product_wording import button, listing, plain, variant_words
from models.product_search import Filters
from shop import catalogue
from shop.catalogue import Product

SIMILAR = 3  # cards under "that one is sold out": enough to help, too few to change the subject
DEFINITE = re.compile(r"\b(the|this|that|these|those|it|its|them|they|one)\b", re.IGNORECASE)


SEVERAL = re.compile(r"\b(ones|them|these|those|they|any|some|which|all)\b", re.IGNORECASE)


class CheckAvailability(ShopAction):
    """Stock of a product, or of the form of it that was asked for."""

    action_name = "action_check_availability"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message = heard(turn)
        named_only = turn.entities("category") and not DEFINITE.search(turn.text)
        if named_only and not turn.text.startswith("/"):
            return answer(turn, Query.of(message))  # "do you have hiking boots in 42" means any
        reference = refer(turn, by=("category", "brand", "material"))
        if reference.product is None:
            if not reference.candidates and (message.text or message.filters):
                return answer(turn, Query.of(message))
            running = Query.from_slot(turn.slot("search"))
            if running and message.filters and SEVERAL.search(turn.text) and reference.out_of_range is None:
                return answer(turn, running.refined(message, Shown()))  # "only those you have in 43"
            ask_which(turn, reference, "check_availability", size=turn.entity("size"), colour=turn.entity("colour"))
            return []
        product = reference.product
        wish = {name: [str(turn.entity(name))] for name in ("size", "colour") if turn.entity(name)}
        if not product.in_stock:
            return _say_sold_out(turn, product, wish)
        if wish:
            _say_form(turn, product, wish)
        else:
            _say_all(turn, product)
        return discussed(product)


def _form(wish: dict[str, Any]) -> str:
    return plain(variant_words((wish.get("colour") or [None])[0], (wish.get("size") or [None])[0]))


def _say_all(turn: Turn, product: Product) -> None:
    """In stock: list what there is."""
    available = in_stock(product, {})
    sizes = [each for each in options(available, "size") if each != "one size"]
    colours = options(available, "colour")
    forms = [f"in {listing(colours)}"] if colours else []
    if sizes:
        forms.append(f"in size{'s' if len(sizes) > 1 else ''} {listing(sizes)}")
    left = sum(variant.stock for variant in available)
    turn.say(
        "utter_in_stock",
        title=plain(product.title),
        forms=plain(", ".join(forms), 200) or "ready to send",
        left=f"only {left} left" if left <= LOW_STOCK else "plenty left" if left > 20 else f"{left} left",
        cards=[card(product)],
        buttons=[button("Add to basket", "add_to_cart", product_id=product.product_id)],
    )


def _say_form(turn: Turn, product: Product, wish: dict[str, Any]) -> None:
    """In stock or not in the size and colour asked for."""
    title, size, colour = (
        plain(product.title),
        (wish.get("size") or [None])[0],
        (wish.get("colour") or [None])[0],
    )
    available = in_stock(product, wish)
    if available:
        left = sum(variant.stock for variant in available)
        turn.say(
            "utter_form_in_stock",
            title=title,
            form=_form(wish),
            left=f"only {left} left" if left <= LOW_STOCK else f"{left} left",
            price=turn.money(price_of(product, wish)[0]),
            cards=[card(product, wish)],
            buttons=[button("Add to basket", "add_to_cart", product_id=product.product_id, size=size, colour=colour)],
        )
        return
    nearest = nearest_sizes(product, size, wish) if size else []
    colours = options(in_stock(product, {**wish, "colour": None}), "colour") if colour else []
    instead = []
    if nearest:
        instead.append(f"{_in_colour(colour)}there is size {listing(nearest)}")
    if colours:
        instead.append(f"{'in size ' + size + ' ' if size else ''}there is {listing(colours[:3])}")
    if not instead:
        left = in_stock(product, {})
        instead.append(f"there is {listing(variant_words(each.colour, each.size) for each in left[:3])}")
    buttons = [
        button(f"Size {each}", "add_to_cart", product_id=product.product_id, size=each, colour=colour)
        for each in nearest
    ]
    buttons += [
        button(each.capitalize(), "add_to_cart", product_id=product.product_id, size=size, colour=each)
        for each in colours[: CHOICES - 1 - len(buttons)]
    ]
    buttons.append(button("Something similar", "recommend", product_id=product.product_id, size=size))
    turn.say(
        "utter_form_sold_out" if fitting(product, wish) else "utter_form_not_made",
        title=title,
        form=_form(wish),
        instead=plain(" and ".join(instead), 200),
        cards=[card(product, wish)],
        buttons=buttons,
    )


def _in_colour(colour: str | None) -> str:
    return f"in {colour} " if colour else ""


def _say_sold_out(turn: Turn, product: Product, wish: dict[str, Any]) -> list[dict[str, Any]]:
    """Nothing of it left: what is like it and can be had, in the size asked for."""
    filters = Filters(category=[product.category], size=wish.get("size"), in_stock=True)
    hits = turn.search.similar(product.product_id, filters, SIMILAR * 2)
    products = [each for each in catalogue.products(turn.db, [hit.product_id for hit in hits]) if in_stock(each, wish)][
        :SIMILAR
    ]
    turn.say(
        "utter_sold_out" if products else "utter_sold_out_alone",
        title=plain(product.title),
        cards=[card(each, wish) for each in products] or None,
        exposures=exposures(products, "similar") or None,
        buttons=[button(each.title, "product_details", product_id=each.product_id) for each in products],
    )
    if products:  # "the first one" now means the first of these
        return [SlotSet("shown_products", [each.product_id for each in products]), *discussed(product)]
    return discussed(product)
