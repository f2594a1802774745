"""Names that a reviewer may choose from: the intents, entities and actions of the trainers' own files.

Read again when a file has changed, so a new intent is there as soon as it is saved.
"""
from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

logger = logging.getLogger(__name__)

_INTENT = re.compile(r"^\s*-\s+intent:\s*['\"]?([\w/+.-]+)['\"]?\s*(?:#.*)?$", re.MULTILINE)
# What Rasa does by itself is no action that a conversation could have needed.
_NOT_CHOSEN = ("action_ask_", "validate_")


@dataclass(frozen=True)
class Names:
    """Each sorted; all empty where the files cannot be read."""

    intents: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[str, ...]:
        """Names for a correction of ``kind``: "intent", "entities" or "action"."""
        return {"intent": self.intents, "entities": self.entities, "action": self.actions}[kind]


class NamesInUse:
    """The names of the project in ``root``. May be asked from several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._read_at: tuple[tuple[str, int, int], ...] | None = None
        self._names = Names()

    def names(self) -> Names:
        """The names as the files have them now; those read before, where a file is broken just now."""
        files = [self._root / "domain.yml", *sorted((self._root / "data" / "nlu").rglob("*.yml"))]
        with self._lock:
            try:
                state = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
                if state != self._read_at:
                    self._names, self._read_at = _read(files), state
            except (OSError, ValueError, yaml.YAMLError) as error:
                logger.warning("The names of intents and actions stay as they were read last: %s", error)
            return self._names


def _read(files: list[Path]) -> Names:
    domain, *examples = (file.read_text("utf-8") for file in files)
    content = yaml.load(domain, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    if not isinstance(content, dict):
        raise ValueError(f"{files[0]} is no mapping")
    intents = {*_names(content, "intents"), *(name for text in examples for name in _INTENT.findall(text))}
    actions = {*_names(content, "actions"), *_names(content, "forms"), *_names(content, "responses")}
    return Names(
        tuple(sorted(intents)), tuple(sorted(_names(content, "entities"))),
        tuple(sorted(name for name in actions if not name.startswith(_NOT_CHOSEN))),
    )


def _names(content: dict[str, Any], key: str) -> set[str]:
    """Names in a list whose items are names or {name: options}, or the keys of a mapping."""
    listed = content.get(key) or ()
    return {name for each in listed for name in (each if isinstance(each, dict) else (each,)) if isinstance(name, str)}
