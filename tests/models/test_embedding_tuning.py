"""Tuning brings sentences of one intent together, and changes nothing of what products are found by."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.embedding import SentenceEmbedding
from models.embedding_export import export_tuned, fingerprint, shipped_model
from models.embedding_tuning import TuningSettings, _batches, tune

SAID = {
    "track_order": [
        "where is my parcel", "has my order left yet", "when does it arrive", "what is keeping my order",
        "is it on its way", "when will it be here", "track my package", "how far is my delivery",
    ],
    "refund": [
        "where is my money", "has my refund left yet", "when does the money arrive", "what is keeping my refund",
        "is the refund on its way", "when will I be paid back", "track my refund", "how far is my money",
    ],
    "cancel_order": [
        "stop my parcel", "I do not want the order any more", "do not send it", "please undo my order",
        "call the delivery off", "I changed my mind about the order", "take my package back", "no order after all",
    ],
}
TEXTS = [text for texts in SAID.values() for text in texts]
INTENTS = [intent for intent, texts in SAID.items() for _ in texts]
NEW = {
    "track_order": "did my package leave", "refund": "did my money leave", "cancel_order": "my order is to be undone",
}
QUICK = TuningSettings(sentence_passes=200, max_epochs=8, batch=12, learning_rate=1e-3)


@pytest.fixture(scope="module")
def tuned_folder(tmp_path_factory, embedding_folder) -> Path:
    folder = tmp_path_factory.mktemp("tuned") / "exported"
    export_tuned(shipped_model(), embedding_folder, tune(shipped_model(), TEXTS, INTENTS, QUICK), folder)
    return folder


@pytest.fixture(scope="module")
def tuned(tuned_folder) -> SentenceEmbedding:
    return SentenceEmbedding.load(tuned_folder)


def margin(vectors: np.ndarray, asked: np.ndarray) -> float:
    """How much nearer a sentence is to its intent's sentences than to the others', at worst."""
    means = np.stack([vectors[[each == intent for each in INTENTS]].mean(0) for intent in NEW])  # (3, d)
    likeness = asked @ means.T  # (3, 3), the right one on the diagonal
    right = np.diag(likeness)
    return float((right - np.where(np.eye(len(NEW), dtype=bool), -1, likeness).max(axis=1)).min())


def test_sentences_that_were_not_learnt_come_nearer_to_their_intent(tuned, embedding):
    part = slice(2 * tuned.dimension, None)
    after = margin(tuned.features(TEXTS)[:, part], tuned.features(list(NEW.values()))[:, part])
    assert after > 0
    assert after > margin(embedding.embed(TEXTS), embedding.embed(list(NEW.values()))) + 0.1


def test_products_are_found_by_the_same_vectors_as_before(tuned, embedding):
    assert tuned.embed(TEXTS) == pytest.approx(embedding.embed(TEXTS), abs=1e-5)
    assert tuned.features(TEXTS, tuned=False) == pytest.approx(embedding.features(TEXTS), abs=1e-5)
    assert tuned.features(TEXTS).shape == (len(TEXTS), 3 * tuned.dimension)


def test_an_untuned_embedding_has_no_third_part_to_leave_out(embedding):
    assert embedding.features(TEXTS[:1]).shape == (1, 2 * embedding.dimension)


def test_the_same_sentences_give_the_same_layers():
    once, again = (tune(shipped_model(), TEXTS, INTENTS, TuningSettings(sentence_passes=24)) for _ in range(2))
    for name, weights in once.state_dict().items():
        assert torch.equal(weights, again.state_dict()[name]), name


def test_a_tuned_model_has_a_version_of_its_own(tuned):
    assert tuned.version != fingerprint(shipped_model())


def test_progress_is_told_to_the_end():
    told: list[tuple[int, int]] = []
    tune(shipped_model(), TEXTS, INTENTS, TuningSettings(sentence_passes=48, batch=10),
         on_progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] == len(told)


@pytest.mark.parametrize(("texts", "intents"), [(["a", "b"], ["x"]), (["a", "b"], ["x", "x"]), ([], [])])
def test_what_cannot_be_learnt_from_is_named(texts, intents):
    with pytest.raises(ValueError, match="two intents or more"):
        tune(shipped_model(), texts, intents)


def test_every_sentence_is_in_one_batch_and_intents_stand_in_groups():
    labels = np.array([0] * 9 + [1] * 2 + [2] * 5)
    batches = list(_batches(labels, 6, np.random.default_rng(1)))
    assert sorted(row for rows in batches for row in rows) == list(range(16))
    assert [len(rows) for rows in batches] == [6, 6, 4]
    order = labels[[row for rows in batches for row in rows]]
    changes = np.flatnonzero(np.diff(order)).size
    assert changes <= 5  # in pieces of four, where one after another they would change a dozen times


@pytest.mark.parametrize(("sentences", "epochs"), [(0, 8), (1_000, 8), (6_000, 4), (100_000, 2)])
def test_the_more_sentences_the_fewer_times_each_is_shown(sentences, epochs):
    assert TuningSettings().epochs(sentences) == epochs
