"""The console at a keyboard, and on a telephone: keys and their help, the menu, signing in at a real browser."""
from __future__ import annotations

import pytest

from shop import staff, staff_links
from tests.web.browser import Shopper, start_browser
from tests.web.console.conftest import PASSWORD
from tests.web.console.desk_stage import employ
from tests.web.gateway_stage import StandInRasa, WebProcess
from web.console.access import COOKIE_NAME


class Person(Shopper):
    """One of staff at a browser."""

    def __init__(self, driver, web: WebProcess) -> None:
        super().__init__(driver)
        self.web = web

    def open(self, path: str) -> None:
        self.driver.get(self.web.url + path)
        self.until(lambda: self.js("return document.readyState === 'complete'"))

    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.web.url).partition("?")[0]

    def at(self, path: str) -> bool:
        return self.until(lambda: self.path() == path and self.js("return document.readyState === 'complete'"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def css(self, selector: str):
        return self.driver.find_element("css selector", selector)

    def text(self) -> str:
        return self.js("return document.body.innerText")

    def help_is_open(self) -> bool:
        return self.js("return document.getElementById('keys').open")


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    rasa = StandInRasa()
    rasa.start()
    process = WebProcess(tmp_path_factory.mktemp("house"), rasa.port)
    process.start()
    yield process
    process.stop()
    rasa.stop()


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    browser = start_browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def person(driver, web) -> Person:
    """An administrator on the page of the people, whose browser remembers nothing of the test before."""
    person = Person(driver, web)
    person.resize(1280, 900)
    person.open("/console/sign-in")
    driver.delete_all_cookies()
    person.js("localStorage.clear()")
    _, token = employ(web, "Ann", "admin", sees_customers=True)
    driver.add_cookie({"name": COOKIE_NAME, "value": token, "path": "/console"})
    person.open("/console/people")
    return person


def test_two_keys_lead_from_page_to_page(person):
    person.press("g", "a")
    assert person.at("/console/audit")
    person.press("g", "m")
    assert person.at("/console/account")
    person.press("x", "g", "p")
    assert person.at("/console/people")


def test_a_key_does_nothing_while_somebody_writes_and_escape_leaves_the_field(person):
    name = person.css("input[name=name]")
    name.click()
    person.press("g", "a", "?")
    assert name.get_attribute("value") == "ga?" and not person.help_is_open()
    person.press("\ue00c")  # Escape
    person.press("g", "a")
    assert person.at("/console/audit")


def test_slash_goes_to_the_search_without_writing_a_slash(person):
    person.open("/console/audit")
    person.press("/")
    person.press("c1")
    assert person.css("input[name=customer]").get_attribute("value") == "c1"


def test_the_help_names_the_keys_of_this_page_and_of_every_page(person):
    person.open("/console/audit")
    person.press("?")
    person.until(person.help_is_open)
    shown = person.js("return document.getElementById('keys').innerText")
    assert "On this page" in shown and "Filter by a customer" in shown
    assert "Everywhere" in shown and "Go to Desk" in shown
    person.press("g", "p")
    assert person.path() == "/console/audit"  # not behind the dialog
    person.press("\ue00c")
    person.until(lambda: not person.help_is_open())


def test_single_keys_can_be_switched_off_and_the_help_stays(person):
    person.press("?")
    person.until(person.help_is_open)
    person.css("#keys-on").click()
    person.press("\ue00c")
    person.open("/console/people")
    person.js("document.activeElement.blur()")
    person.press("g", "a")
    person.press("?")
    person.until(person.help_is_open)
    assert person.path() == "/console/people"
    person.css("#keys-on").click()
    person.press("\ue00c")
    # The focus leaves the closed dialog with the next frame.
    person.until(lambda: person.js("return !document.activeElement.closest('dialog')"))
    person.press("g", "a")
    assert person.at("/console/audit")


def test_the_first_stop_of_the_tab_key_skips_the_navigation(person):
    person.press("\ue004")  # Tab
    assert person.js("return document.activeElement.className") == "skip"
    person.press("\ue007")  # Enter
    assert person.js("return document.activeElement.id") == "content"


def test_the_menu_of_a_telephone_opens_leads_on_and_closes(person):
    person.resize(375, 800)
    person.open("/console/people")
    audit = person.css("#menu a[href='/console/audit']")
    assert not audit.is_displayed()
    person.css(".menu-button").click()
    person.until(audit.is_displayed)
    person.press("\ue00c")
    person.until(lambda: not audit.is_displayed())
    person.css(".menu-button").click()
    person.until(audit.is_displayed)
    audit.click()
    assert person.at("/console/audit")


def test_times_are_written_in_the_readers_own_zone(person):
    person.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    person.open("/console/people")
    here, moment = person.js(
        "const time = document.querySelector('td time'); const at = new Date(time.dateTime);"
        "return [time.textContent, at.toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})]"
    )
    assert here == moment
    person.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_somebody_invited_sets_a_password_signs_out_and_in_again(person, web):
    database = web.database()
    with database.session() as db:
        member = staff.add(db, f"new{person.js('return Date.now()')}@shop.test", "Newcomer", "viewer")
        link = staff_links.path(staff_links.new_link(db, member.staff_id))
    database.close()
    person.driver.delete_all_cookies()
    person.open(link)
    person.css("input[name=password]").send_keys(PASSWORD)
    person.css("input[name=again]").send_keys(PASSWORD + "\n")
    person.until(lambda: person.path() in ("/console/conversations", "/console/"))
    person.open("/console/account")
    assert "Newcomer" in person.text() and "Viewer" in person.text()
    person.css(".menu-rest form button").click()
    person.at("/console/sign-in")
    assert "You are signed out." in person.text()
    person.driver.back()
    person.until(lambda: "Newcomer" not in person.text())  # nothing comes back from the history
    person.open("/console/sign-in?next=/console/account")
    person.css("input[name=email]").send_keys(member.email)
    person.css("input[name=password]").send_keys("a wrong guess at it\n")
    person.until(lambda: "do not fit together" in person.text())
    person.css("input[name=password]").send_keys(PASSWORD + "\n")
    assert person.at("/console/account")


def test_a_link_on_another_site_opens_the_page_that_it_names(person, web):
    elsewhere = web.url.replace("127.0.0.1", "localhost")  # another site to the browser, as it has another host
    person.driver.get(f"{elsewhere}/console/sign-in")
    person.js(f"location.href = '{web.url}/console/audit'")
    assert person.at("/console/audit")
    assert "Audit" in person.driver.title
