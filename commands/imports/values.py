"""Small values as shop systems write them: yes and no, moments, identifiers, names of attributes."""
from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from commands.imports.money import plain_number
from shop.clock import as_utc, utc_now
from shop.errors import BadInput

YES = frozenset(("yes", "true", "1", "y", "on", "ja", "oui", "si", "sí", "subscribed"))
NO = frozenset(("no", "false", "0", "-1", "n", "off", "nein", "non", "unsubscribed", "not_subscribed"))
PRODUCT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")  # what a product's address and the gateway's frames carry
SKU_CHARS = 48
_MOMENT_CHARS = 64
_MEASURE_CHARS = 40
_HOUR = re.compile(r"^(\S{10}[ T])(\d:)")  # WooCommerce writes midnight as 0:00:00
_ZONE = re.compile(r"\s+([+-]\d{2}:?\d{2})$")
_MEASURE = re.compile(r"(-?[\d.,'\s]+?)\s*([a-zA-Z²³\"″]+)")
# Units as attributes' names end with them everywhere in this house (``weight_g``).
_UNITS = {
    "g": "g", "gram": "g", "grams": "g", "kg": "kg", "kilogram": "kg", "kilograms": "kg", "lb": "lb", "lbs": "lb",
    "oz": "oz", "mm": "mm", "cm": "cm", "m": "m", "in": "inches", "inch": "inches", "inches": "inches", '"': "inches",
    "ml": "ml", "l": "l",
}  # fmt: skip


def yes_or_no(value: Any) -> bool | None:
    """What "TRUE", "1", "no" and the like mean; None for what is empty or means neither."""
    if isinstance(value, bool):
        return value
    word = str(value if value is not None else "").strip().casefold()
    return True if word in YES else False if word in NO else None


def moment(field: str, value: Any) -> datetime | None:
    """A moment in UTC; None where ``value`` is empty. A time without a zone is UTC.

    Read: ISO 8601, "2026-02-24 11:07:00 +0100", seconds or milliseconds since 1970. Raises BadInput for anything
    else, "03/04/2026" among it (which may be March or April), and for what is before 1990 or after tomorrow.
    """
    if value in (None, ""):
        return None
    text = str(value).strip()
    try:
        if (isinstance(value, int | float) and not isinstance(value, bool)) or re.fullmatch(r"\d{9,14}(\.\d+)?", text):
            seconds = float(text)
            found = datetime.fromtimestamp(seconds / 1000 if seconds > 10**11 else seconds, UTC)
        elif len(text) <= _MOMENT_CHARS and re.match(r"\d{4}-\d{2}-\d{2}", text):
            iso = _HOUR.sub(r"\g<1>0\2", text.replace(" UTC", "+00:00"))
            found = as_utc(datetime.fromisoformat(_ZONE.sub(r"\1", iso)))
        else:
            raise ValueError(text)
    except (ValueError, OverflowError, OSError, TypeError) as error:
        raise BadInput(field, value, "write it like 2026-02-24 11:07:00 +0100.") from error
    if not datetime(1990, 1, 1, tzinfo=UTC) <= found <= utc_now() + timedelta(days=1):
        raise BadInput(field, value, "it must lie between 1990 and now.")
    return found


def digest(text: str) -> str:
    """Eight hex digits that stand for ``text``."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def product_identifier(value: str) -> str:
    """``value`` as a product's id: itself where an address can carry it, else what is left of it and its hash."""
    if PRODUCT_ID.fullmatch(value):
        return value
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', value).strip('-')[:23]}-{digest(value)}".strip("-")


def stock_keeping_unit(value: str) -> str:
    """``value`` as a sku: cut, with its hash, where it is longer than the column."""
    return value if len(value) <= SKU_CHARS else f"{value[: SKU_CHARS - 9]}-{digest(value)}"


def handle_of(title: str) -> str:
    """What a shop system makes of a title for its address: "Blue mug, 0.3 l" -> "blue-mug-0-3-l"; "" for no letters."""
    plain = unicodedata.normalize("NFKD", title.casefold().replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def attribute_name(label: str) -> str:
    """"Shipping Weight (kg)" -> "shipping_weight_kg": lower case, the unit at the end, as attributes are everywhere."""
    return re.sub(r"[^\w]+", "_", label.strip().casefold()).strip("_")[:80]


def measure(name: str, text: str, decimal: str | None = None) -> tuple[str, Any]:
    """("shipping_weight", "2,5 kg") -> ("shipping_weight_kg", 2.5); name and text as they are, if it is no measure."""
    found = _MEASURE.fullmatch(text.strip()) if len(text) <= _MEASURE_CHARS else None
    unit = _UNITS.get(found[2].casefold()) if found else None
    number = plain_number(found[1], decimal) if unit else None
    return (f"{name}_{unit}", tidy(number)) if number is not None else (name, text)


def tidy(number: Decimal) -> int | float:
    """A number as JSON writes it best: 2.50 -> 2.5, 200.0 -> 200."""
    return int(number) if number == number.to_integral_value() and abs(number) < 10**15 else float(number)
