"""How the bot and the people behind it did in a period, beside the period before and step by step."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from shop import daily_figures
from shop.clock import utc_now
from shop.figures import Figures, total
from shop.periods import Period, local_day

DAYS_BY_WEEK = 60  # from so many on, days are too many for one picture
STEPS = ("day", "week")


@dataclass(frozen=True)
class Step:
    """A day or a week of the period, with the figures of the step at the same place in the period before."""

    period: Period
    figures: Figures
    before: Figures


@dataclass(frozen=True)
class Overview:
    """``uncounted``: days of either period that the background has still to count, and that are left out here."""

    period: Period
    figures: Figures
    before: Figures
    steps: list[Step]
    by: str
    uncounted: int


def overview(
    db: Session, period: Period, zone: ZoneInfo, by: str = "", now: datetime | None = None
) -> Overview:
    """The figures of ``period`` on the shop's clock in ``zone``; zeros where nothing happened.

    ``by``: "day" or "week"; whatever else lets the length of the period decide.
    """
    now = now or utc_now()
    both = Period(period.before.first, period.last)
    days = daily_figures.of_days(db, both, zone, now)
    by = by if by in STEPS else "week" if period.days >= DAYS_BY_WEEK else "day"

    def over(span: Period) -> Figures:
        return total(days[each.first] for each in span.by_day() if each.first in days)

    earlier = period.before.by_day()
    steps = []
    for span in period.by_week() if by == "week" else period.by_day():
        begin = (span.first - period.first).days
        same = earlier[begin : begin + span.days]
        steps.append(Step(span, over(span), over(Period(same[0].first, same[-1].last))))
    today = local_day(now, zone)
    return Overview(
        period, total(step.figures for step in steps), total(step.before for step in steps),
        [step for step in steps if step.period.first <= today], by, daily_figures.uncounted(db, both, zone, now),
    )  # fmt: skip
