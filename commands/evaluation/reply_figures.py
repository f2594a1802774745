"""Figures of written replies: slot errors, what the gate refused, fallback, distinct n-grams, length, latency."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.reply.examples import placeholders


@dataclass(frozen=True)
class Said:
    """One request to the writer. ``template``: what it wrote, or None where the domain's response was said instead.

    ``reason``: why that was. ``rejected``: how many candidates the gate refused, by its reason.
    """

    facts: frozenset[str]
    template: str | None
    reason: str | None
    rejected: Mapping[str, int]
    ms: float


def held_out_figures(said: Sequence[Said]) -> dict[str, Any]:
    """All figures. Raises ValueError where nothing was asked."""
    if not said:
        raise ValueError("No reply was asked for, so there is nothing to measure.")
    written = [each for each in said if each.template is not None]
    texts = [each.template or "" for each in written]
    slots = sum(len(each.facts) for each in written)
    wrong = sum(_slot_errors(each.facts, each.template or "") for each in written)
    words = [len(text.split()) for text in texts]
    return {
        "asked": len(said),
        "fallback_share": 1 - len(written) / len(said),
        "fallback_reasons": _counted(each.reason or "unknown" for each in said if each.template is None),
        "gate_rejections": dict(sum((Counter(each.rejected) for each in said), Counter()).most_common()),
        "slots": slots,
        "slot_error": wrong / slots if slots else 0.0,
        "distinct_1": distinct(texts, 1),
        "distinct_2": distinct(texts, 2),
        "different_texts": len(set(texts)),
        "words": {
            "mean": float(np.mean(words)), "least": min(words), "most": max(words),
        } if words else None,
        "ms_median": float(np.median([each.ms for each in said])),
        "ms_p95": float(np.percentile([each.ms for each in said], 95)),
    }  # fmt: skip


def distinct(texts: Iterable[str], n: int) -> float:
    """Different n-grams among all n-grams of the texts (Li et al. 2016), small letters; 0 where there is none."""
    counts: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words = text.lower().split()
        counts.update(zip(*(words[start:] for start in range(n)), strict=False))
    return len(counts) / counts.total() if counts else 0.0


def _slot_errors(facts: frozenset[str], template: str) -> int:
    wanted, found = Counter(facts), Counter(placeholders(template))
    return (wanted - found).total() + (found - wanted).total()


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    return dict(Counter(reasons).most_common())
