"""Sentences of different intents that mean nearly the same, by the sentence embedding."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot import remembered_vectors
from models.training_data.examples import Example
from models.training_data.problem import WARNING, Problem

Embed = Callable[[list[str]], np.ndarray]

# Cosine from which two sentences are shown to the trainer. Of the some 6,000 sentences that the shop ships with, the
# nearest of another intent lies at 0.63 in the middle, at 0.84 for the nearest hundredth and at 0.93 for the nearest
# of all. Between 0.80 and 0.88 lie 200 pairs, most of which differ in the very word that parts their intents ("I
# want / I no longer want the newsletter"): to show them all would only teach trainers to look away. What is pasted
# into a second intent with a word changed lies above 0.9.
NEAR = 0.88
# Sentences that are compared with all others at a time: 512 by 20,000 cosines are 40 MB.
BLOCK_SENTENCES = 512


@dataclass(frozen=True)
class Near:
    """An example and its cosine with a sentence."""

    example: Example
    likeness: float


def near_duplicates(examples: list[Example], embed: Embed, near: float = NEAR) -> Iterator[Problem]:
    """Each sentence of another intent than its nearest neighbour, where their cosine is ``near`` or more.

    A pair is reported once, at the later sentence. The same sentence under two intents is not a near-duplicate but
    an error of its own (``sentences.py``).
    """
    if len(examples) < 2:
        return
    vectors = embed([example.text for example in examples])  # (n, dimension), of length 1
    intents = np.unique([example.intent for example in examples], return_inverse=True)[1]  # (n,)
    keys = np.unique([example.key for example in examples], return_inverse=True)[1]  # (n,)
    reported: set[tuple[int, int]] = set()
    for row, nearest, cosine in _nearest_elsewhere(vectors, intents, keys):
        pair = (min(row, nearest), max(row, nearest))
        if cosine < near or pair in reported:
            continue
        reported.add(pair)
        earlier, later = (examples[each] for each in pair)
        yield Problem.at(
            later.place, "near-duplicate", WARNING,
            f"“{later.text}” ({later.intent}) is nearly “{earlier.text}” ({earlier.intent}, {earlier.place}): "
            f"likeness {cosine:.2f}.",
            "Move one to the other intent, or reword it so that it says what sets its intent apart.",
        )


def nearest_elsewhere(sentences: list[Example], examples: list[Example], embed: Embed, most: int) -> list[list[Near]]:
    """For each of ``sentences`` the ``most`` likest of ``examples`` that have another intent, the likest first.

    An example that says the same is left out: it is no neighbour but the sentence itself.
    """
    vectors = embed([example.text for example in (*sentences, *examples)])  # (n, dimension), of length 1
    asked, known = vectors[:len(sentences)], vectors[len(sentences):]
    found = []
    for sentence, row in zip(sentences, asked @ known.T, strict=True):
        others = [
            Near(examples[place], float(row[place])) for place in np.argsort(-row, kind="stable")
            if examples[place].intent != sentence.intent and examples[place].key != sentence.key
        ]
        found.append(others[:most])
    return found


def _nearest_elsewhere(vectors: np.ndarray, intents: np.ndarray, keys: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """(row, row of its nearest sentence that has another intent and another key, their cosine) of each sentence."""
    for start in range(0, len(vectors), BLOCK_SENTENCES):
        block = slice(start, start + BLOCK_SENTENCES)
        cosines = vectors[block] @ vectors.T  # (block, n)
        cosines[(intents[block, None] == intents) | (keys[block, None] == keys)] = -1
        for offset, nearest in enumerate(cosines.argmax(axis=1)):
            yield start + offset, int(nearest), float(cosines[offset, nearest])


class RememberedVectors:
    """Vectors of sentences, kept in the file at ``path`` so that only new sentences are embedded at each check.

    ``version`` names the embedding: vectors of another one are forgotten. ``open_embedding`` is called only when
    there is something to embed.
    """

    def __init__(self, path: Path, version: str, open_embedding: Callable[[], Embed]) -> None:
        self._path = path
        self._version = version
        self._open_embedding = open_embedding

    def __call__(self, texts: list[str]) -> np.ndarray:
        """Vectors of ``texts``, (n, dimension) float32, in the order given."""
        known = remembered_vectors.read(self._path, self._version)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, self._open_embedding()(new), strict=True))
        if new or len(known) > len(set(texts)):
            remembered_vectors.write(self._path, self._version, {text: known[text] for text in dict.fromkeys(texts)})
        return np.stack([known[text] for text in texts]).astype(np.float32)
