"""Which product follows which, and which are bought together: counted, weighed, and factored into inner products.

Counting knows at once what a network learns slowly, and holds what is rare better; the two together are better than
either. A table of counts T (products, products) is factored T = F @ G.T, so that "what follows i" is an inner product
of the row F[i] with the columns G, beside those of the network.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from models.customer_encoder.sequences import CHOICE, History

REACH = 20  # events apart, at most
FADES = 0.8  # an event further apart counts so much less
BACKWARDS = 0.4  # "came before" counts so much of "came after": people do not buy in one order only
# Powers by which the counts of frequent products are damped, of those that lead and those that follow. Close to 0 all
# is popular, close to 1 all is rare.
LEADING_POWER, FOLLOWING_POWER = 0.4, 0.25
HISTORY_FADES = 0.6  # at serving: an event earlier counts so much less
HISTORY_EVENTS = 50


@dataclass(frozen=True)
class Factors:
    """``leading`` and ``following``, (products, rank) float32: leading[i] @ following[j] is how much j goes with i."""

    leading: np.ndarray
    following: np.ndarray

    @property
    def rank(self) -> int:
        return self.leading.shape[1]


def transitions(histories: Iterable[History], products: int) -> sparse.csr_matrix:
    """How much each product follows each other: (products, products)."""
    columns = [_without_repeats(each.products) for each in histories]
    items = np.concatenate([*columns, np.empty(0, np.int64)])
    owner = np.repeat(np.arange(len(columns)), [len(each) for each in columns])
    table = sparse.csr_matrix((products, products), dtype=np.float32)
    for distance in range(1, REACH + 1):
        same = owner[:-distance] == owner[distance:]
        if not same.any():
            break
        first, second = items[:-distance][same], items[distance:][same]
        apart = first != second
        weight = np.full(int(apart.sum()), FADES ** (distance - 1), np.float32)
        table = table + sparse.csr_matrix((weight, (first[apart], second[apart])), shape=table.shape)
    return (table + BACKWARDS * table.T).tocsr()


def bought_together(histories: Iterable[History], products: int) -> sparse.csr_matrix:
    """How often each two products were bought in one visit: (products, products), symmetric."""
    first, second = [], []
    for each in histories:
        bought = each.kinds == CHOICE
        for visit in np.unique(each.visits[bought]):
            basket = np.unique(each.products[bought & (each.visits == visit)])
            if len(basket) > 1:
                one, other = np.nonzero(~np.eye(len(basket), dtype=bool))
                first.append(basket[one])
                second.append(basket[other])
    if not first:
        return sparse.csr_matrix((products, products), dtype=np.float32)
    rows, columns = np.concatenate(first), np.concatenate(second)
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(products, products))


def damped(table: sparse.csr_matrix, popularity: np.ndarray) -> sparse.csr_matrix:
    """``table`` with frequent products damped; ``popularity`` (products,): how often each was met."""
    leads = np.asarray(table.sum(1)).ravel()
    left = np.where(leads > 0, np.maximum(leads, 1e-9) ** -LEADING_POWER, 0.0)
    right = np.maximum(popularity, 1.0) ** -FOLLOWING_POWER
    return (sparse.diags(left) @ table @ sparse.diags(right)).tocsr().astype(np.float32)


def factored(table: sparse.csr_matrix, rank: int, seed: int) -> Factors:
    """The best factors of ``rank`` (or of what the table has), by a randomised singular value decomposition.

    A smooth start (Halko, Martinsson, Tropp 2011): a few more columns than asked, four times through the table.
    """
    products = table.shape[0]
    rank = min(rank, products)
    if table.nnz == 0 or rank == 0:
        return none(products)
    chance = np.random.default_rng(seed)
    basis = table @ chance.standard_normal((products, min(products, rank + 16)), dtype=np.float32)
    for _ in range(4):
        basis, _ = np.linalg.qr(table @ (table.T @ np.linalg.qr(basis)[0]))
    left, sizes, right = np.linalg.svd((table.T @ basis).T, full_matrices=False)
    rank = min(rank, int(np.count_nonzero(sizes > sizes[0] * 1e-5)))
    root = np.sqrt(sizes[:rank])
    return Factors(
        np.ascontiguousarray((basis @ left[:, :rank]) * root, np.float32),
        np.ascontiguousarray(right[:rank].T * root, np.float32),
    )


def none(products: int) -> Factors:
    """Factors that say nothing."""
    return Factors(np.zeros((products, 0), np.float32), np.zeros((products, 0), np.float32))


def faded(events: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(products, weights): the latest different products of a history, oldest first, with weights of length 1."""
    latest = _without_repeats(np.asarray(events, np.int64))[-HISTORY_EVENTS:]
    weights = HISTORY_FADES ** np.arange(len(latest))[::-1]
    return latest, (weights / max(np.linalg.norm(weights), 1e-9)).astype(np.float32)


def _without_repeats(products: np.ndarray) -> np.ndarray:
    """Each run of one product once: a look, the basket and the purchase are one step of the way."""
    return products[np.concatenate([[True], products[1:] != products[:-1]])] if len(products) else products
