"""Descriptions of products: sentences of a kind, chosen so that each is true of the product's attributes.

A sentence stands in data/demo/descriptions with a role (opening, detail, use, limit) and the conditions under which
it is true. All numbers in it are placeholders of attributes: ``{weight_g}``, as a word ``{pockets:word}``, with a
capital ``{material:Cap}``, or the plural's s ``{age_from:s}``.
"""
from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]

# The order of a description's sentences. A limitation is said in most of them, and not always last.
STRUCTURES: tuple[tuple[tuple[str, ...], float], ...] = (
    (("opening", "detail", "limit"), 16),
    (("opening", "detail", "use"), 10),
    (("opening", "detail", "detail", "limit"), 20),
    (("opening", "use", "detail", "limit"), 12),
    (("opening", "detail", "use", "limit"), 16),
    (("opening", "limit", "detail"), 6),
    (("opening", "detail", "detail", "use", "limit"), 10),
    (("opening", "detail", "limit", "use"), 8),
    (("opening", "detail", "detail", "detail", "limit"), 6),
)
MOST_SENTENCES = 5
NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_NAMES = frozenset({"line", "brand", "kind"})
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
# "a aluminium frame" is what filling in leaves; "one" and "u" are spoken with a consonant.
_BEFORE_VOWEL = re.compile(r"\b([Aa])(?= (?:[aei]|o(?!ne)))")
_CONDITION = re.compile(r"(\w+)(!=|=|<|>)(.*)")


@dataclass(frozen=True)
class Sentence:
    """``about``: names of the facts that it depends on, by its conditions or its placeholders."""

    role: str
    text: str
    conditions: tuple[Callable[[Facts], bool], ...]
    about: frozenset[str]
    shown: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        """Whether all conditions are true, and all facts that it shows are there."""
        return self.shown <= facts.keys() and all(condition(facts) for condition in self.conditions)


def sentence(role: str, when: str, text: str) -> Sentence:
    """A sentence as it stands in its file: ``waterproof=yes & weight_g<250``, values separated by ``|``.

    Raises ValueError for a condition that cannot be read.
    """
    conditions = []
    about = set()
    for part in filter(None, (piece.strip() for piece in when.split("&"))):
        negated = part.startswith("!")
        match = _CONDITION.fullmatch(part.removeprefix("!"))
        if match is None:
            raise ValueError(f"condition {part!r} of {text!r}: write name=value, name!=value, name<n or name>n.")
        name, operator, value = match.groups()
        conditions.append(_condition(name, operator, value, negated))
        about.add(name)
    shown = {match[0] for match in _PLACEHOLDER.findall(text)}
    return Sentence(role, text, tuple(conditions), frozenset(about | shown), frozenset(shown))


def describe(sentences: list[Sentence], facts: Facts, chance: random.Random, used: Counter[str]) -> str:
    """Two to five sentences about a product, which tell at least one of its attributes.

    ``facts``: its attributes and material, feature, line, brand, kind. ``used`` counts how often a sentence was
    chosen, and is counted on: rarely used ones come first.
    """
    true_ones = [item for item in sentences if item.holds(facts)]
    structure = chance.choices([each[0] for each in STRUCTURES], [each[1] for each in STRUCTURES])[0]
    chosen: list[Sentence] = []
    for position, role in enumerate(structure):
        fitting = [item for item in true_ones if item.role == role and _adds(item, chosen)]
        # What sets the product apart from its twins must be said, at the latest in the first detail.
        telling = [item for item in fitting if facts["feature"] and "feature" in item.about]
        said = any("feature" in item.about for item in chosen)
        if telling and not said and (role == "detail" or (position == 0 and chance.random() < 0.6)):
            fitting = telling
        elif role == "detail" and not said:
            fitting = [item for item in fitting if item.about - _NAMES] or fitting
        if fitting:
            item = min(fitting, key=lambda each: (used[each.text], chance.random()))
            used[item.text] += 1
            chosen.append(item)
    said = " ".join(fill(item.text, facts) for item in chosen)
    ranges = [item for item in true_ones if item.role == "range"]
    if facts["second_material"]:
        ranges = [item for item in ranges if "second_material" in item.shown]
    # Mostly where the material has not been named; always where there is a choice of two.
    rare = 0.0 if facts["second_material"] else 0.85 if str(facts["material"]) in said.lower() else 0.35
    if ranges and len(chosen) < MOST_SENTENCES and chance.random() >= rare:
        item = min(ranges, key=lambda each: (used[each.text], chance.random()))
        used[item.text] += 1
        said += " " + fill(item.text, facts)
    return said


def listing(parts: list[str], last: str = "and") -> str:
    """``red, green and blue``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def fill(text: str, facts: Facts) -> str:
    """``text`` with its placeholders filled in. Raises KeyError for a fact that is not there."""
    filled = _PLACEHOLDER.sub(
        lambda match: _shown(facts["material_said" if match[1] == "material" else match[1]], match[2]), text
    )
    return _BEFORE_VOWEL.sub(r"\1n", filled)


def _shown(value: Any, form: str | None) -> str:
    if form == "s":
        return "" if value == 1 else "s"
    if form in ("word", "Word"):
        word = NUMBER_WORDS[value] if isinstance(value, int) and 0 <= value < len(NUMBER_WORDS) else str(value)
        return word.capitalize() if form == "Word" else word
    text = f"{value:,d}" if type(value) is int else f"{value:g}" if isinstance(value, float) else str(value)
    return text[:1].upper() + text[1:] if form == "Cap" else text


def _adds(item: Sentence, chosen: list[Sentence]) -> bool:
    """Whether ``item`` says something new. A limitation may return to a fact, but shows no number twice."""
    if item in chosen:
        return False
    if item.role in ("use", "limit"):
        return not any(item.shown & each.shown - _NAMES for each in chosen)
    known = frozenset().union(*(each.about for each in chosen)) - _NAMES - {"feature"}
    return not (item.about & known)


def _condition(name: str, operator: str, value: str, negated: bool) -> Callable[[Facts], bool]:
    allowed = set(value.split("|"))

    def holds(facts: Facts) -> bool:
        if operator in "<>":
            actual = facts.get(name)
            if not isinstance(actual, int | float):
                return False
            return actual < float(value) if operator == "<" else actual > float(value)
        same = _word(facts.get(name, "")) in allowed
        return same if operator == "=" else not same

    return (lambda facts: not holds(facts)) if negated else holds


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
