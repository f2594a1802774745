"""``python -m benchmarks personal_search``: how much a known customer should bend what they search for.

Of each customer the last visit in which they bought is held out; the encoder is the one that was judged on these visits
before it learned from them. Its shopper types what the product bought is called ("running shoe", "navy running shoe",
"Shoes"), and the sooner the product itself stands in the answer the better. What must not suffer is that the answer is
of the kind or department asked for. One half of the customers chooses the weight, the other shows what it is worth.
"""
from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log2
from statistics import mean
from typing import Any

import numpy as np

from benchmarks.markdown import table
from commands.train_encoder import JUDGED, shop_data
from models import product_search
from models.customer_encoder.behaviour import BehaviourVectors
from models.customer_encoder.sequences import hold_out
from models.embedding import SentenceEmbedding
from models.product_search import ProductSearch
from models.registry import Registry
from shop import catalogue
from shop.catalogue import Product
from shop.database import open_database
from shop.settings import settings

ENCODER_WEIGHTS = (0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.2)
CONTENT_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.8, 1.2, 1.8)
FIRST = 10
CUSTOMERS = 600
SEED = 7
# Of a hundred products shown first, so many may be of another kind than without the customer, and no more.
FEWER_FITTING = 0.01
# Of weights that rank as well as the best but for this share, the smallest is chosen: the words were said, after all.
AS_GOOD = 0.02


@dataclass(frozen=True)
class Search:
    """A search that led to a purchase: what is typed, for whom, what was bought, and what fits the words."""

    text: str
    customer: np.ndarray
    bought: str
    fits: Callable[[Product], bool]


def personal_search(arguments: argparse.Namespace) -> None:
    """The weight of the encoder's vector, and that of contents alone, each with its figures on both halves."""
    search, products = _opened()
    for name, attribute, weights, by_behaviour in (
        ("the encoder's vector", "CUSTOMER_WEIGHT", ENCODER_WEIGHTS, True),
        ("contents alone", "CONTENT_WEIGHT", CONTENT_WEIGHTS, False),
    ):
        halves = list(_halves(search, products, by_behaviour))
        shipped, rows = getattr(product_search, attribute), []
        for weight in weights:
            setattr(product_search, attribute, weight)
            chosen_on, shown_on = (_figures(search, products, half) for half in halves)
            rows.append({"weight": weight, **{f"{key}, chosen on": value for key, value in chosen_on.items()},
                         **{f"{key}, shown on": value for key, value in shown_on.items()}})
        setattr(product_search, attribute, shipped)
        best = chosen(rows)
        for row in rows:
            row["weight"] = f"{row['weight']:g}" + (" (chosen)" if row is best else "")
            row |= {key: f"{value:.4f}" for key, value in row.items() if isinstance(value, float)}
        table(f"A customer's search, {name} (shipped: {shipped:g}; {sum(map(len, halves))} searches)", rows)


def chosen(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The smallest weight that ranks about best among those that fit the words as well as the first, 0, does."""
    floor = rows[0]["fitting, chosen on"] - FEWER_FITTING
    fitting = [row for row in rows if row["fitting, chosen on"] >= floor]
    best = max(row["ndcg@10, chosen on"] for row in fitting)
    return next(row for row in fitting if row["ndcg@10, chosen on"] >= best * (1 - AS_GOOD))


def _opened() -> tuple[ProductSearch, dict[str, Product]]:
    registry = Registry(settings.var / "models")
    embedding = SentenceEmbedding.load(registry.require("embedding").directory)
    behaviour = BehaviourVectors.load(registry.require("encoder").directory / JUDGED)
    database = open_database()
    with database.session() as db:
        products = list(catalogue.all_products(db))
    database.close()
    return ProductSearch.build(products, embedding, behaviour, threads=2), {each.product_id: each for each in products}


def _halves(
    search: ProductSearch, products: dict[str, Product], by_behaviour: bool
) -> Iterator[list[Search]]:
    data = shop_data()
    _, questions = hold_out(data.histories)
    order = np.random.default_rng(SEED).permutation(len(questions))[:CUSTOMERS]
    for half in (order[::2], order[1::2]):
        searches = []
        for number in half:
            asked = questions[number]
            known = data.events[asked.customer][: len(asked.known)]
            customer = search.customer_vector(known, by_behaviour)
            product = products[data.product_ids[asked.chosen[0]]]
            if customer is not None:
                searches += [Search(text, customer, product.product_id, fits) for text, fits in _typed(product)]
        yield searches


def _typed(product: Product) -> Iterator[tuple[str, Callable[[Product], bool]]]:
    yield product.kind, lambda other: other.kind == product.kind
    yield product.category_name, lambda other: other.category == product.category
    if product.colours:
        yield f"{product.colours[0]} {product.kind}", lambda other: other.kind == product.kind


def _figures(search: ProductSearch, products: dict[str, Product], searches: Sequence[Search]) -> dict[str, float]:
    gains, fitting = [], []
    for each in searches:
        found = [hit.product_id for hit in search.search(each.text, None, FIRST, each.customer)]
        gains.append(1 / log2(2 + found.index(each.bought)) if each.bought in found else 0.0)
        fitting.append(mean(each.fits(products[product_id]) for product_id in found))
    return {"ndcg@10": mean(gains), "fitting": mean(fitting)}


MEASUREMENTS = {"personal_search": personal_search}
