"""Bringing rows together that belong to one product or order, wherever in the file they stand.

On disk, in a private temporary file of SQLite's own that goes with the process: memory does not grow with the file,
and the whole file is read before the first thing is stored.
"""
from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

MAX_GROUP_ROWS = 10_000
MAX_GROUP_CHARS = 32 << 20  # one group at a time is held in memory


class DiskMap:
    """A dictionary of text that takes no memory. What is put in first stays."""

    def __init__(self) -> None:
        self._table = _private_table("CREATE TABLE map (key TEXT PRIMARY KEY, value) WITHOUT ROWID")

    def setdefault(self, key: str, value: Any) -> Any:
        """The value that was put in first under ``key``, which may be this one."""
        self._table.execute("INSERT OR IGNORE INTO map VALUES (?, ?)", (key, value))
        return self.get(key)

    def get(self, key: str) -> Any:
        """None for an unknown ``key``."""
        found = self._table.execute("SELECT value FROM map WHERE key = ?", (key,)).fetchone()
        return found[0] if found else None


class RowGroups:
    """Rows by key. Groups come out in the order of their first rows, rows in the order of the file."""

    def __init__(self) -> None:
        self._table = _private_table(
            "CREATE TABLE groups (id INTEGER PRIMARY KEY, key TEXT UNIQUE, rows INTEGER, chars INTEGER)",
            "CREATE TABLE rows (group_id INTEGER, number INTEGER, line INTEGER, cells TEXT, "
            "PRIMARY KEY (group_id, number)) WITHOUT ROWID",
        )
        self._last: tuple[str, int, int] | None = None

    def __len__(self) -> int:
        return self._table.execute("SELECT count(*) FROM groups").fetchone()[0]

    def __contains__(self, key: str) -> bool:
        return self._table.execute("SELECT 1 FROM groups WHERE key = ?", (key,)).fetchone() is not None

    def add(self, key: str, line: int, cells: dict[str, Any]) -> bool:
        """Put the row to its group; False where that has MAX_GROUP_ROWS or MAX_GROUP_CHARS already."""
        if self._last and self._last[0] == key:  # most rows follow their own kind
            group, rows, chars = self._last[1:]
        else:
            self._note_rows()
            self._table.execute("INSERT OR IGNORE INTO groups (key, rows, chars) VALUES (?, 0, 0)", (key,))
            query = "SELECT id, rows, chars FROM groups WHERE key = ?"
            group, rows, chars = self._table.execute(query, (key,)).fetchone()
        if rows >= MAX_GROUP_ROWS or chars > MAX_GROUP_CHARS:
            return False
        # JSON can hold half of a letter ("\\ud800"), which no database takes.
        text = json.dumps(cells, ensure_ascii=False).encode("utf-8", "replace").decode()
        self._table.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", (group, rows, line, text))
        self._last = (key, group, rows + 1, chars + len(text))
        return True

    def __iter__(self) -> Iterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
        """(key, [(line, cells)]) of each group."""
        self._note_rows()
        found = self._table.execute(
            "SELECT key, line, cells FROM rows JOIN groups ON groups.id = group_id ORDER BY group_id, number"
        )
        key, rows = None, []
        for name, line, cells in found:
            if name != key and rows:
                yield key, rows
                rows = []
            key = name
            rows.append((line, json.loads(cells)))
        if rows:
            yield key, rows

    def _note_rows(self) -> None:
        if self._last:
            _, group, rows, chars = self._last
            self._table.execute("UPDATE groups SET rows = ?, chars = ? WHERE id = ?", (rows, chars, group))
            self._last = None


def _private_table(*statements: str) -> sqlite3.Connection:
    """A database in a temporary file that no other process sees and that goes with this one: nothing is synced."""
    table = sqlite3.connect("", isolation_level=None)
    for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", *statements, "BEGIN"):
        table.execute(statement)
    return table
