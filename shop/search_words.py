"""Words that conversations are found by: how a text is cut into them, and what somebody who searches asks for.

Both databases index the same words, so they find the same. Accents and case do not count ("Café" is "cafe"). Two words
beside each other are a word of their own (``_express_delivery``), which is how a phrase is found without reading a
message: a phrase of more than two words is found where each two neighbours stand beside each other. A facet such as an
intent is a word as well (``=intent=track-5f-order``), so one question to the index answers several filters at once.
"""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

WORD_CHARS = 40  # of a word, the rest of a longer one does not count
FACET_CHARS = 80  # of a facet's value, likewise
TERMS = 12  # of a search, the rest of a longer one does not count
PREFIX_CHARS = 3  # a shorter beginning of a word is taken as a whole word: too many begin like it
# A letter or digit, with accents that stand by themselves. An underscore is none: it joins the two words of a pair.
_PIECE = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_WORD = re.compile(r"[^\W_]+")
_OF_NO_NAME = re.compile("[^a-z0-9]")
_QUOTED = re.compile(r'"([^"]*)(?:"|$)|([^"\s]+)')
_TYPOGRAPHIC_QUOTES = str.maketrans("“”„«»", '"' * 5)


@dataclass(frozen=True)
class Wanted:
    """What a search asks for: all of ``terms`` (words and pairs), and a word or pair that begins with ``prefix``.

    With neither, nothing was asked that could be found (a search for "?!").
    """

    terms: tuple[str, ...] = ()
    prefix: str | None = None

    def __bool__(self) -> bool:
        return bool(self.terms or self.prefix)

    def wants(self, word: str) -> bool:
        """Whether a text's word (no pair) is one of those that were asked for."""
        return word in self.words or (self.beginning != "" and word.startswith(self.beginning))

    @cached_property
    def words(self) -> frozenset[str]:
        """The whole words, those of pairs apart."""
        begun = self.prefix.split("_")[:-1] if self.prefix else []
        return frozenset(word for term in self.terms for word in term.split("_") if word) | {*begun} - {""}

    @cached_property
    def beginning(self) -> str:
        """What a word may begin with; "" where none may."""
        return self.prefix.split("_")[-1] if self.prefix else ""


def words(text: str) -> list[str]:
    """The words of a text, in order; empty where it has none."""
    if text.isascii():
        return [word[:WORD_CHARS] for word in _WORD.findall(text.lower())]
    return [word[:WORD_CHARS] for word in _WORD.findall(_folded(text))]


def terms(text: str) -> set[str]:
    """What a text is found by: its words, and each two of them that stand beside each other."""
    found = words(text)
    return {*found, *_pairs(found)}


def pieces(text: str) -> list[tuple[int, int, list[str]]]:
    """Where words stand in a text as it was written: (first character, the one behind the last, its words)."""
    return [(match.start(), match.end(), words(match.group())) for match in _PIECE.finditer(text)]


def facet(kind: str, value: str) -> str:
    """The word for a facet: no text has one like it, and no two facets have the same, up to FACET_CHARS."""
    return f"={kind}={_OF_NO_NAME.sub(lambda char: f'-{ord(char.group()):x}-', value[:FACET_CHARS])}"


def wanted(query: str) -> Wanted:
    """What a search means. Any text will do: "quoted words" are a phrase, the last word need not be whole."""
    found: list[str] = []
    prefix = None
    chunks = [(phrase, False) if plain is None else (plain, True)
              for phrase, plain in _chunks(query.translate(_TYPOGRAPHIC_QUOTES))]
    for number, (chunk, plain) in enumerate(chunks, 1):
        said = words(chunk)
        if not said or len(found) + len(said) > TERMS:
            continue
        together = _pairs(said) or said  # "t-shirt" is a phrase, too
        if plain and number == len(chunks) and len(said[-1]) >= PREFIX_CHARS:
            prefix = together.pop()
        found += together
    return Wanted(tuple(dict.fromkeys(found)), prefix)


def _chunks(query: str) -> list[tuple[str, str | None]]:
    return [(match.group(1) or "", match.group(2)) for match in _QUOTED.finditer(query)]


def _pairs(found: list[str]) -> list[str]:
    return [f"_{first}_{second}" for first, second in pairwise(found)]


def _folded(text: str) -> str:
    """Without case and accents; letters that only look another way ("ﬁ", "Ａ") as they are meant."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))
