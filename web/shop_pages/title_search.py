"""The plain search field: words against titles, brands, kinds and categories. What the chat does is better."""
from __future__ import annotations

import re
import threading
import unicodedata

from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from shop import catalogue

TYPO_SCORE = 84  # of 100: one slip in a word of six letters passes, two do not
TYPO_MIN_CHARS = 5  # a slip in a shorter word is another word
MAX_WORDS = 12


def words(text: str) -> list[str]:
    """Lower-case words without accents: "Crème-brûlée" -> ["creme", "brulee"]."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[a-z0-9]+", "".join(each for each in plain if not unicodedata.combining(each)))[:MAX_WORDS]


class TitleSearch:
    """The catalogue's words in memory, read again whenever the catalogue's version changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = ""
        self._entries: list[tuple[str, list[str], set[str], int]] = []  # id, words of title, all words, fame

    def find(self, db: Session, text: str, limit: int = 400) -> list[str]:
        """Ids of products in which every word occurs, best first; empty where there are none."""
        wanted = words(text)
        if not wanted:
            return []
        scored = []
        for product_id, title, everything, fame in self._current(db):
            total = 0.0
            for word in wanted:
                score = _score(word, title, everything)
                if not score:
                    break  # at once: comparing with slips is dear, and nearly every product lacks some word
                total += score
            else:
                scored.append((-total, -fame, product_id))
        return [product_id for _, _, product_id in sorted(scored)[:limit]]

    def _current(self, db: Session) -> list[tuple[str, list[str], set[str], int]]:
        version = catalogue.catalogue_version(db)
        with self._lock:
            if version != self._version:
                self._entries = [_entry(product) for product in catalogue.all_products(db)]
                self._version = version
            return self._entries


def _entry(product: catalogue.Product) -> tuple[str, list[str], set[str], int]:
    texts = [product.title, product.brand, product.kind, product.category_name, *product.colours, *product.materials]
    everything = {word for text in texts for word in words(text)}
    return product.product_id, words(product.title), everything, product.rating_count


def _score(word: str, title: list[str], everything: set[str]) -> float:
    """3 for a word of the title, 2 for one elsewhere, less for a beginning or a slip; 0 for none."""
    if word in title:
        return 3.0
    if word in everything:
        return 2.0
    singular = word.removesuffix("s")
    if any(each.startswith(singular) for each in everything if len(singular) >= 3):
        return 1.5
    if len(word) >= TYPO_MIN_CHARS and any(fuzz.ratio(word, each, score_cutoff=TYPO_SCORE) for each in everything):
        return 1.0
    return 0.0
