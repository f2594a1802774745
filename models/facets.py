"""What can be asked of products as hard conditions: the filters, and the table that answers them.

The table is by variant, because conditions hold together: "blue, in 42, under 60 euros, in stock" needs one
variant that is all of it, not a blue one in 40 and a red one in 42.

A table is never changed: a change gives a new one that shares with the old what stayed.
"""
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any, Protocol

import numpy as np

# Answers of the last filters are kept: "show more" and a shop's own "in stock" ask the same again and again.
ANSWERS_KEPT = 16


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
    kind: Sequence[str] | None = None
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
    """One column of words, stored as numbers: comparing integers is what makes a filter cheap.

    ``codes`` only ever grows, so columns made from one another share it: no older one holds the newer numbers.
    """

    def __init__(self, codes: dict[str, int], values: np.ndarray) -> None:
        self._codes = codes
        self.values = values

    @classmethod
    def of(cls, words: Iterable[str | None], codes: dict[str, int] | None = None) -> Column:
        """The column of ``words``, numbered on from ``codes``."""
        codes = {} if codes is None else codes
        values = np.fromiter((codes.setdefault((word or "").casefold(), len(codes)) for word in words), dtype=np.int32)
        return cls(codes, values)

    def among(self, words: Sequence[str]) -> np.ndarray:
        """(n,) bool: rows whose word is one of ``words``."""
        codes = [self._codes[word.casefold()] for word in words if word.casefold() in self._codes]
        if len(codes) == 1:
            return self.values == codes[0]
        return np.isin(self.values, codes) if codes else np.zeros(len(self.values), dtype=bool)

    def at(self, rows: np.ndarray) -> Column:
        """The column of these rows alone, in their order."""
        return Column(self._codes, self.values[rows])

    def mixed(self, other: Column, mix: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Column:
        """The column of what ``mix`` makes of the values of this one and of ``other``."""
        ours = np.array([self._codes.setdefault(word, len(self._codes)) for word in other._codes], dtype=np.int32)
        return Column(self._codes, mix(self.values, ours[other.values] if len(other.values) else other.values))

    def with_words(self, rows: Sequence[int], words: Iterable[str | None]) -> Column:
        """This column with other words in some rows."""
        values = self.values.copy()
        values[list(rows)] = Column.of(words, self._codes).values
        return Column(self._codes, values)


class FacetTable:
    """The filterable properties of products, row by row as in the index. Safe to read from several threads."""

    OF_PRODUCT = ("category", "brand", "kind")
    OF_VARIANT = ("colour", "size", "material")

    def __init__(self, products: Sequence[Product | None]) -> None:
        """``products``: None where a row is to be found by nothing."""
        variants = [(row, each) for row, product in enumerate(products) if product for each in product.variants]
        ids = [product.product_id if product else "" for product in products]
        self._fill(
            ids, {product_id: row for row, product_id in enumerate(ids)},
            np.fromiter((product is not None for product in products), dtype=bool, count=len(ids)),
            {name: Column.of(getattr(each, name, None) for each in products) for name in self.OF_PRODUCT},
            np.fromiter((row for row, _ in variants), dtype=np.int32, count=len(variants)),
            {name: Column.of(getattr(each, name) for _, each in variants) for name in self.OF_VARIANT},
            np.fromiter((each.price_cents for _, each in variants), dtype=np.int64, count=len(variants)),
            np.fromiter((each.stock > 0 for _, each in variants), dtype=bool, count=len(variants)),
        )

    def _fill(
        self, ids: list[str], row_of_id: dict[str, int], alive: np.ndarray, products: dict[str, Column],
        variant_row: np.ndarray, variants: dict[str, Column], price_cents: np.ndarray, in_stock: np.ndarray,
    ) -> None:
        self.ids, self._row_of_id, self.alive = ids, row_of_id, alive
        self._all_alive = bool(alive.all())
        self._products, self._variants = products, variants
        self._variant_row, self._price_cents, self._in_stock = variant_row, price_cents, in_stock
        # Where each product has one variant, what holds for variants holds for products: at a million of them
        # looking up whose variant it is would take longer than all else.
        self._one_each = len(variant_row) == len(ids) and bool((variant_row == np.arange(len(ids))).all())
        self._answers: OrderedDict[tuple, np.ndarray] = OrderedDict()
        self._keeping = threading.Lock()

    @classmethod
    def _of(cls, *parts: Any) -> FacetTable:
        table = cls.__new__(cls)
        table._fill(*parts)
        return table

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def totals(self) -> tuple[int, int, int, int]:
        """(products, variants, variants in stock, sum of their prices in cents), of what is there."""
        there = self.alive[self._variant_row]
        return (
            int(self.alive.sum()), int(there.sum()), int(self._in_stock[there].sum()),
            int(self._price_cents[there].sum()),
        )

    def row(self, product_id: str) -> int | None:
        """The row of a product; None where there is none."""
        row = self._row_of_id.get(product_id)
        return row if row is not None and self.alive[row] else None

    def patched(self, changes: Mapping[int, Product | None]) -> FacetTable:
        """This table with other properties in some rows, None where the row's product is gone."""
        if not changes:
            return self
        rows = sorted(changes)
        products = [changes[row] for row in rows]
        fresh = FacetTable(products)
        stays = np.flatnonzero(~np.isin(self._variant_row, rows))
        owner = np.array(rows, dtype=np.int32)[fresh._variant_row]
        here = np.searchsorted(self._variant_row[stays], owner)  # variants stay in the order of their products

        def mixed(old: np.ndarray, new: np.ndarray) -> np.ndarray:
            return np.insert(old[stays], here, new)

        alive = self.alive.copy()
        alive[rows] = fresh.alive
        return self._of(
            self.ids, self._row_of_id, alive,
            {name: column.with_words(rows, (getattr(each, name, None) for each in products))
             for name, column in self._products.items()},
            mixed(self._variant_row, owner),
            {name: column.mixed(fresh._variants[name], mixed) for name, column in self._variants.items()},
            mixed(self._price_cents, fresh._price_cents),
            mixed(self._in_stock, fresh._in_stock),
        )

    def joined(self, kept: np.ndarray, other: FacetTable, kept_other: np.ndarray) -> FacetTable:
        """One table of the rows ``kept`` (m,) of this one, then ``kept_other`` of ``other``, in these orders."""
        first, second = self._at(kept), other._at(kept_other)
        ids = first.ids + second.ids

        def mixed(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
            return np.concatenate([upper, lower])

        return self._of(
            ids, {product_id: row for row, product_id in enumerate(ids)}, mixed(first.alive, second.alive),
            {name: column.mixed(second._products[name], mixed) for name, column in first._products.items()},
            mixed(first._variant_row, second._variant_row + np.int32(len(first))),
            {name: column.mixed(second._variants[name], mixed) for name, column in first._variants.items()},
            mixed(first._price_cents, second._price_cents),
            mixed(first._in_stock, second._in_stock),
        )

    def _at(self, rows: np.ndarray) -> FacetTable:
        target = np.full(len(self), -1, dtype=np.int32)
        target[rows] = np.arange(len(rows), dtype=np.int32)
        moved = target[self._variant_row]
        stays = np.flatnonzero(moved >= 0)
        stays = stays[np.argsort(moved[stays], kind="stable")]
        return self._of(
            [self.ids[row] for row in rows], {}, self.alive[rows],
            {name: column.at(rows) for name, column in self._products.items()},
            moved[stays], {name: column.at(stays) for name, column in self._variants.items()},
            self._price_cents[stays], self._in_stock[stays],
        )

    def allowed(self, filters: Filters | None) -> np.ndarray | None:
        """(n,) bool, not to be written to: products that have at least one variant which meets every condition.

        None where there is no condition and every row's product is there.
        """
        if filters is None:
            return None if self._all_alive else self.alive
        plain = replace(filters, exclude_ids=())
        key = tuple(tuple(value) if isinstance(value, Sequence) else value for value in astuple(plain))
        products = self._answers.get(key)
        if products is None:
            products = self._meeting(plain)
            with self._keeping:
                self._answers[key] = products
                while len(self._answers) > ANSWERS_KEPT:
                    self._answers.popitem(last=False)
        excluded = [row for each in filters.exclude_ids if (row := self.row(each)) is not None]
        if excluded:
            products = products.copy()
            products[excluded] = False
        return products

    def _meeting(self, filters: Filters) -> np.ndarray:
        variants = np.ones(len(self._variant_row), dtype=bool)
        for name in self.OF_VARIANT:
            if wanted := getattr(filters, name):
                variants &= self._variants[name].among(wanted)
            if unwanted := getattr(filters, f"not_{name}", None):
                variants &= ~self._variants[name].among(unwanted)
        if filters.price_min_cents is not None:
            variants &= self._price_cents >= filters.price_min_cents
        if filters.price_max_cents is not None:
            variants &= self._price_cents <= filters.price_max_cents
        if filters.in_stock:
            variants &= self._in_stock
        if self._one_each:
            products = variants
        else:
            products = np.zeros(len(self), dtype=bool)
            products[self._variant_row[variants]] = True
        for name in self.OF_PRODUCT:
            if wanted := getattr(filters, name):
                products &= self._products[name].among(wanted)
            if unwanted := getattr(filters, f"not_{name}", None):
                products &= ~self._products[name].among(unwanted)
        return products
