"""Entities of a message, checked: a button's payload, and so anybody who types one, may put anything there."""
from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

WHOLE_NUMBERS = ("ordinal", "quantity", "price_min", "price_max", "amount")
SIGNED = ("ordinal",)  # -1 is the last
MOST = 30  # entities a message: far more than a sentence has, and each may cost a query
_NUMBER = re.compile(r"-?\d{1,9}")


def checked(entities: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entities whose value is of its kind, in their order, at most MOST; the others are left out.

    Values of WHOLE_NUMBERS are int afterwards, all others text that is not empty.
    """
    kept = []
    for entity in entities:
        value = _value(entity["entity"], entity["value"])
        if value is not None:
            kept.append({**entity, "value": value})
    return kept[:MOST]


def _value(name: str, value: Any) -> int | str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    if name not in WHOLE_NUMBERS:
        return text or None
    number = int(text) if _NUMBER.fullmatch(text) else None
    return None if number is None or (number < 0 and name not in SIGNED) else number
