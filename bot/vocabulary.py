"""The catalogue's own words: brands, categories, colours, sizes and materials, found in a sentence.

The words come from a file that is written whenever the catalogue changes, and are read anew when it does, so a
new brand is understood without training.
"""
from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

logger = logging.getLogger(__name__)

KINDS = ("category", "brand", "colour", "size", "material")
# Shorter words have too many neighbours one letter away.
FUZZY_MIN_LETTERS = 5
FUZZY_SCORE = 84
FUZZY_MAX_WORDS = 3
FUZZY_KINDS = ("category", "brand", "colour", "material")
# A hyphen parts words, as in "leather-free"; names with one are folded to match.
WORD = re.compile(r"[^\W\d_][\w'’&]*|\d+(?:[.,]\d+)?", re.UNICODE)


@dataclass(frozen=True)
class Found:
    """A word of the catalogue in a text: its kind, canonical value, place, and how sure the match is (0 to 1)."""

    kind: str
    value: str
    start: int
    end: int
    confidence: float


class Vocabulary:
    """The words in the file at ``path``: ``{"brand": {"Harrow": ["Harrow"]}, "category": {"shoes": [...]}, ...}``,
    for each kind the canonical value with the names by which people say it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: float | None = None
        self._names: dict[str, tuple[str, str]] = {}  # folded name -> (kind, value)
        self._longest = 0  # words in the longest name
        self._words: frozenset[str] = frozenset()
        self._fuzzy: dict[int, list[str]] = {}  # number of words -> names that misspelt words are compared with

    @classmethod
    def of_shop(cls, path: str = "") -> Vocabulary:
        """The vocabulary at ``path``; empty: that of this installation."""
        return cls(Path(path or Path(os.environ.get("FLOORWALKER_VAR") or "var") / "vocabulary.json"))

    def has_word(self, word: str) -> bool:
        """Whether ``word``, in lower case, stands in any name of the catalogue."""
        self._refresh()
        return word in self._words

    def find(self, text: str, known_words: frozenset[str] = frozenset()) -> list[Found]:
        """The catalogue's words in ``text``, in order, never overlapping; the longest name wins.

        A word that is in no name is compared with the names by likeness, unless it is among ``known_words``
        (folded): a word that people use in other sentences is more likely meant than misspelt.
        """
        self._refresh()
        words = list(WORD.finditer(text))
        found: list[Found] = []
        position = 0
        while position < len(words):
            match = self._exact(text, words, position) or self._alike(text, words, position, known_words)
            if match is None:
                position += 1
                continue
            found.append(match)
            while position < len(words) and words[position].start() < match.end:
                position += 1
        return found

    def _exact(self, text: str, words: list[re.Match], position: int) -> Found | None:
        for length in range(min(self._longest, len(words) - position), 0, -1):
            start, end = words[position].start(), words[position + length - 1].end()
            named = self._names.get(_fold(text[start:end]))
            if named is None:
                continue
            # A letter or a number in a sentence is seldom a size; those that are, the size patterns find.
            if named[0] == "size" and length == 1 < len(words) and (end - start < 2 or text[start].isdigit()):
                continue
            return Found(*named, start, end, 1.0)
        return None

    def _alike(self, text: str, words: list[re.Match], position: int, known_words: frozenset[str]) -> Found | None:
        for length in range(min(FUZZY_MAX_WORDS, len(words) - position), 0, -1):
            span = words[position:position + length]
            start, end = span[0].start(), span[-1].end()
            folded = _fold(text[start:end])
            if len(folded) < FUZZY_MIN_LETTERS or any(character.isdigit() for character in folded):
                continue
            if all(_fold(word[0]) in known_words for word in span):
                continue
            # A name of as many words: "harow trail" is like "harrow trail", and "harow trail tent" should not be.
            best = process.extractOne(
                folded, self._fuzzy.get(length, ()), scorer=fuzz.ratio, score_cutoff=FUZZY_SCORE
            )
            if best is not None:
                return Found(*self._names[best[0]], start, end, round(best[1] / 100, 2))
        return None

    def _refresh(self) -> None:
        try:
            changed_at = self._path.stat().st_mtime
        except FileNotFoundError:
            if self._read_at is None:
                logger.warning("There is no vocabulary at %s: brands and categories are not found. "
                               "Run `floorwalker train index`.", self._path)
                self._read_at = 0.0
            return
        if changed_at == self._read_at:
            return
        names: dict[str, tuple[str, str]] = {}
        # Kinds of lower standing first: where two claim a name, the later one keeps it.
        for kind in reversed(KINDS):
            for value, spoken in json.loads(self._path.read_text("utf-8")).get(kind, {}).items():
                for name in spoken:
                    names.update(dict.fromkeys(_forms(_fold(name), kind), (kind, value)))
        self._names = names
        self._words = frozenset(word for name in names for word in name.split())
        self._longest = max((len(WORD.findall(name)) for name in names), default=0)
        self._fuzzy = {}
        for name, (kind, _) in names.items():
            if kind in FUZZY_KINDS and len(name) >= FUZZY_MIN_LETTERS:
                self._fuzzy.setdefault(len(WORD.findall(name)), []).append(name)
        self._read_at = changed_at


def _fold(text: str) -> str:
    return re.sub(r"[\s-]+", " ", text.casefold().replace("’", "'")).strip()


def _forms(name: str, kind: str) -> set[str]:
    """A category's name is said in the singular and the plural; other names as they are."""
    if kind != "category" or not name:
        return {name}
    if name.endswith("s"):
        return {name, name[:-1]} if not name.endswith("ss") else {name, name + "es"}
    return {name, name + "s", name + "es"} if name.endswith(("x", "ch", "sh")) else {name, name + "s"}
