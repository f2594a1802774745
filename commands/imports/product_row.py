"""One object of a foreign catalogue as a row of ``shop.catalogue.upsert_products``.

Read generously: what a catalogue leaves out is filled in, what is too long is cut, and each such liberty is noted
for the report. Only what makes a product worthless (no id, no title, no price) is refused.
"""
from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from commands.imports.money import plain_number, price_cents
from commands.imports.values import digest, handle_of, product_identifier, stock_keeping_unit, yes_or_no
from shop import limits
from shop.catalogue_import import DESCRIPTION_CHARS, PICTURE_URL_CHARS, STOCK
from shop.errors import BadInput

ASSUMED_STOCK = 100  # enough that nothing is called "the last one", where the catalogue does not count
MAX_VARIANTS = 2048
MAX_ATTRIBUTES = 200
ATTRIBUTE_CHARS = 500
NO_CATEGORY = "General range"
NO_BRAND = "Unbranded"

ID_KEYS = ("product_id", "id", "sku")
TITLE_KEYS = ("title", "name")
CATEGORY_KEYS = ("category", "type")
KIND_KEYS = ("kind", "product_type", "type")
DESCRIPTION_KEYS = ("description", "short_description")
COLOUR_KEYS = ("colour", "color", "product_colour", "product_color")
STOCK_KEYS = ("stock", "quantity", "in_stock", "availability")
PICTURE_KEYS = ("image", "picture", "image_url")
# What can only be ordered ahead is not promised as being there.
OUT_OF_STOCK = (
    "out of stock", "out_of_stock", "outofstock", "sold out", "soldout", "no", "false", "discontinued", "preorder",
    "pre-order", "backorder",
)
IN_STOCK = (
    "in stock", "in_stock", "instock", "yes", "true", "available", "limitedavailability", "onlineonly", "instoreonly",
)


@dataclass
class CatalogueRow:
    """``values``: the row, its category still to be filled in from ``category_name``. ``notes``: liberties taken.

    ``skipped``: (line, reason) of variants that were left out, where each has a line of its own.
    """

    line: int
    values: dict[str, Any]
    category_name: str
    notes: list[str] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)


def read_row(line: int, content: dict[str, Any], currency: str, decimal: str | None = None) -> CatalogueRow:
    """The row in ``content``. ``decimal``: the sign that parts decimals there, where it is known.

    A variant with a "line" of its own that cannot be used is left out; any other costs the product. Raises BadInput
    naming the field that makes it worthless.
    """
    notes: list[str] = []
    content = {str(key).strip().lower(): value for key, value in content.items()}
    attributes = _attributes(content.get("attributes"), notes)
    title = _cut("a title", _first(content, TITLE_KEYS), 200, notes)
    if not title:
        raise BadInput("title", title, "every product needs one.")
    named_id = _text(_first(content, ID_KEYS))
    if not named_id:
        raise BadInput("product_id", named_id, f"name the product by one of {', '.join(ID_KEYS)}.")
    product_id = _identifier(named_id, notes)
    category_name = _category(_first(content, CATEGORY_KEYS)) or NO_CATEGORY
    if category_name == NO_CATEGORY:
        notes.append(f"without a category, put into “{NO_CATEGORY}”")
    brand = _cut("a brand", content.get("brand"), 80, notes)
    if not brand:
        notes.append(f"without a brand, called “{NO_BRAND}”")
    skipped: list[tuple[int, str]] = []
    kind_keys = KIND_KEYS if content.get("category") else KIND_KEYS[:-1]  # else "type" was the category
    rating, rating_count = _rating(content, notes)
    values = {
        "product_id": product_id,
        "title": title,
        "brand": brand or NO_BRAND,
        "kind": _cut("a kind", _first(content, kind_keys), 80, notes) or category_name,
        "description": _description(_first(content, DESCRIPTION_KEYS), notes),
        "attributes": attributes,
        "rating": rating,
        "rating_count": rating_count,
        "active": yes_or_no(content.get("active")) is not False,
        "picture_url": _picture_url(_first(content, PICTURE_KEYS), notes),
        "variants": _variants(product_id, content, attributes, _Reading(currency, decimal, notes, skipped)),
    }
    if not values["active"]:
        notes.append("that are not published: kept, and not shown")
    return CatalogueRow(line, values, category_name, list(dict.fromkeys(notes)), skipped)


def slug_of(name: str) -> str:
    """A category's slug for its name: at most 32 of a-z, 0-9 and hyphens; the same name always gives the same."""
    slug = handle_of(name)
    # A name of other scripts alone leaves nothing: its hash stands for it.
    return slug if slug and len(slug) <= 32 else f"{slug[:23]}-{digest(name.casefold())}".strip("-")


@dataclass
class _Reading:
    """What reading variants needs all the way down."""

    currency: str
    decimal: str | None
    notes: list[str]
    skipped: list[tuple[int, str]]


def _variants(
    product_id: str, content: dict[str, Any], attributes: dict[str, Any], reading: _Reading
) -> list[dict[str, Any]]:
    listed = content.get("variants")
    if not isinstance(listed, list) or not listed:
        sku = _text(content.get("sku")) or product_id
        return [_variant(sku, content, attributes, None, reading)]
    if len(listed) > MAX_VARIANTS:
        raise BadInput("variants", len(listed), f"at most {MAX_VARIANTS} a product.")
    found: dict[str, dict[str, Any]] = {}
    shared = price_cents(content, reading.currency, reading.decimal)
    refused = None
    for number, item in enumerate(listed, 1):
        if not isinstance(item, dict):
            raise BadInput("variants", item, "each must be an object.")
        own = {str(key).strip().lower(): value for key, value in item.items()}
        has_line = isinstance(own.get("line"), int)
        try:
            variant = _variant(_sku(product_id, number, own), own, {}, shared, reading)
        except BadInput as error:
            if not has_line:
                raise
            refused = refused or error
            reading.skipped.append((own["line"], str(error)))
            continue
        if variant["sku"] in found and has_line:
            variant["sku"] = stock_keeping_unit(f"{product_id}-{number}-{variant['sku']}")
            reading.notes.append("with one sku for two variants, renamed")
        if variant["sku"] in found:
            raise BadInput("sku", variant["sku"], "the product has it twice.")
        found[variant["sku"]] = variant
    if not found:
        raise refused
    return list(found.values())


def _sku(product_id: str, number: int, own: dict[str, Any]) -> str:
    """The variant's own, or one made of what tells it from the others, so that their order may change."""
    if named := _text(_first(own, ("sku", "id"))):
        return named
    options = own.get("told_by")
    words = [_text(each) for each in options] if isinstance(options, list) else []
    told_by = "-".join(handle_of(word) or digest(word) for word in words)
    return f"{product_id}-{told_by or number}"


def _variant(
    sku: str, item: dict[str, Any], attributes: dict[str, Any], shared_cents: int | None, reading: _Reading
) -> dict[str, Any]:
    notes = reading.notes
    cents = price_cents(item, reading.currency, reading.decimal)
    cents = shared_cents if cents is None else cents
    if cents is None:
        raise BadInput("price", None, "every product needs one.")
    was_cents = price_cents(item, reading.currency, reading.decimal, "was")

    def word(name: str, keys: Iterable[str]) -> str:
        # "Black/Grey" is black to somebody who filters by colour.
        value = _text(_first(item, keys)) or _text(_first(attributes, keys))
        return _cut(f"a {name}", re.split(r"[,;/&|]", value)[0].lower(), 40, notes)

    size = _cut("a size", item.get("size"), 40, notes)
    return {
        "sku": stock_keeping_unit(limits.line("sku", sku, 1000)),
        "colour": word("colour", COLOUR_KEYS), "size": size, "material": word("material", ("material",)),
        "price_cents": cents, "was_cents": was_cents if was_cents and was_cents > cents else None,
        "stock": _stock(_first(item, STOCK_KEYS), reading),
    }  # fmt: skip


def _picture_url(value: Any, notes: list[str]) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    address = _text(value)
    if not address:
        return None
    if re.fullmatch(rf"https?://[^\s<>\"'\\]{{1,{PICTURE_URL_CHARS - 8}}}", address, re.IGNORECASE):
        notes.append("with a picture of its own: its address is kept, and not yet shown")
        return address
    notes.append("with a picture that has no web address, left out")
    return None


def _stock(value: Any, reading: _Reading) -> int:
    if isinstance(value, str):
        word = value.strip().casefold().removeprefix("http://schema.org/").removeprefix("https://schema.org/")
        if word in OUT_OF_STOCK:
            return 0
        number = plain_number(word, reading.decimal)
        value = True if word in IN_STOCK else value if number is None else float(number)
    if value is False:
        return 0
    if value is None or value is True:
        reading.notes.append(f"without a number in stock, taken as {ASSUMED_STOCK}")
        return ASSUMED_STOCK
    if not isinstance(value, int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise BadInput("stock", value, 'write a number, or "in stock" or "out of stock".')
    return min(max(0, int(value)), STOCK)  # some write 999999999 for "as many as you like"


def _rating(content: dict[str, Any], notes: list[str]) -> tuple[float, int]:
    value, count = content.get("rating"), content.get("rating_count", content.get("reviews"))
    if isinstance(value, dict):
        count = value.get("count", count)
        value = value.get("average", value.get("rate", value.get("value")))
    if value in (None, ""):
        return 0.0, 0
    try:
        rating = float(value)
        number = int(count or 0)
    except (TypeError, ValueError, OverflowError):
        rating, number = math.nan, 0
    if not 0 <= rating <= 5 or not 0 <= number <= 10**9:
        notes.append("with a rating that is not from 0 to 5, left out")
        return 0.0, 0
    return rating, number


def _attributes(value: Any, notes: list[str]) -> dict[str, Any]:
    """An object, or a list of name and value, as one flat object of short values."""
    if isinstance(value, list):
        value = {
            name: item.get("value") for item in value if isinstance(item, dict) and (name := _text(item.get("name")))
        }
    if not isinstance(value, dict):
        return {}
    if len(value) > MAX_ATTRIBUTES:
        notes.append(f"with more than {MAX_ATTRIBUTES} attributes, the rest left out")
    found = {}
    for key, item in list(value.items())[:MAX_ATTRIBUTES]:
        name = _cut("an attribute name", key, 80, notes)
        if not name:
            continue
        if isinstance(item, bool | int) or (isinstance(item, float) and math.isfinite(item)):
            found[name] = item
        elif text := _cut("an attribute", _joined(item), ATTRIBUTE_CHARS, notes):
            found[name] = text
    return found


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    return _text(value)


def _category(value: Any) -> str:
    """The last step of a path ("Home > Kitchen > Pans"), as one short line; "" where there is none."""
    if isinstance(value, list):
        value = value[-1] if value else None
    if isinstance(value, dict):
        value = value.get("name")
    return _cut("a category", _text(value).split(">")[-1], 80, [])


def _description(value: Any, notes: list[str]) -> str:
    text = _text(value)
    if len(text) > DESCRIPTION_CHARS:
        notes.append(f"with a description of more than {DESCRIPTION_CHARS} characters, cut")
    return text[:DESCRIPTION_CHARS]


def _identifier(value: str, notes: list[str]) -> str:
    identifier = product_identifier(value)
    if identifier != value:
        notes.append("with an id that no address can carry, renamed")
    return identifier


def _first(content: dict[str, Any], keys: Iterable[str]) -> Any:
    return next((content[key] for key in keys if content.get(key) not in (None, "")), None)


def _text(value: Any) -> str:
    """Text and numbers as text; "" for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _cut(name: str, value: Any, chars: int, notes: list[str]) -> str:
    text = _text(value)[: 10 * chars]
    # Most texts have nothing to be cleaned of, and most of the time would go into looking at each letter.
    text = " ".join(text.split()) if text.isprintable() else limits.line(name, text, 10 * chars, required=False)
    if len(text) <= chars:
        return text
    notes.append(f"with {name} of more than {chars} characters, cut")
    return f"{text[: chars - 1].rstrip()}…"

