"""The catalogue's own words, kept for a minute: every search needs them and they hardly ever change."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from shop.catalogue import vocabulary
from shop.database import Database

KEPT_S = 60.0  # a new kind of product may be searched by text at once, and by its name a minute later


class Vocabulary:
    """Names of categories and kinds of products."""

    def __init__(self, categories: dict[str, list[str]], kinds: Sequence[str]) -> None:
        self._categories = categories
        self._kinds = {kind: stems(kind) for kind in kinds}
        self._of_category = {stem for names in categories.values() for stem in stems(names[0])}

    def category_names(self, slugs: Sequence[str]) -> list[str]:
        """The names that shoppers read; a slug that is not known stands for itself."""
        return [self._categories.get(slug, [slug])[0] for slug in slugs]

    def kinds_in(self, text: str) -> list[str]:
        """Kinds of products that ``text`` names: ``trail running shoes`` -> ``["running shoe"]``; else empty.

        The last word of a kind is enough ("boots" for hiking boots and ankle boots) unless it names a whole
        category: "shoes" is no one kind of shoe.
        """
        words = stems(text)
        whole = [kind for kind, stem in self._kinds.items() if _contains(words, stem)]
        if whole:
            # "polo shirt" names that kind and not "shirt" as well
            longer = [self._kinds[kind] for kind in whole]
            return [
                kind
                for kind in whole
                if not any(
                    len(other) > len(self._kinds[kind]) and _contains(other, self._kinds[kind]) for other in longer
                )
            ]
        return [
            kind
            for kind, stem in self._kinds.items()
            if stem and stem[-1] in words and stem[-1] not in self._of_category
        ]


def stems(text: str) -> tuple[str, ...]:
    """Words of ``text`` in lower case, without the plural's ending."""
    return tuple(_singular(word) for word in re.findall(r"[a-z0-9'-]+", text.lower()))


def _singular(word: str) -> str:
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _contains(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(words[start : start + len(part)] == part for start in range(len(words) - len(part) + 1))


_kept: WeakKeyDictionary[Database, tuple[float, Vocabulary]] = WeakKeyDictionary()


def vocabulary_of(db: Session, database: Database) -> Vocabulary:
    """The vocabulary of ``database``, read through ``db`` where it is not known or a minute old."""
    kept = _kept.get(database)
    if kept and time.monotonic() - kept[0] < KEPT_S:
        return kept[1]
    words = vocabulary(db)
    read = Vocabulary(words["categories"], words["kinds"])
    _kept[database] = (time.monotonic(), read)
    return read
