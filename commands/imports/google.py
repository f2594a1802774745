"""Google Merchant feeds: RSS or Atom with ``g:``, and tab- or comma-separated text.

An item is one variant; ``item_group_id`` says which product it belongs to.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from commands.imports.feed_items import Fields, items
from commands.imports.plain_text import plain_line, plain_text
from commands.imports.source import Cells, Rows, Source, first, table_rows
from commands.imports.tables import Columns
from commands.imports.text_file import chunks
from commands.imports.values import attribute_name, measure, moment
from shop.clock import utc_now
from shop.errors import BadInput

_NAMES = (
    "id", "item_group_id", "title", "structured_title", "description", "structured_description", "brand",
    "google_product_category", "product_type", "price", "sale_price", "sale_price_effective_date", "availability",
    "quantity", "color", "size", "material", "pattern", "gender", "age_group", "size_type", "size_system", "condition",
    "gtin", "mpn", "image_link", "additional_image_link", "shipping_weight", "shipping_length", "shipping_width",
    "shipping_height", "product_weight", "product_length", "product_width", "product_height", "product_detail",
    "product_highlight", "energy_efficiency_class", "multipack", "unit_pricing_measure",
)  # fmt: skip
COLUMNS = Columns(
    "Google Merchant feed",
    # Names are written with underscores or spaces, in XML-like feeds of text also with g: before them.
    {name: tuple(dict.fromkeys((name, name.replace("_", " "), f"g:{name}"))) for name in _NAMES},
    required=(("id",), ("title", "structured_title"), ("price", "sale_price")),
)
_MANY = ("product_detail", "product_highlight", "product_type", "additional_image_link")
_PLAIN = ("pattern", "gender", "age_group", "size_type", "size_system", "energy_efficiency_class", "multipack")
_MEASURES = tuple(
    f"{what}_{dimension}" for what in ("product", "shipping") for dimension in ("weight", "length", "width", "height")
)
_LEAST_TITLE_CHARS = 8


def read(path: Path, progress: Callable[[int], None] = lambda _: None) -> Source:
    """The products of the feed, read whole. Raises BrokenFile where it is none."""
    source = Source(_product)
    rows = _xml_rows if _is_xml(path) else _table_rows
    for line, cells in rows(path, source, progress):
        item_id = cells.get("id")
        if not item_id:
            source.skip(line, "id is None: every item needs one.")
            continue
        source.add(cells.get("item_group_id") or item_id, line, cells, ("price", "sale_price"))
    return source


def _is_xml(path: Path) -> bool:
    beginning = next(chunks(path), b"")[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\x00", b"")
    return beginning.startswith(b"<")


def _table_rows(path: Path, source: Source, progress: Callable[[int], None]) -> Iterator[tuple[int, Cells]]:
    for line, cells in table_rows(path, COLUMNS, source.report, progress):
        details = [_detail(part) for part in re.split(r"(?<!\\),", cells.get("product_detail", "")) if part.strip()]
        yield line, {**cells, "product_detail": [each for each in details if each]}


def _detail(text: str) -> list[str]:
    """``section:name:value`` as [name, value]; [] for anything else."""
    parts = [part.replace("\\:", ":").replace("\\,", ",").strip() for part in re.split(r"(?<!\\):", text, maxsplit=2)]
    return parts[-2:] if len(parts) >= 2 and all(parts[-2:]) else []


def _xml_rows(path: Path, source: Source, progress: Callable[[int], None]) -> Iterator[tuple[int, Cells]]:
    for line, fields, reason in items(path, progress):
        source.report.read += 1
        if fields is None:
            source.skip(line, reason)
            continue
        yield line, _cells(fields)


def _cells(fields: Fields) -> Cells:
    cells: Cells = {
        name: values[0] for name, values in fields.items()
        if name in _NAMES and name not in _MANY and isinstance(values[0], str)
    }  # fmt: skip
    for name in ("title", "description"):
        part = next((each for each in fields.get(f"structured_{name}", []) if isinstance(each, dict)), {})
        if name not in cells and part.get("content"):
            cells[name] = str(part["content"][0])
    # In RSS without g:, a category of the blog kind may stand beside the product's.
    cells["product_type"] = next((each for each in fields.get("product_type", []) if isinstance(each, str)), "")
    cells["product_highlight"] = ". ".join(
        each.strip(" .") for each in fields.get("product_highlight", []) if isinstance(each, str)
    )
    cells["product_detail"] = [
        [str(each["attribute_name"][0]), str(each["attribute_value"][0])]
        for each in fields.get("product_detail", [])
        if isinstance(each, dict) and each.get("attribute_name") and each.get("attribute_value")
    ]
    return {name: value for name, value in cells.items() if value}


def _product(rows: Rows) -> dict[str, Any]:
    group, item_id = first(rows, "item_group_id"), first(rows, "id")
    titles = list(dict.fromkeys(plain_line(title) for _, cells in rows if (title := _title(cells))))
    if not titles:
        raise BadInput("title", None, "every product needs one.")
    product_type = first(rows, "product_type")
    google_category = first(rows, "google_product_category")
    google_category = "" if google_category.isdigit() else google_category
    category = plain_line(product_type or google_category)
    highlights = plain_text(first(rows, "product_highlight"))
    description = plain_text(first(rows, "description") or first(rows, "structured_description"))
    return {
        "product_id": group or item_id,
        "title": _shared_title(titles),
        "brand": plain_line(first(rows, "brand")),
        "category": category,
        "kind": category.split(">")[-1].strip(),
        "description": f"{description}\n\n{highlights}".strip(),
        "attributes": _attributes(rows),
        "image": first(rows, "image_link"),
        "variants": [_variant(line, cells) for line, cells in rows],
    }


def _title(cells: Cells) -> str:
    return cells.get("title") or cells.get("structured_title") or ""


def _shared_title(titles: list[str]) -> str:
    """What the variants' titles have in common: "Fell jacket - navy - M" and "… - L" are a "Fell jacket - navy"."""
    shared = titles[0]
    for title in titles[1:]:
        same = next((at for at, (one, other) in enumerate(zip(shared, title, strict=False)) if one != other), None)
        shared = shared[: min(len(shared), len(title)) if same is None else same]
    if len(titles) > 1 and shared not in titles:
        shared = re.sub(r"\s+\S*$", "", shared) if shared and shared[-1].isalnum() else shared
    shared = shared.rstrip(" -–—,/|(:")
    return shared if len(shared) >= min(_LEAST_TITLE_CHARS, len(titles[0])) else titles[0]


def _variant(line: int, cells: Cells) -> dict[str, Any]:
    price, sale = cells.get("price"), cells.get("sale_price")
    on_sale = bool(sale) and _holds(cells.get("sale_price_effective_date", ""))
    return {
        "line": line,
        "sku": cells["id"],
        "price": sale if on_sale else price,
        "was": price if on_sale else None,
        "stock": cells.get("quantity") if cells.get("quantity", "").isdigit() else cells.get("availability"),
        "colour": cells.get("color"), "size": cells.get("size"), "material": cells.get("material"),
    }  # fmt: skip


def _holds(period: str) -> bool:
    """Whether now lies in "2026-02-24T11:07+0100 / 2026-02-28T23:07+0100"; True for none, False for one unreadable."""
    if not period.strip():
        return True
    try:
        begins, _, ends = (part.strip() for part in period.partition("/"))
        begin = moment("sale_price_effective_date", begins)
        return begin is not None and begin <= utc_now() and not _is_past(ends)
    except BadInput:
        return False


def _is_past(end: str) -> bool:
    try:
        found = moment("sale_price_effective_date", end)
    except BadInput:
        return False  # it lies in the future, which a moment of something that happened may not
    return found is not None and found < utc_now()


def _attributes(rows: Rows) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _MEASURES:
        if value := first(rows, name):
            key, number = measure(name.removeprefix("product_"), value)
            found[key] = number
    for name in _PLAIN:
        if value := first(rows, name):
            found[name] = plain_line(value)
    for _, cells in rows:
        for label, value in cells.get("product_detail") or []:
            if name := attribute_name(plain_line(label)):
                found.setdefault(name, plain_line(value))
    for name in ("condition", "gtin", "mpn"):
        if value := first(rows, name):
            found[name] = value
    return found
