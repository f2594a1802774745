"""What became of a file: counted, and said to a person or a program."""
from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

NAMED = 1000  # skipped lines that a report names; the rest is only counted
REASON_CHARS = 500  # of one line: it may quote a cell of any length
SHOWN = 20  # skipped lines that a human is shown


class BrokenFile(Exception):
    """The file as a whole is not what it should be, and nothing was changed. The message says what was looked for."""


@dataclass
class Report:
    """``read``: lines (or rows, or items) of the file. ``skipped``: the first NAMED passed over, as {line, reason}.

    ``notes``: liberties taken with what was loaded, and how often. ``file_notes``: how the file had to be read.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped_count: int = 0
    categories_added: list[str] = field(default_factory=list)
    skipped: list[dict[str, Any]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    file_notes: list[str] = field(default_factory=list)

    @property
    def used(self) -> int:
        """Things of the file that the shop now holds."""
        return self.added + self.changed + self.unchanged

    def skip(self, line: int, reason: str) -> None:
        self.skipped_count += 1
        if len(self.skipped) < NAMED:
            self.skipped.append({"line": line, "reason": reason[:REASON_CHARS]})

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "notes": dict(self.notes)}

    def as_text(self, what: str, dry_run: bool) -> str:
        """``what``: the things that were counted, such as "products"."""
        lines = [f"{'read':<12}{self.read:>9,}"]
        for name in ("added", "changed", "unchanged"):
            lines.append(f"{name:<12}{getattr(self, name):>9,}")
        lines.append(f"{'skipped':<12}{self.skipped_count:>9,}")
        if dry_run:
            lines.insert(0, "This is what would happen; nothing was stored.")
        if self.file_notes:
            lines += ["", "the file", *(f"{'':>9}  {note}" for note in self.file_notes)]
        if self.categories_added:
            names = ", ".join(self.categories_added[:SHOWN])
            more = len(self.categories_added) - SHOWN
            lines.append(f"\nnew categories: {names}{f' and {more} more' if more > 0 else ''}")
        if self.notes:
            lines += ["", what, *(f"{count:>9,}  {note}" for note, count in self.notes.most_common())]
        if self.skipped:
            lines.append("\nskipped lines")
            lines += [f"{each['line']:>9,}  {each['reason']}" for each in self.skipped[:SHOWN]]
            if self.skipped_count > SHOWN:
                lines.append(f"{'':>9}  and {self.skipped_count - SHOWN:,} more; --json names the first {NAMED:,}")
        return "\n".join(lines)
