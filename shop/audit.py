"""Reading the audit log: who looked at or changed a customer's data, who signed in, who changed whose rights.

It is written by ``shop.privacy.log``, in the transaction of what it tells.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from shop.schema import audit_log

PAGE = 50
STAFF = "staff:"


@dataclass(frozen=True)
class Entry:
    """One row. ``actor``: "staff:<id>", "customer", "operator", "visitor", "system"."""

    entry_id: int
    at: datetime
    actor: str
    action: str
    customer_id: str | None
    detail: dict[str, Any]

    @property
    def staff_id(self) -> int | None:
        """The member of staff who acted; None where it was nobody of staff."""
        number = self.actor.removeprefix(STAFF)
        return int(number) if self.actor.startswith(STAFF) and number.isdecimal() else None


def entries(
    db: Session, actor: str = "", action: str = "", customer_id: str = "", before_id: int | None = None,
    limit: int = PAGE,
) -> list[Entry]:
    """Newest first, at most ``limit``, those older than entry ``before_id``. An empty filter lets everything pass."""
    columns = audit_log.c
    query = select(columns.id, columns.at, columns.actor, columns.action, columns.customer_id, columns.detail)
    if actor:
        query = query.where(columns.actor == actor)
    if action:
        query = query.where(columns.action == action)
    if customer_id:
        query = query.where(columns.customer_id == customer_id)
    if before_id is not None:
        query = query.where(columns.id < before_id)
    return [Entry(*row) for row in db.execute(query.order_by(columns.id.desc()).limit(limit))]


def actors(db: Session) -> list[str]:
    """Everybody who stands in the log, in order."""
    return _different(db, audit_log.c.actor)


def actions(db: Session) -> list[str]:
    """Every action that stands in the log, in order."""
    return _different(db, audit_log.c.action)


def _different(db: Session, column: Column) -> list[str]:
    """The values of an indexed column. From one to the next through the index: DISTINCT would read all of it."""
    steps = select(func.min(column).label("value")).cte("steps", recursive=True)
    following = select(func.min(column)).where(column > steps.c.value).scalar_subquery()
    steps = steps.union_all(select(following).select_from(steps).where(steps.c.value.is_not(None)))
    return list(db.execute(select(steps.c.value).where(steps.c.value.is_not(None)).order_by(steps.c.value)).scalars())
