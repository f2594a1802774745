"""How often somebody may try to sign in as staff: by account and by network address.

A try is stored before the password is looked at, so that a hundred at once are a hundred tries, too. Failures alone
count, and those whose outcome is not known yet.
"""
from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from shop.clock import utc_now
from shop.database import is_sqlite, lock_for_writing
from shop.errors import TooManyTries
from shop.schema import sign_in_attempts
from shop.secrets import secret

WINDOW = timedelta(minutes=15)
EMAIL_TRIES = 8
ADDRESS_TRIES = 30  # an office shares one
KEPT_FOR = timedelta(days=1)
CLEARED_EVERY = 50  # tries after which older ones are deleted
ADDRESS_CHARS = 64


def begin(db: Session, email: str, address: str, now: datetime | None = None) -> int:
    """Note a try; returns its id. Commit it before the password is compared.

    Raises TooManyTries, and notes nothing, where the account or the address had EMAIL_TRIES or ADDRESS_TRIES failures
    within WINDOW, whether there is such an account or not.
    """
    now, address = now or utc_now(), address[:ADDRESS_CHARS]
    email_hash = _hash(email)
    _limits(db, email_hash, address, now)  # first without the lock, which a flood of refused tries must not hold
    lock_for_writing(db)
    if not is_sqlite(db):
        # Count and store as one: always the account first, so two tries never wait for each other.
        for name in (f"sign-in {email_hash}", f"sign-in {address}"):
            db.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    _limits(db, email_hash, address, now)
    values = {"at": now, "email_hash": email_hash, "address": address, "succeeded": False}
    try_id = db.execute(insert(sign_in_attempts).values(**values)).inserted_primary_key[0]
    if try_id % CLEARED_EVERY == 0:
        db.execute(delete(sign_in_attempts).where(sign_in_attempts.c.at < now - KEPT_FOR))
    return try_id


def succeeded(db: Session, try_id: int) -> None:
    """The try was the right one."""
    db.execute(update(sign_in_attempts).where(sign_in_attempts.c.id == try_id).values(succeeded=True))


def forget(db: Session, email: str) -> None:
    """The account's failures count no more: its owner came in by a link."""
    db.execute(delete(sign_in_attempts).where(sign_in_attempts.c.email_hash == _hash(email)))


def _limits(db: Session, email_hash: str, address: str, now: datetime) -> None:
    _limit(db, sign_in_attempts.c.email_hash == email_hash, EMAIL_TRIES, now)
    _limit(db, sign_in_attempts.c.address == address, ADDRESS_TRIES, now)


def _limit(db: Session, whose, tries: int, now: datetime) -> None:
    # The n-th newest failure is the one whose age opens the door again.
    failures = db.execute(
        select(func.count(), func.min(sign_in_attempts.c.at)).where(
            whose, sign_in_attempts.c.succeeded.is_(False), sign_in_attempts.c.at > now - WINDOW
        )
    ).one()
    if failures[0] >= tries:
        raise TooManyTries("signing in", max(1, int((failures[1] + WINDOW - now).total_seconds())))


def _hash(email: str) -> str:
    # Keyed: addresses are few enough to be guessed from a plain hash.
    return hmac.new(secret("sign-in").encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()
