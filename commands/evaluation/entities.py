"""Labelled entities: reading a set, comparing what was found with it, and the figures. Nothing here rounds."""
from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commands.errors import CommandError
from commands.evaluation.sentences import BadRow


@dataclass(frozen=True)
class Entity:
    """``value``: of a label, a pair of numbers is right by any number from the one to the other."""

    entity: str
    value: str | int | tuple[int, int]
    start: int
    end: int

    def is_found_by(self, other: Entity) -> bool:
        """Whether ``other`` has this name and value, and at least a character in common with it."""
        overlaps = self.start < other.end and other.start < self.end
        return self.entity == other.entity and overlaps and self._allows(other.value)

    def _allows(self, value: str | int) -> bool:
        if not isinstance(self.value, tuple):
            return str(self.value) == str(value)
        low, high = self.value
        return isinstance(value, int) and low <= value <= high


@dataclass(frozen=True)
class Labelled:
    text: str
    entities: tuple[Entity, ...]


@dataclass
class EntitySet:
    """A file of labelled sentences. ``hash``: the first 12 digits of its SHA-256."""

    hash: str
    good: list[Labelled] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True)
class Figures:
    """``support``: entities that are labelled; ``found``: entities that were found, rightly or not."""

    precision: float
    recall: float
    f1: float
    support: int
    found: int


@dataclass(frozen=True)
class Comparison:
    """One sentence: what is labelled and was not found, and what was found and is not labelled."""

    text: str
    right: list[Entity]
    missed: list[Entity]
    wrong: list[Entity]


def read_set(path: Path) -> EntitySet:
    """The sentences of the JSONL file at ``path``. Raises CommandError where it holds none that can be used."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    found = EntitySet(hashlib.sha256(content).hexdigest()[:12])
    for number, line in enumerate(content.decode("utf-8-sig", "replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.good.append(_labelled(json.loads(line)))
        except (ValueError, RecursionError) as error:
            found.bad.append(BadRow(str(path), number, str(error)))
    if not found.good:
        first = f" The first bad row: {found.bad[0]}." if found.bad else ""
        raise CommandError(f"{path} holds no sentence that can be used.{first}")
    return found


def _labelled(row: Any) -> Labelled:
    """Raises ValueError, with the reason, where ``row`` is no labelled sentence."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not isinstance(row.get("entities"), list):
        raise ValueError("it is no object with a string “text” and a list “entities”")
    text = row["text"]
    if "\ufffd" in text:
        raise ValueError("the text is not UTF-8")
    return Labelled(text, tuple(_entity(each, len(text)) for each in row["entities"]))


def _entity(row: Any, length: int) -> Entity:
    if not isinstance(row, dict) or not {"entity", "value", "start", "end"} <= row.keys():
        raise ValueError("an entity is no object with “entity”, “value”, “start” and “end”")
    value, start, end = row["value"], row["start"], row["end"]
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= length):
        raise ValueError(f"an entity goes from {start} to {end}; the text has {length} characters")
    if isinstance(value, list):
        if len(value) != 2 or not all(isinstance(each, int) for each in value):
            raise ValueError(f"the value {value} is no pair of whole numbers")
        value = tuple(value)
    elif not isinstance(value, str | int):
        raise ValueError(f"the value {value!r} is neither text, a whole number, nor a pair of them")
    return Entity(str(row["entity"]), value, start, end)


def compare(sentence: Labelled, found: Sequence[Entity]) -> Comparison:
    """Pair each label with at most one of the entities that were ``found``."""
    left = list(found)
    right, missed = [], []
    for label in sentence.entities:
        match = next((each for each in left if label.is_found_by(each)), None)
        if match is None:
            missed.append(label)
        else:
            left.remove(match)
            right.append(label)
    return Comparison(sentence.text, right, missed, left)


def micro(compared: Sequence[Comparison]) -> Figures:
    """Over all entities, each counting alike."""
    return _figures(*(sum(len(part) for part in parts) for parts in zip(
        *((each.right, each.missed, each.wrong) for each in compared), strict=True)))


def by_entity(compared: Sequence[Comparison]) -> dict[str, Figures]:
    """The figures of each entity that is labelled or was found, by name."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in compared:
        for place, part in enumerate((each.right, each.missed, each.wrong)):
            for entity in part:
                counts[entity.entity][place] += 1
    return {name: _figures(*counts[name]) for name in sorted(counts)}


def _figures(right: int, missed: int, wrong: int) -> Figures:
    """A share of nothing is 0."""
    labelled, found = right + missed, right + wrong
    return Figures(
        right / found if found else 0.0, right / labelled if labelled else 0.0,
        2 * right / (labelled + found) if labelled + found else 0.0, labelled, found,
    )


def entity_figures(compared: Sequence[Comparison]) -> dict[str, Any]:
    """All figures as a JSON object; ``wrong`` lists the sentences with a mistake."""
    mistaken = [each for each in compared if each.missed or each.wrong]
    return {
        **asdict(micro(compared)),
        "sentences": len(compared),
        "sentences_right": (len(compared) - len(mistaken)) / len(compared),
        "entities": {name: asdict(each) for name, each in by_entity(compared).items()},
        "wrong": [
            {"text": each.text, "missed": [asdict(entity) for entity in each.missed],
             "found": [asdict(entity) for entity in each.wrong]}
            for each in mistaken
        ],
    }
