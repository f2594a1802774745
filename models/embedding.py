"""The sentence embedding: text to a unit vector, by an int8 ONNX model.

Shared by both environments, so this module needs only the standard library, numpy, onnxruntime and
tokenizers, and runs on Python 3.10. The model is made by ``models/embedding_export.py``.
"""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

# A batch holds about this many tokens: large enough to keep a core busy, small enough to stay in its cache.
TOKENS_PER_BATCH = 2048


class EmbeddingError(Exception):
    """A folder holds no usable sentence embedding."""


class SentenceEmbedding:
    """A loaded sentence embedding. Safe to call from several threads.

    Attributes:
        version: names the weights; an index built with another version must not be searched with this one.
        dimension: length of a vector.
    """

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, version: str, dimension: int):
        self._session = session
        self._tokenizer = tokenizer
        self.version = version
        self.dimension = dimension

    @classmethod
    def load(cls, directory: Path | str, threads: int = 1) -> SentenceEmbedding:
        """Open the embedding in ``directory`` (model.onnx, tokenizer.json, embedding.json).

        ``threads``: cores that one call may use. One is quickest for single sentences and leaves the other core
        to the rest of the process; two or more pay off only for large batches.

        Raises EmbeddingError where a file is missing or cannot be read.
        """
        directory = Path(directory)
        try:
            card = json.loads((directory / "embedding.json").read_text("utf-8"))
            tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            # Threads that spin while they wait would take the core from the other processes.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            session = onnxruntime.InferenceSession(
                str(directory / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            version, dimension, max_tokens = card["version"], card["dimension"], card["max_tokens"]
        except Exception as error:  # tokenizers and onnxruntime raise bare Exceptions for unreadable files
            raise EmbeddingError(
                f"No usable sentence embedding in {directory}: {error}. Make it with `floorwalker train embedding`."
            ) from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=max_tokens)
        return cls(session, tokenizer, version, dimension)

    def embed(self, texts: list[str]) -> np.ndarray:
        """Vectors of ``texts``: (n, dimension) float32 of length 1, in the order given; (0, dimension) for none.

        A text of white space alone still gets a vector (that of an empty sentence). Text beyond the model's
        window is cut off.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        by_length = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        for rows in _batches(by_length, [len(encoding.ids) for encoding in encodings]):
            width = max(len(encodings[i].ids) for i in rows)
            ids = np.zeros((len(rows), width), dtype=np.int64)
            mask = np.zeros((len(rows), width), dtype=np.int64)
            for row, i in enumerate(rows):
                length = len(encodings[i].ids)
                ids[row, :length] = encodings[i].ids
                mask[row, :length] = 1
            (vectors[rows],) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return vectors


def _batches(rows: list[int], lengths: list[int]):
    """Split ``rows``, shortest text first, so that a padded batch holds at most TOKENS_PER_BATCH tokens."""
    batch: list[int] = []
    for row in rows:
        if batch and (len(batch) + 1) * lengths[row] > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
