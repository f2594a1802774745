"""Delimited text (CSV, TSV) as rows by column name. A broken row is named with its line and costs no other.

The delimiter is the one under which the header has most of the columns that are looked for. A quote that is never
closed would swallow the rest of the file: such a record is given up at its first line, and reading goes on behind it.
"""
from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commands.imports import text_file
from commands.imports.report import BrokenFile

DELIMITERS = (",", ";", "\t", "|")
MAX_COLUMNS = 2000
MAX_RECORD_LINES = 2000
MAX_RECORD_CHARS = 1 << 20
MAX_GIVEN_UP = 1000  # records given up at their first line; beyond, one costs what it swallowed
_HEADER_CHARS = 1 << 16

csv.field_size_limit(2 * MAX_RECORD_CHARS)


@dataclass(frozen=True)
class Row:
    """``cells``: column -> text, empty ones left out; None where the row cannot be read, and ``reason`` says why."""

    line: int  # of its beginning, from 1
    cells: dict[str, str] | None
    reason: str = ""


@dataclass(frozen=True)
class Columns:
    """What a kind of table has. ``names``: our name -> what the column may be called, in any case.

    ``required``: sets of which one column each must be there. ``what``: of what the table is, for messages.
    """

    what: str
    names: Mapping[str, Sequence[str]]
    required: Sequence[Sequence[str]]

    def known(self) -> dict[str, str]:
        return {normal(name): ours for ours, names in self.names.items() for name in names}


class Table:
    """An open table: ``columns`` by our names (the file's own, in lower case, where we have none), ``rows()``."""

    def __init__(self, path: Path, wanted: Columns, progress: Callable[[int], None] = lambda _: None) -> None:
        """Reads as far as the header. Raises BrokenFile where it is no such table, naming the columns looked for."""
        self._file = text_file.examine(path)
        self._progress = progress
        self.header_line, self.delimiter, header = self._find_header(wanted)
        known = wanted.known()
        self.columns = [known.get(name, name) for name in map(normal, header)]
        missing = [each for each in wanted.required if not set(each) & set(self.columns)]
        if missing:
            looked_for = "; ".join(
                " or ".join(f"“{wanted.names[ours][0]}”" for ours in alternatives) for alternatives in missing
            )
            # A file that is something else may hold anything, commands to the terminal among it.
            shown = ", ".join("".join(filter(str.isprintable, name.strip()[:40])) for name in header[:12])
            shown += ", …" if len(header) > 12 else ""
            raise BrokenFile(
                f"it is no {wanted.what}: no column {looked_for} was found in its header, line "
                f"{self.header_line}: {shown}"
            )
        self.notes = list(self._file.notes)
        if self.delimiter != ",":
            self.notes.append(f"columns are parted by {'a tab' if self.delimiter == chr(9) else self.delimiter}")

    def rows(self) -> Iterator[Row]:
        """The rows behind the header in order; empty ones are left out."""
        source = _Lines(text_file.lines(self._file, self._progress))
        for _ in range(self.header_line):
            source.skip()
        for line, values, reason in source.records(self.delimiter, len(self.columns)):
            if reason:
                yield Row(line, None, reason)
                continue
            cells: dict[str, str] = {}
            for name, value in zip(self.columns, values, strict=False):
                if name not in cells and (text := value.strip()):
                    cells[name] = text
            if cells:
                yield Row(line, cells)

    def _find_header(self, wanted: Columns) -> tuple[int, str, list[str]]:
        known, read = wanted.known(), ""
        for number, line in enumerate(text_file.lines(self._file), 1):
            read = line.removeprefix("\ufeff").strip("\r\n")
            # Spreadsheets may put "sep=;" into a line of its own.
            if not read.strip() or re.fullmatch(r"sep=.", read, re.IGNORECASE):
                continue
            if len(read) > _HEADER_CHARS:
                raise BrokenFile(f"it is no {wanted.what}: line {number} is too long for a header")
            found = [(sign, next(csv.reader([read], delimiter=sign), [])) for sign in DELIMITERS]
            # The first of equals: a header of one column has no delimiter at all.
            sign, header = max(found, key=lambda each: sum(normal(name) in known for name in each[1]))
            if len(header) > MAX_COLUMNS:
                raise BrokenFile(f"it is no {wanted.what}: {len(header):,} columns, and {MAX_COLUMNS:,} may be read")
            return number, sign, header
        raise BrokenFile("it has no line")


def normal(name: str) -> str:
    """A column's name as it is compared: no case, no doubled spaces."""
    return " ".join(name.replace("\ufeff", "").split()).casefold()


class _Lines:
    """Physical lines with a memory of those of the record under way, so that reading can go back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._chars = 0
        self._open = True  # whether there may be lines to come
        self._number = 0
        self._given_up = 0

    def skip(self) -> None:
        next(self._lines, None)
        self._number += 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= MAX_RECORD_LINES or self._chars > MAX_RECORD_CHARS:
            raise _TooLong(
                f"a quote that is opened here is not closed within {MAX_RECORD_LINES:,} lines or "
                f"{MAX_RECORD_CHARS:,} characters"
            )
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self._open = False
            raise StopIteration
        self._taken.append(line)
        self._chars += len(line)
        if len(line) == text_file.MAX_LINE_CHARS and not line.endswith(("\r", "\n")):
            raise _TooLong(f"a line of more than {text_file.MAX_LINE_CHARS:,} characters")
        return line

    def records(self, delimiter: str, width: int) -> Iterator[tuple[int, list[str], str]]:
        """(line, values, ""), or (line, [], why it cannot be read)."""
        while True:
            self._taken, self._chars = [], 0
            reason, values = "", []
            # A reader of its own for each record: one that broke off would go on inside the quotes.
            try:
                values = next(csv.reader(self, delimiter=delimiter))
            except StopIteration:
                return
            except _TooLong as error:
                reason = str(error)
            except csv.Error as error:
                reason = f"no table row ({error})"
            if not reason and not self._open:
                reason = "a quote that is opened here is never closed"
            while len(values) > width and not values[-1].strip():
                values.pop()
            if not reason and len(values) > width:
                reason = f"{len(values)} columns, and the header has {width}: check quotes and delimiters"
            line = self._number + 1
            if reason and len(self._taken) > 1 and self._given_up < MAX_GIVEN_UP:
                self._given_up += 1
                self._again.extendleft(reversed(self._taken[1:]))
                self._taken, self._open = self._taken[:1], True
            self._number += len(self._taken)
            yield line, values if not reason else [], reason


class _TooLong(Exception):
    """Raised inside the reader of a record that goes on and on."""
