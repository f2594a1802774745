"""Everybody can use the demo shop and the chat: axe-core finds nothing on any page, wide or narrow, light or dark."""
from __future__ import annotations

import pytest
from selenium.webdriver.support.ui import WebDriverWait
from starlette.routing import Route

from shop.database import open_database
from tests.web.axe import assert_nothing_bars_people, findings
from tests.web.browser import Shopper
from tests.web.scripted_chat import CARD, OFFER, serving
from tests.web.shop_visit import fill, settings_in
from web import shop_pages
from web.app import create_app

pytest_plugins = ("tests.web.browser_fixtures",)

# Every page of the shop, by its route: addresses at which it is to be looked at. "{order}" is one of Ada's.
PAGES = {
    "/": ["/"],
    "/category/{slug}": ["/category/shoes", "/category/shoes?colour=red&size=43&in_stock=1"],
    "/search": ["/search?q=runner", "/search?q=helicopter"],
    "/product/{product_id}": ["/product/P00001", "/product/P00099"],
    "/cart": ["/cart"],
    "/checkout": ["/checkout"],
    "/policy/{slug}": ["/policy/delivery"],
    "/sign-in": ["/sign-in"],
    "/orders": ["/orders"],
    "/orders/{number}": ["/orders/{order}"],
    "/orders/{number}/invoice": ["/orders/{order}/invoice"],
    "/{path:path}": ["/nothing/here"],
}
NO_PAGES = {"/pictures/{product_id}.svg"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory, driver):
    """The base URL of a running shop at which Ada is signed in, has ordered, and has something in her basket."""
    folder = tmp_path_factory.mktemp("shop")
    settings = settings_in(folder)
    settings.rasa_port = 9  # nobody listens on "discard"
    database = open_database(settings.database_url)
    database.migrate()
    fill(database, folder)
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    with serving(create_app(settings)) as url:
        ada = Shopper(driver)
        ada.resize(1280, 900)
        ada.visit(f"{url}/sign-in")
        send(ada, "input#email", "ada@example.com\n", "notice=welcome")
        for ordered in (True, False):
            ada.visit(f"{url}/product/P00001")
            ada.js("document.querySelector('input[name=sku]:not(:disabled)').checked = true")
            press(ada, "form[action='/cart/add'] button", "/cart")
            if ordered:
                ada.visit(f"{url}/checkout")
                press(ada, "form[action='/checkout'] button", "/orders/")
                order = driver.current_url.rpartition("/")[2].partition("?")[0]
        yield url, order
    driver.get("about:blank")
    database.close()


def send(shopper: Shopper, selector: str, text: str, then: str) -> None:
    shopper.driver.find_element("css selector", selector).send_keys(text)
    shopper.until(lambda: then in shopper.driver.current_url)


def press(shopper: Shopper, selector: str, then: str) -> None:
    button = shopper.driver.find_element("css selector", selector)
    shopper.js("arguments[0].closest('form').requestSubmit(arguments[0])", button)
    shopper.until(lambda: then in shopper.driver.current_url)


def test_no_page_of_the_shop_is_forgotten_here():
    routes = {route.path for route in shop_pages.routes if isinstance(route, Route) and "GET" in route.methods}
    assert routes == PAGES.keys() | NO_PAGES


@pytest.mark.parametrize("path", [path for paths in PAGES.values() for path in paths])
def test_nothing_on_a_page_of_the_shop_bars_anybody(shop, driver, path):
    url, order = shop
    Shopper(driver).visit(url + path.format(order=order))
    assert_nothing_bars_people(driver, path)


def test_the_page_after_a_mistake_bars_nobody_either(shop, driver):
    Shopper(driver).visit(f"{shop[0]}/category/shoes?sort=cheapest")
    assert_nothing_bars_people(driver, "the page about a senseless address")


@pytest.fixture
def talk(chat, shopper):
    """An open chat with everything that can be said in one."""
    shopper.open_chat()
    shopper.say("I need running shoes")
    shopper.until(lambda: chat.messages)
    chat.say("These come closest:", cards=[CARD, {**CARD, "product_id": "P00124", "in_stock": False}],
             buttons=[{"title": "Cheaper ones"}, {"title": "Show more"}])
    chat.say("And this is on just now.", offer=OFFER, link={"title": "Delivery", "url": "/policy/delivery"})
    chat.say("Side by side:", table={"columns": ["", "Aldermoor", "Brindle"], "rows": [["Price", "€89.95", "€79.00"]]})
    chat.say("Your order:", order={
        "number": "104312", "status": "shipped", "status_text": "on its way", "total_cents": 8995, "currency": "EUR",
        "placed_at": "2026-11-20T10:00:00Z", "expected": "24 November", "carrier": "Postwren",
        "tracking_code": "PW 12", "tracking_url": "https://post.example/PW12",
        "lines": [{"title": "Aldermoor trail running shoe", "quantity": 1, "price_cents": 8995}],
    })
    chat.say("Mina has joined.", sender="system")
    chat.say("Hello, how can I help?", sender="staff")
    shopper.until(lambda: shopper.all(".staff"))
    return shopper


def test_nothing_on_a_page_with_the_closed_chat_bars_anybody(shopper, driver):
    assert_nothing_bars_people(driver, "the closed chat")


def test_nothing_in_a_chat_that_just_opened_bars_anybody(shopper, driver):
    shopper.open_chat()
    assert_nothing_bars_people(driver, "the greeting")


def test_nothing_in_a_long_talk_bars_anybody(talk, driver):
    assert_nothing_bars_people(driver, "the long talk")


def test_nothing_bars_anybody_while_the_chat_is_away(talk, chat, driver):
    chat.refuse = True
    chat.hang_up()
    talk.until(lambda: talk.all(".notice:not([hidden])") or talk.all(".status:not([hidden])"))
    assert_nothing_bars_people(driver, "the chat without its server")


def test_a_page_that_bars_people_is_noticed(driver):
    driver.get("data:text/html,<html><body><img src='x'><p style='color:%23ccc'>Pale</p></body></html>")
    WebDriverWait(driver, 5).until(lambda it: it.find_element("css selector", "p"))
    rules = {line.split(" ")[0] for line in findings(driver)}
    assert rules >= {"image-alt", "html-has-lang", "document-title", "color-contrast"}
