"""One problem of the trainers' files: where it stands, what it is, and what to do."""
from __future__ import annotations

from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file. ``file`` is relative to the project's root; ``line`` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """Something a trainer should mend. ``message`` and ``remedy`` are sentences.

    ``severity``: an ``error`` makes the bot answer wrongly, or not train at all; a ``warning`` makes it worse than
    it could be, or is left over.
    """

    code: str
    severity: str
    file: str
    line: int
    message: str
    remedy: str

    @classmethod
    def at(cls, place: Place, code: str, severity: str, message: str, remedy: str) -> Problem:
        return cls(code, severity, place.file, place.line, message, remedy)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} {self.remedy}"
