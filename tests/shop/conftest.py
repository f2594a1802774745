"""A small shop with a fixed cast.

Ada has an order in every state, Ben has one order, Gil ordered as a guest, and a visitor has nothing yet.
"""
from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import insert

from shop import catalogue, customers, policies, promotions, schema
from shop.clock import utc_now
from shop.database import open_database
from shop.owner import Owner
from tests.postgres import POSTGRES_URL, Copies

ADA, BEN = "C00001", "C00002"
VISITOR = "5f0c8a9e3b1d4c6f8a7b9c0d1e2f3a4b"
ADAS_ORDERS = {
    "placed": "100001", "packed": "100002", "shipped": "100003", "delivered": "100004", "cancelled": "100005",
    "returned": "100006", "delivered long ago": "100007",
}  # fmt: skip
BENS_ORDER, GUEST_ORDER = "100010", "100020"
ADDRESS = {
    "name": "Ada Stone", "street": "Mill Lane 4", "postcode": "1012 AB", "city": "Amsterdam", "country": "Netherlands"
}  # fmt: skip

CATEGORIES = [
    {"slug": "clothing", "name": "Clothing"},
    {"slug": "shoes", "name": "Shoes", "parent_slug": "clothing", "position": 1, "synonyms": ["footwear"]},
    {"slug": "tops", "name": "Tops & shirts", "parent_slug": "clothing", "position": 2},
    {"slug": "kitchen", "name": "Kitchen", "position": 3},
]


def product_row(product_id: str, title: str, category: str, kind: str, price_cents: int, **more) -> dict:
    """A row of a feed, with a navy and a red variant where it does not name its own."""
    row = {
        "product_id": product_id, "title": title, "brand": "Halden", "category": category, "kind": kind,
        "description": f"A {kind} that lasts.", "attributes": {"season": "all year"}, "rating": 4.5,
        "rating_count": 12,
        "variants": [
            {"sku": f"{product_id}-NAV", "colour": "navy", "size": "42", "material": "leather",
             "price_cents": price_cents, "stock": 5},
            {"sku": f"{product_id}-RED", "colour": "red", "size": "43", "material": "leather",
             "price_cents": price_cents - 500, "was_cents": price_cents, "stock": 0},
        ],
    }  # fmt: skip
    return row | more


PRODUCTS = [
    product_row("P00001", "Trail runner", "shoes", "running shoe", 8900),
    product_row("P00002", "City sneaker", "shoes", "sneaker", 6500, brand="Orrin", rating=4.0, rating_count=90),
    product_row("P00003", "Linen shirt", "tops", "shirt", 4200, brand="Orrin"),
    product_row("P00004", "Copper pan", "kitchen", "frying pan", 12000, rating=5.0, rating_count=3),
    product_row("P00005", "Old mug", "kitchen", "mug", 900, active=False),
]

POLICIES = {
    "returns.md": "---\ntitle: Returns\nreturn_days: 30\n---\nSend it back within 30 days.\n",
    "delivery.md": "---\ntitle: Delivery\nshipping_cents: 495\nfree_shipping_from_cents: 5000\n"
    "delivery_days_min: 2\ndelivery_days_max: 4\n---\nWe deliver in 2 to 4 days.\n",
    "payment.md": "---\ntitle: Payment\ncancellation_fee_cents: 0\npayment_methods: [card, invoice]\n---\n"
    "Pay by card.\n",
}


def add_order(db, number, customer_id, status, *, delivered_days=None, method="card", **more) -> None:
    """An order of two Trail runners and a Linen shirt, 200.00 + 42.00, less a discount of 22.00."""
    now = utc_now()
    sent = status in ("shipped", "delivered", "returned")
    delivered_at = None if delivered_days is None else now - timedelta(days=delivered_days)
    values = {
        "number": number, "customer_id": customer_id, "status": status,
        "placed_at": now - timedelta(days=(delivered_days or 0) + 4), "delivered_at": delivered_at,
        "shipped_at": (delivered_at or now) - timedelta(days=2) if sent else None,
        "subtotal_cents": 22000, "shipping_cents": 0, "discount_cents": 2200, "total_cents": 19800,
        "currency": "EUR", "payment_method": method, "email": "ada@example.com",
        "invoice_number": f"INV-{number}" if sent else None, **ADDRESS,
    }  # fmt: skip
    db.execute(insert(schema.orders).values(values | more))
    for position, (product_id, title, quantity, price_cents) in enumerate(
        [("P00001", "Trail runner", 2, 8900), ("P00003", "Linen shirt", 1, 4200)], 1
    ):
        db.execute(insert(schema.order_lines).values(
            order_number=number, position=position, sku=f"{product_id}-NAV", product_id=product_id, title=title,
            colour="navy", size="42", quantity=quantity, price_cents=price_cents, returned=status == "returned",
        ))  # fmt: skip


def _fill(database, folder) -> None:
    for name, text in POLICIES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with database.session() as db:
        catalogue.upsert_categories(db, CATEGORIES)
        catalogue.upsert_products(db, PRODUCTS)
        policies.load_policies(db, folder)
        ada = customers.create(db, "ada@example.com", "Ada", "Stone", postcode="1012 AB", street="Mill Lane 4")
        ben = customers.create(db, "ben@example.com", "Ben", "Marsh")
        assert (ada.customer_id, ben.customer_id) == (ADA, BEN)
        for status, number in ADAS_ORDERS.items():
            days = {"delivered": 3, "returned": 5, "delivered long ago": 60}.get(status)
            add_order(db, number, ADA, status.split()[0], delivered_days=days)
        add_order(db, BENS_ORDER, BEN, "placed", method="invoice", name="Ben Marsh", street="Hill Road 1",
                  postcode="SW1A 1AA", email="ben@example.com")
        add_order(db, GUEST_ORDER, None, "packed", name="Gil Rives", street="Rue du Four 2", postcode="75011",
                  email="gil@example.com")  # fmt: skip
        now = utc_now()
        for values in (
            {"code": "SPRING10", "title": "Ten off", "text": "10 % off.", "kind": "percent", "value": 10},
            {"code": "SHOES5", "title": "Shoes", "text": "5 off.", "kind": "amount", "value": 500,
             "category": "shoes", "conditions": {"viewed_category": "shoes", "min_views": 2}},
            {"code": "OLD", "title": "Over", "text": "Over.", "kind": "percent", "value": 50,
             "ends_at": now - timedelta(days=1)},
        ):  # fmt: skip
            span = {"starts_at": now - timedelta(days=9), "ends_at": now + timedelta(days=9)}
            promotions.upsert_promotion(db, span | values)


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """The file of a filled shop; with POSTGRES_URL copies of a database, and the whole room is tested on them."""
    folder = tmp_path_factory.mktemp("shop")
    if POSTGRES_URL:
        copies = Copies("shop", lambda database: _fill(database, folder))
        yield copies
        copies.close()
        return
    database = open_database(f"sqlite:///{folder / 'shop.db'}")
    database.migrate()
    _fill(database, folder)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    yield folder / "shop.db"


@pytest.fixture
def database(filled, tmp_path):
    """The filled shop, new for each test."""
    if POSTGRES_URL:
        opened = open_database(filled.fresh())
    else:
        shutil.copy(filled, tmp_path / "shop.db")
        opened = open_database(f"sqlite:///{tmp_path / 'shop.db'}")
    yield opened
    opened.close()


@pytest.fixture
def db(database):
    with database.session() as session:
        yield session


@pytest.fixture
def ada() -> Owner:
    return Owner(customer_id=ADA)


@pytest.fixture
def visitor() -> Owner:
    return Owner(visitor_id=VISITOR)
