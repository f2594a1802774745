"""Facts as they are written in the demo's own texts: policies and promotions."""
from __future__ import annotations

import re
from typing import Any

from shop.demo.wording import listing
from shop.errors import BadInput
from shop.settings import settings

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
_FACT = re.compile(r"\{(\w+)\}")


def money(cents: int) -> str:
    """``495`` -> ``€4.95``, ``5000`` -> ``€50``, in the shop's currency."""
    symbol = SYMBOLS.get(settings.currency, f"{settings.currency} ")
    return f"{symbol}{cents // 100:,d}" if cents % 100 == 0 else f"{symbol}{cents / 100:,.2f}"


def fill_in(name: str, markdown: str, facts: dict[str, Any]) -> str:
    """``markdown`` with its ``{fact}`` placeholders written out: money, lists and plain values.

    Raises BadInput, naming the policy, for a fact that none of them states.
    """

    def written(match: re.Match[str]) -> str:
        fact = match[1]
        if fact not in facts:
            raise BadInput(f"policy {name}", match[0], "no policy states this fact in its front matter; add it there.")
        value = facts[fact]
        if fact.endswith("_cents"):
            return money(value) if value else "nothing"
        return listing(value, "or") if isinstance(value, list) else str(value)

    return _FACT.sub(written, markdown)
