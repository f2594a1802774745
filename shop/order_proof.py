"""How somebody who is not signed in proves that an order is theirs, with limits on guessing.

Every try is stored in a transaction of its own, before the answer is known to anybody: an error that rolls the
caller's work back does not give the guess back.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.database import is_sqlite, lock_for_writing
from shop.errors import BadInput, NotFound, TooManyTries
from shop.order import Order, read_order
from shop.schema import orders, proof_attempts

VISITOR_TRIES, VISITOR_WINDOW = 5, timedelta(minutes=15)
ORDER_TRIES, ORDER_WINDOW = 10, timedelta(hours=1)
PROVEN_FOR = timedelta(hours=1)


def normal_number(number: str) -> str:
    """An order number as it is stored: "#104 312" -> "104312". At most 16 characters, so it fits the column."""
    return "".join(char for char in str(number) if char.isalnum())[:16]


def prove(db: Session, number: str, proof: str, visitor_id: str, now: datetime | None = None) -> Order:
    """The order, where ``proof`` is its e-mail address or its postcode.

    Raises NotFound for any mismatch, the same for an unknown order as for a wrong proof; TooManyTries after
    VISITOR_TRIES failures of the visitor or ORDER_TRIES at the order; BadInput without a visitor.
    """
    if not visitor_id:
        raise BadInput("visitor_id", visitor_id, "somebody must be asking; issue a visitor token first.")
    visitor_id = limits.line("visitor_id", visitor_id, 32)
    number, now = normal_number(number), now or utc_now()
    with _own_transaction(db) as own:
        _lock(own, visitor_id, number)
        _limit(own, proof_attempts.c.visitor_id == visitor_id, VISITOR_TRIES, VISITOR_WINDOW, now)
        _limit(own, proof_attempts.c.order_number == number, ORDER_TRIES, ORDER_WINDOW, now)
        matches = _matches(own, number, proof)
        own.execute(
            insert(proof_attempts).values(at=now, visitor_id=visitor_id, order_number=number, succeeded=matches)
        )
    found = read_order(db, number) if matches else None
    if found is None:
        raise NotFound("order", number)
    return found


def proven(db: Session, number: str, visitor_id: str | None, now: datetime | None = None) -> Order | None:
    """The order where this visitor proved it within PROVEN_FOR, else None: for the later turns of a conversation."""
    if not visitor_id:
        return None
    number = normal_number(number)
    success = db.execute(
        select(proof_attempts.c.id).where(
            proof_attempts.c.visitor_id == visitor_id,
            proof_attempts.c.order_number == number,
            proof_attempts.c.succeeded,
            proof_attempts.c.at >= (now or utc_now()) - PROVEN_FOR,
        )
    ).first()
    return read_order(db, number) if success else None


def _matches(db: Session, number: str, proof: str) -> bool:
    row = db.execute(select(orders.c.email, orders.c.postcode).where(orders.c.number == number)).first()
    given = str(proof or "").strip()[: limits.EMAIL_CHARS]
    is_email = "@" in given
    given = given.lower() if is_email else limits.postcode(given)
    if row is None or not given:
        return False
    stored = row.email.lower() if is_email else limits.postcode(row.postcode)
    return bool(stored) and hmac.compare_digest(stored.encode(), given.encode())


def _limit(db: Session, whose, tries: int, window: timedelta, now: datetime) -> None:
    # The n-th newest failure is the one whose age opens the door again.
    failures = db.execute(
        select(func.count(), func.min(proof_attempts.c.at)).where(
            whose, proof_attempts.c.succeeded.is_(False), proof_attempts.c.at > now - window
        )
    ).one()
    if failures[0] >= tries:
        opens = failures[1] + window
        raise TooManyTries("proving an order", max(1, int((opens - now).total_seconds())))


def _lock(db: Session, visitor_id: str, number: str) -> None:
    """Count and store as one: two guesses at a time must not both be the last one allowed."""
    lock_for_writing(db)
    if not is_sqlite(db):
        # Always the visitor first, so two transactions never wait for each other.
        for name in (f"visitor {visitor_id}", f"order {number}"):
            db.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


@contextmanager
def _own_transaction(db: Session) -> Iterator[Session]:
    connection = db.connection()
    if is_sqlite(db) and connection.connection.driver_connection.in_transaction:
        # The caller holds SQLite's only writer lock, so a second writer would wait for it in vain. The failure
        # is committed with the caller's work so far; its later work begins a new transaction.
        try:
            yield db
        finally:
            db.commit()
        return
    with Session(db.get_bind(), autoflush=False) as own:
        yield own
        own.commit()
