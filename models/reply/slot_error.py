"""Slot error rate of data-to-text, as the RNNLG benchmark counts it: missing and redundant slots of all there are.

``ERRScorer.score`` of ``loader/GentScorer.py`` and ``resource/detect.pair`` (github.com/shawnwun/RNNLG):

- A value to be quoted counts by its exact words, each slot on its own.
- A yes-no slot counts by its key words (``data/language/slot_words_en.toml``), whatever its value, dontcare included.
- Other slots with a value that is not quoted (``family=dontcare``, ``weight=none``) are not counted, nor is ``type``.
- Acts ``suggest`` and ``?select`` are left out: they name the values of a slot to choose from.

One thing differs: RNNLG's list of quoted slots is of its four domains, and lacks the laptop's ``processor``; here every
slot that is quoted counts.
"""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomllib

from models.reply.data_to_text import special
from models.reply.errors import ReplyError
from models.reply.meaning import Meaning
from models.reply.references import delexicalised, scored_text, slots_of, token

ACTS_LEFT_OUT = ("suggest", "?select")
SLOTS_LEFT_OUT = ("type",)

_NUMBER = re.compile(r"<\d+>")

SlotWords = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class SlotErrors:
    """Slots to be said, those that are missing, and those that are said too often or without being asked for."""

    slots: int = 0
    missing: int = 0
    redundant: int = 0

    def __add__(self, other: SlotErrors) -> SlotErrors:
        return SlotErrors(
            self.slots + other.slots, self.missing + other.missing, self.redundant + other.redundant
        )

    @property
    def rate(self) -> float:
        """(missing + redundant) / slots; 0 where there is nothing to say."""
        return (self.missing + self.redundant) / self.slots if self.slots else 0.0


def read_slot_words(path: Path) -> dict[str, tuple[str, ...]]:
    """Slot -> words, each of which says the slot. Raises ReplyError, naming the file and the remedy."""
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8")).get("words")
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReplyError(f"{path} cannot be read: {error}. Mend it, or take it from the release.") from error
    if not isinstance(words, dict) or not all(_is_words(each) for each in words.values()):
        raise ReplyError(f"{path} needs a table [words] of lists, such as usb = [\"usb\"].")
    return {name: tuple(each) for name, each in words.items()}


def words_of_set(words: SlotWords, meanings: Iterable[Meaning]) -> dict[str, Sequence[str]]:
    """The key words of those slots that the set's meanings have: elsewhere “home” says nothing of a computer's use."""
    named = {name for meaning in meanings for name, _ in slots_of(meaning)}
    return {name: each for name, each in words.items() if name in named}


def slot_errors(meaning: Meaning, text: str, words: SlotWords) -> SlotErrors:
    """Errors of one text, its values filled in. Each ``<n>`` that stayed is a redundant slot."""
    if meaning.act in ACTS_LEFT_OUT:
        return SlotErrors()
    scored = delexicalised(scored_text(text), meaning)
    said = scored.split()
    wanted: Counter[str] = Counter()
    for name, value in slots_of(meaning):
        if special(value) is None and name not in SLOTS_LEFT_OUT:
            wanted[token(name)] += 1
        elif value and name in words:
            wanted[name] += 1
    found = Counter([each for each in said if each.startswith(token(""))] + _NUMBER.findall(scored))
    for name in SLOTS_LEFT_OUT:
        found.pop(token(name), None)
    for name, keys in words.items():
        found[name] += sum(said.count(key) for key in keys)
    return SlotErrors(sum(wanted.values()), (wanted - found).total(), (found - wanted).total())


def _is_words(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) and each for each in value)
