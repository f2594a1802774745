"""Basket, sign-in and orders on the demo shop's pages, and forms that come from elsewhere."""
from __future__ import annotations

import re

import pytest

from shop import carts, customers, events, orders
from shop.demo.cast import STORIES
from shop.demo.people import CAST
from shop.owner import Owner
from tests.web.shop_visit import ADDRESS, checkout, csrf, identity, send, sign_in
from web import tokens
from web.rendering import money
from web.shop_pages.visit import FORM_LIMIT_BYTES, local_path

pytest_plugins = ("tests.web.page_fixtures",)


# ---- basket


def test_a_visitor_fills_changes_and_empties_a_basket(client):
    page = send(client, "/cart/add", sku="P00001-NAV-42", quantity="2").text
    assert "Added to your basket" in page
    assert money(2 * 4100) in page
    assert money(495) in page
    assert "more and delivery is free" in page
    page = send(client, "/cart/change", sku="P00001-NAV-42", quantity="3").text
    assert money(3 * 4100) in page
    assert "more and delivery is free" not in page
    page = send(client, "/cart/change", sku="P00001-NAV-42", remove="1").text
    assert "There is nothing in it yet" in page
    with client.app.state.database.session() as db:
        kinds = [event.kind for event in events.visitor_history(db, identity(client).visitor_id)]
    assert [kind for kind in kinds if kind != "view"] == ["add_to_cart", "remove_from_cart"]


@pytest.mark.parametrize("fields", [
    {"sku": "P00001-NAV-42", "quantity": "0"}, {"sku": "P00001-NAV-42", "quantity": "many"},
    {"sku": "P00001-NAV-42", "quantity": "-1"}, {"sku": "P00001-NAV-42", "quantity": "7"},
    {"sku": "P00001-NAV-42", "quantity": "99999999999999999999"}, {"sku": "P00001-NAV-43", "quantity": "1"},
])
def test_more_than_there_is_or_less_than_one_cannot_be_bought(client, fields):
    assert send(client, "/cart/add", **fields).status_code == 400
    assert "There is nothing in it yet" in client.get("/cart").text


def test_a_promotion_code_takes_its_part_off_and_an_unknown_one_says_so(client):
    send(client, "/cart/add", sku="P00001-NAV-42")
    page = send(client, "/cart/code", page="/cart", code="spring10").text
    assert money(-410) in page
    response = send(client, "/cart/code", page="/cart", code="NONE")
    assert response.status_code == 400
    assert "not running" in response.text


# ---- forms from elsewhere


@pytest.mark.parametrize("token", ["", "0" * 40, "é"])
def test_a_form_without_the_right_token_changes_nothing(client, token):
    client.get("/")
    response = client.post("/cart/add", data={"csrf": token, "sku": "P00001-NAV-42", "quantity": "1"})
    assert response.status_code == 400
    assert "There is nothing in it yet" in client.get("/cart").text


def test_another_visitors_token_does_not_fit(client):
    theirs = csrf(client, "/product/P00001")
    client.cookies.clear()
    client.get("/")
    assert client.post("/cart/add", data={"csrf": theirs, "sku": "P00001-NAV-42"}).status_code == 400


def test_a_form_that_is_too_long_or_of_another_kind_is_refused(client):
    token = csrf(client, "/product/P00001")
    too_long = client.post("/cart/add", data={"csrf": token, "sku": "x" * FORM_LIMIT_BYTES})
    assert too_long.status_code == 400
    assert "too long" in too_long.text
    assert client.post("/cart/add", json={"csrf": token, "sku": "P00001-NAV-42"}).status_code == 400
    many = "&".join(f"field{number}=1" for number in range(200))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/cart/add", content=many, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_signing_in_never_leads_to_another_site(client, path):
    assert local_path(path) == "/"
    response = client.post(
        "/sign-in", data={"csrf": csrf(client, "/sign-in"), "email": "ada@example.com", "next": path},
        follow_redirects=False,
    )
    assert response.headers["location"] == "/?notice=welcome"


# ---- signing in and buying


def test_a_visitors_basket_and_history_come_along_at_sign_in(client):
    send(client, "/cart/add", sku="P00001-NAV-42")
    visitor_id = identity(client).visitor_id
    page = sign_in(client, next="/cart").text
    assert "Runner 1" in page
    assert "Ada" in page
    who = identity(client)
    assert (who.visitor_id, who.customer_id) == (visitor_id, "C00001")
    with client.app.state.database.session() as db:
        assert [event.kind for event in events.history(db, "C00001")] == ["view", "add_to_cart"]
        assert carts.cart(db, Owner(visitor_id=visitor_id)).lines == []


def test_after_signing_out_the_browser_is_a_stranger(client):
    sign_in(client)
    before = identity(client)
    send(client, "/sign-out", page="/")
    after = identity(client)
    assert after.customer_id is None
    assert after.visitor_id != before.visitor_id


def test_a_customers_pages_are_not_kept_for_whoever_presses_back_after_the_sign_out(client):
    assert "no-store" not in client.get("/").headers["cache-control"]
    sign_in(client)
    for path in ("/", "/orders", "/product/P00001", "/order/999999"):
        assert client.get(path).headers["cache-control"] == "private, no-store", path


def test_two_customers_at_one_browser_share_nothing(client):
    sign_in(client)
    first = identity(client)
    sign_in(client, "ben@example.com")
    second = identity(client)
    assert second.customer_id == "C00002"
    assert second.visitor_id != first.visitor_id


def test_an_unknown_address_is_told_and_nobody_is_signed_in(client):
    response = sign_in(client, "nobody@example.com")
    assert response.status_code == 400
    assert "No customer of the demo shop" in response.text
    assert identity(client).customer_id is None


def test_the_cast_of_the_demo_can_be_chosen_by_name(client):
    given, family, email, _ = CAST[0]
    with client.app.state.database.session() as db:
        customers.create(db, email, given, family)
    page = client.get("/sign-in").text
    assert f"{given} {family}" in page
    assert STORIES[0] in page
    assert f'name="email" value="{email}"' in page


def test_the_sign_in_says_plainly_that_it_is_a_demonstration(client):
    assert "Demonstration sign-in" in client.get("/sign-in").text


def test_a_customer_orders_and_finds_the_order(client):
    sign_in(client)
    send(client, "/cart/add", sku="P00001-NAV-42", quantity="2")
    page = checkout(client).text
    assert "Your order has been placed" in page
    number = re.search(r"Order #(\d{6})", page).group(1)
    assert f"#{number}" in client.get("/orders").text
    assert "There is nothing in it yet" in client.get("/cart").text
    with client.app.state.database.session() as db:
        placed = orders.order(db, number, "C00001")
        assert placed.total_cents == 8200 + 495
        assert [event.kind for event in events.history(db, "C00001")][-1] == "purchase"


def test_a_form_sent_twice_places_one_order(client):
    sign_in(client)
    send(client, "/cart/add", sku="P00001-NAV-42")
    send(client, "/cart/add", sku="P00002-NAV-42")
    first = checkout(client, request_id="a" * 32).url
    form = {"csrf": csrf(client), "name": "Ada Stone", **ADDRESS, "payment_method": "card", "request_id": "a" * 32}
    assert client.post("/checkout", data=form).url == first
    with client.app.state.database.session() as db:
        assert len(orders.orders_of(db, "C00001")) == 1


@pytest.mark.parametrize(
    "fields", [{"street": ""}, {"payment_method": "shells"}, {"city": "x" * 300}, {"request_id": ""}]
)
def test_an_order_that_cannot_be_sent_is_not_placed(client, fields):
    sign_in(client)
    send(client, "/cart/add", sku="P00001-NAV-42")
    response = checkout(client, **fields)
    assert response.status_code == 400
    with client.app.state.database.session() as db:
        assert orders.orders_of(db, "C00001") == []


def test_a_visitor_is_asked_to_sign_in_before_ordering(client):
    send(client, "/cart/add", sku="P00001-NAV-42")
    assert client.get("/checkout").url.path == "/sign-in"
    assert client.get("/orders").url.path == "/sign-in"


def test_a_customer_cannot_see_somebody_elses_order_or_invoice(client):
    sign_in(client)
    send(client, "/cart/add", sku="P00001-NAV-42")
    number = re.search(r"Order #(\d{6})", checkout(client).text).group(1)
    sign_in(client, "ben@example.com")
    assert client.get(f"/orders/{number}").status_code == 404
    assert client.get(f"/orders/{number}/invoice").status_code == 404


def test_an_invoice_can_be_printed_once_the_order_is_packed(client):
    sign_in(client)
    send(client, "/cart/add", sku="P00001-NAV-42")
    number = re.search(r"Order #(\d{6})", checkout(client).text).group(1)
    assert client.get(f"/orders/{number}/invoice").status_code == 400
    with client.app.state.database.session() as db:
        orders.advance(db, number, "packed", "request-1")
    assert f"INV-{number}" in client.get(f"/orders/{number}/invoice").text


def test_an_erased_customer_is_a_stranger_again(client):
    sign_in(client)
    with client.app.state.database.session() as db:
        customers.erase(db, "C00001")
    assert client.get("/").status_code == 200
    assert identity(client).customer_id is None


def test_a_forged_cookie_is_replaced(client):
    client.cookies.set(tokens.COOKIE_NAME, "forged", domain="shop.test")
    response = client.get("/")
    assert response.status_code == 200
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
