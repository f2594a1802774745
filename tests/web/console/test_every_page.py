"""Every page of the console, wide and narrow, light and dark: open to all people, within its window, and light."""
from __future__ import annotations

from dataclasses import dataclass

import pytest
from starlette.routing import Route

from shop import privacy, staff, staff_links
from tests.web.axe import assert_nothing_bars_people, looks
from tests.web.browser import Shopper, start_browser
from tests.web.console.desk_stage import employ
from tests.web.console.review_stage import conversation_of_ada
from tests.web.gateway_stage import StandInRasa, WebProcess
from tests.web.shop_visit import EVIL, fill
from web import console as console_room
from web.console.access import COOKIE_NAME, PUBLIC

LIMIT_BYTES = 30 * 1024  # scripts and styles of one page as they travel, compressed

# Every page by its route: the addresses at which it is looked at. "{talk}", "{person}" and "{link}" are filled in.
PAGES = {
    "/console/sign-in": ["/console/sign-in"],
    "/console/set-up/{token}": ["{link}", "/console/set-up/used-up"],
    "/console/account": ["/console/account"],
    "/console/people": ["/console/people"],
    "/console/people/{staff_id:int}": ["/console/people/{person}"],
    "/console/audit": ["/console/audit", "/console/audit?customer=C00009"],
    "/console/desk": ["/console/desk"],
    "/console/canned": ["/console/canned"],
    "/console/conversations": ["/console/conversations"],
    "/console/conversations/{conversation_id}": ["/console/conversations/{talk}"],
    "/console/review": ["/console/review"],
    "/console/training": ["/console/training"],
    "/console/training/decided": ["/console/training/decided"],
    "/console/training/conversations/{conversation_id}": ["/console/training/conversations/{talk}"],
    "/console/overview": ["/console/overview"],
    "/console/{path:path}": ["/console/nowhere"],
}
# What leads on at once, or is a file.
NO_PAGES = {
    "/console", "/console/", "/console/oidc/start", "/console/oidc/callback", "/console/conversations/export",
    "/console/conversations/{conversation_id}/export.{kind}",
}  # fmt: skip
SHOWN = {
    route.path: route for route in console_room.routes
    if isinstance(route, Route) and "GET" in route.methods and not route.path.startswith("/console/api/")
    and route.path not in NO_PAGES
}  # fmt: skip
ADDRESSES = [
    (path, address) for path, addresses in PAGES.items() if path in SHOWN for address in addresses
]  # fmt: skip


@dataclass(frozen=True)
class House:
    web: WebProcess
    token: str
    values: dict[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder, rasa = tmp_path_factory.mktemp("house"), StandInRasa()
    rasa.start()
    web = WebProcess(folder, rasa.port)
    web.start()
    database = web.database()
    fill(database, folder)
    _, token = employ(web, "Ann Whitfield", "admin", sees_customers=True)
    with database.session() as db:
        invited = staff.add(db, "bo@shop.test", f"Bo {EVIL}", "agent")
        values = {
            "{talk}": conversation_of_ada(db), "{person}": str(invited.staff_id),
            "{link}": staff_links.path(staff_links.new_link(db, invited.staff_id)),
        }
        for number in range(60):
            detail = {"role": {"before": "viewer", "after": "agent"}, "staff_id": invited.staff_id}
            privacy.log(db, f"staff:{invited.staff_id}", "staff.change", f"C{number:05d}", detail)
    database.close()
    yield House(web, token, values)
    web.stop()
    rasa.stop()


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    browser = start_browser(tmp_path_factory.mktemp("profile"))
    browser.set_script_timeout(60)
    yield browser
    browser.quit()


@pytest.fixture
def page(request, house, driver):
    """The page at an address, in a browser that is signed in unless the page is for those who are not."""
    path, address = request.param
    for name, value in house.values.items():
        address = address.replace(name, value)
    driver.get(f"{house.web.url}/console/sign-in")
    driver.delete_all_cookies()
    if SHOWN[path].endpoint.right != PUBLIC:
        driver.add_cookie({"name": COOKIE_NAME, "value": house.token, "path": "/console"})
    driver.get(house.web.url + address)
    somebody = Shopper(driver)
    somebody.until(lambda: somebody.js("return document.readyState === 'complete'"))
    assert SHOWN[path].endpoint.right == PUBLIC or "/sign-in" not in driver.current_url
    yield driver
    driver.get("about:blank")


every_page = pytest.mark.parametrize("page", ADDRESSES, ids=[address for _, address in ADDRESSES], indirect=True)


def test_every_page_is_looked_at():
    assert set(SHOWN) <= set(PAGES), "add the new page to PAGES, or to NO_PAGES where nobody looks at it"


@every_page
def test_nothing_bars_anybody_from_a_page(page):
    assert_nothing_bars_people(page, page.current_url)


@every_page
def test_a_page_fits_its_window(page):
    for look in looks(page):
        over = page.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over == 0, f"{over} px stick out at {look}"


@every_page
def test_a_page_is_light_and_brings_nothing_from_elsewhere(page, house):
    loaded = page.execute_script(
        "return performance.getEntriesByType('resource').map((each) => [each.name, each.encodedBodySize])"
    )
    files = {name: size for name, size in loaded if name.endswith((".js", ".css"))}
    assert files and all(size > 0 for size in files.values())
    assert all(name.startswith(house.web.url) for name, _ in loaded)
    assert sum(files.values()) <= LIMIT_BYTES, files


@every_page
def test_a_page_asks_for_nothing_that_its_policy_forbids(page):
    assert [line for line in page.get_log("browser") if "Content Security Policy" in line["message"]] == []
    assert page.execute_script("return document.querySelectorAll('[style], script:not([src]), [onclick]').length") == 0
