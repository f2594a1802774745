"""Staff: who they are, their roles, and the rule that an administrator is always left."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from shop import limits, staff_passwords
from shop.clock import utc_now
from shop.database import lock_for_writing, upsert
from shop.errors import BadInput, NotAllowed, NotFound
from shop.schema import staff, staff_links, staff_sessions
from shop.staff_roles import checked_role, may

NAME_CHARS = 80
SEEN_EVERY = timedelta(seconds=20)  # a page or socket that is in use renews ``seen_at`` no more often
PRESENT_FOR = timedelta(seconds=60)


@dataclass(frozen=True)
class Member:
    """One of staff. ``oidc_subject``: issuer and subject of the company's account; None where there is none yet."""

    staff_id: int
    email: str
    name: str
    role: str
    sees_customers: bool
    active: bool
    available: bool
    has_password: bool
    oidc_subject: str | None
    seen_at: datetime | None
    created_at: datetime

    def may(self, right: str) -> bool:
        """Whether the role has ``right``. Raises KeyError for a right that does not exist."""
        return self.active and may(self.role, right)

    @property
    def actor(self) -> str:
        """Who this is in the audit log."""
        return f"staff:{self.staff_id}"

    def is_present(self, now: datetime | None = None) -> bool:
        """Whether the console was open within PRESENT_FOR."""
        return self.seen_at is not None and self.seen_at > (now or utc_now()) - PRESENT_FOR


COLUMNS = (
    staff.c.id, staff.c.email, staff.c.name, staff.c.role, staff.c.sees_customers, staff.c.active, staff.c.available,
    staff.c.password_hash, staff.c.oidc_subject, staff.c.seen_at, staff.c.created_at,
)  # fmt: skip


def from_row(row) -> Member:
    """The member of a row that begins with COLUMNS."""
    staff_id, email, name, role, sees, active, available, password_hash, subject, seen_at, created_at = row[:11]
    return Member(
        staff_id, email, name, role, sees, active, available, password_hash is not None, subject, seen_at, created_at
    )


def exists(db: Session) -> bool:
    """Whether this installation has any account of staff."""
    return db.execute(select(staff.c.id).limit(1)).first() is not None


def member(db: Session, staff_id: int) -> Member | None:
    """The member, active or not; None where there is none."""
    return _one(db, staff.c.id == staff_id)


def by_email(db: Session, email: str) -> Member | None:
    """The member with that address in any case; None where there is none."""
    return _one(db, staff.c.email == email.strip().lower()[: limits.EMAIL_CHARS])


def by_oidc_subject(db: Session, subject: str) -> Member | None:
    """The member with that account of the company; None where there is none."""
    return _one(db, staff.c.oidc_subject == subject)


def members(db: Session, active_only: bool = False) -> list[Member]:
    """All of staff: the active ones first, by name."""
    query = select(*COLUMNS).order_by(staff.c.active.desc(), func.lower(staff.c.name), staff.c.id)
    return [from_row(row) for row in db.execute(query.where(staff.c.active) if active_only else query)]


def names(db: Session, staff_ids: Sequence[int]) -> dict[int, str]:
    """id -> name of those who exist."""
    rows = db.execute(select(staff.c.id, staff.c.name).where(staff.c.id.in_(set(staff_ids))))
    return dict(rows.all())


def add(
    db: Session, email: str, name: str, role: str, sees_customers: bool = False, password: str | None = None
) -> Member:
    """A new member; without a password it is an invitation (see ``shop.staff_links``).

    Raises BadInput for values that do not fit and for an address that somebody has.
    """
    email, name = limits.email(email), limits.line("name", name, NAME_CHARS)
    hashed = None if password is None else staff_passwords.hashed(staff_passwords.checked(password, email, name))
    values = {"email": email, "name": name, "role": checked_role(role), "sees_customers": sees_customers}
    made = db.execute(
        upsert(db, staff).values(**values, password_hash=hashed, created_at=utc_now())
        .on_conflict_do_nothing(index_elements=[staff.c.email]).returning(staff.c.id)
    ).scalar()  # fmt: skip
    if made is None:
        raise BadInput("e-mail", email, "somebody of staff has this address already.")
    return member(db, made)


def change(
    db: Session, staff_id: int, *, name: str | None = None, role: str | None = None,
    sees_customers: bool | None = None, active: bool | None = None,
) -> Member:
    """Change what is not None. Somebody who is made inactive is signed out everywhere, and their links are void.

    Raises NotFound; NotAllowed("last_admin") where nobody would be left who may manage people.
    """  # fmt: skip
    lock_for_writing(db)
    # All administrators' rows are locked: of two who remove each other at once, the second finds nobody left.
    admins = set(db.execute(
        select(staff.c.id).where(staff.c.role == "admin", staff.c.active).order_by(staff.c.id).with_for_update()
    ).scalars())
    before = member(db, staff_id)
    if before is None:
        raise NotFound("member of staff", staff_id)
    values = {
        "name": None if name is None else limits.line("name", name, NAME_CHARS),
        "role": None if role is None else checked_role(role), "sees_customers": sees_customers, "active": active,
    }
    values = {field: value for field, value in values.items() if value is not None}
    stays_admin = values.get("role", before.role) == "admin" and values.get("active", before.active)
    if admins == {staff_id} and not stays_admin:
        raise NotAllowed("last_admin", "This is the last administrator. Make somebody else one first.")
    if active is False:
        values["available"] = False
        end_access(db, staff_id)
    if values:
        db.execute(update(staff).where(staff.c.id == staff_id).values(**values))
    return member(db, staff_id)


def set_password(db: Session, staff_id: int, password: str) -> None:
    """Set the password and end all sessions and links of the person. Raises NotFound, and BadInput for a weak one."""
    person = member(db, staff_id)
    if person is None:
        raise NotFound("member of staff", staff_id)
    hashed = staff_passwords.hashed(staff_passwords.checked(password, person.email, person.name))
    db.execute(update(staff).where(staff.c.id == staff_id).values(password_hash=hashed))
    end_access(db, staff_id)


def with_password(db: Session, email: str, password: str) -> Member | None:
    """The active member whose address and password these are, else None, after the same time whatever was wrong."""
    row = db.execute(
        select(*COLUMNS).where(staff.c.email == email.strip().lower()[: limits.EMAIL_CHARS])
    ).first()
    stored = row.password_hash if row is not None and row.active else None
    if not staff_passwords.matches(stored, password):
        return None
    if staff_passwords.is_outdated(stored):
        rehashed = staff_passwords.hashed(staff_passwords.normal(password))
        # Only where it is still the one that matched: a password changed meanwhile must not come back.
        db.execute(
            update(staff).where(staff.c.id == row.id, staff.c.password_hash == stored).values(password_hash=rehashed)
        )
    return from_row(row)


def set_oidc_subject(db: Session, staff_id: int, subject: str) -> bool:
    """Tie the account to the company's, once; False where it is tied already."""
    query = update(staff).where(staff.c.id == staff_id, staff.c.oidc_subject.is_(None))
    return bool(db.execute(query.values(oidc_subject=subject)).rowcount)


def set_available(db: Session, staff_id: int, available: bool) -> None:
    """Whether this member takes conversations now."""
    db.execute(update(staff).where(staff.c.id == staff_id, staff.c.active).values(available=available))


def seen(db: Session, staff_id: int, now: datetime | None = None) -> None:
    """Renew ``seen_at``, where the last time is longer ago than SEEN_EVERY."""
    now = now or utc_now()
    db.execute(
        update(staff)
        .where(staff.c.id == staff_id, or_(staff.c.seen_at.is_(None), staff.c.seen_at <= now - SEEN_EVERY))
        .values(seen_at=now)
    )


def end_access(db: Session, staff_id: int) -> None:
    """End all sessions of the person and void their links."""
    for table in (staff_sessions, staff_links):
        db.execute(delete(table).where(table.c.staff_id == staff_id))


def _one(db: Session, condition) -> Member | None:
    row = db.execute(select(*COLUMNS).where(condition)).first()
    return None if row is None else from_row(row)
