"""The sentence embedding: text to a unit vector, by an int8 ONNX model.

Shared by both environments, so this module needs only the standard library, numpy, onnxruntime and
tokenizers, and runs on Python 3.10. The model is made by ``models/embedding_export.py``.
"""
from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer


class EmbeddingError(Exception):
    """A folder holds no usable sentence embedding."""


class SentenceEmbedding:
    """A loaded sentence embedding. Safe to call from several threads.

    Attributes:
        version: names the weights; an index built with another version must not be searched with this one.
        dimension: length of a vector.
    """

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, version: str, dimension: int,
                 threads: int = 1):
        self._session = session
        self._threads = threads
        self._tokenizer = tokenizer
        self.version = version
        self.dimension = dimension

    @classmethod
    def load(cls, directory: Path | str, threads: int = 1) -> SentenceEmbedding:
        """Open the embedding in ``directory`` (model.onnx, tokenizer.json, embedding.json).

        ``threads``: texts of one call that are embedded side by side, each on a core.

        Raises EmbeddingError where a file is missing or cannot be read.
        """
        directory = Path(directory)
        try:
            card = json.loads((directory / "embedding.json").read_text("utf-8"))
            tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
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
        return cls(session, tokenizer, version, dimension, threads)

    def words(self) -> frozenset[str]:
        """Whole words, in lower case, that the model knows as one piece: the commonest some ten thousand."""
        return frozenset(piece for piece in self._tokenizer.get_vocab() if piece.isalpha() and piece.islower())

    def embed(self, texts: list[str]) -> np.ndarray:
        """Vectors of ``texts``: (n, dimension) float32 of length 1, in the order given; (0, dimension) for none.

        A text of white space alone still gets a vector (that of an empty sentence). Text beyond the model's
        window is cut off.

        Each text is run by itself: int8 scales are taken from what is computed together, so in a batch a
        sentence's vector would depend on its neighbours, and a classifier would be trained on other vectors than
        it is asked with. For texts of a product's length this costs nothing, for short ones half the speed.
        """
        return self._run(texts, ["embedding"])

    def features(self, texts: list[str]) -> np.ndarray:
        """What a classifier learns from: (n, 2 * dimension) float32, in the order given.

        Two unit vectors side by side: that of ``embed``, in which sentences of one meaning are near, and the mean of
        an earlier layer, in which sentences of like wording are.
        """
        return self._run(texts, ["embedding", "wording"])

    def _run(self, texts: list[str], outputs: list[str]) -> np.ndarray:
        vectors = np.empty((len(texts), len(outputs) * self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))

        def run(row: int) -> None:
            ids = np.array([encodings[row].ids], dtype=np.int64)  # (1, tokens)
            found = self._session.run(outputs, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            vectors[row] = np.concatenate([vector[0] for vector in found])

        if self._threads == 1 or len(texts) < 2:
            for row in range(len(texts)):
                run(row)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, range(len(texts))))
        return vectors
