"""Personal data in a sentence, replaced by values of the same shape that are nobody's.

Where it stands, others know (``shop/masking.py``); here a number becomes another number, a name another name, and the
entities that were marked keep their places. Which value it becomes depends on a seed alone, never on what was there.
"""
from __future__ import annotations

import itertools
import random
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

# Kinds of personal data, as they are called in what staff without the right to customers' data read.
EMAIL, PHONE, ORDER_NUMBER, POSTCODE, NAME, ADDRESS = (
    "e-mail", "phone", "order number", "postcode", "name", "address",
)
NAMES = ("Alex", "Robin", "Sam", "Kim", "Noa", "Jo")
STREETS = ("12 Mill Lane", "7 Orchard Road", "31 Harbour Street", "4 Chapel Row")
ADDRESSES = ("mail@example.com", "hello@example.org", "post@example.net", "inbox@example.com")


class Personal(Protocol):
    """A piece of personal data: characters ``start`` to ``end`` of a sentence; ``kind`` as above."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def kind(self) -> str: ...


def neutral_sentence(
    text: str, found: Sequence[Personal], entities: Iterable[Mapping[str, Any]] = (), seed: int = 0,
    value_of: Callable[[Personal, str], str | None] = lambda personal, said: None,
) -> tuple[str, list[dict[str, Any]]]:
    """``text`` with neutral values where ``found`` says, and ``entities`` at their new places.

    An entity that lies in such a piece gets the new value. ``value_of(personal, said)`` may give another value than
    a neutral one; None leaves the choice here. The same value said twice stays one value.
    """
    values: dict[tuple[str, str], int] = {}  # each value, however it was written -> which one it is
    parts: list[str] = []
    moved: list[tuple[int, int, int, int]] = []  # (start, end) before, (start, end) now
    done = length = 0
    for each in sorted(found, key=lambda piece: (piece.start, -piece.end)):
        if each.start < done or not each.start < each.end <= len(text):
            continue  # inside one that is replaced already
        said = text[each.start:each.end]
        place = values.setdefault((each.kind, _core(each.kind, said)), len(values))
        # No secret: it must only be the same each time, and "#104312" the same number as "104312".
        value = value_of(each, said) or neutral_value(each.kind, said, random.Random(f"{seed} {place}"))  # noqa: S311
        parts += [text[done:each.start], value]
        length += each.start - done
        moved.append((each.start, each.end, length, length + len(value)))
        length += len(value)
        done = each.end
    neutral = "".join([*parts, text[done:]])
    return neutral, [_moved(entity, text, neutral, moved) for entity in entities]


def neutral_value(kind: str, said: str, chance: random.Random) -> str:
    """A value that could stand where ``said`` does, and is made up."""
    if kind == EMAIL:
        return chance.choice(ADDRESSES)
    if kind == NAME:
        name = " ".join(chance.sample(NAMES, min(len(said.split()), 2)))
        return name.lower() if said.islower() else name.upper() if said.isupper() and len(said) > 1 else name
    if kind == ADDRESS:
        return chance.choice(STREETS)
    if kind == PHONE:  # any other number might be somebody's
        digits = itertools.cycle(string.digits)
        return "".join(next(digits) if character.isdigit() else character for character in said)
    first = next((place for place, character in enumerate(said) if character.isdigit()), None)
    return "".join(
        _like(character, place == first, kind == POSTCODE, chance) for place, character in enumerate(said)
    )


def _core(kind: str, said: str) -> str:
    """What two spellings of one value have in common."""
    if kind in (ORDER_NUMBER, PHONE):
        return "".join(filter(str.isdigit, said))
    return "".join(filter(str.isalnum, said)).casefold()


def _like(character: str, first: bool, letters: bool, chance: random.Random) -> str:
    """A digit for a digit, and with ``letters`` a letter for a letter; all else stays, as in "order 104312"."""
    if character.isdigit():
        return chance.choice(string.digits[1:] if first else string.digits)
    if letters and character.isalpha():
        letter = chance.choice("ABCDEFGHJKLMNPRSTUWXYZ")
        return letter if character.isupper() else letter.lower()
    return character


def _moved(
    entity: Mapping[str, Any], text: str, neutral: str, moved: list[tuple[int, int, int, int]]
) -> dict[str, Any]:
    start, end, value = entity["start"], entity["end"], entity.get("value")
    was = text[start:end]
    new_start, new_end = _place(start, moved, begins=True), _place(end, moved, begins=False)
    touched = any(before < end and start < behind for before, behind, _, _ in moved)
    if touched:
        # A value that repeats what was said would keep it: its new one is what is said now, in the value's own shape.
        said = neutral[new_start:new_end]
        value = "".join(filter(str.isalnum, said)) if isinstance(value, str) and value != was and value.isalnum() \
            else said
    return {**entity, "start": new_start, "end": new_end, "value": value}


def _place(place: int, moved: list[tuple[int, int, int, int]], begins: bool) -> int:
    shift = 0
    for start, end, new_start, new_end in moved:
        if place >= end:
            shift = new_end - end
        elif place > start:
            if new_end - new_start == end - start:
                return new_start + place - start  # of the same shape, so each character has its own place
            return new_start if begins else new_end
    return place + shift
