"""What a product is to the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

# Words of a sort order, as `sort` entities carry them.
SORTS = ("popular", "price_asc", "price_desc", "rating", "newest")


@dataclass(frozen=True)
class Variant:
    """One thing that can be put into a cart. ``was_cents``: the price before a reduction, or None."""

    sku: str
    product_id: str
    colour: str
    size: str
    material: str
    price_cents: int
    stock: int
    was_cents: int | None = None

    @property
    def in_stock(self) -> bool:
        return self.stock > 0


@dataclass(frozen=True)
class Product:
    """A product with all its variants. ``rating`` is 0 to 5, 0 with a ``rating_count`` of 0."""

    product_id: str
    title: str
    brand: str
    category: str
    category_name: str
    kind: str
    description: str
    attributes: dict[str, Any]
    currency: str
    rating: float
    rating_count: int
    active: bool
    added_at: datetime
    variants: list[Variant] = field(default_factory=list)

    @property
    def in_stock(self) -> bool:
        return any(variant.stock > 0 for variant in self.variants)

    @property
    def cheapest(self) -> Variant | None:
        """The cheapest variant in stock, else the cheapest; None where there are no variants."""
        return min(self.variants, key=lambda variant: (variant.stock <= 0, variant.price_cents), default=None)

    @property
    def price_cents(self) -> int:
        """Price of the cheapest variant in stock, else of the cheapest; 0 where there are no variants."""
        return self.cheapest.price_cents if self.cheapest else 0

    @property
    def was_cents(self) -> int | None:
        """That variant's price before its reduction, or None."""
        return self.cheapest.was_cents if self.cheapest else None

    @property
    def colours(self) -> list[str]:
        return _distinct(variant.colour for variant in self.variants)

    @property
    def sizes(self) -> list[str]:
        return _distinct(variant.size for variant in self.variants)

    @property
    def materials(self) -> list[str]:
        return _distinct(variant.material for variant in self.variants)

    @property
    def url(self) -> str:
        return f"/product/{quote(self.product_id)}"

    @property
    def picture(self) -> str:
        """Path of the picture, in the colour of the first variant that is in stock."""
        shown = next((variant for variant in self.variants if variant.stock > 0), None) or self.cheapest
        return self.picture_in(shown.colour if shown else "")

    def picture_in(self, colour: str) -> str:
        """Path of the picture in ``colour``."""
        path = f"/pictures/{quote(self.product_id)}.svg"
        return f"{path}?colour={quote(colour)}" if colour else path


@dataclass(frozen=True)
class Category:
    """A node of the category tree. ``product_count`` counts active products of the node itself."""

    slug: str
    name: str
    parent_slug: str | None
    synonyms: list[str]
    product_count: int = 0
    children: list[Category] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One page of a list: ``page`` counts from 1, ``pages`` is at least 1, ``total`` counts all items."""

    items: list[Any]
    page: int
    pages: int
    total: int


def _distinct(values) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
