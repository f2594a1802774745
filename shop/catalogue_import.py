"""Writing the catalogue: rows of a feed become products. The same feed twice changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.database import lock_for_writing, upsert
from shop.errors import BadInput
from shop.schema import categories, counters, products, variants

BATCH = 500
DESCRIPTION_CHARS = 8000
PICTURE_URL_CHARS = 500
PRICE_CENTS = 100_000_000  # a million, so that a price in the wrong unit is noticed
STOCK = 10_000_000

_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)


@dataclass
class ImportCount:
    """How many products a feed added, changed and left as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def upsert_categories(db: Session, rows: Iterable[dict[str, Any]]) -> int:
    """Add or change categories; a parent comes before its children. Returns how many rows there were.

    Keys of a row: slug, name, and optionally parent_slug, position, synonyms (list of other words for it).
    """
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the result
        values = {
            "slug": limits.line("slug", row.get("slug", ""), 32),
            "name": limits.line("name", row.get("name", ""), 80),
            "parent_slug": row.get("parent_slug") or None,
            "position": int(row.get("position") or 0),
            "synonyms": list(row.get("synonyms") or []),
        }
        statement = upsert(db, categories).values(values)
        db.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=values))
    if count:
        _bump(db)
    return count


def upsert_products(db: Session, rows: Iterable[dict[str, Any]]) -> ImportCount:
    """Add or change products with all their variants, all or none.

    Keys of a row: product_id, title, brand, category (slug), kind, description, variants (list of dicts: sku,
    price_cents, and optionally colour, size, material, was_cents, stock), and optionally attributes, rating,
    rating_count, active, picture_url (a web address, which is stored and never fetched). Variants that a row no
    longer names are removed. Raises BadInput naming the row and the field; nothing is stored then once the session
    rolls back.
    """
    lock_for_writing(db)
    slugs = set(db.execute(select(categories.c.slug)).scalars())
    count = ImportCount()
    for batch in _batches(rows):
        _write(db, [_read(row, number, slugs) for number, row in batch], count)
    if count.added or count.changed:
        _bump(db)
    return count


def pictured(db: Session, ids: Iterable[str]) -> set[str]:
    """Those of the products of which the feed named a picture; at most BATCH of them at a time."""
    query = select(products.c.id).where(products.c.id.in_(list(ids)), products.c.picture_url.is_not(None))
    return set(db.execute(query).scalars())


def _bump(db: Session) -> None:
    statement = upsert(db, counters).values(name="catalogue", value=1)
    db.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1}))


def _batches(rows: Iterable[dict]) -> Iterator[list[tuple[int, dict]]]:
    numbered = enumerate(rows, 1)
    while batch := list(islice(numbered, BATCH)):
        yield batch


def _read(row: dict[str, Any], number: int, slugs: set[str]) -> tuple[dict, list[dict]]:
    """A feed's row as (columns of products, columns of each variant)."""
    try:
        if row.get("category") not in slugs:
            raise BadInput("category", row.get("category"), "add the category first.")
        text = {
            name: limits.line(name, row.get(name, ""), chars)
            for name, chars in (("title", 200), ("brand", 80), ("kind", 80))
        }
        product_id = limits.line("product_id", row.get("product_id", ""), 32)
        rating = float(row.get("rating") or 0)
        if not 0 <= rating <= 5:
            raise BadInput("rating", rating, "it must be from 0 to 5.")
        values = {
            "id": product_id,
            **text,
            "category": row["category"],
            "description": limits.paragraph("description", row.get("description", ""), DESCRIPTION_CHARS),
            "attributes": dict(row.get("attributes") or {}),
            "rating": rating,
            "rating_count": limits.integer("rating_count", row.get("rating_count") or 0, 0, 10**9),
            "active": bool(row.get("active", True)),
            "picture_url": _picture_url(row.get("picture_url")),
        }
        return values, [
            _read_variant(item, position, product_id)
            for position, item in enumerate(row.get("variants") or [])
        ]
    except BadInput as error:
        field = f"row {number} ({row.get('product_id')!r}), {error.field}"
        raise BadInput(field, error.value, error.remedy) from error


def _picture_url(value: str | None) -> str | None:
    if not value:
        return None
    address = limits.line("picture_url", value, PICTURE_URL_CHARS)
    if not _WEB_ADDRESS.fullmatch(address):
        raise BadInput("picture_url", address, "write a web address that begins with https:// or http://.")
    return address


def _read_variant(item: dict[str, Any], position: int, product_id: str) -> dict:
    was_cents = item.get("was_cents")
    return {
        "sku": limits.line("sku", item.get("sku", ""), 48),
        "product_id": product_id,
        **{name: limits.line(name, item.get(name) or "", 40, required=False) for name in
           ("colour", "size", "material")},
        "price_cents": limits.integer("price_cents", item.get("price_cents"), 0, PRICE_CENTS),
        "was_cents": None if was_cents is None else limits.integer("was_cents", was_cents, 0, PRICE_CENTS),
        "stock": limits.integer("stock", item.get("stock") or 0, 0, STOCK),
        "position": position,
    }  # fmt: skip


def _write(db: Session, batch: list[tuple[dict, list[dict]]], count: ImportCount) -> None:
    ids = [values["id"] for values, _ in batch]
    if len(set(ids)) < len(ids):
        doubled = next(product_id for product_id in ids if ids.count(product_id) > 1)
        raise BadInput("product_id", doubled, "the feed names it twice; merge the rows.")
    stored = {row.id: row._asdict() for row in db.execute(select(products).where(products.c.id.in_(ids)))}
    stored_variants: dict[str, dict[str, dict]] = {}
    for row in db.execute(select(variants).where(variants.c.product_id.in_(ids))):
        stored_variants.setdefault(row.product_id, {})[row.sku] = row._asdict()
    now = utc_now()
    new, changed, dropped, fresh = [], [], [], []
    for values, items in batch:
        before, before_items = stored.get(values["id"]), stored_variants.get(values["id"], {})
        after_items = {item["sku"]: item for item in items}
        if before and before_items == after_items and all(before[key] == values[key] for key in values):
            count.unchanged += 1
            continue
        if before:
            changed.append({"key": values["id"], **values, "updated_at": now})
        else:
            new.append({**values, "added_at": now, "updated_at": now})
        dropped += [sku for sku in before_items if sku not in after_items]
        fresh += [item for sku, item in after_items.items() if before_items.get(sku) != item]
    count.added += len(new)
    count.changed += len(changed)
    connection = db.connection()
    if new:
        connection.execute(insert(products), new)
    if changed:
        columns = {name: bindparam(name) for name in changed[0] if name not in ("key", "id")}
        connection.execute(
            update(products).where(products.c.id == bindparam("key")).values(columns),
            [{name: value for name, value in row.items() if name != "id"} for row in changed],
        )
    for start in range(0, len(dropped), BATCH):
        connection.execute(delete(variants).where(variants.c.sku.in_(dropped[start : start + BATCH])))
    if fresh:
        statement = upsert(db, variants)
        named = {name: statement.excluded[name] for name in fresh[0] if name not in ("sku", "product_id")}
        # A sku that another product has is left there: the count below then gives the clash away.
        result = connection.execute(
            statement.on_conflict_do_update(
                index_elements=["sku"],
                set_=named,
                where=variants.c.product_id == statement.excluded.product_id,
            ).returning(variants.c.sku),
            fresh,
        )
        written = set(result.scalars())
        clash = next((item for item in fresh if item["sku"] not in written), None)
        if clash:
            raise BadInput("sku", clash["sku"], f"it is another product's, not {clash['product_id']}'s.")
