"""Putting a product into the basket: which form of it, whether it is there, and how many."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.history import form_asked_about
from actions.product_answer import answer
from actions.product_cards import discussed
from actions.product_cart import cart_of, changed_by_this_message, delivery_words
from actions.product_personal import note_event
from actions.product_query import Query
from actions.product_reference import CHOICES, ask_which, refer
from actions.product_stock import among, in_stock, nearest_sizes, options
from actions.product_talk import heard
from actions.product_wording import button, counted, listing, plain, variant_words
from shop import carts, catalogue
from shop.carts import Cart
from shop.catalogue import Product, Variant
from shop.errors import NotAllowed
from shop.limits import QUANTITY

SIZE_CHOICES = 12  # shoes come in about so many, and half a ladder of sizes is of no use to the other feet


class AddToCart(ShopAction):
    """Puts a product into the basket; asks for size and colour where there is a choice."""

    action_name = "action_add_to_cart"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        done = changed_by_this_message(turn)
        return _tell_again(turn, done) if done else self._add(turn)

    def _add(self, turn: Turn) -> list[dict[str, Any]]:
        asked = _asked(turn)
        product = catalogue.product(turn.db, asked["product_id"]) if asked and turn.intent != "add_to_cart" else None
        if product is None:
            reference = refer(turn, by=("category", "brand", "material"))
            product = reference.product
        if product is None:
            message = heard(turn)
            if not reference.candidates and (message.text or message.filters):
                return answer(turn, Query.of(message))  # "add three mugs": which mugs comes first
            ask_which(turn, reference, "add_to_cart", size=turn.entity("size"), colour=turn.entity("colour"))
            return []
        if not (product.active and product.in_stock):
            turn.say(
                "utter_cart_sold_out",
                title=plain(product.title),
                buttons=[button("Something similar", "recommend", product_id=product.product_id)],
            )
            return discussed(product)
        if asked and asked["product_id"] != product.product_id:
            asked = None
        wish = _wish(turn, product, asked)
        wanted = int(turn.entity("quantity") or (asked or {}).get("quantity") or 1)
        left = in_stock(product, wish)
        if not left:
            return _not_available(turn, product, wish, wanted)
        for name in ("size", "colour"):
            choices = options(left, name)
            if len(choices) > 1:
                return _ask(turn, product, name, choices, wish, wanted)
        return _put(turn, product, min(left, key=lambda each: each.price_cents), wanted)


def names_a_form(turn: Turn) -> bool:
    """Whether the message names a size, a colour or a quantity of the product whose form was asked for."""
    asked = _asked(turn)
    product = catalogue.product(turn.db, asked["product_id"]) if asked else None
    if product is None:
        return False
    if any(turn.entities(name) for name in ("size", "colour", "quantity")):
        return True
    return any(_in_words(turn.text, options(product.variants, name)) for name in ("size", "colour"))


def _asked(turn: Turn) -> dict[str, Any] | None:
    """The question that is open: product_id, the part of the form already chosen, quantity; None where none is."""
    value = turn.slot("cart_question")
    return json.loads(value) if value else None


def _question(product: Product, wish: dict[str, Any], wanted: int) -> list[dict[str, Any]]:
    """Events that keep the question open. Text, as rules depend on whether it is set."""
    chosen = {name: values[-1] for name, values in wish.items() if values}
    kept = json.dumps({"product_id": product.product_id, "quantity": wanted, **chosen}, ensure_ascii=False)
    return [*discussed(product), SlotSet("cart_question", kept)]


def _wish(turn: Turn, product: Product, asked: dict[str, Any] | None) -> dict[str, Any]:
    """The form wished for: what is said now, else what was chosen before the question, else what was just asked about,
    else what was searched for.
    """
    running = Query.from_slot(turn.slot("search"))
    in_talk = {} if asked else form_asked_about(turn.tracker)
    if turn.slot("focus_product") != product.product_id:
        in_talk = {}  # it was asked about another one
    wish: dict[str, Any] = {}
    for name in ("size", "colour", "material"):
        made = options(product.variants, name)
        said = [str(each) for each in turn.entities(name)]
        if not said and asked:
            said = _in_words(turn.text, made) or ([asked[name]] if name in asked else [])
        if said and (name != "material" or any(among(each, made) for each in said)):
            wish[name] = said[-1:]
        elif name in in_talk and among(in_talk[name], made):
            wish[name] = [in_talk[name]]
        elif running and not asked:
            searched = [each for each in running.filters.get(name) or [] if among(each, made)]
            if len(searched) == 1 and in_stock(product, {**wish, name: searched}):
                wish[name] = searched
    return wish


def _in_words(text: str, values: Sequence[str]) -> list[str]:
    """Which of ``values`` the text names: the answer "42" or "1.5 l" needs no "size" before it."""
    longest_first = sorted(values, key=len, reverse=True)  # "light blue" before "blue"
    return [
        value for value in longest_first if re.search(rf"(?<![\w.,]){re.escape(value)}(?!\w)", text, re.IGNORECASE)
    ][:1]


def _ask(
    turn: Turn, product: Product, name: str, choices: Sequence[str], wish: dict[str, Any], wanted: int
) -> list[dict[str, Any]]:
    known = {each: values[-1] for each, values in wish.items() if each != "material"}
    turn.say(
        f"utter_cart_ask_{name}",
        title=plain(product.title),
        choices=listing(choices),
        buttons=[
            button(
                choice,
                "add_to_cart",
                **{"product_id": product.product_id, "quantity": wanted, **known, name: choice},
            )
            for choice in choices[:_most_buttons(name)]
        ],
    )
    return _question(product, wish, wanted)


def _most_buttons(name: str) -> int:
    return SIZE_CHOICES if name == "size" else CHOICES


def _not_available(turn: Turn, product: Product, wish: dict[str, Any], wanted: int) -> list[dict[str, Any]]:
    """Say what of the wish cannot be had, and offer what can."""
    size = (wish.get("size") or [None])[-1]
    colour = (wish.get("colour") or [None])[-1]
    wished = plain(variant_words(colour, size)) or "that form"
    nearest = nearest_sizes(product, size, wish, CHOICES) if size else []
    colours = options(in_stock(product, {**wish, "colour": None}), "colour") if colour else []
    if nearest:
        offered, name = nearest, "size"
    elif colours:
        offered, name = colours, "colour"
    else:
        offered, name = options(in_stock(product, {}), "size"), "size"
        colour = None  # what is left is of another colour as well
    given = {"size": size, "colour": colour} | {name: None}
    turn.say(
        "utter_variant_not_available",
        title=plain(product.title),
        variant=wished,
        choices=listing(offered) or "other forms",
        buttons=[
            button(each, "add_to_cart", **{**given, "product_id": product.product_id, "quantity": wanted, name: each})
            for each in offered[:_most_buttons(name)]
        ],
    )
    return _question(product, {each: [value] for each, value in given.items() if value}, wanted)


def _put(turn: Turn, product: Product, variant: Variant, wanted: int) -> list[dict[str, Any]]:
    had = sum(line.quantity for line in cart_of(turn).lines if line.sku == variant.sku)
    quantity = max(0, min(wanted, variant.stock - had, QUANTITY - had))
    title, done = plain(product.title), discussed(product)
    if quantity == 0:
        turn.say("utter_cart_no_more_of_it", title=title, had=counted(had, "piece"), buttons=_after(product))
        return done
    try:
        cart = carts.add(turn.db, turn.owner, variant.sku, quantity, request_id=turn.message_id)
    except NotAllowed as refused:  # sold between our look and the lock
        turn.say("utter_cart_refused", title=title, reason=refused.message, buttons=_after(product))
        return done
    note_event(turn, "add_to_cart", product_id=product.product_id, sku=variant.sku)
    response = "utter_added_to_cart" if quantity == wanted else "utter_added_fewer"
    _say_added(turn, response, product, variant, quantity, cart)
    return done


def _tell_again(turn: Turn, done: dict[str, int]) -> list[dict[str, Any]]:
    """The answer to a message that was carried out before, though its answer was lost: nothing is added twice."""
    sku, pieces = next(iter(done.items()))
    found = catalogue.products_of_skus(turn.db, [sku])
    product = catalogue.product(turn.db, found[0])
    variant = next(each for each in product.variants if each.sku == sku)
    _say_added(turn, "utter_added_to_cart", product, variant, pieces, cart_of(turn))
    return discussed(product)


def _say_added(turn: Turn, response: str, product: Product, variant: Variant, quantity: int, cart: Cart) -> None:
    words = plain(variant_words(variant.colour, variant.size))
    pieces, form = f"{quantity} × " if quantity > 1 else "", f" ({words})" if words else ""
    turn.say(
        response,
        title=plain(product.title),
        pieces=pieces,
        form=form,
        item=f"{pieces}the {plain(product.title)}{form}",
        available=counted(quantity, "piece"),
        total=turn.money(cart.subtotal_cents),
        delivery=delivery_words(turn, cart),
        buttons=_after(product),
    )


def _after(product: Product) -> list[dict[str, str]]:
    return [
        button("Show my basket", "show_cart"),
        button("How do I order?", "place_order"),
        button("Something similar", "recommend", product_id=product.product_id),
    ]
