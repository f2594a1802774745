"""Variants of a product: sizes by colours by materials, with price and stock."""
from __future__ import annotations

import random
import re
from dataclasses import dataclass

from shop.demo import pricing
from shop.demo.chance import subset
from shop.demo.vocabulary import Feature, Kind, Material, Vocabulary

# Not every shoe comes in every size; all of these hold 42, whose weight the descriptions tell.
SHOE_RANGES = ((0, 7), (0, 11), (0, 12), (2, 12), (4, 12))
CLOTHING_RANGES = ((0, 5), (0, 6), (1, 5), (1, 6))
DEFAULT_STEP_PERCENT = 16
SECOND_MATERIAL = 0.07
ON_SALE = 0.16
SOLD_OUT_PRODUCT = 0.03
MOST_VARIANTS = 44


@dataclass(frozen=True)
class Range:
    """What a product comes in. ``base_cents`` is the price level of its line."""

    colours: list[str]
    sizes: list[tuple[int, str]]
    materials: list[Material]
    step_percent: int
    base_cents: float


def choose_range(
    words: Vocabulary, kind: Kind, material: Material, base_cents: float, chance: random.Random, feature: Feature
) -> Range:
    """Colours, sizes with their place in the scheme, and materials of a product.

    There is mostly one material, and always only one where the feature depends on it.
    """
    scheme, step_percent = words.sizes.get(kind.sizes, (kind.sizes.split(";"), DEFAULT_STEP_PERCENT))
    sizes = list(enumerate(scheme))
    if kind.sizes == "shoes":
        sizes = sizes[slice(*chance.choice(SHOE_RANGES))]
    elif kind.sizes == "clothing":
        sizes = sizes[slice(*chance.choice(CLOTHING_RANGES))]
    materials = [material]
    others = [name for name in kind.materials if name != material.name]
    if others and kind.made == "of" and "material" not in feature.sets and chance.random() < SECOND_MATERIAL:
        materials.append(words.materials[chance.choice(others)])
    palette = words.palettes[kind.palette]
    possible = [colour for colour in palette.colours if not material.colours or colour in material.colours]
    count = chance.randint(palette.fewest, palette.most)
    count = max(1, min(count, MOST_VARIANTS // (len(sizes) * len(materials))))
    colours = subset(chance, possible or material.colours, count)
    chance.shuffle(colours)
    return Range(colours, sizes, materials, step_percent, base_cents)


def make_variants(
    words: Vocabulary, product_id: str, what: Range, feature: Feature, demand: float, chance: random.Random
) -> list[dict]:
    """Rows of the table ``variants``. ``demand``: how sought-after the product is, 1 is usual.

    Some products are reduced, in all colours or in the last one; some are sold out, as are some variants.
    """
    sold_out = chance.random() < SOLD_OUT_PRODUCT
    on_sale = what.colours[-1:] if chance.random() < 0.4 else what.colours
    if chance.random() >= ON_SALE:
        on_sale = []
    sale_seed = chance.random()
    rows = []
    for material in what.materials:
        for colour in _colours_of(what, material):
            for place, (step, size) in enumerate(what.sizes):
                cents = pricing.price_cents(what.base_cents, feature, material, step, what.step_percent)
                was_cents = None
                if colour in on_sale:
                    # The same per cent for all sizes: a stream of its own, started anew for each variant.
                    lower = pricing.reduced_cents(cents, random.Random(sale_seed))  # noqa: S311
                    cents, was_cents = (lower, cents) if lower < cents else (cents, None)
                edge = place in (0, len(what.sizes) - 1) and len(what.sizes) > 3
                rows.append({
                    "sku": _sku(words, product_id, colour, size, None if material is what.materials[0] else material),
                    "product_id": product_id, "colour": colour, "size": size, "material": material.name,
                    "price_cents": cents, "was_cents": was_cents,
                    "stock": 0 if sold_out else _stock(demand, edge, chance), "position": len(rows),
                })  # fmt: skip
    return rows


def _colours_of(what: Range, material: Material) -> list[str]:
    """The product's colours in ``material``, which may not come in all of them."""
    fitting = [colour for colour in what.colours if not material.colours or colour in material.colours]
    return fitting or material.colours[:1]


def _stock(demand: float, edge: bool, chance: random.Random) -> int:
    # What sells well runs out more often, and the sizes at the ends are bought in small numbers.
    if chance.random() < (0.22 if edge else 0.09) + min(0.06, demand / 60):
        return 0
    return 1 + int(chance.expovariate(1 / (5 if edge else 14)))


def _sku(words: Vocabulary, product_id: str, colour: str, size: str, material: Material | None) -> str:
    short = "ONE" if size == "one size" else re.sub(r"[^A-Z0-9.-]", "", size.upper())
    return "-".join(filter(None, (product_id, words.colour_codes[colour], short, material and material.code)))
