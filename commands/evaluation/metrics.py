"""Figures of an evaluation. Shares are between 0 and 1; nothing here rounds."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

BINS = 10
# In-scope accuracy that may be given up for refusing what is out of scope.
GIVEN_UP = 0.01


@dataclass(frozen=True)
class IntentFigures:
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Bin:
    """Answers whose confidence lies in [lower, upper), the last bin's upper end included."""

    lower: float
    upper: float
    count: int
    confidence: float | None  # their mean confidence; None where there are none
    accuracy: float | None


@dataclass(frozen=True)
class Confusion:
    """Sentences of ``intent`` that were taken for ``taken_for``."""

    intent: str
    taken_for: str
    count: int
    sentences: list[str]


def accuracy(truth: Sequence[str], guesses: Sequence[str]) -> float:
    """Share of right guesses; 0 for none at all."""
    return sum(a == b for a, b in zip(truth, guesses, strict=True)) / len(truth) if truth else 0.0


def intent_figures(truth: Sequence[str], guesses: Sequence[str]) -> dict[str, IntentFigures]:
    """Precision, recall, F1 and number of sentences of each intent that occurs in ``truth``, by name.

    Precision counts every sentence that was taken for the intent; an intent that nothing was taken for has precision 0.
    """
    names = sorted(set(truth))
    if not names:
        return {}
    rows = zip(*precision_recall_fscore_support(truth, guesses, labels=names, zero_division=0), strict=True)
    return {
        name: IntentFigures(float(precision), float(recall), float(f1), int(support))
        for name, (precision, recall, f1, support) in zip(names, rows, strict=True)
    }


def macro_f1(truth: Sequence[str], guesses: Sequence[str]) -> float:
    """Mean F1 over the intents that occur in ``truth``, each counting alike; 0 for none at all."""
    figures = intent_figures(truth, guesses)
    return sum(each.f1 for each in figures.values()) / len(figures) if figures else 0.0


def confusions(sentences: Sequence[str], truth: Sequence[str], guesses: Sequence[str]) -> list[Confusion]:
    """Every pair of intents that were confused, the most frequent first, with the sentences in order, each once."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for sentence, intent, guess in zip(sentences, truth, guesses, strict=True):
        if intent != guess:
            pairs[intent, guess].append(sentence)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [Confusion(*pair, len(found), list(dict.fromkeys(found))) for pair, found in ordered]


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Answers in ``bins`` bins of equal width by their confidence, and how many of each are right."""
    place = np.minimum((np.asarray(confidences, dtype=float) * bins).astype(int), bins - 1)  # (n,)
    table = []
    for number in range(bins):
        inside = place == number
        count = int(inside.sum())
        table.append(Bin(
            number / bins, (number + 1) / bins, count,
            float(np.asarray(confidences)[inside].mean()) if count else None,
            float(np.asarray(right)[inside].mean()) if count else None,
        ))
    return table


def expected_calibration_error(table: list[Bin]) -> float:
    """Mean gap between confidence and accuracy, weighted by the bins' counts (Naeini et al. 2015); 0 for none."""
    filled = [each for each in table if each.count]
    gaps = sum(each.count * abs(each.confidence - each.accuracy) for each in filled)
    return gaps / sum(each.count for each in filled) if filled else 0.0


def refusal_threshold(confidences: Sequence[float], right: Sequence[bool], refused: Sequence[bool]) -> float:
    """The highest confidence threshold that costs at most ``GIVEN_UP`` of the in-scope accuracy.

    Of sentences in scope: the ``confidences`` of the best guesses, whether each is ``right``, and whether it is
    ``refused`` whatever the threshold. In-scope accuracy is the share that is answered, and rightly: it is best
    without a threshold and falls with each right answer below one. 0 where there are no right answers.
    """
    kept = np.sort([
        confidence for confidence, is_right, is_refused in zip(confidences, right, refused, strict=True)
        if is_right and not is_refused
    ])
    if not len(kept):
        return 0.0
    # The epsilon: in floating point a hundredth of 2,900 is a little less than 29.
    may_lose = min(int(GIVEN_UP * len(confidences) + 1e-9), len(kept) - 1)
    return float(kept[may_lose])


def as_rows(figures: list[Bin] | list[Confusion]) -> list[dict]:
    """Dataclasses as JSON objects."""
    return [asdict(each) for each in figures]
