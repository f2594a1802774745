"""Judgements of search results: for a query, how well products fit it. And what is made of them: NDCG and recall."""
from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commands.errors import CommandError
from commands.evaluation.sentences import BadRow
from commands.imports.values import product_identifier

COLUMNS = ("query", "product_id", "grade")
GZIP_MAGIC = b"\x1f\x8b"
MAX_GRADE = 10  # the gain doubles with each; more than this is no grade but something else by mistake


@dataclass
class Judgements:
    """``grades``: query -> product id -> grade. ``hash``: the first 12 digits of the file's SHA-256."""

    hash: str = ""
    grades: dict[str, dict[str, int]] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)
    rows: int = 0

    @property
    def scored(self) -> list[str]:
        """Queries for which some product fits, in the file's order: for the others no order is better than another."""
        return [query for query, grades in self.grades.items() if max(grades.values()) > 0]


def read_judgements(path: Path, known: set[str]) -> Judgements:
    """Read a CSV (plain or gzipped) with the columns query, product_id and grade. ``known``: the catalogue's products.

    Raises CommandError, naming the remedy, where it cannot be read or holds nothing that can be used.
    """
    try:
        content = path.read_bytes()
        found = Judgements(hashlib.sha256(content).hexdigest()[:12])
        text = (gzip.decompress(content) if content[:2] == GZIP_MAGIC else content).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}. It should be CSV in UTF-8, plain or gzipped.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in reader.fieldnames or []]
    if missing := [name for name in COLUMNS if name not in header]:
        raise CommandError(f"{path} has no column {', '.join(missing)}. The first line must name "
                           f"{', '.join(COLUMNS)}.")
    reader.fieldnames = header
    line = reader.line_num
    for row in reader:
        first, line = line + 1, reader.line_num
        found.rows += 1
        reason = _take(found, row, known)
        if reason:
            found.bad.append(BadRow(str(path), first, reason))
    if not found.scored:
        why = f" The first bad row: {found.bad[0]}." if found.bad else ""
        raise CommandError(f"{path} has no query with a product that fits.{why} Nothing can be scored.")
    return found


def _take(found: Judgements, row: Mapping[str, str | None], known: set[str]) -> str:
    """Note one row; returns why it cannot be used, or ""."""
    query, named, grade = ((row.get(name) or "").strip() for name in COLUMNS)
    if not query or not named:
        return "the query is empty" if not query else "the product_id is empty"
    if not grade.isdecimal() or int(grade) > MAX_GRADE:
        return f"the grade {grade!r} is no whole number from 0 to {MAX_GRADE}"
    product_id = product_identifier(named)
    if product_id not in known:
        return f"the catalogue has no product {named!r}"
    grades = found.grades.get(query, {})
    if product_id in grades:
        return f"{named!r} was judged for “{query}” already"
    found.grades.setdefault(query, grades)[product_id] = int(grade)
    return ""


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k``: gain 2^grade - 1, what is not judged 0."""
    best = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain([grades.get(product_id, 0) for product_id in ranking[:k]]) / best if best else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def figures(ranking: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """The figures of one query; ``ranking`` is best first and holds each judged product that was ranked at all."""
    fitting = {product_id for product_id, grade in grades.items() if grade > 0}
    return {
        "ndcg_at_10": ndcg(ranking, grades),
        "ndcg_at_10_judged": ndcg([product_id for product_id in ranking if product_id in grades], grades),
        "recall_at_100": len(fitting & set(ranking[:100])) / len(fitting) if fitting else 0.0,
    }
