"""The vector index beyond the size at which each row is looked at, and its recall."""
from __future__ import annotations

import numpy as np
import pytest

from models.product_index import ProductIndex

GROUPS, EACH, DIMENSION = 120, 50, 24


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Products as they are: many near each other, few near most. Some longer than others."""
    random = np.random.default_rng(3)
    middles = np.repeat(random.normal(size=(GROUPS, DIMENSION)), EACH, axis=0)
    return ((middles + random.normal(scale=0.4, size=middles.shape)) * random.uniform(0.8, 1.2)).astype(np.float32)


@pytest.fixture(scope="module")
def index(vectors) -> ProductIndex:
    return ProductIndex.build(vectors, exact_up_to=100)


def recall(index: ProductIndex, questions: np.ndarray, allowed: np.ndarray | None) -> float:
    shares = []
    for question in questions:
        near, exact = index.search(question, 10, allowed)[0], index.exact(question, 10, allowed)[0]
        shares.append(len(set(near) & set(exact)) / 10)
    return float(np.mean(shares))


def test_a_large_index_says_how_exact_it_is_and_is(index, vectors):
    assert index.card["kind"] == "ivf"
    assert index.card["recall"]["1.0"] >= 0.98
    assert recall(index, vectors[::30] + 0.1, None) >= 0.97


@pytest.mark.parametrize("share", [0.9, 0.3, 0.02, 0.002])
def test_a_filter_however_narrow_gives_all_that_are_asked_for(index, vectors, share):
    allowed = np.random.default_rng(5).random(len(vectors)) < share
    for question in vectors[::100]:
        rows, scores = index.search(question, 25, allowed)
        assert len(rows) == len(set(rows)) == min(25, allowed.sum())
        assert allowed[rows].all()
        assert scores == pytest.approx(vectors[rows] @ question, rel=1e-4)
        assert (np.diff(scores) <= 0).all()
    if allowed.sum() >= 10:
        assert recall(index, vectors[::100], allowed) >= 0.97


def test_what_is_added_to_a_large_index_is_found(index, vectors):
    newcomer = 3 * np.eye(DIMENSION, dtype=np.float32)[:1]
    joined = index.joined(np.arange(len(vectors)), ProductIndex.build(newcomer), np.array([0]))
    assert joined.search(newcomer[0], 1)[0].tolist() == [len(vectors)]
    assert len(index) == len(vectors)


def test_a_large_index_is_saved_with_its_lists_and_read_without_loading_its_vectors(index, vectors, tmp_path):
    index.save(tmp_path)
    loaded = ProductIndex.load(tmp_path)
    assert loaded.card == index.card
    for question in vectors[::200]:
        assert loaded.search(question, 10)[0].tolist() == index.search(question, 10)[0].tolist()
    assert isinstance(loaded.vectors(), np.memmap)


def test_an_index_of_nothing_finds_nothing():
    index = ProductIndex.build(np.empty((0, DIMENSION), dtype=np.float32))
    assert index.search(np.ones(DIMENSION), 5)[0].tolist() == []
    assert len(index.joined(np.arange(0), ProductIndex.build(np.ones((2, DIMENSION))), np.arange(2))) == 2
