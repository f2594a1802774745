"""The demo shop's products: families of near twins, each a line of a brand, with features that tell them apart."""
from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shop.demo import pricing
from shop.demo.chance import shares, stream
from shop.demo.variants import Range, choose_range, make_variants
from shop.demo.vocabulary import Brand, Feature, Kind, Vocabulary
from shop.demo.wording import describe, listing
from shop.errors import BadInput

MOST_OF_A_KIND = 150
FAMILY_SIZES = ((1, 30), (2, 40), (3, 30))
# A value of nought says that the product has none of it.
NONE_AT_ZERO = ("power_w", "power_max_w", "cable_cm", "battery_hours", "wash_c")
CARED_FOR = ("jackets", "tops", "trousers", "dresses")
OLD_DAYS, NEW_DAYS, FIRST_DAYS = 1200, 560, 6
# Half the shoppers of a usual product leave none; counts have a long tail.
RATING_MEAN, RATING_SPREAD = 4.15, 0.33


@dataclass(frozen=True, eq=False)
class DemoProduct:
    """A product as the generator knows it: its rows, and what the database is never told.

    ``demand``: how often it is chosen compared with a usual product; ``price_place``: where its price stands among
    those of its kind, 0 to 1.
    """

    row: dict[str, Any]
    variants: list[dict[str, Any]]
    brand: Brand
    kind: Kind
    feature: Feature
    demand: float
    price_place: float

    @property
    def product_id(self) -> str:
        return self.row["id"]


@dataclass
class _Draft:
    title: str
    brand: Brand
    kind: Kind
    line: str
    feature: Feature
    attributes: dict[str, Any]
    what: Range
    price_place: float


def make_products(words: Vocabulary, seed: int, count: int, now: datetime) -> list[DemoProduct]:
    """``count`` products. Raises BadInput where they are too few to have one of each category, or too many."""
    most = MOST_OF_A_KIND * len(words.kinds)
    if not len(words.categories) <= count <= most:
        raise BadInput("products", count, f"it must be from {len(words.categories)} to {most}.")
    drafts = [
        draft
        for kind, number in _counts(words, seed, count).items()
        for draft in _drafts(words, kind, number, stream(seed, "products", kind.name))
    ]
    stream(seed, "order of products").shuffle(drafts)
    chance = stream(seed, "details")
    used: Counter[str] = Counter()
    return [
        _product(words, f"P{number:05d}", draft, now, used, chance) for number, draft in enumerate(drafts, 1)
    ]


def _counts(words: Vocabulary, seed: int, count: int) -> dict[Kind, int]:
    """How many products of each kind; with few products every category still has one."""
    chance = stream(seed, "counts")
    by_category = defaultdict(list)
    for kind in words.kinds.values():
        by_category[kind.category].append(kind)
    longest = max(map(len, by_category.values()))
    in_turn = [kinds[place] for place in range(longest) for kinds in by_category.values() if place < len(kinds)]
    first = in_turn[:count]
    weights = [chance.uniform(0.6, 1.5) if kind in first else 0.0 for kind in in_turn]
    further = shares(chance, count - len(first), weights, MOST_OF_A_KIND - 1)
    return {kind: 1 + more for kind, more in zip(in_turn, further, strict=True) if kind in first}


def _drafts(words: Vocabulary, kind: Kind, count: int, chance: random.Random) -> list[_Draft]:
    brands = [brand for brand in words.brands.values() if kind.category in brand.categories]
    free = [(brand, line) for brand in brands for line in brand.lines]
    # Brands take turns, so that none has a kind to itself: shuffled lines, sorted by how often their brand was.
    chance.shuffle(free)
    turn: Counter[str] = Counter()
    ordered = []
    for brand, line in free:
        turn[brand.name] += 1
        misfit = bool(kind.styles) and brand.style not in kind.styles
        ordered.append((turn[brand.name] + chance.random() + 4 * misfit, brand, line))
    ordered.sort(key=lambda entry: entry[0])
    drafts: list[_Draft] = []
    for _, brand, line in ordered:
        size = chance.choices([each[0] for each in FAMILY_SIZES], [each[1] for each in FAMILY_SIZES])[0]
        drafts += _family(words, kind, brand, line, min(size, count - len(drafts)), chance)
        if len(drafts) == count:
            return drafts
    for draft in list(drafts):  # more are wanted than there are lines: the families grow
        missing = [each for each in kind.features if not _taken(drafts, draft, each)]
        for feature in missing[: count - len(drafts)]:
            drafts.append(_twin(draft, feature))
    return drafts


def _family(
    words: Vocabulary, kind: Kind, brand: Brand, line: str, size: int, chance: random.Random
) -> list[_Draft]:
    attributes = {name: _value(values, chance) for name, values in kind.attributes.items()}
    material = words.materials[chance.choice(kind.materials)]
    base = pricing.base_cents(kind, brand, chance)
    span = kind.price_max_cents - kind.price_min_cents
    place = min(1.0, max(0.0, (base - kind.price_min_cents) / span))
    plain = kind.features[0]
    drafts = []
    features = [plain, *chance.sample(kind.features[1:], len(kind.features) - 1)]
    if chance.random() < 0.4:  # four families in ten do without the plain one
        features = [*features[1:], plain]
    for feature in features[:size]:
        own = words.materials[feature.sets.get("material", material.name)]
        what = choose_range(words, kind, own, base, chance, feature)
        first = _Draft("", brand, kind, line, plain, attributes, what, place)
        drafts.append(_twin(first, feature))
    return drafts


def _twin(draft: _Draft, feature: Feature) -> _Draft:
    title = f"{draft.line} {feature.title.format(kind=draft.kind.name)}"
    attributes = _with_feature(draft.attributes, feature)
    return _Draft(
        title, draft.brand, draft.kind, draft.line, feature, attributes, draft.what, draft.price_place
    )


def _taken(drafts: list[_Draft], draft: _Draft, feature: Feature) -> bool:
    return any(each.line == draft.line and each.feature is feature for each in drafts)


def _value(values: str, chance: random.Random) -> Any:
    """One of ``values``: ``a|b|c``, or ``low..high/step``."""
    if ".." not in values:
        return _typed(chance.choice(values.split("|")))
    bounds, step = values.split("/")
    low, high = (float(bound) for bound in bounds.split(".."))
    value = low + float(step) * chance.randint(0, round((high - low) / float(step)))
    return int(value) if value.is_integer() else value


def _typed(text: str) -> Any:
    if text in ("yes", "no"):
        return text == "yes"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _with_feature(attributes: dict[str, Any], feature: Feature) -> dict[str, Any]:
    changed = dict(attributes)
    for name, value in feature.sets.items():
        if name[-1] in "+-":
            known = name[:-1]
            changed[known] += _typed(value) if name[-1] == "+" else -_typed(value)
        else:
            changed[name] = _typed(value)
    return changed


def _product(
    words: Vocabulary, product_id: str, draft: _Draft, now: datetime, used: Counter[str], chance: random.Random
) -> DemoProduct:
    kind, material = draft.kind, draft.what.materials[0]
    attributes = {"material": material.name, "season": kind.season} | draft.attributes
    if kind.category in CARED_FOR and material.care:
        attributes.setdefault("care", material.care)
    attributes = {
        name: value
        for name, value in attributes.items()
        if not (name in NONE_AT_ZERO and value == 0)
    }
    colours = draft.what.colours
    facts = attributes | {
        "feature": draft.feature.name, "line": draft.line, "brand": draft.brand.name, "kind": kind.name,
        "made": kind.made, "colours": listing(colours), "colour_count": len(colours),
        "second_material": "".join(other.said for other in draft.what.materials[1:]), "material_said": material.said,
    }  # fmt: skip
    description = describe(kind.sentences, facts, chance, used)
    quality = min(4.9, max(2.6, chance.gauss(RATING_MEAN, RATING_SPREAD)))
    demand = chance.lognormvariate(0, 0.9) * (quality / RATING_MEAN) ** 2
    new = chance.random() < 0.15
    age_days = chance.randint(FIRST_DAYS, NEW_DAYS) if new else chance.randint(NEW_DAYS, OLD_DAYS)
    added_at = now - timedelta(days=age_days, hours=chance.randint(1, 9))
    ratings = int(demand * chance.lognormvariate(3.4, 0.8) * min(1.0, age_days / NEW_DAYS))
    row = {
        "id": product_id, "title": draft.title, "brand": draft.brand.name, "category": kind.category,
        "kind": kind.name, "description": description, "attributes": attributes,
        "rating": round(quality, 1) if ratings else 0.0, "rating_count": ratings, "active": True,
        "added_at": added_at, "updated_at": added_at,
    }  # fmt: skip
    variants = make_variants(words, product_id, draft.what, draft.feature, demand, chance)
    return DemoProduct(row, variants, draft.brand, kind, draft.feature, demand, draft.price_place)
