"""WooCommerce's product CSV. The headers are in the language of the shop: English and German are known.

A ``variable`` product has its texts, its ``variation`` rows have prices and stock, and name it by sku or ``id:123``.
Numbers are written as the shop writes them (1234,5), and a line break inside a text as backslash and n.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.imports.money import plain_number
from commands.imports.options import option_of, variant_fields
from commands.imports.plain_text import plain_line, plain_text
from commands.imports.row_groups import DiskMap, RowGroups
from commands.imports.source import Cells, Rows, Source, table_rows, unmarked
from commands.imports.tables import Columns
from commands.imports.values import attribute_name, moment, tidy
from shop.clock import utc_now
from shop.errors import BadInput

COLUMNS = Columns(
    "WooCommerce product CSV",
    {
        "id": ("ID",),
        "type": ("Type", "Typ"),
        "sku": ("SKU", "Artikelnummer"),
        "gtin": ("GTIN, UPC, EAN, or ISBN", "GTIN, UPC, EAN oder ISBN"),
        "name": ("Name",),
        "published": ("Published", "Veröffentlicht"),
        "visibility": ("Visibility in catalog", "Visibility in catalogue", "Sichtbarkeit im Katalog"),
        "short_description": ("Short description", "Kurzbeschreibung"),
        "description": ("Description", "Beschreibung"),
        "sale_from": ("Date sale price starts", "Datum, an dem Angebotspreis beginnt"),
        "sale_to": ("Date sale price ends", "Datum, an dem Angebotspreis endet"),
        "in_stock": ("In stock?", "Vorrätig?"),
        "stock": ("Stock", "Lager", "Bestand"),
        "backorders": ("Backorders allowed?", "Lieferrückstande erlaubt?", "Rückstände erlaubt?"),
        "sale_price": ("Sale price", "Angebotspreis"),
        "regular_price": ("Regular price", "Regulärer Preis"),
        "categories": ("Categories", "Kategorien"),
        "tags": ("Tags", "Schlagwörter"),
        "images": ("Images", "Bilder"),
        "parent": ("Parent", "Übergeordnetes Produkt", "Übergeordnet"),
        "brands": ("Brands", "Brand", "Marken", "Marke"),
    },
    required=(("type",), ("name",), ("regular_price", "sale_price")),
)
_ATTRIBUTE = re.compile(r"attribut(?:e)? (\d+) (name|value\(s\)|wert\(e\))")
_MEASURE = re.compile(r"(weight|length|width|height|gewicht|länge|breite|höhe) \((\w+)\)")
_ENGLISH = {"gewicht": "weight", "länge": "length", "breite": "width", "höhe": "height"}
_UNITS = {"in": "inches", "lbs": "lb"}
_BRAND_WORDS = ("brand", "marke", "manufacturer", "hersteller")


def read(path: Path, progress: Callable[[int], None] = lambda _: None) -> Source:
    """The products of the file, read whole. Raises BrokenFile where it is no WooCommerce product CSV."""
    source = Source(lambda rows: _product(rows, source.decimal.sign))
    variations = RowGroups()  # until all parents are known, as a file may have them in any order
    keys = DiskMap()
    for line, cells in table_rows(path, COLUMNS, source.report, progress):
        kind = cells.get("type", "simple").split(",")[0].strip().casefold()
        if kind.endswith("variation"):  # "subscription_variation" of the plug-in as well
            variations.add(str(line), line, cells)
            continue
        if kind == "grouped":
            source.skip(line, "a grouped product has no price: its parts are products of their own")
            continue
        key = cells.get("id") or cells.get("sku")
        if not key:
            source.skip(line, "neither an ID nor a SKU: it could not be found again")
            continue
        for name in filter(None, (cells.get("sku"), f"id:{cells['id']}" if "id" in cells else None)):
            if kind.startswith("variable"):
                keys.setdefault(name.casefold(), key)
        source.add(key, line, cells, ("regular_price", "sale_price"))
    for _, [(line, cells)] in variations:
        parent = cells.get("parent", "")
        key = keys.get(parent.casefold()) or keys.get(f"id:{parent}".casefold())
        if key is None:
            source.skip(line, f"a variation of {parent!r}, and the file has no variable product of this name")
            continue
        source.add(key, line, cells, ("regular_price", "sale_price"))
    return source


def _product(rows: Rows, decimal: str | None) -> dict[str, Any]:
    parents = [(line, cells) for line, cells in rows if not _is_variation(cells)]
    if len(parents) > 1:
        raise BadInput("ID", parents[1][1].get("id"), f"line {parents[1][0]} has it as well; export the file again.")
    line, parent = parents[0]
    title = plain_line(unmarked(parent.get("name", "")))
    categories = [_parts(each, ">") for each in _parts(parent.get("categories", ""), ",")]
    deepest = max(categories, key=len, default=[])
    attributes, brand = _attributes(parent, decimal)
    variable = parent.get("type", "").casefold().startswith("variable")
    variations = [_variation(number, cells, parent, decimal) for number, cells in rows if _is_variation(cells)]
    if variable and not variations:
        raise BadInput("Type", "variable", "the file has no variation of it, so it has no price.")
    return {
        "product_id": parent.get("id") or parent.get("sku"),
        "title": title,
        "brand": brand,
        "category": plain_line(deepest[-1]) if deepest else "",
        "description": _text(parent.get("description", "")) or _text(parent.get("short_description", "")),
        "attributes": attributes,
        "active": parent.get("published", "1") == "1" and parent.get("visibility", "").casefold() != "hidden",
        "image": next(iter(_parts(parent.get("images", ""), ",")), ""),
        "variants": variations or [{**_bought(parent, parent, decimal), "line": line, **_simple_fields(attributes)}],
    }


def _is_variation(cells: Cells) -> bool:
    return cells.get("type", "").split(",")[0].strip().casefold().endswith("variation")


def _variation(line: int, cells: Cells, parent: Cells, decimal: str | None) -> dict[str, Any]:
    options = [(name, plain_line(value)) for name, value in _attribute_cells(cells) if value]
    fields = variant_fields(options)
    fields.pop("others", None)
    bought = _bought(cells, parent, decimal)
    if bought["sku"] and bought["sku"] == unmarked(parent.get("sku", "")):
        bought["sku"] = ""  # a variation without a sku of its own is written with its parent's
    if cells.get("published", "1") != "1":
        bought["stock"] = 0  # switched off, while the product itself is shown
    return {**bought, "line": line, "told_by": [value for _, value in options], **fields}


def _bought(cells: Cells, parent: Cells, decimal: str | None) -> dict[str, Any]:
    regular, sale = cells.get("regular_price"), cells.get("sale_price")
    on_sale = bool(sale) and _on_sale_now(cells)
    stock: Any = cells.get("stock", "")
    if stock.casefold() in ("parent", "übergeordnet"):
        stock = parent.get("stock", "")
    there = cells.get("in_stock", "").casefold()
    if there in ("0", "no", "nein", "outofstock"):
        stock = 0
    elif not stock or ((plain_number(stock, decimal) or 0) <= 0 and there in ("1", "yes", "ja", "instock")):
        stock = True if there in ("", "1", "yes", "ja", "instock") else 0
    return {
        "sku": unmarked(cells.get("sku", "")),
        "price": sale if on_sale else regular,
        "was": regular if on_sale else None,
        "stock": stock,
    }


def _on_sale_now(cells: Cells) -> bool:
    def read(name: str) -> Any:
        try:
            return moment(name, cells.get(name))
        except BadInput:
            return None if name == "sale_to" else utc_now().replace(year=9999)  # it begins, or ends, some day

    begins, ends = read("sale_from"), read("sale_to")
    return (begins is None or begins <= utc_now()) and (ends is None or ends >= utc_now())


def _attribute_cells(cells: Cells) -> list[tuple[str, str]]:
    """(name, value) of the numbered attributes, in order."""
    found: dict[int, dict[str, str]] = {}
    for heading, value in cells.items():
        if match := _ATTRIBUTE.fullmatch(heading):
            found.setdefault(int(match[1]), {})["name" if match[2] == "name" else "value"] = value
    return [
        (plain_line(each["name"]).removeprefix("pa_"), each.get("value", ""))
        for _, each in sorted(found.items()) if each.get("name")
    ]  # fmt: skip


def _attributes(cells: Cells, decimal: str | None) -> tuple[dict[str, Any], str]:
    """(the product's attributes, its brand: from its column or from an attribute of that name)."""
    brand = plain_line(next(iter(_parts(cells.get("brands", ""), ",")), ""))
    found: dict[str, Any] = {}
    for heading, value in cells.items():
        number = plain_number(value, decimal) if (match := _MEASURE.fullmatch(heading)) else None
        if number:
            found[f"{_ENGLISH.get(match[1], match[1])}_{_UNITS.get(match[2], match[2])}"] = tidy(number)
    for label, value in _attribute_cells(cells):
        values = plain_line(", ".join(_parts(value, ",")))
        if label.casefold() in _BRAND_WORDS:
            brand = brand or values
        elif values:
            found.setdefault(option_of(label) or attribute_name(label), values)
    for name in ("gtin", "tags"):
        if value := unmarked(cells.get(name, "")):
            found[name] = plain_line(value)
    return found, brand


def _simple_fields(attributes: dict[str, Any]) -> dict[str, str]:
    """Colour, size and material of a product without variations, where it names one of each."""
    return {
        name: str(attributes[name]) for name in ("colour", "size", "material")
        if attributes.get(name) and ", " not in str(attributes[name])
    }  # fmt: skip


def _parts(text: str, sign: str) -> list[str]:
    """A list as WooCommerce writes it: a comma inside a value has a backslash before it."""
    return [part.replace("\\,", ",").strip() for part in re.split(rf"(?<!\\){sign}", text) if part.strip()]


def _text(value: str) -> str:
    """A text, in which WordPress shows line ends as such, between tags as well."""
    return plain_text(unmarked(value).replace("\\r\\n", "\n").replace("\\n", "\n"), line_ends=True)
