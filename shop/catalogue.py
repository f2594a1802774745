"""Reading the catalogue. However many products are asked for, it takes one query for them and one for variants."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from shop import schema
from shop.catalogue_import import upsert_categories, upsert_products
from shop.errors import BadInput
from shop.product import SORTS, Category, Page, Product, Variant
from shop.settings import settings

__all__ = [
    "SORTS",
    "Category",
    "Page",
    "Product",
    "Variant",
    "all_products",
    "by_category",
    "catalogue_version",
    "category",
    "category_tree",
    "find_variant",
    "product",
    "products",
    "products_of_skus",
    "stock",
    "upsert_categories",
    "upsert_products",
    "variant",
    "variants",
    "vocabulary",
]

BATCH = 500  # ids a query: below every database's limit on bound parameters
PAGE_SIZE = 24

_PRODUCTS = select(schema.products, schema.categories.c.name.label("category_name")).join_from(
    schema.products, schema.categories, schema.products.c.category == schema.categories.c.slug
)
_VARIANTS = select(schema.variants).order_by(
    schema.variants.c.product_id, schema.variants.c.position, schema.variants.c.sku
)


def product(db: Session, product_id: str) -> Product | None:
    """The product with its variants, also one that is no longer sold (``active``); None for an unknown id."""
    found = _load(db, _PRODUCTS.where(schema.products.c.id == product_id))
    return found[0] if found else None


def products(db: Session, ids: Iterable[str]) -> list[Product]:
    """Active products in the order of ``ids``; unknown and inactive ids are left out, doubled ones kept once."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Product] = {}
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        found |= {
            item.product_id: item
            for item in _load(db, _PRODUCTS.where(schema.products.c.id.in_(part), schema.products.c.active))
        }
    return [found[product_id] for product_id in wanted if product_id in found]


def all_products(db: Session) -> Iterator[Product]:
    """All active products by id, read in batches so that nothing is held open between them."""
    last = ""
    while batch := _load(
        db,
        _PRODUCTS.where(schema.products.c.active, schema.products.c.id > last)
        .order_by(schema.products.c.id)
        .limit(BATCH),
    ):
        yield from batch
        last = batch[-1].product_id


def variants(db: Session, product_id: str) -> list[Variant]:
    """The variants in the shop's own order; empty for an unknown product."""
    return [_variant(row) for row in db.execute(_VARIANTS.where(schema.variants.c.product_id == product_id))]


def variant(db: Session, sku: str) -> Variant | None:
    """The variant, or None for an unknown sku."""
    row = db.execute(select(schema.variants).where(schema.variants.c.sku == sku)).first()
    return _variant(row) if row else None


def products_of_skus(db: Session, skus: Iterable[str]) -> list[str]:
    """Ids of the products that these variants belong to, each once, unknown skus left out."""
    query = select(schema.variants.c.product_id).where(schema.variants.c.sku.in_(list(skus))).distinct()
    return list(db.execute(query).scalars())


def find_variant(
    db: Session, product_id: str, colour: str | None = None, size: str | None = None
) -> Variant | None:
    """The variant that fits what was said, one in stock if any; None where none fits. Case does not matter."""
    fitting = [
        item
        for item in variants(db, product_id)
        if (colour is None or item.colour.casefold() == colour.casefold())
        and (size is None or item.size.casefold() == str(size).casefold())
    ]
    return next((item for item in fitting if item.stock > 0), fitting[0] if fitting else None)


def stock(db: Session, sku: str) -> int:
    """Pieces in stock; 0 for an unknown sku."""
    return db.execute(select(schema.variants.c.stock).where(schema.variants.c.sku == sku)).scalar() or 0


def category(db: Session, slug: str) -> Category | None:
    """The category with its children, or None."""
    return next((node for node in _flat(category_tree(db)) if node.slug == slug), None)


def category_tree(db: Session) -> list[Category]:
    """The top categories, each with its children, in the shop's own order."""
    counted = (
        select(schema.products.c.category, func.count().label("count"))
        .where(schema.products.c.active)
        .group_by(schema.products.c.category)
        .subquery()
    )
    rows = db.execute(
        select(schema.categories, func.coalesce(counted.c.count, 0).label("product_count"))
        .outerjoin(counted, counted.c.category == schema.categories.c.slug)
        .order_by(schema.categories.c.position, schema.categories.c.name)
    ).all()
    nodes = {
        row.slug: Category(row.slug, row.name, row.parent_slug, list(row.synonyms or []), row.product_count)
        for row in rows
    }
    for node in nodes.values():
        if node.parent_slug:
            nodes[node.parent_slug].children.append(node)
    return [node for node in nodes.values() if not node.parent_slug]


def by_category(
    db: Session, slug: str, sort: str = "popular", page: int = 1, page_size: int = PAGE_SIZE
) -> Page:
    """One page of the category's and its descendants' active products; of all products for an empty ``slug``.

    ``sort`` is one of SORTS; products out of stock come last in each. A page outside the list is the nearest one
    inside. An unknown category is an empty page. Raises BadInput for an unknown sort.
    """
    wanted = _sorted_ids(sort)
    counting = select(func.count()).select_from(schema.products).where(schema.products.c.active)
    if slug:
        node = category(db, slug)
        slugs = [each.slug for each in _flat([node])] if node else []
        wanted = wanted.where(schema.products.c.category.in_(slugs))
        counting = counting.where(schema.products.c.category.in_(slugs))
    total = db.execute(counting).scalar_one()
    pages = max(1, -(-total // page_size))
    page = min(max(1, page), pages)
    ids = db.execute(wanted.limit(page_size).offset((page - 1) * page_size)).scalars().all()
    return Page(products(db, ids), page, pages, total)


def vocabulary(db: Session) -> dict[str, Any]:
    """The words of the catalogue: what can be said to it and be found.

    Keys: brands, colours, sizes, materials, kinds (sorted lists of what active products have), categories
    (slug -> [name, synonyms…]).
    """

    def distinct(column) -> list[str]:
        query = select(column).distinct().where(schema.products.c.active)
        if column.table is schema.variants:
            query = query.join_from(
                schema.variants, schema.products, schema.variants.c.product_id == schema.products.c.id
            )
        return sorted(value for value in db.execute(query).scalars() if value)

    return {
        "brands": distinct(schema.products.c.brand),
        "categories": {node.slug: [node.name, *node.synonyms] for node in _flat(category_tree(db))},
        "colours": distinct(schema.variants.c.colour),
        "sizes": distinct(schema.variants.c.size),
        "materials": distinct(schema.variants.c.material),
        "kinds": distinct(schema.products.c.kind),
    }


def names(db: Session) -> list[str]:
    """Brands and titles of active products, each once."""
    found: set[str] = set()
    for column in (schema.products.c.brand, schema.products.c.title):
        found |= set(db.execute(select(column).distinct().where(schema.products.c.active)).scalars())
    return sorted(filter(None, found))


def catalogue_version(db: Session) -> str:
    """Twelve hex digits that change whenever products, texts or prices change, by import or by bulk loading.

    Stock alone does not change it: a sale must not make the index stale.
    """
    counter = db.execute(
        select(schema.counters.c.value).where(schema.counters.c.name == "catalogue")
    ).scalar()
    seen = db.execute(
        select(func.count(), func.max(schema.products.c.updated_at), func.max(schema.products.c.id)).where(
            schema.products.c.active
        )
    ).one()
    priced = db.execute(select(func.count(), func.sum(schema.variants.c.price_cents))).one()
    return hashlib.sha256(
        repr((counter, tuple(seen), tuple(map(int, (priced[0], priced[1] or 0))))).encode()
    ).hexdigest()[:12]


def _sorted_ids(sort: str) -> Select:
    priced = (
        select(
            schema.variants.c.product_id,
            func.min(schema.variants.c.price_cents).label("lowest"),
            func.min(case((schema.variants.c.stock > 0, schema.variants.c.price_cents))).label(
                "lowest_in_stock"
            ),
        )
        .group_by(schema.variants.c.product_id)
        .subquery()
    )
    price = func.coalesce(priced.c.lowest_in_stock, priced.c.lowest)
    orders = {
        "popular": (schema.products.c.rating_count.desc(), schema.products.c.rating.desc()),
        "price_asc": (price.asc(),),
        "price_desc": (price.desc(),),
        "rating": (schema.products.c.rating.desc(), schema.products.c.rating_count.desc()),
        "newest": (schema.products.c.added_at.desc(),),
    }
    if sort not in orders:
        raise BadInput("sort", sort, f"use one of {', '.join(SORTS)}.")
    return (
        select(schema.products.c.id)
        .outerjoin(priced, priced.c.product_id == schema.products.c.id)
        .where(schema.products.c.active)
        .order_by(priced.c.lowest_in_stock.is_(None), *orders[sort], schema.products.c.id)
    )


def _flat(nodes: list[Category]) -> Iterator[Category]:
    for node in nodes:
        yield node
        yield from _flat(node.children)


def _variant(row) -> Variant:
    return Variant(
        row.sku, row.product_id, row.colour, row.size, row.material, row.price_cents, row.stock, row.was_cents
    )


def _load(db: Session, query: Select) -> list[Product]:
    found = {
        row.id: Product(
            product_id=row.id, title=row.title, brand=row.brand, category=row.category,
            category_name=row.category_name, kind=row.kind, description=row.description,
            attributes=row.attributes or {}, currency=settings.currency, rating=row.rating,
            rating_count=row.rating_count, active=row.active, added_at=row.added_at,
        )
        for row in db.execute(query)
    }  # fmt: skip
    if found:
        for row in db.execute(_VARIANTS.where(schema.variants.c.product_id.in_(list(found)))):
            found[row.product_id].variants.append(_variant(row))
    return list(found.values())
