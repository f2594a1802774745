"""What a shop has without any learning: plain BM25 over title and description, by the library bm25s."""
from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import bm25s
import numpy as np

from models.facets import Product

WORD = re.compile(r"[a-z0-9]+")
K1, B = 1.2, 0.75  # as in Lucene
# It tells at DEBUG of each index that it builds, whatever the root logger says.
logging.getLogger("bm25s").setLevel(logging.WARNING)


class PlainBm25:
    """Words as they stand, no stems and no fields: what BM25 figures are usually published for."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._ids = np.array([product.product_id for product in products])
        self._index = bm25s.BM25(k1=K1, b=B, method="lucene")
        self._index.index([_words(f"{each.title} {each.description}") for each in products], show_progress=False)

    def ranking(self, query: str) -> list[str]:
        """All product ids, best first; those without any word of the query follow in the catalogue's order."""
        words = [word for word in _words(query) if word in self._index.vocab_dict]
        scores = self._index.get_scores(words) if words else np.zeros(len(self._ids))
        return self._ids[np.argsort(-scores, kind="stable")].tolist()


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())
