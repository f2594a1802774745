"""The words that the approved examples of each act use, and what stands beside each placeholder.

A reply that is put together only of these can be phrased anew, but cannot bring in a claim that nobody approved.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from models.reply.claims import Token, tokens
from models.reply.errors import ReplyError

FORMAT = 1
WINDOW = 3  # words before a placeholder that are remembered
ENOUGH = 8  # examples of an act from which on what they never do, or always do, is taken for a rule
EDGE = ""  # the neighbour of a placeholder where no word stands: begin, end, or behind a mark that ends a clause
SENTENCE_MARKS = frozenset(".?!:…")
CLAUSE_MARKS = frozenset(".,;:?!—–…")


class BadVocabulary(ReplyError):
    """A saved vocabulary cannot be read; the message says how to make it again."""


class Approved(Protocol):
    """An example, as far as the vocabulary looks at it."""

    @property
    def act(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass
class ActWords:
    """What the approved examples of one act have. ``negated``: pairs of a negation and the word behind it."""

    examples: int = 0
    negating: int = 0
    words: set[str] = field(default_factory=set)
    capitals: set[str] = field(default_factory=set)
    negated: set[tuple[str, str]] = field(default_factory=set)
    before: dict[str, set[str]] = field(default_factory=dict)
    after: dict[str, set[str]] = field(default_factory=dict)
    leading: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    @property
    def never_negates(self) -> bool:
        return self.examples >= ENOUGH and not self.negating

    @property
    def always_negates(self) -> bool:
        return self.examples >= ENOUGH and self.negating == self.examples


@dataclass
class Vocabulary:
    """Words by act, and the neighbours of placeholders over all acts."""

    acts: dict[str, ActWords] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.words: frozenset[str] = frozenset().union(*(each.words for each in self.acts.values()))
        self.before = _joined(each.before for each in self.acts.values())
        self.after = _joined(each.after for each in self.acts.values())

    @classmethod
    def of(cls, examples: Iterable[Approved], negates: Callable[[str], bool]) -> Vocabulary:
        """Built from ``examples``. ``negates``: whether a word turns a sentence into its opposite."""
        acts: dict[str, ActWords] = {}
        for example in examples:
            _take_in(acts.setdefault(example.act, ActWords()), example.text, negates)
        return cls(acts)

    def save(self, path: Path) -> None:
        """Raises OSError."""
        rows = {
            name: {
                "examples": act.examples,
                "negating": act.negating,
                "words": sorted(act.words),
                "capitals": sorted(act.capitals),
                "negated": sorted(map(list, act.negated)),
                "before": {name: sorted(words) for name, words in sorted(act.before.items())},
                "leading": {name: sorted(map(list, each)) for name, each in sorted(act.leading.items())},
                "after": {name: sorted(words) for name, words in sorted(act.after.items())},
            }
            for name, act in sorted(self.acts.items())
        }
        path.write_text(json.dumps({"format": FORMAT, "acts": rows}, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Raises BadVocabulary."""
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            if table["format"] != FORMAT:
                raise ValueError(f"format {table['format']}, not {FORMAT}")
            return cls({name: _act_words(row) for name, row in table["acts"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadVocabulary(f"{path} cannot be read ({error!r}): train the reply model again.") from error


def neighbours(found: Sequence[Token]) -> list[tuple[str, str, str]]:
    """(placeholder's name, word before, word behind) of every placeholder; EDGE where a clause begins or ends.

    Quotes, brackets, hyphens and # are looked through: in ``for “{wanted}”`` the word before is "for".
    """
    return [
        (token.text[1:-1], _beside(found, place, -1), _beside(found, place, 1))
        for place, token in enumerate(found) if token.is_placeholder
    ]


def negated_pair(found: Sequence[Token], place: int) -> tuple[str, str]:
    """The negation at ``place`` with the word or placeholder behind it; EDGE where its clause ends."""
    return found[place].text, _beside(found, place, 1)


def windows(found: Sequence[Token]) -> list[tuple[str, tuple[str, ...]]]:
    """(placeholder's name, up to WINDOW words before it, the nearest first; EDGE is the last where a clause begins)."""
    return [(token.text[1:-1], _leading(found, place)) for place, token in enumerate(found) if token.is_placeholder]


def _leading(found: Sequence[Token], place: int) -> tuple[str, ...]:
    words: list[str] = []
    while len(words) < WINDOW:
        place -= 1
        if place < 0 or found[place].text in CLAUSE_MARKS:
            return (*words, EDGE)
        if found[place].is_word or found[place].is_placeholder:
            words.append(found[place].text if found[place].is_word else "{}")
    return tuple(words)


def capitals(found: Sequence[Token], text: str, sentences: Iterable[str] = ()) -> list[str]:
    """Words with a capital that no sentence begins with, as written. ``sentences``: facts that are whole sentences."""
    names = []
    for place, token in enumerate(found):
        if token.is_word and text[token.start].isupper() and not _begins(found, place, frozenset(sentences)):
            names.append(text[token.start : token.end])
    return names


def _begins(found: Sequence[Token], place: int, sentences: frozenset[str]) -> bool:
    for token in reversed(found[:place]):
        if token.text in SENTENCE_MARKS:
            return True
        if token.is_word:
            return False
        if token.is_placeholder:
            return token.text[1:-1] in sentences
        if token.text in {",", ";", "-", "–", "—"}:
            return False
    return True


def _beside(found: Sequence[Token], place: int, step: int) -> str:
    place += step
    while 0 <= place < len(found):
        token = found[place]
        if token.is_placeholder:
            return "{}"
        if token.is_word:
            return token.text
        if token.text in CLAUSE_MARKS:
            return EDGE
        place += step
    return EDGE


def _take_in(act: ActWords, text: str, negates: Callable[[str], bool]) -> None:
    found = tokens(text)
    words = [token.text for token in found if token.is_word]
    act.examples += 1
    act.negating += any(map(negates, words))
    act.words.update(words)
    act.capitals.update(word.lower().replace("’", "'") for word in capitals(found, text))
    act.capitals.update(token.text for token in found if token.is_word and text[token.start : token.end].isupper())
    act.negated.update(
        negated_pair(found, place) for place, token in enumerate(found) if token.is_word and negates(token.text)
    )
    for name, before, after in neighbours(found):
        act.before.setdefault(name, set()).add(before)
        act.after.setdefault(name, set()).add(after)
    for name, leading in windows(found):
        act.leading.setdefault(name, set()).add(leading)


def _joined(tables: Iterable[dict[str, set[str]]]) -> dict[str, set[str]]:
    joined: dict[str, set[str]] = {}
    for table in tables:
        for name, words in table.items():
            joined.setdefault(name, set()).update(words)
    return joined


def _act_words(row: dict) -> ActWords:
    return ActWords(
        int(row["examples"]), int(row["negating"]), set(row["words"]), set(row["capitals"]),
        {(first, second) for first, second in row["negated"]},
        {name: set(words) for name, words in row["before"].items()},
        {name: set(words) for name, words in row["after"].items()},
        {name: {tuple(each) for each in leading} for name, leading in row["leading"].items()},
    )
