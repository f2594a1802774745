"""How facts are written in a reply: money and dates, by the shop's locale."""
from __future__ import annotations

from datetime import datetime
from functools import cache

from models.reply.facts import Day, Locale, Money, in_words
from shop.settings import ROOT, settings


@cache
def locale() -> Locale:
    """The shop's. Raises BadFormats where ``data/language/formats.toml`` does not know it."""
    return Locale.load(ROOT / "data" / "language" / "formats.toml", settings.locale)


def money(cents: int, currency: str | None = None) -> str:
    """``4995`` -> ``€49.95``. A currency without a known symbol is written as its code: ``CHF 49.95``."""
    return in_words(Money(cents, currency or settings.currency), locale())


def day(moment: datetime) -> str:
    """``Tuesday 24 November``: no year, as it is near in everything a shopper asks."""
    return in_words(Day(moment.date()), locale())
