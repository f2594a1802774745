"""The widget on the demo shop's real pages, with the real gateway behind it. Rasa is away, as it sometimes is."""
from __future__ import annotations

import pytest

from shop import conversations
from shop.database import open_database
from shop.owner import Owner
from tests.web.browser import Shopper
from tests.web.scripted_chat import serving
from tests.web.shop_visit import fill, settings_in
from web.app import create_app

pytest_plugins = ("tests.web.browser_fixtures",)


@pytest.fixture
def shop(tmp_path, driver):
    """(database, base URL) of a running shop, at which the browser is unknown."""
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})  # cookies do not keep ports apart
    settings = settings_in(tmp_path)
    settings.rasa_port = 9  # nobody listens on "discard"
    database = open_database(settings.database_url)
    database.migrate()
    fill(database, tmp_path)
    with serving(create_app(settings)) as url:
        yield database, url
    database.close()


@pytest.fixture
def ada(driver, shop):
    shopper = Shopper(driver)
    shopper.resize(1280, 900)
    shopper.visit(f"{shop[1]}/sign-in?next=/product/P00001")
    shopper.driver.find_element("id", "email").send_keys("ada@example.com\n")
    shopper.until(lambda: "/product/P00001" in driver.current_url and shopper.all(".launcher"))
    yield shopper
    driver.get("about:blank")


def test_a_customer_is_greeted_by_name_and_what_they_say_is_kept(ada, shop):
    database, url = shop
    ada.open_chat()
    assert "Ada" in ada.texts(".bubble")[0]
    ada.say("Do these run small?")
    ada.until(lambda: ada.texts(".shopper .bubble") and not ada.all(".waiting"))
    with database.session() as db:
        conversation = conversations.latest(db, Owner(customer_id="C00001"))
        stored = conversations.messages_after(db, conversation.id, 0, 10)
    assert [message.text for message in stored] == ["Do these run small?"]
    ada.visit(f"{url}/category/shoes")
    ada.until(lambda: ada.texts(".bubble") == ["You: Do these run small?"])


def test_a_conversation_comes_along_when_the_visitor_signs_in_and_stays_behind_at_sign_out(driver, shop):
    _, url = shop
    shopper = Shopper(driver)
    shopper.resize(1280, 900)
    shopper.visit(url)
    shopper.open_chat()
    shopper.say("I am just looking")
    shopper.until(lambda: shopper.texts(".shopper .bubble") and not shopper.all(".waiting"))
    shopper.visit(f"{url}/sign-in")
    driver.find_element("id", "email").send_keys("ben@example.com\n")
    shopper.until(lambda: "notice=welcome" in driver.current_url and shopper.all(".log"))
    shopper.until(lambda: "You: I am just looking" in shopper.texts(".bubble"))
    driver.find_element("css selector", "form[action='/sign-out'] button").click()
    shopper.until(lambda: "notice=goodbye" in driver.current_url and shopper.all(".log > *"))
    assert "You: I am just looking" not in shopper.texts(".bubble")
    driver.get("about:blank")


def test_going_back_after_a_sign_out_shows_nothing_of_the_customer(ada, shop, driver):
    ada.visit(f"{shop[1]}/category/shoes")
    ada.open_chat()
    ada.say("I am just looking")
    ada.until(lambda: ada.texts(".shopper .bubble") and not ada.all(".waiting"))
    driver.find_element("css selector", "form[action='/sign-out'] button").click()
    ada.until(lambda: "notice=goodbye" in driver.current_url and ada.all(".log > *"))
    driver.back()
    ada.until(lambda: "/category/shoes" in driver.current_url and ada.all(".log > *"))
    assert "You: I am just looking" not in ada.texts(".bubble")
    assert "Ada" not in driver.find_element("css selector", "nav.account").text


def test_no_page_of_the_shop_breaks_its_own_security_policy(ada, shop):
    ada.open_chat()
    for path in ("/", "/category/shoes", "/product/P00001", "/cart", "/policy/delivery", "/orders"):
        ada.visit(shop[1] + path)
        refused = [entry for entry in ada.driver.get_log("browser") if "Content Security Policy" in entry["message"]]
        assert refused == [], path


@pytest.mark.parametrize("width_px", [1280, 360])
def test_no_page_of_the_shop_scrolls_sideways(ada, shop, width_px):
    ada.resize(width_px, 800)
    for path in ("/", "/category/shoes?colour=red", "/product/P00001", "/search?q=runner", "/cart", "/policy/delivery"):
        ada.visit(shop[1] + path)
        assert ada.js("return document.documentElement.scrollWidth") <= width_px, path
