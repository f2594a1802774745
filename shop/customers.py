"""Customers, what they consented to, and what the shop knows about their taste."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, insert, select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.database import lock_for_writing, upsert
from shop.errors import BadInput, NotFound
from shop.events import STANDS
from shop.privacy import erase_customer as erase
from shop.schema import consents, counters, customers, events, orders, products

__all__ = [
    "PURPOSES", "Customer", "by_email", "consent", "create", "customer", "erase", "set_consent",
    "summary", "tastes", "update",
]  # fmt: skip

PURPOSES = ("newsletter", "personalisation")
TASTE_DAYS = 180
_LIMITS = {
    "first_name": 80, "last_name": 80, "phone": 40, "street": limits.STREET_CHARS,
    "postcode": limits.POSTCODE_CHARS, "city": limits.CITY_CHARS, "country": limits.COUNTRY_CHARS,
}  # fmt: skip


@dataclass(frozen=True)
class Customer:
    """A customer. ``address``: dict of name, street, postcode, city, country, or None where none is known."""

    customer_id: str
    email: str
    first_name: str
    last_name: str
    phone: str | None
    street: str | None
    postcode: str | None
    city: str | None
    country: str | None
    created_at: datetime

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def address(self) -> dict[str, str] | None:
        if not self.street:
            return None
        return {
            "name": self.name, "street": self.street, "postcode": self.postcode or "", "city": self.city or "",
            "country": self.country or "",
        }  # fmt: skip


def customer(db: Session, customer_id: str) -> Customer | None:
    """The customer, or None."""
    return _one(db, customers.c.id == customer_id)


def by_email(db: Session, email: str) -> Customer | None:
    """The customer with this address, whatever its case; None for an unknown one or one of no valid shape."""
    try:
        return _one(db, customers.c.email == limits.email(email))
    except BadInput:
        return None


def create(db: Session, email: str, first_name: str = "", last_name: str = "", **details: str | None) -> Customer:
    """A new customer. ``details``: phone, street, postcode, city, country.

    Raises BadInput for a value that does not fit, and for an address that another customer has.
    """
    values = _checked({"first_name": first_name, "last_name": last_name, **details})
    address = limits.email(email)
    lock_for_writing(db)
    if by_email(db, address):
        raise BadInput("e-mail", address, "it has an account already; sign in, or use another.")
    customer_id = f"C{_next_number(db):05d}"
    try:
        db.execute(insert(customers).values(id=customer_id, email=address, created_at=utc_now(), **values))
    except IntegrityError as error:  # taken by another process in between, which PostgreSQL allows
        raise BadInput("e-mail", address, "it has an account already; sign in, or use another.") from error
    return customer(db, customer_id)


def update(db: Session, customer_id: str, **changes: str | None) -> Customer:
    """Change details: email, first_name, last_name, phone, street, postcode, city, country.

    Raises NotFound for an unknown customer, BadInput for a value that does not fit or an address already taken.
    """
    email = changes.pop("email", None)
    values = _checked(changes)
    if email is not None:
        values["email"] = limits.email(email)
        other = by_email(db, email)
        if other and other.customer_id != customer_id:
            raise BadInput("e-mail", values["email"], "it has an account already; use another.")
    try:
        found = (
            not values or db.execute(sql_update(customers).where(customers.c.id == customer_id).values(values)).rowcount
        )
    except IntegrityError as error:  # taken by another process in between, as above
        raise BadInput("e-mail", email, "it has an account already; use another.") from error
    changed = customer(db, customer_id)
    if not found or changed is None:
        raise NotFound("customer", customer_id)
    return changed


def consent(db: Session, customer_id: str | None, purpose: str) -> bool:
    """Whether the customer said yes to ``purpose``. Silence is no, and so is nobody signed in.

    Raises BadInput for an unknown purpose.
    """
    _purpose(purpose)
    return bool(
        db.execute(
            select(consents.c.granted).where(consents.c.customer_id == customer_id, consents.c.purpose == purpose)
        ).scalar()
    )


def set_consent(db: Session, customer_id: str, purpose: str, granted: bool, source: str = "chat") -> None:
    """Record a yes or no, and when. Raises BadInput for an unknown purpose, NotFound for an unknown customer."""
    _purpose(purpose)
    if customer(db, customer_id) is None:
        raise NotFound("customer", customer_id)
    values = {"granted": granted, "source": limits.line("source", source, 32), "at": utc_now()}
    statement = upsert(db, consents).values(customer_id=customer_id, purpose=purpose, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["customer_id", "purpose"], set_=values))


def tastes(db: Session, customer_id: str, days: int = TASTE_DAYS) -> dict[str, list[str]]:
    """What the customer looked at and bought most in the last ``days``: categories and brands, best first.

    At most three each; empty lists where nothing is known. A purchase counts five times a view.
    """
    rows = db.execute(
        select(products.c.category, products.c.brand, events.c.kind, func.count().label("times"))
        .join_from(events, products, events.c.product_id == products.c.id)
        .where(events.c.customer_id == customer_id, events.c.at >= utc_now() - timedelta(days=days), STANDS)
        .group_by(products.c.category, products.c.brand, events.c.kind)
    ).all()
    seen: dict[str, Counter] = {"categories": Counter(), "brands": Counter()}
    for row in rows:
        weight = row.times * (5 if row.kind == "purchase" else 1)
        seen["categories"][row.category] += weight
        seen["brands"][row.brand] += weight
    return {name: [word for word, _ in counter.most_common(3)] for name, counter in seen.items()}


def summary(db: Session, customer_id: str) -> dict[str, Any]:
    """What the shop knows about the customer, in numbers and words: the answer to "what do you know about me".

    Keys: name, email, since, address, orders, spent_cents, events, tastes (empty without consent to
    personalisation), consents {purpose: bool}. Raises NotFound for an unknown customer.
    """
    found = customer(db, customer_id)
    if found is None:
        raise NotFound("customer", customer_id)
    bought = db.execute(
        select(func.count(), func.coalesce(func.sum(orders.c.total_cents), 0)).where(
            orders.c.customer_id == customer_id, orders.c.status != "cancelled"
        )
    ).one()
    agreed = {purpose: consent(db, customer_id, purpose) for purpose in PURPOSES}
    return {
        "name": found.name, "email": found.email, "since": found.created_at, "address": found.address,
        "orders": bought[0], "spent_cents": int(bought[1]),
        "events": db.execute(
            select(func.count()).select_from(events).where(events.c.customer_id == customer_id)
        ).scalar_one(),
        "tastes": tastes(db, customer_id) if agreed["personalisation"] else {"categories": [], "brands": []},
        "consents": agreed,
    }  # fmt: skip


def _one(db: Session, condition) -> Customer | None:
    row = db.execute(select(customers).where(condition)).first()
    if row is None:
        return None
    values = row._asdict()
    return Customer(customer_id=values.pop("id"), **values)


def _checked(values: dict[str, str | None]) -> dict[str, str | None]:
    unknown = values.keys() - _LIMITS.keys()
    if unknown:
        raise BadInput("detail", sorted(unknown)[0], f"use one of {', '.join(_LIMITS)}.")
    return {
        name: None if value is None else limits.line(name, value, _LIMITS[name], required=False)
        for name, value in values.items()
    }


def _purpose(purpose: str) -> None:
    if purpose not in PURPOSES:
        raise BadInput("purpose", purpose, f"use one of {', '.join(PURPOSES)}.")


def _next_number(db: Session) -> int:
    """A number past every one there is, and past every one given out: an erased customer's is not used again."""
    highest = db.execute(
        select(func.max(customers.c.id)).where(
            func.length(customers.c.id) == select(func.max(func.length(customers.c.id))).scalar_subquery()
        )
    ).scalar()
    digits = "".join(char for char in highest or "" if char.isdigit())
    statement = upsert(db, counters).values(name="customer", value=int(digits or 0) + 1)
    next_value = case(
        (counters.c.value >= statement.excluded.value, counters.c.value + 1), else_=statement.excluded.value
    )
    return db.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": next_value}).returning(counters.c.value)
    ).scalar_one()
