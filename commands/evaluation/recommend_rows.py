"""Interactions from a file: a line a user, `user item item …`, oldest first. A bad line is named, never dropped."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from commands.errors import CommandError
from models.data_lines import BadLine, bounded_lines

MAX_LINE_BYTES = 1_000_000
FEWEST_ITEMS = 3  # one to be known by, one for validation, one for the test


@dataclass
class Interactions:
    """``users``: what each chose in order, as rows of ``items``; ``hash``: first digits of the file's SHA-256."""

    items: list[str] = field(default_factory=list)
    users: list[list[int]] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    hash: str = ""


def read_interactions(path: Path) -> Interactions:
    """Raises CommandError, naming the file and the remedy, where nothing can be read from it."""
    found = Interactions()
    row_of_item: dict[str, int] = {}
    seen: set[str] = set()
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(bounded_lines(file, digest, MAX_LINE_BYTES), 1):
                words, reason = _words(raw, seen)
                if reason:
                    found.bad.append(BadLine(number, reason))
                elif words:
                    seen.add(words[0])
                    found.users.append([row_of_item.setdefault(item, len(row_of_item)) for item in words[1:]])
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    found.items, found.hash = list(row_of_item), digest.hexdigest()[:12]
    if not found.users:
        first = f" The first bad line is {found.bad[0].line}: {found.bad[0].reason}." if found.bad else ""
        raise CommandError(f"{path} holds no interactions. Write a line a user: `user item item …`.{first}")
    return found


def _words(raw: bytes, seen: set[str]) -> tuple[list[str], str | None]:
    """(user and items, None), or what is wrong with the line. An empty one has no words, and nothing is wrong."""
    if len(raw) > MAX_LINE_BYTES:
        return [], f"it is longer than {MAX_LINE_BYTES} bytes"
    try:
        words = raw.decode("utf-8-sig").split()
    except UnicodeDecodeError:
        return [], "it is not UTF-8"
    reason = None
    if words and words[0] in seen:
        reason = f"the user {words[0][:40]!r} has a line already"
    elif words and len(words) <= FEWEST_ITEMS:
        reason = f"the user {words[0][:40]!r} has {len(words) - 1} items; at least {FEWEST_ITEMS} are needed"
    return words, reason
