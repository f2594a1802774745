"""Days on the shop's own clock, and the spans of them that are looked at together."""
from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from shop.clock import as_utc, utc_now
from shop.errors import BadInput
from shop.policies import facts

logger = logging.getLogger(__name__)

PRESET_DAYS = {"today": 1, "7": 7, "28": 28, "90": 90}
MOST_DAYS = 400  # a year, and the weeks that a year begins and ends in


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days, right before these."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def by_day(self) -> list[Period]:
        """Each day by itself, in order."""
        return [Period(day, day) for day in (self.first + timedelta(days=number) for number in range(self.days))]

    def by_week(self) -> list[Period]:
        """Weeks from Monday to Sunday, in order; the first and the last are cut to the period."""
        weeks, monday = [], self.first - timedelta(days=self.first.weekday())
        while monday <= self.last:
            weeks.append(Period(max(monday, self.first), min(monday + timedelta(days=6), self.last)))
            monday += timedelta(days=7)
        return weeks


def time_zone(db: Session) -> ZoneInfo:
    """The shop's zone: the fact ``time_zone`` of its policies, else UTC."""
    name = str(facts(db).get("time_zone") or "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        logger.warning("The policies' time_zone %r is unknown; days are taken as UTC.", name)
        return ZoneInfo("UTC")


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day that a moment belongs to on the shop's clock."""
    return as_utc(moment).astimezone(zone).date()


def bounds(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """(first moment of the period, first moment after it) in UTC: a day may have 23 or 25 hours."""
    start, end = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (period.first, period.last + timedelta(days=1))
    )
    return start, end


def chosen(zone: ZoneInfo, preset: str, first: str = "", last: str = "", now: datetime | None = None) -> Period:
    """The period that somebody asked for: one of PRESET_DAYS, which end today, or the days ``first`` to ``last``.

    Days are given as "2026-11-24"; they win over the preset, and one that is missing is the other one. Raises
    BadInput for what is no day, for a period that ends before it begins, and for more than MOST_DAYS.
    """
    if first or last:
        begin, end = _day("from", first or last), _day("to", last or first)
        if end < begin:
            raise BadInput("to", last, "it lies before the first day.")
        if (end - begin).days >= MOST_DAYS:
            raise BadInput("from", first, f"at most {MOST_DAYS} days can be looked at together.")
        return Period(begin, end)
    if preset not in PRESET_DAYS:
        raise BadInput("period", preset, f"use one of {', '.join(PRESET_DAYS)}.")
    today = local_day(now or utc_now(), zone)
    return Period(today - timedelta(days=PRESET_DAYS[preset] - 1), today)


def _day(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(field, text, "use a day such as 2026-11-24.") from error
    if not 2000 <= day.year <= 2100:  # arithmetic on days has to end somewhere
        raise BadInput(field, text, "use a year from 2000 to 2100.")
    return day
