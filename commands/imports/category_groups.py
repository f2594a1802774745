"""Which group of categories a product belongs to, told by words: so that it works for a catalogue of any shop.

The words stand in ``data/imports/category_words.csv``. The last word of a name counts most, as in English it says what
the thing is: a "bike helmet" is a helmet.
"""
from __future__ import annotations

import csv
import re
from pathlib import Path

from shop.settings import ROOT

WORDS_FILE = ROOT / "data" / "imports" / "category_words.csv"
GENERAL = "general"
_LONGEST = 3  # words of a phrase
_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class CategoryGroups:
    """The table of words, read once."""

    def __init__(self, path: Path = WORDS_FILE) -> None:
        self._groups: dict[str, str] = {}
        self._known: dict[str, str | None] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for word in row["words"].split(";"):
                    self._groups.setdefault(_singular_phrase(word), row["group"])

    def group(self, kind: str, category_name: str, title: str) -> str:
        """The group by what the product is called, first by its kind; GENERAL where no word is known."""
        for name in (kind, category_name):
            if name not in self._known:
                self._known[name] = self._of(name)
            if found := self._known[name]:
                return found
        return self._of(title) or GENERAL

    def _of(self, name: str) -> str | None:
        tokens = [_singular(token) for token in _TOKEN.findall(name.casefold().split(",")[0])]
        for end in range(len(tokens), 0, -1):
            for start in range(max(0, end - _LONGEST), end):
                if found := self._groups.get(" ".join(tokens[start:end])):
                    return found
        return None


def _singular_phrase(text: str) -> str:
    return " ".join(_singular(token) for token in _TOKEN.findall(text.casefold()))


def _singular(word: str) -> str:
    """Words and the table lose their plural in the same way, so that it matters little whether it is good grammar."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
