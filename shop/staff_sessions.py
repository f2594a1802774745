"""Sessions of staff, kept on the server: the browser holds a random token, the database its SHA-256."""
from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from shop import staff
from shop.clock import utc_now
from shop.schema import staff as staff_table
from shop.schema import staff_sessions
from shop.settings import settings

TOKEN_BYTES = 32
TOKEN_CHARS = 43  # in base64


@dataclass(frozen=True)
class OpenSession:
    """A session that is good now, and whose it is."""

    member: staff.Member
    used_at: datetime
    expires_at: datetime


def begin(db: Session, staff_id: int, now: datetime | None = None) -> str:
    """A new session of the person; returns its token, which is stored nowhere."""
    now = now or utc_now()
    db.execute(delete(staff_sessions).where(_is_over(now)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + timedelta(hours=settings.console_session_hours)
    values = {"token_hash": hash_of(token), "staff_id": staff_id, "created_at": now, "used_at": now}
    db.execute(insert(staff_sessions).values(**values, expires_at=expires_at))
    staff.seen(db, staff_id, now)
    return token


def find(db: Session, token: object, now: datetime | None = None) -> OpenSession | None:
    """The session of ``token``; None where it is none of ours, over, or the person is not active any more."""
    if not isinstance(token, str) or len(token) != TOKEN_CHARS:
        return None
    row = db.execute(
        select(*staff.COLUMNS, staff_sessions.c.used_at, staff_sessions.c.expires_at)
        .join(staff_sessions, staff_sessions.c.staff_id == staff_table.c.id)
        .where(staff_sessions.c.token_hash == hash_of(token), staff_table.c.active, ~_is_over(now or utc_now()))
    ).first()
    return None if row is None else OpenSession(staff.from_row(row), row.used_at, row.expires_at)


def is_renewal_due(session: OpenSession, now: datetime | None = None) -> bool:
    """Whether ``renew`` has something to write: no more often than every 20 s."""
    return session.used_at <= (now or utc_now()) - staff.SEEN_EVERY


def renew(db: Session, token: str, staff_id: int, now: datetime | None = None) -> None:
    """Note that the session is in use, and its owner there."""
    now = now or utc_now()
    db.execute(update(staff_sessions).where(staff_sessions.c.token_hash == hash_of(token)).values(used_at=now))
    staff.seen(db, staff_id, now)


def end(db: Session, token: str) -> None:
    """End one session. Nothing happens where it is over already."""
    db.execute(delete(staff_sessions).where(staff_sessions.c.token_hash == hash_of(token)))


def hash_of(token: str) -> str:
    """What is stored of a token: 64 hex digits. The token is random, so it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_over(now: datetime):
    idle = timedelta(minutes=settings.console_idle_minutes)
    return or_(staff_sessions.c.expires_at <= now, staff_sessions.c.used_at <= now - idle)
