"""What changed in the catalogue, told without reading all of it."""
from __future__ import annotations

import copy
from datetime import timedelta

from sqlalchemy import update

from shop import carts, catalogue, catalogue_changes, orders, schema
from shop.clock import utc_now
from tests.shop.conftest import ADDRESS, CATEGORIES, PRODUCTS


def changed(db, since) -> set[str]:
    return set(catalogue_changes.changed_since(db, since).product_ids)


def test_nothing_changed_where_the_same_feed_comes_again(db):
    mark = catalogue_changes.mark(db)
    catalogue.upsert_products(db, PRODUCTS)
    assert not catalogue_changes.changed_since(db, mark)


def test_a_changed_product_and_a_withdrawn_one_are_named_once(db):
    mark = catalogue_changes.mark(db)
    rows = copy.deepcopy(PRODUCTS[:2])
    rows[0]["variants"][0]["price_cents"] += 100
    rows[1]["active"] = False
    catalogue.upsert_products(db, rows)
    found = catalogue_changes.changed_since(db, mark)
    assert found.product_ids == {"P00001", "P00002"}
    assert not catalogue_changes.changed_since(db, found.mark)


def test_a_product_stored_late_by_a_slow_transaction_is_not_missed(db):
    catalogue.upsert_products(db, [PRODUCTS[0] | {"title": "Written after, stored first"}])
    mark = catalogue_changes.mark(db)
    earlier = utc_now() - timedelta(seconds=5)
    db.execute(update(schema.products).where(schema.products.c.id == "P00003").values(title="Slow", updated_at=earlier))
    db.execute(update(schema.counters).values(value=schema.counters.c.value + 1))
    assert changed(db, mark) == {"P00003"}


def test_what_is_sold_and_what_comes_back_is_read_again(db, ada):
    mark = catalogue_changes.mark(db)
    carts.add(db, ada, "P00003-NAV")
    order = orders.place(db, ada, "ada@example.com", ADDRESS, "card", "r1")
    found = catalogue_changes.changed_since(db, mark)
    assert "P00003" in found.product_ids
    orders.cancel(db, order, "r2")
    assert "P00003" in changed(db, found.mark)


def test_a_renamed_category_concerns_its_products(db):
    mark = catalogue_changes.mark(db)
    catalogue.upsert_categories(db, [{**row, "name": "Shirts"} for row in CATEGORIES if row["slug"] == "tops"])
    assert changed(db, mark) == {each.product_id for each in catalogue.all_products(db) if each.category == "tops"}


def test_totals_tell_of_changes_that_nobody_stamped(db):
    before = catalogue_changes.totals(db)
    assert before.products == len(list(catalogue.all_products(db)))
    db.execute(update(schema.variants).where(schema.variants.c.sku == "P00001-NAV").values(stock=0))
    after = catalogue_changes.totals(db)
    assert after.in_stock == before.in_stock - 1
    db.execute(update(schema.variants).where(schema.variants.c.sku == "P00001-NAV").values(price_cents=1))
    assert catalogue_changes.totals(db).price_cents < after.price_cents
