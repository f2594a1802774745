"""The catalogue report: which questions shoppers will ask that the stored catalogue cannot answer, ranked.

A question counts by how many products lack its answer, each times how often shoppers of that kind of product ask it:
both tables, questions with their weights and the words by which kinds are told, stand in ``data/imports``.
"""
from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from tqdm import tqdm

from commands.imports.category_groups import CategoryGroups
from commands.imports.product_row import ASSUMED_STOCK, NO_BRAND
from commands.imports.values import attribute_name
from shop import catalogue, catalogue_import
from shop.database import Database
from shop.product import Product
from shop.settings import ROOT, settings

QUESTIONS_FILE = ROOT / "data" / "imports" / "questions.csv"
BATCH = 500
EXAMPLES = 3  # products a question
SHOWN = 12  # questions that a person is shown
LEAST_DESCRIPTION_CHARS = 40
_MEASURED = re.compile(r"\d\s*(?:cm|mm|m|l|ml|kg|g|inch|\"|x)(?![a-z])|\d\s*x\s*\d", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """``weights``: group -> of ten shoppers who ask about such a product, how many ask this."""

    name: str
    example: str
    fields: tuple[str, ...]  # of a product itself, such as "variant size"
    parts: re.Pattern | None  # of attributes' names that answer it
    said: re.Pattern | None  # words of a description that answer it
    weights: dict[str, int]


@dataclass
class Gap:
    """What of a question the catalogue cannot answer. ``asked``: products for which it is asked at all."""

    question: Question
    asked: int = 0
    lacking: int = 0
    score: float = 0.0
    groups: Counter[str] = field(default_factory=Counter)  # group -> products that lack it
    by_kind: dict[str, Product] = field(default_factory=dict)  # the first of each kind, so that examples differ
    others: list[Product] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.lacking / self.asked if self.asked else 0.0

    @property
    def examples(self) -> list[dict[str, str]]:
        """At most EXAMPLES products that lack it, of different kinds where there are some."""
        found = [*self.by_kind.values(), *self.others][:EXAMPLES]
        return [{"product_id": product.product_id, "title": product.title} for product in found]

    def lacks(self, product: Product, group: str, weight: int) -> None:
        self.lacking += 1
        self.score += weight / 10
        self.groups[group] += 1
        if len(self.by_kind) < EXAMPLES and product.kind not in self.by_kind:
            self.by_kind[product.kind] = product
        elif len(self.others) < EXAMPLES:
            self.others.append(product)


@dataclass
class CatalogueReport:
    """``gaps``: worst first, without questions that the catalogue always answers."""

    products: int
    groups: Counter[str]
    gaps: list[Gap]

    def as_dict(self) -> dict[str, Any]:
        return {
            "products": self.products,
            "groups": dict(self.groups.most_common()),
            "questions": [
                {
                    "question": gap.question.name, "example": gap.question.example, "score": round(gap.score, 1),
                    "products_asked": gap.asked, "products_lacking": gap.lacking,
                    "share_lacking": round(gap.share, 4), "groups": dict(gap.groups.most_common()),
                    "examples": gap.examples,
                }
                for gap in self.gaps
            ],
        }  # fmt: skip

    def as_text(self) -> str:
        if not self.products:
            return "The catalogue is empty: there is nothing to ask about."
        groups = ", ".join(f"{name} {count:,}" for name, count in self.groups.most_common(8))
        lines = [f"What shoppers will ask and the catalogue cannot answer ({self.products:,} products: {groups})", ""]
        if not self.gaps:
            return "\n".join([*lines, "  nothing that is asked often"])
        lines.append(f"{'':>4}{'lacking':>9}{'share':>8}  question")
        for rank, gap in enumerate(self.gaps[:SHOWN], 1):
            examples = ", ".join(f"{each['title']} ({each['product_id']})" for each in gap.examples)
            lines.append(f"{rank:>3}.{gap.lacking:>9,}{gap.share:>8.0%}  {gap.question.name}: “{gap.question.example}”")
            lines.append(f"{'':>23}such as {examples}")
        if len(self.gaps) > SHOWN:
            lines.append(f"{'':>23}and {len(self.gaps) - SHOWN} more; --json names them all")
        return "\n".join(lines)


def read_questions(path: Path = QUESTIONS_FILE) -> list[Question]:
    """The table of questions, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_question(row) for row in csv.DictReader(file)]


def examine(database: Database, quiet: bool = False) -> CatalogueReport:
    """Go through the stored catalogue, in batches that hold nothing open. ``quiet``: without a progress bar."""
    with database.session() as db:
        total = sum(node.product_count for node in _flat(catalogue.category_tree(db)))
        products = _with_pictures(db, catalogue.all_products(db))
        with tqdm(products, total=total, desc="report", leave=False, disable=True if quiet else None) as watched:
            return gaps_of(watched)


def _with_pictures(db: Session, products: Iterator[Product]) -> Iterator[tuple[Product, bool]]:
    while batch := list(islice(products, BATCH)):
        # The demo shop draws a picture of every product.
        pictured = None if settings.demo else catalogue_import.pictured(db, [each.product_id for each in batch])
        for product in batch:
            yield product, pictured is None or product.product_id in pictured


def gaps_of(products: Iterable[tuple[Product, bool]]) -> CatalogueReport:
    """The report on products, each with whether there is a picture of it."""
    groups, questions = CategoryGroups(), read_questions()
    gaps = [Gap(question) for question in questions]
    counts: Counter[str] = Counter()
    for product, has_picture in products:
        group = groups.group(product.kind, product.category_name, product.title)
        counts[group] += 1
        known = _Known(product, has_picture)
        for gap in gaps:
            weight = gap.question.weights.get(group, 0)
            if not weight:
                continue
            gap.asked += 1
            if not known.answers(gap.question):
                gap.lacks(product, group, weight)
    found = [gap for gap in gaps if gap.lacking]
    found.sort(key=lambda gap: (-gap.score, gap.question.name))
    return CatalogueReport(sum(counts.values()), counts, found)


class _Known:
    """What is known of one product, looked up once for all questions."""

    def __init__(self, product: Product, has_picture: bool) -> None:
        self._attributes = " ".join(
            f"_{attribute_name(key)}" for key, value in product.attributes.items() if value not in (None, "", [])
        )
        self._description = product.description
        self._fields = {
            "variant size": bool(product.sizes),
            "variant colour": bool(product.colours),
            "variant material": bool(product.materials),
            "measured size": any(_MEASURED.search(size) for size in product.sizes),
            "description": len(product.description) >= LEAST_DESCRIPTION_CHARS,
            "brand": product.brand not in ("", NO_BRAND),
            "picture": has_picture,
            # What the import had to assume is no answer.
            "stock": any(variant.stock != ASSUMED_STOCK for variant in product.variants),
            "rating": product.rating_count > 0,
        }

    def answers(self, question: Question) -> bool:
        if any(self._fields[name] for name in question.fields):
            return True
        if question.parts and question.parts.search(self._attributes):
            return True
        return bool(question.said and question.said.search(self._description))


FIELDS = (
    "variant size", "variant colour", "variant material", "measured size", "description", "brand", "picture", "stock",
    "rating",
)  # fmt: skip


def _question(row: dict[str, str]) -> Question:
    answered_by = [each.strip() for each in row["answered_by"].split(";") if each.strip()]
    # A part is a word of an attribute's name or its beginning, as the bot looks for it (actions/product_facts.py).
    parts = [re.escape(each.lstrip("_")) for each in answered_by if each not in FIELDS]
    said = [re.escape(each.strip()) for each in row["said_by"].split(";") if each.strip()]
    return Question(
        row["question"], row["example"], tuple(each for each in answered_by if each in FIELDS),
        re.compile(f"_(?:{'|'.join(parts)})") if parts else None,
        re.compile(rf"(?<![^\W\d_])(?:{'|'.join(said)})", re.IGNORECASE) if said else None,
        {name: int(value) for name, value in row.items()
         if name not in ("question", "example", "answered_by", "said_by") and int(value)},
    )  # fmt: skip


def _flat(nodes: Iterable[catalogue.Category]) -> Iterable[catalogue.Category]:
    for node in nodes:
        yield node
        yield from _flat(node.children)
