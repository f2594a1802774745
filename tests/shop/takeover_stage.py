"""A shop with people behind it: opening hours that are over or not, and members of staff who are there or not."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from shop import schema, staff
from shop.clock import utc_now
from shop.database import upsert

ALL_DAY, NEVER = "daily 0:00-24:00", ""


def keep_hours(db, support_hours: str = ALL_DAY) -> dict[str, dict]:
    """From now on the shop is open in these hours alone; returns the facts of each policy before, by slug."""
    before = {row.slug: row.facts for row in db.execute(select(schema.policies))}
    for slug in [slug for slug, facts in before.items() if "support_hours" in facts] or ["hours"]:
        facts = {**before.get(slug, {}), "support_hours": support_hours}
        row = {"title": "Contact", "body_markdown": "", "facts": facts, "loaded_at": utc_now()}
        statement = upsert(db, schema.policies).values(slug=slug, **row)
        db.execute(statement.on_conflict_do_update(index_elements=["slug"], set_={"facts": facts}))
    return before


def hire(db, name: str, role: str = "agent", available: bool = True) -> int:
    """A member of staff at an open console; returns the id."""
    person = staff.add(db, f"{name.lower()}@shop.example", name, role)
    staff.set_available(db, person.staff_id, available)
    staff.seen(db, person.staff_id)
    return person.staff_id


def was_seen(db, staff_id: int, at: datetime) -> None:
    """The console of this member was open at that moment for the last time."""
    db.execute(update(schema.staff).where(schema.staff.c.id == staff_id).values(seen_at=at))
