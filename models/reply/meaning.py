"""What the model reads and writes: a meaning, ``act(slot=<1>;tone=warm)``, and a text in which ``<1>`` is the slot.

Placeholders are numbered in the order of the meaning's slots, so that the model learns to copy a handful of tokens
instead of the name of every fact there is, and copies facts whose names it never saw.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from models.reply.errors import BadMeaning

MOST_SLOTS = 24
MARKS = tuple(f"<{number}>" for number in range(1, MOST_SLOTS + 1))
SAY, END, PAD = "<say>", "<end>", "<pad>"
SPECIAL = (PAD, SAY, END, *MARKS)

_NAMED = re.compile(r"\{([A-Za-z_][\w-]*)\}")
_NUMBERED = re.compile(r"<(\d{1,2})>")
_ACT = re.compile(r"\s*(\??[\w-]+)\s*\((.*)\)\s*\Z", re.DOTALL)
_QUOTES = "'\""


@dataclass(frozen=True)
class Meaning:
    """An act and its slots in order: (name, value), where value is None for a fact that only a placeholder says."""

    act: str
    slots: tuple[tuple[str, str | None], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Meaning:
        """``act(slot=value;slot='value')`` as data-to-text sets write it. Raises BadMeaning.

        A slot without ``=`` has the value "" ("?request(near)").
        """
        match = _ACT.match(text)
        if match is None:
            raise BadMeaning(f"{text[:120]!r} is not a meaning such as inform(name=satellite;price=699 dollars).")
        slots = []
        for part in filter(None, (each.strip() for each in match[2].split(";"))):
            name, _, value = part.partition("=")
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
                value = value[1:-1]
            slots.append((name.strip(), value.strip()))
        return cls(match[1], tuple(slots))

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names of the slots that a placeholder says, in order; the nth is ``<n>``."""
        return tuple(name for name, value in self.slots if value is None)

    def prompt(self) -> str:
        """What the model is given to go on from; ends with the token after which it speaks.

        Raises BadMeaning where there are more placeholders than numbers.
        """
        if len(self.placeholders) > MOST_SLOTS:
            raise BadMeaning(f"{self.act} has {len(self.placeholders)} facts; at most {MOST_SLOTS} can be said.")
        marks = iter(MARKS)
        parts = [f"{name}={next(marks) if value is None else _plain(value)}" for name, value in self.slots]
        return f"{self.act}({';'.join(parts)}){SAY}"

    def to_numbers(self, text: str) -> str:
        """``{name}`` -> ``<1>``, for the meaning's placeholders; others stay."""
        number = dict(zip(self.placeholders, MARKS, strict=False))
        return _NAMED.sub(lambda match: number.get(match[1], match[0]), text)

    def from_numbers(self, text: str) -> str:
        """``<1>`` -> ``{name}``. A number without a slot stays as it is: the gate refuses it."""
        names = self.placeholders
        return _NUMBERED.sub(
            lambda match: f"{{{names[int(match[1]) - 1]}}}" if 0 < int(match[1]) <= len(names) else match[0], text
        )


def _plain(value: str) -> str:
    """A literal value, in which nothing can be taken for the end of the meaning or for a token of ours."""
    return re.sub(r"[<>{}();=]", " ", value)
