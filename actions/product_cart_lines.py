"""Which line of the basket does the shopper mean, and how much of it should stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.base import Turn
from actions.product_reference import name_words, named, place
from actions.product_stock import among
from shop.carts import CartLine

EVERYTHING = re.compile(r"\b(everything|empty|clear|whole (?:basket|cart|lot)|all(?: of (?:it|them))?)\b", re.I)
ONE_LESS = re.compile(r"\b(one (?:less|fewer)|only one|just one|one of the)\b", re.IGNORECASE)
NAMED_IN_CART = 60.0  # few lines, so half a name is enough to tell them apart
# Words for the basket itself are in no title.
NOT_A_NAME = frozenset(("basket", "cart", "trolley", "remove", "take", "delete", "out", "again", "anymore", "item"))


def lines_meant(turn: Turn, lines: Sequence[CartLine]) -> list[CartLine]:
    """Lines of the cart that the shopper means; empty where they said nothing that tells, or meant all of it."""
    meant = _by_place(turn, lines) or _by_name(turn, lines) or _by_property(turn, lines)
    if meant or EVERYTHING.search(turn.text):
        return meant
    focus = turn.slot("focus_product")
    discussed = [line for line in lines if line.product.product_id == focus]
    return discussed or (list(lines) if len(lines) == 1 else [])


def _by_place(turn: Turn, lines: Sequence[CartLine]) -> list[CartLine]:
    """By button, or by "the second"."""
    skus = turn.entities("sku")
    if skus:
        return [line for line in lines if line.sku in skus]
    places = [place(int(each), len(lines)) for each in turn.entities("ordinal")]
    return [lines[each] for each in dict.fromkeys(places) if each is not None]


def _by_name(turn: Turn, lines: Sequence[CartLine]) -> list[CartLine]:
    said = " ".join(word for word in name_words(turn.text).split() if word not in NOT_A_NAME)
    titled = {each.product_id for each in named(said, [line.product for line in lines], NAMED_IN_CART)} if said else ()
    return _of_form(turn, [line for line in lines if line.product.product_id in titled])


def _by_property(turn: Turn, lines: Sequence[CartLine]) -> list[CartLine]:
    """By category, brand, colour or size."""
    of_kind = [
        line
        for line in lines
        if among(line.product.category, turn.entities("category")) or among(line.product.brand, turn.entities("brand"))
    ]
    if of_kind or turn.entities("colour") or turn.entities("size"):
        return _of_form(turn, of_kind or lines)
    return []


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
