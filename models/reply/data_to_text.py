"""Data-to-text sets, JSON lines of ``meaning`` and ``reply``: values become placeholders and placeholders values.

A value that the reply quotes becomes a placeholder of meaning and reply, so that a model learns to say facts it has
never seen. Values that are said in other words, such as ``true`` or ``dontcare``, stay in the meaning as they are.
"""
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.data_lines import BadLine, bounded_lines
from models.reply.errors import BadMeaning, ReplyError
from models.reply.meaning import MOST_SLOTS, Meaning

MAX_LINE_BYTES = 100_000
REPLY_CHARS = 4_000

# Of each value that no reply quotes, the spellings that sets use.
SPECIAL_VALUES = {
    "": "", "?": "", "none": "none", "yes": "yes", "true": "yes", "no": "no", "false": "no",
    "dontcare": "dontcare", "dont_care": "dontcare",
}  # fmt: skip

_NUMBER = re.compile(r"<(\d{1,2})>")


@dataclass(frozen=True)
class DataPair:
    """A row of a data-to-text set. ``meaning`` has every value, ``reply`` says them."""

    meaning: Meaning
    reply: str


@dataclass
class DataSet:
    """``hash``: first digits of the file's SHA-256."""

    pairs: list[DataPair] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    hash: str = ""


def read_pairs(path: Path) -> DataSet:
    """All good rows in order, and the bad ones by name. Raises ReplyError where nothing can be read."""
    found = DataSet()
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(bounded_lines(file, digest, MAX_LINE_BYTES), 1):
                pair = _pair(raw) if raw.strip() else None
                if isinstance(pair, str):
                    found.bad.append(BadLine(number, pair))
                elif pair:
                    found.pairs.append(pair)
    except OSError as error:
        raise ReplyError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    found.hash = digest.hexdigest()[:12]
    if not found.pairs:
        first = f" The first bad row is {found.bad[0].line}: {found.bad[0].reason}." if found.bad else ""
        raise ReplyError(
            f"{path} holds no replies. Write a JSON object a line: "
            f'{{"meaning": "inform(name=…;price=…)", "reply": "…"}}.{first}'
        )
    return found


def special(value: str | None) -> str | None:
    """What a value that is not quoted means (``true`` and ``yes`` the same), or None for one that replies quote."""
    return None if value is None else SPECIAL_VALUES.get(value.strip().lower())


def with_placeholders(meaning: Meaning, text: str) -> tuple[Meaning, str]:
    """Slots whose value stands in ``text`` become placeholders of both, the longest value first.

    Each slot takes one place. A slot that the text does not quote keeps its value; where there are more placeholders
    than numbers, nothing is replaced.
    """
    slots = meaning.slots
    taken: list[tuple[int, int, int]] = []  # start, end, place of the slot
    for place in sorted(range(len(slots)), key=lambda each: -len(slots[each][1] or "")):
        value = slots[place][1]
        if value is None or special(value) is not None:
            continue
        # Neither a part of a word nor of a number: "5 hour" does not stand in "10.5 hour".
        for match in re.finditer(rf"(?<!\w)(?<!\d[.,]){re.escape(value)}(?!\w)(?![.,]\d)", text, re.IGNORECASE):
            if all(match.end() <= start or match.start() >= end for start, end, _ in taken):
                taken.append((match.start(), match.end(), place))
                break
    numbers = {place: number for number, place in enumerate(sorted(place for _, _, place in taken), 1)}
    if len(numbers) > MOST_SLOTS:
        return meaning, text
    for start, end, place in sorted(taken, reverse=True):
        text = f"{text[:start]}<{numbers[place]}>{text[end:]}"
    said = tuple((name, None if place in numbers else value) for place, (name, value) in enumerate(slots))
    return Meaning(meaning.act, said), text


def asked(meaning: Meaning) -> Meaning:
    """The meaning as a model is asked for it, where there is no reply yet: every value to be quoted a placeholder."""
    slots = tuple((name, None if special(value) is None else value) for name, value in meaning.slots)
    return Meaning(meaning.act, slots)


def values(meaning: Meaning) -> tuple[str, ...]:
    """What the placeholders of ``asked(meaning)`` stand for, in order."""
    return tuple(value for _, value in meaning.slots if value is not None and special(value) is None)


def refill(text: str, quoted: Sequence[str]) -> str:
    """``<n>`` becomes the nth value, once. A number that comes again or stands for nothing stays, for all to see."""
    used: set[int] = set()

    def value(match: re.Match[str]) -> str:
        number = int(match[1])
        if number in used or not 0 < number <= len(quoted):
            return match[0]
        used.add(number)
        return quoted[number - 1]

    return _NUMBER.sub(value, text)


def _pair(raw: bytes) -> DataPair | str:
    """The pair of one line, or what is wrong with it."""
    if len(raw) > MAX_LINE_BYTES:
        return f"it is longer than {MAX_LINE_BYTES} bytes"
    try:
        row = json.loads(raw.decode("utf-8-sig"))
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("meaning", "reply")):
            return "it needs `meaning` and `reply`, both strings"
        pair = DataPair(Meaning.parse(row["meaning"]), " ".join(row["reply"].split()))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        return f"it is not JSON in UTF-8 ({type(error).__name__})"
    except BadMeaning as error:
        return str(error)
    return _too_long(pair) or pair


def _too_long(pair: DataPair) -> str | None:
    if not 0 < len(pair.reply) <= REPLY_CHARS:
        return f"`reply` has {len(pair.reply)} characters; 1 to {REPLY_CHARS} are read"
    if len(values(pair.meaning)) > MOST_SLOTS:
        return f"`meaning` has {len(values(pair.meaning))} values to be said; at most {MOST_SLOTS} can be"
    return None
