"""Every page of the console, wide and narrow, light and dark: open to all people, within its window, and light."""
from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin

import httpx
import pytest
from selenium.webdriver.support.ui import WebDriverWait
from starlette.routing import Route

from shop import privacy, staff
from shop.database import open_database
from tests.web.axe import WIDTHS_PX, assert_nothing_bars_people, looks
from tests.web.browser import start_browser
from tests.web.console.furnished import furnish, make_project
from tests.web.scripted_chat import serving
from tests.web.shop_visit import EVIL, fill, settings_in
from web import console as console_package
from web.app import create_app
from web.console.access import COOKIE_NAME, PUBLIC

MOST_BYTES = 30 * 1024  # scripts and styles of a page together, as they travel
PATIENCE_S = 20
# Every page of the console, by its route: addresses at which it is to be looked at, "{…}" from the furnished console.
PAGES = {
    "/console/sign-in": ["/console/sign-in", "/console/sign-in?notice=signed_out"],
    "/console/set-up/{token}": ["/console/set-up/{invitation}", "/console/set-up/nothing"],
    "/console/account": ["/console/account"],
    "/console/people": ["/console/people"],
    "/console/people/{staff_id:int}": ["/console/people/{staff_id}", "/console/people/{invited}"],
    "/console/audit": ["/console/audit", "/console/audit?customer=C00009"],
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
ADDRESSES = [address for addresses in PAGES.values() for address in addresses]
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
    """(the base URL of a running console, an administrator's session, what "{…}" in an address stands for)."""
    folder = tmp_path_factory.mktemp("console")
    settings = settings_in(folder)
    settings.rasa_port = 9  # nobody listens on "discard"
    database = open_database(settings.database_url)
    database.migrate()
    fill(database, folder)
    things = furnish(database)
    with database.session() as db:
        invited = staff.add(db, "bo@shop.test", f"Bo {EVIL}", "agent")
        for number in range(60):  # more than a page of the audit log
            detail = {"role": {"before": "viewer", "after": "agent"}, "staff_id": invited.staff_id}
            privacy.log(db, f"staff:{invited.staff_id}", "staff.change", f"C{number:05d}", detail)
    places = {"talk": things.talk, "held": things.held, "invitation": things.invitation,
              "staff_id": things.member.staff_id, "invited": invited.staff_id}  # fmt: skip
    app = create_app(settings)
    app.state.project_root = make_project(folder / "project")
    with serving(app) as url:
        yield url, things.token, places
    database.close()


@pytest.fixture
def look(driver, furnished):
    """``look("/console/…")`` shows an administrator the page, everything on it unfolded, once nothing more comes."""
    url, token, places = furnished
    cookie = {"name": COOKIE_NAME, "value": token, "url": url, "path": "/console"}

    def at(address: str) -> None:
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})  # cookies do not keep ports apart
        if not address.startswith(SEEN_BY_STRANGERS):
            driver.execute_cdp_cmd("Network.setCookie", cookie)
        driver.get(url + address.format(**places))
        quiet = "return document.readyState === 'complete' && !document.querySelector('[aria-busy=true]')"
        WebDriverWait(driver, PATIENCE_S).until(lambda it: it.execute_script(quiet))
        assert address.startswith(SEEN_BY_STRANGERS) or "/sign-in" not in driver.current_url
        driver.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    yield at
    driver.get("about:blank")


def routes() -> dict[str, Route]:
    """Routes at which a browser may get a page."""
    return {
        route.path: route for route in console_package.routes
        if isinstance(route, Route) and "GET" in route.methods and not route.path.startswith("/console/api/")
    }  # fmt: skip


def test_no_page_of_the_console_is_forgotten_here():
    assert routes().keys() - NO_PAGES == PAGES.keys()
    assert all(
        path.startswith(SEEN_BY_STRANGERS) for path, route in routes().items()
        if path in PAGES and route.endpoint.right == PUBLIC
    )  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
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


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_of_the_console_scrolls_sideways_or_breaks_its_own_policy(look, driver, address):
    for width_px in WIDTHS_PX:
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width_px, "height": 800, "deviceScaleFactor": 1, "mobile": width_px < 500,
        })
        look(address)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width_px
    beyond = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for each in looks(driver):
        over = driver.execute_script(beyond)
        assert over == 0, f"{over} px stick out at {each}"
    refused = [entry for entry in driver.get_log("browser") if "Content Security Policy" in entry["message"]]
    assert refused == []
    inline = "return document.querySelectorAll('[style], script:not([src]), [onclick]').length"
    assert driver.execute_script(inline) == 0


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_light_and_brings_nothing_from_elsewhere(look, driver, furnished, address):
    look(address)
    loaded = driver.execute_script(
        "return performance.getEntriesByType('resource').map((each) => [each.name, each.encodedBodySize])"
    )
    files = {name: size for name, size in loaded if name.endswith((".js", ".css"))}
    assert files and all(size > 0 for size in files.values())
    assert all(name.startswith(furnished[0]) for name, _ in loaded)
    assert sum(files.values()) <= MOST_BYTES, files


@pytest.mark.parametrize("address", [addresses[0] for addresses in PAGES.values()])
def test_scripts_and_styles_of_a_page_weigh_little(furnished, address):
    url, token, places = furnished
    cookies = {} if address.startswith(SEEN_BY_STRANGERS) else {COOKIE_NAME: token}
    with httpx.Client(base_url=url, cookies=cookies, trust_env=False) as http:
        page = http.get(address.format(**places), headers={"Accept": "text/html"}).text
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
