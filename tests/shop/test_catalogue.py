from __future__ import annotations

import copy

import pytest
from sqlalchemy import event, update

from shop import catalogue, schema
from shop.errors import BadInput
from tests.shop.conftest import PRODUCTS, product_row


def test_a_product_has_its_variants_and_the_lowest_price_in_stock(db):
    found = catalogue.product(db, "P00001")
    assert (found.title, found.category_name, found.price_cents) == ("Trail runner", "Shoes", 8900)
    assert [variant.sku for variant in found.variants] == ["P00001-NAV", "P00001-RED"]
    assert found.in_stock
    assert found.picture == "/pictures/P00001.svg?colour=navy"
    assert found.url == "/product/P00001"


def test_a_product_sold_out_costs_its_lowest_price(db):
    db.execute(update(schema.variants).values(stock=0))
    found = catalogue.product(db, "P00001")
    assert (found.price_cents, found.was_cents, found.in_stock) == (8400, 8900, False)


def test_an_unknown_product_is_none(db):
    assert catalogue.product(db, "P99999") is None
    assert catalogue.variants(db, "P99999") == []
    assert catalogue.find_variant(db, "P99999") is None
    assert catalogue.stock(db, "nothing") == 0


def test_products_come_in_the_order_asked_for_without_those_not_sold(db):
    found = catalogue.products(db, ["P00004", "P00001", "P99999", "P00005", "P00004"])
    assert [product.product_id for product in found] == ["P00004", "P00001"]


def test_many_products_take_two_queries(database):
    statements = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with database.session() as db:
        assert len(catalogue.products(db, [row["product_id"] for row in PRODUCTS])) == 4
    assert len(statements) == 2


def test_a_shopper_finds_the_variant_they_named_whatever_the_case(db):
    assert catalogue.find_variant(db, "P00001", "Red", "43").sku == "P00001-RED"
    assert catalogue.find_variant(db, "P00001").sku == "P00001-NAV"
    assert catalogue.find_variant(db, "P00001", "green") is None


def test_a_parent_category_shows_what_its_children_hold(db):
    page = catalogue.by_category(db, "clothing", "price_asc")
    assert [product.product_id for product in page.items] == ["P00003", "P00002", "P00001"]
    assert (page.total, page.pages) == (3, 1)
    top = {node.slug: node for node in catalogue.category_tree(db)}
    assert [child.slug for child in top["clothing"].children] == ["shoes", "tops"]


@pytest.mark.parametrize(
    ("sort", "first"), [("price_desc", "P00004"), ("rating", "P00004"), ("popular", "P00002")]
)
def test_a_shopper_sorts_the_shop(db, sort, first):
    assert catalogue.by_category(db, "", sort).items[0].product_id == first


def test_pages_cover_the_list_without_gaps(db):
    pages = [catalogue.by_category(db, "", "newest", page, page_size=3) for page in (1, 2)]
    assert [len(page.items) for page in pages] == [3, 1]
    assert len({product.product_id for page in pages for product in page.items}) == 4
    assert catalogue.by_category(db, "", "newest", 99, page_size=3).page == 2


def test_a_sort_order_that_does_not_exist_is_named(db):
    with pytest.raises(BadInput, match="price_asc"):
        catalogue.by_category(db, "shoes", "magic")


def test_things_out_of_stock_come_last_in_a_list(db):
    db.execute(update(schema.variants).where(schema.variants.c.product_id == "P00003").values(stock=0))
    assert catalogue.by_category(db, "", "price_asc").items[-1].product_id == "P00003"


def test_the_vocabulary_holds_only_what_is_sold(db):
    words = catalogue.vocabulary(db)
    assert words["brands"] == ["Halden", "Orrin"]
    assert "mug" not in words["kinds"]
    assert words["categories"]["shoes"] == ["Shoes", "footwear"]
    assert words["colours"] == ["navy", "red"]


def test_the_same_feed_twice_changes_nothing(db):
    before = catalogue.catalogue_version(db)
    count = catalogue.upsert_products(db, PRODUCTS)
    assert (count.added, count.changed, count.unchanged) == (0, 0, 5)
    assert catalogue.catalogue_version(db) == before


def test_a_changed_feed_changes_the_version_and_drops_variants_no_longer_named(db):
    before = catalogue.catalogue_version(db)
    rows = copy.deepcopy(PRODUCTS)
    rows[0]["title"] = "Trail runner II"
    del rows[0]["variants"][1]
    count = catalogue.upsert_products(db, [*rows, product_row("P00006", "Clog", "shoes", "slipper", 3000)])
    assert (count.added, count.changed, count.unchanged) == (1, 1, 4)
    assert catalogue.catalogue_version(db) != before
    found = catalogue.product(db, "P00001")
    assert (found.title, [variant.sku for variant in found.variants]) == ("Trail runner II", ["P00001-NAV"])


def test_a_price_changed_in_bulk_changes_the_version(db):
    before = catalogue.catalogue_version(db)
    db.execute(update(schema.variants).where(schema.variants.c.sku == "P00001-NAV").values(price_cents=1))
    assert catalogue.catalogue_version(db) != before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"category": "boats"}, "category"),
        ({"title": ""}, "title"),
        ({"rating": 7}, "rating"),
        ({"variants": [{"sku": "X", "price_cents": -1}]}, "price_cents"),
        ({"variants": [{"sku": "P00002-NAV", "price_cents": 1}]}, "sku"),
    ],
)
def test_a_bad_row_of_a_feed_is_named_and_nothing_is_stored(database, change, field):
    row = product_row("P00009", "Boot", "shoes", "hiking boot", 9900) | change
    with pytest.raises(BadInput, match=field), database.session() as db:
        catalogue.upsert_products(db, [row])
    with database.session() as db:
        assert catalogue.product(db, "P00009") is None
        assert catalogue.product(db, "P00002").variants[0].price_cents == 6500


def test_a_feed_that_names_a_product_twice_is_refused(db):
    with pytest.raises(BadInput, match="twice"):
        catalogue.upsert_products(db, [PRODUCTS[0], PRODUCTS[0]])
