"""The sentence embedding: text to a unit vector, by an int8 ONNX model.

Shared by both environments, so this module needs only the standard library, numpy, onnxruntime and
tokenizers, and runs on Python 3.10. The model is made by ``models/embedding_export.py``.
"""
from __future__ import annotations

import json
from collections.abc import Callable
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

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tuned: onnxruntime.InferenceSession | None,
        tokenizer: Tokenizer,
        version: str,
        dimension: int,
        threads: int = 1,
    ) -> None:
        self._session = session
        self._tuned = tuned
        self._threads = threads
        self._tokenizer = tokenizer
        self.version = version
        self.dimension = dimension

    @classmethod
    def load(cls, directory: Path | str, threads: int = 1) -> SentenceEmbedding:
        """Open the embedding in ``directory`` (model.onnx, tokenizer.json, embedding.json, and intent.onnx if tuned).

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

            def session(name: str) -> onnxruntime.InferenceSession:
                return onnxruntime.InferenceSession(
                    str(directory / name), options, providers=["CPUExecutionProvider"]
                )

            whole = session("model.onnx")
            tuned = session("intent.onnx") if (directory / "intent.onnx").exists() else None
            version, dimension, max_tokens = card["version"], card["dimension"], card["max_tokens"]
        except Exception as error:  # tokenizers and onnxruntime raise bare Exceptions for unreadable files
            raise EmbeddingError(
                f"No usable sentence embedding in {directory}: {error}. Make it with `floorwalker train embedding`."
            ) from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=max_tokens)
        return cls(whole, tuned, tokenizer, version, dimension, threads)

    def words(self) -> list[str]:
        """Whole words, in lower case, that the model knows as one piece: the commonest some ten thousand.

        They are in the order of the tokenizer's vocabulary, which begins with the commonest.
        """
        ids = self._tokenizer.get_vocab()
        return [piece for piece in sorted(ids, key=ids.__getitem__) if piece.isalpha() and piece.islower()]

    def embed(self, texts: list[str]) -> np.ndarray:
        """Vectors of ``texts``: (n, dimension) float32 of length 1, in the order given; (0, dimension) for none.

        A text of white space alone still gets a vector (that of an empty sentence). Text beyond the model's
        window is cut off.

        Each text is run by itself: int8 scales are taken from what is computed together, so in a batch a
        sentence's vector would depend on its neighbours, and a classifier would be trained on other vectors than
        it is asked with. For texts of a product's length this costs nothing, for short ones half the speed.
        """
        return self._run_all(texts, lambda inputs: self._session.run(["embedding"], inputs), 1)

    def features(self, texts: list[str], tuned: bool = True) -> np.ndarray:
        """What a classifier learns from: (n, 2 or 3 times dimension) float32, in the order given.

        Unit vectors side by side: that of ``embed``, in which sentences of one meaning are near; the mean of an earlier
        layer, in which sentences of like wording are; and, of a tuned embedding, one in which sentences of one intent
        are. ``tuned=False`` leaves the third out.
        """
        if self._tuned is None or not tuned:
            return self._run_all(texts, lambda inputs: self._session.run(["embedding", "wording"], inputs), 2)

        def all_three(inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            embedding, wording, shared = self._session.run(["embedding", "wording", "shared"], inputs)
            return [embedding, wording, *self._tuned.run(["intent"], {"shared": shared})]

        return self._run_all(texts, all_three, 3)

    def _run_all(
        self, texts: list[str], run: Callable[[dict[str, np.ndarray]], list[np.ndarray]], parts: int
    ) -> np.ndarray:
        """The ``parts`` vectors that ``run`` makes of each text, side by side: (n, parts * dimension)."""
        vectors = np.empty((len(texts), parts * self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))

        def fill(row: int) -> None:
            ids = np.array([encodings[row].ids], dtype=np.int64)  # (1, tokens)
            found = run({"input_ids": ids, "attention_mask": np.ones_like(ids)})
            vectors[row] = np.concatenate([vector[0] for vector in found])

        if self._threads == 1 or len(texts) < 2:
            for row in range(len(texts)):
                fill(row)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(fill, range(len(texts))))
        return vectors
