"""The language file: how shoppers say prices, positions, quantities and refusals, compiled to patterns.

Everything that is particular to a language stands in ``data/language/<code>.yml``; this module knows none.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# No count and no price has more: what is longer would only overflow further on.
MOST_DIGITS = 9
FIELDS = (
    "number_words", "currency_before", "currency_after", "price", "size_before", "size_words", "ordinals", "ordinal",
    "first_few", "both", "quantity", "sort", "negation", "negation_bridge", "negation_joint",
    "negation_after", "order_number", "dates",
    "not_money_after", "price_negation", "quantity_before", "months", "weekdays", "time_units", "date", "variants",
    "idioms", "joints",
    "joint_goes_on", "telling", "pointing_back",
)


def language_file(code: str) -> Path:
    """Where the file of a language stands, whether there is one or not."""
    return Path(__file__).resolve().parent.parent / "data" / "language" / f"{code}.yml"


class LanguageError(ValueError):
    """A language file is missing, lacks a field or holds a pattern that does not compile."""


@dataclass(frozen=True)
class Language:
    """The compiled patterns of one language. Groups of a pattern hold the value where there is one."""

    numbers: dict[str, int]
    ordinals: dict[str, int]
    size_words: dict[str, str]
    dates: dict[str, int]
    months: dict[str, int]
    weekdays: dict[str, int]
    time_units: dict[str, int]
    variants: dict[str, str]
    price: dict[str, list[re.Pattern]]
    not_money_after: re.Pattern
    price_negated: re.Pattern
    money: re.Pattern
    size: re.Pattern
    size_word: re.Pattern
    ordinal: list[re.Pattern]
    first_few: list[re.Pattern]
    both: list[re.Pattern]
    quantity: list[re.Pattern]
    quantity_before: list[re.Pattern]
    sort: dict[str, re.Pattern]
    refused_before: re.Pattern
    refused_after: re.Pattern
    refused_joint: re.Pattern
    order_number: re.Pattern
    date_word: re.Pattern
    date: dict[str, list[re.Pattern]]
    idioms: re.Pattern
    joint: re.Pattern
    telling: re.Pattern
    pointing_back: re.Pattern

    @classmethod
    def load(cls, path: Path) -> Language:
        """Compile the file at ``path``. Raises LanguageError, naming the file and the field."""
        try:
            source = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise LanguageError(f"The language file {path} cannot be read: {error}.") from error
        missing = [field for field in FIELDS if field not in (source or {})]
        if missing:
            raise LanguageError(f"The language file {path} lacks {', '.join(missing)}. Compare data/language/en.yml.")
        try:
            return cls._compile(source)
        except re.error as error:
            raise LanguageError(f"{path}: the pattern {error.pattern!r} does not compile: {error}.") from error

    @classmethod
    def _compile(cls, source: dict[str, Any]) -> Language:
        numbers = {str(word): value for word, value in source["number_words"].items()}
        word = f"(?:{_any(numbers)})(?:[ -](?:{_any(numbers)}))?"
        number = rf"(?:\d+|{word})"
        before, after = "|".join(source["currency_before"]), "|".join(source["currency_after"])
        digits = r"\d{1,3}(?:[.,]\d{3})*(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
        amount = f"{digits}|{word}"
        # Within a price phrase a number needs no currency; alone it does.
        money = rf"(?:(?:{before}) ?)?\b({amount})(?: ?(?:{after})(?!\w))?"
        alone = rf"(?:{before}) ?({amount})|\b({amount}) ?(?:{after})(?!\w)"
        ordinals = {str(word): value for word, value in source["ordinals"].items()}
        names = {"money": money, "number": number, "small_number": rf"(?:\d{{1,2}}(?!\d)|{word})",
                 "ordinal": _any(ordinals),
                 "digits": rf"\b({digits})", "currency": f"(?:{after})",
                 "day": r"(?P<day>\d{1,2})", "month": f"(?P<month>{_any(source['months'])})",
                 "year": r"(?P<year>\d{4})",
                 "weekday": f"(?P<weekday>{_any(source['weekdays'])})", "count": f"(?P<count>{number})",
                 "unit": f"(?P<unit>{_any(source['time_units'])})"}

        def patterns(texts: list[str]) -> list[re.Pattern]:
            return [_pattern(_fill(text, names)) for text in texts]

        bridge = rf"(?:[ -]+(?:{_any(source['negation_bridge'])}))*[ -]+"
        return cls(
            numbers=numbers,
            ordinals=ordinals,
            size_words={str(word): size for word, size in source["size_words"].items()},
            dates=source["dates"],
            months=source["months"],
            weekdays=source["weekdays"],
            time_units=source["time_units"],
            variants={str(said): str(meant) for said, meant in source["variants"].items()},
            price={kind: [_pattern(r"(?<!\w)" + _fill(text, names)) for text in source["price"][kind]]
                   for kind in ("between", "maximum", "minimum", "around")},
            not_money_after=_pattern(source["not_money_after"]),
            price_negated=_pattern("|".join(source["price_negation"])),
            money=_pattern(alone),
            size=_pattern(rf"\b(?:{'|'.join(source['size_before'])}) ([3-4]\d(?:[.,]5)?)\b(?! ?(?:{after}|%|cm|x))"),
            size_word=_pattern(rf"\b({_any(source['size_words'])})\b"),
            ordinal=patterns(source["ordinal"]),
            first_few=patterns(source["first_few"]),
            both=patterns(source["both"]),
            quantity=patterns(source["quantity"]),
            quantity_before=patterns(source["quantity_before"]),
            sort={kind: _pattern(rf"\b(?:{'|'.join(texts)})\b") for kind, texts in source["sort"].items()},
            refused_before=_pattern(rf"\b(?:{'|'.join(source['negation'])}){bridge}$"),
            refused_after=_pattern(rf"(?:{'|'.join(source['negation_after'])})\b"),
            refused_joint=_pattern(rf"(?:,? )(?:{_any(source['negation_joint'])}){bridge}"),
            order_number=_pattern(rf"\b(?:{_any(source['order_number'])})[ .:#]*(\d{{4,8}})\b"),
            date_word=_pattern(rf"\b({_any(source['dates'])})\b"),
            date={kind: patterns(source["date"][kind])
                  for kind in ("day_of_month", "ago", "weekday_before", "weekday_after")},
            idioms=_pattern("|".join(source["idioms"])),
            joint=_pattern(_fill("|".join(source["joints"]), {"goes_on": source["joint_goes_on"]})),
            telling=_pattern("|".join(source["telling"])),
            pointing_back=_pattern(source["pointing_back"]),
        )

    def number(self, text: str) -> int | None:
        """``"25"``, ``"twenty-five"`` -> 25; None where it is neither up to MOST_DIGITS digits nor known words."""
        text = text.lower().strip()
        if text.isdigit():
            return int(text) if len(text) <= MOST_DIGITS else None
        if text in self.numbers:
            return self.numbers[text]
        for gap in re.finditer(r"[ -]", text):  # "a hundred" and "fifty" may be two words or more each
            parts = self.numbers.get(text[:gap.start()]), self.numbers.get(text[gap.end():])
            if None not in parts:
                return sum(parts)
        return None

    def cents(self, text: str) -> int | None:
        """``"49,95"``, ``"1,200"``, ``"thirty"`` -> cents; None where it is no amount."""
        text = text.strip()
        whole = self.number(text)
        if whole is not None:
            return whole * 100
        found = re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](\d{1,2}))?", text)
        digits = re.sub(r"[.,]", "", found[1]) if found else ""
        if not 0 < len(digits) <= MOST_DIGITS:
            return None
        return int(digits) * 100 + int((found[2] or "0").ljust(2, "0"))


def _any(words: Any) -> str:
    """Alternatives, longest first: "one hundred" must not be read as "one"."""
    return "|".join(re.escape(str(word)) for word in sorted(words, key=lambda word: -len(str(word))))


def _fill(text: str, names: dict[str, str]) -> str:
    # Not str.format: a pattern's own braces are quantifiers.
    for name, pattern in names.items():
        text = text.replace("{" + name + "}", pattern)
    return text


def _pattern(text: str) -> re.Pattern:
    return re.compile(text, re.IGNORECASE)
