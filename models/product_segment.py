"""A part of the catalogue: its facets, vectors and words, row by row. Never changed, only replaced.

The catalogue lies in two: a large one, and a small fresh one for what was added or reworded since. So a change costs
what the small one costs to make anew, and a reader never sees half of it.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models import product_text
from models.facets import FacetTable, Product
from models.lexical_index import LexicalIndex
from models.product_index import ProductIndex


@dataclass(frozen=True)
class Segment:
    """``digests`` (n,): those of the products' texts (``product_text.digest``). A row whose product is gone stays."""

    facets: FacetTable
    digests: list[str]
    index: ProductIndex
    lexical: LexicalIndex

    @classmethod
    def build(
        cls, products: Sequence[Product], vectors: np.ndarray, beside: Segment | None = None, **how_to_index: Any
    ) -> Segment:
        """The segment of ``products`` with their ``vectors`` (n, d). ``beside``: the one it will be searched with.

        ``how_to_index``: arguments of ``ProductIndex.build``.
        """
        return cls(
            FacetTable(products), [product_text.digest(product) for product in products],
            ProductIndex.build(vectors, **how_to_index),
            LexicalIndex.build(map(product_text.fields, products), beside.lexical.mean_lengths if beside else None),
        )

    def __len__(self) -> int:
        return len(self.digests)

    def patched(self, changes: Mapping[int, Product | None]) -> Segment:
        """This segment with other facets in some rows; None where the row's product is gone."""
        return replace(self, facets=self.facets.patched(changes)) if changes else self

    def joined(self, other: Segment) -> Segment:
        """One segment of this one's products and ``other``'s. What is gone is left out, but of an approximate index."""
        kept = np.arange(len(self)) if self.index.approximate else np.flatnonzero(self.facets.alive)
        kept_other = np.flatnonzero(other.facets.alive)
        digests = [self.digests[row] for row in kept] + [other.digests[row] for row in kept_other]
        return Segment(
            self.facets.joined(kept, other.facets, kept_other), digests,
            self.index.joined(kept, other.index, kept_other), self.lexical.joined(kept, other.lexical, kept_other),
        )

    def candidates(
        self, query: np.ndarray, words: Mapping[str, float], allowed: np.ndarray | None, depth: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """(rows (m,), their BM25 (m,)): the ``depth`` nearest by vector and the ``depth`` best by words together."""
        near, _ = self.index.search(query, depth, allowed)
        if not words:
            return near, np.zeros(len(near), dtype=np.float32)
        by_words = self.lexical.scores(words)
        said = np.flatnonzero(by_words if allowed is None else by_words * allowed)
        if len(said) > depth:
            said = said[np.argpartition(-by_words[said], depth)[:depth]]
        rows = np.union1d(near, said)
        return rows, by_words[rows]
