"""Limits on every text that comes from outside, and the one way of applying them."""

from __future__ import annotations

import re
import unicodedata

from shop.errors import BadInput

MESSAGE_CHARS = 2000
QUERY_CHARS = 200
REASON_CHARS = 500
TICKET_CHARS = 4000
NAME_CHARS = 160
STREET_CHARS = 120
CITY_CHARS = 80
POSTCODE_CHARS = 16
COUNTRY_CHARS = 60
EMAIL_CHARS = 254
PAYLOAD_BYTES = 65_536
QUANTITY = 20

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\"\\]+@[^@\s<>()\[\],;:\"\\.]+(?:\.[^@\s<>()\[\],;:\"\\.]+)+")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_:-]{1,64}")


def line(field: str, value: str, max_chars: int, *, required: bool = True) -> str:
    """``value`` as one tidy line: control characters and doubled spaces removed.

    Raises BadInput where it is no text, longer than ``max_chars``, or empty though ``required``.
    """
    return _checked(field, " ".join(paragraph(field, value, 10 * max_chars).split()), max_chars, required)


def paragraph(field: str, value: str, max_chars: int, *, required: bool = False) -> str:
    """``value`` without control characters, its line breaks kept. Raises as ``line`` does."""
    if not isinstance(value, str):
        raise BadInput(field, value, "it must be text.")
    if len(value) > max_chars:
        raise BadInput(field, value, f"it may have {max_chars} characters, and has {len(value)}.")
    if value.isprintable():  # most are, and to ask is quicker than to look at every character
        return _checked(field, value.strip(), max_chars, required)
    kept = "".join(
        char for char in value.replace("\r\n", "\n") if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )
    return _checked(field, kept.strip(), max_chars, required)


def _checked(field: str, value: str, max_chars: int, required: bool) -> str:
    if required and not value:
        raise BadInput(field, value, "it must not be empty.")
    if len(value) > max_chars:
        raise BadInput(field, value, f"it may have {max_chars} characters, and has {len(value)}.")
    return value


def email(value: str, field: str = "e-mail") -> str:
    """The address in lower case. Raises BadInput where it has not the shape of one."""
    address = line(field, value, EMAIL_CHARS).lower()
    if not _EMAIL.fullmatch(address):
        raise BadInput(field, value, "write it like name@example.com.")
    return address


def postcode(value: str) -> str:
    """A postcode in the form that is compared: upper case, no spaces or hyphens."""
    return re.sub(r"[\s-]", "", value).upper()


def request_id(value: str, field: str = "request_id") -> str:
    """An idempotency key, as it is. Raises BadInput where it is not 1 to 64 of [A-Za-z0-9_:-]."""
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise BadInput(field, value, "it must be 1 to 64 characters of A-Z, a-z, 0-9, _, : and -.")
    return value


def integer(field: str, value: int, low: int, high: int) -> int:
    """``value`` where it is an integer from ``low`` to ``high``. Raises BadInput otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadInput(field, value, f"it must be a whole number from {low} to {high}.")
    return value
