"""Filters of a list of products: read from an address, offered from the products, applied to them. Pure."""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from starlette.datastructures import QueryParams

from shop.catalogue import SORTS
from shop.errors import BadInput
from shop.product import Product, Variant

MAX_VALUES = 20  # of one filter
MAX_VALUE_CHARS = 60
SORT_TITLES = {
    "popular": "Most popular", "newest": "Newest", "rating": "Best rated",
    "price_asc": "Price, low to high", "price_desc": "Price, high to low",
}
_EUROS = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?")
_SIZES = ("XS", "S", "M", "L", "XL", "XXL")


@dataclass(frozen=True)
class Filters:
    """What the shopper asked for. Empty lists and None: everything."""

    colours: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    price_min: str = ""
    price_max: str = ""
    in_stock: bool = False
    sort: str = "popular"

    @classmethod
    def read(cls, params: QueryParams) -> Filters:
        """Raises BadInput for a price that is no amount and for an unknown order."""
        sort = params.get("sort") or "popular"
        if sort not in SORTS:
            raise BadInput("sort", sort, f"use one of {', '.join(SORTS)}.")
        return cls(
            _values(params, "colour"), _values(params, "size"), _values(params, "brand"),
            _euros(params, "price_min"), _euros(params, "price_max"), params.get("in_stock") == "1", sort,
        )

    def any(self) -> bool:
        return bool(self.colours or self.sizes or self.brands or self.price_min or self.price_max or self.in_stock)

    def values(self) -> dict[str, object]:
        """As they stand in an address."""
        return {
            "colour": self.colours, "size": self.sizes, "brand": self.brands, "price_min": self.price_min,
            "price_max": self.price_max, "in_stock": "1" if self.in_stock else "",
            "sort": "" if self.sort == "popular" else self.sort,
        }

    def without(self, name: str, value: str | None = None) -> dict[str, object]:
        """The address' values with one of them taken away."""
        values = self.values()
        current = values[name]
        values[name] = [each for each in current if each != value] if isinstance(current, list) else ""
        return values

    def fits(self, product: Product) -> bool:
        """One variant has to fit in everything at once: blue in M is not blue in S and red in M."""
        if self.brands and product.brand not in self.brands:
            return False
        return any(self._variant_fits(variant) for variant in product.variants)

    def colour_of(self, product: Product) -> str:
        """The colour to show the product in: one that was asked for; "" where none was."""
        if not self.colours:
            return ""
        return next((variant.colour for variant in product.variants if self._variant_fits(variant)), "")

    def _variant_fits(self, variant: Variant) -> bool:
        return not (
            (self.colours and variant.colour not in self.colours)
            or (self.sizes and variant.size not in self.sizes)
            or (self.price_min and variant.price_cents < _cents(self.price_min))
            or (self.price_max and variant.price_cents > _cents(self.price_max))
            or (self.in_stock and variant.stock <= 0)
        )


@dataclass(frozen=True)
class Choices:
    """What can be chosen among the products of a list, in the order in which people look for it."""

    colours: list[str]
    sizes: list[str]
    brands: list[str]

    @classmethod
    def of(cls, products: Iterable[Product]) -> Choices:
        colours: set[str] = set()
        sizes: set[str] = set()
        brands: set[str] = set()
        for product in products:
            colours.update(product.colours)
            sizes.update(product.sizes)
            brands.add(product.brand)
        return cls(sorted(colours), sorted(sizes, key=size_key), sorted(brands))


def size_key(size: str) -> tuple[int, float, str]:
    """Sort key: XS before S before M, numbers by value, everything else by the alphabet."""
    if size in _SIZES:
        return 0, _SIZES.index(size), size
    number = re.match(r"\d+(?:\.\d+)?", size)
    return (1, float(number.group()), size) if number else (2, 0.0, size)


def _values(params: QueryParams, name: str) -> list[str]:
    given = [value for value in params.getlist(name) if value]
    if len(given) > MAX_VALUES or any(len(value) > MAX_VALUE_CHARS for value in given):
        raise BadInput(name, given[:3], f"choose at most {MAX_VALUES} short values.")
    return list(dict.fromkeys(given))


def _euros(params: QueryParams, name: str) -> str:
    value = params.get(name, "").strip()
    if value and not _EUROS.fullmatch(value):
        raise BadInput(name, value, "write an amount such as 25 or 25.50.")
    return value.replace(",", ".")


def _cents(euros: str) -> int:
    return round(float(euros) * 100)
