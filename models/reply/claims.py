"""What a reply may not say by itself: a table of words that trainers keep, ``data/language/claims_en.toml``."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import tomllib

from models.reply.errors import ReplyError

# A word with its apostrophes, a placeholder, or any other character. Hyphens part words: "one-off" is two.
TOKEN = re.compile(r"\{[^{}\s]*\}|[^\W\d_]+(?:['’][^\W\d_]+)*['’]?(?=\W|\Z)|[^\W\d_]+|\S")
ANY_PLACEHOLDER = "{}"
MOST_WORDS_KEPT = 20_000
GROUP_KEYS = {"code", "words", "fine", "open", "acts"}
ACT_KEYS = {"says", "denies", "harmless", "phrases"}


Hit = tuple[int, int, str]  # the first word, behind the last, the label


class BadClaims(ReplyError):
    """The table of claims is broken; the message names the file, the place and the remedy."""


class Token(NamedTuple):
    """A word (small letters, straight apostrophes), a placeholder with its braces, or a mark; and where it stands."""

    text: str
    start: int
    end: int
    is_word: bool
    is_placeholder: bool


def tokens(text: str) -> list[Token]:
    """``text`` in words, placeholders and marks, in order."""
    found = []
    for match in TOKEN.finditer(text):
        word = match[0]
        if word[0].isalpha():
            word = word.lower().replace("’", "'")
            found.append(Token(word.rstrip("'"), match.start(), match.end(), True, False))
        else:
            found.append(Token(word, match.start(), match.end(), False, word[0] == "{" and len(word) > 2))
    return found


def spoken(found: Iterable[Token]) -> list[str]:
    """Words and placeholders only, without marks."""
    return [token.text for token in found if token.is_word or token.is_placeholder]


class Phrases:
    """Phrases that are found in a list of words in one pass. Each has a label that a hit gives back."""

    def __init__(self, phrases: Iterable[tuple[str, str]] = ()) -> None:
        self._exact: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._beginnings: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._seen: dict[str, list[tuple[tuple[str, ...], str]]] = {}  # what begins with a word, kept as words recur
        for phrase, label in phrases:
            self._add(phrase, label)
        self._lengths = sorted({len(each) for each in self._beginnings})

    def __bool__(self) -> bool:
        return bool(self._exact or self._beginnings)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """(first, behind the last, label) of every phrase in ``words``, by its place; empty where there is none."""
        hits = []
        for place, word in enumerate(words):
            for rest, label in self._begun(word):
                end = place + 1 + len(rest)
                if not rest or (end <= len(words) and all(map(_fits, rest, words[place + 1 : end]))):
                    hits.append((place, end, label))
        return hits

    def alone(self, word: str) -> str | None:
        """The label of ``word`` where it is a phrase by itself."""
        return next((label for rest, label in self._begun(word) if not rest), None)

    def _begun(self, word: str) -> list[tuple[tuple[str, ...], str]]:
        begun = self._seen.get(word)
        if begun is None:
            begun = self._look_up(word)
            if len(self._seen) < MOST_WORDS_KEPT:
                self._seen[word] = begun
        return begun

    def _look_up(self, word: str) -> list[tuple[tuple[str, ...], str]]:
        begun = self._exact.get(word, [])
        if word[0] == "{":
            return begun + self._exact.get(ANY_PLACEHOLDER, [])
        for length in self._lengths:
            if length > len(word):
                break
            more = self._beginnings.get(word[:length])
            if more:
                begun = begun + more
        return begun

    def _add(self, phrase: str, label: str) -> None:
        words = phrase_words(phrase)
        if not words:
            raise ValueError(f"{phrase!r} has no word")
        first, rest = words[0], tuple(words[1:])
        table, key = (self._beginnings, first[:-1]) if first.endswith("*") else (self._exact, first)
        table.setdefault(key, []).append((rest, label))


def phrase_words(phrase: str) -> list[str]:
    """A phrase of the table as words; those that stand for any ending keep their ``*``."""
    return re.findall(r"\{[a-z0-9_]*\}|[^\W\d_]+(?:'[^\W\d_]+)*\*?", phrase.lower().replace("’", "'"))


def _fits(pattern: str, word: str) -> bool:
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    return pattern == word or (pattern == ANY_PLACEHOLDER and word[0] == "{")


@dataclass(frozen=True)
class ActClaims:
    """The table as it holds for one act. ``refused`` and ``fine`` are labelled with the group's code."""

    refused: Phrases
    fine: Phrases
    says: Phrases
    denies: Phrases
    harmless: Phrases
    sentences: frozenset[str]
    may_end_in_colon: bool


@dataclass(frozen=True)
class Claims:
    """All of the table. ``of(act)`` is what counts for one act, made once."""

    language: str
    meant_characters: re.Pattern[str]
    always_capital: frozenset[str]
    one_letter_words: frozenset[str]
    may_double: frozenset[str]
    negations: frozenset[str]
    negative_ending: str
    superlative_ending: str
    superlative_exceptions: Phrases
    limits: dict[str, int]
    hash_before: frozenset[str]
    not_zero: frozenset[str]
    own_ends: frozenset[str]
    named_superlatives: frozenset[str]
    own_place: frozenset[str]
    told_apart: dict[str, dict[str, int]]
    features: dict[str, list[tuple[frozenset[str], Phrases]]]
    sets: dict[str, frozenset[str]]
    sentences: frozenset[str]
    groups: list[dict[str, Any]]
    acts: dict[str, dict[str, list[str]]]
    _made: dict[str, ActClaims] = field(default_factory=dict, repr=False, compare=False)

    def of(self, act: str) -> ActClaims:
        """What holds for ``act``; an act that the table does not name has the groups alone."""
        made = self._made.get(act)
        if made is None:
            made = self._made[act] = self._make(act)
        return made

    def negates(self, word: str) -> bool:
        return word in self.negations or word.endswith(self.negative_ending)

    @classmethod
    def load(cls, path: Path) -> Claims:
        """Raises BadClaims."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadClaims(f"{path} cannot be read: {error}. Mend it, or take it from the release.") from error
        try:
            claims = _claims(table)
            for act in [*claims.acts, ""]:
                claims.of(act)
        except KeyError as error:
            raise BadClaims(f"{path} lacks {error}. Compare it with the release's.") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise BadClaims(f"{path}: {error}. Compare it with the release's.") from error
        return claims

    def _make(self, act: str) -> ActClaims:
        refused: list[tuple[str, str]] = []
        fine: list[tuple[str, str]] = []
        for group in self.groups:
            if self._is_open(act, group):
                continue
            code = group["code"]
            refused += [(phrase, code) for phrase in group["words"]]
            fine += [(phrase, code) for phrase in [*group.get("fine", ()), *group.get("acts", {}).get(act, ())]]
        row = self.acts.get(act, {})
        return ActClaims(
            Phrases(refused), Phrases(fine),
            Phrases((phrase, phrase) for phrase in row.get("says", ())),
            Phrases((phrase, phrase) for phrase in row.get("denies", ())),
            Phrases((phrase, phrase) for phrase in row.get("harmless", ())),
            self.sentences - set(row.get("phrases", ())),
            act in self.sets["colon"],
        )

    def _is_open(self, act: str, group: dict[str, Any]) -> bool:
        return any(act in self.sets[each[1:]] if each[0] == "@" else each == act for each in group.get("open", ()))


def _claims(table: dict[str, Any]) -> Claims:
    facts, letters = table["facts"], table["letters"]
    for group in table["group"]:
        _known(group, GROUP_KEYS, f"group {group.get('code')!r}")
        for each in group.get("open", ()):
            if each.startswith("@") and each[1:] not in table["sets"]:
                raise ValueError(f"group {group['code']!r} is open for {each!r}, but [sets] has no {each[1:]!r}")
    for name, row in table["acts"].items():
        _known(row, ACT_KEYS, f"acts.{name}")
    return Claims(
        language=table["language"],
        meant_characters=re.compile(f"[A-Za-z{re.escape(letters + letters.upper() + table['marks'])}]*"),
        always_capital=frozenset(table["always_capital"]),
        one_letter_words=frozenset(table["one_letter_words"]),
        may_double=frozenset(table["may_double"]),
        negations=frozenset(table["negations"]),
        negative_ending=table["negative_ending"],
        superlative_ending=table["superlative_ending"],
        superlative_exceptions=Phrases((each, "") for each in table["superlative_exceptions"]),
        limits={name: int(value) for name, value in table["limits"].items()},
        hash_before=frozenset(facts["hash_before"]),
        not_zero=frozenset(facts["not_zero"]),
        own_ends=frozenset(facts["own_ends"]),
        named_superlatives=frozenset(each for group in table["group"] for each in group["words"] if " " not in each),
        own_place=frozenset(facts["own_place"]),
        told_apart=_told_apart(facts["told_apart"]),
        features={
            name: [(frozenset(of.split()), Phrases((each, each) for each in words)) for of, words in row.items()]
            for name, row in table["features"].items()
        },
        sets={name: frozenset(acts) for name, acts in table["sets"].items()},
        sentences=frozenset(facts["sentences"]),
        groups=table["group"],
        acts=table["acts"],
    )


def _told_apart(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """act -> fact -> how many words before it are as in an example."""
    table: dict[str, dict[str, int]] = {}
    for row in rows:
        for act in row["acts"]:
            table.setdefault(act, {}).update(dict.fromkeys(row["facts"], int(row["words"])))
    return table


def _known(row: dict[str, Any], keys: set[str], where: str) -> None:
    unknown = sorted(set(row) - keys)
    if unknown:
        raise ValueError(f"{where}: only {', '.join(sorted(keys))} may be set, not {', '.join(unknown)}")
