"""Shopify's product CSV, with the headers it has now and those it had before.

A product's first row has everything; further rows with the same handle add a variant, a picture, or both.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.imports.money import plain_number
from commands.imports.options import option_of, variant_fields
from commands.imports.plain_text import plain_line, plain_text
from commands.imports.source import Rows, Source, first, table_rows, unmarked
from commands.imports.tables import Columns
from commands.imports.values import attribute_name, handle_of, tidy, yes_or_no
from shop.errors import BadInput

COLUMNS = Columns(
    "Shopify product CSV",
    {
        "handle": ("URL handle", "Handle"),
        "title": ("Title",),
        "description": ("Description", "Body (HTML)", "Body HTML", "Body"),
        "vendor": ("Vendor",),
        "category": ("Product category", "Standardized Product Type"),
        "type": ("Type", "Custom Product Type"),
        "tags": ("Tags",),
        "published": ("Published on online store", "Published"),
        "status": ("Status",),
        "sku": ("SKU", "Variant SKU"),
        "barcode": ("Barcode", "Variant Barcode"),
        **{f"option{n}_{part}": (f"Option{n} {part}",) for n in (1, 2, 3) for part in ("name", "value")},
        "price": ("Price", "Variant Price"),
        "was": ("Compare-at price", "Compare at price", "Variant Compare At Price"),
        "tracker": ("Inventory tracker", "Variant Inventory Tracker"),
        "quantity": ("Inventory quantity", "Variant Inventory Qty", "Variant Inventory Quantity"),
        "policy": ("Continue selling when out of stock", "Variant Inventory Policy"),
        "grams": ("Weight value (grams)", "Variant Grams"),
        "picture": ("Product image URL", "Image Src"),
        "variant_picture": ("Variant image URL", "Variant Image"),
        "gift_card": ("Gift card",),
        "google_category": ("Google Shopping / Google product category",),
        "gender": ("Google Shopping / Gender",),
        "age_group": ("Google Shopping / Age group",),
        "mpn": ("Google Shopping / Manufacturer part number (MPN)", "Google Shopping / MPN"),
        "condition": ("Google Shopping / Condition",),
    },
    required=(("handle", "title"), ("price",)),
)
_VARIANT_CELLS = ("price", "sku", "option1_value", "quantity")
_METAFIELD = re.compile(r"(?:(.+?) \()?product\.metafields\.([\w-]+)\.([\w-]+)\)?")
# Shopify's own name for "this product has no options".
_NO_OPTION = ("title", "default title")
_RATING = re.compile(r'"value"\s*:\s*"?([\d.]+)')
_UNPUBLISHED = ("draft", "archived", "unlisted")


def read(path: Path, progress: Callable[[int], None] = lambda _: None) -> Source:
    """The products of the file, read whole. Raises BrokenFile where it is no Shopify product CSV."""
    source = Source(_product)
    for line, cells in table_rows(path, COLUMNS, source.report, progress):
        handle = unmarked(cells.get("handle", ""))
        if not handle:
            # Shopify makes the handle of the title, and says of rows without both that it cannot tell whose they are.
            handle = handle_of(plain_line(cells.get("title", "")))
            if not handle:
                source.skip(line, "neither a handle nor a title: whose row it is cannot be told")
                continue
            source.report.notes["without a handle, named by their title"] += 1
        source.add(handle, line, cells, ("price", "was"))
    return source


def _product(rows: Rows) -> dict[str, Any]:
    title = plain_line(unmarked(first(rows, "title")))
    if not title:
        raise BadInput("title", None, "no row of this handle has one.")
    handle = unmarked(first(rows, "handle")) or handle_of(title)
    names = [first(rows, f"option{number}_name") for number in (1, 2, 3)]
    metafields = _metafields(rows)
    attributes = _attributes(rows, metafields)
    variants = [
        _variant(line, cells, names, attributes) for line, cells in rows
        if any(name in cells for name in _VARIANT_CELLS)
    ]  # fmt: skip
    if not variants:
        raise BadInput("price", None, "no row of this handle has one.")
    kind = plain_line(first(rows, "type"))
    path = first(rows, "category") or first(rows, "google_category")
    category = "" if path.isdigit() else plain_line(path)
    return {
        "product_id": handle,
        "title": title,
        "brand": plain_line(unmarked(first(rows, "vendor"))),
        "category": category or kind,
        "kind": kind or category.split(">")[-1].strip(),
        "description": plain_text(unmarked(first(rows, "description"))),
        "attributes": attributes,
        "active": first(rows, "status").casefold() not in _UNPUBLISHED
        and yes_or_no(first(rows, "published")) is not False,
        "image": first(rows, "picture") or first(rows, "variant_picture"),
        **_rating(metafields),
        "variants": variants,
    }


def _variant(line: int, cells: dict[str, str], names: list[str], attributes: dict[str, Any]) -> dict[str, Any]:
    options = [
        (name or f"option {number}", plain_line(unmarked(cells[f"option{number}_value"])))
        for number, name in enumerate(names, 1)
        if f"option{number}_value" in cells
    ]
    options = [each for each in options if (each[0].casefold(), each[1].casefold()) != _NO_OPTION]
    fields: dict[str, Any] = variant_fields(options)
    for name, value in fields.pop("others", {}).items():
        said = str(attributes.get(name, ""))
        if value not in said.split(", "):
            attributes[name] = f"{said}, {value}" if said else value
    for name in ("colour", "material"):
        # What one column says of the whole product holds for variants that do not say it themselves.
        if name not in fields and attributes.get(name):
            fields[name] = str(attributes[name])
    return {
        "line": line,
        "sku": unmarked(cells.get("sku", "")),
        "told_by": [value for _, value in options],
        "price": cells.get("price"),
        "was": cells.get("was"),
        "stock": _stock(cells),
        **fields,
    }


def _stock(cells: dict[str, str]) -> str | bool:
    """The number in stock; True (there, but not counted) where it is not tracked, or sold beyond what there is.

    Shops with several locations export no quantity at all: that too is not counted.
    """
    quantity = cells.get("quantity")
    if quantity is None:
        return True
    used_up = quantity.startswith("-") or not quantity.strip("0.,")
    not_tracked = "tracker" not in cells
    sold_beyond = cells.get("policy", "").casefold() in ("continue", "true", "yes")
    return True if used_up and (not_tracked or sold_beyond) else quantity


def _metafields(rows: Rows) -> dict[str, str]:
    """The first value of each column that is one, by its heading."""
    found: dict[str, str] = {}
    for _, cells in rows:
        for heading, value in cells.items():
            if "product.metafields." in heading:
                found.setdefault(heading, value)
    return found


def _attributes(rows: Rows, metafields: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    grams = next((number for _, cells in rows if (number := plain_number(cells.get("grams", "")))), None)
    if grams and grams > 0:
        found["weight_g"] = tidy(grams)
    for name in ("gender", "age_group", "condition"):
        if value := first(rows, name):
            found[name] = value
    for heading, value in metafields.items():
        metafield = _METAFIELD.fullmatch(heading)
        if metafield is None or metafield[2] == "reviews" or value.startswith(("gid://", "{", "[")):
            continue
        label = metafield[1] or metafield[3].replace("-", "_")
        name = option_of(label) or attribute_name(label)
        parts = (part.strip() for part in re.split(r"[;\n]", value))
        found.setdefault(name, plain_text(", ".join(part for part in parts if part)))
    for name, column in (("mpn", "mpn"), ("gtin", "barcode"), ("tags", "tags")):
        if value := unmarked(first(rows, column)):
            found[name] = value
    return found


def _rating(metafields: dict[str, str]) -> dict[str, Any]:
    found = {}
    for heading, value in metafields.items():
        metafield = _METAFIELD.fullmatch(heading)
        if metafield is None or metafield[2] != "reviews":
            continue
        if metafield[3] == "rating":
            inside = _RATING.search(value)
            found["rating"] = inside[1] if inside else value
        elif metafield[3] == "rating_count":
            found["rating_count"] = value
    return found
