"""What can be counted of some days, and the rates that follow from it. Figures of several days add up."""
from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

# Times are counted in steps of a tenth, so that percentiles of any span of days can be told from sums.
STEP = math.log(1.1)
GOOD_RATING = 4


@dataclass
class Figures:
    """Counts of one or more days. A conversation counts once for each day on which its shopper wrote.

    ``handed_over`` reached a person, ``in_vain`` asked for one whom nobody was there to be. ``not_understood`` are
    messages of shoppers, of the ``asked`` that the bot was to answer; ``stuck`` the conversations they are in.
    Counters of times count by steps of their logarithm (see ``add_time``); ``revenue_cents`` counts by currency,
    ``intents`` messages and ``intent_talks`` conversations by intent, ``ratings`` by stars, each key a text.
    """

    conversations: int = 0
    handed_over: int = 0
    in_vain: int = 0
    asked: int = 0
    not_understood: int = 0
    stuck: int = 0
    written: int = 0
    written_fallbacks: int = 0
    up: int = 0
    down: int = 0
    rated: int = 0  # conversations with a rating
    thumbed: int = 0  # conversations with a thumb
    handovers: int = 0
    orders: int = 0
    orders_after: int = 0
    buyers_talks: int = 0  # conversations that those orders came after
    ratings: Counter[str] = field(default_factory=Counter)
    bot_ms: Counter[str] = field(default_factory=Counter)
    waiting_ms: Counter[str] = field(default_factory=Counter)
    first_response_ms: Counter[str] = field(default_factory=Counter)
    revenue_cents: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    intent_talks: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """What is not zero, ready for JSON."""
        return {name: value for name, value in vars(self).items() if value}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Figures:
        """Of what ``to_json`` gave; names that this release does not know are left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{
            name: Counter(value) if isinstance(value, dict) else value
            for name, value in stored.items() if name in known
        })  # fmt: skip

    @property
    def contained(self) -> int:
        """Conversations in which nobody asked for a person, and no person stepped in."""
        return self.conversations - self.handed_over - self.in_vain

    @property
    def containment(self) -> float | None:
        return share(self.contained, self.conversations)

    @property
    def handover_rate(self) -> float | None:
        return share(self.handed_over, self.conversations)

    @property
    def fallback_rate(self) -> float | None:
        return share(self.not_understood, self.asked)

    @property
    def written_fallback_rate(self) -> float | None:
        return share(self.written_fallbacks, self.written)

    @property
    def rating_count(self) -> int:
        return self.ratings.total()

    @property
    def rating_mean(self) -> float | None:
        """From 1 to 5."""
        return share(sum(int(stars) * count for stars, count in self.ratings.items()), self.rating_count)

    @property
    def good_ratings(self) -> float | None:
        """Share of ratings with 4 or 5."""
        good = sum(count for stars, count in self.ratings.items() if int(stars) >= GOOD_RATING)
        return share(good, self.rating_count)

    @property
    def thumbs_up_share(self) -> float | None:
        return share(self.up, self.up + self.down)

    @property
    def orders_after_share(self) -> float | None:
        return share(self.orders_after, self.orders)


def share(part: float, whole: float) -> float | None:
    """``part`` of ``whole``; None of nothing, which is neither good nor bad."""
    return part / whole if whole else None


def total(figures: Iterable[Figures]) -> Figures:
    """All of them together; zeros where there are none."""
    summed = Figures()
    for each in figures:
        for name, value in vars(each).items():
            if not value:
                continue
            if isinstance(value, Counter):
                getattr(summed, name).update(value)
            else:
                setattr(summed, name, getattr(summed, name) + value)
    return summed


def add_time(times: Counter[str], duration_ms: float) -> None:
    """Count a time, at least 1 ms, in its step."""
    times[str(math.floor(math.log(max(1.0, duration_ms)) / STEP))] += 1


def percentile_ms(times: Counter[str], percent: float) -> float | None:
    """The time that ``percent`` of those counted took at most, to within 5 per cent; None where none was counted."""
    wanted = math.ceil(times.total() * percent / 100)
    for step in sorted(times, key=int):
        wanted -= times[step]
        if wanted <= 0:
            return math.exp((int(step) + 0.5) * STEP)
    return None
