"""The basket: showing it with its total, and taking things out again."""

from __future__ import annotations

from typing import Any

from actions.base import ShopAction, Turn
from actions.product_cart_lines import EVERYTHING, left_of, lines_meant
from actions.product_personal import note_event
from actions.product_reference import CHOICES
from actions.product_talk import category_buttons
from actions.product_wording import button, counted, listing, plain, variant_words
from shop import carts, catalogue, policies
from shop.carts import Cart, CartLine


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
        taken = changed_by_this_message(turn)
        if taken:  # carried out before, though its answer was lost: "the first one" is another line by now
            _say_taken(turn, taken)
            return []
        cart = cart_of(turn)
        if not cart.lines:
            turn.say("utter_cart_empty", buttons=category_buttons(turn))
            return []
        lines = lines_meant(turn, cart.lines)
        if not lines and EVERYTHING.search(turn.text):
            for line in cart.lines:
                _take_out(turn, line, 0)
            carts.set_promotion(turn.db, turn.owner, None)
            _say_taken(turn, {line.sku: -line.quantity for line in cart.lines})
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
        _take_out(turn, line, left)
        _say_taken(turn, {line.sku: left - line.quantity})
        return []


def _take_out(turn: Turn, line: CartLine, left: int) -> None:
    """Leave ``left`` pieces of the line."""
    carts.set_quantity(turn.db, turn.owner, line.sku, left, request_id=turn.message_id)
    note_event(turn, "remove_from_cart", product_id=line.product.product_id, sku=line.sku)


def _say_taken(turn: Turn, taken: dict[str, int]) -> None:
    """``taken``: as ``carts.changed_by`` tells it."""
    cart = cart_of(turn)
    if len(taken) > 1 or not cart.lines:
        turn.say("utter_cart_cleared", pieces=counted(-sum(taken.values()), "piece"))
        return
    sku = next(iter(taken))
    left = next((line.quantity for line in cart.lines if line.sku == sku), 0)
    product = catalogue.product(turn.db, catalogue.products_of_skus(turn.db, [sku])[0])
    turn.say(
        "utter_cart_reduced" if left else "utter_removed_from_cart",
        title=plain(product.title),
        left=counted(left, "piece"),
        total=turn.money(cart.subtotal_cents),
        buttons=[button("Show my basket", "show_cart")],
    )


def changed_by_this_message(turn: Turn) -> dict[str, int]:
    """What this very message did to the cart already, as ``carts.changed_by`` tells it; mostly nothing."""
    return carts.changed_by(turn.db, turn.owner, turn.message_id) if turn.customer_id or turn.visitor_id else {}


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
