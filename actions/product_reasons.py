"""Why a product is recommended, in words that are true of this shopper and this shop; no words where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actions.base import Turn
from actions.product_personal import may_personalise
from actions.product_query import Query
from actions.product_wording import plain
from shop import catalogue, popularity
from shop.catalogue import Product
from shop.events import Event

SOURCES = 12  # different products of the shopper's own past that a recommendation may be explained by
TITLE_CHARS = 60
# Cosine from which "because you looked at ..." is true rather than polite: in the demo shop half of the pairs of one
# kind lie above 0.61, and of pairs from different departments 99 of 100 below 0.51.
LIKENESS = 0.55
# The same for the encoder: what follows one product alone has scores with a standard deviation of about 1, and at
# twice that the two belong together in the reader's eyes, too (a candle and a vase, football boots and shorts).
FOLLOWS = 2.0
WELL_RATED, RATED_OFTEN = 4.3, 10
OFTEN_TOGETHER = 3  # people who ordered both
BECAUSE = {
    "purchase": "Because you bought the {title}",
    "add_to_cart": "Because you put the {title} in your basket",
    "view": "Because you looked at the {title}",
    "click": "Because you looked at the {title}",
}
# What each of these is called where the reply model is told of it (data/replies/acts.toml).
KIND_OF_REASON = {"purchase": "bought", "add_to_cart": "basket", "view": "looked", "click": "looked"}
BOUGHT_BEFORE, SEEN_BEFORE = "You bought this before", "You looked at this before"
TOGETHER = "Often bought together with the {title}"


@dataclass(frozen=True)
class Reason:
    """Why a product is shown, as it stands on its card.

    ``kind`` (bought, basket or looked) and ``because``, a title, where it follows from one product of the shopper's.
    """

    text: str
    kind: str | None = None
    because: str | None = None


def reasons(turn: Turn, page: Sequence[Product], done: Sequence[Event], query: Query) -> dict[str, Reason]:
    """For each product shown why it is, by its id; without a true reason none. ``done``: what may steer it."""
    found: dict[str, Reason] = {}
    if query.goes_with:
        found = _together(turn, page, query.goes_with)
    elif query.sort == "newest":
        return {each.product_id: Reason(f"New since {turn.date(each.added_at)}") for each in page}
    elif by_taste(turn, query):
        found = _of_behaviour(turn, page, done)
    popular = turn.runtime.popular(turn.db)
    for each in page:
        if each.product_id in found:
            continue
        if each.product_id in popular and not query.like:
            found[each.product_id] = Reason("Popular this month")
        elif each.rating >= WELL_RATED and each.rating_count >= RATED_OFTEN:
            words = f"Rated {each.rating:.1f} of 5 by {each.rating_count} shoppers"
            found[each.product_id] = Reason(words)
    return found


def by_taste(turn: Turn, query: Query) -> bool:
    """Whether what the shopper did had a say. Not in an order of its own, and in a search only with consent."""
    return not query.like and query.sort is None and (not query.text or may_personalise(turn))


def _of_behaviour(turn: Turn, page: Sequence[Product], done: Sequence[Event]) -> dict[str, Reason]:
    """The one of the shopper's own products that speaks loudest for each product, where it speaks loudly enough."""
    own = _own_products(turn, done)
    if not own or not page:
        return {}
    search = turn.search
    learned = search.behaviour is not None and may_personalise(turn)
    # What somebody would be recommended who did nothing but this: (sources, d), None where that is not known.
    asked = [search.customer_vector([event], behaviour=learned) for event, _ in own]
    vectors = search.vectors([each.product_id for each in page])
    scores = np.array([vectors @ each if each is not None else np.full(len(page), -np.inf) for each in asked])
    bought = {event.product_id for event in done if event.kind == "purchase"}
    seen = {event.product_id for event in done if event.kind in ("view", "click")}
    found = {}
    for place, product in enumerate(page):
        source = int(np.argmax(scores[:, place]))
        event, origin = own[source]
        if product.product_id in bought:
            found[product.product_id] = Reason(BOUGHT_BEFORE)
        elif product.product_id in seen:
            found[product.product_id] = Reason(SEEN_BEFORE)
        elif origin.product_id != product.product_id and scores[source, place] >= (FOLLOWS if learned else LIKENESS):
            text = _titled(BECAUSE[event.kind], origin)
            found[product.product_id] = Reason(text, KIND_OF_REASON[event.kind], plain(origin.title, TITLE_CHARS))
    return found


def _together(turn: Turn, page: Sequence[Product], product_id: str) -> dict[str, Reason]:
    origin = catalogue.product(turn.db, product_id)
    people = popularity.together(turn.db, product_id, [each.product_id for each in page])
    return {each: Reason(_titled(TOGETHER, origin)) for each, count in people.items() if count >= OFTEN_TOGETHER}


def _titled(sentence: str, product: Product) -> str:
    # Replaced and not formatted: a title may hold braces.
    return sentence.replace("{title}", plain(product.title, TITLE_CHARS))


def _own_products(turn: Turn, done: Sequence[Event]) -> list[tuple[Event, Product]]:
    """The last few different products that the shopper bought, put into the basket or looked at, newest first.

    What was bought is told as bought, though it was looked at on the way there and later.
    """
    last: dict[str, Event] = {}
    strength = list(BECAUSE)
    for event in reversed(done):
        if event.product_id and event.kind in BECAUSE:
            known = last.get(event.product_id)
            if known is None and len(last) >= SOURCES:
                continue
            if known is None or strength.index(event.kind) < strength.index(known.kind):
                last[event.product_id] = event
    products = catalogue.products(turn.db, last)
    return [(last[each.product_id], each) for each in products]
