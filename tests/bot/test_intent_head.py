"""Scores worked by hand."""
from __future__ import annotations

import numpy as np
import pytest

from bot.intent_head import IntentHead

VECTORS = np.array([[1, 0], [0, 1], [0, -1], [-1, 0], [0.6, 0.8]], np.float32)
LABELS = np.array([0, 1, 1, 1, 2])


@pytest.fixture
def head() -> IntentHead:
    return IntentHead(["one", "three", "single"], np.zeros(2), VECTORS, LABELS)


def test_the_likeness_is_the_mean_of_the_two_nearest_examples(head):
    # "three": cosines 1, -1 and 0 with (0, 1); "one" and "single" have one example each.
    assert head.likeness(np.array([0, 1], np.float32)) == pytest.approx([0, 0.5, 0.8], abs=1e-6)


def test_logits_add_head_and_neighbours_and_scale_the_sum(head):
    head.weights, head.bias = np.array([[1, 0, 0], [0, 2, 0]], np.float32), np.array([0, 0, 3], np.float32)
    head.neighbour_weight, head.scale = 10.0, 0.5
    assert head.logits(np.array([0, 2], np.float32)) == pytest.approx([0, 0.5 * (2 + 5), 0.5 * (3 + 8)], abs=1e-5)


def test_the_mean_is_taken_off_first():
    head = IntentHead(["a", "b"], np.array([1.0, 1.0]), np.array([[2, 1], [1, 2]], np.float32), np.array([0, 1]))
    assert head.likeness(np.array([3, 1], np.float32)) == pytest.approx([1, 0], abs=1e-6)


def test_a_stored_head_scores_the_same(head, tmp_path):
    head.neighbour_weight, head.scale = 4.0, 2.0
    head.save(tmp_path / "head.npz")
    vector = np.array([0.3, -0.7], np.float32)
    assert IntentHead.load(tmp_path / "head.npz").logits(vector) == pytest.approx(head.logits(vector), abs=0.02)
