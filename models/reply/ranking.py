"""Which of several candidates is said: first by slot errors, then by the model's score and what the others agree on.

The latter is minimum Bayes risk decoding (Kumar and Byrne 2004): of samples of one model the best is the one that is
most like all others, here by the mean BLEU of sentences. What a model says once in twenty times is seldom its best.
"""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from models.reply.bleu import NGrams, sentence_bleu
from models.reply.coverage import Coverage
from models.reply.meaning import Meaning

_NUMBER = re.compile(r"<(\d{1,2})>")
_PLACEHOLDER = re.compile(r"(<\d{1,2}>)")
_MARK = re.compile(r"([.,;:?!]+)(?=\s|\Z)")


class Scored(Protocol):
    """A candidate: its text with numbered placeholders, and the mean log-probability of its tokens."""

    @property
    def text(self) -> str: ...

    @property
    def score(self) -> float: ...


Candidate = TypeVar("Candidate", bound=Scored)


@dataclass(frozen=True)
class Weights:
    """What a candidate is worth: ``consensus`` (0 to 1) and mean log-probability (nats), each times its weight.

    Chosen on the validation part of RNNLG's laptops. BLEU of the best of 20 candidates there: by score alone .520, by
    consensus alone .528, and by both, whatever the weight between 0.05 and 0.4, no more than .001 above that.
    """

    consensus: float = 1.0
    score: float = 0.1


WEIGHTS = Weights()


def rank(
    meaning: Meaning, candidates: Sequence[Candidate], coverage: Coverage | None = None, weights: Weights = WEIGHTS
) -> list[Candidate]:
    """The candidates, best first. Of those with one text, only the one with the best score remains.

    ``meaning`` is what the model was asked. Without ``coverage`` only placeholders are counted as slots.
    """
    times = Counter(each.text for each in candidates)
    best: dict[str, Candidate] = {}
    for each in candidates:
        if each.text not in best or each.score > best[each.text].score:
            best[each.text] = each
    if len(best) < 2:
        return list(best.values())
    agreement = _consensus(times)

    def place(each: Candidate) -> tuple[int, float, str]:
        worth = weights.consensus * agreement[each.text] + weights.score * each.score
        return errors(meaning, each.text, coverage), -worth, each.text

    return sorted(best.values(), key=place)


def errors(meaning: Meaning, text: str, coverage: Coverage | None = None) -> int:
    """Placeholders missing, repeated or unknown, and, as ``coverage`` learned it, slots that are not quoted."""
    said = Counter(int(number) for number in _NUMBER.findall(text))
    wanted = Counter(range(1, len(meaning.placeholders) + 1))
    found = (wanted - said).total() + (said - wanted).total()
    return found + (coverage.errors(meaning, text) if coverage else 0)


def _consensus(times: Counter[str]) -> dict[str, float]:
    """Of each text the mean BLEU against the other samples; a text that was sampled twice agrees with itself once."""
    samples = times.total()
    ngrams = {text: NGrams.of(_spaced(text)) for text in times}
    found = {}
    for text, own in ngrams.items():
        total = float(times[text] - 1)
        total += sum(count * sentence_bleu(own, ngrams[other]) for other, count in times.items() if other != text)
        found[text] = total / (samples - 1)
    return found


def _spaced(text: str) -> str:
    """Placeholders and marks as words of their own: "<1>," and "<1>" are not different words."""
    return _MARK.sub(r" \1", _PLACEHOLDER.sub(r" \1 ", text))
