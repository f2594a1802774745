"""Which line of the basket does the shopper mean, and how much of it should stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.base import Turn
from actions.product_reference import name_words, named, place
from actions.product_stock import among, same
from shop.carts import CartLine

EVERYTHING = re.compile(r"\b(everything|empty|clear|whole (?:basket|cart|lot)|all(?: of (?:it|them))?)\b", re.I)
ONE_LESS = re.compile(r"\b(one (?:less|fewer)|only one|just one|one of the)\b", re.IGNORECASE)
NAMED_IN_CART = 60.0  # few lines, so half a name is enough to tell them apart
# Words for the basket itself are in no title.
NOT_A_NAME = frozenset(("basket", "cart", "trolley", "remove", "take", "delete", "out", "again", "anymore", "item"))


def lines_meant(turn: Turn, lines: Sequence[CartLine]) -> list[CartLine]:
    """Lines of the cart that the shopper means; empty where they said nothing that tells."""
    skus = turn.entities("sku")
    if skus:
        return [line for line in lines if line.sku in skus]
    ordinals = [place(int(each), len(lines)) for each in turn.entities("ordinal")]
    if ordinals:
        return [lines[each] for each in dict.fromkeys(ordinals) if each is not None]
    said = name_words(turn.text)
    # The words for the basket itself are in no title.
    said = " ".join(word for word in said.split() if word not in ("basket", "cart", "trolley", "bag", "remove", "take"))
    if said:
        titled = {each.product_id for each in named(said, [line.product for line in lines], NAMED_IN_CART)}
        if titled:
            return _of_form(turn, [line for line in lines if line.product.product_id in titled])
    kinds = [
        line
        for line in lines
        if any(same(line.product.category, each) for each in turn.entities("category"))
        or same(line.product.brand, turn.entity("brand"))
    ]
    matching = _of_form(turn, kinds or lines) if kinds or turn.entities("colour") or turn.entities("size") else []
    if matching:
        return matching
    focus = turn.slot("focus_product")
    discussed_lines = [line for line in lines if line.product.product_id == focus]
    if discussed_lines:
        return discussed_lines
    return list(lines) if len(lines) == 1 and not EVERYTHING.search(turn.text) else []


def _of_form(turn: Turn, lines: Sequence[CartLine]) -> list[CartLine]:
    """Those of ``lines`` in the colour and size said; all where none is."""
    wish = {name: [str(each) for each in turn.entities(name)] for name in ("colour", "size") if turn.entities(name)}
    fitting = [
        line for line in lines if all(among(getattr(line.variant, name), values) for name, values in wish.items())
    ]
    return fitting or list(lines)


def left_of(turn: Turn, line: CartLine) -> int:
    """Pieces that stay: "one less" and "only one" keep some, everything else takes the whole line."""
    text = turn.text.lower()
    if line.quantity < 2 or not ONE_LESS.search(text):
        return 0
    return 1 if "only one" in text or "just one" in text else line.quantity - 1
