"""One visit to the shop: searching, looking, putting into the cart and buying, as somebody with a taste does it."""
from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shop.demo.catalogue import DemoProduct
from shop.demo.chance import pick, pick_several
from shop.demo.queries import typed
from shop.demo.tastes import Taste, choose_variant
from shop.demo.vocabulary import Vocabulary

SEARCHES = 0.55
RETURNS_TO_WISH = 0.45  # somebody who did not buy comes back for the same thing
RETURN_DAYS = 21
GOES_WITH = 0.35  # after a purchase comes what goes with it
STRAYS = 0.06  # a visit to whatever is popular, of any kind
SECOND_THING, THIRD_THING = 0.42, 0.3
LEFT_IN_CART = 0.2
CHECKOUT_S = 70  # between the cart and the purchase
CHEAP_CENTS = 2_500  # below this, people often take more than one


@dataclass(frozen=True)
class Step:
    """One event of a visit."""

    at: datetime
    kind: str
    product_id: str | None = None
    sku: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class Bought:
    """A line of a basket."""

    product: DemoProduct
    variant: dict
    quantity: int


@dataclass
class Visit:
    """``steps`` in order of time; ``basket`` is empty where nothing was bought."""

    steps: list[Step]
    basket: list[Bought] = field(default_factory=list)


@dataclass
class Memory:
    """What somebody carries from visit to visit: what they wanted, what goes with what they bought, what they have."""

    wish: DemoProduct | None = None
    wished_at: datetime | None = None
    next_kinds: list[str] = field(default_factory=list)
    owned: set[str] = field(default_factory=set)


class Shop:
    """The products as visitors find them, by kind."""

    def __init__(self, words: Vocabulary, products: Sequence[DemoProduct]) -> None:
        self.words = words
        self.by_kind: dict[str, list[DemoProduct]] = defaultdict(list)
        for product in products:
            self.by_kind[product.kind.name].append(product)
        self.popular = {product: product.demand**1.4 for product in products}
        self._since = {
            kind: min(product.row["added_at"] for product in own) for kind, own in self.by_kind.items()
        }

    def on_sale(self, kind: str, at: datetime) -> list[DemoProduct]:
        """Products of ``kind`` that the shop had at the time."""
        return [product for product in self.by_kind[kind] if product.row["added_at"] <= at]

    def has(self, kind: str, at: datetime) -> bool:
        """Whether the shop had any product of ``kind`` at the time."""
        return kind in self._since and self._since[kind] <= at


class Shopper:
    """Somebody with a taste and a memory, who makes visits in order of time."""

    def __init__(self, shop: Shop, taste: Taste, chance: random.Random) -> None:
        self._shop, self._taste, self._chance = shop, taste, chance
        self._memory = Memory()
        self._weights: dict[str, dict[DemoProduct, float]] = {}

    def visit(self, at: datetime, buys: bool, lines: int | None = None) -> Visit:
        """A visit that ends at ``at`` in a purchase, or starts then. ``lines``: how many things are bought."""
        chance, memory = self._chance, self._memory
        looked = self._look(at, searches=chance.random() < SEARCHES)
        steps, seen = list(looked[0]), looked[1]
        visit = Visit(steps)
        if not seen:
            return visit
        # What was wished for before is twice as likely to be taken as what is merely liked as much.
        favourite = max(
            seen, key=lambda product: self._liking(product) * (1 + (product is memory.wish)) * chance.uniform(0.6, 1.4)
        )
        if buys:
            self._buy(visit, favourite, lines, at)
        elif chance.random() < LEFT_IN_CART:
            variant = choose_variant(self._taste, favourite, chance)
            visit.steps.append(Step(at, "add_to_cart", favourite.product_id, variant["sku"]))
        if not buys:
            memory.wish, memory.wished_at = favourite, at
        visit.steps = _timed(visit.steps, at, chance, ends=buys)
        return visit

    def _look(self, at: datetime, searches: bool) -> tuple[list[Step], list[DemoProduct]]:
        chance, memory = self._chance, self._memory
        first = None
        if (
            memory.wish and memory.wished_at and at - memory.wished_at < timedelta(days=RETURN_DAYS)
            and chance.random() < RETURNS_TO_WISH
        ):  # fmt: skip
            first, kind = memory.wish, memory.wish.kind.name
        elif chance.random() < STRAYS:
            kind = pick(chance, self._shop.popular).kind.name
        elif memory.next_kinds and chance.random() < GOES_WITH:
            kind = memory.next_kinds.pop(0)
        else:
            kind = ""
        if not self._shop.has(kind, at):
            weights = self._taste.kind_weights(self._shop.words, at)
            kind = pick(chance, {name: weight for name, weight in weights.items() if self._shop.has(name, at)})
        seen = self._choose(kind, at, 1 + min(5, int(chance.expovariate(1 / 1.7))))
        if first is not None:
            seen = [first, *(product for product in seen if product is not first)][:4]
        steps = [Step(at, "view", product.product_id) for product in seen]
        if searches and seen and first is None:
            query = typed(self._shop.words, self._taste, max(seen, key=self._liking), chance)
            steps.insert(0, Step(at, "search", query=query))
        return steps, seen

    def _buy(self, visit: Visit, favourite: DemoProduct, lines: int | None, at: datetime) -> None:
        chance, memory = self._chance, self._memory
        wanted = lines or 1 + (chance.random() < SECOND_THING) * (1 + (chance.random() < THIRD_THING))
        taken = [favourite]
        for kind in [*favourite.kind.goes_with, favourite.kind.name]:
            if len(taken) == wanted:
                break
            for product in self._choose(kind, at, 2):
                if product not in taken:
                    visit.steps.append(Step(at, "view", product.product_id))
                    taken.append(product)
                    break
        for product in taken:
            variant = choose_variant(self._taste, product, chance)
            cheap = variant["price_cents"] < CHEAP_CENTS
            quantity = chance.choice((1, 1, 2, 2, 3, 4)) if cheap and chance.random() < 0.4 else 1
            visit.basket.append(Bought(product, variant, quantity))
            visit.steps.append(Step(at, "add_to_cart", product.product_id, variant["sku"]))
            memory.owned.add(product.product_id)
        visit.steps += [Step(at, "purchase", line.product.product_id, line.variant["sku"]) for line in visit.basket]
        bought_kinds = {product.kind.name for product in taken}
        memory.next_kinds = [kind for kind in favourite.kind.goes_with if kind not in bought_kinds][:2]
        memory.wish = None

    def _choose(self, kind: str, at: datetime, count: int) -> list[DemoProduct]:
        if kind not in self._weights:
            self._weights[kind] = {product: self._taste.weight(product) for product in self._shop.by_kind[kind]}
        weights = {
            product: self._weights[kind][product] * (0.15 if product.product_id in self._memory.owned else 1.0)
            for product in self._shop.on_sale(kind, at)
        }
        return pick_several(self._chance, weights, count)

    def _liking(self, product: DemoProduct) -> float:
        return self._weights.get(product.kind.name, {}).get(product) or self._taste.weight(product)


def _timed(steps: list[Step], at: datetime, chance: random.Random, ends: bool) -> list[Step]:
    """The steps with seconds to minutes between them; the purchase is one moment, ``at`` where the visit ends in it."""
    gaps = [0.0 if step.kind == "purchase" else 8 + min(600.0, chance.expovariate(1 / 55)) for step in steps]
    moment = at - timedelta(seconds=sum(gaps) + CHECKOUT_S) if ends else at
    timed = []
    for step, gap_s in zip(steps, gaps, strict=True):
        moment = at if ends and step.kind == "purchase" else moment + timedelta(seconds=gap_s)
        timed.append(Step(moment.replace(microsecond=0), step.kind, step.product_id, step.sku, step.query))
    return timed
