"""Facts with a type, and how they are written in a locale: money, days, counts. Words pass as they are."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import tomllib

from models.reply.errors import ReplyError

VALUE_CHARS = 2_000
# Control, format (zero width, right to left), surrogate, private: nothing that a reader sees, and much that deceives.
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


class BadFormats(ReplyError):
    """``data/language/formats.toml`` is broken or lacks a locale; the message says what to write."""


@dataclass(frozen=True)
class Money:
    """An amount. ``currency`` is an ISO 4217 code."""

    cents: int
    currency: str


@dataclass(frozen=True)
class Day:
    """A day of the near past or future: written without its year."""

    date: date


@dataclass(frozen=True)
class Count:
    """So many of something: ``Count(3, "piece", "pieces")``."""

    n: int
    one: str
    many: str


Fact = str | Money | Day | Count


@dataclass(frozen=True)
class Article:
    """How an indefinite article follows the sound of the word behind it. All words in small letters."""

    consonant: str
    vowel: str
    vowels: str
    consonant_beginnings: tuple[str, ...]
    vowel_beginnings: tuple[str, ...]
    letters: str
    numbers: tuple[str, ...]

    def before(self, value: str) -> str:
        """The article for ``value``, in small letters."""
        return self.vowel if self._sounds_like_vowel(value) else self.consonant

    def _sounds_like_vowel(self, value: str) -> bool:
        number = re.match(r"\W*(\d+)", value)
        if number:
            return any(number[1] == each or (len(each) == 1 and number[1][0] == each) for each in self.numbers)
        found = re.match(r"\W*(\w+)", value)
        if not found:
            return False
        word = found[1]
        lowered = word.lower()
        if len(word) <= 4 and word.isupper():  # said letter by letter
            return lowered[0] in self.letters
        if lowered.startswith(self.vowel_beginnings):
            return True
        return lowered[0] in self.vowels and not lowered.startswith(self.consonant_beginnings)


@dataclass(frozen=True)
class Locale:
    """How one language writes numbers and dates. ``article`` is None where articles do not follow sounds."""

    name: str
    decimal: str
    thousands: str
    money: str
    day: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    singular: frozenset[int]
    symbols: Mapping[str, str] = field(default_factory=dict)
    article: Article | None = None

    @classmethod
    def load(cls, path: Path, name: str) -> Locale:
        """The table of ``name`` ("en-GB"), else of its language ("en"). Raises BadFormats."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadFormats(f"{path} cannot be read: {error}. Mend it, or take it from the release.") from error
        locales = table.get("locales", {})
        row = locales.get(name) or locales.get(re.split(r"[-_]", name)[0])
        if row is None:
            raise BadFormats(f"{path} has no locale {name!r}, only {', '.join(locales)}: write [locales.{name}].")
        try:
            return cls(
                name, row["decimal"], row["thousands"], row["money"], row["day"], _names(row, "weekdays", 7),
                _names(row, "months", 12), frozenset(row["singular"]), dict(table.get("symbols", {})),
                _article(row.get("article")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadFormats(f"{path}, locale {name!r}: {error!r}. Compare it with [locales.en].") from error


def in_words(fact: Fact, locale: Locale) -> str:
    """``fact`` as it stands in a reply: one line, nothing unseen in it.

    Money(4995, "EUR") -> "€49.95"; Day -> "Tuesday 24 November"; Count(1, "piece", "pieces") -> "1 piece".
    """
    if isinstance(fact, Money):
        sign = "-" if fact.cents < 0 else ""
        symbol = locale.symbols.get(fact.currency, f"{fact.currency} ")
        return sign + locale.money.format(symbol=symbol, amount=_amount(abs(fact.cents), locale)).strip()
    if isinstance(fact, Day):
        day = fact.date
        return locale.day.format(
            weekday=locale.weekdays[day.weekday()], day=day.day, month=locale.months[day.month - 1]
        )
    if isinstance(fact, Count):
        return seen(f"{fact.n} {fact.one if fact.n in locale.singular else fact.many}")
    return seen(fact)


def values(facts: Mapping[str, Fact], locale: Locale) -> dict[str, str]:
    """All ``facts`` in words."""
    return {name: in_words(fact, locale) for name, fact in facts.items()}


def seen(text: str) -> str:
    """``text`` as one line of what a reader sees: runs of white space become a blank, unseen characters nothing."""
    line = " ".join(text[:VALUE_CHARS].split())
    if line.isascii() and line.isprintable():
        return line
    line = "".join(each for each in line if unicodedata.category(each) not in UNSEEN)
    return " ".join(line.split())


def _amount(cents: int, locale: Locale) -> str:
    text = f"{cents // 100:,}|{cents % 100:02d}"
    return text.replace(",", locale.thousands).replace("|", locale.decimal)


def _names(row: dict[str, Any], key: str, count: int) -> tuple[str, ...]:
    names = tuple(row[key])
    if len(names) != count:
        raise ValueError(f"{key} has {len(names)} names, not {count}")
    return names


def _article(row: dict[str, Any] | None) -> Article | None:
    if row is None:
        return None
    return Article(
        row["consonant"], row["vowel"], row["vowels"], tuple(row["consonant_beginnings"]),
        tuple(row["vowel_beginnings"]), row["letters"], tuple(row["numbers"]),
    )
