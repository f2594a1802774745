"""The exported embedding says what the original says."""
from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from models.embedding import EmbeddingError, SentenceEmbedding
from models.embedding_export import fingerprint, shipped_model

SENTENCES = [
    "where is my order?", "ok", "I would like red running shoes under fifty euros, not leather",
    "Pitches in five minutes and keeps the rain out. " * 12, "Wie viel kostet der Versand?",
]


def test_the_int8_export_is_close_to_the_original(embedding):
    original = SentenceTransformer(str(shipped_model())).encode(SENTENCES, normalize_embeddings=True)
    likeness = (original * embedding.embed(SENTENCES)).sum(axis=1)
    assert likeness.min() > 0.93
    assert likeness.mean() > 0.97


@pytest.mark.parametrize("threads", [1, 2])
def test_a_sentence_has_the_same_vector_alone_and_in_company(embedding, embedding_folder, threads):
    together = SentenceEmbedding.load(embedding_folder, threads).embed(SENTENCES)
    for sentence, vector in zip(SENTENCES, together, strict=True):
        assert embedding.embed([sentence])[0] == pytest.approx(vector, abs=1e-6)


def test_vectors_have_length_one_and_keep_their_order(embedding):
    texts = ["tent", "a much longer sentence about a kettle that whistles", "tent"]
    vectors = embedding.embed(texts)
    assert vectors.shape == (3, embedding.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert vectors[0] @ vectors[2] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("texts", [[], [""], ["   "], ["\u0000\u202e"], ["word " * 5000]])
def test_odd_texts_are_no_error(embedding, texts):
    assert embedding.embed(texts).shape == (len(texts), embedding.dimension)


def test_a_missing_or_broken_folder_is_named_with_the_remedy(tmp_path, embedding_folder):
    with pytest.raises(EmbeddingError, match="floorwalker train embedding"):
        SentenceEmbedding.load(tmp_path / "none")
    broken = tmp_path / "broken"
    shutil.copytree(embedding_folder, broken)
    (broken / "model.onnx").write_bytes(b"half a file")
    with pytest.raises(EmbeddingError, match="broken"):
        SentenceEmbedding.load(broken)


def test_the_version_follows_the_weights(tmp_path, embedding_folder):
    card = json.loads((embedding_folder / "embedding.json").read_text("utf-8"))
    assert card["version"] == fingerprint(shipped_model())
    changed = tmp_path / "model"
    shutil.copytree(shipped_model(), changed)
    with (changed / "model.safetensors").open("ab") as file:
        file.write(b"\0")
    assert fingerprint(changed) != card["version"]


def test_features_hold_the_embedding_and_the_wording(embedding):
    features = embedding.features(SENTENCES)
    assert features.shape == (len(SENTENCES), 2 * embedding.dimension)
    assert features[:, :embedding.dimension] == pytest.approx(embedding.embed(SENTENCES), abs=1e-5)
    lengths = np.linalg.norm(features[:, embedding.dimension:], axis=1)
    assert lengths == pytest.approx(1, abs=1e-4)
    assert not np.allclose(features[:, embedding.dimension:], features[:, :embedding.dimension], atol=0.1)
