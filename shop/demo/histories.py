"""Who came when: the plan of all visits, and the events and baskets that follow from it."""
from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shop.demo.catalogue import DemoProduct
from shop.demo.chance import shares, stream
from shop.demo.people import GUEST, PeopleMaker, Person
from shop.demo.sessions import Bought, Shop, Shopper, Visit
from shop.demo.tastes import draw_taste
from shop.demo.vocabulary import Vocabulary

FIRST_NUMBER = 100_001
WINDOW_DAYS = 540
# Share of orders from the last days, so that there always are some in every state.
LAST_DAYS, LAST_DAYS_SHARE = 9, 0.045
GUESTS_SHARE = 0.03
NEVER_BUYS = 0.17
MOST_ORDERS = 24
LOOKS_BEFORE_BUYING = 0.5  # share of visits in the days before a purchase
# Measured means of events in a visit, from which visits are planned, with some to spare that are left out again.
EVENTS_OF_PURCHASE, EVENTS_OF_LOOK = 6.3, 3.1
SPARE = (1.25, 2.5, 5.0)  # tried in turn: in a small shop there is less to look at in a visit
HOURS = (0.2, 0.1, 0.05, 0.05, 0.1, 0.3, 0.8, 1.4, 1.8, 2, 2.2, 2.2, 2.6, 2.2, 2, 2, 2.2, 2.6, 3, 3.6, 4.2, 4, 2.6, 1)


@dataclass(frozen=True)
class Order:
    """A basket on its way to becoming an order. ``fate``: what shall have become of it, None where chance decides."""

    number: str
    person: Person
    at: datetime
    basket: list[Bought]
    fate: str | None


@dataclass(frozen=True)
class Planned:
    """A visit to come. ``lines``: how many things are bought, None where chance decides."""

    at: datetime
    buys: bool
    fate: str | None = None
    lines: int | None = None


@dataclass(frozen=True)
class _Told:
    """A visit that was made. ``visitor_id`` is a guest's."""

    person: Person
    planned: Planned
    visit: Visit
    visitor_id: str | None


# Orders of the cast: how many hours ago, what became of it, how many lines.
CAST_ORDERS: dict[int, tuple[tuple[float, str | None, int | None], ...]] = {
    0: (
        (10, "placed", 2), (30, "packed", 1), (76, "shipped", 2), (220, "delivered", 2), (560, "returned", 1),
        (1500, "refunded", 1), (700, "cancelled", 1), (438, "partly returned", 2), (2888, "delivered long ago", 1),
    ),
    2: tuple((696.0 * number + 390, "delivered", 3) for number in range(14)),
    3: ((78, "shipped", 1),),
    4: ((198, "delivered", 1), (1806, "delivered long ago", 2), (3990, "delivered long ago", 1)),
}  # fmt: skip
CAST_LOOKS = {0: 22, 1: 0, 2: 26, 3: 3, 4: 9}
GUEST_ORDER = (80.0, "shipped", 1)


@dataclass
class Histories:
    """``events``: rows of the table, by time; ``orders``: those placed, by time."""

    events: list[dict[str, Any]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


def make_histories(
    words: Vocabulary,
    products: Sequence[DemoProduct],
    people: Sequence[Person],
    maker: PeopleMaker,
    seed: int,
    events: int,
    orders: int,
    now: datetime,
) -> Histories:
    """Visits with ``events`` events and ``orders`` orders in all.

    There are more events where the orders need more, and fewer where there is nobody but the cast. Raises ValueError
    where the customers cannot place so many orders (about 24 each).
    """
    shop = Shop(words, products)
    for spare in SPARE:
        told = _tell(shop, people, maker, seed, round(events * spare), orders, now)
        if sum(len(each.visit.steps) for each in told) >= events:
            break
    _trim(told, events, stream(seed, "left out"))
    return _collect(told)


def _tell(
    shop: Shop, people: Sequence[Person], maker: PeopleMaker, seed: int, events: int, orders: int, now: datetime
) -> list[_Told]:
    """All visits, planned for about ``events`` events."""
    chance = stream(seed, "visits")
    fixed = sum(map(len, CAST_ORDERS.values())) + 1
    guests = 1 + round(max(0, orders - fixed) * GUESTS_SHARE)
    counts = _order_counts(chance, len(people), max(0, orders - fixed - guests + 1))
    looks = _look_counts(chance, len(people), counts, max(orders, fixed), events)
    told = []
    for index, person in enumerate(people):
        plan = _plan(chance, person, index, counts[index], looks[index], now)
        own = stream(seed, "shopper", str(index))
        shopper = Shopper(shop, draw_taste(shop.words, own), own)
        told += [_Told(person, each, shopper.visit(each.at, each.buys, each.lines), None) for each in plan]
    for number in range(guests):
        own = stream(seed, "guest", str(number))
        guest = maker.guest(GUEST if number == 0 else None)
        hours, fate, lines = GUEST_ORDER if number == 0 else (None, None, None)
        at = now - timedelta(hours=hours) if hours else _moment(own, now - timedelta(days=WINDOW_DAYS), now, True)
        visitor_id = uuid.UUID(int=own.getrandbits(128), version=4).hex
        visit = Shopper(shop, draw_taste(shop.words, own), own).visit(at, True, lines)
        told.append(_Told(guest, Planned(at, True, fate), visit, visitor_id))
    return told


def _order_counts(chance: random.Random, people: int, orders: int) -> list[int]:
    """Orders of each customer but the cast, whose orders are fixed: many have one or none, some twenty."""
    weights = [
        0.0 if index in CAST_LOOKS or chance.random() < NEVER_BUYS else chance.lognormvariate(0, 0.85)
        for index in range(people)
    ]
    if not any(weights):
        return [0] * people
    most = max(MOST_ORDERS, -(-2 * orders // max(1, sum(weight > 0 for weight in weights))))
    return shares(chance, orders, weights, most)


def _look_counts(
    chance: random.Random, people: int, counts: Sequence[int], orders: int, events: int
) -> list[int]:
    """Visits without a purchase; those who buy much also look much, and some never came at all."""
    total = max(0, round((events - EVENTS_OF_PURCHASE * orders) / EVENTS_OF_LOOK) - sum(CAST_LOOKS.values()))
    weights = [
        0.0 if index in CAST_LOOKS or (counts[index] == 0 and chance.random() < 0.2)
        else (1 + counts[index]) ** 0.6 * chance.lognormvariate(0, 0.7)
        for index in range(people)
    ]  # fmt: skip
    looks = shares(chance, total, weights, total) if any(weights) else [0] * people
    return [CAST_LOOKS.get(index, count) for index, count in enumerate(looks)]


def _plan(
    chance: random.Random, person: Person, index: int, orders: int, looks: int, now: datetime
) -> list[Planned]:
    since = max(person.row["created_at"], now - timedelta(days=WINDOW_DAYS))
    plan = [Planned(_moment(chance, since, now, True), True) for _ in range(orders)]
    plan += [
        Planned(now - timedelta(hours=hours), True, fate, lines)
        for hours, fate, lines in CAST_ORDERS.get(index, ())
    ]
    bought_at = [each.at for each in plan]
    for _ in range(looks):
        at = _moment(chance, since, now, False)
        if bought_at and chance.random() < LOOKS_BEFORE_BUYING:
            at = max(since, chance.choice(bought_at) - timedelta(days=chance.uniform(0.2, 9)))
        plan.append(Planned(at.replace(microsecond=0), False))
    return sorted(plan, key=lambda each: each.at)


def _moment(chance: random.Random, since: datetime, now: datetime, buys: bool) -> datetime:
    """A time between the two, more likely in the evening and of late."""
    last = now - timedelta(days=LAST_DAYS)
    if buys and chance.random() < LAST_DAYS_SHARE:
        since = max(since, last)
    days = (now - since) / timedelta(days=1)
    # The shop grows: more happens towards the end.
    back = int(days * (1 - chance.random() ** 0.75))
    day = (now - timedelta(days=back + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    hour = chance.choices(range(24), HOURS)[0]
    moment = day + timedelta(hours=hour, minutes=chance.randrange(60), seconds=chance.randrange(60))
    # Half an hour is left at both ends, for the visit itself.
    return min(max(moment, since + timedelta(minutes=30)), now - timedelta(minutes=30))


def _trim(told: Sequence[_Told], events: int, chance: random.Random) -> None:
    """Leave out visits without a purchase, the last of them in part, until there are ``events`` events."""
    surplus = sum(len(each.visit.steps) for each in told) - events
    cast_ids = {f"C{index + 1:05d}" for index in CAST_LOOKS}
    looks = [each.visit for each in told if not each.planned.buys and each.person.customer_id not in cast_ids]
    chance.shuffle(looks)
    for visit in looks:
        while surplus > 0 and visit.steps:
            visit.steps.pop()
            surplus -= 1


def _collect(told: Sequence[_Told]) -> Histories:
    result = Histories()
    buying = sorted((each for each in told if each.visit.basket), key=lambda each: each.visit.steps[-1].at)
    for number, each in enumerate(buying, FIRST_NUMBER):
        last = each.visit.steps[-1]
        result.orders.append(Order(f"{number:06d}", each.person, last.at, each.visit.basket, each.planned.fate))
    numbers = {id(each): order.number for each, order in zip(buying, result.orders, strict=True)}
    for each in told:
        result.events += [
            {
                "at": step.at, "kind": step.kind, "customer_id": each.person.customer_id,
                "visitor_id": each.visitor_id, "product_id": step.product_id, "sku": step.sku, "query": step.query,
                "order_number": numbers[id(each)] if step.kind == "purchase" else None,
            }
            for step in each.visit.steps
        ]  # fmt: skip
    result.events.sort(key=lambda row: row["at"])
    return result
