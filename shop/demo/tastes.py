"""What somebody likes. It shows in what they do, and is stored nowhere."""
from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime

from shop.demo.catalogue import DemoProduct
from shop.demo.chance import pick_several
from shop.demo.vocabulary import Kind, Vocabulary

PRICE_WIDTH = 0.22  # how far from one's own level a price may lie before it is unlikely to be chosen
BRAND_LIKED, STYLE_LIKED, COLOUR_LIKED = 7.0, 2.2, 1.8
ELSEWHERE = 0.003  # weight of a kind outside one's own categories, so that a few visits stray
SUMMER, WINTER = (5, 6, 7, 8), (11, 12, 1, 2)


@dataclass(frozen=True)
class Taste:
    """``kinds``: name -> weight; ``price_place``: 0 buys the cheapest, 1 the dearest; ``sizes``: scheme -> own size.

    ``swing``: how much the season decides what is looked for, 0 not at all.
    """

    kinds: dict[str, float]
    brands: frozenset[str]
    styles: frozenset[str]
    colours: frozenset[str]
    price_place: float
    sizes: dict[str, str]
    swing: float

    def weight(self, product: DemoProduct) -> float:
        """How likely the product is to be chosen among those of its kind, in no unit."""
        liked = product.demand**0.85
        if product.brand.name in self.brands:
            liked *= BRAND_LIKED
        if product.brand.style in self.styles:
            liked *= STYLE_LIKED
        if any(variant["colour"] in self.colours for variant in product.variants):
            liked *= COLOUR_LIKED
        return liked * math.exp(-(((product.price_place - self.price_place) / PRICE_WIDTH) ** 2) / 2)

    def kind_weights(self, words: Vocabulary, at: datetime) -> dict[str, float]:
        """Kind -> how likely it is what is looked for at this time of the year."""
        return {
            name: weight * _season(words.kinds[name], at.month, self.swing) for name, weight in self.kinds.items()
        }


def draw_taste(words: Vocabulary, chance: random.Random) -> Taste:
    """Two to four categories, some kinds in each, the brands and styles that go with them."""
    categories = chance.sample(list(words.categories), chance.choice((2, 2, 3, 3, 4)))
    strengths = [1.0, 0.7, 0.45, 0.3][: len(categories)]
    kinds = {}
    for kind in words.kinds.values():
        kinds[kind.name] = ELSEWHERE
    for category, strength in zip(categories, strengths, strict=True):
        own = [kind.name for kind in words.kinds.values() if kind.category == category]
        favourites = chance.sample(own, min(len(own), chance.randint(1, 3)))
        for name in own:
            kinds[name] = strength * (1.0 if name in favourites else 0.12)
    styles = frozenset(chance.sample(sorted({brand.style for brand in words.brands.values()}), 2))
    price_place = min(1.0, max(0.0, chance.betavariate(1.6, 2.2)))
    brands = {
        brand.name: 1.0 + 2.0 * (brand.style in styles)
        for brand in words.brands.values()
        if set(brand.categories) & set(categories)
    }
    return Taste(
        kinds=kinds,
        brands=frozenset(pick_several(chance, brands, chance.randint(3, 5))),
        styles=styles,
        colours=frozenset(chance.sample(list(words.colours), chance.randint(2, 4))),
        price_place=price_place,
        sizes={scheme: _size(scheme, sizes, chance) for scheme, (sizes, _) in words.sizes.items()},
        swing=chance.uniform(0.3, 1.0),
    )


def choose_variant(taste: Taste, product: DemoProduct, chance: random.Random) -> dict:
    """The variant that somebody would put into the cart: their size where there is one, a colour they like."""
    own_size = taste.sizes.get(product.kind.sizes)
    fitting = [each for each in product.variants if each["size"] == own_size] or product.variants
    liked = [each for each in fitting if each["colour"] in taste.colours] or fitting
    return chance.choice(liked)


def _size(scheme: str, sizes: list[str], chance: random.Random) -> str:
    # The middle sizes fit most people.
    middle = (len(sizes) - 1) / 2
    spread = max(0.8, len(sizes) / 5)
    return sizes[min(len(sizes) - 1, max(0, round(chance.gauss(middle, spread))))] if scheme else sizes[0]


def _season(kind: Kind, month: int, swing: float) -> float:
    if kind.season == "summer":
        factor = 2.4 if month in SUMMER else 0.4 if month in WINTER else 1.0
    elif kind.season == "winter":
        factor = 2.4 if month in WINTER else 0.35 if month in SUMMER else 1.0
    else:
        factor = 1.0
    return factor**swing
