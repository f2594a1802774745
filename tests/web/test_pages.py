"""The demo shop's pages, asked for as a browser does: with cookies, forms and nothing else."""
from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from shop import carts, catalogue, customers, events, orders, policies, promotions
from shop.clock import utc_now
from shop.owner import Owner
from shop.settings import Settings
from web import tokens
from web.app import create_app
from web.shop_pages.filters import size_key
from web.shop_pages.rendering import money
from web.shop_pages.title_search import TitleSearch
from web.shop_pages.visit import FORM_LIMIT_BYTES, local_path

ADDRESS = {"street": "Mill Lane 4", "postcode": "1012 AB", "city": "Amsterdam", "country": "Netherlands"}
EVIL = "<script>alert(1)</script>"


def _shoe(number: int, **more) -> dict:
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


@pytest.fixture
def client(tmp_path):
    """A browser in front of a shop with thirty shoes, one mug, two customers and a promotion."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "delivery.md").write_text(
        "---\ntitle: Delivery\nshipping_cents: 495\nfree_shipping_from_cents: 9000\ndelivery_days_min: 2\n"
        f"delivery_days_max: 4\npayment_methods: [card, invoice]\n---\nIn **two** days.\n\n{EVIL}\n\n[x](javascript:alert(1))\n"
    )
    settings = Settings({"FLOORWALKER_VAR": str(tmp_path / "var")})
    with TestClient(create_app(settings), base_url="http://shop.test", headers={"Accept": "text/html"}) as browser:
        with browser.app.state.database.session() as db:
            catalogue.upsert_categories(db, [{"slug": "shoes", "name": "Shoes"}, {"slug": "kitchen", "name": "Kitchen"}])
            mug = {"sku": "P00099-WHI", "colour": "white", "price_cents": 1250, "was_cents": 1500, "stock": 2}
            catalogue.upsert_products(db, [
                *(_shoe(number) for number in range(1, 31)),
                _shoe(99, title=f"Café mug {EVIL}", category="kitchen", kind="mug", variants=[mug]),
            ])
            policies.load_policies(db, folder)
            customers.create(db, "ada@example.com", "Ada", "Stone", **ADDRESS)
            customers.create(db, "ben@example.com", "Ben", "Marsh", **ADDRESS)
            now = utc_now()
            promotions.upsert_promotion(db, {
                "code": "SPRING10", "title": "Ten per cent", "text": "Off everything.", "kind": "percent", "value": 10,
                "starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=5),
            })
        yield browser


def _csrf(client, path: str = "/") -> str:
    return re.search(r'name="csrf" value="([0-9a-f]+)"', client.get(path).text).group(1)


def _send(client, path: str, page: str = "/product/P00001", **fields: str):
    """Fills in the form of ``page`` and sends it to ``path``."""
    return client.post(path, data={"csrf": _csrf(client, page), **fields})


def _sign_in(client, email: str = "ada@example.com", **fields: str):
    return _send(client, "/sign-in", page="/sign-in", email=email, **fields)


def _identity(client) -> tokens.Identity:
    return tokens.read_cookie(client.cookies[tokens.COOKIE_NAME])


def _order(client, **fields: str):
    page = client.get("/checkout").text
    request_id = re.search(r'name="request_id" value="([0-9a-f]+)"', page).group(1)
    form = {"name": "Ada Stone", **ADDRESS, "payment_method": "card", "request_id": request_id}
    return _send(client, "/checkout", page="/checkout", **(form | fields))


# ---- looking around


@pytest.mark.parametrize("path", [
    "/", "/category/shoes", "/product/P00001", "/search?q=runner", "/cart", "/policy/delivery", "/sign-in",
])
def test_a_page_is_whole_without_scripts_and_has_no_inline_code(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert "'unsafe-inline'" not in response.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|(href|src)=.javascript:", response.text)
    assert response.text.count("<h1") == 1
    assert '<html lang="en-GB">' in response.text


def test_the_home_page_shows_departments_offers_and_products(client):
    page = client.get("/").text
    assert "Kitchen" in page
    assert "SPRING10" in page
    assert "/product/P00030" in page  # the best known one


def test_titles_from_the_catalogue_cannot_become_markup(client):
    page = client.get("/product/P00099").text
    assert EVIL not in page
    assert EVIL in unescape(page)


def test_a_product_can_be_seen_in_the_colour_chosen(client):
    page = client.get("/product/P00001?colour=red").text
    assert "/pictures/P00001.svg?colour=red" in page
    assert "P00001-RED-42" in page
    assert "P00001-NAV-42" not in page


def test_a_size_that_is_sold_out_cannot_be_chosen(client):
    page = client.get("/product/P00001").text
    assert re.search(r'value="P00001-NAV-43"[^>]* disabled', page)
    assert not re.search(r'value="P00001-NAV-42"[^>]* disabled', page)


def test_the_chat_is_told_which_product_and_category_are_shown(client):
    assert '<meta name="floorwalker:product" content="P00001">' in client.get("/product/P00001").text
    assert '<meta name="floorwalker:category" content="shoes">' in client.get("/category/shoes").text


def test_a_long_list_has_pages(client):
    first, second = client.get("/category/shoes").text, client.get("/category/shoes?page=2").text
    assert "Page 1 of 2" in first
    assert "30 products" in second
    assert set(re.findall(r"/product/P\d+", first)).isdisjoint(re.findall(r"/product/P\d+", second))
    assert "Page 2 of 2" in client.get("/category/shoes?page=999").text


def test_filters_narrow_a_list_and_are_kept_on_the_next_page(client):
    assert "10 products" in client.get("/category/shoes?price_min=41&price_max=50,00").text
    assert "15 products" in client.get("/category/shoes?brand=Orrin").text
    assert "Nothing fits" in client.get("/category/shoes?size=43&in_stock=1").text
    page = unescape(client.get("/category/shoes?colour=red&sort=price_asc").text)
    assert "?page=2&colour=red&sort=price_asc" in page
    assert "/pictures/P00001.svg?colour=red" in page


def test_one_variant_has_to_fit_all_filters_at_once(client):
    with client.app.state.database.session() as db:
        catalogue.upsert_products(db, [_shoe(50, variants=[
            {"sku": "A", "colour": "olive", "size": "36", "price_cents": 100, "stock": 1},
            {"sku": "B", "colour": "teal", "size": "37", "price_cents": 100, "stock": 1},
        ])])
    assert "1 product<" in client.get("/category/shoes?colour=olive&size=36").text
    assert "Nothing fits" in client.get("/category/shoes?colour=olive&size=37").text


@pytest.mark.parametrize("query", ["sort=cheapest", "price_min=lots", "page=two", "page=-1", "&".join(["size=1"] * 1 + [f"size={n}" for n in range(40)])])
def test_a_senseless_address_gets_a_polite_400(client, query):
    response = client.get(f"/category/shoes?{query}")
    assert response.status_code == 400
    assert "That did not work" in response.text


def test_an_endless_address_is_refused(client):
    assert client.get("/search?q=" + "a" * 3000).status_code == 400


@pytest.mark.parametrize("path", ["/product/P09999", "/category/nowhere", "/policy/none", "/nothing/at/all", "/orders/100001"])
def test_what_is_not_there_gets_a_page_that_says_so(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "We could not find that" in response.text


def test_a_program_gets_its_errors_as_json(client):
    response = client.get("/nothing", headers={"Accept": "application/json"})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_the_widget_and_the_styles_are_served(client):
    assert client.get("/static/widget.js").status_code == 200
    assert client.get("/static/shop.css").status_code == 200


def test_a_picture_may_be_kept_for_long_and_can_do_nothing(client):
    response = client.get("/pictures/P00001.svg?colour=red")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert "max-age=2592000" in response.headers["cache-control"]
    assert "sandbox" in response.headers["content-security-policy"]
    assert "set-cookie" not in response.headers
    assert response.text != client.get("/pictures/P00001.svg?colour=navy").text
    assert client.get("/pictures/P09999.svg").status_code == 404


def test_a_policy_is_rendered_and_its_html_is_not(client):
    page = client.get("/policy/delivery").text
    assert "<strong>two</strong>" in page
    assert EVIL not in page
    assert 'href="javascript' not in page


# ---- searching


def test_search_finds_by_any_word_in_any_spelling(client):
    with client.app.state.database.session() as db:
        search = TitleSearch()
        assert search.find(db, "cafe MUG") == ["P00099"]
        assert search.find(db, "mugs") == ["P00099"]
        assert len(search.find(db, "runing shoe halden")) == 15  # a slip of the finger
        assert search.find(db, "runner 7")[0] == "P00007"
        assert search.find(db, "helicopter") == []
        assert search.find(db, "  !? ") == []


def test_search_notices_a_new_product(client):
    with client.app.state.database.session() as db:
        search = TitleSearch()
        assert search.find(db, "clog") == []
        catalogue.upsert_products(db, [_shoe(60, title="Garden clog")])
        assert search.find(db, "clog") == ["P00060"]


def test_what_was_searched_for_stays_text(client):
    page = client.get("/search", params={"q": "<b>helicopter</b>"}).text
    assert "<b>helicopter" not in page
    assert "We found nothing" in page


def test_views_and_searches_are_remembered_for_the_visitor(client):
    client.get("/product/P00001")
    client.get("/search?q=warm+runner")
    with client.app.state.database.session() as db:
        seen = events.visitor_history(db, _identity(client).visitor_id)
    assert [(event.kind, event.product_id, event.query) for event in seen] == [
        ("view", "P00001", None), ("search", None, "warm runner")
    ]
    assert "Looked at lately" in client.get("/").text


# ---- basket


def test_a_visitor_fills_changes_and_empties_a_basket(client):
    page = _send(client, "/cart/add", sku="P00001-NAV-42", quantity="2").text
    assert "Added to your basket" in page
    assert money(2 * 4100) in page
    assert money(495) in page
    assert "more and delivery is free" in page
    page = _send(client, "/cart/change", sku="P00001-NAV-42", quantity="3").text
    assert money(3 * 4100) in page
    assert "more and delivery is free" not in page
    page = _send(client, "/cart/change", sku="P00001-NAV-42", remove="1").text
    assert "There is nothing in it yet" in page
    with client.app.state.database.session() as db:
        kinds = [event.kind for event in events.visitor_history(db, _identity(client).visitor_id)]
    assert [kind for kind in kinds if kind != "view"] == ["add_to_cart", "remove_from_cart"]


@pytest.mark.parametrize("fields", [
    {"sku": "P00001-NAV-42", "quantity": "0"}, {"sku": "P00001-NAV-42", "quantity": "many"},
    {"sku": "P00001-NAV-42", "quantity": "-1"}, {"sku": "P00001-NAV-42", "quantity": "7"},
    {"sku": "P00001-NAV-42", "quantity": "99999999999999999999"}, {"sku": "P00001-NAV-43", "quantity": "1"},
])
def test_more_than_there_is_or_less_than_one_cannot_be_bought(client, fields):
    assert _send(client, "/cart/add", **fields).status_code == 400
    assert "There is nothing in it yet" in client.get("/cart").text


def test_a_promotion_code_takes_its_part_off_and_an_unknown_one_says_so(client):
    _send(client, "/cart/add", sku="P00001-NAV-42")
    page = _send(client, "/cart/code", page="/cart", code="spring10").text
    assert money(-410) in page
    response = _send(client, "/cart/code", page="/cart", code="NONE")
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
    theirs = _csrf(client, "/product/P00001")
    client.cookies.clear()
    client.get("/")
    assert client.post("/cart/add", data={"csrf": theirs, "sku": "P00001-NAV-42"}).status_code == 400


def test_a_form_that_is_too_long_or_of_another_kind_is_refused(client):
    token = _csrf(client, "/product/P00001")
    too_long = client.post("/cart/add", data={"csrf": token, "sku": "x" * FORM_LIMIT_BYTES})
    assert too_long.status_code == 400
    assert "too long" in too_long.text
    assert client.post("/cart/add", json={"csrf": token, "sku": "P00001-NAV-42"}).status_code == 400
    many = "&".join(f"field{number}=1" for number in range(200))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/cart/add", content=many, headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\nb"])
def test_signing_in_never_leads_to_another_site(client, path):
    assert local_path(path) == "/"
    response = client.post(
        "/sign-in", data={"csrf": _csrf(client, "/sign-in"), "email": "ada@example.com", "next": path},
        follow_redirects=False,
    )
    assert response.headers["location"] == "/?notice=welcome"


# ---- signing in and buying


def test_a_visitors_basket_and_history_come_along_at_sign_in(client):
    _send(client, "/cart/add", sku="P00001-NAV-42")
    visitor_id = _identity(client).visitor_id
    page = _sign_in(client, next="/cart").text
    assert "Runner 1" in page
    assert "Ada" in page
    identity = _identity(client)
    assert (identity.visitor_id, identity.customer_id) == (visitor_id, "C00001")
    with client.app.state.database.session() as db:
        assert [event.kind for event in events.history(db, "C00001")] == ["view", "add_to_cart"]
        assert carts.cart(db, Owner(visitor_id=visitor_id)).lines == []


def test_after_signing_out_the_browser_is_a_stranger(client):
    _sign_in(client)
    before = _identity(client)
    _send(client, "/sign-out", page="/")
    after = _identity(client)
    assert after.customer_id is None
    assert after.visitor_id != before.visitor_id


def test_two_customers_at_one_browser_share_nothing(client):
    _sign_in(client)
    first = _identity(client)
    _sign_in(client, "ben@example.com")
    second = _identity(client)
    assert second.customer_id == "C00002"
    assert second.visitor_id != first.visitor_id


def test_an_unknown_address_is_told_and_nobody_is_signed_in(client):
    response = _sign_in(client, "nobody@example.com")
    assert response.status_code == 400
    assert "No customer of the demo shop" in response.text
    assert _identity(client).customer_id is None


def test_the_sign_in_says_plainly_that_it_is_a_demonstration(client):
    assert "Demonstration sign-in" in client.get("/sign-in").text


def test_a_customer_orders_and_finds_the_order(client):
    _sign_in(client)
    _send(client, "/cart/add", sku="P00001-NAV-42", quantity="2")
    page = _order(client).text
    assert "Your order has been placed" in page
    number = re.search(r"Order #(\d{6})", page).group(1)
    assert f"#{number}" in client.get("/orders").text
    assert "There is nothing in it yet" in client.get("/cart").text
    with client.app.state.database.session() as db:
        placed = orders.order(db, number, "C00001")
        assert placed.total_cents == 8200 + 495
        assert [event.kind for event in events.history(db, "C00001")][-1] == "purchase"


def test_a_form_sent_twice_places_one_order(client):
    _sign_in(client)
    _send(client, "/cart/add", sku="P00001-NAV-42")
    _send(client, "/cart/add", sku="P00002-NAV-42")
    first = _order(client, request_id="a" * 32).url
    form = {"csrf": _csrf(client), "name": "Ada Stone", **ADDRESS, "payment_method": "card", "request_id": "a" * 32}
    assert client.post("/checkout", data=form).url == first
    with client.app.state.database.session() as db:
        assert len(orders.orders_of(db, "C00001")) == 1


@pytest.mark.parametrize("fields", [{"street": ""}, {"payment_method": "shells"}, {"city": "x" * 300}, {"request_id": ""}])
def test_an_order_that_cannot_be_sent_is_not_placed(client, fields):
    _sign_in(client)
    _send(client, "/cart/add", sku="P00001-NAV-42")
    response = _order(client, **fields)
    assert response.status_code == 400
    with client.app.state.database.session() as db:
        assert orders.orders_of(db, "C00001") == []


def test_a_visitor_is_asked_to_sign_in_before_ordering(client):
    _send(client, "/cart/add", sku="P00001-NAV-42")
    assert client.get("/checkout").url.path == "/sign-in"
    assert client.get("/orders").url.path == "/sign-in"


def test_a_customer_cannot_see_somebody_elses_order_or_invoice(client):
    _sign_in(client)
    _send(client, "/cart/add", sku="P00001-NAV-42")
    number = re.search(r"Order #(\d{6})", _order(client).text).group(1)
    _sign_in(client, "ben@example.com")
    assert client.get(f"/orders/{number}").status_code == 404
    assert client.get(f"/orders/{number}/invoice").status_code == 404


def test_an_invoice_can_be_printed_once_the_order_is_packed(client):
    _sign_in(client)
    _send(client, "/cart/add", sku="P00001-NAV-42")
    number = re.search(r"Order #(\d{6})", _order(client).text).group(1)
    assert client.get(f"/orders/{number}/invoice").status_code == 400
    with client.app.state.database.session() as db:
        orders.advance(db, number, "packed", "request-1")
    assert f"INV-{number}" in client.get(f"/orders/{number}/invoice").text


def test_an_erased_customer_is_a_stranger_again(client):
    _sign_in(client)
    with client.app.state.database.session() as db:
        customers.erase(db, "C00001")
    assert client.get("/").status_code == 200
    assert _identity(client).customer_id is None


def test_a_forged_cookie_is_replaced(client):
    client.cookies.set(tokens.COOKIE_NAME, "forged", domain="shop.test")
    response = client.get("/")
    assert response.status_code == 200
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()


# ---- small things


def test_amounts_are_written_as_people_write_them():
    assert money(1995, "EUR") == "€19.95"
    assert money(-410, "EUR") == "−€4.10"
    assert money(123456700, "GBP") == "£1,234,567.00"
    assert money(100, "SEK") == "SEK 1.00"


def test_sizes_stand_in_the_order_of_people_not_of_the_alphabet():
    assert sorted(["XL", "S", "10", "9", "M", "one size", "1.5 l"], key=size_key) == ["S", "M", "XL", "1.5 l", "9", "10", "one size"]
