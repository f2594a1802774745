"""The references of a data-to-text test: replies to the same meaning but for its values, refilled with these values.

As the RNNLG benchmark makes them (``loader/DataReader.py`` and ``loader/DataLexicaliser.py``,
github.com/shawnwun/RNNLG): the values in each test reply become ``SLOT_NAME``, replies are grouped by act and slots,
and each reply of a group is compared with all of the group after this meaning's values were put in.
"""
from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from models.reply.data_to_text import DataPair, special
from models.reply.meaning import Meaning

MOST_ALTERNATIVES = 5  # parts of "a or b and …" that are tried in any order: 120 orders of two kinds

_MARK = re.compile(r"(?<!\d)[?.,!]|[?.,!](?!\d)")

Slot = tuple[str, str]


def slots_of(meaning: Meaning) -> list[Slot]:
    """Name and value as RNNLG compares them: names without blanks and underscores, ``true`` the same as ``yes``."""
    found = []
    for name, value in meaning.slots:
        known = special(value)
        found.append((re.sub(r"[_ ]", "", name).lower(), _spaced((value or "").lower()) if known is None else known))
    return found


def scored_text(reply: str) -> str:
    """A reply as it is scored: lower-cased, marks as words of their own, without the one that ends it."""
    return re.sub(r" ?[.?!]\Z", "", _spaced(reply.lower()))


def delexicalised(text: str, meaning: Meaning) -> str:
    """``text`` with ``SLOT_NAME`` for each value of the meaning, once for each slot, the longest value first."""
    for name, value in sorted(_quoted(meaning), key=lambda slot: -len(slot[1])):
        for spelling in _spellings(value):
            if spelling in text:
                text = f" {text} ".replace(f" {spelling} ", f" {token(name)} ", 1)[1:-1]
                break
    return text


def lexicalised(text: str, meaning: Meaning) -> str:
    """``SLOT_NAME`` replaced by the meaning's values; of slots of one name, the first comes first."""
    for name, value in sorted(_quoted(meaning), key=lambda slot: -len(slot[0])):
        text = f" {text} ".replace(f" {token(name)} ", f" {value} ", 1)[1:-1]
    return text


def token(name: str) -> str:
    """What stands for a slot in a delexicalised text."""
    return f"SLOT_{name.upper()}"


def group_of(meaning: Meaning) -> tuple[str, tuple[Slot, ...]]:
    """What meanings of a group have in common: act, names of slots, and values that are not quoted."""
    seen: Counter[str] = Counter()
    slots = []
    for name, value in slots_of(meaning):
        if special(value) is None:
            seen[name] += 1
            slots.append((name, f"_{seen[name]}"))
        else:
            slots.append((name, value))
    return meaning.act, tuple(sorted(slots))


def grouped_references(pairs: Sequence[DataPair]) -> list[list[str]]:
    """For each pair all replies of its group, with its own values."""
    groups: dict[tuple[str, tuple[Slot, ...]], list[str]] = defaultdict(list)
    for pair in pairs:
        groups[group_of(pair.meaning)].append(delexicalised(scored_text(pair.reply), pair.meaning))
    return [[lexicalised(each, pair.meaning) for each in groups[group_of(pair.meaning)]] for pair in pairs]


def _spaced(text: str) -> str:
    """One blank between words, and marks as words, but for those inside numbers: ``normalize`` of ``utils/nlp.py``."""
    return " ".join(_MARK.sub(" \\g<0> ", text).split())


def _quoted(meaning: Meaning) -> list[Slot]:
    return [(name, value) for name, value in slots_of(meaning) if special(value) is None]


def _spellings(value: str) -> Iterator[str]:
    parts = value.replace(" or ", " and ").split(" and ")
    if not 1 < len(parts) <= MOST_ALTERNATIVES:
        yield value
        return
    for word in (" and ", " or "):
        for order in itertools.permutations(parts):
            yield word.join(order)
