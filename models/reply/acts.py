"""The dialogue acts that the reply model writes, and which facts each of them states.

Read from a table that trainers keep, ``data/replies/acts.toml``.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomllib

from models.reply.errors import BadActs

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
KEYS = {"facts", "may_have", "features", "heard"}
RESERVED = {"tone", "heard"}  # names of what stands beside the facts in a meaning


@dataclass(frozen=True)
class Act:
    """One thing to say. ``facts`` are always handed over, ``may_have`` where there is something to say."""

    name: str
    facts: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    features: dict[str, tuple[str, ...]] = field(default_factory=dict)
    heard: bool = False

    @property
    def response(self) -> str:
        """The response of the domain that says the same and is said where the model may not."""
        return f"utter_{self.name}"


@dataclass(frozen=True)
class Acts:
    """All acts by name, the tones a shop may set, and the facts that every act may be handed."""

    acts: dict[str, Act]
    tones: tuple[str, ...]
    anywhere: tuple[str, ...] = ()

    def known(self, act: Act) -> tuple[str, ...]:
        """Every fact that ``act`` may be handed."""
        return (*act.facts, *act.may_have, *self.anywhere)

    def problems(self, act: str, facts: Iterable[str], features: dict[str, str], tone: str) -> list[str]:
        """What is wrong with a request to say ``act``; empty where nothing is."""
        known = self.acts.get(act)
        if known is None:
            return [f"there is no act {act!r}; acts.toml lists them all"]
        given = set(facts)
        found = [f"act {act} states {name!r}, which is missing" for name in known.facts if name not in given]
        found += [
            f"act {act} knows no fact {name!r}, only {', '.join(self.known(known)) or 'none'}"
            for name in sorted(given - set(self.known(known)))
        ]
        for name, value in features.items():
            if value not in known.features.get(name, ()):
                found.append(f"act {act} has no feature {name} = {value!r}: {dict(known.features) or 'it has none'}")
        if tone not in self.tones:
            found.append(f"there is no tone {tone!r}, only {', '.join(self.tones)}")
        return found

    @classmethod
    def load(cls, path: Path) -> Acts:
        """Raises BadActs, naming the act and what to change."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadActs(f"{path} cannot be read: {error}. Mend it, or take it from the release.") from error
        tones, anywhere, rows = table.get("tones"), table.get("anywhere", []), table.get("acts")
        if not _names(tones) or not tones or not _names(anywhere) or not isinstance(rows, dict) or not rows:
            raise BadActs(f"{path} needs `tones` and `anywhere` (lists of names) and tables [acts.NAME].")
        acts = {name: _act(path, name, row, set(anywhere)) for name, row in rows.items()}
        return cls(acts, tuple(tones), tuple(anywhere))


def _act(path: Path, name: str, row: Any, anywhere: set[str]) -> Act:
    where = f"{path}, act {name!r}"
    if not NAME.match(name):
        raise BadActs(f"{where}: a name is small letters, digits and _.")
    if not isinstance(row, dict) or set(row) - KEYS:
        raise BadActs(f"{where}: only {', '.join(sorted(KEYS))} may be set, not {', '.join(sorted(set(row) - KEYS))}.")
    facts, may_have, features = row.get("facts", []), row.get("may_have", []), row.get("features", {})
    if not _names(facts) or not _names(may_have):
        raise BadActs(f"{where}: `facts` and `may_have` are lists of names.")
    if not isinstance(features, dict) or not all(_names(each) and each for each in features.values()):
        raise BadActs(f"{where}: `features` says which values each has, such as {{ time = [\"morning\"] }}.")
    if not isinstance(row.get("heard", False), bool):
        raise BadActs(f"{where}: `heard` is true or false.")
    names = [*facts, *may_have, *anywhere, *features, *RESERVED]
    doubled = sorted({each for each in names if names.count(each) > 1})
    if doubled:
        raise BadActs(f"{where}: {', '.join(doubled)} is named twice, or is a name that stands for something else.")
    values = {each: tuple(known) for each, known in features.items()}
    return Act(name, tuple(facts), tuple(may_have), values, row.get("heard", False))


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and NAME.match(each) for each in value)
