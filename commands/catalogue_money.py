"""Prices as foreign catalogues write them: 12.95, "12,95", "EUR 1,299.00", {"amount": "12.95"}."""
from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from shop.errors import BadInput

CURRENCY_OF_SIGN = {"€": "EUR", "£": "GBP", "$": "USD"}
_PRICE = re.compile(r"([A-Za-z]{3}|[€£$])?\s*(\d[\d.,' \u00a0\u202f]*)\s*([A-Za-z]{3}|[€£$])?")
_SIMPLE = re.compile(r"\d+(?:[.,]\d+)?")
_AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}")
# Thousands are parted by one sign, the cents by the other.
_GROUPED = re.compile(r"(\d{1,3}(?:(?:\.\d{3})+(?=,|$)|(?:,\d{3})+(?=\.|$)))(?:[.,](\d{1,2}))?")
_REMEDY = "write it like 12.95."


def price_cents(row: dict[str, Any], currency: str) -> int | None:
    """Cents of ``row``'s price; None where it has none.

    Keys: price_cents (whole cents), or price (a number, a text, or an object with amount or value and currency),
    and currency. Raises BadInput for a price that cannot be read, is ambiguous, or is in another currency.
    """
    price, stated = row.get("price"), row.get("currency")
    if isinstance(price, dict):
        stated = price.get("currency", stated)
        price = price.get("amount", price.get("value"))
    if row.get("price_cents") not in (None, ""):
        cents = _whole(row["price_cents"])
    elif price in (None, ""):
        return None
    elif isinstance(price, str):
        written, cents = _from_text(price)
        stated = written or stated
    else:
        cents = _from_number(price)
    if stated and str(stated).strip().upper() != currency.upper():
        raise BadInput("currency", stated, f"the shop's prices are in {currency}.")
    return cents


def _whole(value: Any) -> int:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise BadInput("price_cents", value, "write whole cents like 1295.") from error
    if isinstance(value, bool) or not number.is_finite() or number != number.to_integral_value() or number < 0:
        raise BadInput("price_cents", value, "write whole cents like 1295.")
    return int(number)


def _from_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("price", value, _REMEDY)
    return _cents(Decimal(str(value)), value)


def _from_text(text: str) -> tuple[str | None, int]:
    """(currency where one is written, cents)."""
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise BadInput("price", text, _REMEDY)
    before, digits, after = match.groups()
    digits = re.sub(r"[' \u00a0\u202f]", "", digits)
    if _AMBIGUOUS.fullmatch(digits):  # 1.299 may be a thousand, or one and a bit
        raise BadInput("price", text, "it can be read in two ways; write it with two decimals, like 12.95.")
    if grouped := _GROUPED.fullmatch(digits):
        digits = f"{re.sub('[.,]', '', grouped[1])}.{grouped[2] or 0}"
    elif not _SIMPLE.fullmatch(digits):
        raise BadInput("price", text, _REMEDY)
    written = before or after
    return written and CURRENCY_OF_SIGN.get(written, written), _cents(Decimal(digits.replace(",", ".")), text)


def _cents(amount: Decimal, value: Any) -> int:
    if not amount.is_finite() or amount < 0:
        raise BadInput("price", value, _REMEDY)
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
