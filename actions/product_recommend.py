"""Recommending: what suits the shopper's behaviour, what is like a product, what is popular or new."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.product_cards import card, exposures, shown
from actions.product_finder import DEPTH, PAGE
from actions.product_personal import behaviour, taste
from actions.product_query import Query, trimmed
from actions.product_reference import CHOICES, THIS, ask_which, refer
from actions.product_stock import among, in_stock
from actions.product_talk import category_buttons, finder, heard, wording, words_of
from actions.product_wording import button, plain
from models.product_search import Filters
from shop import carts, catalogue
from shop.catalogue import Product
from shop.events import Event

OF_A_KIND = 2  # more of the same would be near-twins
SOURCES = 5  # products of the shopper's own past that a recommendation may be explained by
# Cosine from which "because you looked at ..." is true rather than polite: in the demo shop half of the pairs of one
# kind lie above 0.61, and of pairs from different departments 99 of 100 below 0.51.
LIKENESS = 0.55
WELL_RATED, RATED_OFTEN = 4.3, 10

SIMILAR = re.compile(
    r"\b(similar|alike|alternatives?|comparable|like (?:this|that|it|the|these|those))\b", re.IGNORECASE
)
POPULAR = re.compile(
    r"\b(popular|best ?-?sell\w*|trending|top ?-?sell\w*|favourites?|most (?:bought|sold|loved))\b", re.I
)
NEW = re.compile(r"\b(new|newest|latest|arrivals?|just in)\b", re.IGNORECASE)
ASKING = re.compile(
    r"\b(recommend\w*|suggest\w*|advise|advice|ideas?|inspir\w*|surprise|suits?|gifts?|presents?|popular|"
    r"best ?-?sell\w*|"
    r"trending|arrivals?|similar|alternatives?|new|latest|pick|choose|people|others|customers|might|bought|know)\b",
    re.IGNORECASE,
)
BECAUSE = {
    "purchase": "Goes with your {title}",
    "add_to_cart": "Because you put the {title} in your basket",
    "view": "Because you looked at the {title}",
    "click": "Because you looked at the {title}",
}


class Recommend(ShopAction):
    """What the shop would suggest to this shopper, a reason on each card."""

    action_name = "action_recommend"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message = heard(turn)
        if turn.entities("product_id") or SIMILAR.search(turn.text):
            reference = refer(turn)
            if reference.product:
                filters = {
                    name: values for name, values in message.filters.items() if name in ("size", "price_max_cents")
                }
                return answer_recommendation(
                    turn, Query(filters=filters, source="recommend", like=reference.product.product_id)
                )
            if reference.candidates and THIS.search(turn.text):
                ask_which(turn, reference, "recommend")
                return []
        # "I need an idea for a present" says nothing about the present; "for a hiker" does.
        text = trimmed(ASKING.sub(" ", message.text))
        sort = "newest" if NEW.search(turn.text) else message.sort
        if POPULAR.search(turn.text):
            sort = "popular"
        query = replace(Query.of(message), text=text, sort=sort, source="recommend")
        return answer_recommendation(turn, query)


def answer_recommendation(turn: Turn, query: Query) -> list[dict[str, Any]]:
    """Show the page of recommendations at the query's offset and remember it."""
    done = behaviour(turn)
    response, ranked = _ranked(turn, query, done)
    page = ranked[query.shown_offset : query.shown_offset + PAGE]
    if not page:
        turn.say("utter_no_more_recommendations", buttons=category_buttons(turn))
        return []
    if response == "utter_recommend_popular" and not any(each.rating_count for each in page):
        response = "utter_recommend_range"  # the order is by ratings, and without any it tells of no favourites
    facts = {"title": plain(catalogue.product(turn.db, query.like).title)} if query.like else {}
    if response == "utter_recommend_for":
        facts["wanted"] = wording(turn, query)
    reasons = _reasons(turn, page, done, query)
    turn.say(
        response,
        cards=[card(each, query.filters, reasons.get(each.product_id)) for each in page],
        exposures=exposures(page, "similar" if query.like else "recommend", query.shown_offset + 1),
        buttons=_next_steps(len(ranked) > query.shown_offset + PAGE, page),
        **facts,
    )
    remembered = replace(query, shown_offset=query.shown_offset + len(page))
    return [SlotSet("search", remembered.to_slot()), *shown(page)]


def _ranked(turn: Turn, query: Query, done: Sequence[Event]) -> tuple[str, list[Product]]:
    """The response that fits the source, and the products in order."""
    known = {each.product_id for each in done if each.product_id}
    known |= {line.product.product_id for line in _cart_lines(turn)}
    exclude = tuple(sorted(known))
    filters = Filters(**query.filters, in_stock=True, exclude_ids=exclude)
    if query.like:
        hits = turn.runtime.search.similar(query.like, replace(filters, exclude_ids=_bought(done)), DEPTH)
        return "utter_recommend_similar", _buyable(turn, [hit.product_id for hit in hits], query)
    if query.text:
        kinds = words_of(turn).kinds_in(query.text)
        found = finder(turn).ranked(replace(query, sort=None if query.sort == "popular" else query.sort), exclude)
        return "utter_recommend_for", found if kinds else varied(found)
    vector = taste(turn, done)
    if vector is not None and query.sort is None:
        hits = turn.runtime.search.recommend(vector, filters, DEPTH)
        return "utter_recommend_personal", varied(_buyable(turn, [hit.product_id for hit in hits], query))
    sort = query.sort or "popular"
    response = "utter_recommend_new" if sort == "newest" else "utter_recommend_popular"
    slugs = query.filters.get("category") or [""]
    found = [each for slug in slugs for each in catalogue.by_category(turn.db, slug, sort, page_size=DEPTH).items]
    found = [each for each in found if _meets(each, query.filters) and each.product_id not in known]
    return response, varied(found)


def _buyable(turn: Turn, ids: Sequence[str], query: Query) -> list[Product]:
    return [each for each in catalogue.products(turn.db, ids) if in_stock(each, query.filters)]


def _meets(product: Product, filters: dict[str, Any]) -> bool:
    """Whether the product meets the filters and can be bought."""
    brands, not_brands = filters.get("brand"), filters.get("not_brand")
    return (
        (not brands or among(product.brand, brands))
        and not among(product.brand, not_brands)
        and not among(product.category, filters.get("not_category"))
        and bool(in_stock(product, filters))
    )


def _bought(done: Iterable[Event]) -> tuple[str, ...]:
    return tuple(sorted({each.product_id for each in done if each.kind == "purchase" and each.product_id}))


def _cart_lines(turn: Turn) -> list[carts.CartLine]:
    return carts.cart(turn.db, turn.owner).lines if turn.customer_id or turn.visitor_id else []


def varied(products: Sequence[Product]) -> list[Product]:
    """The same order, at most OF_A_KIND of one kind on each page; what is held back comes on a later page."""
    left, order = list(products), []
    while left:
        kinds: Counter[str] = Counter()
        page = []
        for each in left:
            # A catalogue without kinds has its category's name there, which tells nothing of two things alike.
            kind = each.kind if each.kind != each.category_name else each.product_id
            if len(page) < PAGE and kinds[kind] < OF_A_KIND:
                kinds[kind] += 1
                page.append(each)
        taken = {each.product_id for each in page}
        left = [each for each in left if each.product_id not in taken]
        order += page
        if len(page) < PAGE:  # only kinds that are used up are left: a short page would look like the end
            break
    return order


def _reasons(turn: Turn, page: Sequence[Product], done: Sequence[Event], query: Query) -> dict[str, str]:
    """For each product shown why it is, by its id; without a true reason none."""
    reasons: dict[str, str] = {}
    if not query.like:
        likeness: dict[str, float] = {}
        for event, product in _own_products(turn, done):
            for hit in turn.runtime.search.similar(product.product_id, None, DEPTH):
                if hit.score >= LIKENESS and hit.score > likeness.get(hit.product_id, 0.0):
                    likeness[hit.product_id] = hit.score
                    reasons[hit.product_id] = BECAUSE[event.kind].replace("{title}", plain(product.title, 60))
    for each in page:
        if query.sort == "newest":
            reasons[each.product_id] = f"New since {turn.date(each.added_at)}"
        elif each.product_id not in reasons and each.rating >= WELL_RATED and each.rating_count >= RATED_OFTEN:
            reasons[each.product_id] = f"Rated {each.rating:.1f} of 5 by {each.rating_count} shoppers"
    return reasons


def _own_products(turn: Turn, done: Sequence[Event]) -> list[tuple[Event, Product]]:
    """The last few different products that the shopper bought, put into the basket or looked at, newest first."""
    last: dict[str, Event] = {}
    for event in reversed(done):
        if event.product_id and event.kind in BECAUSE and len(last) < SOURCES:
            last.setdefault(event.product_id, event)
    products = catalogue.products(turn.db, last)
    return [(last[each.product_id], each) for each in products]


def _next_steps(more: bool, page: Sequence[Product]) -> list[dict[str, str]]:
    buttons = [button("Other ideas", "show_more")] if more else []
    buttons.append(button("Cheaper", "refine_search", sort="price_asc"))
    if len(page) > 1:
        buttons.append(button("Compare the first two", "compare_products", ordinal=[1, 2]))
    return buttons[:CHOICES]
