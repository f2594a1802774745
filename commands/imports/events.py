"""What people did: JSON, one object a line, or a table. Views, searches, things put into carts, purchases."""
from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from commands.imports.source import Rows, Source, json_rows, table_rows, unmarked
from commands.imports.tables import Columns, normal
from commands.imports.text_file import chunks
from commands.imports.values import moment, product_identifier, stock_keeping_unit
from shop import limits
from shop.errors import BadInput
from shop.events import KINDS

COLUMNS = Columns(
    "events table",
    {
        "kind": ("kind", "event", "event_type", "event name", "type", "action"),
        "at": ("at", "timestamp", "time", "date", "created_at", "event_time"),
        "customer_id": ("customer_id",),
        "email": ("email", "customer_email", "user_email"),
        "visitor_id": ("visitor_id", "session_id", "client_id", "anonymous_id", "user_pseudo_id", "user_id"),
        "product_id": ("product_id", "product", "handle", "item_id"),
        "sku": ("sku", "variant_sku"),
        "query": ("query", "search_term", "search", "q"),
    },
    required=(("kind",), ("at",), ("customer_id", "email", "visitor_id")),
)
# What others call the same: Google Analytics 4, Shopify's web pixels, shop logs.
_KINDS = {
    "view_item": "view", "product_viewed": "view", "product_view": "view", "product viewed": "view", "detail": "view",
    "view_search_results": "search", "search_submitted": "search", "searched": "search",
    "addtocart": "add_to_cart", "add-to-cart": "add_to_cart", "cart": "add_to_cart",
    "product_added_to_cart": "add_to_cart", "product added": "add_to_cart", "transaction": "purchase",
    "remove-from-cart": "remove_from_cart", "product_removed_from_cart": "remove_from_cart", "order": "purchase",
    "checkout_completed": "purchase", "order completed": "purchase", "select_item": "click",
    **{kind: kind for kind in KINDS},
}  # fmt: skip
_TEXT_CHARS = 1000


def read(path: Path, _currency: str, progress: Callable[[int], None] = lambda _: None) -> Source:
    """The events of the file, read whole. Raises BrokenFile where it is neither JSON lines nor such a table."""
    counted = _Occurrences()
    source = Source(lambda rows: _event(rows, counted))
    for line, cells in _rows(path, source, progress):
        source.add(str(line), line, cells)
    return source


def _rows(path: Path, source: Source, progress: Callable[[int], None]) -> Iterator[tuple[int, dict[str, Any]]]:
    if not next(chunks(path), b"").lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        yield from table_rows(path, COLUMNS, source.report, progress)
        return
    known = COLUMNS.known()
    for number, content in json_rows(path, source.report, progress):
        cells: dict[str, Any] = {}
        for name, value in content.items():
            if value not in (None, ""):  # of several names of one thing the first that says something, as in a table
                cells.setdefault(known.get(normal(str(name)), str(name)), value)
        yield number, cells


def _event(rows: Rows, counted: _Occurrences) -> dict[str, Any]:
    cells = rows[0][1]
    named = " ".join(str(cells.get("kind") or "").split()).casefold()
    kind = _KINDS.get(named)
    if kind is None:
        raise BadInput("kind", cells.get("kind"), f"use one of {', '.join(KINDS)}.")
    at = moment("at", cells.get("at"))
    found = {name: _text(cells.get(name)) for name in ("customer_id", "email", "visitor_id", "product_id", "sku")}
    if found["visitor_id"] and len(found["visitor_id"]) > 32:
        found["visitor_id"] = hashlib.sha256(found["visitor_id"].encode()).hexdigest()[:32]
    event = {
        "kind": kind,
        "at": at,
        **found,
        "product_id": product_identifier(found["product_id"]) if found["product_id"] else None,
        "sku": stock_keeping_unit(found["sku"]) if found["sku"] else None,
        "query": _text(cells.get("query")) if kind == "search" else None,
    }
    return {**event, "occurrence": counted.next(json.dumps([str(each) for each in event.values()]))}


def _text(value: Any) -> str | None:
    if not isinstance(value, str | int | float):
        return None
    return limits.line("event", unmarked(str(value).strip())[:_TEXT_CHARS], _TEXT_CHARS, required=False) or None


class _Occurrences:
    """How often the same event came up so far: on disk, as a file may have many millions."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute("CREATE TABLE seen (name BLOB PRIMARY KEY, times INTEGER) WITHOUT ROWID")
        self._table.execute("BEGIN")

    def next(self, name: str) -> int:
        """1 for the first of its kind, 2 for the second …"""
        key = hashlib.sha256(name.encode("utf-8", "replace")).digest()[:16]
        statement = "INSERT INTO seen VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET times = times + 1 RETURNING times"
        return self._table.execute(statement, (key,)).fetchone()[0]
