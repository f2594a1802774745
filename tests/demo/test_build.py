"""Building the demo shop: the same again, at any size, and only where nothing is in the way."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shop import policies, promotions, schema
from shop.demo import build, cast
from shop.errors import BadInput
from tests.demo.conftest import NOW, TODAY, make

TABLES = (
    schema.categories, schema.products, schema.variants, schema.customers, schema.consents, schema.events,
    schema.orders, schema.order_lines, schema.returns, schema.refunds, schema.promotions, schema.policies,
)  # fmt: skip
TINY = {"products": 60, "customers": 30, "events": 900, "orders": 70}


def contents(database) -> dict[str, list]:
    with database.session() as db:
        return {
            table.name: [tuple(map(repr, row)) for row in db.execute(select(table).order_by(*table.primary_key))]
            for table in TABLES
        }


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    database = make(tmp_path_factory.mktemp("tiny") / "shop.db", **TINY)
    yield database
    database.close()


def test_the_same_seed_and_day_make_the_same_shop(tiny, tmp_path):
    assert contents(make(tmp_path / "again.db", **TINY)) == contents(tiny)


def test_another_seed_makes_another_shop(tiny, tmp_path):
    other = contents(make(tmp_path / "other.db", seed=8, **TINY))
    assert other["products"] != contents(tiny)["products"]
    assert other["events"] != contents(tiny)["events"]


def test_a_later_day_keeps_the_products_and_moves_the_orders(tiny, tmp_path):
    moved = make(tmp_path / "later.db", today=TODAY + timedelta(days=100), **TINY)
    with moved.session() as db, tiny.session() as before:
        titles = select(schema.products.c.title).order_by(schema.products.c.id)
        assert db.execute(titles).all() == before.execute(titles).all()
        newest = db.execute(select(func.max(schema.orders.c.placed_at))).scalar()
        assert NOW + timedelta(days=99) <= newest < NOW + timedelta(days=100)


def test_a_tiny_shop_still_has_every_category_and_the_whole_cast(tiny):
    with tiny.session() as db:
        assert db.execute(select(func.count(func.distinct(schema.products.c.category)))).scalar() == 16
        assert db.execute(select(func.count()).select_from(schema.products)).scalar() == 60
        assert db.execute(select(func.count()).select_from(schema.orders)).scalar() == 70
        assert db.execute(select(func.count()).select_from(schema.events)).scalar() == 900
        assert list(cast(db)) == ["ada", "ben", "clara", "deniz", "edith", "gita"]


def test_a_shop_that_sells_already_is_left_alone(tiny):
    with tiny.session() as db, pytest.raises(BadInput, match="empty"):
        build(db, today=TODAY)


@pytest.mark.parametrize("how", [{"products": 15}, {"customers": 4}])
def test_a_shop_too_small_for_its_categories_or_cast_is_refused(tmp_path, how):
    with pytest.raises(BadInput):
        make(tmp_path / "small.db", **(TINY | how))


def test_nobody_is_in_the_cast_of_an_empty_database(tmp_path):
    database = make(tmp_path / "shop.db", **TINY)
    with database.session() as db:
        for table in reversed(schema.metadata.sorted_tables):
            db.execute(table.delete())
        assert cast(db) == {}


def test_policies_tell_their_facts_and_leave_no_placeholder(tiny):
    with tiny.session() as db:
        facts, found = policies.facts(db), {each.slug: each for each in policies.all_policies(db)}
    assert set(found) == {"contact", "payment", "privacy", "returns", "shipping", "warranty"}
    assert all("{" not in each.body_markdown for each in found.values())
    assert f"{facts['return_days']} days" in found["returns"].body_markdown
    assert "€4.95, free from €50" in found["shipping"].body_markdown
    assert "credit card, debit card, bank transfer or invoice" in found["payment"].body_markdown


def test_promotions_run_are_over_and_are_still_to_come(tiny):
    with tiny.session() as db:
        stored = {row.code: row for row in db.execute(select(schema.promotions))}
        running = {each.code for each in promotions.active(db, NOW)}
        for row in stored.values():  # the shop's own rules accept each of them
            promotions.upsert_promotion(db, row._asdict())
    assert len(running) >= 8
    assert any(row.ends_at <= NOW for row in stored.values())
    assert any(row.starts_at > NOW for row in stored.values())
    assert all("{" not in row.text and "None" not in row.text for row in stored.values())


def test_offers_follow_what_somebody_did(tiny):
    with tiny.session() as db:
        people = cast(db)
        offers = {
            name: {each.code for each in promotions.for_customer(db, people[name].customer_id, now=NOW)}
            for name in ("ben", "clara", "edith")
        }
    assert {"LOYAL20", "THANKS15"} <= offers["clara"]
    assert "WELCOME10" in offers["ben"] and "LOYAL20" not in offers["ben"]
    assert not offers["edith"] & {"LOYAL20", "THANKS15", "WELCOME10", "MISSEDYOU"}
