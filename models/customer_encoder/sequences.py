"""What customers did, as arrays: products as rows, kinds and gaps of time as small numbers, visits as they came.

A "choice" is a purchase. What is held out for validation and test is always a whole visit in which something was
chosen, with all that came after its beginning: the last look before a purchase would give the answer away.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log2
from typing import Protocol

import numpy as np

# Place in the tuple = number in the network. New kinds go to the end; 0 is any kind that is not named here.
KINDS = ("other", "view", "click", "add_to_cart", "purchase", "remove_from_cart", "return", "review")
NUMBER_OF_KIND = {kind: number for number, kind in enumerate(KINDS)}
CHOICE = NUMBER_OF_KIND["purchase"]
GAPS = 20  # buckets of time between two events: 0 is unknown, then doubling from a minute to half a year
VISIT_GAP_MINUTES = 30  # a longer pause begins a new visit


class Interaction(Protocol):
    """Something that somebody did with a product. Without ``at`` each interaction is a visit by itself."""

    kind: str
    product_id: str | None
    at: datetime | None


@dataclass(frozen=True)
class History:
    """Events of one customer, oldest first: arrays of one length (events,).

    ``products``: rows of the products; ``kinds``: numbers of KINDS; ``gaps``: bucket of the time since the event
    before; ``visits``: number of the visit, counted from 0.
    """

    products: np.ndarray
    kinds: np.ndarray
    gaps: np.ndarray
    visits: np.ndarray

    def __len__(self) -> int:
        return len(self.products)

    def until(self, event: int) -> History:
        """The events before number ``event``."""
        return History(self.products[:event], self.kinds[:event], self.gaps[:event], self.visits[:event])


@dataclass(frozen=True)
class HeldOut:
    """One question with its answer: what was known of customer ``customer`` (a row), and what they then chose."""

    customer: int
    known: History
    chosen: np.ndarray


def history(events: Iterable[Interaction], row_of_id: Mapping[str, int]) -> History:
    """The events of one customer as arrays; those without a product, or with one that has no row, are left out."""
    products, kinds, gaps, visits = [], [], [], []
    before: datetime | None = None
    visit = -1
    for event in events:
        row = row_of_id.get(event.product_id) if event.product_id else None
        if row is None:
            continue
        minutes = None if event.at is None or before is None else (event.at - before).total_seconds() / 60
        if minutes is None or minutes > VISIT_GAP_MINUTES:
            visit += 1
        products.append(row)
        kinds.append(NUMBER_OF_KIND.get(event.kind, 0))
        gaps.append(gap_bucket(minutes))
        visits.append(visit)
        before = event.at
    return History(*(np.array(column, dtype=np.int64) for column in (products, kinds, gaps, visits)))


def gap_bucket(minutes: float | None) -> int:
    """0 where the gap is unknown, else 1 to GAPS - 1."""
    return 0 if minutes is None else 1 + min(GAPS - 2, int(log2(1 + max(0.0, minutes))))


def chosen_in_order(products: Sequence[int]) -> History:
    """Products chosen one after another, of which nothing else is known."""
    count = len(products)
    return History(
        np.asarray(products, dtype=np.int64), np.full(count, CHOICE), np.zeros(count, np.int64), np.arange(count)
    )


def hold_out(histories: Sequence[History]) -> tuple[list[History], list[HeldOut]]:
    """Take the last visit with a choice, and what came after, off each history, and ask what was chosen in it.

    Returns (what is left, questions). Of whom nothing is known before, nothing is taken and nothing is asked.
    """
    kept, questions = [], []
    for customer, each in enumerate(histories):
        choices = np.flatnonzero(each.kinds == CHOICE)
        last = each.visits[choices[-1]] if len(choices) else -1
        start = int(np.searchsorted(each.visits, last)) if len(choices) else 0
        if start == 0:
            kept.append(each)
            continue
        known = each.until(start)
        asked = (each.visits == last) & (each.kinds == CHOICE)
        kept.append(known)
        questions.append(HeldOut(customer, known, np.unique(each.products[asked])))
    return kept, questions


def targets(each: History) -> tuple[np.ndarray, np.ndarray]:
    """For each event what comes next: (next other product (n,), next product chosen (n,)), -1 where there is none.

    The second is -1 also where it is the first again, and where it is in the same visit something already looked at:
    that the basket will be bought need not be learned.
    """
    count = len(each)
    other, chosen = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    for event in range(count - 2, -1, -1):
        following = each.products[event + 1]
        other[event] = following if following != each.products[event] else other[event + 1]
    following, visit = -1, -1
    for event in range(count - 1, -1, -1):
        seen = visit == each.visits[event] and following in each.products[: event + 1][
            each.visits[: event + 1] == visit
        ]
        if following >= 0 and following != other[event] and not seen:
            chosen[event] = following
        if each.kinds[event] == CHOICE:
            following, visit = each.products[event], each.visits[event]
    return other, chosen


def windows(histories: Iterable[History], length: int) -> list[History]:
    """Histories cut into pieces of at most ``length`` + 1 events that overlap by half; pieces of one event are none."""
    pieces = []
    for each in histories:
        end = len(each)
        while end > 1:
            start = max(0, end - length - 1)
            pieces.append(
                History(each.products[start:end], each.kinds[start:end], each.gaps[start:end], each.visits[start:end])
            )
            if start == 0:
                break
            end = start + length // 2 + 1
    return pieces


def reversed_history(each: History) -> History:
    """The same events the other way round. The gaps move by one, so that each still lies between the same two."""
    gaps = np.concatenate([each.gaps[:1], each.gaps[1:][::-1]])
    return History(each.products[::-1], each.kinds[::-1], gaps, (each.visits.max() - each.visits)[::-1])
