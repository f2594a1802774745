"""Templates, and how amounts, days and addresses are written on every page: the demo shop's and the console's."""
from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shop.settings import settings

TEMPLATES = Path(__file__).resolve().parent / "templates"
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def money(cents: int, currency: str | None = None) -> str:
    """1995 -> "€19.95"; the currency's code is written where it has no sign of its own."""
    currency = currency or settings.currency
    sign = SYMBOLS.get(currency, f"{currency} ")
    return f"{'−' if cents < 0 else ''}{sign}{abs(cents) / 100:,.2f}"


def day(moment: datetime | None) -> str:
    """"24 November 2026"; "" for None."""
    return f"{moment.day} {moment:%B %Y}" if moment else ""


def sentence_case(text: str) -> str:
    """The first letter in upper case and the rest as it is: "t-shirt" -> "T-shirt"."""
    return text[:1].upper() + text[1:]


def query(**values: Any) -> str:
    """"?a=1&b=2", lists repeated and empty values left out; "" where nothing is left."""
    kept = {name: value for name, value in values.items() if value not in (None, "", [], False)}
    return f"?{urlencode(kept, doseq=True)}" if kept else ""


def environment() -> Environment:
    """Jinja with everything escaped and unknown names refused."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    made.filters |= {"money": money, "day": day, "sentence": sentence_case}
    made.globals |= {"query": query, "shop_name": settings.shop_name, "demo": settings.demo}
    return made
