"""Reads a delivery address out of a typed sentence."""
from __future__ import annotations

import re

LEAD_IN = re.compile(
    r"^\W*(?:(?:no|nope|sorry|actually|wait|well|ok|okay|yes|please|oh)\b[\s,.:;!-]*)*"
    r"(?:(?:can|could|would) you\s+)?(?:please\s+)?"
    r"(?:(?:i(?:'d| would) like (?:it )?|i want (?:it )?)(?:to be )?)?"
    r"(?:(?:send|sent|ship|shipped|deliver|delivered|bring|change|move|put)\s+(?:it|this|that|them|the parcel|"
    r"the order|my order|the address)?\s*)?"
    r"(?:(?:my|the|our)\s+)?(?:new\s+|correct\s+|right\s+)?(?:delivery\s+|shipping\s+)?"
    r"(?:address\s*(?:is|should be|to|:)?\s*)?(?:it'?s\s+|it should be\s+|make (?:it|that)\s+|to\s+|at\s+)*",
    re.IGNORECASE,
)

LEAD_OUT = re.compile(r"[\s,.]*\b(?:please|thanks|thank you|instead|if possible)\W*$", re.IGNORECASE)

# Most exact first: a British or Dutch code also holds four digits that the loose last one would take.
POSTCODES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b",  # GB
        r"\b\d{4} ?[A-Z]{2}\b",  # NL
        r"\b[ACDEFHKNPRTVWXY]\d[\dW] ?[\dACDEFHKNPRTVWXY]{4}\b",  # IE
        r"\b(?:[A-Z]{1,2}-)?\d{5}\b",  # DE, FR, ES, IT, FI
        r"\b\d{4}-\d{3}\b",  # PT
        r"\b\d{3} \d{2}\b",  # SE, CZ
        r"\b(?:[A-Z]-)?\d{4}\b",  # AT, BE, CH, DK, NO
    )
)

STREET = re.compile(r"^(?=.*\d)(?=.*[^\W\d_]{3}).{5,120}$")

PARTS = ("street", "postcode", "city")


def read_address(text: str, before: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """``(address, missing)``: name, street, postcode, city and country as typed, and what of ``PARTS`` is missing.

    Name and country are taken from ``before``, the address it replaces, where the sentence has none.
    """
    typed = LEAD_OUT.sub("", LEAD_IN.sub("", text.strip(), count=1)).strip(" .,;\n")
    address = {"name": before.get("name", ""), "country": before.get("country", "")}
    found = _postcode(typed)
    if found is None:
        parts = _parts(typed)
        head, tail = parts[:1], parts[1:]
        if len(parts) > 2 and not re.search(r"\d", parts[0]):
            address["name"], head, tail = parts[0], parts[1:2], parts[2:]
    else:
        address["postcode"] = found.group().upper()
        head, tail = _parts(typed[: found.start()]), _parts(typed[found.end() :])
        if head and not re.search(r"\d", head[0]) and any(re.search(r"\d", part) for part in head[1:]):
            address["name"] = head.pop(0)
        if len(head) > 1 and len(tail) < 2 and not re.search(r"\d", head[-1]):
            # British order: street, city, postcode (, country). "Flat 3, 12 Mill Lane" has no city.
            if tail:
                address["country"] = tail[0]
            tail = [head.pop()]
    street = ", ".join(head)
    if STREET.match(street):
        address["street"] = street
    if tail:
        address["city"] = tail[0]
        if len(tail) > 1:
            address["country"] = tail[-1]
    return address, [part for part in PARTS if not address.get(part)]


def looks_like_address(text: str) -> bool:
    """Whether a sentence holds a street with a number, the least that an address needs."""
    typed = LEAD_IN.sub("", text.strip(), count=1)
    return len(typed) <= 300 and bool(
        re.search(r"[^\W\d_]{3,}[\w' .-]*\s\d{1,4}[a-z]?\b|\b\d{1,4}[a-z]?\s+[^\W\d_]{3,}", typed, re.IGNORECASE)
    ) and (bool(_postcode(typed)) or "," in typed or len(typed.split()) <= 6)


def has_postcode(text: str) -> bool:
    """Whether a postcode stands behind a street."""
    return _postcode(text) is not None


def one_line(address: dict[str, str]) -> str:
    """``12 Mill Lane, 2011 AB Haarlem, Netherlands``."""
    town = " ".join(filter(None, (address.get("postcode"), address.get("city"))))
    return ", ".join(filter(None, (address.get("street"), town, address.get("country"))))


def _parts(text: str) -> list[str]:
    return [part for part in (piece.strip(" .\t") for piece in re.split(r"[,;\n]", text)) if part]


def _postcode(text: str) -> re.Match[str] | None:
    """The last postcode that stands after a street, as a house number may look like one."""
    for pattern in POSTCODES:
        behind = [found for found in pattern.finditer(text) if re.search(r"[^\W\d_]{3}", text[: found.start()])]
        if behind:
            return behind[-1]
    return None
