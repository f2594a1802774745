"""What of a product can be had: which variants fit a wish, which sizes and colours are in stock, what to say of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.product_wording import listing
from shop.catalogue import Product, Variant

CLOTHING_SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL", "XXXL", "4XL")
LOW_STOCK = 3  # at so few a shopper wants to know before they think it over


def same(one: str | None, other: str | None) -> bool:
    return (one or "").casefold() == (other or "").casefold()


def among(word: str | None, words: Sequence[str] | None) -> bool:
    return any(same(word, each) for each in words or ())


def fitting(product: Product, filters: dict[str, Any]) -> list[Variant]:
    """Variants that meet colour, size, material, their negations and the price bounds, in stock or not."""
    found = []
    for variant in product.variants:
        wanted = all(
            not filters.get(name) or among(getattr(variant, name), filters[name])
            for name in ("colour", "size", "material")
        )
        unwanted = any(among(getattr(variant, name), filters.get(f"not_{name}")) for name in ("colour", "material"))
        low, high = filters.get("price_min_cents"), filters.get("price_max_cents")
        in_bounds = (low is None or variant.price_cents >= low) and (high is None or variant.price_cents <= high)
        if wanted and not unwanted and in_bounds:
            found.append(variant)
    return found


def in_stock(product: Product, filters: dict[str, Any]) -> list[Variant]:
    """Variants of ``fitting`` that can be bought now."""
    return [variant for variant in fitting(product, filters) if variant.stock > 0]


def size_order(size: str) -> tuple[int, float, str]:
    """Sort key: 36 before 42, S before M, then by the number in it ("1.5 l")."""
    upper = size.upper()
    if upper in CLOTHING_SIZES:
        return (0, CLOTHING_SIZES.index(upper), "")
    number = ""
    for character in size.strip():
        if not (character.isdigit() or (character == "." and number)):
            break
        number += character
    return (1, float(number), size) if number.strip(".") else (2, 0.0, size)


def options(variants: Sequence[Variant], name: str) -> list[str]:
    """The different values of ``name`` ("size", "colour", "material") among ``variants``, in their natural order."""
    values = list(dict.fromkeys(value for value in (getattr(each, name) for each in variants) if value))
    return sorted(values, key=size_order) if name == "size" else values


def nearest_sizes(product: Product, size: str, filters: dict[str, Any], count: int = 2) -> list[str]:
    """Up to ``count`` sizes in stock nearest to ``size``, smaller first; empty where nothing is left."""
    left = options(in_stock(product, {**filters, "size": None}), "size")
    left = [each for each in left if not same(each, size)]
    ladder = sorted({*options(product.variants, "size"), size}, key=size_order)
    place = {each: position for position, each in enumerate(ladder)}
    nearest = sorted(left, key=lambda each: abs(place[each] - place[size]))[:count]
    return sorted(nearest, key=size_order)


def stock_note(product: Product, filters: dict[str, Any]) -> str | None:
    """What a shopper should know of the stock before they click; None where there is plenty.

    ``Only 2 left``, ``Sold out in 42, there is 41 and 43``, ``Sold out at the moment``.
    """
    available = in_stock(product, filters)
    if not available:
        if not product.in_stock:
            return "Sold out at the moment"
        sizes, colours = filters.get("size") or [], filters.get("colour") or []
        if sizes and (nearest := nearest_sizes(product, sizes[-1], filters)):
            made = any(same(variant.size, sizes[-1]) for variant in product.variants)
            return f"{'Sold out' if made else 'Not made'} in {sizes[-1]}, there is {listing(nearest)}"
        if colours and (left := options(in_stock(product, {**filters, "colour": None}), "colour")):
            return f"Not in {listing(colours, 'or')} now, there is {listing(left[:3])}"
        return "Not available exactly so"
    left = sum(variant.stock for variant in available)
    if left <= LOW_STOCK:
        sizes = filters.get("size") or []
        return f"Only {left} left in {sizes[-1]}" if sizes else f"Only {left} left"
    return None


def price_of(product: Product, filters: dict[str, Any]) -> tuple[int, int | None]:
    """(price in cents, price before a reduction or None) of the cheapest variant that fits, in stock if any is."""
    variants = in_stock(product, filters) or fitting(product, filters)
    if not variants:
        return product.price_cents, None
    cheapest = min(variants, key=lambda each: each.price_cents)
    was_cents = cheapest.was_cents
    return cheapest.price_cents, was_cents if was_cents and was_cents > cheapest.price_cents else None
