"""A sentence as a line of an NLU file: printable, its entities in brackets, and nothing else read as an entity."""
from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from models.training_data.errors import CannotWrite
from models.training_data.examples import Example, read_example
from models.training_data.problem import Place

# Longer than any example that teaches something; the widget takes 2,000 characters.
MOST_CHARACTERS = 500
# Joiners of emoji and of some scripts; all other characters without a width are left out.
JOINERS = "\u200c\u200d"
SIMPLE_VALUE = re.compile(r"[^\s:()\[\]{}\"](?:[^:()\[\]{}\"\n]*[^\s:()\[\]{}\"])?")
BRACKETS = str.maketrans("[]", "()")
# Rasa's pattern ends an object at the first closing brace, and a list at the first closing bracket.
NO_VALUE = str.maketrans("{}[]", "()()")
# In a file of ASCII alone Rasa reads this as an escape, and refuses the whole file where it is a broken one.
ESCAPE = re.compile(r"\\(?=[uU])")


def written_example(text: str, entities: Iterable[Mapping[str, Any]] = ()) -> str:
    """``text`` as it stands behind the dash, read back by Rasa as it is, with ``entities`` annotated.

    ``entities``: ``start`` and ``end`` (characters of ``text``), ``entity``, and ``value``, ``role`` and ``group``
    where they are given. Line breaks and control characters become blanks. Square brackets that Rasa would take for
    an annotation become round ones, as do braces in values: its format knows no way to write them.

    Raises CannotWrite where nothing is left, where it is too long, and for entities that overlap or lie outside.
    """
    plain, places = _one_line(text)
    if not plain:
        raise CannotWrite("The sentence is empty.")
    if len(plain) > MOST_CHARACTERS:
        raise CannotWrite(f"The sentence has {len(plain)} characters; an example may have {MOST_CHARACTERS}.")
    marked = _marked(text, plain, places, entities)
    for candidate in (plain, plain.translate(BRACKETS)):
        written = _annotated(candidate, marked)
        read = read_example(written, "", Place("", 1))
        if isinstance(read, Example) and read.text == candidate and _same(read.entities, candidate, marked):
            return written
    raise CannotWrite(f"The entities of “{plain[:80]}” cannot be written as annotations.")


def one_line(text: str) -> str:
    """``text`` as one line: blanks single, none at the ends, nothing that has no width."""
    return _one_line(text)[0]


def _one_line(text: str) -> tuple[str, list[int]]:
    """The line, and for each of its characters where it stood in ``text``."""
    kept: list[tuple[str, int]] = []
    for place, character in enumerate(ESCAPE.sub("/", text)):
        kind = unicodedata.category(character)
        if character.isspace() or kind in ("Cc", "Zl", "Zp"):
            if kept and kept[-1][0] != " ":
                kept.append((" ", place))
        elif kind not in ("Cf", "Cs", "Co", "Cn") or character in JOINERS:
            kept.append((character, place))
    if kept and kept[-1][0] == " ":
        kept.pop()
    return "".join(character for character, _ in kept), [place for _, place in kept]


Marked = dict[tuple[int, int], list[dict[str, str]]]  # (start, end) in the line -> what is there


def _marked(text: str, plain: str, places: list[int], entities: Iterable[Mapping[str, Any]]) -> Marked:
    marked: Marked = {}
    for entity in entities:
        start, end = entity.get("start"), entity.get("end")
        name = entity.get("entity")
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)
                and isinstance(name, str) and name):
            raise CannotWrite(f"The entity {dict(entity)!r} is not a place in the sentence with a name.")
        inside = [at for at, place in enumerate(places) if start <= place < end and plain[at] != " "]
        if not inside:
            raise CannotWrite(f"The entity “{name}” marks no character of the sentence.")
        at = (inside[0], inside[-1] + 1)
        # As text, whatever it is: a number would be read back as another value than it was marked with.
        described = {key: one_line(str(entity[key])).translate(NO_VALUE) for key in ("entity", "value", "role", "group")
                     if entity.get(key) not in (None, "")}
        if described.get("value", "") in ("", plain[at[0]:at[1]]):
            described.pop("value", None)  # then what is said is the value
        marked.setdefault(at, []).append(described)
    spans = sorted(marked)
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise CannotWrite(f"Two entities overlap at “{plain[start:end]}”.")
    return {at: marked[at] for at in spans}


def _annotated(plain: str, marked: Marked) -> str:
    parts, done = [], 0
    for (start, end), described in marked.items():
        parts += [plain[done:start], _annotation(plain[start:end], described)]
        done = end
    return "".join([*parts, plain[done:]])


def _annotation(said: str, described: list[dict[str, str]]) -> str:
    if len(described) > 1:
        return f"[{said}][{', '.join(map(_object, described))}]"
    [only] = described
    name, value = only["entity"], only.get("value")
    if only.keys() <= {"entity", "value"} and not re.search(r"[:()\[\]{}]", name):
        if value is None:
            return f"[{said}]({name})"
        if SIMPLE_VALUE.fullmatch(value):
            return f"[{said}]({name}:{value})"
    return f"[{said}]{_object(only)}"


def _object(described: dict[str, str]) -> str:
    return json.dumps(described, ensure_ascii=False)


def _same(read: Iterable[Mapping[str, Any]], plain: str, marked: Marked) -> bool:
    return list(read) == [
        {"start": start, "end": end, "value": plain[start:end], **each}
        for (start, end), described in marked.items() for each in described
    ]
