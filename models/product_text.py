"""The texts of a product: the one that is embedded, and the fields that are searched for words."""
from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from models.facets import Product

DOCUMENT_CHARS = 400  # some ninety tokens: more takes longer, and the title would be lost in it
ATTRIBUTE_CHARS = 120  # of these at most so many are attributes
VALUE_CHARS = 40  # a longer value is a sentence or a list, and no property
# Attributes by which catalogues without kinds say what a thing is.
KIND_ATTRIBUTES = ("product_type", "product type", "type")
# What is printed on the box tells nobody what is inside.
UNTOLD = re.compile(
    r"package|weight|width|height|depth|country_of_origin|certification|master|warranty|compliance", re.IGNORECASE
)


def document(product: Product) -> str:
    """The text by which a product is embedded. What tells it from its neighbours comes first."""
    title = product.title
    colours = ", ".join(sorted({variant.colour for variant in product.variants if variant.colour}))
    materials = ", ".join(sorted({variant.material for variant in product.variants if variant.material}))
    parts = [title]
    for part in (product.brand, kind_of(product), product.category_name, colours, materials):
        if part and part.casefold() not in title.casefold() and part not in parts:
            parts.append(part)
    told, room = [], ATTRIBUTE_CHARS
    for text in _telling(product.attributes):
        if text.casefold() not in title.casefold() and len(text) <= room:
            told.append(text)
            room -= len(text) + 2
    parts.append(", ".join(told))
    if product.description.casefold() not in title.casefold():
        parts.append(product.description)
    return ". ".join(part for part in parts if part)[:DOCUMENT_CHARS]


def kind_of(product: Product) -> str:
    """What the product is ("running shoe"); "" where neither its kind nor an attribute says so."""
    if product.kind and product.kind != product.category_name:
        return product.kind
    for name in KIND_ATTRIBUTES:
        value = product.attributes.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def fields(product: Product) -> dict[str, str]:
    """The texts in which words are looked for, by the names of ``models/lexical_index.py``'s FIELDS."""
    variants = {word for variant in product.variants for word in (variant.colour, variant.material) if word}
    return {
        "title": product.title,
        "kind": f"{kind_of(product)} {product.category_name if product.category_name != product.kind else ''}",
        "brand": product.brand,
        "attributes": " ".join([*sorted(variants), *_telling(product.attributes)]),
        "description": product.description,
    }


def digest(product: Product) -> str:
    """16 hex digits that change with any text of the product, and not with its price or stock."""
    return hashlib.sha256("\x1f".join([document(product), *fields(product).values()]).encode()).hexdigest()[:16]


def pieces(products: Sequence[Product], count: int, seed: int) -> list[str]:
    """``count`` questions as shoppers may ask: one to five words in a row out of titles, kinds and descriptions."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        product = products[int(chance.integers(len(products)))]
        said = f"{product.title} {kind_of(product)} {product.description}".split()
        first = int(chance.integers(max(1, len(said) - 5)))
        found.append(" ".join(said[first : first + int(chance.integers(1, 6))]))
    return found


def _telling(attributes: dict[str, Any]) -> Iterator[str]:
    """Attributes as words: a value with its name, or the name of what is true. Bare numbers tell nothing in words."""
    for name, value in attributes.items():
        if UNTOLD.search(name) or name in KIND_ATTRIBUTES:
            continue
        words = name.replace("_", " ").strip()
        if value is True:
            yield words
        elif isinstance(value, str) and 0 < len(value) <= VALUE_CHARS and not value.replace(".", "").isdigit():
            yield f"{words} {value}"
