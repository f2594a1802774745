"""By which words replies say the slots that they never quote, such as ``isforbusinesscomputing=false``: learned.

From training replies: the n-grams that stand in replies with the slot and hardly in replies of the same acts without
it, the fewest that cover nearly all of the former. And by the words around them which of the slot's values is meant.
"""
from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.reply.data_to_text import special
from models.reply.meaning import Meaning

LONGEST = 2  # words of an n-gram that says a slot
FEWEST_REPLIES = 8  # with a slot, or else nothing is learned of it
FEWEST_WITH_NGRAM = 2
PRECISION = 0.93  # of an n-gram: of replies with and without the slot, equally many, those with it
LEAST_GAIN = 0.002  # of the slot's replies that an n-gram adds; at least FEWEST_WITH_NGRAM
NOVELTY = 0.6  # of an n-gram's replies that no other covers, so that "business computing" is not counted twice
EXACT = 0.9  # of the slot's replies that say it exactly as often as the meaning has it, so that twice is too often
BEFORE, AFTER = 4, 4  # words around an n-gram that tell the value
VALUE_NGRAM = 3
FEWEST_WITH_AROUND = 4
RIDGE = 3e-4  # weight of the squared weights, beside the mean loss of a reply
STEPS, RATE = 200, 2.0  # of the regression: on its 2,600 replies its loss no longer falls then
CERTAIN = 2.0  # nats by which another value is likelier before a reply is said to have the wrong one
NOTHING_SAID = ("tone", "heard")  # what colours a reply without being said

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@dataclass(frozen=True)
class SlotTable:
    """How a slot is said. ``weights``: of each n-gram around for each of ``values``, and of none: a regression."""

    ngrams: frozenset[tuple[str, ...]]
    exact: bool
    acts: frozenset[str]
    values: tuple[str, ...] = ()
    weights: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict)

    def places(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """(start, end) of each time the slot is said, none overlapping another."""
        found: list[tuple[int, int]] = []
        start = 0
        while start < len(words):
            length = next((n for n in range(LONGEST, 0, -1) if tuple(words[start : start + n]) in self.ngrams), 0)
            if length:
                found.append((start, min(start + length, len(words))))
            start += length or 1
        return found

    def wrong_value(self, words: Sequence[str], value: str) -> bool:
        """Whether the words around say another value of the slot, beyond doubt."""
        places = self.places(words)
        if len(self.values) < 2 or value not in self.values or not places:
            return False
        around = _around(words, places)
        known = [self.weights[()], *(self.weights[ngram] for ngram in around if ngram in self.weights)]
        likely = np.sum(known, axis=0) / np.sqrt(len(known))  # scaled as in the regression
        return float(likely.max() - likely[self.values.index(value)]) > CERTAIN


@dataclass(frozen=True)
class Coverage:
    """``tables`` of slots by name. Empty: nothing was learned, and nothing is ever missing."""

    tables: dict[str, SlotTable] = field(default_factory=dict)

    @classmethod
    def learn(cls, pairs: Iterable[tuple[Meaning, str]]) -> Coverage:
        """From meanings and replies with numbered placeholders."""
        replies = [_Reply(meaning, _words(text)) for meaning, text in pairs]
        names = Counter(name for each in replies for name in each.unquoted)
        tables = {}
        for name, count in names.items():
            if count >= FEWEST_REPLIES and name not in NOTHING_SAID:
                table = _table(name, replies)
                if table.ngrams:
                    tables[name] = table
        return cls(tables)

    def errors(self, meaning: Meaning, text: str) -> int:
        """How many slots that are not quoted ``text`` leaves out, says too often, unasked or with a wrong value."""
        unquoted = _unquoted(meaning)
        quoted = {name for name, value in meaning.slots if value is None or special(value) is None}
        words = _words(text)
        errors = 0
        for name, table in self.tables.items():
            wanted = unquoted.get(name, [])
            # "budget" may be quoted, and then "price range" beside it is no answer to a slot of its own.
            if name in quoted or meaning.act not in table.acts:
                continue
            said = len(table.places(words))
            errors += max(len(wanted) - said, 0)
            if table.exact:
                errors += max(said - len(wanted), 0)
            if len(set(wanted)) == 1 and said:
                errors += table.wrong_value(words, wanted[0])
        return errors


class _Reply:
    def __init__(self, meaning: Meaning, words: list[str]) -> None:
        self.act, self.words = meaning.act, words
        self.unquoted = _unquoted(meaning)
        self.named = {name for name, _ in meaning.slots}
        self.quoted = {name for name, value in meaning.slots if value is None or special(value) is None}

    def ngrams(self, longest: int) -> set[tuple[str, ...]]:
        return set(_ngrams(self.words, longest))


def _table(name: str, replies: Sequence[_Reply]) -> SlotTable:
    have = [each for each in replies if name in each.unquoted and name not in each.quoted]
    acts = frozenset(each.act for each in have)
    lack = [each for each in replies if each.act in acts and name not in each.named]
    chosen = _covering([each.ngrams(LONGEST) for each in have], [each.ngrams(LONGEST) for each in lack])
    table = SlotTable(chosen, exact=False, acts=acts)
    as_often = sum(len(table.places(each.words)) == len(each.unquoted[name]) for each in have)
    values, weights = _values(name, have, table.places)
    return SlotTable(chosen, as_often >= EXACT * len(have), acts, values, weights)


def _covering(have: Sequence[set], lack: Sequence[set]) -> frozenset[tuple[str, ...]]:
    """The n-gram that is in most of what is not covered yet, again and again, while there is a telling and new one."""
    with_it, without = Counter(), Counter()
    for each in have:
        with_it.update(each)
    for each in lack:
        without.update(each)
    telling = {ngram for ngram, count in with_it.items() if count >= FEWEST_WITH_NGRAM
               and _share(count, len(have), without[ngram], len(lack)) >= PRECISION}
    left, chosen = [each & telling for each in have], set()
    least = max(FEWEST_WITH_NGRAM, LEAST_GAIN * len(have))
    while True:
        gains = Counter(ngram for each in left for ngram in each)
        gains = Counter({ngram: gain for ngram, gain in gains.items() if gain >= NOVELTY * with_it[ngram]})
        best = max(gains, key=lambda ngram: (gains[ngram], -len(ngram), ngram), default=None)
        if best is None or gains[best] < least:
            return frozenset(chosen)
        chosen.add(best)
        left = [each for each in left if best not in each]


def _share(count: int, of: int, count_without: int, of_without: int) -> float:
    """The share of replies with the slot among those with the n-gram, were there equally many with and without it."""
    rate, rate_without = count / of, (count_without + 0.5) / (of_without + 1)
    return rate / (rate + rate_without)


def _values(
    name: str, have: Sequence[_Reply], places: Callable[[Sequence[str]], list[tuple[int, int]]]
) -> tuple[tuple[str, ...], dict[tuple[str, ...], np.ndarray]]:
    """The values that enough replies say, and the weights that tell them apart by the n-grams around."""
    around, said = [], []
    for each in have:
        found = places(each.words)
        if len(set(each.unquoted[name])) == 1 and found:
            around.append(_around(each.words, found))
            said.append(each.unquoted[name][0])
    counts = Counter(said)
    values = tuple(sorted(value for value, count in counts.items() if count >= FEWEST_REPLIES))
    if len(values) < 2:
        return values, {}
    rows = [place for place, value in enumerate(said) if value in values]
    frequent = Counter(ngram for place in rows for ngram in around[place])
    known = [(), *sorted(ngram for ngram, count in frequent.items() if count >= FEWEST_WITH_AROUND)]
    column = {ngram: place for place, ngram in enumerate(known)}
    features = np.zeros((len(rows), len(known)), np.float32)
    features[:, 0] = 1
    for row, place in enumerate(rows):
        features[row, [column[ngram] for ngram in around[place] if ngram in column]] = 1
    target = np.array([values.index(said[place]) for place in rows])
    weights = _regression(features, target, len(values))
    return values, dict(zip(known, weights, strict=True))


def _regression(features: np.ndarray, target: np.ndarray, classes: int) -> np.ndarray:
    """Weights (features, classes) of a multinomial logistic regression with a ridge, by accelerated descent."""
    lengths = np.sqrt(np.maximum(features.sum(axis=1, keepdims=True), 1))
    scaled, wanted = features / lengths, np.eye(classes, dtype=np.float32)[target]
    weights = ahead = np.zeros((features.shape[1], classes), np.float32)
    for step in range(STEPS):
        logits = scaled @ ahead
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        moved = ahead - RATE * (scaled.T @ (likely - wanted) / len(target) + RIDGE * ahead)
        weights, ahead = moved, moved + step / (step + 3) * (moved - weights)
    return weights


def _around(words: Sequence[str], places: Sequence[tuple[int, int]]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for start, end in places:
        found |= set(_ngrams(words[max(start - BEFORE, 0) : end + AFTER], VALUE_NGRAM))
    return found


def _unquoted(meaning: Meaning) -> dict[str, list[str]]:
    """Name -> values, for slots whose value no reply quotes; questions ("") have none."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in meaning.slots:
        if known := special(value):
            found[name].append(known)
    return found


def _ngrams(words: Sequence[str], longest: int) -> Iterable[tuple[str, ...]]:
    for length in range(1, longest + 1):
        for start in range(len(words) - length + 1):
            yield tuple(words[start : start + length])


def _words(text: str) -> list[str]:
    """Words, small; placeholders are none."""
    return _WORD.findall(re.sub(r"<\d+>", " <> ", text.lower()))
