"""Data sets that are read line by line: how long a line may be read, and lines that are not used."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO


@dataclass(frozen=True)
class BadLine:
    """A line that was not used, counted from 1."""

    line: int
    reason: str


def bounded_lines(file: BinaryIO, digest: Any, most_bytes: int) -> Iterator[bytes]:
    """The lines, each cut off one byte beyond ``most_bytes``, so that memory stays bounded.

    ``digest`` (of hashlib) is given every byte of the file.
    """
    while raw := file.readline(most_bytes + 1):
        digest.update(raw)
        rest = raw
        while len(rest) > most_bytes and not rest.endswith(b"\n"):
            rest = file.readline(most_bytes + 1)
            digest.update(rest)
        yield raw
