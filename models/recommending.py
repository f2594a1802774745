"""What a shop wants of its recommendations, beside what suits the shopper: variety, pins, boosts, limits.

Pure functions over products and arrays; ``models/merchandising.py`` reads the rules from their file. Every rule looks
at products and at what somebody did with them; none can look at who somebody is.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np


class Variant(Protocol):
    price_cents: int
    stock: int


class Product(Protocol):
    product_id: str
    brand: str
    category: str
    category_name: str
    kind: str
    attributes: dict[str, Any]
    price_cents: int
    variants: Sequence[Variant]


@dataclass(frozen=True)
class About:
    """Products of one name: just one of the fields is set. Without any, all products."""

    product: str | None = None
    brand: str | None = None
    category: str | None = None
    kind: str | None = None

    def fits(self, product: Product) -> bool:
        own = (product.product_id, product.brand, product.category, product.kind)
        named = (self.product, self.brand, self.category, self.kind)
        return all(
            wanted is None or wanted.casefold() == value.casefold() for wanted, value in zip(named, own, strict=True)
        )


@dataclass(frozen=True)
class Again:
    """How many days after a purchase the same product, and others of its kind, are left out."""

    about: About = About()
    product_days: int = 180
    kind_days: int = 0


@dataclass(frozen=True)
class Rules:
    """All rules. ``boosts`` are shares of the distance between the best and the last candidate; below 0 they demote."""

    diversity: float = 0.0
    same_kind: int = 2
    same_brand: int = 0  # 0: as many as there are
    least_pieces: int = 1
    least_margin_percent: float = 0.0
    cost_attribute: str = "cost_cents"
    again: tuple[Again, ...] = (Again(),)
    pins: tuple[tuple[str, int], ...] = ()  # (product, place from 1)
    boosts: tuple[tuple[About, float], ...] = ()
    hidden: tuple[About, ...] = ()

    def boost(self, product: Product) -> float:
        return sum(by for about, by in self.boosts if about.fits(product))

    def refusal(self, product: Product) -> str | None:
        """Why the product is never recommended: "hidden", "stock" or "margin"; None where it may be.

        A product that does not say what it costs keeps any margin: most catalogues do not say it.
        """
        if any(about.fits(product) for about in self.hidden):
            return "hidden"
        if sum(variant.stock for variant in product.variants) < max(1, self.least_pieces):
            return "stock"
        cost = product.attributes.get(self.cost_attribute)
        if isinstance(cost, int | float) and not isinstance(cost, bool):
            kept = product.price_cents - cost
            if kept * 100 < self.least_margin_percent * product.price_cents:
                return "margin"
        return None

    def again_of(self, product: Product) -> Again:
        """The rule for a product that was bought: the first that is about it."""
        return next((rule for rule in self.again if rule.about.fits(product)), Again())

    @property
    def longest_again_days(self) -> int:
        """For how long a purchase can keep anything from being recommended."""
        return max(max(rule.product_days, rule.kind_days) for rule in (*self.again, Again()))


@dataclass(frozen=True)
class Bought:
    """A product that somebody bought, and when. ``kept``: False where it was sent back for money."""

    product: Product
    at: datetime
    kept: bool = True


def too_soon(rules: Rules, bought: Iterable[Bought], now: datetime) -> Callable[[Product], bool]:
    """Whether a product is too soon after what was ``bought``: the same again, or another of its kind.

    What somebody sent back is nothing to offer them again, but they may still want another of its kind.
    """
    products: set[str] = set()
    kinds: set[tuple[str, str]] = set()
    for each in bought:
        rule = rules.again_of(each.product)
        if now - each.at < timedelta(days=rule.product_days):
            products.add(each.product.product_id)
        if each.kept and now - each.at < timedelta(days=rule.kind_days):
            kinds.add((each.product.category, _kind(each.product)))
    return lambda product: product.product_id in products or (product.category, _kind(product)) in kinds


def ordered(
    products: Sequence[Product], scores: np.ndarray, vectors: np.ndarray, rules: Rules, page: int,
    pins: Sequence[Product] = (), need: int | None = None,
) -> list[Product]:
    """``products`` in the order in which they are shown, ``page`` by ``page``; the first ``need`` of them at least.

    ``scores`` (n,): higher is better; ``vectors`` (n, d) of length 1, by which two are near-twins or not; ``pins``:
    products that stand at their place on the first page, among ``products`` or not.

    Each place takes what is best after the boost, less ``diversity`` times its likeness to what the page already has
    (maximal marginal relevance). Of one kind and one brand a page has no more than the rules say, as long as there is
    anything else; the rest comes later.
    """
    if not products and not pins:
        return []
    worth = _from_0_to_1(np.asarray(scores, dtype=np.float64)) + [rules.boost(each) for each in products]
    alike = vectors @ vectors.T if rules.diversity else None  # (n, n)
    place_of = dict(rules.pins)
    pinned = {place_of[each.product_id]: each for each in reversed(pins)}
    left = [row for row, each in enumerate(products) if each.product_id not in {pin.product_id for pin in pins}]
    order: list[Product] = []
    while (left or pinned) and (need is None or len(order) < need):
        kinds: Counter[str] = Counter()
        brands: Counter[str] = Counter()
        shown: list[int] = []
        count = 0
        while count < page:
            if (pin := pinned.pop(len(order) + 1, None)) is not None:
                chosen = pin
            else:
                free = _free(left, products, kinds, brands, rules)
                if not free:
                    break
                gains = worth[free]
                if alike is not None and shown:
                    gains = (1 - rules.diversity) * gains - rules.diversity * alike[np.ix_(free, shown)].max(axis=1)
                row = free[int(np.argmax(gains))]
                left.remove(row)
                shown.append(row)
                chosen = products[row]
            kinds[_kind(chosen)] += 1
            brands[chosen.brand] += 1
            order.append(chosen)
            count += 1
        if count < page:
            break  # only pins for later places are left
    return order + [pinned[place] for place in sorted(pinned)]


def _from_0_to_1(scores: np.ndarray) -> np.ndarray:
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros(len(scores))


def _kind(product: Product) -> str:
    # A catalogue without kinds has its category's name there, which tells nothing of two things alike.
    return product.kind if product.kind != product.category_name else product.product_id


def _free(
    left: Sequence[int], products: Sequence[Product], kinds: Mapping[str, int], brands: Mapping[str, int], rules: Rules
) -> Sequence[int]:
    """Those of the rows ``left`` that the page has room for.

    Where there are none the brand no longer matters, then neither the kind: a shop of one brand, or of candles alone,
    would have next to nothing to recommend.
    """
    of_kind = [row for row in left if not rules.same_kind or kinds[_kind(products[row])] < rules.same_kind]
    of_brand = [row for row in of_kind if not rules.same_brand or brands[products[row].brand] < rules.same_brand]
    return of_brand or of_kind or left
