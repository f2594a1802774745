"""One-time links: to make the first account, to accept an invitation, to set a new password after a lost one."""
from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from shop import sign_in_limits, staff
from shop.clock import utc_now
from shop.database import lock_for_writing
from shop.errors import NotAllowed, NotFound
from shop.schema import staff_links
from shop.settings import Settings
from shop.staff_sessions import TOKEN_BYTES, TOKEN_CHARS, hash_of

GOOD_FOR = timedelta(hours=24)
ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True)
class Link:
    """A link that can be used now. ``member`` is None where it makes the first account."""

    member: staff.Member | None
    expires_at: datetime


def path(token: str) -> str:
    """Where in the console the link of ``token`` leads."""
    return f"/console/set-up/{token}"


def address(token: str, settings: Settings) -> str:
    """The link as it is typed on this machine; behind a proxy the beginning is another one."""
    host = "localhost" if settings.host in ANY_ADDRESS else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}{path(token)}"


def new_link(db: Session, staff_id: int | None, now: datetime | None = None) -> str:
    """A new link's token, stored as its hash; earlier links for the same purpose are void.

    ``staff_id`` None: for the first account, NotAllowed("staff_exists") where there is one. Raises NotFound, also for
    somebody who is not active.
    """
    now = now or utc_now()
    lock_for_writing(db)
    if staff_id is None and staff.exists(db):
        raise NotAllowed("staff_exists", "There are accounts already. Use a link for one of them.")
    if staff_id is not None:
        member = staff.member(db, staff_id)
        if member is None or not member.active:
            raise NotFound("active member of staff", staff_id)
    db.execute(delete(staff_links).where(staff_links.c.expires_at <= now))
    db.execute(delete(staff_links).where(staff_links.c.staff_id.is_not_distinct_from(staff_id)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"token_hash": hash_of(token), "staff_id": staff_id, "created_at": now, "expires_at": now + GOOD_FOR}
    db.execute(insert(staff_links).values(**values))
    return token


def find(db: Session, token: str, now: datetime | None = None) -> Link | None:
    """The link, where it can be used now; None where it is none of ours, used, too old, or its owner not active."""
    if len(token) != TOKEN_CHARS:
        return None
    row = db.execute(
        select(staff_links.c.staff_id, staff_links.c.expires_at).where(
            staff_links.c.token_hash == hash_of(token), staff_links.c.used_at.is_(None),
            staff_links.c.expires_at > (now or utc_now()),
        )
    ).first()
    if row is None:
        return None
    if row.staff_id is None:
        return None if staff.exists(db) else Link(None, row.expires_at)
    member = staff.member(db, row.staff_id)
    return Link(member, row.expires_at) if member is not None and member.active else None


def use(db: Session, token: str, password: str, name: str = "", email: str = "") -> staff.Member:
    """Set the password that the link is for, or make the first administrator of ``name`` and ``email``.

    A link is used once, whoever is quicker. Raises NotFound where it cannot be used, BadInput where a value does not
    fit; the link is good still then, as the caller's transaction is rolled back.
    """
    lock_for_writing(db)
    link = find(db, token)
    used = update(staff_links).where(staff_links.c.token_hash == hash_of(token), staff_links.c.used_at.is_(None))
    if link is None or not db.execute(used.values(used_at=utc_now())).rowcount:
        raise NotFound("link", token[:6])
    if link.member is None:
        return staff.add(db, email, name, "admin", sees_customers=True, password=password)
    staff.set_password(db, link.member.staff_id, password)
    sign_in_limits.forget(db, link.member.email)
    return staff.member(db, link.member.staff_id)
