"""A message that names something on the shelves is a search, however unsure the classifier is of it.

It learned from sentences about one shop. "Red kettle" may well have been no business of that shop, but the catalogue
that is loaded decides.
"""

from __future__ import annotations

import re

from actions.base import Turn
from actions.product_query import NO_CONTENT, Query
from actions.product_talk import heard
from actions.product_vocabulary import stems
from shop import catalogue
from shop.catalogue import Product

CANDIDATES = 30  # nearest products that are looked at
MOST_WORDS = 5  # who wants a product names it; a longer sentence tells of something else
CERTAIN = 0.9  # so sure that something is no business of a shop's, the classifier has no product in mind
NO_WISH = re.compile(r"^\W*(?:how|why|who|when|where)\b", re.IGNORECASE)  # "how do I make pancakes"


def named_search(turn: Turn) -> Query | None:
    """The search for what the message names; None unless one product has every word that is not filler.

    Every word, as "can you repair my kettle" is no wish for a kettle. None inside a form and for a button.
    """
    if turn.tracker.active_loop_name or turn.text.startswith("/") or NO_WISH.search(turn.text):
        return None
    understood = turn.tracker.latest_message.get("intent") or {}
    if understood.get("name") == "out_of_scope" and (understood.get("confidence") or 0.0) >= CERTAIN:
        return None
    message = heard(turn)
    words = {word for word in stems(message.text) if word not in NO_CONTENT}
    if not 0 < len(words) <= MOST_WORDS:
        return None
    hits = turn.search.search(message.text, None, CANDIDATES)
    products = catalogue.products(turn.db, [hit.product_id for hit in hits])
    return Query.of(message) if any(words <= _words_of(each) for each in products) else None


def _words_of(product: Product) -> set[str]:
    return set(stems(" ".join((product.title, product.brand, product.kind, *product.colours, *product.materials))))
