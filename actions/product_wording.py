"""How products and what was asked for are worded. Text of the catalogue and of shoppers is data, never a template."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

SAID_BEFORE = ("colour", "material")  # "navy leather boots"
MENTION_LIMIT = 90  # characters of a title or of a shopper's words repeated in a sentence


def plain(text: Any, limit: int = MENTION_LIMIT) -> str:
    """``text`` as it may stand in a response: one line, not too long."""
    line = " ".join(str(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def listing(words: Iterable[Any], last: str = "and") -> str:
    """``["a", "b", "c"]`` -> ``a, b and c``; "" for none."""
    words = [str(word) for word in words]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 product``, ``3 products``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def button(title: str, intent: str, **entities: Any) -> dict[str, str]:
    """A button that says ``intent`` with ``entities``; those that are None are left out."""
    given = {name: value for name, value in entities.items() if value is not None}
    payload = f"/{intent}{json.dumps(given, ensure_ascii=False)}" if given else f"/{intent}"
    return {"title": plain(title, 40), "payload": payload}


def variant_words(colour: str | None, size: str | None) -> str:
    """``navy, size 42``; "" where a product comes in one form."""
    parts = [colour or "", "" if size in (None, "", "one size") else f"size {size}"]
    return ", ".join(part for part in parts if part)


def described(
    text: str,
    filters: dict[str, Any],
    category_names: Callable[[Sequence[str]], list[str]],
    money: Callable[[int], str],
) -> str:
    """What is looked for, as a phrase: ``navy trail running shoes in size 42 under €60.00, no leather``."""
    categories = filters.get("category") or []
    thing = plain(text, 60) if text else listing([name.lower() for name in category_names(categories)], "or")
    new = {name: [word for word in filters.get(name) or [] if word.lower() not in text.lower()] for name in SAID_BEFORE}
    before = [listing(words, "or") for words in new.values() if words]
    words = (thing or "something").split(maxsplit=1)
    # "something green for the hall", but "green cushions for the hall"
    parts = [words[0], *before, *words[1:]] if words[0].lower() in ("something", "anything") else [*before, thing]
    if filters.get("brand"):
        parts.append(f"from {listing(filters['brand'], 'or')}")
    if filters.get("size"):
        parts.append(f"in size {listing(filters['size'], 'or')}")
    low, high = filters.get("price_min_cents"), filters.get("price_max_cents")
    if low is not None and high is not None:
        parts.append(f"from {money(low)} to {money(high)}")
    elif high is not None:
        parts.append(f"up to {money(high)}")
    elif low is not None:
        parts.append(f"from {money(low)} up")
    unwanted = [word for name in ("not_colour", "not_material", "not_brand") for word in filters.get(name) or []]
    unwanted += [name.lower() for name in category_names(filters.get("not_category") or [])]
    phrase = " ".join(parts)
    return plain(f"{phrase}, no {listing(unwanted, 'or')}" if unwanted else phrase, 160)
