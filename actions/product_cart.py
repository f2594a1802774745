"""The basket: showing it with its total, and taking things out again."""

from __future__ import annotations

from typing import Any

from actions.base import ShopAction, Turn
from actions.product_cart_lines import EVERYTHING, left_of, lines_meant
from actions.product_personal import note_event
from actions.product_reference import CHOICES
from actions.product_talk import category_buttons
from actions.product_wording import button, counted, listing, plain, variant_words
from shop import carts, policies
from shop.carts import Cart


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
