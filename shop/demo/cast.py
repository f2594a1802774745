"""The people of the demo whom one can sign in as, and what there is to try as them."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.demo.histories import CAST_ORDERS
from shop.demo.people import CAST, GUEST
from shop.schema import customers, orders

STORIES = (
    "Has an order in every state, and a long history",
    "New here: no orders, nothing looked at",
    "A regular for years, with fourteen orders",
    "Waits for one parcel that is on its way",
    "Wants no personal suggestions and no newsletter",
)
GUEST_STORY = "Ordered without an account"


@dataclass(frozen=True)
class Member:
    """``orders``: what became of an order -> its number, the newest where several share that; see ``CAST_ORDERS``.

    ``customer_id`` is None for the guest, whose ``postcode`` or ``email`` proves the order.
    """

    customer_id: str | None
    name: str
    email: str
    postcode: str
    story: str
    orders: dict[str, str]


def cast(db: Session) -> dict[str, Member]:
    """The cast by first name in lower case ("ada", "ben", "clara", "deniz", "edith", "gita").

    Empty where the database holds no demo shop.
    """
    members = {}
    for index, (given, _, email, _) in enumerate(CAST):
        row = db.execute(select(customers).where(customers.c.email == email)).first()
        if row is not None:
            own = _orders(db, orders.c.customer_id == row.id, [fate for _, fate, _ in CAST_ORDERS.get(index, ())])
            name = f"{row.first_name} {row.last_name}"
            members[given.lower()] = Member(row.id, name, email, row.postcode, STORIES[index], own)
    given, family, email = GUEST
    bought = db.execute(select(orders).where(orders.c.email == email, orders.c.customer_id.is_(None))).first()
    if bought is not None:
        members[given.lower()] = Member(
            None, f"{given} {family}", email, bought.postcode, GUEST_STORY, {bought.status: bought.number}
        )
    return members


def _orders(db: Session, whose, fates: list[str | None]) -> dict[str, str]:
    """Fate -> number. Orders of the demo are found by their place in time: later ones are the shopper's own."""
    hours = [each for each in CAST_ORDERS.values() if [fate for _, fate, _ in each] == fates]
    if not hours:
        return {}
    in_time = [fate for _, fate, _ in sorted(hours[0], key=lambda entry: -entry[0])]
    found = db.execute(select(orders.c.number).where(whose).order_by(orders.c.placed_at, orders.c.number)).scalars()
    return {fate: number for fate, number in zip(in_time, found, strict=False) if fate}
