"""The time, in UTC, and how it is stored: the one place where a time zone is added or taken away."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import DateTime
from sqlalchemy.types import TypeDecorator


def utc_now() -> datetime:
    """The present moment, timezone-aware in UTC."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC. A time without a zone is taken as UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def working_days_later(moment: datetime, days: int) -> datetime:
    """The same time of day, ``days`` working days later: Saturdays and Sundays are none, holidays are not known."""
    while days > 0:
        moment += timedelta(days=1)
        days -= moment.weekday() < 5
    return moment


class UtcDateTime(TypeDecorator):
    """A moment in UTC: timezone-aware in Python always, though SQLite's column knows no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect) -> datetime | None:
        if value is None:
            return None
        moment = as_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect) -> datetime | None:
        return None if value is None else as_utc(value)
