"""Recommending: what suits the shopper's behaviour, what is like or goes with a product, what is popular or new.

What may be shown, and in which order, is also up to the shop (data/merchandising.toml, models/recommending.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.product_candidates import candidates
from actions.product_cards import card, exposures, shown
from actions.product_finder import PAGE
from actions.product_personal import behaviour
from actions.product_query import Query, trimmed
from actions.product_reasons import Reason, by_taste, reasons
from actions.product_reference import CHOICES, THIS, ask_which, refer
from actions.product_talk import category_buttons, heard, wording
from actions.product_wording import button, plain
from shop import catalogue
from shop.catalogue import Product

SIMILAR = re.compile(
    r"\b(similar|alike|alternatives?|comparable|like (?:this|that|it|the|these|those))\b", re.IGNORECASE
)
GOES_WITH = re.compile(
    r"\b(?:goes?|going|wears?|pairs?|combines?|bought|buy|works?) "
    r"(?:\w+ )?(?:well |nicely |best )?(?:together )?with\b|\b(?:match|matches|matching|complements?)\b",
    re.IGNORECASE,
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
# Responses that may say which of the shopper's own products the first suggestion follows from.
BY_TASTE = ("utter_recommend_personal", "utter_recommend_for")


class Recommend(ShopAction):
    """What the shop would suggest to this shopper, a reason on each card."""

    action_name = "action_recommend"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message = heard(turn)
        with_it = bool(GOES_WITH.search(turn.text))
        if turn.entities("product_id") or with_it or SIMILAR.search(turn.text):
            reference = refer(turn)
            if reference.product:
                query = _around(reference.product, message.filters, with_it)
                return answer_recommendation(turn, query)
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


def _around(product: Product, said: dict[str, Any], with_it: bool) -> Query:
    """What is like ``product`` or, ``with_it``, goes with it, as far as that was ``said`` more closely."""
    filters = {name: values for name, values in said.items() if name in ("size", "price_max_cents")}
    if not with_it:
        return Query(filters=filters, source="recommend", like=product.product_id)
    # Of "which bags go with this coat" the coat is what there is already.
    other = [slug for slug in said.get("category", []) if slug != product.category]
    if other:
        filters["category"] = other
    return Query(filters=filters, source="recommend", goes_with=product.product_id)


def answer_recommendation(turn: Turn, query: Query) -> list[dict[str, Any]]:
    """Show the page of recommendations at the query's offset and remember it."""
    done = behaviour(turn)
    found = candidates(turn, query, done)
    ranked = found.arranged(turn.search, query.shown_offset + PAGE + 1)
    page = ranked[query.shown_offset : query.shown_offset + PAGE]
    if not page:
        turn.say("utter_no_more_recommendations", buttons=category_buttons(turn))
        return []
    response = found.response
    if response == "utter_recommend_popular" and not any(
        each.rating_count or each.product_id in turn.runtime.popular(turn.db) for each in page
    ):
        response = "utter_recommend_range"  # the order is by ratings, and without any it tells of no favourites
    about = query.like or query.goes_with
    facts = {"title": plain(catalogue.product(turn.db, about).title)} if about else {}
    if response == "utter_recommend_for":
        facts["wanted"] = wording(turn, query)
    why = reasons(turn, page, done, query)
    features: dict[str, str] = {}
    if response in BY_TASTE and done and by_taste(turn, query):
        features, first = _taste_words(page[0], why.get(page[0].product_id))
        facts |= first
    turn.say(
        response,
        features=features,
        cards=[card(each, query.filters, why[each.product_id].text if each.product_id in why else None)
               for each in page],
        exposures=exposures(page, "similar" if query.like else "recommend", query.shown_offset + 1),
        buttons=_next_steps(len(ranked) > query.shown_offset + PAGE, page),
        **facts,
    )
    remembered = replace(query, shown_offset=query.shown_offset + len(page))
    return [SlotSet("search", remembered.to_slot()), *shown(page)]


def _taste_words(first: Product, why: Reason | None) -> tuple[dict[str, str], dict[str, str]]:
    """What the reply model is told of the reason, and the facts that go with it."""
    if why is None or why.kind is None or why.because is None:
        return {"reason": "taste"}, {}
    return {"reason": why.kind}, {"title": plain(first.title), "because": why.because}


def _next_steps(more: bool, page: Sequence[Product]) -> list[dict[str, str]]:
    buttons = [button("Other ideas", "show_more")] if more else []
    buttons.append(button("Cheaper", "refine_search", sort="price_asc"))
    if len(page) > 1:
        buttons.append(button("Compare the first two", "compare_products", ordinal=[1, 2]))
    return buttons[:CHOICES]
