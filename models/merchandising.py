"""``data/merchandising.toml``: the shop's rules for recommending, checked when they are read.

A file that is wrong while the bot serves is logged, and the rules before it hold.
"""
from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import tomllib

from models.errors import ModelsError
from models.recommending import About, Again, Rules

logger = logging.getLogger(__name__)

MAX_RULES = 1_000
NAMED = ("product", "brand", "category", "kind")  # by which a rule names what it is about


class BadRules(ModelsError):
    """A file of rules that cannot be used; the message names file, key, value and remedy."""


# section -> {key: (field of Rules, type, least, most)}
_NUMBERS: dict[str, dict[str, tuple[str, type, float, float]]] = {
    "diversity": {
        "strength": ("diversity", float, 0, 1), "same_kind": ("same_kind", int, 0, 1_000),
        "same_brand": ("same_brand", int, 0, 1_000),
    },
    "stock": {"least_pieces": ("least_pieces", int, 1, 1_000_000)},
    "margin": {"least_percent": ("least_margin_percent", float, 0, 100)},
}  # fmt: skip
_LISTS = {
    "again": {"product_days": (int, 0, 36_500), "kind_days": (int, 0, 36_500)},
    "pin": {"place": (int, 1, 1_000)},
    "boost": {"by": (float, -1, 1)},
    "hide": {},
}


def read_rules(path: Path) -> Rules:
    """The rules in the TOML file ``path``. Raises BadRules, naming file, key, value and remedy."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRules(f"{path} cannot be read: {error}. It is UTF-8 text; docs/shop.md shows one.") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"{path} is not TOML: {error}. Mend it; docs/shop.md shows what it looks like.") from error
    _known(path, "", tables, [*_NUMBERS, *_LISTS])
    values: dict[str, Any] = {}
    for section, keys in _NUMBERS.items():
        table = tables.get(section, {})
        if not isinstance(table, dict):
            raise BadRules(f"{path}: {section} is {table!r}; write it as a section, [{section}].")
        extra = ["cost_attribute"] if section == "margin" else []
        _known(path, section, table, [*keys, *extra])
        for key, (name, kind, least, most) in keys.items():
            if key in table:
                values[name] = _number(path, f"{section}.{key}", table[key], kind, least, most)
        if "cost_attribute" in table:
            values["cost_attribute"] = _word(path, "margin.cost_attribute", table["cost_attribute"])
    rows = {section: _rows(path, section, tables.get(section, [])) for section in _LISTS}
    if rows["again"]:
        values["again"] = tuple(Again(about, **numbers) for about, numbers in rows["again"])
    values["pins"] = tuple(_pin(path, *row) for row in rows["pin"])
    places = Counter(place for _, place in values["pins"])
    if twice := [place for place, count in places.items() if count > 1]:
        raise BadRules(f"{path}: two products are pinned to place {twice[0]}. Give each its own place.")
    values["boosts"] = tuple((about, numbers.get("by", 0.0)) for about, numbers in rows["boost"])
    values["hidden"] = tuple(about for about, _ in rows["hide"])
    return Rules(**values)


def _rows(path: Path, section: str, rows: Any) -> list[tuple[About, dict[str, Any]]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MAX_RULES:
        raise BadRules(f"{path}: {section} must be a list of at most {MAX_RULES} rules, each beginning [[{section}]].")
    found = []
    for number, row in enumerate(rows, 1):
        where = f"{section}[{number}]"
        numbers = _LISTS[section]
        _known(path, where, row, [*NAMED, *numbers])
        named = {name: _word(path, f"{where}.{name}", row[name]) for name in NAMED if name in row}
        if len(named) > 1 or (not named and section != "again"):
            raise BadRules(f"{path}: {where} names {', '.join(named) or 'nothing'}. Name one of {', '.join(NAMED)}.")
        if section == "boost" and "by" not in row:
            raise BadRules(f"{path}: {where} has no by. Write by = 0.2, or below 0 to demote.")
        values = {
            key: _number(path, f"{where}.{key}", row[key], *limits) for key, limits in numbers.items() if key in row
        }
        found.append((About(**named), values))
    return found


def _pin(path: Path, about: About, numbers: dict[str, Any]) -> tuple[str, int]:
    if about.product is None:
        name = next(each.name for each in fields(about) if getattr(about, each.name))
        raise BadRules(f"{path}: a pin names {name} {getattr(about, name)!r}. Name one product, or use [[boost]].")
    return about.product, numbers.get("place", 1)


def _known(path: Path, where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            inside = f" in {where}" if where else ""
            raise BadRules(f"{path}: there is no key {key!r}{inside} (value {table[key]!r:.60}). "
                           f"Use one of {', '.join(known)}.")


def _number(path: Path, key: str, value: Any, kind: type, least: float, most: float) -> Any:
    fits = isinstance(value, int | float if kind is float else int) and not isinstance(value, bool)
    if not fits or not least <= value <= most:
        what = "number" if kind is float else "whole number"
        raise BadRules(f"{path}: {key} is {value!r:.60}. Write a {what} from {least:g} to {most:g}.")
    return kind(value)


def _word(path: Path, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRules(f'{path}: {key} is {value!r:.60}. Write a word in quotes, such as "shoes".')
    return value


@dataclass
class RulesFile:
    """The rules of a file, read again when it was saved. Safe to ask from several threads.

    A file that cannot be used is logged, and the last good rules hold; before there were any, the defaults.
    """

    path: Path
    _rules: Rules = field(default_factory=Rules)
    _saved: tuple[int, int] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rules(self) -> Rules:
        with self._lock:
            try:
                stat = self.path.stat()
                saved = (stat.st_mtime_ns, stat.st_size)
            except OSError:
                saved = (0, 0)  # gone: told once, like any other file that cannot be used
            if saved != self._saved:
                self._saved = saved
                try:
                    self._rules = read_rules(self.path)
                except BadRules as error:
                    logger.error("%s The rules before hold.", error)
            return self._rules
