"""The basket: putting in what can be bought, showing it with its total, taking things out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.product_answer import answer
from actions.product_cards import discussed
from actions.product_cart_lines import EVERYTHING, left_of, lines_meant
from actions.product_personal import note_event
from actions.product_query import Query
from actions.product_reference import CHOICES, ask_which, refer
from actions.product_stock import among, in_stock, nearest_sizes, options
from actions.product_talk import category_buttons, heard
from actions.product_wording import button, counted, listing, plain, variant_words
from shop import carts, catalogue, policies
from shop.carts import Cart
from shop.catalogue import Product, Variant
from shop.errors import NotAllowed
from shop.limits import QUANTITY


class AddToCart(ShopAction):
    """Puts a product into the basket; asks for size and colour where there is a choice."""

    action_name = "action_add_to_cart"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        asked = turn.slot("cart_question")
        answering = bool(asked) and turn.intent != "add_to_cart"
        product = catalogue.product(turn.db, asked) if answering else None
        if product is None:
            reference = refer(turn, by=("category", "brand", "material"))
            product = reference.product
        if product is None:
            message = heard(turn)
            if not reference.candidates and (message.text or message.filters):
                return answer(turn, Query.of(message))  # "add three mugs": which mugs comes first
            ask_which(turn, reference, "add_to_cart", size=turn.entity("size"), colour=turn.entity("colour"))
            return []
        if not product.in_stock or not product.active:
            turn.say(
                "utter_cart_sold_out",
                title=plain(product.title),
                buttons=[button("Something similar", "recommend", product_id=product.product_id)],
            )
            return [*discussed(product), SlotSet("cart_question", None)]
        wish = _wish(turn, product, answering)
        left = in_stock(product, wish)
        if not left:
            return _not_available(turn, product, wish)
        for name in ("size", "colour"):
            choices = options(left, name)
            if len(choices) > 1:
                return _ask(turn, product, name, choices, wish)
        return _put(turn, product, min(left, key=lambda each: each.price_cents))


class ShowCart(ShopAction):
    """What is in the basket, what it comes to, and what is missing to free delivery."""

    action_name = "action_show_cart"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        cart = cart_of(turn)
        if not cart.lines:
            turn.say("utter_cart_empty", buttons=category_buttons(turn))
            return []
        columns = ["Product", "Form", "Pieces", "Price"]
        rows = [
            [
                line.product.title,
                variant_words(line.variant.colour, line.variant.size),
                str(line.quantity),
                turn.money(line.total_cents),
            ]
            for line in cart.lines
        ]
        gone = [line for line in cart.lines if line.variant.stock < line.quantity]
        turn.say(
            "utter_cart_short_stock" if gone else "utter_cart",
            table={"columns": columns, "rows": rows},
            link={"title": "Open your basket", "url": "/cart"},
            pieces=counted(cart.count, "piece"),
            total=turn.money(cart.subtotal_cents),
            delivery=delivery_words(turn, cart),
            short=listing(plain(line.product.title) for line in gone),
            buttons=[
                button("How do I order?", "place_order"),
                button("Any offers for me?", "ask_offers"),
                button("Take something out", "remove_from_cart"),
            ],
        )
        return []


class RemoveFromCart(ShopAction):
    """Takes a line, a piece of it or everything out of the basket."""

    action_name = "action_remove_from_cart"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        cart = cart_of(turn)
        if not cart.lines:
            turn.say("utter_cart_empty", buttons=category_buttons(turn))
            return []
        lines = lines_meant(turn, cart.lines)
        if not lines and EVERYTHING.search(turn.text):
            carts.clear(turn.db, turn.owner)
            for line in cart.lines:
                note_event(turn, "remove_from_cart", product_id=line.product.product_id, sku=line.sku)
            turn.say("utter_cart_cleared", pieces=counted(cart.count, "piece"))
            return []
        if len(lines) != 1:
            choices = (lines or cart.lines)[:CHOICES]
            turn.say(
                "utter_ask_which_line",
                names=listing((plain(each.product.title) for each in choices), "or"),
                buttons=[button(each.product.title, "remove_from_cart", sku=each.sku) for each in choices],
            )
            return []
        line = lines[0]
        left = left_of(turn, line)
        if left:
            cart = carts.set_quantity(turn.db, turn.owner, line.sku, left)
        else:
            cart = carts.remove(turn.db, turn.owner, line.sku)
        note_event(turn, "remove_from_cart", product_id=line.product.product_id, sku=line.sku)
        turn.say(
            "utter_cart_reduced" if left else "utter_removed_from_cart",
            title=plain(line.product.title),
            left=counted(left, "piece"),
            total=turn.money(cart.subtotal_cents),
            buttons=[button("Show my basket", "show_cart")] if cart.lines else [],
        )
        return []


def cart_of(turn: Turn) -> Cart:
    """The shopper's cart; empty where the channel names neither a customer nor a visitor."""
    return carts.cart(turn.db, turn.owner) if turn.customer_id or turn.visitor_id else Cart(turn.owner)


def delivery_words(turn: Turn, cart: Cart) -> str:
    """What is missing to free delivery, or that it is reached."""
    facts = policies.facts(turn.db)
    missing = facts["free_shipping_from_cents"] - cart.subtotal_cents
    if missing > 0:
        fee = turn.money(facts["shipping_cents"])
        return f"Standard delivery is {fee}; it is free with {turn.money(missing)} more."
    return "Standard delivery is free."


def _wish(turn: Turn, product: Product, answering: bool) -> dict[str, Any]:
    """The form wished for: what was said now, else what the search was for where the product comes in it."""
    running = Query.from_slot(turn.slot("search"))
    wish: dict[str, Any] = {}
    for name in ("size", "colour", "material"):
        made = options(product.variants, name)
        said = [str(each) for each in turn.entities(name)]
        if not said and answering:
            said = _in_words(turn.text, made)
        if said and (name != "material" or any(among(each, made) for each in said)):
            wish[name] = said[-1:]
        elif running and not answering:
            searched = [each for each in running.filters.get(name) or [] if among(each, made)]
            if len(searched) == 1 and in_stock(product, {**wish, name: searched}):
                wish[name] = searched
    return wish


def _in_words(text: str, values: Sequence[str]) -> list[str]:
    """Which of ``values`` the text names: the answer "42" or "1.5 l" needs no "size" before it."""
    spoken = f" {' '.join(text.lower().replace(',', ' ').split())} ".replace(". ", " ")
    return [value for value in sorted(values, key=len, reverse=True) if f" {value.lower()} " in spoken][:1]


def _ask(
    turn: Turn, product: Product, name: str, choices: Sequence[str], wish: dict[str, Any]
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
                **{
                    "product_id": product.product_id,
                    "quantity": turn.entity("quantity"),
                    **known,
                    name: choice,
                },
            )
            for choice in choices[:CHOICES]
        ],
    )
    return [*discussed(product), SlotSet("cart_question", product.product_id)]


def _not_available(turn: Turn, product: Product, wish: dict[str, Any]) -> list[dict[str, Any]]:
    """Say what of the wish cannot be had, and offer what can."""
    size = (wish.get("size") or [None])[-1]
    colour = (wish.get("colour") or [None])[-1]
    nearest = nearest_sizes(product, size, wish, CHOICES) if size else []
    colours = options(in_stock(product, {**wish, "colour": None}), "colour") if colour else []
    if nearest:
        offered, name = nearest, "size"
    elif colours:
        offered, name = colours, "colour"
    else:
        offered, name, wish = options(in_stock(product, {}), "size"), "size", {}
        colour = None
    given = {"size": size, "colour": colour} | {name: None}
    turn.say(
        "utter_variant_not_available",
        title=plain(product.title),
        variant=plain(variant_words((wish.get("colour") or [None])[-1], size)) or "that form",
        choices=listing(offered) or "other forms",
        buttons=[
            button(each, "add_to_cart", **{**given, "product_id": product.product_id, name: each})
            for each in offered[:CHOICES]
        ],
    )
    return [*discussed(product), SlotSet("cart_question", product.product_id)]


def _put(turn: Turn, product: Product, variant: Variant) -> list[dict[str, Any]]:
    wanted = int(turn.entity("quantity") or 1)
    had = sum(line.quantity for line in cart_of(turn).lines if line.sku == variant.sku)
    quantity = max(0, min(wanted, variant.stock - had, QUANTITY - had))
    title, form = plain(product.title), variant_words(variant.colour, variant.size)
    done = [*discussed(product), SlotSet("cart_question", None)]
    if quantity == 0:
        turn.say("utter_cart_no_more_of_it", title=title, had=counted(had, "piece"), buttons=_after(product))
        return done
    try:
        cart = carts.add(turn.db, turn.owner, variant.sku, quantity, request_id=turn.message_id)
    except NotAllowed as refused:  # sold between our look and the lock
        turn.say("utter_cart_refused", title=title, reason=refused.message, buttons=_after(product))
        return done
    note_event(turn, "add_to_cart", product_id=product.product_id, sku=variant.sku)
    turn.say(
        "utter_added_to_cart" if quantity == wanted else "utter_added_fewer",
        title=title,
        pieces=f"{quantity} × " if quantity > 1 else "",
        form=f" ({plain(form)})" if form else "",
        available=counted(quantity, "piece"),
        total=turn.money(cart.subtotal_cents),
        delivery=delivery_words(turn, cart),
        buttons=_after(product),
    )
    return done


def _after(product: Product) -> list[dict[str, str]]:
    return [
        button("Show my basket", "show_cart"),
        button("How do I order?", "place_order"),
        button("Something similar", "recommend", product_id=product.product_id),
    ]
