"""Finding products: a million vectors, 100,000 products through the action, one product changed, Icecat."""
from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
from sqlalchemy import update

from actions.product_finder import PAGE, Finder
from actions.product_query import Query
from actions.product_vocabulary import vocabulary_of
from actions.runtime import Runtime
from benchmarks import catalogues
from benchmarks.markdown import table
from commands.errors import CommandError
from commands.evaluate_search import evaluate_search
from commands.evaluation.search_report import FIGURES
from models import product_text
from models.product_index import ProductIndex
from models.product_search import ProductSearch
from models.product_segment import Segment
from shop import catalogue, catalogue_changes, schema
from shop.catalogue_import import upsert_products
from shop.database import Database, open_database

MILLION, HUNDRED_THOUSAND = 1_000_000, 100_000
QUESTIONS = 200
SEED = 11
# Rows that a filter leaves: none set, in stock, a department, a brand, a brand in a size.
SHARES = (1.0, 0.9, 0.3, 0.05, 0.005)
ASKED = (
    "waterproof hiking boots", "something warm for cold evenings", "non-stick frying pan", "gift for a gardener",
    "wireless headphones", "down jacket", "table lamp", "linen shirt", "travel bag", "board game for two",
)


def search_million(arguments: argparse.Namespace) -> None:
    """A million vectors, one thread, under filters: milliseconds, and recall against looking at each."""
    first = catalogues.products(catalogues.A_SEED)
    embedding = catalogues.embedding()
    vectors = catalogues.vectors(first, MILLION)
    started = time.perf_counter()
    index = ProductIndex.build(vectors, lambda: embedding.embed(product_text.pieces(first, 400, 1)), threads=2)
    build_seconds = time.perf_counter() - started
    random = np.random.default_rng(SEED)
    questions = embedding.embed(_phrases(QUESTIONS))
    marks, rows = random.random(MILLION), []
    for share in SHARES:
        allowed = None if share == 1.0 else marks < share
        searched, took_ms = _timed([partial(index.search, each, 10, allowed) for each in questions])
        exact = [index.exact(each, 10, allowed)[0] for each in questions]
        recall = np.mean([len(set(a) & set(b)) / 10 for (a, _), b in zip(searched, exact, strict=True)])
        rows.append({"rows allowed": f"{share:.1%}", **_quantiles(took_ms), "recall@10": f"{recall:.4f}"})
    table(f"A million vectors of {index.dimension} dimensions, one thread ({index.card['kind']}, built in "
          f"{build_seconds:.0f} s on two, {_peak_gb():.1f} GB at most)", rows)


def search_100k(arguments: argparse.Namespace) -> None:
    """From text to ranked products through the action's finder, 100,000 products in SQLite."""
    with _shop(HUNDRED_THOUSAND) as (database, search), database.session() as db:
        finder = Finder(db, search, vocabulary_of(db, database))
        plain = [Query(text=text) for text in _phrases(QUESTIONS)]
        filtered = [Query(text=text, filters={"price_max_cents": 6000, "colour": ["black"]}) for text in ASKED * 10]
        rows = []
        for name, queries in (("words alone", plain), ("below 60 euros, in black", filtered)):
            found, took_ms = _timed([lambda each=each: finder.find(each).products for each in queries])
            full = statistics.mean(len(each) == PAGE for each in found)
            rows.append({"asked": name, **_quantiles(took_ms), "full pages": f"{full:.0%}"})
    table("A search through the action, 100,000 products", rows)


def one_product_changed(arguments: argparse.Namespace) -> None:
    """From the change's commit to the answer that shows it: the wait for the next look is in it."""
    with _shop(HUNDRED_THOUSAND) as (database, search):
        with database.session() as db:
            runtime = Runtime(database, search, catalogue_changes.mark(db))
        rows = [
            {"changed": name, **_quantiles([_until_seen(database, runtime, change, n) for n in range(20)])}
            for name, change in (("title", _retitled), ("price", _repriced), ("sold out", _sold_out))
        ]
    table("One product of 100,000 changed, until an answer shows it", rows)


def icecat(arguments: argparse.Namespace) -> None:
    """NDCG on a real catalogue against BM25 over title and description."""
    if arguments.data is None:
        print("icecat: left out; name the folder of the public data with --data.\n")
        return
    folder = arguments.data / "icecat"
    found = evaluate_search(folder / "products.jsonl.gz", folder / "judgements.csv")
    rows = [
        {"queries": title, "figure": name, "search": f"{part[name]:.3f}", "BM25": f"{part['baseline'][name]:.3f}",
         "above": f"{(part[name] / part['baseline'][name] - 1) * 100:+.1f} %"}
        for title, part in {"all": found, **{f"half {each}": half for each, half in found["halves"].items()}}.items()
        for name in FIGURES
    ]
    table(f"Icecat, {found['products']:,} products, {found['queries']} queries, indexed in "
          f"{found['index_seconds']:.0f} s", rows)


@contextmanager
def _shop(count: int) -> Iterator[tuple[Database, ProductSearch]]:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/shop.db")
        try:
            database.migrate()
            with database.session() as db:
                catalogues.store(db, count)
            with database.session() as db:
                products = list(catalogue.all_products(db))
            first = [product for product in products if product.product_id.startswith("S1P")]
            rest = [product for product in products if not product.product_id.startswith("S1P")]
            vectors = catalogues.vectors(first, count)
            segment = Segment.build([*first, *rest], vectors, threads=2)
            yield database, ProductSearch(segment, catalogues.embedding())
        finally:
            database.close()


def _until_seen(database: Database, runtime: Runtime, change: Callable, number: int) -> float:
    product_id = f"S1P{number + 1:05d}"
    with database.session() as db:
        shows = change(db, product_id, number)
    started = time.perf_counter()
    while True:
        with database.session() as db:
            runtime.refresh(db)
            if shows(Finder(db, runtime.search, vocabulary_of(db, database)), product_id):
                return (time.perf_counter() - started) * 1000
        if time.perf_counter() - started > 30:
            raise CommandError(f"The change of {product_id} was not seen within 30 s.")


def _retitled(db, product_id: str, number: int) -> Callable:
    product = catalogue.product(db, product_id)
    title = f"Zephyrine {number} {product.kind}"
    upsert_products(db, [_row(product, title=title)])
    return lambda finder, wanted: finder.find(Query(text=title)).products[0].product_id == wanted


def _repriced(db, product_id: str, number: int) -> Callable:
    product = catalogue.product(db, product_id)
    upsert_products(db, [_row(product, price_cents=77_000_000 + number)])
    dear = Query(text=product.title, filters={"price_min_cents": 77_000_000 + number})
    return lambda finder, wanted: any(each.product_id == wanted for each in finder.ranked(dear))


def _sold_out(db, product_id: str, number: int) -> Callable:
    product = catalogue.product(db, product_id)
    db.execute(update(schema.variants).where(schema.variants.c.product_id == product_id).values(stock=0))
    return lambda finder, wanted: all(
        each.product_id != wanted for each in finder.ranked(Query(text=product.title))
    )


def _row(product: catalogue.Product, title: str | None = None, price_cents: int | None = None) -> dict:
    row = {name: getattr(product, name) for name in (
        "product_id", "brand", "category", "kind", "description", "attributes", "rating", "rating_count")}
    variants = [
        {"sku": each.sku, "colour": each.colour, "size": each.size, "material": each.material,
         "price_cents": price_cents or each.price_cents, "stock": max(1, each.stock)} for each in product.variants
    ]
    return {**row, "title": title or product.title, "variants": variants}


def _phrases(count: int) -> list[str]:
    """Questions that the index was not measured with when it was built."""
    return product_text.pieces(catalogues.products(catalogues.A_SEED), count, SEED)


def _timed(calls: list[Callable]) -> tuple[list, list[float]]:
    calls[0]()
    answers, took_ms = [], []
    for call in calls:
        started = time.perf_counter()
        answers.append(call())
        took_ms.append((time.perf_counter() - started) * 1000)
    return answers, took_ms


def _quantiles(took_ms: list[float]) -> dict[str, str]:
    return {"median ms": f"{statistics.median(took_ms):.2f}", "95 % ms": f"{np.percentile(took_ms, 95):.2f}"}


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


MEASUREMENTS = {
    "search_million": search_million, "search_100k": search_100k, "one_product_changed": one_product_changed,
    "icecat": icecat,
}
