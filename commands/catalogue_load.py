"""Loading a foreign catalogue: in batches, each its own transaction; a product that is refused stops no other."""
from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from commands.catalogue_lines import Line
from commands.catalogue_row import CatalogueRow, read_row, slug_of
from shop import catalogue
from shop.database import Database, lock_for_writing
from shop.errors import BadInput

BATCH = 500
NAMED = 1000  # skipped lines that a report names; the rest is only counted


class NotACatalogue(Exception):
    """Nothing in the beginning of the file is a JSON object: it is no JSONL, and nothing was changed."""


@dataclass
class LoadReport:
    """What became of a catalogue. ``skipped``: the first NAMED lines passed over, as {line, reason}.

    ``notes``: liberties taken with products that were loaded, and how often.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped_count: int = 0
    categories_added: list[str] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def skip(self, line: int, reason: str) -> None:
        self.skipped_count += 1
        if len(self.skipped) < NAMED:
            self.skipped.append({"line": line, "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "notes": dict(self.notes)}


class _DryRun(Exception):
    """Raised inside a transaction to take everything in it back."""


class _Seen:
    """What was named on which line: on disk, so that memory does not grow with the catalogue."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("")  # a private temporary file of SQLite's own
        self._table.execute("CREATE TABLE seen (name TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    def first_line(self, name: str, line: int) -> int:
        """The line that used ``name`` first: ``line`` itself where it is new."""
        self._table.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (name, line))
        return self._table.execute("SELECT line FROM seen WHERE name = ?", (name,)).fetchone()[0]


def load(database: Database, lines: Iterable[Line], currency: str, dry_run: bool = False) -> LoadReport:
    """Add or change the products in ``lines``; with ``dry_run`` only count what would happen.

    Loading the same catalogue again changes nothing. Raises NotACatalogue, before anything is written, where none
    of the first BATCH lines is a JSON object.
    """
    report, seen = LoadReport(), _Seen()
    added: set[str] = set()
    for batch in _batches(lines):
        if not report.read and all(line.content is None for line in batch):
            raise NotACatalogue(f"line {batch[0].number} is {batch[0].reason}")
        rows = []
        for line in batch:
            report.read += 1
            row = _row(line, currency, seen, report)
            if row is not None:
                rows.append(row)
        if rows:
            added |= _store(database, rows, report, dry_run)
    if not report.read:
        raise NotACatalogue("it has no line")
    report.categories_added = sorted(added)
    return report


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    lines = iter(lines)
    while batch := list(islice(lines, BATCH)):
        yield batch


def _row(line: Line, currency: str, seen: _Seen, report: LoadReport) -> CatalogueRow | None:
    if line.content is None:
        report.skip(line.number, line.reason)
        return None
    try:
        row = read_row(line.number, line.content, currency)
    except BadInput as error:
        report.skip(line.number, str(error))
        return None
    for kind, name in (
        ("product", row.values["product_id"]), *(("sku", variant["sku"]) for variant in row.values["variants"])
    ):  # fmt: skip
        first = seen.first_line(f"{kind} {name}", line.number)
        if first != line.number:
            report.skip(line.number, f"{kind} {name!r} stands on line {first} already")
            return None
    return row


def _store(database: Database, rows: list[CatalogueRow], report: LoadReport, dry_run: bool) -> set[str]:
    """Store the rows in one transaction; where one is refused, halve until it is alone. Returns new categories."""
    count = added = None
    try:
        with database.session() as db:
            lock_for_writing(db)
            added = _fill_in_categories(db, rows)
            count = catalogue.upsert_products(db, [row.values for row in rows])
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except BadInput as error:
        if len(rows) == 1:
            # The number in the message counts within the transaction; the line's own number is the one of use.
            report.skip(rows[0].line, re.sub(r"^row \d+ \(.*?\), ", "", str(error)))
            return set()
        middle = len(rows) // 2
        return _store(database, rows[:middle], report, dry_run) | _store(database, rows[middle:], report, dry_run)
    report.added += count.added
    report.changed += count.changed
    report.unchanged += count.unchanged
    report.notes.update(note for row in rows for note in row.notes)
    return added


def _fill_in_categories(db: Session, rows: list[CatalogueRow]) -> set[str]:
    """Put each row's category slug in, making the categories that are missing; returns the names of those."""
    known: dict[str, str] = {}
    for node in _flat(catalogue.category_tree(db)):
        known[node.slug] = node.slug
        known.setdefault(node.name.casefold(), node.slug)
    new: dict[str, str] = {}
    for row in rows:
        name = row.category_name
        slug = known.get(name.casefold()) or known.get(name)
        if slug is None:
            slug = slug_of(name)
            if slug not in known:
                new[slug] = name
            known[slug] = known[name.casefold()] = slug
        row.values["category"] = slug
    if new:
        catalogue.upsert_categories(
            db, [{"slug": slug, "name": name, "position": 1000} for slug, name in new.items()]
        )
    return set(new.values())


def _flat(nodes: list[catalogue.Category]) -> Iterator[catalogue.Category]:
    for node in nodes:
        yield node
        yield from _flat(node.children)
