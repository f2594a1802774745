"""Counting wrong facts in replies that were sent: how the evaluation judges the model and its gate.

It reads the finished text and shares neither code nor word lists with the gate, so that no gate is judged by itself:
every number, amount, date, code, address and known name of the text is taken out and looked for in the facts.
"""
from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomllib

from models.reply.errors import ReplyError

WORDS = Path(__file__).resolve().parents[2] / "data" / "language" / "fact_words_en.toml"
QUANTITY = re.compile(r"[#€£$¥-]?\s?\d+(?:[.,:]\d+)*\s?[%‰€]?")
CODE = re.compile(r"\b(?=[\w-]*[A-Z0-9])(?:[A-Z0-9]+-)*[A-Z0-9]{3,}\b")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w|https?://[\w./?=&%-]*[\w/]|www\.\S+|\+\d[\d ]{5,}\d")
COUNTS = ("Sc", "Nd", "Nl", "No")  # signs of currencies, and digits of every kind
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


class BadFactWords(ReplyError):
    """The table of fact words is broken; the message names the file and the remedy."""


class FactAudit:
    """Finds facts of a text that were not among those it was given. ``names``: brands and titles of the catalogue."""

    def __init__(self, table: Mapping[str, Any], names: Iterable[str] = ()) -> None:
        listed = [word for key in ("numbers", "days", "months", "money", "promises") for word in table[key]]
        limited = table["only_before"]
        phrases = [word for word in listed if word not in limited]
        phrases += [f"{word} {behind}" for word, rest in limited.items() for behind in rest]
        self._words = _any_of(phrases)
        self._contradictions = {act: _any_of(rows) for act, rows in table["contradictions"].items()}
        self._names = _any_of(name for name in {plain(each) for each in names} if len(name) > 2)

    @classmethod
    def load(cls, path: Path = WORDS, names: Iterable[str] = ()) -> FactAudit:
        """Raises BadFactWords."""
        try:
            return cls(tomllib.loads(path.read_text(encoding="utf-8")), names)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadFactWords(f"{path} cannot be read ({error!r}). Mend it, or take it from the release.") from error

    def wrong(self, act: str, template: str, facts: Mapping[str, str], text: str) -> list[str]:
        """What ``text`` says wrongly, a line for each; empty where all is so. ``facts`` are in words."""
        said, known = plain(text), {name: plain(value) for name, value in facts.items()}
        rest = _without(said, known.values())
        return [
            *_misplaced(template, known, said),
            *_unsaid(known, said),
            *_different("number", _quantities, said, known.values()),
            *_different("code", CODE.findall, said, known.values()),
            *_different("address", ADDRESS.findall, said, known.values()),
            *_different("word", lambda each: self._words.findall(each.lower()), said, known.values()),
            *(f"name {name!r} is in no fact" for name in self._names.findall(rest)),
            *(f"{found!r} contradicts {act}" for found in _found(self._contradictions.get(act), rest)),
            *(f"a placeholder is left: {found!r}" for found in re.findall(r"[{}]|<\d+>", rest)),
            *(f"sign {found!r} is in no fact" for found in rest if unicodedata.category(found) in COUNTS),
        ]


def count_wrong_facts(
    act: str, template: str, facts: Mapping[str, str], text: str, audit: FactAudit | None = None
) -> list[str]:
    """What ``text`` says wrongly, a line for each; ``audit`` knows the catalogue's names, else none are known."""
    return (audit or _default()).wrong(act, template, facts, text)


def plain(text: str) -> str:
    """``text`` as it is read: compatible characters are one ("①" is "1"), what is not seen is gone, blanks are one."""
    return " ".join(INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).replace("’", "'").split())


@lru_cache(maxsize=1)
def _default() -> FactAudit:
    return FactAudit.load()


def _misplaced(template: str, facts: Mapping[str, str], text: str) -> list[str]:
    """Facts that stand in another one's place, and words that the template does not have."""
    pattern, names = "", []
    for place, part in enumerate(re.split(r"\{(\w+)\}", plain(template))):
        if place % 2:
            pattern += f"(?P<f{len(names)}>.+?)"
            names.append(part)
        else:
            words = [re.escape(word) for word in re.split(r"(\W)", part) if word.strip()]
            words = ["an?" if word.lower() in ("a", "an") else r"\.?" if word == r"\." else word for word in words]
            pattern += r"\s*" + r"\s*".join(words) + r"\s*"
    unknown = [name for name in names if name not in facts]
    if unknown:
        return [f"fact {name!r} is made up" for name in unknown]
    found = re.fullmatch(pattern, text, re.IGNORECASE)
    if found is None:
        return ["the text is not its template"]
    if all(_same(found[f"f{place}"], facts[name]) for place, name in enumerate(names)):
        return []
    # Another way to part the text may fit: a value can hold words of the reply as well.
    filled = re.sub(r"\(\?P<f(\d+)>\.\+\?\)", lambda one: _literal(facts[names[int(one[1])]]), pattern)
    if re.fullmatch(filled, text, re.IGNORECASE):
        return []
    return [f"the facts {', '.join(names)} are not in their places"]


def _literal(value: str) -> str:
    return re.escape(value.rstrip(".")) + r"\.?"


def _same(said: str, value: str) -> bool:
    return said.strip().rstrip(".").lower() == value.rstrip(".").lower()


def _unsaid(facts: Mapping[str, str], text: str) -> list[str]:
    """Facts whose value is not in the text as it is; the first letter may be a capital."""
    return [
        f"{name} is not said as it is: {value[:60]!r}" for name, value in facts.items()
        if value not in text and value[:1].upper() + value[1:] not in text
    ]


def _different(kind: str, found_in: Callable[[str], list[str]], text: str, values: Iterable[str]) -> list[str]:
    """What ``text`` has that no value has, or more often than they do, and the other way round."""
    there = Counter(found_in(text))
    known: Counter[str] = Counter()
    for value in values:
        known.update(found_in(value))
    wrong = [f"{kind} {each!r} is in no fact" for each in (there - known).elements()]
    return wrong + [f"{kind} {each!r} of the facts is missing" for each in (known - there).elements()]


def _quantities(text: str) -> list[str]:
    return [re.sub(r"\s", "", each).lstrip("-#") for each in QUANTITY.findall(text)]


def _without(text: str, values: Iterable[str]) -> str:
    """``text`` with every value taken out once, the longest first."""
    for value in sorted(values, key=len, reverse=True):
        place = text.lower().find(value.lower())
        if value and place >= 0:
            text = f"{text[:place]} \x00 {text[place + len(value) :]}"
    return text.replace("\x00", "")


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    listed = sorted({phrase for phrase in phrases if phrase}, key=len, reverse=True)
    inside = "|".join(re.escape(phrase) for phrase in listed) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{inside})(?!\w)", re.IGNORECASE)


def _found(pattern: re.Pattern[str] | None, text: str) -> list[str]:
    return pattern.findall(text) if pattern else []
