"""Vectors of sentences for choosing what to review: by the trained sentence embedding where it is at hand at once.

A page must not wait while hundreds of sentences are embedded. What is new is embedded beside the pages, and until then
sentences are compared by their letters.
"""
from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.embedding import EmbeddingError, SentenceEmbedding
from models.errors import ModelsError
from models.informative import ngram_vectors
from models.registry import Registry

logger = logging.getLogger(__name__)

AT_ONCE = 24  # sentences that are embedded while the page waits: about 50 ms
KEPT = 4000
CHARS = 400  # of a sentence; what is longer says no more about what it is about


class SentenceVectors:
    """Remembers the vectors of the sentences it was asked for. May be asked from several threads."""

    def __init__(self, models: Path) -> None:
        self._registry = Registry(models)
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()
        self._version = ""
        self._embedding: SentenceEmbedding | None = None
        self._lock = threading.Lock()
        self._beside: threading.Thread | None = None

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(n, d) float32 of length 1, all of one kind: of the embedding, or of letters while that is not ready."""
        texts = [text[:CHARS] for text in texts]
        with self._lock:
            missing = list(dict.fromkeys(text for text in texts if text not in self._known))
            if not missing and texts:
                return np.stack([self._known[text] for text in texts])
            ready = self._embedding is not None and len(missing) <= AT_ONCE and texts
        if ready:
            self._embed(missing)
            with self._lock:
                if all(text in self._known for text in texts):
                    return np.stack([self._known[text] for text in texts])
        elif texts:
            self._start(missing)
        return ngram_vectors(texts)

    def _start(self, texts: list[str]) -> None:
        with self._lock:
            if self._beside is not None and self._beside.is_alive():
                return
            self._beside = threading.Thread(target=self._embed, args=(texts,), name="sentence vectors", daemon=True)
            self._beside.start()

    def _embed(self, texts: list[str]) -> None:
        try:
            embedding = self._in_use()
            if embedding is None:
                return
            for start in range(0, len(texts), AT_ONCE):
                part = texts[start : start + AT_ONCE]
                found = embedding.embed(part)
                with self._lock:
                    self._known.update(zip(part, found, strict=True))
                    while len(self._known) > KEPT:
                        self._known.popitem(last=False)
        except (ModelsError, EmbeddingError) as error:
            logger.warning("What is worth a review is compared by letters: %s", error)

    def _in_use(self) -> SentenceEmbedding | None:
        """The champion, opened when it is first needed and again when another one has taken its place."""
        champion = self._registry.champion("embedding")
        if champion is None:
            return None
        if champion.name != self._version:
            opened = SentenceEmbedding.load(champion.directory)
            with self._lock:
                self._embedding, self._version = opened, champion.name
                self._known.clear()
        return self._embedding
