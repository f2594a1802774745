"""Chance that repeats itself: one stream of numbers for each subject, so that a change in one leaves the others."""
from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def stream(seed: int, *subject: str) -> random.Random:
    """The numbers that belong to ``subject``, always the same for the same ``seed``, on every machine."""
    # Nothing is guarded by these numbers: they make up a shop.
    return random.Random(":".join((str(seed), *subject)))  # noqa: S311


def pick(chance: random.Random, weights: dict[Item, float]) -> Item:
    """One of the keys, each as likely as its weight says. Raises ValueError where all weights are 0."""
    return chance.choices(list(weights), list(weights.values()))[0]


def pick_several(chance: random.Random, weights: dict[Item, float], count: int) -> list[Item]:
    """``count`` different keys (fewer where fewer have a weight), the likelier ones rather first."""
    # A weighted draw without replacement: the largest keys u^(1/w), Efraimidis and Spirakis 2006.
    keyed = [(chance.random() ** (1 / weight), item) for item, weight in weights.items() if weight > 0]
    keyed.sort(key=lambda pair: pair[0], reverse=True)
    return [item for _, item in keyed[:count]]


def subset(chance: random.Random, items: Sequence[Item], count: int) -> list[Item]:
    """``count`` different items (all where there are fewer), in their own order."""
    if count >= len(items):
        return list(items)
    return [items[index] for index in sorted(chance.sample(range(len(items)), count))]


def shares(chance: random.Random, total: int, weights: Sequence[float], most: int) -> list[int]:
    """``total`` things given out by weight, at most ``most`` to each.

    Raises ValueError where there is no room for all of them.
    """
    open_ones = [index for index, weight in enumerate(weights) if weight > 0]
    if total > most * len(open_ones):
        raise ValueError(f"{total} things do not fit into {len(open_ones)} places of {most}: raise one of them.")
    given = [0] * len(weights)
    left = total
    while left:
        for index in chance.choices(open_ones, [weights[index] for index in open_ones], k=left):
            if given[index] < most:
                given[index] += 1
                left -= 1
        open_ones = [index for index in open_ones if given[index] < most]
    return given
