"""The numbers behind the intent classifier: a linear head, and the examples themselves."""
from __future__ import annotations

from pathlib import Path

import numpy as np

# The mean likeness to so many nearest examples counts for an intent: one alone may be an odd one.
NEIGHBOURS = 2


class IntentHead:
    """Scores of each intent for a sentence vector.

    ``intents``: names, (c,). ``mean``: (d,), taken off each vector, as all sentences of a shop lie in one corner of the
    space. ``vectors`` (n, d) and ``labels`` (n,) are the examples. ``weights`` (d, c) and ``bias`` (c,) are the linear
    head, ``neighbour_weight`` and ``scale`` the calibration; all four are set after fitting.
    """

    def __init__(self, intents: list[str], mean: np.ndarray, vectors: np.ndarray, labels: np.ndarray) -> None:
        self.intents = intents
        self.mean = mean.astype(np.float32)
        self.weights = np.zeros((len(mean), len(intents)), np.float32)
        self.bias = np.zeros(len(intents), np.float32)
        self.neighbour_weight = 0.0
        self.scale = 1.0
        order = np.argsort(labels, kind="stable")
        self._labels = labels[order].astype(np.int32)
        self._examples = self.centred(vectors[order])  # (n, d)
        counts = np.bincount(self._labels, minlength=len(intents))
        starts = np.cumsum(counts) - counts
        # Row of each intent's examples, the first one repeated to fill the width: (c, max(counts))
        self._rows = starts[:, None] + np.minimum(np.arange(counts.max()), counts[:, None] - 1)
        # Where an intent has fewer examples than NEIGHBOURS, only those count.
        self._spare = np.arange(counts.max()) >= counts[:, None]
        self._used = np.minimum(counts, NEIGHBOURS)

    def centred(self, vectors: np.ndarray) -> np.ndarray:
        """``vectors`` (..., d) without the mean, of length 1."""
        moved = vectors - self.mean
        return (moved / np.linalg.norm(moved, axis=-1, keepdims=True).clip(1e-9)).astype(np.float32)

    def scores(self, vector: np.ndarray) -> np.ndarray:
        """The linear head's scores for ``vector`` (d,): (c,)."""
        return self.centred(vector) @ self.weights + self.bias

    def likeness(self, vector: np.ndarray) -> np.ndarray:
        """Mean cosine of ``vector`` (d,) with the nearest NEIGHBOURS examples of each intent: (c,)."""
        cosines = self._examples @ self.centred(vector)  # (n,)
        by_intent = np.where(self._spare, -np.inf, cosines[self._rows])  # (c, max(counts))
        width = min(NEIGHBOURS, by_intent.shape[1])
        nearest = np.partition(by_intent, -width, axis=1)[:, -width:]
        return np.where(np.isfinite(nearest), nearest, 0).sum(axis=1) / self._used

    def logits(self, vector: np.ndarray) -> np.ndarray:
        """Calibrated logits for ``vector`` (d,): (c,)."""
        return self.scale * (self.scores(vector) + self.neighbour_weight * self.likeness(vector))

    def save(self, path: Path) -> None:
        np.savez(
            path, intents=np.array(self.intents), mean=self.mean, weights=self.weights, bias=self.bias,
            # Half precision moves a cosine by less than a thousandth and halves the file.
            examples=self._examples.astype(np.float16), labels=self._labels,
            calibration=np.array([self.scale, self.neighbour_weight]),
        )

    @classmethod
    def load(cls, path: Path) -> IntentHead:
        stored = np.load(path, allow_pickle=False)
        examples = stored["examples"].astype(np.float32)
        head = cls([str(intent) for intent in stored["intents"]], stored["mean"], examples, stored["labels"])
        head._examples = examples  # they were centred when they were stored
        head.weights, head.bias = stored["weights"], stored["bias"]
        head.scale, head.neighbour_weight = (float(number) for number in stored["calibration"])
        return head
