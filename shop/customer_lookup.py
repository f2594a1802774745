"""Customers by what staff type to find them, and their names for a list."""
from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop import customers as people
from shop.schema import customers

FOUND_MAX = 200
WORDS_MAX = 5


def matching(db: Session, text: str) -> tuple[str, ...]:
    """Ids of the customers that are meant by an id, an e-mail address or parts of a name; empty for none.

    At most FOUND_MAX, the newest of them.
    """
    text = " ".join(text.split())
    if "@" in text:
        person = people.by_email(db, text)
        return (person.customer_id,) if person else ()
    if people.customer(db, text.upper()):
        return (text.upper(),)
    words = text.split(" ")[:WORDS_MAX] if text else []
    if not words:
        return ()
    full_name = customers.c.first_name + " " + customers.c.last_name
    found = select(customers.c.id).where(*(full_name.icontains(word, autoescape=True) for word in words))
    return tuple(db.execute(found.order_by(customers.c.created_at.desc()).limit(FOUND_MAX)).scalars())


def names(db: Session, ids: Iterable[str]) -> dict[str, str]:
    """Full names by id, the e-mail address where there is none; an unknown id is left out."""
    row = customers.c
    rows = db.execute(select(row.id, row.first_name, row.last_name, row.email).where(row.id.in_(set(ids))))
    return {each.id: f"{each.first_name} {each.last_name}".strip() or each.email for each in rows}
