"""Which words people use here, and in which order: what a typing error is judged by.

A trigram model with interpolated Kneser-Ney smoothing, learnt from the trainers' examples. Behind it stand the words
that the sentence model knows, by their rank, and behind those a model of letters for words that nobody has seen.
Costs are negative natural logarithms of probabilities: what is likelier is cheaper.
"""
from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

WORD = re.compile(r"[^\W\d_]+(?:['’]{1,2}[^\W\d_]+)*")
# Words and, as one piece, whatever holds a digit or belongs to an address: "104312", "1.5l", "ada@example.com".
PIECE = re.compile(r"\S*[\d@_/\\]\S*|[^\W\d_]+(?:['’]{1,2}[^\W\d_]+)*")
# Stand in the model for the two ends of a message, and for every piece that is no word.
START, END, OTHER = "<s>", "</s>", "<other>"
DISCOUNT = 0.75
# Part of the probability that is left for words outside the examples, of those: the words with a rank, the
# catalogue's, and words that are in no list, such as people's names.
RANKED_SHARE, CATALOGUE_SHARE, UNSEEN_SHARE = 0.75, 0.05, 0.2
# A language has few words so short: they are in the examples or of a rank before this. Of others this part is meant.
SHORT, COMMON_RANK, UNSEEN_SHORT = 3, 4000, 0.1
# A catalogue's word has the probability of one among so many.
CATALOGUE_WORDS = 1000
# What any string costs at most, in nats, so that its probability stays above nothing.
DEAREST = 200.0
# Endings such as "s" and "'s" make words of others: so long at most, after so many letters at least; an ending that
# fewer of the words have than this share is taken for chance.
LONGEST_ENDING = 2
STEM_MIN_LETTERS = 4
COMMON_ENDING = 0.04
# Words of the sentence model that are shorter are mostly abbreviations.
RANKED_MIN_LETTERS = 3


def fold(word: str) -> str:
    """``word`` as the model knows it."""
    return word.lower().replace("’", "'")


class Row(NamedTuple):
    """What comes after some words: ``P(word) = (followers[word] + withheld * P'(word)) * scale``, where ``P'`` is the
    probability after one word less.
    """

    scale: float
    withheld: float
    followers: dict[str, float]


NEVER_BEFORE = Row(1.0, 1.0, {})


class WordModel:
    """Costs of words in their context.

    ``words``, ``pairs`` and ``triples``: how often they stand in the examples: see ``count``. ``ranked``: other words
    that exist, the most frequent first. ``in_catalogue``: whether a word, in lower case, stands in the catalogue.
    """

    def __init__(
        self,
        words: dict[str, int],
        pairs: dict[str, dict[str, int]],
        triples: dict[str, dict[str, int]],
        ranked: Sequence[str] = (),
        in_catalogue: Callable[[str], bool] = lambda word: False,
    ) -> None:
        self.words = words
        self.ranks = {word: rank for rank, word in enumerate(ranked, 1) if len(word) >= RANKED_MIN_LETTERS}
        self._in_catalogue = in_catalogue
        self._rows = {
            before: Row(1 / sum(followers.values()), DISCOUNT * len(followers),
                        {word: number - DISCOUNT for word, number in followers.items()})
            for before, followers in {**pairs, **triples}.items()
        }
        before: Counter[str] = Counter(second for followers in pairs.values() for second in followers)
        self._kinds_of_pairs = sum(before.values())
        left_over = max(DISCOUNT * len(before), 1.0)
        total = max(self._kinds_of_pairs, 1)
        self._seen = {word: (number - DISCOUNT) / total for word, number in before.items()}
        self._left_over = left_over / total
        # Zipf's law, flattened where it is least true.
        self._rank_total = sum(1 / (rank + 100) for rank in self.ranks.values()) or 1.0
        self._letters = LetterModel({*words, *self.ranks})
        self._endings = _endings({*words, *self.ranks})
        self.alone = lru_cache(20_000)(self._probability_alone)

    def exists(self, word: str) -> bool:
        """Whether ``word`` stands in the examples, among the ranked words or in the catalogue."""
        return word in self.words or word in self.ranks or self.in_catalogue(word)

    def explains(self, word: str) -> bool:
        """Whether ``word`` exists, or is a form of one that does ("invoices")."""
        return self.exists(word) or bool(self._stems(word))

    def is_rare(self, word: str) -> bool:
        """Whether ``word`` is so short that it would stand in an example, or be a common word, if it were one."""
        return len(word) <= SHORT and word not in self.words and self.ranks.get(word, COMMON_RANK) >= COMMON_RANK

    def in_catalogue(self, word: str) -> bool:
        """Whether ``word``, of two letters or more, stands in the catalogue as it is now."""
        return len(word) > 1 and self._in_catalogue(word)

    def follows(self, first: str, second: str) -> bool:
        """Whether an example has ``second`` directly after ``first``."""
        return second in self.row(first).followers

    def row(self, before: str) -> Row:
        """What comes after a word, or after two with a space between them."""
        return self._rows.get(before, NEVER_BEFORE)

    def cost(self, word: str, previous: str, earlier: str = "") -> float:
        """Cost of ``word`` after ``previous`` and the word before that, in nats; finite for any words."""
        row = self.row(previous)
        probability = (row.followers.get(word, 0.0) + row.withheld * self.alone(word)) * row.scale
        row = self.row(f"{earlier} {previous}")
        return -math.log((row.followers.get(word, 0.0) + row.withheld * probability) * row.scale)

    def _probability_alone(self, word: str) -> float:
        """Probability of ``word`` after a word that says nothing about it."""
        return self._seen.get(word, 0.0) + self._left_over * self._probability_unseen(word)

    def _probability_unseen(self, word: str) -> float:
        probability = UNSEEN_SHARE * math.exp(-min(self._letters.cost(word), DEAREST))
        rank = self.ranks.get(word)
        if rank is not None:
            probability += RANKED_SHARE / ((rank + 100) * self._rank_total)
        if self.is_rare(word):
            probability *= UNSEEN_SHORT
        if rank is not None:
            return probability
        if self.in_catalogue(word):
            return probability + CATALOGUE_SHARE / CATALOGUE_WORDS
        if word in self.words:
            return probability
        # "invoices", where "invoice" is known: as likely as words like it have that ending.
        for stem, often in self._stems(word):
            probability += often * (self._seen.get(stem, 0.0) + self._left_over * self._probability_unseen(stem))
        return probability

    def _stems(self, word: str) -> list[tuple[str, float]]:
        """Words that exist of which ``word`` may be a form, with the share of words like each that have that form."""
        head, _, tail = word.partition("'")
        if 0 < len(tail) <= LONGEST_ENDING and len(head) >= STEM_MIN_LETTERS and (
            head in self.words or head in self.ranks
        ):
            return [(head, COMMON_ENDING)]  # the lists have hardly any, as each part is a piece of its own there
        return [
            (word[:-length], self._endings[word[-length - 1:]]) for length in range(1, LONGEST_ENDING + 1)
            if len(word) - length >= STEM_MIN_LETTERS and word[-length - 1:] in self._endings
            and (word[:-length] in self.words or word[:-length] in self.ranks)
        ]


def _endings(words: set[str]) -> dict[str, float]:
    """Ending, with the letter before it -> share of the words that end with that letter which also exist with that
    ending: "es" (an "s" after an "e") -> 0.3.
    """
    last_letters = Counter(word[-1] for word in words if len(word) >= STEM_MIN_LETTERS)
    found = Counter(
        word[-length - 1:] for word in words for length in range(1, LONGEST_ENDING + 1)
        if len(word) - length >= STEM_MIN_LETTERS and word[:-length] in words
    )
    shares = {ending: number / last_letters[ending[0]] for ending, number in found.items()}
    # A letter twice at the end is more often an error than an ending: "wooll".
    return {
        ending: share for ending, share in shares.items() if share >= COMMON_ENDING and ending[0] != ending[1]
    }


class LetterModel:
    """How word-like a string of letters is, by the two letters before each; Witten-Bell smoothing."""

    ORDER = 3
    # Letters of a script, roughly: what one is worth that no word has.
    ALPHABET = 60

    def __init__(self, words: Iterable[str]) -> None:
        followers: dict[str, Counter[str]] = {}
        for word in sorted(words):
            padded = "^" * (self.ORDER - 1) + word + "$"
            for place in range(self.ORDER - 1, len(padded)):
                for start in range(place - self.ORDER + 1, place + 1):
                    followers.setdefault(padded[start:place], Counter())[padded[place]] += 1
        self._rows = {context: (sum(row.values()), len(row), row) for context, row in followers.items()}
        self._step = lru_cache(50_000)(self._probability)

    def cost(self, word: str) -> float:
        """Cost of the letters of ``word`` and of its end, in nats."""
        padded = "^" * (self.ORDER - 1) + word + "$"
        return -sum(
            math.log(self._step(padded[place - self.ORDER + 1:place], padded[place]))
            for place in range(self.ORDER - 1, len(padded))
        )

    def _probability(self, context: str, letter: str) -> float:
        lower = self._probability(context[1:], letter) if context else 1 / self.ALPHABET
        row = self._rows.get(context)
        if row is None:
            return lower
        total, kinds, counts = row
        return (counts.get(letter, 0) + kinds * lower) / (total + kinds)


def count(texts: Iterable[str]) -> dict[str, Any]:
    """What a model is made of: ``words``, word -> number of its uses; ``pairs``, first word -> second -> number;
    ``triples``, first and second word with a space between them -> third -> number; ``forms``, word -> how it is mostly
    written, where that is not in lower case ("I").
    """
    words: Counter[str] = Counter()
    pairs: dict[str, Counter[str]] = {}
    triples: dict[str, Counter[str]] = {}
    forms: dict[str, Counter[str]] = {}
    for text in texts:
        said = [START]
        for piece in PIECE.findall(text):
            word = fold(piece) if WORD.fullmatch(piece) else OTHER
            said.append(word)
            if word != OTHER:
                words[word] += 1
                forms.setdefault(word, Counter())[piece.replace("’", "'")] += 1
        said.append(END)
        for first, second in pairwise(said):
            pairs.setdefault(first, Counter())[second] += 1
        for first, second, third in zip(said, said[1:], said[2:], strict=False):
            triples.setdefault(f"{first} {second}", Counter())[third] += 1
    usual = {word: max(sorted(written), key=written.__getitem__) for word, written in forms.items()}
    return {
        "words": dict(words),
        "pairs": {first: dict(followers) for first, followers in pairs.items()},
        "triples": {both: dict(followers) for both, followers in triples.items()},
        "forms": {word: form for word, form in usual.items() if form != word},
    }
