"""``floorwalker search``: what the bot would find for a description, with the same ranking and filters."""
from __future__ import annotations

import argparse
import json
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from actions.product_cards import card
from actions.product_finder import Finder
from actions.product_personal import HISTORY_EVENTS
from actions.product_query import SORTS, Query
from actions.product_vocabulary import vocabulary_of
from actions.runtime import Runtime
from commands.errors import CommandError
from commands.product_table import table
from shop import catalogue, customers, events
from shop.catalogue import Category
from shop.errors import NotFound

FACETS = ("category", "brand", "colour", "size", "material")
OPTION_OF = {"price_min_cents": "--min-price", "price_max_cents": "--max-price"}
MAX_PRODUCTS = 100


def cents(text: str) -> int:
    """``29.95`` as whole cents, for argparse."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount; write it like 29.95") from error
    if not amount.is_finite() or not 0 <= amount <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount from 0 to 1000000")
    if amount * 100 % 1:
        raise argparse.ArgumentTypeError(f"{text!r} has a part of a cent; write it like 29.95")
    return int(amount * 100)


def count(text: str) -> int:
    """How many products to show, for argparse."""
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PRODUCTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {MAX_PRODUCTS}")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="what is looked for, in plain words")
    parser.add_argument("--customer", metavar="ID", help="mind this customer's taste, if they agreed to it")
    for name in FACETS:
        parser.add_argument(
            f"--{name}", action="append", metavar=name.upper(),
            help=f"only this {name}" + (" (its slug or name)" if name == "category" else "") + "; repeat for others",
        )
    parser.add_argument("--min-price", type=cents, metavar="AMOUNT", help="at least this price, in the shop's currency")
    parser.add_argument("--max-price", type=cents, metavar="AMOUNT", help="at most this price")
    parser.add_argument("--in-stock", action="store_true", help="leave out what is sold out")
    parser.add_argument("--sort", choices=SORTS, help="order by this among what fits the words")
    parser.add_argument("-k", type=count, default=6, metavar="N", help="how many products (6)")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """1 where nothing was found."""
    runtime = Runtime.open()
    try:
        with runtime.database.session() as db:
            query = Query(text=arguments.text.strip(), filters=_filters(db, arguments), sort=arguments.sort)
            if query.empty:
                raise CommandError("The text is empty. Say what to look for: `floorwalker search \"rain jacket\"`.")
            customer = customer_vector(db, runtime, arguments.customer) if arguments.customer else None
            finder = Finder(db, runtime.search, vocabulary_of(db, runtime.database), customer)
            found = finder.find(query)
            products = finder.ranked(found.query)[: arguments.k]
            if not arguments.in_stock and len(products) < arguments.k:
                products += finder.ranked(found.query, buyable=False)[: arguments.k - len(products)]
            cards = [card(each, found.query.filters) for each in products]
    finally:
        runtime.database.close()
    if arguments.json:
        print(json.dumps(
            {"text": query.text, "filters": query.filters, "left_out": list(found.left_out), "products": cards},
            ensure_ascii=False, indent=2,
        ))
    elif cards:
        if found.left_out:
            names = ", ".join(OPTION_OF.get(name, f"--{name}") for name in found.left_out)
            print(f"Nothing in stock meets all of it. Without {names}:\n")
        print(table(cards))
    else:
        print("Nothing found. Is there a catalogue? `floorwalker doctor` says.")
    return 0 if cards else 1


def customer_vector(db: Session, runtime: Runtime, customer_id: str) -> np.ndarray | None:
    """The customer's taste; None without their consent or where they did nothing that counts.

    Raises NotFound for an unknown customer.
    """
    if customers.customer(db, customer_id) is None:
        raise NotFound("customer", customer_id)
    if not customers.consent(db, customer_id, "personalisation"):
        return None
    return runtime.search.customer_vector(events.history(db, customer_id, HISTORY_EVENTS))


def _filters(db: Session, arguments: argparse.Namespace) -> dict[str, Any]:
    filters: dict[str, Any] = {name: values for name in FACETS if (values := getattr(arguments, name))}
    if "category" in filters:
        filters["category"] = _slugs(db, filters["category"])
    if arguments.min_price is not None:
        filters["price_min_cents"] = arguments.min_price
    if arguments.max_price is not None:
        filters["price_max_cents"] = arguments.max_price
    return filters


def _slugs(db: Session, named: list[str]) -> list[str]:
    """The slugs of categories given by slug or name. Raises CommandError for one that there is not."""

    def walk(nodes: list[Category]) -> dict[str, str]:
        found = {}
        for node in nodes:
            found |= {node.slug.casefold(): node.slug, node.name.casefold(): node.slug, **walk(node.children)}
        return found

    known = walk(catalogue.category_tree(db))
    for name in named:
        if name.casefold() not in known:
            raise CommandError(f"There is no category {name!r}. Use one of {', '.join(sorted(set(known.values())))}.")
    return [known[name.casefold()] for name in named]
