"""Catalogues as large as they are wanted, from the demo shop's own words.

One seed of the demo shop gives some ten thousand products; more come from more seeds, each with a part number of its
own. The vectors of the first are those of their texts. A larger catalogue would take an hour to embed, so the others'
are made from them as near twins come about: between a product and some of its 32 nearest, with a little of chance in
every direction. Uniformly random vectors would be of no use: nothing lies near anything among them.
"""
from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from types import SimpleNamespace

import faiss
import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from models import product_text
from models.embedding import SentenceEmbedding
from models.facets import Product
from models.registry import Registry
from shop import catalogue, schema
from shop.demo.catalogue import make_products
from shop.demo.vocabulary import FOLDER, read_vocabulary
from shop.settings import settings

A_SEED = 10_000
NEIGHBOURS = 32
NOISE = 0.012  # in each of 384 directions, so 0.24 in all: about what tells two neighbours apart
VARIANTS = 4  # of a product at most: the demo shop has ten on average, and most shops fewer
ROWS_A_STATEMENT = 5_000


def embedding() -> SentenceEmbedding:
    return SentenceEmbedding.load(Registry(settings.var / "models").require("embedding").directory, threads=2)


def rows(count: int) -> Iterator[tuple[dict, list[dict]]]:
    """``count`` products as rows of the tables products and variants."""
    words = read_vocabulary()
    now = datetime.now(UTC)
    everything = (
        (seed, made) for seed in range(1, -(-count // A_SEED) + 1) for made in make_products(words, seed, A_SEED, now)
    )
    for number, made in islice(everything, count):
        product_id = f"S{number}{made.product_id}"
        part = f"{made.brand.name[:2].upper()}-{number}{made.product_id[1:]}"
        row = {**made.row, "id": product_id, "title": f"{made.row['title']} {part}"}
        variants = made.variants[:VARIANTS]
        yield row, [{**each, "product_id": product_id, "sku": f"S{number}{each['sku']}"} for each in variants]


def products(count: int) -> list[Product]:
    """The same as objects, for what needs no database."""
    names = {row["slug"]: row["name"] for row in _categories()}
    found = []
    for row, variants in rows(count):
        fields = {name: value for name, value in row.items() if name != "id"}
        found.append(SimpleNamespace(
            product_id=row["id"], category_name=names[row["category"]], **fields,
            variants=[SimpleNamespace(**each) for each in variants],
        ))
    return found


def store(db: Session, count: int) -> None:
    """Put ``count`` products into an empty database."""
    catalogue.upsert_categories(db, _categories())
    stream = rows(count)
    while batch := list(islice(stream, ROWS_A_STATEMENT)):
        db.execute(insert(schema.products), [row for row, _ in batch])
        for part in _slices([each for _, variants in batch for each in variants]):
            db.execute(insert(schema.variants), part)


def vectors(first: list[Product], count: int, seed: int = 7) -> np.ndarray:
    """(count, d) float32 of length 1: those of ``first`` by their texts, then what is made of them."""
    real = embedding().embed([product_text.document(product) for product in first])
    return grown(real, count, seed)


def grown(real: np.ndarray, count: int, seed: int = 7) -> np.ndarray:
    """(count, d) float32: ``real`` (n, d), and after them products between its neighbours."""
    random = np.random.default_rng(seed)
    index = faiss.IndexFlatIP(real.shape[1])
    index.add(real)
    near = index.search(real, NEIGHBOURS)[1]
    made = np.empty((count, real.shape[1]), dtype=np.float32)
    made[: len(real)] = real[:count]
    for start in range(len(real), count, 50_000):
        size = min(50_000, count - start)
        one = random.integers(len(real), size=size)
        two, three = near[one[None, :], random.integers(1, NEIGHBOURS, size=(2, size))]
        towards, aside = (random.uniform(0, most, size=(size, 1)).astype(np.float32) for most in (0.5, 0.3))
        mixed = real[one] + towards * (real[two] - real[one]) + aside * (real[three] - real[one])
        mixed += random.normal(scale=NOISE, size=mixed.shape).astype(np.float32)
        made[start : start + size] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return made


def _categories() -> list[dict]:
    with (FOLDER / "categories.csv").open(encoding="utf-8") as file:
        return [{"slug": row["slug"], "name": row["name"]} for row in csv.DictReader(file)]


def _slices(rows_: list[dict]) -> Iterator[list[dict]]:
    for start in range(0, len(rows_), ROWS_A_STATEMENT):
        yield rows_[start : start + ROWS_A_STATEMENT]
