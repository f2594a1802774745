"""Prices that look like prices."""
from __future__ import annotations

import random

from shop.demo.vocabulary import Brand, Feature, Kind, Material

# Where in a kind's range of prices a brand of each level stands: 0 is its lower end, 1 its upper.
LEVELS = {"budget": (0.0, 0.25), "mid": (0.2, 0.55), "premium": (0.5, 0.85), "luxury": (0.8, 1.15)}
SALE_PERCENT = (10, 15, 20, 25, 30, 40)


def base_cents(kind: Kind, brand: Brand, chance: random.Random) -> float:
    """What a line of ``brand`` asks for the plain product of ``kind``, in cents, not yet rounded."""
    low, high = LEVELS[brand.level]
    return kind.price_min_cents + chance.uniform(low, high) * (kind.price_max_cents - kind.price_min_cents)


def price_cents(base: float, feature: Feature, material: Material, step: int, step_percent: int) -> int:
    """The price of one variant. ``step``: place of its size among the sizes, from 0."""
    grown = base * (1 + step_percent / 100) ** step
    return natural(grown * feature.price_percent / 100 * material.price_percent / 100)


def natural(cents: float) -> int:
    """The nearest price with an ending that shops use: 4.95, 17.90, 59.95, 129.00, 249.00."""
    if cents < 1_000:
        return max(195, round(cents / 50) * 50 - 5)
    if cents < 2_500:
        return round(cents / 100) * 100 - 10
    if cents < 10_000:
        return round(cents / 100) * 100 - 5
    euros = round(cents / 100)
    # From 100 on prices end in 5 or 9.
    return 100 * min((euros - euros % 10 + end for end in (-1, 5, 9)), key=lambda end: abs(end - euros))


def reduced_cents(cents: int, chance: random.Random) -> int:
    """A sale's price for what was ``cents``."""
    return natural(cents * (100 - chance.choice(SALE_PERCENT)) / 100)
