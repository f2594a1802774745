"""Telling about one product: all in short, or the one thing asked, or that the catalogue does not say."""

from __future__ import annotations

import re
from typing import Any

from actions.base import ShopAction, Turn
from actions.product_answer import answer
from actions.product_cards import card, discussed
from actions.product_cart_add import AddToCart
from actions.product_facts import (
    always_known,
    described_about,
    facts_asked_for,
    first_sentences,
    in_a_breath,
    rating_words,
    sentence,
)
from actions.product_personal import note_event
from actions.product_query import Query
from actions.product_reference import ask_which, refer, shown_products
from actions.product_stock import options
from actions.product_talk import answers_cart_question, heard
from actions.product_wording import button, plain
from shop.catalogue import Product

QUESTION = re.compile(
    r"^\s*(?:and |but |so |ok |hi |hello )*"
    r"(?:is|are|does|do|can|could|will|would|how|what|which|where|has|have|was|any)\b|\?",
    re.IGNORECASE,
)
GENERAL = re.compile(
    r"\b(tell me|more about|details?|describe|description|info(?:rmation)?|show me|open|what (?:is|about|can you say)|"
    r"learn more|know more|interested in)\b",
    re.IGNORECASE,
)


ASK_A_COLLEAGUE = button("Ask a colleague", "human_handoff")


class ProductDetails(ShopAction):
    """Facts about the product that the shopper means."""

    action_name = "action_product_details"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        message = heard(turn)
        if answers_cart_question(turn, message) and not QUESTION.search(turn.text):
            return AddToCart().act(turn)  # "the navy one"
        reference = refer(turn)
        product = reference.product
        if product is None:
            # "Which frying pans are there?" names many that were not shown yet: that is a search.
            if (message.text or message.filters) and not (reference.candidates and shown_products(turn)):
                return answer(turn, Query.of(message))
            ask_which(turn, reference, "product_details")
            return []
        turn_text = "" if turn.text.startswith("/") else turn.text
        found, unknown = facts_asked_for(product, turn_text)
        found = {**always_known(product, turn_text, turn.money), **found}
        if found:
            _say(turn, "utter_product_fact", product, fact=plain(sentence(found), 300))
        elif unknown is None and (GENERAL.search(turn_text) or not QUESTION.search(turn_text)):
            _say_all(turn, product)
        elif said := described_about(product, turn_text):
            _say(turn, "utter_product_described", product, said=plain(said, 300))
        elif unknown:
            _say(turn, "utter_product_topic_unknown", product, ASK_A_COLLEAGUE, asked=unknown)
        else:
            _say(turn, "utter_product_fact_unknown", product, ASK_A_COLLEAGUE)
        note_event(turn, "view", product_id=product.product_id)
        return discussed(product)


def _say_all(turn: Turn, product: Product) -> None:
    breath = in_a_breath(product)
    _say(
        turn,
        "utter_product_details",
        product,
        brand=plain(product.brand),
        price=turn.money(product.price_cents),
        rating=rating_words(product),
        description=plain(first_sentences(product.description), 400),
        facts=plain(breath[:1].upper() + breath[1:], 300) or "The catalogue gives no more facts",
    )


def _say(turn: Turn, response: str, product: Product, first: dict[str, str] | None = None, **words: Any) -> None:
    product_id = product.product_id
    sized = any(size != "one size" for size in options(product.variants, "size"))
    buttons = [
        button("Add to basket", "add_to_cart", product_id=product_id),
        button("Which sizes are there?" if sized else "Is it in stock?", "check_availability", product_id=product_id),
        button("Something similar", "recommend", product_id=product_id),
    ]
    if not product.in_stock:
        buttons = buttons[-1:]
    if first:
        buttons.insert(0, first)
    turn.say(response, title=plain(product.title), cards=[card(product)], buttons=buttons, **words)
