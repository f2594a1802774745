"""Ranking figures: at which place of all products stands what was chosen."""
from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.customer_encoder.sequences import CHOICE, HeldOut, History

AT = (5, 10, 20)
BATCH = 512  # customers whose scores of all products are in memory at once

Scorer = Callable[[Sequence[HeldOut]], np.ndarray]


def figures(questions: Sequence[HeldOut], scorer: Scorer) -> dict[str, float]:
    """``hr_at_k`` and ``ndcg_at_k`` over all products but those that the customer has chosen before.

    ``scorer`` gives the scores (questions, products) of some questions. Where several things were chosen at once, each
    is ranked without the others, and a customer counts once. Among equal scores the place is in the middle; a score
    that is no number is below all others, or a network that came to nothing would rank everything first.
    """
    places: list[np.ndarray] = []
    for start in range(0, len(questions), BATCH):
        part = questions[start : start + BATCH]
        places += [
            _places(np.where(np.isnan(scores), -np.inf, scores), each)
            for scores, each in zip(np.asarray(scorer(part), np.float32), part, strict=True)
        ]
    if not places:
        return {f"{name}_at_{k}": 0.0 for name in ("hr", "ndcg") for k in AT}
    hits = {f"hr_at_{k}": float(np.mean([np.mean(each < k) for each in places])) for k in AT}
    gains = {
        f"ndcg_at_{k}": float(np.mean([np.mean(np.where(each < k, 1 / np.log2(each + 2), 0.0)) for each in places]))
        for k in AT
    }
    return hits | gains


def _places(scores: np.ndarray, question: HeldOut) -> np.ndarray:
    """For each product chosen its place from 0, among what may be recommended."""
    wanted = scores[question.chosen].copy()
    known = question.known
    scores[known.products[known.kinds == CHOICE]] = -np.inf
    scores[question.chosen] = -np.inf
    above = (scores[None, :] > wanted[:, None]).sum(1)
    return above + (scores[None, :] == wanted[:, None]).sum(1) // 2


def popularity(histories: Sequence[History], products: int) -> np.ndarray:
    """How often each product was chosen: (products,) float32."""
    chosen = [each.products[each.kinds == CHOICE] for each in histories]
    return np.bincount(np.concatenate([*chosen, np.empty(0, np.int64)]), minlength=products).astype(np.float32)


def always(scores: np.ndarray) -> Scorer:
    """The scorer that says the same ``scores`` (products,) to everybody."""
    return lambda questions: np.tile(scores, (len(questions), 1))
