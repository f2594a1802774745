"""Which few of many sentences teach the most when somebody looks at them: unsure, typical, and unlike each other.

Information density (uncertainty by how typical a sentence is of the others) with a greedy choice that takes off what a
sentence shares with those chosen before it.
"""
from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

TYPICAL = 0.5  # how much of a weight depends on being typical
ALIKE = 0.7  # taken off for a sentence that is the same as one chosen already
SAME_GROUP = 0.12  # taken off for each one chosen of the same group
NGRAM = 3
NGRAM_DIMENSIONS = 512


def choose(
    weights: Sequence[float], vectors: np.ndarray, groups: Sequence[str | None], count: int = 10
) -> list[int]:
    """Places of at most ``count`` sentences, the most instructive first; all of them where there are no more.

    ``weights``: (n,) how unsure each is, from 0 to 1. ``vectors``: (n, d) of length 1. ``groups``: (n,) what each is
    about, such as the intent that was guessed; None belongs to no group.
    """
    if not len(weights):
        return []
    likeness = np.clip(vectors @ vectors.T, 0.0, 1.0)  # (n, n)
    density = (likeness.sum(axis=1) - 1) / max(1, len(weights) - 1)
    typical = density / density.max() if density.max() > 0 else np.ones_like(density)
    score = np.asarray(weights, dtype=float) * (1 - TYPICAL + TYPICAL * typical)
    chosen: list[int] = []
    nearest = np.zeros(len(weights))  # to any that is chosen
    seen: Counter[str] = Counter()
    while len(chosen) < min(count, len(weights)):
        crowd = np.array([seen[group] if group is not None else 0 for group in groups])
        value = score - ALIKE * nearest - SAME_GROUP * crowd
        value[chosen] = -np.inf
        best = int(value.argmax())
        chosen.append(best)
        nearest = np.maximum(nearest, likeness[best])
        if groups[best] is not None:
            seen[groups[best]] += 1
    return chosen


def ngram_vectors(texts: Sequence[str]) -> np.ndarray:
    """Vectors of what ``texts`` are made of, (n, NGRAM_DIMENSIONS) float32 of length 1: where no sentence model is.

    Letters in threes, weighed by how rare they are among these texts. A text without any letter gets a vector of 0.
    """
    counts = np.zeros((len(texts), NGRAM_DIMENSIONS), dtype=np.float32)
    for row, text in enumerate(texts):
        padded = f" {' '.join(text.casefold().split())} "
        for start in range(len(padded) - NGRAM + 1):
            counts[row, zlib.crc32(padded[start : start + NGRAM].encode()) % NGRAM_DIMENSIONS] += 1
    rarity = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1
    weighed = np.sqrt(counts) * rarity
    lengths = np.linalg.norm(weighed, axis=1, keepdims=True)
    return (weighed / np.maximum(lengths, 1e-9)).astype(np.float32)
