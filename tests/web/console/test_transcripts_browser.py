"""The list of conversations at a real browser: by keyboard, and with addresses that name only what is asked."""
from __future__ import annotations

import pytest

from shop import conversations
from shop.owner import Owner
from tests.web.console.desk_stage import employ
from tests.web.console.test_keys import Person, driver, web  # noqa: F401 - fixtures
from web.console.access import COOKIE_NAME

LIST = "/console/conversations"


@pytest.fixture(scope="module")
def talks(web) -> list[str]:  # noqa: F811
    """Three conversations, newest first."""
    made, database = [], web.database()
    with database.session() as db:
        for said in ("red boots", "my order", "hello"):
            talk = conversations.open_conversation(db, Owner(visitor_id="5f0c8a9e3b1d4c6f8a7b9c0d1e2f3a4b")).id
            conversations.add_shopper_message(db, talk, "m1", said)
            conversations.add_bot_reply(db, talk, 1, [{"text": "Yes."}], {"intent": said.replace(" ", "_")})
            made.insert(0, talk)
    database.close()
    return made


@pytest.fixture
def person(driver, web, talks) -> Person:  # noqa: F811
    """A viewer in front of the list."""
    person = Person(driver, web)
    person.open("/console/sign-in")
    driver.delete_all_cookies()
    _, token = employ(web, "Vi", "viewer")
    driver.add_cookie({"name": COOKIE_NAME, "value": token, "path": "/console"})
    person.open(LIST)
    return person


def test_j_and_k_move_along_the_list_and_enter_opens(person, talks):
    person.press("j", "j", "j", "j", "k")
    assert person.js("return document.activeElement.getAttribute('href')") == f"{LIST}/{talks[1]}"
    person.press("\ue007")  # Enter
    assert person.at(f"{LIST}/{talks[1]}")


def test_slash_searches_and_the_address_names_only_what_was_typed(person):
    person.press("/")
    person.press("boots", "\ue007")
    person.until(lambda: person.driver.current_url.endswith(f"{LIST}?q=boots"))
    assert "red boots" in person.text()
    person.until(lambda: person.js("return document.querySelectorAll('#talks tbody tr').length") == 1)


def test_a_choice_filters_at_once(person):
    person.css("select[name=intent]").send_keys("my_order")
    person.until(lambda: person.driver.current_url.endswith(f"{LIST}?intent=my_order"))
    person.until(lambda: "1 found" in person.text())
