"""Orders, customers and events of the old shop system come along."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shop import customers, events, orders, schema
from tests.commands.test_import_shopify import write_table

FILES = Path(__file__).parent / "import_files"


def skipped(report):
    return {each["line"]: each["reason"] for each in report["skipped"]}


@pytest.fixture
def moved_in(floorwalker, shop):
    """The shop of Ada and Ben, with the products that the orders name."""
    floorwalker("import", "shopify", FILES / "shopify_old.csv")
    return shop


# ---- orders


def test_an_order_belongs_to_the_customer_with_its_address_and_keeps_its_number(floorwalker, moved_in):
    report = floorwalker("import", "orders", FILES / "shopify_orders.csv", "--json").json
    assert (report["read"], report["added"]) == (8, 4)
    assert {line: reason.split(":")[0] for line, reason in skipped(report).items()} == {
        6: "Created at is 'yesterday'", 7: "line 7", 8: "line 8",
    }  # fmt: skip
    with moved_in.database.session() as db:
        order = orders.order(db, "#1001", moved_in.ada)
        assert orders.order(db, "1001", moved_in.ben) is None
        assert orders.order(db, "1002", moved_in.ada) is None
    assert (order.status, order.total_cents, order.shipping_cents) == ("delivered", 17295, 495)
    assert order.subtotal_cents == 17800 and order.discount_cents == 1000 and order.promotion_code == "SPRING10"
    assert order.address == {
        "name": "Ada Stone", "street": "4 Fell Lane", "postcode": "75008", "city": "Kendal", "country": "GB",
    }  # fmt: skip
    assert [(line.title, line.product_id, line.colour, line.size) for line in order.lines] == [
        ("Tarn rain jacket - Navy / M", "tarn-rain-jacket", "navy", "M"), ("Old print, no longer sold", "", "", ""),
    ]  # fmt: skip


def test_a_guest_proves_an_imported_order_and_pays_nothing_back_that_was_not_paid(floorwalker, moved_in):
    floorwalker("import", "orders", FILES / "shopify_orders.csv")
    with moved_in.database.session() as db:
        order = orders.prove(db, "#1002", "guest@example.com", "a" * 32)
        assert order.status == "placed" and order.customer_id is None
        assert orders.cancel(db, order, "request-1").refunds == []


def test_a_cancelled_order_has_its_refund_once(floorwalker, moved_in):
    for _ in range(2):
        floorwalker("import", "orders", FILES / "shopify_orders.csv")
    with moved_in.database.session() as db:
        order = orders.order(db, "1003", moved_in.ada)
    assert order.status == "cancelled"
    assert [(refund.amount_cents, refund.status) for refund in order.refunds] == [(3490, "paid")]


def test_orders_imported_again_change_nothing_and_double_no_purchase(floorwalker, moved_in):
    floorwalker("import", "orders", FILES / "shopify_orders.csv")
    again = floorwalker("import", "orders", FILES / "shopify_orders.csv", "--json").json
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 4)
    with moved_in.database.session() as db:
        query = select(schema.events.c.product_id, schema.events.c.order_number)
        recorded = db.execute(query.where(schema.events.c.kind == "purchase").order_by(schema.events.c.at)).all()
        bought = [event.product_id for event in events.history(db, moved_in.ada) if event.kind == "purchase"]
    assert recorded == [("tarn-rain-jacket", "1001"), ("garden-lantern", "1003")]
    assert bought == ["tarn-rain-jacket"]  # the other order was cancelled


def test_what_a_shopper_did_here_is_not_undone_by_an_older_file(floorwalker, moved_in):
    floorwalker("import", "orders", FILES / "shopify_orders.csv")
    with moved_in.database.session() as db:
        order = orders.prove(db, "1002", "guest@example.com", "a" * 32)
        moved = orders.change_address(db, order, {"street": "9 New Street"}, "request-1")
        orders.cancel(db, moved, "request-2")
    report = floorwalker("import", "orders", FILES / "shopify_orders.csv", "--json").json
    assert report["changed"] == 0
    with moved_in.database.session() as db:
        order = orders.prove(db, "1002", "guest@example.com", "a" * 32)
    assert order.status == "cancelled" and order.address["street"] == "9 New Street"


def test_orders_as_json_come_in_our_own_words_or_in_those_of_woocommerce(floorwalker, moved_in):
    report = floorwalker("import", "orders", FILES / "orders.jsonl", "--json").json
    assert (report["read"], report["added"], sorted(skipped(report))) == (5, 2, [3, 4, 5])
    with moved_in.database.session() as db:
        ada, ben = orders.order(db, "W-7", moved_in.ada), orders.order(db, "88", moved_in.ben)
    assert ada.status == "delivered" and ada.delivered_at.isoformat() == "2026-10-04T12:00:00+00:00"
    assert [(line.product_id, line.price_cents) for line in ada.lines] == [("P00005", 1400), ("", 2090)]
    assert ben.status == "placed" and ben.address["street"] == "2 Low Road" and ben.total_cents == 6900


def test_an_order_of_an_absurd_size_is_refused_alone(floorwalker, moved_in, tmp_path):
    many = {"number": "1", "status": "placed", "placed_at": "2026-01-01", "lines": [{"title": "x", "price": 1}] * 501}
    path = tmp_path / "o.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in (
        many, {**many, "number": "2", "lines": [{"title": "x", "price": 1, "quantity": 10**9}]},
        {**many, "number": "3" * 17, "lines": [{"title": "x", "price": 1}]}, {**many, "number": "4", "lines": []},
        {**many, "number": "5", "lines": "x"}, {**many, "number": "6", "lines": [{"title": "x" * 900, "price": 1}]},
    )), "utf-8")  # fmt: skip
    report = floorwalker("import", "orders", path, "--json").json
    assert report["added"] == 1 and sorted(skipped(report)) == [1, 2, 3, 4, 5]


# ---- customers


def test_customers_come_with_their_address_and_their_word_on_the_newsletter(floorwalker, shop):
    report = floorwalker("import", "customers", FILES / "shopify_customers.csv", "--json").json
    assert (report["read"], report["added"], report["changed"], report["unchanged"]) == (7, 1, 2, 0)
    assert sorted(skipped(report)) == [4, 5, 6, 7]
    with shop.database.session() as db:
        ada, ben = customers.customer(db, shop.ada), customers.customer(db, shop.ben)
        formula = customers.by_email(db, "formula@example.com")
        assert (ada.street, ada.city, ada.phone) == ("4 Fell Lane, Flat 2", "Kendal", "+441539000001")
        assert ben.street is None and ben.first_name == "Ben"
        assert formula.first_name == "=1+1"  # a name like any other: nobody computes it
        assert customers.consent(db, shop.ada, "newsletter") and not customers.consent(db, shop.ben, "newsletter")
        # Nobody agreed to be learned from by wanting e-mails, and Ada's own word on that stays.
        assert not customers.consent(db, formula.customer_id, "personalisation")
        assert customers.consent(db, shop.ada, "personalisation")


def test_customers_imported_again_change_nothing(floorwalker, shop):
    floorwalker("import", "customers", FILES / "shopify_customers.csv")
    again = floorwalker("import", "customers", FILES / "shopify_customers.csv", "--json").json
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)


def test_who_left_the_newsletter_in_the_chat_is_not_put_back_by_a_file(floorwalker, shop, tmp_path):
    with shop.database.session() as db:
        customers.set_consent(db, shop.ada, "newsletter", False)
        customers.set_consent(db, shop.ben, "newsletter", True)
    path = write_table(tmp_path / "c.csv", ["Email", "Accepts Marketing"],
                       ["ada@example.com", "yes"], ["ben@example.com", "no"])  # fmt: skip
    floorwalker("import", "customers", path)
    with shop.database.session() as db:
        assert not customers.consent(db, shop.ada, "newsletter")
        assert not customers.consent(db, shop.ben, "newsletter")  # a no holds, wherever it was said


def test_a_customer_who_comes_after_their_orders_finds_them(floorwalker, moved_in, tmp_path):
    floorwalker("import", "orders", FILES / "shopify_orders.csv")
    path = write_table(tmp_path / "c.csv", ["Email", "Name"], ["GUEST@example.com", "Gil Guest"])
    floorwalker("import", "customers", path)
    with moved_in.database.session() as db:
        gil = customers.by_email(db, "guest@example.com")
        assert orders.order(db, "1002", gil.customer_id).total_cents == 2490
        assert [event.product_id for event in events.history(db, gil.customer_id)] == ["garden-lantern"]
    again = floorwalker("import", "orders", FILES / "shopify_orders.csv", "--json").json
    assert again["unchanged"] == 4


# ---- events


def test_events_of_known_people_and_products_are_kept_once_each(floorwalker, shop):
    def stored() -> int:
        with shop.database.session() as db:
            return db.execute(select(func.count()).select_from(schema.events)).scalar_one()

    before = stored()
    report = floorwalker("import", "events", FILES / "events.jsonl", "--json").json
    assert report["read"] == 11 and report["added"] == 4
    assert sorted(skipped(report)) == [1, 5, 6, 7, 8, 9, 10]
    assert stored() == before + 4  # line 11 is equal to line 4, and both happened
    again = floorwalker("import", "events", FILES / "events.jsonl", "--json").json
    assert (again["added"], again["unchanged"]) == (0, 4) and stored() == before + 4


def test_events_may_stand_in_a_table(floorwalker, shop, tmp_path):
    path = write_table(
        tmp_path / "e.csv", ["event", "timestamp", "customer_email", "item_id"],
        ["view_item", "2026-02-01T10:00:00Z", "ben@example.com", "P00003"],
        ["purchase", "2026-02-01T10:05:00Z", "ben@example.com", "P00003"],
        ["purchase", "", "ben@example.com", "P00003"],
        delimiter="\t",
    )  # fmt: skip
    report = floorwalker("import", "events", path, "--json").json
    assert report["added"] == 2 and sorted(skipped(report)) == [4]
    with shop.database.session() as db:
        assert [event.kind for event in events.history(db, shop.ben)] == ["view", "purchase"]


# ---- all of them


@pytest.mark.parametrize(("what", "name"), [
    ("orders", "shopify_orders.csv"), ("customers", "shopify_customers.csv"), ("events", "events.jsonl"),
])  # fmt: skip
def test_a_dry_run_counts_and_stores_nothing(floorwalker, shop, what, name):
    def state():
        with shop.database.session() as db:
            return [db.execute(select(func.count()).select_from(table)).scalar_one()
                    for table in (schema.orders, schema.events, schema.customers)]  # fmt: skip

    before = state()
    said = floorwalker("import", what, FILES / name, "--dry-run", "--json")
    assert said.status == 0 and said.json["added"] >= 1 and state() == before
