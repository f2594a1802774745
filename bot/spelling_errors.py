"""What a hand does to a word on its way to the screen: how many errors lie between two words, and which words are near.

A swap of two letters, a letter twice, a letter too few and a key beside the right one are what happens to hands; any
other change costs more.
"""
from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

# Rows of keys with the place of their first key, in widths of a key.
_ROWS = {
    "qwerty": (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75)),
    "qwertz": (("qwertzuiopü", 0.0), ("asdfghjklöä", 0.25), ("yxcvbnm", 0.75)),
    "azerty": (("azertyuiop", 0.0), ("qsdfghjklm", 0.25), ("wxcvbn", 0.75)),
}
KEYBOARDS = tuple(_ROWS)
# Errors; a change that no finger makes by itself counts more.
SWAP = DOUBLE = DROP = NEIGHBOUR = 1.0
NEIGHBOUR_TOO = 1.25  # the key beside, as well as the right one
OTHER_LETTER = 1.6
LETTER_TOO_MANY = 1.6


def neighbouring_keys(keyboard: str) -> frozenset[tuple[str, str]]:
    """Pairs of keys that touch each other, each pair in both orders. Raises KeyError for an unknown keyboard."""
    places = {
        key: (left + column, row) for row, (keys, left) in enumerate(_ROWS[keyboard]) for column, key in enumerate(keys)
    }
    return frozenset(
        (one, other) for one, (x, y) in places.items() for other, (u, v) in places.items()
        if one != other and abs(x - u) <= 1 and abs(y - v) <= 1
    )


class TypingErrors:
    """Errors between what was typed and what was meant, on one keyboard; ``keys``: its letters."""

    def __init__(self, keyboard: str = "qwerty") -> None:
        self._beside = neighbouring_keys(keyboard)
        self.keys = frozenset(key for keys, _ in _ROWS[keyboard] for key in keys)
        self.count = lru_cache(50_000)(self._count)

    def _count(self, typed: str, meant: str) -> float:
        """Errors that make ``typed`` of ``meant``, 0 where they are the same; a rare error counts more than one."""
        first = 0
        while first < len(typed) and first < len(meant) and typed[first] == meant[first]:
            first += 1
        end, meant_end = len(typed), len(meant)
        while end > first and meant_end > first and typed[end - 1] == meant[meant_end - 1]:
            end -= 1
            meant_end -= 1
        # rows[i][j]: errors between the first i letters typed and the first j meant, after what both begin with
        rows = [[DROP * j for j in range(meant_end - first + 1)]]
        for i in range(1, end - first + 1):
            letter = typed[first + i - 1]
            extra = self._extra(typed, meant, first + i - 1)
            row = [rows[i - 1][0] + extra]
            for j in range(1, meant_end - first + 1):
                right = meant[first + j - 1]
                best = min(
                    rows[i - 1][j] + extra,
                    row[j - 1] + DROP,
                    rows[i - 1][j - 1] + (0.0 if letter == right else
                                          NEIGHBOUR if (letter, right) in self._beside else OTHER_LETTER),
                )
                if (i > 1 and j > 1 and letter == meant[first + j - 2] and typed[first + i - 2] == right):
                    best = min(best, rows[i - 2][j - 2] + SWAP)
                row.append(best)
            rows.append(row)
        return rows[-1][-1]

    def _extra(self, typed: str, meant: str, place: int) -> float:
        letter = typed[place]
        before, after = typed[place - 1:place], typed[place + 1:place + 2]
        if letter in (before, after):
            return DOUBLE
        return NEIGHBOUR_TOO if (letter, before) in self._beside or (letter, after) in self._beside else LETTER_TOO_MANY


class NearWords:
    """Words within a few changes of another, by comparing it with those of about its length."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(words):
            self._by_length.setdefault(len(word), []).append(word)

    def within(self, word: str, changes: int) -> list[str]:
        """Words at most ``changes`` changes away."""
        return [
            near for length in range(len(word) - changes, len(word) + changes + 1)
            for near, _, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=changes, limit=None
            )
        ]


class WordsOneChangeAway:
    """Words within one change of another, at once: for words of which there are few, and questions of which are many.

    Two words that are one change apart are the same with one letter of one, or of both, left out.
    """

    def __init__(self, words: Iterable[str]) -> None:
        found: dict[str, list[str]] = {}
        for word in sorted(words):
            for key in _shortened(word):
                found.setdefault(key, []).append(word)
        self._shortened = found

    def of(self, word: str) -> list[str]:
        """In alphabetical order; ``word`` itself among them where it is one."""
        near = {each for key in _shortened(word) for each in self._shortened.get(key, ())}
        return sorted(each for each in near if OSA.distance(word, each, score_cutoff=1) <= 1)


def _shortened(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1:] for place in range(len(word)))}
