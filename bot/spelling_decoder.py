"""A message as it was probably meant: the likeliest words, given what was typed and how people speak here.

The noisy channel: of all sentences that hands may have turned into this message, the one for which the errors and the
words together cost least. The sentences are paths through a lattice over the letters of the message. Its nodes are
places where a word may begin or end: each typed space, and, near a word that is odd, places beside a space (typed early
or late) and between letters (a space forgotten). Its edges are words, with the errors between them and the letters
they span.
"""
from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from bot.spelling_errors import DROP, LETTER_TOO_MANY, OTHER_LETTER, SWAP, NearWords, TypingErrors, WordsOneChangeAway
from bot.word_model import END, OTHER, PIECE, START, WORD, WordModel, fold

# Cost of an error, in nats, in a message with no strange word, with one, and with more, or one that is known for an
# error: who mistypes one word is likely to have mistyped another.
FIRST_ERROR = (9.0, 7.5)
ERROR_AMONG_OTHERS = 4.5
# An error where the only strange word has so few letters: as likely it is one that no example has ("wok", "mauve").
ERROR_IN_SHORT_WORD = {1: 12.5, 2: 12.5, 3: 12.5, 4: 9.0, 5: 9.0}
# A message is probably in another language, and stays as it was typed, where of its strange words, so many at least,
# one in so many or more is left when the others are mended; with fewer, an error costs what it costs alone. The same
# where there are more errors for each letter, with no strange word left and with some. Letters from which on this says
# something.
STRANGE_FOR_EACH_LEFT = 5
FOREIGN_FROM = 3
MOST_ERRORS = (0.25, 0.2)
MOST_ERRORS_FROM = 10
# Errors more, where an error would have made one word of another, a word of the catalogue, or what looks like a name.
REAL_WORD = 0.3
CATALOGUE_WORD = 0.6
NAME = 1.0
# From so many letters on, a word may have two errors, and three; and one less where it is meant for a word that is in
# no example.
TWO_ERRORS_FROM = 4
THREE_ERRORS_FROM = 8
# A letter is a word of its own where so many examples have it.
LETTER_FROM = 5
CANDIDATES = 12
STATES = 8
# Longer strings are no words run together.
LONGEST_SPLIT = 40
LONGEST_WORD = 20
MAX_CHARACTERS = 1000
# So much of a message is mended: so many odd words, and so many spans of letters asked what word they may be. The work
# for each is large, and all of Rasa waits for it.
MENDED_CHARACTERS = 300
MENDED_WORDS = 20
MOST_SPANS = 2000
# Between two words, alone, they make one of them that is left alone: "usb-c", "floorwalker.shop".
JOINTS = frozenset(".-‐‑")
APOSTROPHES = ("'", "’")
LONG_RUN = re.compile(r"(\w)\1{2,}")


class Token(NamedTuple):
    """A word as it was typed: its place in the text and among the letters, and as the word model knows it."""

    start: int
    end: int
    first: int
    last: int
    word: str
    is_name: bool  # whether it is written like one: with a capital, and not at the beginning
    quoted: str  # the word with the apostrophe that stands before or after it; empty where none or two do
    is_joined: bool = False  # whether it is part of a word such as "usb-c"


class Path(NamedTuple):
    """The cheapest way to a node by one last ``word``, which may be one of the word model's signs."""

    cost: float
    before: Path | None
    first: int
    last: int
    word: str

    @property
    def earlier(self) -> str:
        """The word before the last; empty at the beginning."""
        return self.before.word if self.before else ""


@dataclass
class Lattice:
    """The letters of a message's words, without what stands between them, and the places where words may end."""

    letters: str = ""
    tokens: list[Token] = field(default_factory=list)
    gaps: dict[int, str] = field(default_factory=dict)  # place among the letters -> what was typed there
    others: set[int] = field(default_factory=set)  # places where something stands that is no word
    edges: dict[int, dict[tuple[int, str], float]] = field(default_factory=dict)  # first -> (last, word) -> errors

    def add(self, first: int, last: int, word: str, errors: float) -> None:
        """An edge; of two with the same word the one with fewer errors stays."""
        row = self.edges.setdefault(first, {})
        row[last, word] = min(errors, row.get((last, word), errors))

    def is_space(self, place: int) -> bool:
        """Whether nothing but white space stands there: what may have been typed in the wrong place."""
        gap = self.gaps.get(place)
        return gap is not None and gap.isspace()


class SpellingDecoder:
    """Corrects messages by ``model``; ``forms``: how a word is written that is not in lower case."""

    def __init__(self, model: WordModel, errors: TypingErrors, forms: dict[str, str] | None = None) -> None:
        self._model = model
        self._errors = errors
        self._forms = forms or {}
        self._familiar = NearWords(model.words)
        self._one_away = WordsOneChangeAway(model.words)
        self._ranked = NearWords(model.ranks)
        self._alphabet = frozenset("".join(model.words)) | errors.keys
        self._letters = sorted(word for word, count in model.words.items() if len(word) == 1 and count >= LETTER_FROM)
        self._nearest = lru_cache(20_000)(self._find_nearest)
        self._slips = lru_cache(50_000)(self._find_slips)

    def correct(self, text: str) -> str:
        """``text`` with its typing errors mended; ``text`` itself where there are none.

        Only about the first ``MENDED_CHARACTERS`` are mended. What comes after the first ``MAX_CHARACTERS`` is left
        out: the sentence model would not read it either.
        """
        head, tail = _divided(text[:MAX_CHARACTERS])
        return self._corrected(head, goes_on=bool(tail)) + tail

    def _corrected(self, text: str, goes_on: bool) -> str:
        lattice = _lattice(text)
        if goes_on:
            lattice.others.add(len(lattice.letters))
        strange = [token.word for token in lattice.tokens if self._is_strange(token)]
        if not self._add_edges(lattice, trusting=not strange):
            return text
        dear_cost = FIRST_ERROR[min(len(strange), 1)]
        if len(strange) == 1:
            dear_cost = ERROR_IN_SHORT_WORD.get(len(strange[0]), dear_cost)
        if len(strange) < 2 and _is_unchanged(self._decode(lattice, dear_cost), lattice):
            return text
        words = self._decode(lattice, ERROR_AMONG_OTHERS)
        left = self._count_strange(words, lattice)
        many_left = left * STRANGE_FOR_EACH_LEFT > len(strange)
        if len(strange) > 1 and _errors_per_letter(words, lattice) > MOST_ERRORS[left > 0]:
            return text
        if many_left:
            if len(strange) >= FOREIGN_FROM:
                return text
            words = self._decode(lattice, dear_cost)
        if _is_unchanged(words, lattice):
            return text
        return self._written(words, lattice, text)

    def _is_strange(self, token: Token) -> bool:
        """Whether it is hardly a word; a name, and what is joined to another word, may be anything."""
        word, model = token.word, self._model
        if word in model.words or token.is_name or token.is_joined or model.in_catalogue(word):
            return False
        return model.is_rare(word) or not model.explains(word)

    def _count_strange(self, words: list[Path], lattice: Lattice) -> int:
        """How many of ``words`` are strange and were typed so."""
        typed = {(token.first, token.last): token for token in lattice.tokens}
        found = ((path, typed.get((path.first, path.last))) for path in words)
        return sum(token is not None and token.word == path.word and self._is_strange(token) for path, token in found)

    # --- the lattice

    def _add_edges(self, lattice: Lattice, trusting: bool) -> bool:
        """Fill the edges; False where the words as typed leave nothing to ask.

        A word of the examples is beyond doubt where an example has it between these neighbours; beside one of them, if
        ``trusting``.
        """
        model = self._model
        tokens = lattice.tokens
        odd: list[int] = []
        doubtful = False
        for number, token in enumerate(tokens):
            word = token.word
            lattice.add(token.first, token.last, word, 0.0)
            if token.is_joined:
                continue
            # "don' need", "'ll take": the apostrophe itself may have been all that was left of letters.
            for meant, errors in self._slips(token.quoted) if token.quoted else ():
                if "'" in meant:
                    doubtful = True
                    lattice.add(token.first, token.last, meant, errors)
            if word not in model.words:
                if model.in_catalogue(word):
                    continue
                if len(odd) == MENDED_WORDS:
                    continue
                odd.append(number)
                doubtful = True
                more = NAME if token.is_name else 0.0 if self._is_strange(token) else REAL_WORD
                for meant, errors in self._nearest(word):
                    lattice.add(token.first, token.last, meant, errors + more)
                continue
            before = OTHER if token.first in lattice.others else tokens[number - 1].word if number else START
            after = (OTHER if token.last in lattice.others
                     else tokens[number + 1].word if number + 1 < len(tokens) else END)
            seen = model.follows(before, word) + model.follows(word, after)
            if seen == 2 or (seen and trusting):
                continue
            more = CATALOGUE_WORD if model.in_catalogue(word) else REAL_WORD
            for meant, errors in self._slips(word):
                doubtful = True
                lattice.add(token.first, token.last, meant, errors + more)
        for first, last in self._odd_spans(lattice, odd):
            self._add_span(lattice, first, last)
        return doubtful

    def _odd_spans(self, lattice: Lattice, odd: list[int]) -> set[tuple[int, int]]:
        """Spans of letters, other than whole tokens, that may be a word where the tokens of these numbers are odd.

        The first ``MOST_SPANS``, or a few more.
        """
        places: set[int] = set()
        for number in odd:
            token = lattice.tokens[number]
            near = lattice.tokens[max(number - 1, 0):number + 2]
            places.update(each.first for each in near)
            places.update(each.last for each in near)
            if token.last - token.first <= LONGEST_SPLIT:
                places.update(range(token.first + 1, token.last))
            for space in (token.first, token.last):
                if lattice.is_space(space):
                    places.update((space - 1, space + 1))
        ordered = sorted(places)
        whole = {(token.first, token.last) for token in lattice.tokens}
        spans: set[tuple[int, int]] = set()
        joined = {place for token in lattice.tokens if token.is_joined for place in range(token.first, token.last)}
        for index, first in enumerate(ordered):
            if first in joined:
                continue
            if len(spans) >= MOST_SPANS:
                break
            for last in ordered[index + 1:]:
                if last - first > LONGEST_WORD:
                    break
                if (first, last) not in whole:
                    spans.add((first, last))
                if last in joined or (last in lattice.gaps and not lattice.is_space(last)):
                    break
        return spans

    def _add_span(self, lattice: Lattice, first: int, last: int) -> None:
        """Add the words that ``lattice.letters[first:last]`` may be."""
        # A space inside is one too many, unless it was meant for the end of the word that it is nearest to.
        too_many = 0
        for place in range(first + 1, last):
            if place in lattice.gaps and not (
                (place == first + 1 and first not in lattice.gaps) or (place == last - 1 and last not in lattice.gaps)
            ):
                too_many += 1
        if too_many > 1:
            return
        errors = too_many * LETTER_TOO_MANY
        if last not in lattice.gaps:
            errors += SWAP if lattice.is_space(last - 1) or lattice.is_space(last + 1) else DROP
        typed = lattice.letters[first:last]
        if typed in self._model.words or (len(typed) > 2 and self._model.exists(typed)):
            lattice.add(first, last, typed, errors)
        if len(typed) > 1:
            for meant, more in self._slips(typed):
                lattice.add(first, last, meant, errors + more)

    def _find_slips(self, typed: str) -> list[tuple[str, float]]:
        """Words of the examples that are one change away, with the errors."""
        if not self._alphabet.issuperset(typed.replace("'", "")):
            return []
        return [
            (meant, errors) for meant in self._one_away.of(typed)
            if meant != typed and _is_possible(typed, meant, errors := self._errors.count(typed, meant))
        ]

    def _find_nearest(self, typed: str) -> list[tuple[str, float]]:
        """Words for which an odd one may be meant, with the errors; the likeliest only."""
        if len(typed) > LONGEST_WORD or not self._alphabet.issuperset(typed.replace("'", "")):
            return []
        short = LONG_RUN.sub(r"\1\1", typed)
        found = set(self._one_away.of(short))
        changes = 1 + (len(short) >= TWO_ERRORS_FROM) + (len(short) >= THREE_ERRORS_FROM)
        if changes > 1:
            found.update(self._familiar.within(short, changes), self._ranked.within(short, changes - 1))
        found.discard(typed)
        errors = {
            meant: number for meant in found
            if _is_possible(short, meant, number := self._errors.count(short, meant))
        }
        best = sorted(errors, key=lambda meant: (
            errors[meant] * ERROR_AMONG_OTHERS - math.log(self._model.alone(meant)), meant
        ))
        return [(meant, errors[meant]) for meant in best[:CANDIDATES]]

    # --- the cheapest path

    def _decode(self, lattice: Lattice, error_cost: float) -> list[Path]:
        """The words of the cheapest path, in order, where an error costs ``error_cost`` nats."""
        cost_of = self._model.cost
        paths: dict[int, dict[str, Path]] = {0: {START: Path(0.0, None, 0, 0, START)}}
        end = len(lattice.letters)
        for place in sorted({*lattice.edges, *(last for row in lattice.edges.values() for last, _ in row)}):
            arriving = paths.get(place)
            if arriving is None:
                continue
            if place in lattice.others:
                best = min(arriving.values())
                arriving = {
                    OTHER: Path(best.cost + cost_of(OTHER, best.word, best.earlier), best, place, place, OTHER)
                }
                paths[place] = arriving
            if len(lattice.gaps.get(place, "")) > (place > 0) and lattice.is_space(place):
                self._add_lost_letters(arriving, place, error_cost)
            if place == end:
                break
            states = sorted(arriving.items(), key=lambda state: (state[1].cost, state[0]))[:STATES]
            cheapest = states[0][1].cost
            ways = []
            for previous, path in states:
                row = self._model.row(previous)
                two = self._model.row(f"{path.earlier} {previous}")
                ways.append((
                    row.scale, row.withheld, row.followers,
                    math.exp(cheapest - path.cost) * two.scale, two.withheld, two.followers, path,
                ))
            for (last, word), errors in lattice.edges.get(place, {}).items():
                alone = self._model.alone(word)
                # The model's cost, with the logarithm taken once.
                likeliest, best = -1.0, states[0][1]
                for scale, withheld, followers, scale_two, withheld_two, followers_two, path in ways:
                    likelihood = (followers.get(word, 0.0) + withheld * alone) * scale
                    likelihood = (followers_two.get(word, 0.0) + withheld_two * likelihood) * scale_two
                    if likelihood > likeliest:
                        likeliest, best = likelihood, path
                cost = cheapest - math.log(likeliest) + errors * error_cost
                there = paths.setdefault(last, {})
                if word not in there or cost < there[word].cost:
                    there[word] = Path(cost, best, place, last, word)
        path: Path | None = min(
            paths[end].items(),
            key=lambda state: (state[1].cost + cost_of(END, state[0], state[1].earlier), state[0]),
        )[1]
        words: list[Path] = []
        while path is not None:
            if path.word not in (START, OTHER):
                words.append(path)
            path = path.before
        return words[::-1]

    def _add_lost_letters(self, arriving: dict[str, Path], place: int, error_cost: float) -> None:
        """Between two spaces a word of one letter may have been lost: "how do  switch"."""
        ways = list(arriving.items())
        for word in self._letters:
            cost, best = min(
                ((path.cost + self._model.cost(word, previous, path.earlier), path) for previous, path in ways),
                key=lambda way: way[0],
            )
            path = Path(cost + DROP * error_cost, best, place, place, word)
            if word not in arriving or path.cost < arriving[word].cost:
                arriving[word] = path

    def _written(self, words: list[Path], lattice: Lattice, text: str) -> str:
        typed = {(token.first, token.last): token for token in lattice.tokens}
        parts = [lattice.gaps[0]]
        for path in words:
            token = typed.get((path.first, path.last))
            gap = lattice.gaps.get(path.last, " ")
            if token is not None and token.word == path.word:
                parts.append(text[token.start:token.end])
            else:
                # The apostrophe beside the word is now within it.
                if token is not None and token.quoted and "'" in path.word:
                    parts[-1] = parts[-1].rstrip("'’")
                    gap = gap.lstrip("'’")
                parts.append(self._forms.get(path.word, path.word))
            parts.append(gap)
        return "".join(parts)


def _is_possible(typed: str, meant: str, errors: float) -> bool:
    """Whether hands may have made one of the other: they share a letter, or a key slipped."""
    return errors < OTHER_LETTER or not set(typed).isdisjoint(meant)


def _errors_per_letter(words: list[Path], lattice: Lattice) -> float:
    """How many errors there are for each letter typed; 0 where there are too few letters to tell by."""
    if len(lattice.letters) < MOST_ERRORS_FROM:
        return 0.0
    # A letter that was lost between two spaces has no edge.
    errors = sum(lattice.edges.get(path.first, {}).get((path.last, path.word), DROP) for path in words)
    return errors / len(lattice.letters)


def _divided(text: str) -> tuple[str, str]:
    """What of ``text`` is mended, and the rest; between two words where there is a space."""
    if len(text) <= MENDED_CHARACTERS:
        return text, ""
    place = text.rfind(" ", 1, MENDED_CHARACTERS)
    place = place if place > 0 else MENDED_CHARACTERS
    return text[:place], text[place:]


def _is_unchanged(words: list[Path], lattice: Lattice) -> bool:
    return [(path.first, path.last, path.word) for path in words] == [
        (token.first, token.last, token.word) for token in lattice.tokens
    ]


def _lattice(text: str) -> Lattice:
    """The tokens of ``text`` and what stands between them, without edges."""
    lattice = Lattice()
    letters: list[str] = []
    place = start = 0
    for piece in PIECE.finditer(text):
        word = fold(piece[0])
        if not WORD.fullmatch(piece[0]) or len(word) != len(piece[0]):
            lattice.others.add(place)
            continue
        lattice.gaps[place] = text[start:piece.start()]
        is_name = place > 0 and len(word) > 1 and (piece[0].istitle() or (piece[0].isupper() and not text.isupper()))
        before = text[piece.start() - 1:piece.start()] in APOSTROPHES
        after = text[piece.end():piece.end() + 1] in APOSTROPHES
        quoted = ("'" * before + word + "'" * after) if before != after else ""
        lattice.tokens.append(Token(piece.start(), piece.end(), place, place + len(word), word, is_name, quoted))
        letters.append(word)
        place += len(word)
        start = piece.end()
    lattice.gaps[place] = text[start:]
    lattice.letters = "".join(letters)
    tokens = lattice.tokens
    for number, (token, following) in enumerate(pairwise(tokens)):
        if text[token.end:following.start] in JOINTS:
            tokens[number:number + 2] = token._replace(is_joined=True), following._replace(is_joined=True)
    return lattice
