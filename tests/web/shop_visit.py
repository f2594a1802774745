"""A small shop behind its real pages, and what people do at a browser in front of it."""
from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from shop import catalogue, customers, policies, promotions
from shop.clock import utc_now
from shop.database import Database
from shop.settings import Settings
from web import tokens

ADDRESS = {"street": "Mill Lane 4", "postcode": "1012 AB", "city": "Amsterdam", "country": "Netherlands"}
EVIL = "<script>alert(1)</script>"


def shoe(number: int, **more) -> dict:
    product_id = f"P{number:05d}"
    variants = [
        {"sku": f"{product_id}-{colour[:3].upper()}-{size}", "colour": colour, "size": size, "material": "leather",
         "price_cents": 4000 + number * 100, "stock": 0 if size == "43" else 6}
        for colour in ("navy", "red") for size in ("41", "42", "43")
    ]
    row = {
        "product_id": product_id, "title": f"Runner {number}", "brand": "Halden" if number % 2 else "Orrin",
        "category": "shoes", "kind": "running shoe", "description": "Light and sturdy.", "rating": 4.5,
        "rating_count": number, "attributes": {"season": "all year"}, "variants": variants,
    }
    return row | more


def settings_in(folder: Path, **others: str) -> Settings:
    """Settings of a shop that keeps everything in ``folder``; ``others`` by their names, such as DATABASE_URL."""
    named = {f"FLOORWALKER_{name}": value for name, value in others.items()}
    return Settings({"FLOORWALKER_VAR": str(folder / "var"), **named})


def fill(database: Database, folder: Path) -> None:
    """Thirty shoes, one mug, two customers and a promotion; the policies are written to ``folder``."""
    (folder / "delivery.md").write_text(
        "---\ntitle: Delivery\nshipping_cents: 495\nfree_shipping_from_cents: 9000\ndelivery_days_min: 2\n"
        "delivery_days_max: 4\npayment_methods: [card, invoice]\n---\nIn **two** days.\n\n"
        f"{EVIL}\n\n[x](javascript:alert(1))\n"
    )
    now = utc_now()
    mug = {"sku": "P00099-WHI", "colour": "white", "price_cents": 1250, "was_cents": 1500, "stock": 2}
    with database.session() as db:
        for slug in ("shoes", "kitchen"):
            catalogue.upsert_categories(db, [{"slug": slug, "name": slug.capitalize()}])
        catalogue.upsert_products(db, [
            *(shoe(number) for number in range(1, 31)),
            shoe(99, title=f"Café mug {EVIL}", category="kitchen", kind="mug", variants=[mug]),
        ])
        policies.load_policies(db, folder)
        customers.create(db, "ada@example.com", "Ada", "Stone", **ADDRESS)
        customers.create(db, "ben@example.com", "Ben", "Marsh", **ADDRESS)
        promotions.upsert_promotion(db, {
            "code": "SPRING10", "title": "Ten per cent", "text": "Off everything.", "kind": "percent", "value": 10,
            "starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=5),
        })


def csrf(client, path: str = "/") -> str:
    return re.search(r'name="csrf" value="([0-9a-f]+)"', client.get(path).text).group(1)


def send(client, path: str, page: str = "/product/P00001", **fields: str):
    """Fills in the form of ``page`` and sends it to ``path``."""
    return client.post(path, data={"csrf": csrf(client, page), **fields})


def sign_in(client, email: str = "ada@example.com", **fields: str):
    return send(client, "/sign-in", page="/sign-in", email=email, **fields)


def identity(client) -> tokens.Identity:
    return tokens.read_cookie(client.cookies[tokens.COOKIE_NAME])


def checkout(client, **fields: str):
    page = client.get("/checkout").text
    request_id = re.search(r'name="request_id" value="([0-9a-f]+)"', page).group(1)
    form = {"name": "Ada Stone", **ADDRESS, "payment_method": "card", "request_id": request_id}
    return send(client, "/checkout", page="/checkout", **(form | fields))
