"""Personal data in texts: where it stands, and the texts without it, for those who may not see customers' data.

Three things tell where: what is known of the customer, what the bot marked as an entity, and the shape of the words.
Shapes err on the side of masking: a number that might be an order's is masked.
"""
from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.schema import customers, orders

EMAIL, PHONE, ORDER_NUMBER, POSTCODE, NAME, ADDRESS = (
    "e-mail", "phone", "order number", "postcode", "name", "address",
)  # fmt: skip
ENTITIES = {
    "email": EMAIL, "phone": PHONE, "order_number": ORDER_NUMBER, "postcode": POSTCODE, "name": NAME,
    "address": ADDRESS,
}  # fmt: skip
# What a message's payload calls them (see docs/protocol.md), and the audit log.
KEYS = {
    "number": ORDER_NUMBER, "order_number": ORDER_NUMBER, "tracking_code": ORDER_NUMBER, "tracking_url": ORDER_NUMBER,
    "invoice_number": ORDER_NUMBER, "email": EMAIL, "contact_email": EMAIL, "phone": PHONE, "postcode": POSTCODE,
    "name": NAME, "first_name": NAME, "last_name": NAME, "street": ADDRESS, "city": ADDRESS, "address": ADDRESS,
}  # fmt: skip
LEAST_KNOWN_CHARS = 2
KNOWN_ORDERS = 20  # how many of a customer's orders are looked at for other addresses

_W = r"[^\W\d_]"  # a letter of any script
_NAME = rf"{_W}[\w'’-]{{0,30}}"
_STREET = (
    r"street|st\.?|road|rd\.?|lane|ln\.?|avenue|ave\.?|row|way|drive|close|court|crescent|square|terrace|place|hill|"
    r"gardens?|park|grove|mews|quay|boulevard|blvd\.?|rue|via|calle|straat|laan|weg|plein|gracht|kade|singel|"
    r"straße|strasse|str\.|platz|allee|gasse|ring|ufer"
)
_SHAPES = (
    (EMAIL, re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,190}\.[^\W\d_]{2,24}")),
    (ORDER_NUMBER, re.compile(
        r"(?:\b(?:INV-|order\s{1,3}(?:number\s{1,3}|no\.?\s{0,3})?)|#\s?)\d[\d ]{2,9}\d\b", re.I
    )),
    (PHONE, re.compile(
        r"(?<![\w.,])(?:\+|00)\d(?:[ ./()-]{0,2}\d){6,14}\b|(?<![\w.,-])\(?0\d(?:[ ./()-]{0,2}\d){6,12}\b"
    )),
    (ADDRESS, re.compile(
        rf"\b\d{{1,5}}[a-z]?,?\s(?:{_NAME}\s){{1,3}}(?:{_STREET})(?!\w)"
        rf"|\b{_NAME}(?:\s{_NAME}){{0,2}}?\s?(?:{_STREET})\s\d{{1,5}}\s?[a-z]?\b", re.I,
    )),
    (ADDRESS, re.compile(r"(?i:\b(?:deliver(?: it| them)?|send(?: it| them)?|ship(?: it| them)?|address is|address:)\s"
                         r"(?:to\s)?)(?=[^.!?\n]{0,80}\d)([^.!?\n]{3,120})")),
    (POSTCODE, re.compile(
        r"\b(?:\d{4}\s?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b"  # NL, UK, CA
    )),
    # Six digits are an order's number here, five a postcode in many countries, seven and eight other shops' numbers.
    (ORDER_NUMBER, re.compile(r"(?<![\w.,€$£-])\d(?:\d{4,8}|\d{2}\s\d{3})(?![\w€$£%-]|[.,]\d)")),
    (NAME, re.compile(
        rf"(?i:\b(?:my name is|my name's|name:|this is|i am|i'm|i’m|dear|(?:kind |best |warm )?regards,?|yours,?|mr\.?|"
        rf"mrs\.?|ms\.?)\s{{1,3}})((?-i:[A-Z]){_NAME}(?:\s(?-i:[A-Z]){_NAME}){{0,2}})"
    )),
)


@dataclass(frozen=True)
class Personal:
    """A piece of personal data: characters ``start`` to ``end`` of a text, of one of the kinds above."""

    start: int
    end: int
    kind: str


Known = tuple[tuple[str, str], ...]  # (kind, value) pairs of one customer


def known_of(db: Session, customer_id: str | None) -> Known:
    """What is stored of the customer that could stand in a text; empty for nobody and for an unknown one."""
    return known_of_all(db, [customer_id])[customer_id]


def known_of_all(db: Session, customer_ids: Iterable[str | None]) -> dict[str | None, Known]:
    """``known_of`` each of them, by id."""
    found: dict[str | None, dict[tuple[str, str], None]] = {each: {} for each in customer_ids}
    ids = [each for each in found if each is not None]
    if not ids:
        return dict.fromkeys(found, ())
    person, placed = customers.c, orders.c
    rows = db.execute(
        select(person.id, person.first_name, person.last_name, person.email, person.phone, person.street,
               person.postcode, person.city).where(person.id.in_(ids))
    ).all()  # fmt: skip
    latest = func.row_number().over(partition_by=placed.customer_id, order_by=placed.placed_at.desc()).label("latest")
    ordered = (
        select(placed.customer_id.label("id"), placed.name, placed.email, placed.street, placed.postcode, placed.city,
               latest).where(placed.customer_id.in_(ids)).subquery()
    )  # fmt: skip
    rows += db.execute(select(ordered).where(ordered.c.latest <= KNOWN_ORDERS).order_by(ordered.c.latest)).all()
    for each in rows:
        for key, value in each._mapping.items():
            if key in KEYS and isinstance(value, str) and len(value.strip()) >= LEAST_KNOWN_CHARS:
                found[each.id][KEYS[key], value.strip()] = None
    return {customer_id: tuple(known) for customer_id, known in found.items()}


def personal(text: str, entities: Iterable[Mapping[str, Any]] | None = None, known: Known = ()) -> list[Personal]:
    """Where personal data stands in ``text``, in order and without overlaps; empty where there is none."""
    found = [
        Personal(entity["start"], entity["end"], ENTITIES[entity.get("entity")])
        for entity in entities or () if entity.get("entity") in ENTITIES and _is_place(entity, text)
    ]  # fmt: skip
    for kind, pattern in _known_patterns(known):
        found += [Personal(match.start(), match.end(), kind) for match in pattern.finditer(text)]
    for kind, pattern in _SHAPES:
        group = pattern.groups  # the last group is the value, where what stands before it is none
        found += [Personal(*match.span(group), kind) for match in pattern.finditer(text)]
    merged: list[Personal] = []
    for each in sorted(found, key=lambda piece: (piece.start, -piece.end)):
        if merged and each.start < merged[-1].end:
            before = merged.pop()
            each = Personal(before.start, max(before.end, each.end), before.kind)  # noqa: PLW2901
        merged.append(each)
    return merged


def mask_text(text: str, entities: Iterable[Mapping[str, Any]] | None = None, known: Known = ()) -> str:
    """``text`` with "[e-mail]", "[order number]" and so on in place of personal data."""
    parts, done = [], 0
    for each in personal(text, entities, known):
        parts += [text[done:each.start], f"[{each.kind}]"]
        done = each.end
    return "".join([*parts, text[done:]]) if parts else text


def mask_entities(entities: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Entities for beside a masked text: personal values masked, and no places, which are those of the real text."""
    return [
        {name: value for name, value in entity.items() if name not in ("start", "end")}
        | ({"value": f"[{ENTITIES[entity['entity']]}]"} if entity.get("entity") in ENTITIES else {})
        for entity in entities or ()
    ]


def mask_json(content: Any, known: Known = ()) -> Any:
    """The same content with every text in it masked, and what stands under a personal key (see KEYS)."""
    if isinstance(content, str):
        return mask_text(content, None, known)
    if isinstance(content, list | tuple):
        return [mask_json(each, known) for each in content]
    if isinstance(content, Mapping):
        return {
            key: f"[{KEYS[key]}]" if key in KEYS and value not in (None, "") else mask_json(value, known)
            for key, value in content.items()
        }
    return content


def _is_place(entity: Mapping[str, Any], text: str) -> bool:
    start, end = entity.get("start"), entity.get("end")
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)


@functools.lru_cache(maxsize=256)
def _known_patterns(known: Known) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """One pattern a kind: whole words, in any case, any space between them."""
    values: dict[str, list[str]] = {}
    for kind, value in known:
        values.setdefault(kind, []).append(r"\s*".join(re.escape(word) for word in value.split()))
    return tuple(
        (kind, re.compile(rf"(?<!\w)(?:{'|'.join(sorted(each, key=len, reverse=True))})(?!\w)", re.IGNORECASE))
        for kind, each in values.items()
    )
