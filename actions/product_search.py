"""Searching, refining and paging: "running shoes", "cheaper", "in blue", "more"."""

from __future__ import annotations

from typing import Any

from actions.base import ShopAction, Turn
from actions.product_answer import answer, answer_more
from actions.product_cart_add import AddToCart
from actions.product_details import ProductDetails
from actions.product_facts import facts_asked_for
from actions.product_query import TEXT_LIMIT, Query, Said, Shown
from actions.product_reference import THIS, current_product
from actions.product_stock import price_of
from actions.product_talk import answers_cart_question, category_buttons, heard, refinement_buttons, what_is_shown


class SearchProducts(ShopAction):
    """A new search; "in blue" on its own refines the running one."""

    action_name = "action_search"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message, running = heard(turn), Query.from_slot(turn.slot("search"))
        if answers_cart_question(turn, message):
            return AddToCart().act(turn)
        if message.only_attributes and running:
            return answer(turn, running.refined(message, what_is_shown(turn, running)))
        return answer(turn, Query.of(message))


class RefineSearch(ShopAction):
    """A change of the running search; without one, a search of its own."""

    action_name = "action_refine_search"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message = heard(turn)
        if answers_cart_question(turn, message):
            return AddToCart().act(turn)
        if _asks_about_a_product(turn, message):
            return ProductDetails().act(turn)
        running = Query.from_slot(turn.slot("search")) or _like_what_is_discussed(turn)
        if running is None:
            return answer(turn, Query.of(message))
        if message.empty:
            turn.say("utter_ask_refinement", buttons=refinement_buttons(turn, running))
            return []
        if not turn.slot("search"):
            return answer(turn, running.refined(message, _product_as_shown(turn)))
        return answer(turn, running.refined(message, what_is_shown(turn, running)))


class ShowMore(ShopAction):
    """The next page of what was found or recommended."""

    action_name = "action_show_more"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        running = Query.from_slot(turn.slot("search"))
        if running is None:
            turn.say("utter_ask_what_to_search", buttons=category_buttons(turn))
            return []
        return answer_more(turn, running)


def _like_what_is_discussed(turn: Turn) -> Query | None:
    """ "Do you have that cheaper" about a product page: a search for its kind; None without a product."""
    product = current_product(turn)
    if product is None:
        return None
    kind = product.kind if product.kind != product.category_name else product.title  # a catalogue without kinds
    return Query(text=kind[:TEXT_LIMIT], filters={"category": [product.category]})


def _product_as_shown(turn: Turn) -> Shown:
    """The product on the page, which "cheaper" and "another brand" are measured by where nothing was searched for."""
    product = current_product(turn)
    price_cents = price_of(product, {})[0]
    return Shown((price_cents,), (product.brand,), tuple(product.colours), price_cents)


def _asks_about_a_product(turn: Turn, message: Said) -> bool:
    """Whether "and what is it made of?" was taken for a change of the search."""
    product = current_product(turn)
    if product is None or message.filters or message.sort or not THIS.search(turn.text):
        return False
    return bool(facts_asked_for(product, turn.text)[0])
