"""What people type into a shop's search box."""
from __future__ import annotations

import random

from shop.demo.catalogue import DemoProduct
from shop.demo.tastes import Taste
from shop.demo.vocabulary import Vocabulary

TYPING_ERROR = 0.05
BUDGET_STEP_CENTS = 1_000
# What the query names besides the kind -> how often.
FORMS = {
    "kind": 24, "colour kind": 16, "material kind": 10, "feature kind": 14, "brand kind": 13, "brand": 5,
    "kind size": 6, "kind under": 7, "category": 3, "kind for season": 2,
}  # fmt: skip


def typed(words: Vocabulary, taste: Taste, wanted: DemoProduct, chance: random.Random) -> str:
    """A query by somebody with ``taste`` who has something like ``wanted`` in mind; at most 80 characters."""
    form = chance.choices(list(FORMS), list(FORMS.values()))[0]
    kind = wanted.kind.name
    if chance.random() < 0.35:
        kind = plural(kind)
    liked = [each["colour"] for each in wanted.variants if each["colour"] in taste.colours]
    variant = wanted.variants[0]
    if form == "colour kind":
        query = f"{chance.choice(liked) if liked else variant['colour']} {kind}"
    elif form == "material kind":
        query = f"{variant['material']} {kind}"
    elif form == "feature kind" and wanted.feature.name:
        query = wanted.feature.title.format(kind=kind)
    elif form == "brand kind":
        query = f"{wanted.brand.name} {kind}"
    elif form == "brand":
        query = wanted.brand.name
    elif form == "kind size" and wanted.kind.sizes in taste.sizes:
        query = f"{kind} size {taste.sizes[wanted.kind.sizes].removeprefix('size ')}"
    elif form == "kind under":
        steps = -(-variant["price_cents"] // BUDGET_STEP_CENTS)
        query = f"{kind} under {steps * BUDGET_STEP_CENTS // 100}"
    elif form == "category":
        query = chance.choice(words.categories[wanted.kind.category].synonyms)
    elif form == "kind for season" and wanted.kind.season in ("summer", "winter"):
        query = f"{kind} for {wanted.kind.season}"
    else:
        query = kind
    query = query.lower() if chance.random() < 0.8 else query
    return _mistyped(query, chance) if chance.random() < TYPING_ERROR else query


def plural(kind: str) -> str:
    """More than one of a kind, as people write it."""
    if kind.endswith("knife"):
        return f"{kind[:-5]}knives"
    if kind.endswith(("s", "linen", "trousers")):
        return f"{kind}es" if kind.endswith(("dress", "ss")) else kind
    return f"{kind}es" if kind.endswith(("sh", "ch", "x")) else f"{kind}s"


def _mistyped(query: str, chance: random.Random) -> str:
    """Two neighbouring letters swapped, or one left out."""
    place = chance.randrange(max(1, len(query) - 1))
    if chance.random() < 0.5:
        return query[:place] + query[place + 1 :]
    return query[:place] + query[place + 1 : place + 2] + query[place : place + 1] + query[place + 2 :]
