"""The doors for whole files: what they refuse, what they leave alone, what they never do twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from shop import carts, catalogue, catalogue_import, customers, events, orders, privacy, schema
from shop.clock import utc_now
from shop.customers_import import import_customers
from shop.errors import BadInput
from shop.events_import import import_events
from shop.orders_import import import_orders
from shop.owner import Owner
from tests.shop.conftest import ADA, ADAS_ORDERS, ADDRESS, BEN, CATEGORIES, VISITOR, product_row

MAY = datetime(2026, 5, 4, 10, tzinfo=UTC)


def order_row(number: str, **more) -> dict:
    line = {"sku": "P00001-NAV", "title": "Trail runner", "quantity": 1, "price_cents": 8900}
    return {
        "number": number, "status": "delivered", "placed_at": MAY, "currency": "EUR", "payment_method": "card",
        "total_cents": 8900, "email": "ada@example.com", "lines": [line],
    } | more  # fmt: skip


def emails(db) -> tuple[str, str]:
    return customers.customer(db, ADA).email, customers.customer(db, BEN).email


# ---- orders


def test_an_order_that_no_import_brought_is_never_touched(db):
    number = ADAS_ORDERS["placed"]
    before = orders.order(db, number, ADA)
    count = import_orders(db, [order_row(number, email=emails(db)[1], status="cancelled")])
    assert [position for position, _ in count.refused] == [0] and count.changed == 0
    assert orders.order(db, number, ADA) == before and orders.order(db, number, BEN) is None


def test_an_erased_customers_order_does_not_get_its_person_back_from_a_file(db):
    ada, _ = emails(db)
    import_orders(db, [order_row("7001", email=ada, name="Ada Stone")])
    privacy.erase_customer(db, ADA)
    count = import_orders(db, [order_row("7001", email=ada, name="Ada Stone")])
    assert len(count.refused) == 1
    stored = db.execute(select(schema.orders).where(schema.orders.c.number == "7001")).one()
    assert (stored.email, stored.name, stored.customer_id) == ("", "erased", None)


@pytest.mark.parametrize("wrong", [
    {"number": ""}, {"number": "1" * 17}, {"status": "lost"}, {"placed_at": "2026-05-04"}, {"placed_at": None},
    {"lines": []}, {"email": "no address"}, {"total_cents": -1}, {"total_cents": "12"}, {"currency": "EURO"},
    {"city": "x" * 100}, {"name": 7}, {"lines": [{"title": "x", "quantity": 0, "price_cents": 1}]},
    {"lines": [{"title": "x", "quantity": 1, "price_cents": 10**12}]}, {"lines": [{"title": "", "quantity": 1}]},
])  # fmt: skip
def test_a_row_that_does_not_fit_is_refused_and_the_next_one_stored(db, wrong):
    count = import_orders(db, [order_row("7001") | wrong, order_row("7002")])
    assert count.added == 1 and [position for position, _ in count.refused] == [0]
    assert isinstance(count.refused[0][1], BadInput)


def test_one_number_twice_in_a_batch_is_stored_once(db):
    count = import_orders(db, [order_row("#7001"), order_row("7001", total_cents=1)])
    assert count.added == 1 and len(count.refused) == 1


def test_an_order_only_goes_forward(db):
    ada, _ = emails(db)
    sent = order_row("7001", email=ada, status="shipped", shipped_at=utc_now())
    import_orders(db, [sent])
    assert import_orders(db, [sent | {"status": "placed", "shipped_at": None}]).unchanged == 1
    assert orders.order(db, "7001", ADA).status == "shipped"
    # Nobody reports deliveries, so the time that delivery takes at most stands for it.
    later = import_orders(db, [sent], now=utc_now() + timedelta(days=30))
    assert later.changed == 1 and orders.order(db, "7001", ADA).status == "delivered"


def test_changed_lines_replace_the_old_ones_until_something_was_sent_back(db):
    ada, _ = emails(db)
    row = order_row("7001", email=ada, placed_at=utc_now(), delivered_at=utc_now())
    import_orders(db, [row])
    two = row | {"lines": [*row["lines"], {"title": "Laces", "quantity": 2, "price_cents": 300}], "total_cents": 9500}
    assert import_orders(db, [two]).changed == 1
    order = orders.order(db, "7001", ADA)
    assert [(line.title, line.quantity) for line in order.lines] == [("Trail runner", 1), ("Laces", 2)]
    orders.start_return(db, order, order.lines[0].line_id, "too small", "request-1")
    import_orders(db, [row])
    order = orders.order(db, "7001", ADA)
    assert len(order.lines) == 2 and order.lines[0].returned


def test_a_product_that_comes_after_its_order_is_found_by_the_next_import_of_it(db):
    line = {"sku": "LATE-1", "title": "Late lamp", "quantity": 1, "price_cents": 8900}
    rows = [order_row("7009", email=emails(db)[0], lines=[line])]
    import_orders(db, rows)
    assert orders.order(db, "7009", ADA).lines[0].product_id == ""
    catalogue.upsert_products(db, [product_row("P00900", "Late lamp", "shoes", "lamp", 8900, variants=[
        {"sku": "LATE-1", "colour": "red", "size": "M", "price_cents": 8900, "stock": 1}])])  # fmt: skip
    assert import_orders(db, rows).changed == 1
    found = orders.order(db, "7009", ADA).lines[0]
    assert (found.product_id, found.colour, found.size) == ("P00900", "red", "M")
    assert import_orders(db, rows).unchanged == 1
    query = select(func.count()).where(schema.events.c.kind == "purchase", schema.events.c.product_id == "P00900")
    assert db.execute(query).scalar_one() == 1


def test_purchases_of_an_imported_order_go_with_its_state(db):
    ada, _ = emails(db)
    row = order_row("7001", email=ada, status="placed")
    import_orders(db, [row, order_row("7002", email="eve@example.com", status="placed")])
    import_customers(db, [{"email": "eve@example.com", "first_name": "Eve"}])
    eve = customers.by_email(db, "eve@example.com").customer_id
    assert [[each.kind for each in events.history(db, who)] for who in (ADA, eve)] == [["purchase"], ["purchase"]]
    import_orders(db, [row | {"status": "cancelled"}, order_row("7002", email="eve@example.com", status="cancelled")])
    assert events.history(db, ADA) == events.history(db, eve) == []


def test_a_new_own_order_gets_a_number_past_the_imported_ones(db):
    import_orders(db, [order_row("250000"), order_row("EN1001"), order_row("W7")])
    owner = Owner(ADA)
    carts.add(db, owner, "P00001-NAV", 1)
    placed = orders.place(db, owner, emails(db)[0], ADDRESS, "card", "request-1")
    assert placed.number == "250001"


# ---- customers


def test_new_customers_are_counted_on_from_the_last_one(db):
    rows = [{"email": f"new{number}@example.com", "first_name": f"N{number}"} for number in range(3)]
    assert import_customers(db, rows).added == 3
    ids = [customers.by_email(db, f"new{number}@example.com").customer_id for number in range(3)]
    created = customers.create(db, "last@example.com").customer_id
    numbers = [int(each[1:]) for each in (*ids, created)]
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_an_erased_customers_id_is_not_given_out_again(db):
    import_customers(db, [{"email": "gone@example.com"}])
    gone = customers.by_email(db, "gone@example.com").customer_id
    privacy.erase_customer(db, gone)
    import_customers(db, [{"email": "gone@example.com"}])
    assert customers.by_email(db, "gone@example.com").customer_id != gone


def test_empty_cells_erase_nothing(db):
    ada, _ = emails(db)
    before = customers.customer(db, ADA)
    count = import_customers(db, [{"email": ada.upper(), "first_name": "", "phone": None}])
    assert count.unchanged == 1 and customers.customer(db, ADA) == before


@pytest.mark.parametrize("wrong", [
    {"email": ""}, {"email": "a@b"}, {"email": None}, {"first_name": "x" * 81}, {"newsletter": "yes"}, {"city": 3},
])  # fmt: skip
def test_a_customer_that_does_not_fit_is_refused_alone(db, wrong):
    count = import_customers(db, [{"email": "one@example.com"} | wrong, {"email": "two@example.com"}])
    assert count.added == 1 and len(count.refused) == 1


# ---- events


def test_equal_events_are_kept_as_often_as_they_happened(db):
    row = {"kind": "view", "at": MAY, "customer_id": ADA, "product_id": "P00001"}
    rows = [row | {"occurrence": number} for number in (1, 2, 3)]
    assert import_events(db, rows[:2]).added == 2
    # As if the process had died after the second, and the file were read again from its beginning.
    again = import_events(db, rows)
    assert (again.added, again.unchanged) == (1, 2)


def test_a_visitors_events_stay_apart_from_a_customers(db):
    row = {"kind": "search", "at": MAY, "visitor_id": VISITOR, "query": "boots"}
    assert import_events(db, [row, row | {"customer_id": ADA}]).added == 2
    assert import_events(db, [row, row | {"customer_id": ADA}]).unchanged == 2
    assert [each.query for each in events.visitor_history(db, VISITOR) if each.at == MAY] == ["boots"]


@pytest.mark.parametrize("wrong", [
    {"kind": "dance"}, {"at": "2026-05-04"}, {"customer_id": "C99999"}, {"customer_id": None}, {"product_id": "P99999"},
    {"product_id": None}, {"kind": "search", "query": ""}, {"customer_id": None, "visitor_id": "v" * 33},
    {"customer_id": None, "email": "nobody@example.com"}, {"product_id": None, "sku": "NOPE"},
])  # fmt: skip
def test_an_event_that_does_not_fit_is_refused_alone(db, wrong):
    row = {"kind": "view", "at": MAY, "customer_id": ADA, "product_id": "P00001"}
    count = import_events(db, [row | wrong, row])
    assert count.added == 1 and [position for position, _ in count.refused] == [0]


# ---- products


@pytest.mark.parametrize("address", [
    "file:///etc/passwd", "javascript:alert(1)", "https://x.example/ a", "//x.example/a.jpg", "https://" + "a" * 600, 7,
])  # fmt: skip
def test_a_picture_must_have_a_web_address(db, address):
    catalogue.upsert_categories(db, CATEGORIES)
    with pytest.raises(BadInput):
        catalogue.upsert_products(db, [product_row("P00900", "Vase", "kitchen", "vase", 900, picture_url=address)])


def test_the_shop_knows_of_which_products_it_has_a_picture(db):
    picture = "https://shop.example/vase.jpg"
    catalogue.upsert_products(db, [product_row("P00900", "Vase", "kitchen", "vase", 900, picture_url=picture)])
    assert catalogue_import.pictured(db, ["P00900", "P00001", "P99999"]) == {"P00900"}
    assert db.execute(select(func.count()).where(schema.products.c.picture_url == picture)).scalar() == 1
