"""Vectors of sentences are made once, of one embedding, and never handed out for another."""
from __future__ import annotations

import numpy as np
import pytest

from bot import remembered_vectors


class Embedding:
    """Counts what it is asked; a vector is the text's length and ``width - 1`` times the embedding's version."""

    def __init__(self, version: str, width: int = 2) -> None:
        self.version = version
        self.width = width
        self.asked: list[str] = []

    def features(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        vectors = [[len(text), *[int(self.version)] * (self.width - 1)] for text in texts]
        return np.array(vectors, np.float32).reshape(-1, self.width)


def features(embedding: Embedding, texts: list[str]) -> np.ndarray:
    return remembered_vectors.features(embedding.features, embedding.version, texts)


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "vectors.npz"
    remembered_vectors.keep_in(path)
    yield path
    remembered_vectors.keep_in(None)


def test_only_new_sentences_are_embedded(kept):
    embedding = Embedding("1")
    assert features(embedding, ["a", "bb", "a"]).tolist() == [[1, 1], [2, 1], [1, 1]]
    assert features(embedding, ["ccc", "bb"]).tolist() == [[3, 1], [2, 1]]
    assert embedding.asked == ["a", "bb", "ccc"]


def test_a_sentence_that_is_taken_back_is_not_forgotten_at_once(kept):
    embedding = Embedding("1")
    for texts in (["a", "bb"], ["a"], ["a", "bb"]):
        features(embedding, texts)
    assert "bb" not in embedding.asked[2:]


def test_vectors_of_another_embedding_are_forgotten(kept):
    features(Embedding("1"), ["a"])
    assert features(Embedding("2"), ["a"]).tolist() == [[1, 2]]


@pytest.mark.parametrize("texts", [["a", "bb"], ["a", "ccc", "bb"]])
def test_vectors_of_another_width_are_forgotten(kept, texts):
    features(Embedding("1"), ["a", "bb"])
    wide = Embedding("1", width=3)
    assert features(wide, texts).tolist() == [[len(text), 1, 1] for text in texts]
    wide.asked.clear()
    features(wide, [*texts, "dddd"])
    assert wide.asked == ["dddd"]  # those of the new width are kept


def test_a_write_that_was_killed_is_overwritten_by_the_next(kept):
    features(Embedding("1"), ["a"])
    (written,) = kept.parent.iterdir()
    draft = written.with_name("vectors.draft.npz")
    draft.write_bytes(b"half a fi")
    features(Embedding("1"), ["a", "bb"])
    assert list(kept.parent.iterdir()) == [kept]


def test_no_more_are_kept_than_allowed_the_latest_first(kept, monkeypatch):
    monkeypatch.setattr(remembered_vectors, "MOST_SENTENCES", 2)
    embedding = Embedding("1")
    features(embedding, ["a", "bb"])
    features(embedding, ["ccc"])
    embedding.asked.clear()
    features(embedding, ["ccc", "a", "bb"])
    assert embedding.asked == ["bb"]


@pytest.mark.parametrize("content", [b"", b"half a fi", b"PK\x03\x04 and then nothing"])
def test_a_broken_file_is_made_anew(kept, content):
    kept.write_bytes(content)
    assert features(Embedding("1"), ["a"]).tolist() == [[1, 1]]
    embedding = Embedding("1")
    features(embedding, ["a", "bb"])
    assert embedding.asked == ["bb"]


def test_nothing_is_kept_unless_it_was_asked_for(tmp_path):
    embedding = Embedding("1")
    for _ in range(2):
        assert features(embedding, ["a"]).tolist() == [[1, 1]]
    assert embedding.asked == ["a", "a"]
    assert list(tmp_path.iterdir()) == []
