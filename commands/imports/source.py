"""A file in another system's format, read whole before anything is stored.

Each ecosystem's module fills one of these; ``product_load`` and ``record_load`` then take its lines, which have the
keys of our own JSONL formats (docs/commands.md).
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from commands.imports.json_lines import Line, read_lines
from commands.imports.money import DecimalSign
from commands.imports.report import BrokenFile, Report
from commands.imports.row_groups import MAX_GROUP_CHARS, MAX_GROUP_ROWS, RowGroups
from commands.imports.tables import Columns, Table
from shop.errors import BadInput

Cells = dict[str, Any]
Rows = list[tuple[int, Cells]]
# What every spreadsheet and shop system may put before a value, so that it is not taken for a formula or a number.
_TEXT_MARK = "'"


class Source:
    """``add`` a file's rows under the product or order they belong to; ``lines`` then gives each of those once."""

    def __init__(self, build: Callable[[Rows], Cells]) -> None:
        """``build``: rows that belong together -> keys. It may raise BadInput, which costs what they belong to."""
        self.report = Report()
        self.groups = RowGroups()
        self.decimal = DecimalSign()
        self._build = build

    def skip(self, line: int, reason: str) -> None:
        self.report.skip(line, reason)

    def add(self, key: str, line: int, cells: Cells, numbers: tuple[str, ...] = ()) -> None:
        """Put a row where it belongs. ``numbers``: its cells from which the decimal sign can be learned."""
        for name in numbers:
            if name in cells:
                self.decimal.see(cells[name])
        if not self.groups.add(key, line, cells):
            self.skip(line, f"more than {MAX_GROUP_ROWS:,} rows or {MAX_GROUP_CHARS:,} characters belong together here")

    def lines(self) -> Iterator[Line]:
        for _, rows in self.groups:
            try:
                yield Line(rows[0][0], self._build(rows))
            except BadInput as error:
                yield Line(rows[0][0], None, str(error))


def json_rows(path: Path, report: Report, progress: Callable[[int], None]) -> Iterator[tuple[int, Cells]]:
    """The JSON objects of the file, each with its line number; other lines are reported as skipped.

    Raises BrokenFile, at the end, where none of the lines was an object.
    """
    anything = False
    for line in read_lines(path, progress):
        report.read += 1
        if line.content is None:
            report.skip(line.number, line.reason)
            continue
        anything = True
        yield line.number, line.content
    if not anything:
        raise BrokenFile("none of its lines is a JSON object")


def table_rows(
    path: Path, columns: Columns, report: Report, progress: Callable[[int], None]
) -> Iterator[tuple[int, Cells]]:
    """(line, cells) of a table's rows that can be read; the others are noted in ``report``, and so is how it was read.

    Raises BrokenFile where the file is no such table, or has no row that can be read.
    """
    table = Table(path, columns, progress)
    report.file_notes += table.notes
    readable = False
    for row in table.rows():
        report.read += 1
        if row.cells is None:
            report.skip(row.line, row.reason)
        else:
            readable = True
            yield row.line, row.cells
    if not readable:
        raise BrokenFile("it has a header and no row that can be read")


def first(rows: Rows, name: str) -> str:
    """The first value of a column among a product's rows; "" where none has it."""
    return next((cells[name] for _, cells in rows if cells.get(name)), "")


def unmarked(value: str) -> str:
    """``'+49 30 1234`` -> ``+49 30 1234``: without the mark that keeps spreadsheets from reading it as a formula."""
    return value[1:] if value[:1] == _TEXT_MARK and value[1:2] in tuple("=+-@0123456789\t\r") else value
