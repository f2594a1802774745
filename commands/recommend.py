"""``floorwalker recommend``: what the bot would recommend to a customer or beside a product, and why."""
from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Turn
from actions.product_query import Query
from actions.product_recommend import answer_recommendation
from actions.runtime import Runtime
from commands.errors import CommandError
from commands.product_table import table
from commands.search import count
from shop import catalogue, customers
from shop.errors import NotFound

BASES = {
    "utter_recommend_personal": ("personal", "By what this customer looked at and bought"),
    "utter_recommend_popular": ("popular", "Popular products; nothing personal is known, or there is no consent"),
    "utter_recommend_range": ("range", "From the range; nothing is known of anybody's liking yet"),
    "utter_recommend_with": ("with", "What is bought together with it"),
    "utter_recommend_similar": ("similar", "What is like it"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customer", metavar="ID", help="the customer, such as C00042 (somebody unknown)")
    beside = parser.add_mutually_exclusive_group()
    beside.add_argument("--with", dest="goes_with", metavar="PRODUCT", help="what is bought together with this product")
    beside.add_argument("--like", metavar="PRODUCT", help="what is like this product")
    parser.add_argument("-k", type=count, default=6, metavar="N", help="how many products (6)")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """1 where the shop has nothing to recommend."""
    runtime = Runtime.open()
    try:
        query = Query(source="recommend", like=arguments.like, goes_with=arguments.goes_with)
        basis, cards = recommended(runtime, arguments.customer, arguments.k, query)
    finally:
        runtime.database.close()
    if arguments.json:
        facts = {"customer_id": arguments.customer, "basis": BASES[basis][0] if basis else None, "products": cards}
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    elif cards:
        print(f"{BASES[basis][1]}:\n\n{table(cards)}")
    else:
        about = arguments.like or arguments.goes_with
        print(f"Nothing is known to go with {about} yet." if about else
              "There is nothing to recommend. Is there a catalogue? `floorwalker doctor` says.")
    return 0 if cards else 1


def recommended(
    runtime: Runtime, customer_id: str | None, k: int, query: Query
) -> tuple[str | None, list[dict[str, Any]]]:
    """(the response chosen, the first ``k`` cards) of the bot's own action, asked for page after page.

    Raises NotFound for an unknown customer, CommandError for an unknown product.
    """
    basis, cards = None, []
    with runtime.database.session() as db:
        if customer_id is not None and customers.customer(db, customer_id) is None:
            raise NotFound("customer", customer_id)
        about = query.like or query.goes_with
        if about is not None and catalogue.product(db, about) is None:
            raise CommandError(f"There is no product {about!r}. `floorwalker search` finds ids.")
        while len(cards) < k:
            dispatcher = CollectingDispatcher()
            answer_recommendation(
                Turn(dispatcher, _tracker(customer_id), db, runtime),
                replace(query, shown_offset=len(cards)),
            )
            said = dispatcher.messages[-1]
            page = (said.get("custom") or {}).get("cards") or []
            if not page:
                break
            basis = said["response"]
            cards += page
    return basis, cards[:k]


def _tracker(customer_id: str | None) -> Tracker:
    """A conversation in which the customer has said nothing yet."""
    heard = {"text": "", "entities": [], "metadata": {"customer_id": customer_id, "visitor_id": None, "page": {}}}
    return Tracker("recommend", {}, heard, [], False, None, {}, None)
