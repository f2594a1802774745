"""Customers of the demo, and whether what they do shows what they like."""
from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from sqlalchemy import select

from shop import customers, events, schema
from shop.demo import cast
from tests.demo.conftest import NOW, SIZES


def histories(db) -> dict[str, list]:
    rows = db.execute(
        select(schema.events, schema.products.c.category, schema.products.c.brand)
        .outerjoin(schema.products, schema.products.c.id == schema.events.c.product_id)
        .order_by(schema.events.c.at, schema.events.c.id)
    )
    found = defaultdict(list)
    for row in rows:
        found[row.customer_id or row.visitor_id].append(row)
    return found


def repeat_share(found: dict[str, list], column: str) -> float:
    """How often the next visit's first look is at the same category (brand) as some look of an earlier day."""
    same = total = 0
    for history in found.values():
        looks = [row for row in history if row.kind == "view"]
        for before, row in pairwise(looks):
            if before.at.date() != row.at.date():
                earlier = {getattr(each, column) for each in looks if each.at.date() < row.at.date()}
                same += getattr(row, column) in earlier
                total += 1
    return same / total


def chance_share(found: dict[str, list], column: str) -> float:
    """The same where everybody's next look is somebody else's."""
    keys = sorted(found)
    shifted = {}
    for key, other in zip(keys, keys[1:] + keys[:1], strict=True):
        own = [row for row in found[key] if row.kind == "view"]
        foreign = [row for row in found[other] if row.kind == "view"]
        if own and foreign:
            seen = {getattr(row, column) for row in own}
            shifted[key] = sum(getattr(row, column) in seen for row in foreign) / len(foreign)
    return sum(shifted.values()) / len(shifted)


def test_there_are_as_many_customers_and_events_as_were_asked_for(db):
    assert len(db.execute(select(schema.customers.c.id)).all()) == SIZES["customers"]
    assert len(db.execute(select(schema.events.c.id)).all()) == SIZES["events"]


def test_every_address_is_at_a_domain_for_examples_and_nobody_shares_one(db):
    emails = list(db.execute(select(schema.customers.c.email)).scalars())
    assert len(set(emails)) == len(emails)
    assert {email.rsplit("@", 1)[1] for email in emails} <= {"example.com", "example.org", "example.net"}
    assert all(email.isascii() and email == email.lower() for email in emails)
    assert all(len(code) == 5 and code.isdigit() for code in db.execute(select(schema.customers.c.postcode)).scalars())


def test_events_come_after_their_product_and_their_customer_and_before_today(db):
    added = dict(db.execute(select(schema.products.c.id, schema.products.c.added_at)).all())
    since = dict(db.execute(select(schema.customers.c.id, schema.customers.c.created_at)).all())
    for row in db.execute(select(schema.events)):
        assert row.at < NOW
        assert row.product_id is None or added[row.product_id] <= row.at
        assert row.customer_id is None or since[row.customer_id] <= row.at
        assert (row.customer_id is None) != (row.visitor_id is None)
        assert row.kind in events.KINDS
        assert (row.query is not None) == (row.kind == "search")


def test_what_was_bought_was_looked_at_and_put_into_the_cart_before(db):
    for history in histories(db).values():
        looked, carted = set(), set()
        for row in history:
            if row.kind == "view":
                looked.add(row.product_id)
            elif row.kind == "add_to_cart":
                assert row.product_id in looked
                carted.add(row.sku)
            elif row.kind == "purchase":
                assert row.sku in carted


def test_purchases_among_the_events_are_the_lines_of_the_orders(db):
    bought = Counter(
        db.execute(
            select(
                schema.events.c.order_number, schema.events.c.customer_id, schema.events.c.sku, schema.events.c.at
            )
            .where(schema.events.c.kind == "purchase")
        ).all()
    )
    ordered = Counter(
        db.execute(
            select(
                schema.orders.c.number, schema.orders.c.customer_id, schema.order_lines.c.sku, schema.orders.c.placed_at
            )
            .join_from(schema.order_lines, schema.orders)
        ).all()
    )
    assert bought == ordered


def test_people_come_back_to_the_categories_and_brands_they_like(db):
    found = histories(db)
    assert repeat_share(found, "category") > 1.7 * chance_share(found, "category")
    assert repeat_share(found, "brand") > 1.7 * chance_share(found, "brand")


def test_what_is_popular_has_a_long_tail(db):
    views = Counter(
        db.execute(select(schema.events.c.product_id).where(schema.events.c.kind == "view")).scalars()
    )
    most = [count for _, count in views.most_common()]
    assert sum(most[: len(most) // 5]) > 0.38 * sum(most)
    assert len(most) > 0.8 * SIZES["products"]


def test_tastes_are_stored_nowhere_but_in_what_people_did(db):
    # The table has names and addresses, and no column more.
    assert set(schema.customers.c.keys()) == {
        "id", "email", "first_name", "last_name", "phone", "street", "postcode", "city", "country", "created_at",
    }  # fmt: skip


def test_ben_is_new_and_edith_agreed_to_nothing(db):
    people = cast(db)
    assert events.history(db, people["ben"].customer_id) == []
    assert people["ben"].orders == {}
    assert not any(customers.consent(db, people["edith"].customer_id, purpose) for purpose in customers.PURPOSES)
    assert all(customers.consent(db, people["ada"].customer_id, purpose) for purpose in customers.PURPOSES)
    assert len(events.history(db, people["ada"].customer_id, 500)) > 60
