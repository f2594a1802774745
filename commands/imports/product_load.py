"""Loading a foreign catalogue: in batches, each its own transaction; a product that is refused stops no other."""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from commands.imports.json_lines import Line
from commands.imports.product_row import NO_CATEGORY, CatalogueRow, read_row, slug_of
from commands.imports.report import BrokenFile, Report
from commands.imports.row_groups import DiskMap
from commands.imports.values import stock_keeping_unit
from shop import catalogue
from shop.database import Database, lock_for_writing
from shop.errors import BadInput

BATCH = 500
MAX_CATEGORIES = 5000
MAX_LATE = 1000  # products that are tried again at the end


class _DryRun(Exception):
    """Raised inside a transaction to take everything in it back."""


def load(
    database: Database, lines: Iterable[Line], currency: str, dry_run: bool = False, report: Report | None = None,
    decimal: str | None = None,
) -> Report:  # fmt: skip
    """Add or change the products in ``lines``; with ``dry_run`` only count what would happen.

    Loading the same catalogue again changes nothing. Raises BrokenFile, before anything is written, where none
    of the first BATCH lines is a JSON object. Where the lines were made from another file, ``report`` is what was
    found when reading it, and counts its rows; ``decimal`` is the sign that parts decimals in it.
    """
    grouped = report is not None
    report, seen = report or Report(), DiskMap()
    added: set[str] = set()
    late: list[CatalogueRow] = []
    read = 0
    for batch in _batches(lines):
        if not read and not grouped and all(line.content is None for line in batch):
            raise BrokenFile(f"line {batch[0].number} is {batch[0].reason}")
        read += len(batch)
        rows = [row for line in batch if (row := _row(line, currency, decimal, seen, report, grouped)) is not None]
        if rows:
            added |= _store(database, rows, report, dry_run, late)
    # A sku that moves to another product is free once the product that had it was stored as well: together, as two
    # products may have changed theirs with each other.
    for rows in _batches(late):
        added |= _store(database, rows, report, dry_run)
    if not grouped:
        report.read = read
        if not read:
            raise BrokenFile("it has no line")
    report.categories_added = sorted(added)
    return report


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    items = iter(items)
    while batch := list(islice(items, BATCH)):
        yield batch


def _row(
    line: Line, currency: str, decimal: str | None, seen: DiskMap, report: Report, grouped: bool
) -> CatalogueRow | None:
    if line.content is None:
        report.skip(line.number, line.reason)
        return None
    try:
        row = read_row(line.number, line.content, currency, decimal)
    except BadInput as error:
        report.skip(line.number, str(error))
        return None
    product_id = row.values["product_id"]
    first = seen.setdefault(f"product {product_id}", line.number)
    if first != line.number:
        report.skip(line.number, f"product {product_id!r} stands on line {first} already")
        return None
    for variant in row.values["variants"]:
        first = seen.setdefault(f"sku {variant['sku']}", line.number)
        if first == line.number:
            continue
        if not grouped:
            report.skip(line.number, f"sku {variant['sku']!r} stands on line {first} already")
            return None
        # Shop systems let two products have one sku ("n/a"); here a sku is one thing that can be bought.
        variant["sku"] = stock_keeping_unit(f"{product_id}-{variant['sku']}")
        row.notes.append("with the sku of another product, renamed")
    for number, reason in row.skipped:
        report.skip(number, reason)
    return row


def _store(
    database: Database, rows: list[CatalogueRow], report: Report, dry_run: bool, late: list[CatalogueRow] | None = None
) -> set[str]:
    """Store the rows in one transaction; where one is refused, halve until it is alone. Returns new categories.

    What is refused for its sku goes to ``late``, as long as there is room, and is not yet skipped.
    """
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
        if len(rows) == 1 and late is not None and error.field == "sku" and len(late) < MAX_LATE:
            late.append(rows[0])
            return set()
        if len(rows) == 1:
            # The number in the message counts within the transaction; the line's own number is the one of use.
            report.skip(rows[0].line, re.sub(r"^row \d+ \(.*?\), ", "", str(error)))
            return set()
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return set().union(*(_store(database, half, report, dry_run, late) for half in halves))
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
    count = len(set(known.values()))
    for row in rows:
        name = row.category_name
        slug = known.get(name.casefold()) or known.get(name)
        if slug is None and count >= MAX_CATEGORIES:
            row.notes.append(f"with a category beyond the first {MAX_CATEGORIES:,}, put into “{NO_CATEGORY}”")
            name = NO_CATEGORY
            slug = known.get(name.casefold())
        if slug is None:
            slug = slug_of(name)
            if slug not in known:
                new[slug] = name
                count += 1
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
