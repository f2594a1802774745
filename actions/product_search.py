"""Searching, refining and paging: "running shoes", "cheaper", "in blue", "more"."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction, Turn
from actions.product_cards import card, exposures, shown
from actions.product_finder import PRICE, Found
from actions.product_personal import note_event
from actions.product_query import Query
from actions.product_recommend import answer_recommendation
from actions.product_reference import current_product
from actions.product_stock import price_of
from actions.product_talk import category_buttons, finder, heard, refinement_buttons, what_is_shown, wording
from actions.product_wording import button, listing, plain


class SearchProducts(ShopAction):
    """A new search; "in blue" on its own refines the running one."""

    action_name = "action_search"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message, running = heard(turn), Query.from_slot(turn.slot("search"))
        if message.only_attributes and running:
            return answer(turn, running.refined(message, what_is_shown(turn, running)))
        return answer(turn, Query.of(message))


class RefineSearch(ShopAction):
    """A change of the running search; without one, a search of its own."""

    action_name = "action_refine_search"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message = heard(turn)
        running = Query.from_slot(turn.slot("search")) or _like_what_is_discussed(turn)
        if running is None:
            return answer(turn, Query.of(message))
        if message.empty:
            turn.say("utter_ask_refinement", buttons=refinement_buttons(turn, running))
            return []
        return answer(turn, running.refined(message, what_is_shown(turn, running)))


class ShowMore(ShopAction):
    """The next page of what was found or recommended."""

    action_name = "action_show_more"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        running = Query.from_slot(turn.slot("search"))
        if running is None:
            turn.say("utter_ask_what_to_search", buttons=category_buttons(turn))
            return []
        if running.source == "recommend":
            return answer_recommendation(turn, running)
        found = finder(turn).find(running)
        if not found.products:
            turn.say("utter_no_more", buttons=refinement_buttons(turn, running))
            return []
        return _show(turn, found, running, "utter_more_found")


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


def _show(turn: Turn, found: Found, query: Query, response: str) -> list[dict[str, Any]]:
    facts: dict[str, Any] = {"wanted": wording(turn, query)}
    if response == "utter_search_found":
        response, more = _first_page_response(turn, found, query)
        facts |= more
    notes = _filters_for_notes(found, query)
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
        if found.weak:
            return "utter_search_weak", {}
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
    if found.query.sort != "rating":
        buttons.append(button("Best rated first", "refine_search", sort="rating"))
    buttons.append(button("Compare the first two", "compare_products", ordinal=[1, 2]))
    return buttons


def _like_what_is_discussed(turn: Turn) -> Query | None:
    """"Do you have that cheaper" about a product page: a search for its kind; None without a product."""
    product = current_product(turn)
    return Query(text=product.kind, filters={"category": [product.category]}) if product else None
