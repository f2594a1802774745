"""Replies that staff say often, each under a shortcut: "/hours" at the desk puts its text into the box.

A text may have places that are filled in when it is inserted: {first_name}, {agent} and {shop}.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.database import upsert
from shop.errors import BadInput, NotFound
from shop.schema import canned_replies

PLACES = ("first_name", "agent", "shop")
MOST = 500
TEXT_CHARS = 2000
SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class CannedReply:
    """``shortcut`` is written without its slash."""

    reply_id: int
    shortcut: str
    text: str
    updated_at: datetime


def all_replies(db: Session) -> list[CannedReply]:
    """All of them by shortcut."""
    return [_reply(row) for row in db.execute(select(canned_replies).order_by(canned_replies.c.shortcut))]


def reply(db: Session, reply_id: int) -> CannedReply | None:
    """The reply, or None."""
    row = db.execute(select(canned_replies).where(canned_replies.c.id == reply_id)).first()
    return _reply(row) if row else None


def add(db: Session, shortcut: str, text: str, staff_id: int) -> CannedReply:
    """A new one. Raises BadInput for a shortcut or text that does not fit, a shortcut in use, or one beyond MOST."""
    values = _values(shortcut, text, staff_id)
    if db.execute(select(func.count()).select_from(canned_replies)).scalar_one() >= MOST:
        raise BadInput("shortcut", shortcut, f"there are {MOST} canned replies already; delete one first.")
    statement = upsert(db, canned_replies).values(values).on_conflict_do_nothing(index_elements=["shortcut"])
    reply_id = db.execute(statement.returning(canned_replies.c.id)).scalar()
    if reply_id is None:
        raise _in_use(shortcut)
    return reply(db, reply_id)


def change(db: Session, reply_id: int, shortcut: str, text: str, staff_id: int) -> CannedReply:
    """Write it anew. Raises NotFound, and BadInput as ``add`` does."""
    values = _values(shortcut, text, staff_id)
    try:
        with db.begin_nested():
            changed = db.execute(update(canned_replies).where(canned_replies.c.id == reply_id).values(values)).rowcount
    except IntegrityError as error:
        raise _in_use(shortcut) from error
    if not changed:
        raise NotFound("canned reply", reply_id)
    return reply(db, reply_id)


def remove(db: Session, reply_id: int) -> None:
    """Delete it; nothing happens where it is gone already."""
    db.execute(delete(canned_replies).where(canned_replies.c.id == reply_id))


def _values(shortcut: str, text: str, staff_id: int) -> dict[str, object]:
    shortcut = limits.line("shortcut", shortcut, 40).lower().removeprefix("/")
    if not SHORTCUT.fullmatch(shortcut):
        raise BadInput("shortcut", shortcut, "use 1 to 40 small letters, digits, _ and -, such as opening-hours.")
    text = limits.paragraph("text", text, TEXT_CHARS, required=True)
    for name in _PLACE.findall(text):
        if name not in PLACES:
            places = ", ".join(f"{{{each}}}" for each in PLACES)
            raise BadInput("text", f"{{{name}}}", f"a text may have the places {places}.")
    return {"shortcut": shortcut, "text": text, "staff_id": staff_id, "updated_at": utc_now()}


def _in_use(shortcut: str) -> BadInput:
    return BadInput("shortcut", shortcut, "another canned reply has it already.")


def _reply(row) -> CannedReply:
    return CannedReply(row.id, row.shortcut, row.text, row.updated_at)
