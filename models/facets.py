"""What can be asked of products as hard conditions: the filters, and the table that answers them.

The table is by variant, because conditions hold together: "blue, in 42, under 60 euros, in stock" needs one
variant that is all of it, not a blue one in 40 and a red one in 42.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np


class Variant(Protocol):
    """One buyable form of a product."""

    colour: str | None
    size: str | None
    material: str | None
    price_cents: int
    stock: int


class Product(Protocol):
    """What this room needs to know of a product; the catalogue's own class fits."""

    product_id: str
    title: str
    brand: str
    category: str
    category_name: str
    kind: str
    description: str
    attributes: dict[str, Any]
    rating: float
    variants: Sequence[Variant]


@dataclass(frozen=True)
class Filters:
    """Conditions on a product. None and empty mean "any"; values of one list are alternatives.

    Words are compared without regard to case. ``price_min_cents`` and ``price_max_cents`` are inclusive.
    """

    category: Sequence[str] | None = None
    brand: Sequence[str] | None = None
    colour: Sequence[str] | None = None
    size: Sequence[str] | None = None
    material: Sequence[str] | None = None
    price_min_cents: int | None = None
    price_max_cents: int | None = None
    not_category: Sequence[str] | None = None
    not_brand: Sequence[str] | None = None
    not_colour: Sequence[str] | None = None
    not_material: Sequence[str] | None = None
    in_stock: bool = False
    exclude_ids: Sequence[str] = field(default=())

    def without(self, *names: str) -> Filters:
        """These filters with the conditions in ``names`` dropped."""
        blank = Filters()
        return replace(self, **{name: getattr(blank, name) for name in names})


class Column:
    """One column of words, stored as numbers: comparing integers is what makes a filter cheap."""

    def __init__(self, words: Iterable[str | None]) -> None:
        self._codes: dict[str, int] = {}
        self.values = np.fromiter(
            (self._codes.setdefault((word or "").casefold(), len(self._codes)) for word in words), dtype=np.int32
        )

    def among(self, words: Sequence[str]) -> np.ndarray:
        """(n,) bool: rows whose word is one of ``words``."""
        codes = [self._codes[word.casefold()] for word in words if word.casefold() in self._codes]
        if not codes:
            return np.zeros(len(self.values), dtype=bool)
        return np.isin(self.values, codes)


class FacetTable:
    """The filterable properties of ``products``, row by row as in the index."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._count = len(products)
        self._row_of_id = {product.product_id: row for row, product in enumerate(products)}
        self._category = Column(product.category for product in products)
        self._brand = Column(product.brand for product in products)
        variants = [(row, variant) for row, product in enumerate(products) for variant in product.variants]
        self._variant_row = np.fromiter((row for row, _ in variants), dtype=np.int64, count=len(variants))
        self._colour = Column(variant.colour for _, variant in variants)
        self._size = Column(variant.size for _, variant in variants)
        self._material = Column(variant.material for _, variant in variants)
        self._price_cents = np.fromiter((v.price_cents for _, v in variants), dtype=np.int64, count=len(variants))
        self._stock = np.fromiter((v.stock for _, v in variants), dtype=np.int64, count=len(variants))

    def allowed(self, filters: Filters) -> np.ndarray:
        """(n,) bool: products that have at least one variant which meets every condition."""
        variants = np.ones(len(self._variant_row), dtype=bool)
        for column, wanted, unwanted in (
            (self._colour, filters.colour, filters.not_colour),
            (self._size, filters.size, None),
            (self._material, filters.material, filters.not_material),
        ):
            if wanted:
                variants &= column.among(wanted)
            if unwanted:
                variants &= ~column.among(unwanted)
        if filters.price_min_cents is not None:
            variants &= self._price_cents >= filters.price_min_cents
        if filters.price_max_cents is not None:
            variants &= self._price_cents <= filters.price_max_cents
        if filters.in_stock:
            variants &= self._stock > 0
        products = np.zeros(self._count, dtype=bool)
        products[self._variant_row[variants]] = True
        for column, wanted, unwanted in (
            (self._category, filters.category, filters.not_category),
            (self._brand, filters.brand, filters.not_brand),
        ):
            if wanted:
                products &= column.among(wanted)
            if unwanted:
                products &= ~column.among(unwanted)
        excluded = [self._row_of_id[each] for each in filters.exclude_ids if each in self._row_of_id]
        products[excluded] = False
        return products
