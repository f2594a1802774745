"""Loading orders, customers and events: in batches, each its own transaction; a row that is refused stops no other."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from commands.imports import customers, events, json_orders, shopify_orders
from commands.imports.report import Report
from commands.imports.source import Source
from commands.imports.text_file import chunks
from shop.bulk_import import BulkCount
from shop.customers_import import import_customers
from shop.database import Database
from shop.events_import import import_events
from shop.orders_import import import_orders
from shop.policies import facts

BATCH = 500


@dataclass(frozen=True)
class Kind:
    """``read``: file, currency and progress -> what it holds. ``store``: the shop's door."""

    help: str
    read: Callable[..., Source]
    store: Callable[..., BulkCount]  # session, rows


def _read_orders(path: Path, currency: str, progress: Callable[[int], None]) -> Source:
    as_json = next(chunks(path), b"").lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    return (json_orders if as_json else shopify_orders).read(path, currency, progress)


RECORDS = {
    "orders": Kind("orders as Shopify exports them (CSV), or one JSON object a line", _read_orders, import_orders),
    "customers": Kind("customers as Shopify exports them (CSV)", customers.read, import_customers),
    "events": Kind("views, searches, carts and purchases (CSV, or one JSON object a line)", events.read, import_events),
}


class _DryRun(Exception):
    """Raised inside a transaction to take everything in it back."""


def load_records(
    database: Database, path: Path, what: str, currency: str, dry_run: bool, bar: Callable[[int, str, str], tqdm]
) -> Report:
    """Store what ``path`` holds; with ``dry_run`` only count. ``bar``: total, unit and title -> a progress bar.

    Raises BrokenFile, before anything is stored, where the file is not of this kind.
    """
    kind = RECORDS[what]
    with bar(path.stat().st_size, "B", f"reading {path.name}") as reading:
        source = kind.read(path, currency, lambda position: reading.update(position - reading.n))
    report, store = source.report, kind.store
    if store is import_orders:
        with database.session() as db:
            store = partial(import_orders, rules=facts(db))
    with bar(len(source.groups), "", "storing") as storing:
        lines = source.lines()
        while batch := list(islice(lines, BATCH)):
            for line in batch:
                if line.content is None:
                    report.skip(line.number, line.reason)
            rows = [line for line in batch if line.content is not None]
            if rows:
                count = _store(database, store, [line.content for line in rows], dry_run)
                for position, error in count.refused:
                    report.skip(rows[position].number, str(error))
                report.added += count.added
                report.changed += count.changed
                report.unchanged += count.unchanged
                report.notes.update(count.notes)
            storing.update(len(batch))
    return report


def _store(
    database: Database, store: Callable[..., BulkCount], rows: list[dict[str, Any]], dry_run: bool
) -> BulkCount:
    count = BulkCount()
    try:
        with database.session() as db:
            count = store(db, rows)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return count
