"""Words of a text as the lexical index counts them: stems, part numbers whole and in parts, numbers with their units.

A part number is written in many ways ("TN-2110", "tn2110", "TN 2110"), and each must find the others.
"""
from __future__ import annotations

import re
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import pairwise

import Stemmer

# Words that stand in every text and tell nothing of what a thing is.
_STOP_WORDS = (
    "a an and are as at be by for from has have in into is it its of on or our so such than that the their them then "
    "there these they this to was were will with your"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
MAX_WORD_CHARS = 40
_WORD = re.compile(r"[^\W_]+(?:[.,'’/&+-][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MEASURE = re.compile(r"(\d+)([^\W\d_]{1,4})")  # 25ft, 250gb, 1080p
_stemmers = threading.local()  # a stemmer keeps state between calls


def words(text: str) -> list[str]:
    """Stems of ``text`` in their order, compounds followed by their parts; empty where nothing tells anything."""
    raw: list[str] = []
    for match in _WORD.finditer(text.lower()):
        raw += _forms(match[0])
    return _stemmed([word[:MAX_WORD_CHARS] for word in raw if word not in STOP_WORDS])


def query_words(text: str, indexes: Sequence[Container[str]]) -> list[str]:
    """``words`` of what is asked, and what else the catalogue may call it: "note book" for "notebook", and back.

    ``indexes`` tell whether they hold a word. A word comes once, however often it is said.
    """
    def known(word: str) -> bool:
        return any(word in index for index in indexes)

    plain = words(text)
    found = list(plain)
    for first, second in pairwise(plain):
        if first != second and known(first + second):
            found.append(first + second)
    for word in plain:
        if not known(word):
            found += next(_splits(word, known), ())
    return list(dict.fromkeys(found))


def _forms(compound: str) -> Iterator[str]:
    compound = compound.replace("’", "'")
    if compound.endswith("'s"):
        compound = compound[:-2]
    if _NUMBER.fullmatch(compound):
        yield compound.replace(",", ".")
        return
    parts = _PART.findall(compound)
    joined = "".join(parts)
    yield joined
    if len(parts) > 1:
        yield from parts
    for part in parts:
        if measure := _MEASURE.fullmatch(part):
            yield from measure.groups()


def _splits(word: str, known: Callable[[str], bool]) -> Iterator[Sequence[str]]:
    for cut in range(3, len(word) - 2):
        if known(word[:cut]) and known(word[cut:]):
            yield word[:cut], word[cut:]


def _stemmed(raw: list[str]) -> list[str]:
    if not hasattr(_stemmers, "english"):
        _stemmers.english = Stemmer.Stemmer("english")
    return _stemmers.english.stemWords(raw)
