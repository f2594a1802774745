"""Prices and numbers as foreign files write them: 12.95, "12,95", "EUR 1,299.00", "1.299,00", {"amount": "12.95"}."""
from __future__ import annotations

import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from shop.errors import BadInput

CURRENCY_OF_SIGN = {"€": "EUR", "£": "GBP", "$": "USD"}
_PRICE = re.compile(r"([A-Za-z]{3}|[€£$])?\s*(\d[\d.,'\u2019 \u00a0\u202f]*)\s*([A-Za-z]{3}|[€£$])?")
_SIMPLE = re.compile(r"\d+(?:[.,]\d+)?")
_AMBIGUOUS = re.compile(r"([1-9]\d{0,2})([.,])(\d{3})")  # "0.335" is no thousand
# Thousands are parted by one sign, the cents by the other.
_GROUPED = re.compile(r"([1-9]\d{0,2}(?:(?:\.\d{3})+(?=,|$)|(?:,\d{3})+(?=\.|$)))(?:[.,](\d{1,2}))?")
_SPACES = re.compile(r"['\u2019 \u00a0\u202f]")
# What shows beyond doubt which sign parts the decimals: the last sign, with one or two digits behind it.
_EVIDENCE = re.compile(r"\d([.,])\d{1,2}(?!\d)")
_REMEDY = "write it like 12.95."
MAX_DIGITS = 30
_MAX_PRICE_CHARS = 60
_MAX_CENTS = 10**18  # far beyond what the shop stores, and within what Decimal counts exactly


class DecimalSign:
    """Which sign parts decimals in a file, learned from its numbers: so that "1.299" can be told apart there."""

    def __init__(self) -> None:
        self._votes: Counter[str] = Counter()

    def see(self, text: str) -> None:
        found = _EVIDENCE.findall(text[:MAX_DIGITS])
        if found:
            self._votes[found[-1]] += 1

    @property
    def sign(self) -> str | None:
        """"." or ","; None where the file has no evidence, or for both."""
        return next(iter(self._votes)) if len(self._votes) == 1 else None


def price_cents(row: dict[str, Any], currency: str, decimal: str | None = None, name: str = "price") -> int | None:
    """Cents of ``row``'s price; None where it has none.

    Keys: price_cents (whole cents), or price (a number, a text, or an object with amount or value and currency),
    and currency; with another ``name``, such as "was", those that begin with it. ``decimal``: the sign that parts
    decimals, where it is known. Raises BadInput for a price that cannot be read, is ambiguous, or is in another
    currency.
    """
    price, stated = row.get(name), row.get("currency")
    if isinstance(price, dict):
        stated = price.get("currency", stated)
        price = price.get("amount", price.get("value"))
    if row.get(f"{name}_cents") not in (None, ""):
        cents = _whole(f"{name}_cents", row[f"{name}_cents"])
    elif price in (None, ""):
        return None
    elif isinstance(price, str):
        written, cents = _from_text(price, decimal)
        stated = written or stated
    else:
        cents = _from_number(price)
    if stated and str(stated).strip().upper() != currency.upper():
        raise BadInput("currency", stated, f"the shop's prices are in {currency}.")
    return cents


def plain_number(text: str, decimal: str | None = None) -> Decimal | None:
    """A number without a currency, such as a weight or a quantity; None where it is none.

    "1.500" is one and a half, and "1,500" is fifteen hundred, unless ``decimal`` says otherwise.
    """
    digits = _SPACES.sub("", text.strip())
    sign = ""
    if digits[:1] in ("-", "+"):
        sign, digits = digits[0], digits[1:]
    if len(digits) > MAX_DIGITS:
        return None
    if found := _AMBIGUOUS.fullmatch(digits):
        parted = found[2] == (decimal or ".")
        digits = f"{found[1]}.{found[3]}" if parted else found[1] + found[3]
    elif grouped := _GROUPED.fullmatch(digits):
        digits = f"{re.sub('[.,]', '', grouped[1])}.{grouped[2] or 0}"
    elif not _SIMPLE.fullmatch(digits):
        return None
    return Decimal(sign + digits.replace(",", "."))


def _whole(field: str, value: Any) -> int:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise BadInput(field, value, "write whole cents like 1295.") from error
    if isinstance(value, bool) or not number.is_finite() or not 0 <= number <= _MAX_CENTS or number % 1:
        raise BadInput(field, value, "write whole cents like 1295.")
    return int(number)


def _from_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("price", value, _REMEDY)
    return _cents(Decimal(str(value)), value)


def _from_text(text: str, decimal: str | None) -> tuple[str | None, int]:
    """(currency where one is written, cents)."""
    text = text.strip()
    match = _PRICE.fullmatch(text) if len(text) <= _MAX_PRICE_CHARS else None
    if match is None or len(match[2]) > MAX_DIGITS:
        raise BadInput("price", text, _REMEDY)
    before, digits, after = match.groups()
    digits = _SPACES.sub("", digits)
    if found := _AMBIGUOUS.fullmatch(digits):  # 1.299 may be a thousand, or one and a bit
        if decimal is None:
            raise BadInput("price", text, "it can be read in two ways; write it with two decimals, like 12.95.")
        digits = f"{found[1]}.{found[3]}" if found[2] == decimal else found[1] + found[3]
    elif grouped := _GROUPED.fullmatch(digits):
        digits = f"{re.sub('[.,]', '', grouped[1])}.{grouped[2] or 0}"
    elif not _SIMPLE.fullmatch(digits):
        raise BadInput("price", text, _REMEDY)
    written = before or after
    return written and CURRENCY_OF_SIGN.get(written, written), _cents(Decimal(digits.replace(",", ".")), text)


def _cents(amount: Decimal, value: Any) -> int:
    if not amount.is_finite() or not 0 <= amount <= _MAX_CENTS:
        raise BadInput("price", value, _REMEDY)
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
