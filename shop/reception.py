"""Whether somebody of staff can join a chat now. Nobody is promised to a shopper on any other ground."""
from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop import policies, staff
from shop.clock import utc_now
from shop.opening_hours import is_open
from shop.schema import staff as people
from shop.staff_roles import RIGHTS

Reception = Literal["free", "busy", "closed"]


def reception(db: Session, at: datetime | None = None) -> Reception:
    """"free": it is within the opening hours and somebody who may take a conversation is there and available.

    "busy": it is within the hours, and nobody is. "closed": it is not (``shop.opening_hours``). ``at``: now if None.
    """
    now = at or utc_now()
    if not is_open(policies.facts(db), now):
        return "closed"
    there = select(people.c.id).where(
        people.c.active, people.c.available, people.c.role.in_(RIGHTS["takeover"]),
        people.c.seen_at > now - staff.PRESENT_FOR,
    ).limit(1)  # fmt: skip
    return "free" if db.execute(there).first() else "busy"
