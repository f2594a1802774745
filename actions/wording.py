"""How facts are written in a reply: money and dates."""
from __future__ import annotations

from datetime import datetime

from shop.settings import settings

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def money(cents: int, currency: str | None = None) -> str:
    """``4995`` -> ``€49.95``. A currency without a known symbol is written as its code: ``CHF 49.95``."""
    currency = currency or settings.currency
    symbol = SYMBOLS.get(currency, f"{currency} ")
    sign = "-" if cents < 0 else ""
    return f"{sign}{symbol}{abs(cents) / 100:,.2f}"


def day(moment: datetime) -> str:
    """``Tuesday 24 November``: no year, as it is near in everything a shopper asks."""
    return f"{moment:%A} {moment.day} {moment:%B}"
