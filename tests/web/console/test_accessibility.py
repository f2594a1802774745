"""Everybody of staff can use the console: axe-core finds nothing on any page, wide or narrow, light or dark."""
from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin

import httpx
import pytest
from selenium.webdriver.support.ui import WebDriverWait
from starlette.routing import Route

from shop.database import open_database
from tests.web.axe import assert_nothing_bars_people
from tests.web.browser import start_browser
from tests.web.console.furnished import furnish, make_project
from tests.web.scripted_chat import serving
from tests.web.shop_visit import fill, settings_in
from web import console as console_package
from web.app import create_app
from web.console.access import COOKIE_NAME

MOST_BYTES = 30 * 1024  # scripts and styles of a page together, as they travel
PATIENCE_S = 20
# Every page of the console, by its route: addresses at which it is to be looked at, "{…}" from the furnished console.
PAGES = {
    "/console/sign-in": ["/console/sign-in", "/console/sign-in?notice=signed_out"],
    "/console/set-up/{token}": ["/console/set-up/{invitation}", "/console/set-up/nothing"],
    "/console/account": ["/console/account"],
    "/console/people": ["/console/people"],
    "/console/people/{staff_id:int}": ["/console/people/{staff_id}"],
    "/console/audit": ["/console/audit"],
    "/console/desk": ["/console/desk", "/console/desk?conversation={held}"],
    "/console/canned": ["/console/canned"],
    "/console/conversations": [
        "/console/conversations", "/console/conversations?q=person", "/console/conversations?q=zzz",
    ],
    "/console/conversations/{conversation_id}": [
        "/console/conversations/{talk}", "/console/conversations/{talk}?seq=5",
    ],
    "/console/review": ["/console/review"],
    "/console/training": ["/console/training"],
    "/console/training/decided": ["/console/training/decided"],
    "/console/training/conversations/{conversation_id}": ["/console/training/conversations/{talk}"],
    "/console/overview": ["/console/overview?period=28", "/console/overview?from=2001-01-01"],
    "/console/{path:path}": ["/console/nothing/here"],
}
SEEN_BY_STRANGERS = ("/console/sign-in", "/console/set-up/")  # who is signed in is led on
# What leads on, or is read by programs.
NO_PAGES = {
    "/console", "/console/", "/console/oidc/start", "/console/oidc/callback",
    "/console/conversations/{conversation_id}/export.{kind}", "/console/conversations/export",
}


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    browser = start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """(the base URL of a running console, what it was furnished with)."""
    folder = tmp_path_factory.mktemp("console")
    settings = settings_in(folder)
    settings.rasa_port = 9  # nobody listens on "discard"
    database = open_database(settings.database_url)
    database.migrate()
    fill(database, folder)
    things = furnish(database)
    app = create_app(settings)
    app.state.project_root = make_project(folder / "project")
    with serving(app) as url:
        yield url, things
    database.close()


@pytest.fixture
def look(driver, furnished):
    """``look("/console/…")`` shows an administrator the page, everything on it unfolded, once nothing more comes."""
    url, things = furnished
    cookie = {"name": COOKIE_NAME, "value": things.token, "url": url, "path": "/console"}

    def at(address: str) -> None:
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})  # cookies do not keep ports apart
        if not address.startswith(SEEN_BY_STRANGERS):
            driver.execute_cdp_cmd("Network.setCookie", cookie)
        driver.get(url + filled_in(address, things))
        quiet = "return document.readyState === 'complete' && !document.querySelector('[aria-busy=true]')"
        WebDriverWait(driver, PATIENCE_S).until(lambda it: it.execute_script(quiet))
        driver.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    yield at
    driver.get("about:blank")


def filled_in(address: str, things) -> str:
    places = {"talk": things.talk, "held": things.held, "invitation": things.invitation,
              "staff_id": things.member.staff_id}  # fmt: skip
    return address.format(**places)


def routes() -> set[str]:
    """Paths at which a browser may get a page."""
    return {
        route.path for route in console_package.routes
        if isinstance(route, Route) and "GET" in route.methods and not route.path.startswith("/console/api/")
    }  # fmt: skip


def test_no_page_of_the_console_is_forgotten_here():
    assert routes() - NO_PAGES == PAGES.keys()


@pytest.mark.parametrize("address", [address for addresses in PAGES.values() for address in addresses])
def test_nothing_on_a_page_of_the_console_bars_anybody(look, driver, address):
    look(address)
    assert_nothing_bars_people(driver, address)


def test_nothing_on_an_open_conversation_of_the_desk_bars_anybody(look, driver):
    look("/console/desk?conversation={held}")
    here = "return [...document.querySelectorAll('#log *')].some((each) => each.textContent.includes('Good morning'))"
    WebDriverWait(driver, PATIENCE_S).until(lambda it: it.execute_script(here))
    assert_nothing_bars_people(driver, "the desk with a conversation")


def test_nothing_in_the_list_of_canned_replies_bars_anybody(look, driver):
    look("/console/desk?conversation={held}")
    WebDriverWait(driver, PATIENCE_S).until(lambda it: it.find_element("id", "canned").is_displayed())
    driver.find_element("id", "canned").click()
    WebDriverWait(driver, PATIENCE_S).until(lambda it: it.find_elements("css selector", "#completion [role=option]"))
    assert_nothing_bars_people(driver, "the list of canned replies")


@pytest.mark.parametrize("seq", [1, 2])
def test_nothing_in_the_editor_of_a_message_bars_anybody(look, driver, seq):
    look("/console/conversations/{talk}")
    driver.execute_script(f"document.querySelector('[data-edit=\"{seq}\"]').click()")
    is_open = "return document.getElementById('editor').open"
    WebDriverWait(driver, PATIENCE_S).until(lambda it: it.execute_script(is_open))
    assert_nothing_bars_people(driver, f"the editor of message {seq}")


def test_nothing_in_the_help_on_keys_bars_anybody(look, driver):
    look("/console/overview")
    driver.execute_script("document.getElementById('keys-button').click()")
    WebDriverWait(driver, PATIENCE_S).until(lambda it: it.execute_script("return document.getElementById('keys').open"))
    assert_nothing_bars_people(driver, "the help on keys")


def test_nothing_in_the_menu_of_a_narrow_window_bars_anybody(look, driver):
    look("/console/overview")
    driver.execute_script("document.getElementById('menu').showPopover()")
    assert_nothing_bars_people(driver, "the open menu")


@pytest.mark.parametrize("address", [addresses[0] for addresses in PAGES.values()])
def test_no_page_of_the_console_scrolls_sideways_or_breaks_its_own_policy(look, driver, address):
    for width_px in (1280, 375):
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width_px, "height": 800, "deviceScaleFactor": 1, "mobile": width_px < 500,
        })
        look(address)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width_px
    refused = [entry for entry in driver.get_log("browser") if "Content Security Policy" in entry["message"]]
    assert refused == []


@pytest.mark.parametrize("address", [addresses[0] for addresses in PAGES.values()])
def test_scripts_and_styles_of_a_page_weigh_little(furnished, address):
    url, things = furnished
    cookies = {} if address.startswith(SEEN_BY_STRANGERS) else {COOKIE_NAME: things.token}
    with httpx.Client(base_url=url, cookies=cookies, trust_env=False) as http:
        page = http.get(filled_in(address, things), headers={"Accept": "text/html"}).text
        seen, wanted = {}, re.findall(r'<(?:script[^>]* src|link rel="stylesheet" href)="([^"]+)"', page)
        while wanted:  # a module brings others along
            path = wanted.pop()
            if path not in seen:
                content = http.get(path).content
                seen[path] = len(gzip.compress(content, 9))
                wanted += [urljoin(path, each) for each in re.findall(
                    r"^\s*(?:import|export)\b[^;]*?[\"'](\.{1,2}/[^\"']+)[\"']", content.decode(), re.MULTILINE
                )]  # fmt: skip
    assert seen
    assert sum(seen.values()) <= MOST_BYTES, seen
