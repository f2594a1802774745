"""The FAISS index: vectors of products, searched by inner product under a filter.

Up to EXACT_UP_TO vectors the search is exact: it takes a few milliseconds and needs no recall measured. Beyond, lists
of near vectors are searched (IVF) of which only the nearest are opened; how many must be is measured when the index is
built, for filters of several widths, and stays with the index. What the lists give (8 bits a number) is scored again
with the vectors themselves. Vectors need not have length 1.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from models.errors import ModelsError

# One search is too short to share out: a second thread would only take the core of another process.
faiss.omp_set_num_threads(1)

EXACT_UP_TO = 50_000
# Where a filter leaves so few rows, looking at each is quicker than looking for the near ones.
EXACT_ROWS = 4_000
RECALL = 0.985  # of the 10 nearest, measured; a little more than is promised, as other questions will be asked
SAMPLE = 300  # questions by which it is measured
SHARES = (1.0, 0.3, 0.1, 0.03, 0.01)  # of rows that a filter leaves
EFFORTS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)  # lists opened
REFINED = 3  # so many times k are scored again
TRAINED_ON = 160_000  # vectors from which the lists are formed
SEED = 7


class ProductIndex:
    """Rows of vectors. A row's number is its position in the order of adding. Never changed, only made anew."""

    def __init__(self, vectors: np.ndarray, lists: faiss.IndexIVF | None = None, effort: dict[str, Any] | None = None):
        """``lists``: the approximate index over ``vectors`` (n, d); ``effort``: what ``_measured`` found for it."""
        self._vectors = vectors
        self._lists = lists
        self._effort = effort or {}
        self._flat: faiss.IndexFlatIP | None = None
        if lists is None:
            self._flat = faiss.IndexFlatIP(max(1, vectors.shape[1]))
            self._flat.add(vectors)
            if len(vectors):  # one copy is enough: the array looks into FAISS's own
                stored = faiss.rev_swig_ptr(self._flat.get_xb(), vectors.size)
                self._vectors = stored.reshape(vectors.shape)

    @classmethod
    def build(
        cls, vectors: np.ndarray, questions: Callable[[], np.ndarray] | None = None, exact_up_to: int = EXACT_UP_TO,
        threads: int = 1,
    ) -> ProductIndex:
        """Index ``vectors`` (n, d) float32; ``threads`` are used for building alone.

        ``questions``: gives vectors (m, d) such as will be asked, by which recall is measured if there is need to;
        what lies half-way between two products by default.
        """
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if len(vectors) <= exact_up_to:
            return cls(vectors)
        faiss.omp_set_num_threads(threads)
        try:
            lists = _lists(vectors)
            index = cls(vectors, lists, {"efforts": {}, "recall": {}})
            index._effort = index._measured(questions() if questions else _between(vectors))
        finally:
            faiss.omp_set_num_threads(1)
        return index

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def dimension(self) -> int:
        return self._vectors.shape[1]

    @property
    def approximate(self) -> bool:
        return self._lists is not None

    def joined(self, kept: np.ndarray, other: ProductIndex, kept_other: np.ndarray) -> ProductIndex:
        """One index of the rows ``kept`` (m,) of this one, then ``kept_other`` of ``other``, in these orders.

        An approximate index keeps all of its rows: its lists are copied and added to, not formed anew.
        """
        more = other._vectors[kept_other]
        if self._lists is None:
            return ProductIndex(np.concatenate([self._vectors[kept], more]))
        lists = faiss.clone_index(self._lists)
        if len(more):
            lists.add(more)
        return ProductIndex(np.concatenate([self._vectors, more]), lists, self._effort)

    @property
    def card(self) -> dict[str, Any]:
        """What is to be known of the index: its kind and, where it is not exact, the recall measured."""
        return {"kind": "exact"} if self._lists is None else {"kind": "ivf", "lists": self._lists.nlist, **self._effort}

    def search(self, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The ``k`` rows nearest to ``query`` (d,), best first, among those that ``allowed`` (n,) bool marks.

        The filter holds inside the search: k rows come back wherever k are allowed. Returns (rows (m,) int64,
        scores (m,) float32) with m = min(k, number allowed).
        """
        count = len(self) if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, count)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        query = np.ascontiguousarray(query, dtype=np.float32)
        if count <= max(EXACT_ROWS, k) and count < len(self):
            return self._best_of(query, k, np.flatnonzero(allowed))
        if self._lists is not None:
            rows = self._from_lists(query, min(REFINED * k, count), allowed, self._effort_for(count / len(self), k))
            if len(rows) >= k:
                return self._best_of(query, k, rows)
        return self.exact(query, k, allowed)

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """(m,) float32: the inner product of ``query`` (d,) with the vectors in ``rows`` (m,)."""
        rows = np.ascontiguousarray(rows, dtype=np.int64)
        query = np.ascontiguousarray(query, dtype=np.float32)
        found = np.empty(len(rows), dtype=np.float32)
        # FAISS reads the rows where they lie, on this thread; NumPy would copy them and wake its own threads.
        faiss.fvec_inner_products_by_idx(
            faiss.swig_ptr(found), faiss.swig_ptr(query), faiss.swig_ptr(self._vectors), faiss.swig_ptr(rows),
            self.dimension, 1, len(rows),
        )
        return found

    def vector(self, row: int) -> np.ndarray:
        """(d,) float32, not to be written to."""
        return self._vectors[row]

    def vectors(self) -> np.ndarray:
        """All vectors: (n, d) float32, not to be written to."""
        return self._vectors

    def _best_of(self, query: np.ndarray, k: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scores = self.scores(query, rows)
        best = np.argpartition(-scores, k - 1)[:k] if k < len(scores) else np.arange(len(scores))
        best = best[np.argsort(-scores[best], kind="stable")]
        return rows[best], scores[best]

    def exact(self, query: np.ndarray, k: int, allowed: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """What ``search`` gives or comes near to, by looking at each row; at least ``k`` rows must be allowed."""
        if self._flat is None:
            return self._best_of(query, k, np.arange(len(self)) if allowed is None else np.flatnonzero(allowed))
        bits, selector = _selector(allowed)  # FAISS keeps a bare pointer: ``bits`` must live until the search is over
        parameters = faiss.SearchParameters(sel=selector) if selector else None
        scores, rows = self._flat.search(query[None, :], k, params=parameters)
        del bits
        return rows[0], scores[0]

    def _from_lists(self, query: np.ndarray, k: int, allowed: np.ndarray | None, effort: int) -> np.ndarray:
        bits, selector = _selector(allowed)
        parameters = faiss.SearchParametersIVF(nprobe=effort, sel=selector)
        rows = self._lists.search(query[None, :], k, params=parameters)[1][0]
        del bits
        return rows[rows >= 0]

    def _effort_for(self, share: float, k: int) -> int:
        """Lists to open where ``share`` of the rows is allowed: between what was measured for the shares beside it."""
        shares = sorted((float(name), effort) for name, effort in self._effort["efforts"].items())
        narrow, efforts = np.log([each for each, _ in shares]), np.log([effort for _, effort in shares])
        effort = float(np.exp(np.interp(np.log(max(share, 1e-9)), narrow, efforts)))
        return min(self._lists.nlist, round(effort * (1 if k <= 10 else 2 if k <= 200 else 4)))

    def _measured(self, questions: np.ndarray) -> dict[str, Any]:
        """For each share of rows allowed, the fewest lists by which RECALL is reached, and the recall then."""
        marks = np.random.default_rng(SEED).random(len(self))
        efforts, recalls = {}, {}
        left = list(EFFORTS)
        for share in SHARES:
            allowed = marks < share
            if share < 1 and np.count_nonzero(allowed) <= EXACT_ROWS:
                break
            exact = _nearest(self._vectors, questions, 10, np.flatnonzero(allowed))
            recall = self._recall(questions, exact, allowed, left[0])
            while recall < RECALL and left[0] < self._lists.nlist and len(left) > 1:
                left.pop(0)  # for good: a narrower filter never needs fewer lists
                recall = self._recall(questions, exact, allowed, left[0])
            efforts[str(share)], recalls[str(share)] = min(left[0], self._lists.nlist), round(recall, 4)
        return {"efforts": efforts, "recall": recalls}

    def _recall(self, questions: np.ndarray, exact: np.ndarray, allowed: np.ndarray, effort: int) -> float:
        effort, shares = min(effort, self._lists.nlist), []
        for question, wanted in zip(questions, exact, strict=True):
            rows = self._from_lists(question, REFINED * 10, allowed, effort)
            best = self._best_of(question, min(10, len(rows)), rows)[0] if len(rows) else rows
            shares.append(len(set(best) & set(wanted)) / len(wanted))
        return float(np.mean(shares))

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``."""
        np.save(folder / "vectors.npy", self._vectors)
        (folder / "index.json").write_text(json.dumps(self.card), "utf-8")
        if self._lists is not None:
            faiss.write_index(self._lists, str(folder / "lists.faiss"))

    @classmethod
    def load(cls, folder: Path) -> ProductIndex:
        """Read an index. Raises ModelsError where a file is missing or not an index's."""
        try:
            card = json.loads((folder / "index.json").read_text("utf-8"))
            vectors = np.load(folder / "vectors.npy", mmap_mode=None if card["kind"] == "exact" else "r")
            lists = None if card["kind"] == "exact" else faiss.read_index(str(folder / "lists.faiss"))
            if vectors.ndim != 2 or vectors.dtype != np.float32 or (lists is not None and lists.ntotal != len(vectors)):
                raise ValueError(f"vectors of shape {vectors.shape} and type {vectors.dtype}")
            return cls(vectors, lists, {name: card[name] for name in ("efforts", "recall") if name in card})
        except (OSError, ValueError, KeyError, EOFError, RuntimeError) as error:
            raise ModelsError(f"{folder} holds no readable index: {error}. Run `floorwalker train index`.") from error


def _lists(vectors: np.ndarray) -> faiss.IndexIVF:
    count, dimension = vectors.shape
    lists = int(min(4096, max(64, 4 * count**0.5)))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter, index.cp.seed = 10, SEED
    sample = np.random.default_rng(SEED).permutation(count)[:TRAINED_ON]
    index.cp.max_points_per_centroid = max(1, len(sample) // lists + 1)
    index.cp.min_points_per_centroid = 1
    index.train(vectors[np.sort(sample)])
    index.add(vectors)
    return index


def _between(vectors: np.ndarray) -> np.ndarray:
    first, second = np.random.default_rng(SEED).integers(len(vectors), size=(2, SAMPLE))
    return (vectors[first] + vectors[second]) / 2


def _selector(allowed: np.ndarray | None) -> tuple[np.ndarray | None, faiss.IDSelector | None]:
    if allowed is None:
        return None, None
    bits = np.packbits(allowed, bitorder="little")
    return bits, faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))


def _nearest(vectors: np.ndarray, questions: np.ndarray, k: int, rows: np.ndarray, block: int = 50_000) -> np.ndarray:
    """(m, k) int64: the ``k`` of ``rows`` nearest to each of ``questions`` (m, d), exactly."""
    best_scores, best_rows = [], []
    for start in range(0, len(rows), block):
        part = rows[start : start + block]
        scores = questions @ vectors[part].T  # (m, block)
        top = np.argpartition(-scores, min(k, len(part)) - 1, axis=1)[:, :k]
        best_scores.append(np.take_along_axis(scores, top, 1))
        best_rows.append(part[top])
    scores, found = np.hstack(best_scores), np.hstack(best_rows)
    return np.take_along_axis(found, np.argsort(-scores, axis=1)[:, :k], 1)
