"""BLEU-4 of a corpus, as the RNNLG benchmark computes it, and a smoothed BLEU of one sentence.

Papineni et al. 2002. RNNLG's own is ``BLEUScorer.score`` of ``loader/GentScorer.py`` (github.com/shawnwun/RNNLG):
n-grams clipped by their most frequent reference, the reference of the closest length (the first of several), sums over
all hypotheses of the corpus, and 1e-7 where a precision would be 0.
"""
from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ORDER = 4
TINY = 1e-7


@dataclass(frozen=True)
class NGrams:
    """Words of a text between blanks, lower-cased, counted as n-grams: ``counts[n - 1]``."""

    length: int
    counts: tuple[Counter[tuple[str, ...]], ...]

    @classmethod
    def of(cls, text: str) -> NGrams:
        words = text.lower().split()
        counts = tuple(Counter(zip(*(words[start:] for start in range(n)), strict=False)) for n in range(1, ORDER + 1))
        return cls(len(words), counts)


def corpus_bleu(corpus: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    """BLEU-4, from 0 to 1, of (hypotheses, references) of each question; every hypothesis counts for itself.

    An empty corpus has 0. Raises ValueError where a question has no reference.
    """
    clipped, counted = [0] * ORDER, [0] * ORDER
    hypothesis_words = reference_words = 0
    for hypotheses, references in corpus:
        if not references:
            raise ValueError(f"{hypotheses!r} have no reference to be compared with.")
        known = [NGrams.of(each) for each in references]
        most = [_most(known, n) for n in range(ORDER)]
        for text in hypotheses:
            said = NGrams.of(text)
            hypothesis_words += said.length
            reference_words += min((each.length for each in known), key=lambda length: abs(length - said.length))
            for n in range(ORDER):
                counted[n] += sum(said.counts[n].values())
                clipped[n] += _common(said.counts[n], most[n])
    if not hypothesis_words:
        return 0.0
    brevity = 1.0 if hypothesis_words > reference_words else math.exp(1 - reference_words / hypothesis_words)
    precisions = [clipped[n] / (counted[n] + TINY) + TINY for n in range(ORDER)]
    return brevity * math.exp(math.fsum(math.log(each) for each in precisions) / ORDER)


def sentence_bleu(hypothesis: NGrams, reference: NGrams) -> float:
    """BLEU of one sentence against another, from 0 to 1.

    One is added to n-grams from two words on (Lin and Och 2004): short texts that share no four words still differ.
    """
    if not hypothesis.length or not reference.length:
        return 0.0
    shared = _common(hypothesis.counts[0], reference.counts[0])
    if not shared:
        return 0.0
    total = math.log(shared / hypothesis.length)
    for n in range(1, ORDER):
        clipped = _common(hypothesis.counts[n], reference.counts[n])
        total += math.log((clipped + 1) / (max(hypothesis.length - n, 0) + 1))
    brevity = min(0.0, 1 - reference.length / hypothesis.length)
    return math.exp(total / ORDER + brevity)


def _most(references: Sequence[NGrams], n: int) -> Counter[tuple[str, ...]]:
    most: Counter[tuple[str, ...]] = Counter()
    for each in references:
        most |= each.counts[n]
    return most


def _common(said: Counter[tuple[str, ...]], known: Counter[tuple[str, ...]]) -> int:
    return sum(min(count, known[ngram]) for ngram, count in said.items() if ngram in known)
