"""When people of the shop are there, read from the policies' fact ``support_hours``.

The fact is a line for people that programs read too: "Monday to Friday 9:00-18:00, Saturday 10:00-16:00".
"""
from __future__ import annotations

import logging
import re
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shop.clock import utc_now

logger = logging.getLogger(__name__)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(
    r"(?P<days>[a-z][a-z ,&\-–]*?)\s*:?,?\s*(?:from\s+)?(?P<from>\d{1,2}(?:[:.]\d{2})?)\s*(?P<from_half>am|pm)?\s*"
    r"(?:-|–|to|until|till)\s*(?P<to>\d{1,2}(?:[:.]\d{2})?)\s*(?P<to_half>am|pm)?",
    re.IGNORECASE,
)


def is_open(facts: dict[str, Any], at: datetime | None = None) -> bool:
    """Whether somebody is there at ``at`` (now if None), by the shop's own clock (fact ``time_zone``, else UTC).

    Without hours that can be read nobody is promised: False.
    """
    hours = opening_times(str(facts.get("support_hours") or ""))
    moment = local_time(facts, at)
    return any(start <= moment.time() < end for start, end in hours.get(moment.weekday(), ()))


def local_time(facts: dict[str, Any], at: datetime | None = None) -> datetime:
    """``at`` (now if None) on the shop's own clock."""
    return (at or utc_now()).astimezone(_zone(facts))


def opening_times(line: str) -> dict[int, list[tuple[time, time]]]:
    """Weekday (0 is Monday) -> spans of that day; empty where the line says nothing that can be read."""
    times: dict[int, list[tuple[time, time]]] = {}
    for found in _SPAN.finditer(line):
        span = (_clock(found["from"], found["from_half"]), _clock(found["to"], found["to_half"]))
        for day in _days(found["days"]):
            times.setdefault(day, []).append(span)
    if line and not times:
        logger.warning("The policies' support_hours %r cannot be read; write 'Monday to Friday 9:00-18:00'.", line)
    return times


def _days(words: str) -> list[int]:
    words = words.lower()
    if re.search(r"\b(?:daily|every ?day)\b", words):
        return list(range(7))
    days: list[int] = []
    for part in re.split(r",|&|\band\b", words):
        named = [DAYS.index(name[:3]) for name in re.findall(r"[a-z]{3,}", part) if name[:3] in DAYS]
        if len(named) == 2:  # "Monday to Friday", also over the end of the week
            length = (named[1] - named[0]) % 7 + 1
            days += [(named[0] + offset) % 7 for offset in range(length)]
        else:
            days += named
    return days


def _clock(text: str, half: str | None) -> time:
    hour, _, minute = text.replace(".", ":").partition(":")
    shift = 12 if (half or "").lower() == "pm" and int(hour) < 12 else 0
    hours = int(hour) + shift
    # 24:00 ends a day; time() ends at 23:59:59.
    return time(23, 59, 59) if hours >= 24 else time(hours, min(59, int(minute or 0)))


def _zone(facts: dict[str, Any]) -> ZoneInfo:
    name = str(facts.get("time_zone") or "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        logger.warning("The policies' time_zone %r is unknown; hours are taken as UTC.", name)
        return ZoneInfo("UTC")
