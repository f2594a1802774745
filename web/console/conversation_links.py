"""Links into the list of conversations, in the words of its filters."""
from __future__ import annotations

from urllib.parse import urlencode

from shop.periods import Period


def conversations_path(period: Period, **filters: str) -> str:
    """The list of the conversations of a period, filtered further."""
    span = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return f"/console/conversations?{urlencode(span | filters)}"
