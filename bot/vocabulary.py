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

from rapidfuzz import process
from rapidfuzz.distance import OSA

logger = logging.getLogger(__name__)

KINDS = ("category", "brand", "colour", "size", "material")
# Shorter words have too many neighbours one letter away.
FUZZY_MIN_LETTERS = 5
# From so many letters on, two errors may be in a name.
TWO_ERRORS_FROM = 8
FUZZY_MAX_WORDS = 3
FUZZY_KINDS = ("category", "brand", "colour", "material")
# A hyphen parts words, as in "leather-free"; names with one are folded to match.
WORD = re.compile(r"[^\W\d_][\w'’&]*|\d+(?:[.,]\d+)?", re.UNICODE)
# "24cm", "0.75 l", "70 x 140 cm", "39-42": compared with the sizes without regard to spaces.
MEASURE = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?:\s?[x×-]\s?\d+(?:[.,]\d+)?)*(?:\s?[^\W\d_]+)?")
# A category's name may hold several: "Jackets & coats".
AND = re.compile(r"\s*[&/,]\s*")


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

    def __init__(self, path: Path, variants: dict[str, str] | None = None) -> None:
        """``variants``: other words for names of the catalogue, such as "wooden" for "wood"."""
        self._path = path
        self._variants = variants or {}
        self._read_at: float | None = None
        self._names: dict[str, tuple[str, str]] = {}  # folded name -> (kind, value)
        self._longest = 0  # words in the longest name
        self._words: frozenset[str] = frozenset()
        self._fuzzy: dict[str, str] = {}  # what misspelt words are compared with: name without spaces -> name
        self._measures: dict[str, str] = {}  # size without spaces, with and without its unit -> size

    @classmethod
    def of_shop(cls, path: str = "", variants: dict[str, str] | None = None) -> Vocabulary:
        """The vocabulary at ``path``; empty: that of this installation."""
        return cls(Path(path or Path(os.environ.get("FLOORWALKER_VAR") or "var") / "vocabulary.json"), variants)

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

    def measures(self, text: str) -> list[Found]:
        """Sizes of a number and a unit in ``text``, however they are spaced: "24cm", "70x140"."""
        self._refresh()
        found = []
        for match in MEASURE.finditer(text):
            size = self._measures.get(_measure(match[0]))
            end = match.end()
            if size is None and (number := re.match(r".*\d", match[0])):  # "70x140 in blue": the word is no unit
                size, end = self._measures.get(_measure(number[0])), match.start() + number.end()
            if size is not None:
                found.append(Found("size", size, match.start(), end, 1.0))
        return found

    def _alike(self, text: str, words: list[re.Match], position: int, known_words: frozenset[str]) -> Found | None:
        best: tuple[int, int, str, int] | None = None  # errors, words, name, end
        for length in range(1, min(FUZZY_MAX_WORDS, len(words) - position) + 1):
            span = words[position:position + length]
            start, end = span[0].start(), span[-1].end()
            folded = _fold(text[start:end]).replace(" ", "")
            if len(folded) < FUZZY_MIN_LETTERS or any(character.isdigit() for character in folded):
                continue
            if all(_fold(word[0]) in known_words for word in span):
                continue
            may_have = 1 + (len(folded) >= TWO_ERRORS_FROM)
            match = process.extractOne(folded, self._fuzzy.keys(), scorer=OSA.distance, score_cutoff=may_have)
            # The first letter is seldom mistyped.
            if match is not None and match[0][0] == folded[0] and (best is None or match[1] < best[0]):
                best = (match[1], length, match[0], end)
        if best is None:
            return None
        errors, _, name, end = best
        return Found(*self._names[self._fuzzy[name]], words[position].start(), end, round(1 - errors / len(name), 2))

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
        content = json.loads(self._path.read_text("utf-8"))
        names: dict[str, tuple[str, str]] = {}
        # Kinds of lower standing first: where two claim a name, the later one keeps it.
        for kind in reversed(KINDS):
            for value, spoken in content.get(kind, {}).items():
                for name in spoken:
                    names.update(dict.fromkeys(_forms(_fold(name), kind), (kind, value)))
        _add_implied(names, content.get("category", {}), self._variants)
        self._names = names
        self._words = frozenset(word for name in names for word in name.split())
        self._longest = max((len(WORD.findall(name)) for name in names), default=0)
        self._fuzzy = {
            name.replace(" ", ""): name for name, (kind, _) in names.items()
            if kind in FUZZY_KINDS and len(name) >= FUZZY_MIN_LETTERS
        }
        self._measures = _measures(names)
        self._read_at = changed_at


def _fold(text: str) -> str:
    return re.sub(r"[\s-]+", " ", text.casefold().replace("’", "'")).strip()


def _add_implied(
    names: dict[str, tuple[str, str]], categories: dict[str, list[str]], variants: dict[str, str]
) -> None:
    """Add what nobody wrote down and no other name claims: "coats" of "Jackets & coats", and the variants."""
    for slug, spoken in categories.items():
        for part in (part for name in spoken for part in AND.split(name)):
            for form in _forms(_fold(part), "category"):
                names.setdefault(form, ("category", slug))
    for said, meant in variants.items():
        if _fold(meant) in names:
            names.setdefault(_fold(said), names[_fold(meant)])


def _measures(names: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Sizes of a number and a unit, without spaces; those of several numbers ("70x140cm") without the unit too."""
    found: dict[str, str] = {}
    for kind, value in names.values():  # the value, as a folded name has lost its hyphen: "39-42"
        if kind == "size" and MEASURE.fullmatch(value) and not value.isdigit():
            found[_measure(value)] = value
            number = re.match(r".*\d", value)[0]
            if "x" in number:
                found.setdefault(_measure(number), value)
    return found


def _measure(text: str) -> str:
    return re.sub(r"\s", "", text.casefold()).replace("×", "x").replace(",", ".")


def _forms(name: str, kind: str) -> set[str]:
    """A category's name is said in the singular and the plural; other names as they are."""
    if kind != "category" or not name:
        return {name}
    if name.endswith("s"):
        return {name, name[:-1]} if not name.endswith("ss") else {name, name + "es"}
    if name.endswith(("x", "ch", "sh")):
        return {name, name + "s", name + "es"}
    plural = re.sub(r"fe?$", "ve", name) if re.search(r"[^f]fe?$", name) else name  # "knives", "scarves"
    return {name, name + "s", plural + "s"}
