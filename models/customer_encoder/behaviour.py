"""Vectors of behaviour, served: what a customer is near to is what they are likely to choose next.

Columns of a vector: those of the encoder, of the counted transitions, of what is bought together. Recommending and
"bought together" are both one inner product with the same vectors of products; the customer's columns say which. Opened
without PyTorch.
"""
from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime

from models.customer_encoder.sequences import Interaction, history
from models.customer_encoder.transitions import faded
from models.errors import ModelsError

LEADING = ("transitions_leading", "together_leading")
INPUT, TRANSITIONS, TOGETHER = range(3)  # what goes into the customer's three blocks of columns
FOLLOWING = ("transitions_following", "together_following")


class Identified(Protocol):
    """A product, of which only the id matters here."""

    product_id: str


class BehaviourVectors:
    """A trained encoder, open. Safe to call from several threads.

    Attributes:
        version: names the weights; vectors of two versions must not be compared.
        dimension: length of a vector.
    """

    def __init__(self, session: onnxruntime.InferenceSession, card: dict, arrays: dict[str, np.ndarray]) -> None:
        self._session, self._card, self._arrays = session, card, arrays
        self.version: str = card["version"]
        self._widths = (card["width"], *(arrays[name].shape[1] for name in FOLLOWING))
        self.dimension = sum(self._widths)
        self._row_of_id = {str(each): row for row, each in enumerate(arrays["product_ids"])}
        # Products that came after the training: id -> number, and by number their vectors as they go in. Both only
        # grow, the vectors first, so that who reads needs no lock.
        self._number_of_new: dict[str, int] = {}
        self._new: list[tuple[np.ndarray, ...]] = []
        self._adding = threading.Lock()

    @classmethod
    def load(cls, directory: Path | str) -> BehaviourVectors:
        """Open encoder.onnx, products.npz and encoder.json. Raises ModelsError where one is missing or unreadable."""
        directory = Path(directory)
        try:
            card = json.loads((directory / "encoder.json").read_text("utf-8"))
            with np.load(directory / "products.npz") as file:
                arrays = {name: file[name] for name in file.files}
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            session = onnxruntime.InferenceSession(
                str(directory / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
            )
            return cls(session, card, arrays)
        except Exception as error:  # onnxruntime and numpy raise bare Exceptions for unreadable files
            raise ModelsError(
                f"No usable customer encoder in {directory}: {error}. Make it with `floorwalker train encoder`."
            ) from error

    def products(self, products: Sequence[Identified], text_vectors: np.ndarray | None) -> np.ndarray:
        """Vectors of ``products``: (n, dimension) float32. ``text_vectors``: (n, t), those of the embedding.

        A product that was not there at training is placed by its text alone, and from now on counts in histories.
        Without texts (``None``, or an encoder trained without) it is placed in the middle of all.
        """
        rows = np.array([self._row_of_id.get(each.product_id, -1) for each in products], dtype=np.int64)
        encoder = self._table("encoder", self._arrays["identity"], rows, text_vectors, added=True)
        leading, following = (
            [self._table(name, self._arrays[name], rows, text_vectors, added=False) for name in names]
            for names in (LEADING, FOLLOWING)
        )
        with self._adding:
            for place in np.flatnonzero(rows < 0):
                self._new.append((encoder[place], *(table[place] for table in leading)))
                self._number_of_new[products[place].product_id] = len(self._new) - 1
        return np.hstack([encoder, *following])

    def customer(self, events: Iterable[Interaction]) -> np.ndarray | None:
        """The vector of who did ``events`` (oldest first): (dimension,) float32; None where none is of a product known.

        Its inner products with the vectors of all products have a standard deviation of about 1.
        """
        done = history(events, _Rows(self._row_of_id, self._number_of_new))
        if not len(done):
            return None
        recent = slice(max(0, len(done) - self._card["length"]), None)
        (customer,) = self._session.run(["customer"], {
            "products": self._met(INPUT, done.products[recent])[None], "kinds": done.kinds[None, recent],
            "gaps": done.gaps[None, recent],
        })  # fmt: skip
        products, weights = faded(done.products)
        following = weights @ self._met(TRANSITIONS, products) * np.float32(self._card["transition_weight"])
        vector = np.concatenate([customer[0], following, np.zeros(self._widths[2], np.float32)])
        return (vector * np.float32(self._card["score_scale"])).astype(np.float32)

    def bought_together(self, product_id: str) -> np.ndarray | None:
        """The query whose inner products say what is bought in one visit with the product: (dimension,) float32.

        Of length 1 in the columns that count; None where nothing is known of it.
        """
        row = _Rows(self._row_of_id, self._number_of_new).get(product_id)
        if row is None or not self._widths[2]:
            return None
        query = self._met(TOGETHER, np.array([row]))[0]
        length = float(np.linalg.norm(query))
        if length == 0:
            return None
        blank = np.zeros(self._widths[0] + self._widths[1], np.float32)
        return np.concatenate([blank, query / length]).astype(np.float32)

    def _table(
        self, name: str, trained: np.ndarray, rows: np.ndarray, text: np.ndarray | None, added: bool
    ) -> np.ndarray:
        """Rows of ``trained``, and for -1 what the text says. ``added``: the text is part of what is known, too."""
        table = np.zeros((len(rows), trained.shape[1]), np.float32)
        known = rows >= 0
        projection = self._arrays.get(f"projection_{name}")
        if projection is not None and text is not None and len(rows):
            said = np.asarray(text, np.float32) @ projection + self._arrays[f"offset_{name}"]
            if added:
                table += said
            else:
                table[~known] = said[~known]
        elif len(trained):
            table[~known] = trained.mean(0)
        table[known] += trained[rows[known]]
        return table

    def _met(self, table: int, rows: np.ndarray) -> np.ndarray:
        """(n, width) of what histories tell of; ``table``: INPUT, TRANSITIONS or TOGETHER; ``rows`` as of _Rows."""
        trained = self._arrays[("vectors", *LEADING)[table]]
        found = np.empty((len(rows), trained.shape[1]), np.float32)
        old = rows >= 0
        found[old] = trained[rows[old]]
        for place in np.flatnonzero(~old):
            found[place] = self._new[-1 - rows[place]][table]
        return found


class _Rows(Mapping):
    """id -> row of the products trained on, and -1, -2, … for those that came after."""

    def __init__(self, trained: dict[str, int], new: dict[str, int]) -> None:
        self._trained, self._new = trained, new

    def __getitem__(self, product_id: str) -> int:
        row = self._trained.get(product_id)
        return -1 - self._new[product_id] if row is None else row

    def __iter__(self) -> Iterator[str]:
        yield from self._trained
        yield from self._new

    def __len__(self) -> int:
        return len(self._trained) + len(self._new)
