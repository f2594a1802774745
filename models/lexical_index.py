"""The lexical index: BM25 over the fields of products, for part numbers and rare words.

Fields are weighed before the saturation (BM25F): a word of the title counts more than one of the description, and a
word that stands in both does not count twice over. How often a word occurs at all is asked of the whole catalogue,
which may lie in several indexes (``models/product_segment.py``), so a posting holds everything but that.
"""
from __future__ import annotations

import math
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import ModelsError
from models.lexical_words import words


@dataclass(frozen=True)
class Field:
    """``weight`` of a word in the field; ``length_share`` (BM25's b): how far a long field counts less, from 0 to 1."""

    weight: float
    length_share: float


FIELDS: Mapping[str, Field] = {
    "title": Field(2.0, 0.75),
    "kind": Field(2.0, 0.0),
    "brand": Field(1.0, 0.0),
    "attributes": Field(0.3, 0.75),
    "description": Field(1.0, 0.75),
}
SATURATION = 1.2  # BM25's k1: how soon a word that is said again counts no more


class LexicalIndex:
    """Postings of the words of products, row by row as in the vector index. Never changed, only made anew."""

    def __init__(
        self, vocabulary: dict[str, int], starts: np.ndarray, rows: np.ndarray, weights: np.ndarray,
        lengths: np.ndarray, mean_lengths: np.ndarray,
    ) -> None:
        """``starts`` (words + 1,): where a word's postings begin in ``rows`` int32 and ``weights`` float32.

        ``lengths`` (n, fields) uint16: words of each field; ``mean_lengths`` (fields,): what they are compared with.
        """
        self.vocabulary = vocabulary
        self._starts, self._rows, self._weights = starts, rows, weights
        self.lengths = lengths
        self.mean_lengths = mean_lengths

    @classmethod
    def build(
        cls, products: Iterable[Mapping[str, str]], mean_lengths: np.ndarray | None = None
    ) -> LexicalIndex:
        """Index ``products``, each the texts of its FIELDS by name.

        ``mean_lengths``: those of the index beside which this one will be searched; its own by default.
        """
        vocabulary: dict[str, int] = {}
        counted: list[list[Counter[int]]] = []
        lengths = []
        for texts in products:
            fields = [[vocabulary.setdefault(word, len(vocabulary)) for word in words(texts.get(name, ""))]
                      for name in FIELDS]
            lengths.append([min(len(field), 65535) for field in fields])
            counted.append([Counter(field) for field in fields])
        table = np.array(lengths, dtype=np.uint16).reshape(-1, len(FIELDS))
        if mean_lengths is None:
            mean_lengths = np.maximum(table.mean(axis=0), 1.0) if len(table) else np.ones(len(FIELDS))
        share = np.array([field.length_share for field in FIELDS.values()])
        weight = np.array([field.weight for field in FIELDS.values()])
        scale = weight / (1 - share + share * table / mean_lengths)  # (n, fields)
        words_, rows, weights = [], [], []
        for row, fields in enumerate(counted):
            total: dict[int, float] = {}
            for scaled, field in zip(scale[row].tolist(), fields, strict=True):
                for word, count in field.items():
                    total[word] = total.get(word, 0.0) + scaled * count
            words_ += total
            weights += total.values()
            rows += [row] * len(total)
        return cls._sorted(
            vocabulary, np.array(words_, dtype=np.int32), np.array(rows, dtype=np.int32),
            np.array(weights, dtype=np.float32), table, mean_lengths,
        )

    @classmethod
    def _sorted(
        cls, vocabulary: dict[str, int], words_: np.ndarray, rows: np.ndarray, weights: np.ndarray,
        lengths: np.ndarray, mean_lengths: np.ndarray,
    ) -> LexicalIndex:
        order = np.argsort(words_, kind="stable")
        starts = np.zeros(len(vocabulary) + 1, dtype=np.int64)
        np.cumsum(np.bincount(words_, minlength=len(vocabulary)), out=starts[1:])
        return cls(vocabulary, starts, rows[order], weights[order], lengths, mean_lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def __contains__(self, word: str) -> bool:
        return word in self.vocabulary

    def documents_with(self, word: str) -> int:
        """In how many products ``word`` stands."""
        number = self.vocabulary.get(word)
        return 0 if number is None else int(self._starts[number + 1] - self._starts[number])

    def postings(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        """(rows (m,) int32, weights (m,) float32) of the products with ``word``; empty where none has it."""
        number = self.vocabulary.get(word)
        start, end = (0, 0) if number is None else (self._starts[number], self._starts[number + 1])
        return self._rows[start:end], self._weights[start:end]

    def scores(self, weighed: Mapping[str, float]) -> np.ndarray:
        """(n,) float32: BM25 of each row for the words of ``weighed``, each with its rarity; 0 where none stands."""
        scores = np.zeros(len(self), dtype=np.float32)
        for word, rarity in weighed.items():
            rows, weights = self.postings(word)
            scores[rows] += rarity * (SATURATION + 1) * weights / (SATURATION + weights)
        return scores

    def joined(self, kept: np.ndarray, other: LexicalIndex, kept_other: np.ndarray) -> LexicalIndex:
        """One index of the rows ``kept`` (m,) of this one, then ``kept_other`` of ``other``, in these orders."""
        vocabulary = dict(self.vocabulary)
        renumbered = np.array(
            [vocabulary.setdefault(word, len(vocabulary)) for word in other.vocabulary], dtype=np.int32
        )
        parts = []
        for index, rows, shift, number in (
            (self, kept, 0, None), (other, kept_other, len(kept), renumbered)
        ):
            target = np.full(len(index), -1, dtype=np.int32)
            target[rows] = np.arange(shift, shift + len(rows), dtype=np.int32)
            of_word = np.repeat(np.arange(len(index.vocabulary), dtype=np.int32), np.diff(index._starts))
            moved = target[index._rows]
            stays = moved >= 0
            of_word = of_word[stays] if number is None else number[of_word[stays]]
            parts.append((of_word, moved[stays], index._weights[stays]))
        lengths = np.concatenate([self.lengths[kept], other.lengths[kept_other]])
        return self._sorted(
            vocabulary, *(np.concatenate(pair) for pair in zip(*parts, strict=True)), lengths, self.mean_lengths
        )

    def save(self, path: Path) -> None:
        """Write the index to ``path`` (.npz)."""
        with path.open("wb") as file:
            np.savez(
                file, words=np.array("\n".join(self.vocabulary)), starts=self._starts, rows=self._rows,
                weights=self._weights, lengths=self.lengths, mean_lengths=self.mean_lengths,
            )

    @classmethod
    def load(cls, path: Path) -> LexicalIndex:
        """Read an index. Raises ModelsError where the file is missing or not an index."""
        try:
            with np.load(path, allow_pickle=False) as saved:
                words_ = str(saved["words"])
                vocabulary = {word: number for number, word in enumerate(words_.split("\n") if words_ else ())}
                return cls(vocabulary, *(saved[name] for name in
                                         ("starts", "rows", "weights", "lengths", "mean_lengths")))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelsError(f"{path} is not a readable index: {error}. Run `floorwalker train index`.") from error


def rarity(products_with: int, products: int) -> float:
    """What a word tells by being there (BM25's idf): above 0, the more the fewer of ``products`` have it."""
    return math.log1p((products - products_with + 0.5) / (products_with + 0.5))


def weigh(query: Sequence[str], indexes: Sequence[LexicalIndex]) -> dict[str, float]:
    """The words of ``query`` that any of ``indexes`` holds, each with its rarity over all of them."""
    total = sum(len(index) for index in indexes)
    counts = {word: sum(index.documents_with(word) for index in indexes) for word in query}
    return {word: rarity(count, total) for word, count in counts.items() if count}
