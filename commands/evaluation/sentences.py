"""Labelled sentences from CSV, JSONL or Rasa YAML. A row that cannot be used is named, never dropped in silence."""
from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commands.errors import CommandError
from models.training_data.examples import Malformed, examples_of, intent_blocks
from models.training_data.yaml_tree import YamlSyntaxError, compose

TEXT = "text"
LABELS = ("intent", "category")
SUFFIXES = (".csv", ".jsonl", ".yml", ".yaml")
# Longer than this is no message but a file by mistake; the widget takes 2,000 characters.
MAX_CHARACTERS = 20_000
csv.field_size_limit(1 << 24)


@dataclass(frozen=True)
class Sentence:
    """One row: what is said and, where the file says it, what is meant. ``entities`` as Rasa annotates them."""

    text: str
    intent: str
    file: str
    line: int
    entities: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class BadRow:
    """A row that was not used. ``line`` counts from 1 and is the row's first."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass
class Sentences:
    """What was read from one or more files. ``hashes``: file -> the first 12 digits of its SHA-256."""

    good: list[Sentence] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)

    @property
    def intents(self) -> set[str]:
        return {sentence.intent for sentence in self.good}


def read(path: Path, labelled: bool = True) -> Sentences:
    """Sentences of a file, or of all files below a folder, in order.

    ``labelled=False`` reads sentences that need no intent (out of scope); one that stands there is ignored.

    Raises CommandError, naming the file and the remedy, where nothing can be read from it at all.
    """
    paths = [path]
    if path.is_dir():
        paths = sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and not each.is_dir())
    found = Sentences()
    for each in paths:
        reader = READERS.get(each.suffix.lower())
        if reader is None:
            raise CommandError(f"{each} is neither CSV, JSONL nor YAML. Its name must end in {', '.join(SUFFIXES)}.")
        try:
            found.hashes[str(each)] = hashlib.sha256(each.read_bytes()).hexdigest()[:12]
        except OSError as error:
            raise CommandError(f"{each} cannot be read: {error.strerror}. Check the path.") from error
        for row in reader(each, labelled):
            (found.bad if isinstance(row, BadRow) else found.good).append(row)
    if not found.good:
        first = f" The first bad row: {found.bad[0]}." if found.bad else ""
        raise CommandError(f"{path} holds no sentence that can be used.{first}")
    return found


def _row(path: Path, line: int, text: Any, intent: Any, labelled: bool) -> Sentence | BadRow:
    reason = _wrong("text", text) or (labelled and _wrong("intent", intent))
    if not reason and len(text) > MAX_CHARACTERS:
        reason = f"the text has {len(text)} characters; at most {MAX_CHARACTERS} are read"
    if reason:
        return BadRow(str(path), line, reason)
    return Sentence(text.strip(), intent.strip() if labelled else "", str(path), line)


def _wrong(name: str, value: Any) -> str | None:
    """What is wrong with a field; None where nothing is."""
    if value is None:
        return f"it has no {name}"
    if not isinstance(value, str):
        return f"the {name} is {type(value).__name__}, not a string"
    if not value.strip():
        return f"the {name} is empty"
    return f"the {name} is not UTF-8" if "\ufffd" in value else None


def _read_csv(path: Path, labelled: bool) -> Iterator[Sentence | BadRow]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        # Strict: a quote that is never closed would otherwise swallow all rows after it as one text.
        rows = csv.reader(file, strict=True)
        header = [name.strip().lower() for name in next(rows, [])]
        labels = [name for name in LABELS if name in header]
        if TEXT not in header or (labelled and not labels):
            wanted = "“text,intent” or “text,category”" if labelled else "“text”"
            raise CommandError(f"The first line of {path} is “{','.join(header)}”. It must name the columns {wanted}.")
        at_text, at_label = header.index(TEXT), header.index(labels[0]) if labels else -1
        while True:
            line = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                last = f" (up to line {rows.line_num})" if rows.line_num > line else ""
                yield BadRow(str(path), line, f"a quote is not closed, or stands where none may be{last}: {error}")
                continue
            if not row:
                continue  # an empty line is no row
            if len(row) != len(header):
                yield BadRow(str(path), line, f"it has {len(row)} columns; the first line has {len(header)}")
                continue
            yield _row(path, line, row[at_text], row[at_label] if labelled else None, labelled)


def _read_jsonl(path: Path, labelled: bool) -> Iterator[Sentence | BadRow]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line, content in enumerate(file, 1):
            if not content.strip():
                continue
            try:
                row = json.loads(content)
            except (ValueError, RecursionError) as error:
                yield BadRow(str(path), line, f"it is not JSON: {error}")
                continue
            if not isinstance(row, dict):
                yield BadRow(str(path), line, "it is JSON, but no object with “text” and “intent”")
                continue
            label = next((row[name] for name in LABELS if name in row), None)
            yield _row(path, line, row.get(TEXT), label, labelled)


def _read_yaml(path: Path, labelled: bool) -> Iterator[Sentence | BadRow]:
    try:
        root = compose(path)
    except YamlSyntaxError as error:
        raise CommandError(f"{path}:{error.line}: This is not YAML: {error.reason}. Mend the line.") from error
    for intent, _, block in intent_blocks(root, str(path)):
        for example in examples_of(block, intent, str(path)):
            if isinstance(example, Malformed):
                yield BadRow(str(path), example.place.line, example.reason)
                continue
            row = _row(path, example.place.line, example.text, intent, labelled)
            if isinstance(row, Sentence) and labelled:
                row = Sentence(row.text, row.intent, row.file, row.line, example.entities)
            yield row


READERS: dict[str, Callable[[Path, bool], Iterator[Sentence | BadRow]]] = {
    ".csv": _read_csv, ".jsonl": _read_jsonl, ".yml": _read_yaml, ".yaml": _read_yaml,
}


def folded(name: str) -> str:
    """An intent's name without case and punctuation: ``Refund_not_showing_up?`` -> ``refund not showing up``."""
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def with_names_of(test: list[Sentence], train: list[Sentence]) -> list[Sentence]:
    """``test`` with each intent named as ``train`` names it, compared without case and punctuation.

    A name that ``train`` lacks stays as it is. Raises CommandError where ``train`` itself has two names that are
    one when folded.
    """
    names: dict[str, str] = {}
    for sentence in train:
        known = names.setdefault(folded(sentence.intent), sentence.intent)
        if known != sentence.intent:
            raise CommandError(
                f"“{known}” and “{sentence.intent}” of the training file differ only in case or punctuation. "
                "Leave out --fold-names, or give them one name."
            )
    return [
        Sentence(each.text, names.get(folded(each.intent), each.intent), each.file, each.line, each.entities)
        for each in test
    ]
