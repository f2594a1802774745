"""Putting two to four products side by side: a table, and the main difference in a sentence of facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.product_cards import card
from actions.product_facts import facts, rating_words
from actions.product_reference import ask_which, refer_to_several
from actions.product_stock import in_stock, options
from actions.product_wording import button, listing, plain
from shop.catalogue import Product

MOST = 4  # columns that a phone can still show
MOST_ROWS = 8  # attributes beyond these differ in ways that decide nothing
SHORT = 34  # characters of a title in a sentence about two


class CompareProducts(ShopAction):
    """A table of what differs."""

    action_name = "action_compare_products"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        reference = refer_to_several(turn, MOST)
        products = reference.products
        if len(products) < 2:
            if reference.out_of_range is not None or len(reference.candidates) < 2:
                ask_which(turn, reference, "product_details")
            else:
                turn.say("utter_ask_what_to_compare", buttons=_pairs(reference.candidates))
            return []
        turn.say(
            "utter_compare",
            difference=difference(turn, products),
            names=plain(listing(plain(each.title, SHORT) for each in products), 200),
            table=table(turn, products),
            cards=[card(each) for each in products],
            buttons=[
                button(f"Take the {plain(each.title, SHORT - 9)}", "add_to_cart", product_id=each.product_id)
                for each in products
                if each.in_stock
            ],
        )
        # "The first one" now means the first of the table.
        return [
            SlotSet("shown_products", [each.product_id for each in products]),
            SlotSet("focus_product", None),
        ]


def table(turn: Turn, products: Sequence[Product]) -> dict[str, Any]:
    """Columns: what, then the products; rows: what every product has, then the attributes that differ."""
    rows = [
        ["Price", *(turn.money(each.price_cents) for each in products)],
        ["Rating", *(rating_words(each) for each in products)],
        ["Brand", *(each.brand for each in products)],
        ["Material", *(listing(each.materials) or "–" for each in products)],
    ]
    known = [facts(each) for each in products]
    names = list(dict.fromkeys(name for each in known for name in each if name != "material"))
    differing = [name for name in names if len({each.get(name) for each in known}) > 1]
    # What most of them tell comes first: a row of dashes compares nothing.
    differing.sort(key=lambda name: -sum(name in each for each in known))
    rows += [[name.capitalize(), *(each.get(name, "–") for each in known)] for name in differing[:MOST_ROWS]]
    rows.append(["Colours", *(listing(each.colours) or "–" for each in products)])
    if any(options(each.variants, "size") for each in products):
        rows.append(["Sizes in stock", *(_sizes_left(each) for each in products)])
    elif not all(each.in_stock for each in products):
        rows.append(["In stock", *("yes" if each.in_stock else "sold out" for each in products)])
    if not any(each.rating_count for each in products):
        rows = [row for row in rows if row[0] != "Rating"]
    rows = [row for row in rows if any(cell not in ("–", "one size") for cell in row[1:])]
    return {"columns": ["", *(each.title for each in products)], "rows": rows}


def _sizes_left(product: Product) -> str:
    """The sizes that can be bought; a product that comes in no sizes is just in stock or not."""
    if not product.in_stock:
        return "sold out"
    return listing(options(in_stock(product, {}), "size")) or "–"


def difference(turn: Turn, products: Sequence[Product]) -> str:
    """The main difference as one or two sentences of facts: price, then rating, then material."""
    names = {each.product_id: plain(each.title, SHORT) for each in products}
    by_price = sorted(products, key=lambda each: each.price_cents)
    cheapest, dearest = by_price[0], by_price[-1]
    gap = dearest.price_cents - cheapest.price_cents
    if gap:
        less = f"you pay {turn.money(gap)} less than for the {names[dearest.product_id]}"
        said = [f"For the {names[cheapest.product_id]} {less}"]
    else:
        said = ["The price is the same"]
    rated = [each for each in products if each.rating_count]
    if len(rated) > 1:
        best, worst = max(rated, key=lambda each: each.rating), min(rated, key=lambda each: each.rating)
        if round(best.rating, 1) != round(worst.rating, 1):
            said.append(
                f"the {names[best.product_id]} got the better rating, {best.rating:.1f} against {worst.rating:.1f}"
            )
    materials = [listing(each.materials) for each in products]
    if len(products) == 2 and len(set(materials)) == 2 and all(materials):
        first, second = (names[each.product_id] for each in products)
        said.append(f"the material of the {first} is {materials[0]}, that of the {second} {materials[1]}")
    return plain("; ".join(said), 320)


def _pairs(candidates: Sequence[Product]) -> list[dict[str, str]]:
    buttons = [button("The first two", "compare_products", ordinal=[1, 2])]
    if len(candidates) > 2:
        buttons.append(button("The first three", "compare_products", ordinal=[1, 2, 3]))
        buttons.append(button("The first and the last", "compare_products", ordinal=[1, -1]))
    return buttons
