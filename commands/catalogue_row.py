"""One object of a foreign catalogue as a row of ``shop.catalogue.upsert_products``.

Read generously: what a catalogue leaves out is filled in, what is too long is cut, and each such liberty is noted
for the report. Only what makes a product worthless (no id, no title, no price) is refused.
"""
from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from commands.catalogue_money import price_cents
from shop import limits
from shop.catalogue_import import DESCRIPTION_CHARS
from shop.errors import BadInput

ASSUMED_STOCK = 100  # enough that nothing is called "the last one", where the catalogue does not count
MAX_VARIANTS = 500
MAX_ATTRIBUTES = 200
ATTRIBUTE_CHARS = 500
NO_CATEGORY = "General range"
NO_BRAND = "Unbranded"
PRODUCT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")  # what a product's address and the gateway's frames carry

ID_KEYS = ("product_id", "id", "sku")
TITLE_KEYS = ("title", "name")
CATEGORY_KEYS = ("category", "type")
KIND_KEYS = ("kind", "product_type", "type")
DESCRIPTION_KEYS = ("description", "short_description")
COLOUR_KEYS = ("colour", "color", "product_colour", "product_color")
STOCK_KEYS = ("stock", "quantity", "in_stock", "availability")
PICTURE_KEYS = ("image", "picture", "image_url")
OUT_OF_STOCK = ("out of stock", "out_of_stock", "sold out", "no", "false", "discontinued")
IN_STOCK = ("in stock", "in_stock", "yes", "true", "available")


@dataclass
class CatalogueRow:
    """``values``: the row, its category still to be filled in from ``category_name``. ``notes``: liberties taken."""

    line: int
    values: dict[str, Any]
    category_name: str
    notes: list[str] = field(default_factory=list)


def read_row(line: int, content: dict[str, Any], currency: str) -> CatalogueRow:
    """The row in ``content``. Raises BadInput naming the field that makes it worthless."""
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
    if any(content.get(key) for key in PICTURE_KEYS):
        notes.append("with a picture of its own, which the demo shop's pages do not show")
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
        "variants": _variants(product_id, content, attributes, currency, notes),
    }
    return CatalogueRow(line, values, category_name, list(dict.fromkeys(notes)))


def slug_of(name: str) -> str:
    """A category's slug for its name: at most 32 of a-z, 0-9 and hyphens; the same name always gives the same."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    # A name of other scripts alone leaves nothing: its hash stands for it.
    return slug if slug and len(slug) <= 32 else f"{slug[:23]}-{_digest(name.casefold())}".strip("-")


def _variants(
    product_id: str, content: dict[str, Any], attributes: dict[str, Any], currency: str, notes: list[str]
) -> list[dict[str, Any]]:
    listed = content.get("variants")
    if not isinstance(listed, list) or not listed:
        sku = _text(content.get("sku")) or product_id
        return [_variant(sku, content, attributes, price_cents(content, currency), currency, notes)]
    if len(listed) > MAX_VARIANTS:
        raise BadInput("variants", len(listed), f"at most {MAX_VARIANTS} a product.")
    found = []
    shared = price_cents(content, currency)
    for number, item in enumerate(listed, 1):
        if not isinstance(item, dict):
            raise BadInput("variants", item, "each must be an object.")
        own = {str(key).strip().lower(): value for key, value in item.items()}
        sku = _text(_first(own, ("sku", "id"))) or f"{product_id}-{number}"
        found.append(_variant(sku, own, {}, shared, currency, notes))
    skus = [variant["sku"] for variant in found]
    if doubled := next((sku for sku in skus if skus.count(sku) > 1), None):
        raise BadInput("sku", doubled, "the product has it twice.")
    return found


def _variant(
    sku: str, item: dict[str, Any], attributes: dict[str, Any], shared_cents: int | None, currency: str,
    notes: list[str],
) -> dict[str, Any]:  # fmt: skip
    cents = price_cents(item, currency)
    cents = shared_cents if cents is None else cents
    if cents is None:
        raise BadInput("price", None, "every product needs one.")

    def word(name: str, keys: Iterable[str]) -> str:
        # "Black/Grey" is black to somebody who filters by colour.
        value = _text(_first(item, keys)) or _text(_first(attributes, keys))
        return _cut(f"a {name}", re.split(r"[,;/&|]", value)[0].lower(), 40, notes)

    size = _cut("a size", item.get("size"), 40, notes)
    return {
        "sku": sku if len(sku) <= 48 else f"{sku[:39]}-{_digest(sku)}",
        "colour": word("colour", COLOUR_KEYS), "size": size, "material": word("material", ("material",)),
        "price_cents": cents, "stock": _stock(_first(item, STOCK_KEYS), notes),
    }  # fmt: skip


def _stock(value: Any, notes: list[str]) -> int:
    if isinstance(value, str):
        word = value.strip().casefold().removeprefix("http://schema.org/").removeprefix("https://schema.org/")
        if word in OUT_OF_STOCK or word == "outofstock":
            return 0
        value = True if word in IN_STOCK or word == "instock" else value
        try:
            value = float(value)
        except ValueError as error:
            raise BadInput("stock", value, 'write a number, or "in stock" or "out of stock".') from error
    if value is False:
        return 0
    if value is None or value is True:
        notes.append(f"without a number in stock, taken as {ASSUMED_STOCK}")
        return ASSUMED_STOCK
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInput("stock", value, 'write a number, or "in stock" or "out of stock".')
    return max(0, int(value))


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
            item.get("name"): item.get("value") for item in value if isinstance(item, dict) and item.get("name")
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
    if PRODUCT_ID.fullmatch(value):
        return value
    notes.append("with an id that no address can carry, renamed")
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', value).strip('-')[:23]}-{_digest(value)}".strip("-")


def _first(content: dict[str, Any], keys: Iterable[str]) -> Any:
    return next((content[key] for key in keys if content.get(key) not in (None, "")), None)


def _text(value: Any) -> str:
    """Text and numbers as text; "" for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _cut(name: str, value: Any, chars: int, notes: list[str]) -> str:
    text = limits.line(name, _text(value)[: 10 * chars], 10 * chars, required=False)
    if len(text) <= chars:
        return text
    notes.append(f"with {name} of more than {chars} characters, cut")
    return f"{text[: chars - 1].rstrip()}…"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
