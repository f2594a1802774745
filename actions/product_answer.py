"""Answering a search: the first page or the next, said honestly, with what can be done next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import Turn
from actions.product_cards import card, exposures, shown
from actions.product_finder import PRICE, Found
from actions.product_personal import note_event
from actions.product_query import Query
from actions.product_recommend import answer_recommendation
from actions.product_stock import price_of
from actions.product_talk import category_buttons, finder, refinement_buttons, wording
from actions.product_wording import button, listing, plain

# Responses in which the reply model may say which product comes first, and for how much.
FIRST_NAMED = ("utter_search_found", "utter_search_found_one")


def answer(turn: Turn, query: Query) -> list[dict[str, Any]]:
    """Search, show the first page and remember it. An empty query asks what is wanted."""
    if query.source == "recommend":
        return answer_recommendation(turn, query)
    if query.empty:
        turn.say("utter_ask_what_to_search", buttons=category_buttons(turn))
        return []
    wanted = wording(turn, query)
    found = finder(turn).find(query)
    note_event(turn, "search", query=wanted)
    if not found.products:
        turn.say("utter_search_nothing", wanted=wanted, buttons=category_buttons(turn))
        return [SlotSet("search", None)]
    return _show(turn, found, query, "utter_search_found")


def answer_more(turn: Turn, query: Query) -> list[dict[str, Any]]:
    """The page of a running search at its offset, or that there is no more."""
    if query.source == "recommend":
        return answer_recommendation(turn, query)
    found = finder(turn).find(query)
    if not found.products:
        turn.say("utter_no_more", buttons=refinement_buttons(turn, query))
        return []
    return _show(turn, found, query, "utter_more_found")


def _show(turn: Turn, found: Found, query: Query, response: str) -> list[dict[str, Any]]:
    facts: dict[str, Any] = {"wanted": wording(turn, query)}
    if response == "utter_search_found":
        response, more = _first_page_response(turn, found, query)
        facts |= more
    notes = _filters_for_notes(found, query)
    if response in FIRST_NAMED:
        facts |= {"title": plain(found.products[0].title), "price": turn.money(price_of(found.products[0], notes)[0])}
    if found.query.sort == "rating" and not any(each.rating_count for each in found.products):
        turn.say("utter_nothing_rated")
    turn.say(
        response,
        cards=[card(each, notes) for each in found.products],
        exposures=exposures(found.products, "search", found.query.shown_offset + 1),
        buttons=_next_steps(found),
        **facts,
    )
    remembered = replace(query, shown_offset=query.shown_offset + len(found.products))
    return [SlotSet("search", remembered.to_slot()), *shown(found.products)]


def _first_page_response(turn: Turn, found: Found, query: Query) -> tuple[str, dict[str, Any]]:
    """The response that says honestly how well it fits, and its facts."""
    names = set(found.left_out)
    if not names:
        if found.fit != "named":
            return "utter_search_far" if found.fit == "far" else "utter_search_near", {}
        return "utter_search_found_one" if len(found.products) == 1 else "utter_search_found", {}
    if names <= set(PRICE):
        prices = [price_of(each, found.query.filters)[0] for each in found.products]
        nearest = min(prices) if "price_max_cents" in names else max(prices)
        return "utter_search_relaxed_price", {"nearest": turn.money(nearest)}
    left_out = dict.fromkeys(_left_out_words(name, query.filters) for name in found.left_out)
    return "utter_search_relaxed", {"left_out": listing(left_out)}


def _left_out_words(name: str, filters: dict[str, Any]) -> str:
    if name in PRICE:
        return "the price limit"
    if name.endswith("category"):
        return "the department"
    value = plain(listing(filters[name], "or"))
    return f"“no {value}”" if name.startswith("not_") else f"the {name} {value}"


def _filters_for_notes(found: Found, query: Query) -> dict[str, Any]:
    """A size that had to be left out still belongs in the notes: "sold out in 42, there is 41 and 43"."""
    if "size" in found.left_out:
        return {**found.query.filters, "size": query.filters["size"]}
    return found.query.filters


def _next_steps(found: Found) -> list[dict[str, str]]:
    if len(found.products) == 1:
        product_id = found.products[0].product_id
        return [
            button("Tell me more", "product_details", product_id=product_id),
            button("Add to basket", "add_to_cart", product_id=product_id),
        ]
    buttons = [button("Show more", "show_more")] if found.more else []
    buttons.append(button("Cheaper ones", "refine_search", sort="price_asc"))
    if found.query.sort != "rating" and any(each.rating_count for each in found.products):
        buttons.append(button("Best rated first", "refine_search", sort="rating"))
    buttons.append(button("Compare the first two", "compare_products", ordinal=[1, 2]))
    return buttons
