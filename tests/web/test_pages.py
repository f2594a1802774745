"""The demo shop's pages, asked for as a browser does: looking around and searching."""
from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from shop import catalogue, events, promotions
from shop.clock import utc_now
from tests.web.shop_visit import EVIL, identity, shoe
from web.rendering import money
from web.shop_pages.filters import size_key
from web.shop_pages.title_search import TitleSearch

pytest_plugins = ("tests.web.page_fixtures",)


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


def test_two_materials_of_one_size_can_be_told_apart(client):
    variants = [
        {"sku": name, "colour": "teal", "size": "size 3", "material": name, "price_cents": 2000, "stock": 3}
        for name in ("polyester", "leather")
    ]
    with client.app.state.database.session() as db:
        catalogue.upsert_products(db, [shoe(70, variants=variants)])
    page = client.get("/product/P00070").text
    assert "<span>size 3, polyester</span>" in page
    assert "<span>size 3, leather</span>" in page


def test_an_offer_with_conditions_is_shown_to_those_who_meet_them_alone(client):
    with client.app.state.database.session() as db:
        now = utc_now()
        promotions.upsert_promotion(db, {
            "code": "REGULAR", "title": "Thank you", "text": "For regulars.", "kind": "percent", "value": 10,
            "conditions": {"min_orders": 5}, "starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=5),
        })
    assert "REGULAR" not in client.get("/").text


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
        catalogue.upsert_products(db, [shoe(50, variants=[
            {"sku": "A", "colour": "olive", "size": "36", "price_cents": 100, "stock": 1},
            {"sku": "B", "colour": "teal", "size": "37", "price_cents": 100, "stock": 1},
        ])])
    assert "1 product<" in client.get("/category/shoes?colour=olive&size=36").text
    assert "Nothing fits" in client.get("/category/shoes?colour=olive&size=37").text


MANY_SIZES = "&".join(f"size={number}" for number in range(40))


@pytest.mark.parametrize("query", ["sort=cheapest", "price_min=lots", "page=two", "page=-1", MANY_SIZES])
def test_a_senseless_address_gets_a_polite_400(client, query):
    response = client.get(f"/category/shoes?{query}")
    assert response.status_code == 400
    assert "That did not work" in response.text


def test_an_endless_address_is_refused(client):
    assert client.get("/search?q=" + "a" * 3000).status_code == 400


@pytest.mark.parametrize(
    "path", ["/product/P09999", "/category/nowhere", "/policy/none", "/nothing/at/all", "/orders/100001"]
)
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


def test_files_are_compressed_and_pages_that_hold_a_forms_secret_are_not(client):
    packed = client.get("/static/widget.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) <= 15 * 1024  # what the README promises, as it travels
    assert "content-encoding" not in client.get("/static/widget.js", headers={"Accept-Encoding": ""}).headers
    assert "content-encoding" not in client.get("/search?q=csrf", headers={"Accept-Encoding": "gzip"}).headers


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
        catalogue.upsert_products(db, [shoe(60, title="Garden clog")])
        assert search.find(db, "clog") == ["P00060"]


def test_what_was_searched_for_stays_text(client):
    page = client.get("/search", params={"q": "<b>helicopter</b>"}).text
    assert "<b>helicopter" not in page
    assert "We found nothing" in page


def test_views_and_searches_are_remembered_for_the_visitor(client):
    client.get("/product/P00001")
    client.get("/search?q=warm+runner")
    with client.app.state.database.session() as db:
        seen = events.visitor_history(db, identity(client).visitor_id)
    assert [(event.kind, event.product_id, event.query) for event in seen] == [
        ("view", "P00001", None), ("search", None, "warm runner")
    ]
    assert "Looked at lately" in client.get("/").text


# ---- small things


def test_amounts_are_written_as_people_write_them():
    assert money(1995, "EUR") == "€19.95"
    assert money(-410, "EUR") == "−€4.10"
    assert money(123456700, "GBP") == "£1,234,567.00"
    assert money(100, "SEK") == "SEK 1.00"


def test_sizes_stand_in_the_order_of_people_not_of_the_alphabet():
    jumbled = ["XL", "S", "10", "9", "M", "one size", "1.5 l"]
    assert sorted(jumbled, key=size_key) == ["S", "M", "XL", "1.5 l", "9", "10", "one size"]
