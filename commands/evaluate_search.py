"""``floorwalker evaluate search``: how well the search orders any catalogue, against judgements of what fits.

The catalogue is imported as ``floorwalker import jsonl`` does it, into a database that is thrown away, and asked
through the finder of the bot's own action.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from tqdm import tqdm

from actions.product_finder import Finder
from actions.product_query import Query
from actions.product_vocabulary import vocabulary_of
from commands.errors import CommandError
from commands.evaluation.judgements import Judgements, figures, read_judgements
from commands.evaluation.search_baseline import PlainBm25
from commands.evaluation.search_report import FIGURES, search_report
from commands.imports.json_lines import read_lines
from commands.imports.product_load import load
from commands.imports.report import BrokenFile, Report
from models.embedding import SentenceEmbedding
from models.product_search import ProductSearch
from models.registry import Registry
from shop import catalogue
from shop.catalogue import Product
from shop.database import Database, open_database
from shop.settings import settings


def add_search_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--catalogue", type=Path, required=True, metavar="FILE",
                        help="the products, as `floorwalker import jsonl` reads them, plain or gzipped")
    parser.add_argument("--judgements", type=Path, required=True, metavar="FILE",
                        help="CSV with the columns query, product_id and grade (0: does not fit), plain or gzipped")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_search(arguments: argparse.Namespace) -> int:
    found = evaluate_search(arguments.catalogue, arguments.judgements)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else search_report(found))
    return 0


def evaluate_search(catalogue_file: Path, judgements_file: Path) -> dict[str, Any]:
    """All figures. Raises CommandError, naming the file and the remedy, where they cannot be had."""
    embedding = SentenceEmbedding.load(
        Registry(settings.var / "models").require("embedding").directory, threads=os.cpu_count() or 1
    )
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/shop.db")
        try:
            database.migrate()
            imported = _import(database, catalogue_file)
            with database.session() as db:
                products = list(catalogue.all_products(db))
            judgements = read_judgements(judgements_file, {product.product_id for product in products})
            started = time.perf_counter()
            search = ProductSearch.build(products, embedding, threads=os.cpu_count() or 1)
            index_seconds = time.perf_counter() - started
            rankings, took_ms = _rankings(database, search, judgements.scored)
        finally:
            database.close()
    baseline = PlainBm25(products)
    per_query = [_query_figures(query, judgements, rankings[query], baseline) for query in judgements.scored]
    halves = {name: [each for each in per_query if half_of(each["query"]) == name] for name in ("a", "b")}
    return {
        **_means(per_query),
        "queries": len(per_query),
        "products": len(products),
        "index_seconds": index_seconds,
        "search_ms": median(took_ms),
        "embedding": embedding.version,
        "index": search.card,
        "halves": {name: {"queries": len(half), **_means(half)} for name, half in halves.items() if half},
        "per_query": per_query,
        "without_a_fit": [query for query in judgements.grades if query not in rankings],
        **_files(catalogue_file, imported, judgements_file, judgements),
    }


def half_of(query: str) -> str:
    """ "a" or "b", always the same for a query: what is tuned on one half can be shown on the other."""
    return "ab"[hashlib.sha256(query.encode()).digest()[-1] % 2]


def _import(database: Database, file: Path) -> Report:
    if not file.is_file():
        raise CommandError(f"There is no catalogue {file}. Check the path.")
    with tqdm(total=file.stat().st_size, unit="B", unit_scale=True, disable=None, file=sys.stderr) as bar:
        try:
            report = load(database, read_lines(file, lambda position: bar.update(position - bar.n)), settings.currency)
        except BrokenFile as error:
            raise CommandError(f"{file} is no catalogue: {error}. Write one JSON object a line, in UTF-8.") from error
    if not report.used:
        raise CommandError(f"No product of {file} can be used. The first: {report.skipped[0]['reason']}")
    return report


def _rankings(
    database: Database, search: ProductSearch, queries: Sequence[str]
) -> tuple[dict[str, list[str]], list[float]]:
    """For each query all products, best first, and the milliseconds that the finder took.

    The finder orders as deep as it looks; what it does not look at follows as the search orders it, so that judged
    products are compared with each other however far down they are.
    """
    rankings, took_ms = {}, []
    with database.session() as db:
        finder = Finder(db, search, vocabulary_of(db, database))
        for query in tqdm(queries, unit=" queries", disable=None, file=sys.stderr):
            started = time.perf_counter()
            products: list[Product] = finder.ranked(Query(text=query))
            took_ms.append((time.perf_counter() - started) * 1000)
            rest = [hit.product_id for hit in search.search(query, None, len(search))]
            rankings[query] = list(dict.fromkeys([*(product.product_id for product in products), *rest]))
    return rankings, took_ms


def _query_figures(query: str, judgements: Judgements, ranking: list[str], baseline: PlainBm25) -> dict[str, Any]:
    grades = judgements.grades[query]
    return {
        "query": query, "half": half_of(query), "judgements": len(grades), **figures(ranking, grades),
        "baseline": figures(baseline.ranking(query), grades),
    }


def _means(per_query: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        **{name: mean(each[name] for each in per_query) for name in FIGURES},
        "baseline": {name: mean(each["baseline"][name] for each in per_query) for name in FIGURES},
    }


def _files(catalogue_file: Path, imported: Report, judgements_file: Path, judgements: Judgements) -> dict[str, Any]:
    """What the figures were made from: rows, bad rows and hashes."""
    with catalogue_file.open("rb") as content:
        catalogue_hash = hashlib.file_digest(content, "sha256").hexdigest()[:12]
    skipped = [{"file": str(catalogue_file), **row} for row in imported.skipped]
    bad = [{"file": row.file, "line": row.line, "reason": row.reason} for row in judgements.bad]
    return {
        "rows": {
            "catalogue": {"read": imported.read, "bad": imported.skipped_count},
            "judgements": {"read": judgements.rows, "bad": len(judgements.bad)},
        },
        "files": {str(catalogue_file): catalogue_hash, str(judgements_file): judgements.hash},
        "notes": dict(imported.notes),
        "bad_rows": [*skipped, *bad],
    }
