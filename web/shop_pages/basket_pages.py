"""Basket and checkout."""
from __future__ import annotations

import re
import uuid

from starlette.responses import Response

from shop import carts, checkout, events, orders, policies, promotions
from shop.errors import BadInput
from shop.limits import QUANTITY
from web.shop_pages.visit import Visit

CODE_LIMIT_CHARS = 32
_REQUEST_ID = re.compile(r"[0-9a-f]{32}")


def cart(visit: Visit) -> Response:
    return _show(visit)


def add(visit: Visit) -> Response:
    sku = visit.form.get("sku", "")
    quantity = _quantity(visit, least=1)
    now = carts.add(visit.db, visit.owner, sku, quantity)
    line = next(line for line in now.lines if line.sku == sku)
    _record(visit, "add_to_cart", line.product.product_id, sku)
    return visit.go("/cart", "added")


def change(visit: Visit) -> Response:
    """Sets a line's quantity; 0, or the "remove" button, takes it out."""
    sku = visit.form.get("sku", "")
    quantity = 0 if visit.form.get("remove") else _quantity(visit, least=0)
    before = next((line for line in carts.cart(visit.db, visit.owner).lines if line.sku == sku), None)
    carts.set_quantity(visit.db, visit.owner, sku, quantity)
    if before and quantity == 0:
        _record(visit, "remove_from_cart", before.product.product_id, sku)
    return visit.go("/cart", "changed" if quantity else "removed")


def code(visit: Visit) -> Response:
    """Notes a promotion code once it was checked; an empty one takes the code away."""
    entered = visit.form.get("code", "").strip()
    if len(entered) > CODE_LIMIT_CHARS:
        raise BadInput("code", entered, f"a code has at most {CODE_LIMIT_CHARS} characters.")
    if not entered:
        carts.set_promotion(visit.db, visit.owner, None)
        return visit.go("/cart", "changed")
    found = promotions.apply(visit.db, visit.owner.customer_id, carts.cart(visit.db, visit.owner), entered)
    carts.set_promotion(visit.db, visit.owner, found.code)
    return visit.go("/cart", "code")


def checkout_form(visit: Visit) -> Response:
    customer = visit.customer
    if customer is None:
        return visit.go("/sign-in?next=/checkout")
    basket = carts.cart(visit.db, visit.owner)
    if not basket.lines:
        return visit.go("/cart")
    return visit.show(
        "checkout.html", basket=basket, totals=checkout.totals(visit.db, basket), request_id=uuid.uuid4().hex,
        address=customer.address or {"name": customer.name}, methods=policies.facts(visit.db)["payment_methods"],
        email=customer.email,
    )


def place(visit: Visit) -> Response:
    """Places the order. Sent twice (a double click, a reload), the form finds the order that it placed before."""
    customer = visit.customer
    if customer is None:
        return visit.go("/sign-in?next=/checkout")
    request_id = visit.form.get("request_id", "")
    if not _REQUEST_ID.fullmatch(request_id):
        raise BadInput("request_id", request_id, "open the checkout again.")
    address = {name: visit.form.get(name, "") for name in ("name", "street", "postcode", "city", "country")}
    placed = orders.place(
        visit.db, visit.owner, customer.email, address, visit.form.get("payment_method", ""),
        # Bound to the customer: a key taken from somebody else's form must not open their order.
        f"{customer.customer_id}:{request_id}",
    )
    return visit.go(f"/orders/{placed.number}", "ordered")


def _show(visit: Visit) -> Response:
    basket = carts.cart(visit.db, visit.owner)
    totals = checkout.totals(visit.db, basket)
    free_from = int(policies.facts(visit.db)["free_shipping_from_cents"])
    missing = free_from - (totals.subtotal_cents - totals.discount_cents)
    return visit.show(
        "cart.html", basket=basket, totals=totals, most=QUANTITY, free_from_cents=free_from,
        missing_cents=max(0, missing) if totals.shipping_cents else 0,
    )


def _quantity(visit: Visit, least: int) -> int:
    given = visit.form.get("quantity", "1").strip()
    if not (given.isascii() and given.isdigit() and least <= int(given[:6]) <= QUANTITY):
        raise BadInput("quantity", given, f"write a whole number from {least} to {QUANTITY}.")
    return int(given)


def _record(visit: Visit, kind: str, product_id: str, sku: str) -> None:
    events.record(
        visit.db, kind, product_id=product_id, sku=sku,
        customer_id=visit.owner.customer_id, visitor_id=visit.owner.visitor_id,
    )
