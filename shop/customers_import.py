"""Customers of another shop system, many at a time. The same file twice changes nothing.

A customer is who has the e-mail address. What a file leaves empty stays as it is. A file can say no to the newsletter
for everybody; yes it can say only where nobody said anything else: what a customer decided in the chat counts more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.orm import Session

from shop import limits, orders_import
from shop.bulk_import import BulkCount
from shop.clock import utc_now
from shop.database import lock_for_writing, upsert
from shop.errors import BadInput
from shop.schema import consents, counters, customers

SOURCE = "import"  # of a consent
_LIMITS = {
    "first_name": 80, "last_name": 80, "phone": 40, "street": limits.STREET_CHARS,
    "postcode": limits.POSTCODE_CHARS, "city": limits.CITY_CHARS, "country": limits.COUNTRY_CHARS,
}  # fmt: skip


def import_customers(db: Session, rows: Sequence[dict[str, Any]]) -> BulkCount:
    """Add or change customers, in this transaction; a row that does not fit is refused and costs no other.

    Keys of a row: email, and optionally first_name, last_name, phone, street, postcode, city, country, created_at
    (a datetime), newsletter (bool, or None for "not said"). Imported orders of a new customer's address become theirs.
    """
    lock_for_writing(db)
    count = BulkCount()
    wanted: dict[str, tuple[int, dict[str, Any]]] = {}
    for position, row in enumerate(rows):
        try:
            values = _read(row)
            if values["email"] in wanted:
                raise BadInput("e-mail", values["email"], "it stands in the file before; one row a customer.")
        except BadInput as error:
            count.refused.append((position, error))
            continue
        wanted[values["email"]] = (position, values)
    if not wanted:
        return count
    stored = {row.email: row for row in db.execute(select(customers).where(customers.c.email.in_(list(wanted))))}
    new = [values for email, (_, values) in wanted.items() if email not in stored]
    ids = {values["email"]: customer_id for values, customer_id in zip(new, _reserve_ids(db, len(new)), strict=True)}
    if new:
        db.execute(insert(customers), [_columns(values, ids[values["email"]]) for values in new])
        orders_import.adopt(db, ids)
    ids |= {email: row.id for email, row in stored.items()}
    said = _consents(db, list(ids.values()))
    for email, (_, values) in wanted.items():
        customer_id = ids[email]
        agreed = _set_newsletter(db, customer_id, values["newsletter"], said.get(customer_id))
        if email not in stored:
            count.added += 1
            continue
        before = stored[email]._mapping
        changes = {name: values[name] for name in _LIMITS if values[name] and values[name] != before[name]}
        if changes:
            db.execute(update(customers).where(customers.c.id == customer_id).values(changes))
        if changes or agreed:
            count.changed += 1
        else:
            count.unchanged += 1
    return count


def _read(row: dict[str, Any]) -> dict[str, Any]:
    newsletter = row.get("newsletter")
    if newsletter is not None and not isinstance(newsletter, bool):
        raise BadInput("newsletter", newsletter, "it must be true, false or nothing.")
    return {
        "email": limits.email(row.get("email") or ""),
        **{
            name: limits.line(name, row.get(name) or "", chars, required=False) for name, chars in _LIMITS.items()
        },
        "created_at": row.get("created_at") or utc_now(),
        "newsletter": newsletter,
    }


def _columns(values: dict[str, Any], customer_id: str) -> dict[str, Any]:
    details = {name: values[name] or None for name in _LIMITS if name not in ("first_name", "last_name")}
    return {
        "id": customer_id, "email": values["email"], "first_name": values["first_name"],
        "last_name": values["last_name"], "created_at": values["created_at"], **details,
    }  # fmt: skip


def _reserve_ids(db: Session, number: int) -> list[str]:
    """So many new ids at once, past every one there is and every one given out, as ``customers.create`` counts them."""
    if not number:
        return []
    longest = select(func.max(func.length(customers.c.id))).scalar_subquery()
    highest = db.execute(select(func.max(customers.c.id)).where(func.length(customers.c.id) == longest)).scalar()
    digits = "".join(char for char in highest or "" if char.isdigit())
    statement = upsert(db, counters).values(name="customer", value=int(digits or 0) + number)
    # The counter holds the last number given out; it may be past the highest that still exists.
    last = case(
        (counters.c.value + number > statement.excluded.value, counters.c.value + number),
        else_=statement.excluded.value,
    )
    last_number = db.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": last}).returning(counters.c.value)
    ).scalar_one()
    return [f"C{each:05d}" for each in range(last_number - number + 1, last_number + 1)]


def _consents(db: Session, ids: list[str]) -> dict[str, Any]:
    query = select(consents).where(consents.c.customer_id.in_(ids), consents.c.purpose == "newsletter")
    return {row.customer_id: row for row in db.execute(query)}


def _set_newsletter(db: Session, customer_id: str, newsletter: bool | None, before: Any) -> bool:
    """Whether anything was written."""
    if newsletter is None or (before is not None and before.granted == newsletter):
        return False
    if newsletter and before is not None and before.source != SOURCE:
        return False  # they took it back themselves
    values = {"granted": newsletter, "source": SOURCE, "at": utc_now()}
    statement = upsert(db, consents).values(customer_id=customer_id, purpose="newsletter", **values)
    db.execute(statement.on_conflict_do_update(index_elements=["customer_id", "purpose"], set_=values))
    return True
