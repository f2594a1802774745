"""What search and recommendation share in conversation: what was heard, what is shown, how it is repeated."""

from __future__ import annotations

from statistics import median_low
from typing import Any

from actions.base import Turn
from actions.product_finder import Finder
from actions.product_personal import taste_for_search
from actions.product_query import Query, Said, Shown, said
from actions.product_reference import current_product, shown_products
from actions.product_stock import price_of
from actions.product_vocabulary import Vocabulary, vocabulary_of
from actions.product_wording import button, described
from shop import catalogue

BROWSE_CATEGORIES = 4


def heard(turn: Turn) -> Said:
    """What the latest message says about products."""
    return said(turn.text, turn.all_entities)


def answers_cart_question(turn: Turn, message: Said) -> bool:
    """Whether it is just the size or colour that was asked for before something could go into the basket."""
    only_form = bool(message.filters) and message.filters.keys() <= {"size", "colour"}
    return bool(turn.slot("cart_question")) and only_form and not (message.text or message.sort or message.others)


def words_of(turn: Turn) -> Vocabulary:
    """The catalogue's vocabulary."""
    return vocabulary_of(turn.db, turn.runtime.database)


def finder(turn: Turn) -> Finder:
    """A finder for this shopper: a customer who agreed to it is found what suits them first among equals."""
    return Finder(turn.db, turn.search, words_of(turn), taste_for_search(turn))


def what_is_shown(turn: Turn, running: Query) -> Shown:
    """What the shopper has before them while they say "cheaper" or "another brand"."""
    products = shown_products(turn)
    focus = current_product(turn) if turn.slot("focus_product") else None
    return Shown(
        prices_cents=tuple(price_of(each, running.filters)[0] for each in products),
        brands=tuple(dict.fromkeys(each.brand for each in products)),
        focus_price_cents=price_of(focus, running.filters)[0] if focus else None,
    )


def wording(turn: Turn, query: Query) -> str:
    """The query as a phrase, to repeat what was understood."""
    return described(query.text, query.filters, words_of(turn).category_names, turn.money)


def category_buttons(turn: Turn) -> list[dict[str, Any]]:
    """The departments with most to offer."""
    tree = sorted(catalogue.category_tree(turn.db), key=lambda each: -each.product_count)
    return [button(each.name, "search_product", category=each.slug) for each in tree[:BROWSE_CATEGORIES]]


def refinement_buttons(turn: Turn, running: Query) -> list[dict[str, Any]]:
    """Changes that make sense for what is shown: cheaper, better rated, a price in their middle, a colour there is."""
    products = shown_products(turn)
    buttons = [button("Cheaper", "refine_search", sort="price_asc")]
    if any(each.rating_count for each in products):
        buttons.append(button("Best rated", "refine_search", sort="rating"))
    prices = [each.price_cents for each in products]
    if len(set(prices)) > 1 and (limit := median_low(prices) // 1000 * 1000):
        buttons.append(button(f"Up to {turn.money(limit)}", "refine_search", price_max=limit))
    current = running.filters.get("colour") or []
    colour = next((colour for each in products for colour in each.colours if colour not in current), None)
    if colour:
        buttons.append(button(f"In {colour}", "refine_search", colour=colour))
    return buttons
