"""Filters of the transcripts that a member of staff keeps under a name, for themselves or for everybody."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.database import lock_for_writing
from shop.errors import BadInput, NotFound
from shop.schema import saved_views, staff

NAME_CHARS = saved_views.c.name.type.length
QUERY_CHARS = saved_views.c.query.type.length
VIEWS_MAX = 100  # of one person


@dataclass(frozen=True)
class SavedView:
    """``query``: as it stands in an address, without the question mark. ``owner``: the name of whoever keeps it."""

    view_id: int
    staff_id: int
    owner: str
    name: str
    query: str
    shared: bool


def views_for(db: Session, staff_id: int) -> list[SavedView]:
    """One's own and those that others share, by name; empty where there are none."""
    rows = db.execute(
        select(saved_views.c.id, saved_views.c.staff_id, staff.c.name, saved_views.c.name, saved_views.c.query,
               saved_views.c.shared)
        .join(staff, staff.c.id == saved_views.c.staff_id)
        .where(or_(saved_views.c.staff_id == staff_id, saved_views.c.shared))
        .order_by(func.lower(saved_views.c.name), saved_views.c.id)
    )  # fmt: skip
    return [SavedView(*row) for row in rows]


def save(db: Session, staff_id: int, name: str, query: str, shared: bool = False) -> int:
    """Keep a filter under a name; what one kept under that name before is replaced. Returns the view's id.

    Raises BadInput for a name that is empty or too long, a query that is too long, and for more than VIEWS_MAX.
    """
    name = limits.line("name", name, NAME_CHARS)
    if len(query) > QUERY_CHARS:
        raise BadInput("filter", "…", f"it may have {QUERY_CHARS} characters.")
    lock_for_writing(db)
    mine = select(saved_views.c.id).where(saved_views.c.staff_id == staff_id)
    known = db.execute(mine.where(saved_views.c.name == name)).scalar()
    if known is not None:
        db.execute(update(saved_views).where(saved_views.c.id == known).values(query=query, shared=shared))
        return known
    if len(db.execute(mine).all()) >= VIEWS_MAX:
        raise BadInput("view", name, f"you may keep {VIEWS_MAX}. Delete one first.")
    values = {"staff_id": staff_id, "name": name, "query": query, "shared": shared, "created_at": utc_now()}
    return db.execute(insert(saved_views).values(values)).inserted_primary_key[0]


def change(db: Session, staff_id: int, view_id: int, name: str, shared: bool) -> None:
    """Rename one's own view, share it or no more. Raises NotFound for another's, BadInput for a name in use."""
    name = limits.line("name", name, NAME_CHARS)
    lock_for_writing(db)
    _own(db, staff_id, view_id)
    used = select(saved_views.c.id).where(
        saved_views.c.staff_id == staff_id, saved_views.c.name == name, saved_views.c.id != view_id
    )
    if db.execute(used).first():
        raise BadInput("name", name, "you have another view of that name.")
    db.execute(update(saved_views).where(saved_views.c.id == view_id).values(name=name, shared=shared))


def remove(db: Session, staff_id: int, view_id: int) -> None:
    """Delete one's own view. Raises NotFound for another's."""
    _own(db, staff_id, view_id)
    db.execute(delete(saved_views).where(saved_views.c.id == view_id))


def _own(db: Session, staff_id: int, view_id: int) -> None:
    mine = select(saved_views.c.id).where(saved_views.c.id == view_id, saved_views.c.staff_id == staff_id)
    if db.execute(mine).first() is None:
        raise NotFound("view", str(view_id))
