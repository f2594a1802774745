"""A customer as a vector: what they did, added up in the space of the products.

A purchase says more than a look, and what was done lately says more than what was done long ago.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

WEIGHT_OF_KIND = {"view": 1.0, "add_to_cart": 3.0, "purchase": 4.0}
# After this many later events an event counts half: about two visits.
HALF_LIFE_EVENTS = 12


class Interaction(Protocol):
    """Something a customer did with a product."""

    kind: str
    product_id: str | None


def customer_vector(history: Sequence[Interaction], vectors: np.ndarray) -> np.ndarray | None:
    """The vector of a customer: (d,) float32 of length 1, or None where ``history`` holds nothing that counts.

    ``history`` is oldest first; ``vectors`` (n, d) are those of its products, in the same order.
    """
    if not len(history):
        return None
    age = np.arange(len(history))[::-1]  # (n,) 0 for the latest
    weight = np.array([WEIGHT_OF_KIND.get(each.kind, 0.0) for each in history]) * 0.5 ** (age / HALF_LIFE_EVENTS)
    total = weight @ vectors  # (n,) @ (n, d) -> (d,)
    length = np.linalg.norm(total)
    return (total / length).astype(np.float32) if length > 0 else None
