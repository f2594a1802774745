"""A reviewer at a browser: through the queue, from message to message, corrections by keyboard and by mouse."""
from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select
from sqlalchemy import select

from shop import conversation_notes, conversations, reviews, schema
from shop.owner import Owner
from tests.web.axe import assert_nothing_bars_people
from tests.web.browser import Shopper, browsers_of
from tests.web.console.desk_stage import employ
from tests.web.console.review_stage import conversation_of_ada, note, say
from tests.web.gateway_stage import StandInRasa, WebProcess
from tests.web.shop_visit import fill
from web.console.access import COOKIE_NAME

SAID = "a red jacket please"


class Reviewer(Shopper):
    """One of staff at a browser, on pages of the console."""

    def sign_in(self, web: WebProcess, token: str) -> None:
        self.web = web
        self.driver.get(f"{web.url}/console/sign-in")
        self.driver.delete_all_cookies()
        self.driver.add_cookie({"name": COOKIE_NAME, "value": token, "path": "/console"})

    def open(self, path: str) -> None:
        self.driver.get(f"{self.web.url}{path}")
        self.until(lambda: self.js("return document.readyState === 'complete'"))

    def css(self, selector: str) -> list:
        return self.driver.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        """What is to be read there; "" where nothing is shown."""
        return self.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def current(self) -> str:
        """Id of the message that the keys are at."""
        return self.js("return document.querySelector('.message.current')?.id ?? ''")

    def double_click_on(self, field: str, word: str) -> None:
        """A double click on a word in the first line of a text field."""
        box = self.driver.find_element("id", field)
        across_px = self.js(
            "const [box, word] = arguments, look = getComputedStyle(box), pen = document.createElement('canvas')"
            "  .getContext('2d'); pen.font = look.font;"
            "const before = box.value.slice(0, box.value.indexOf(word));"
            "return parseFloat(look.paddingLeft) + pen.measureText(before).width + pen.measureText(word).width / 2",
            box, word,
        )
        ActionChains(self.driver).move_to_element_with_offset(
            box, round(across_px - box.size["width"] / 2), round(16 - box.size["height"] / 2)
        ).double_click().perform()

    def edit(self) -> None:
        self.press("e")
        self.until(lambda: self.js("return document.getElementById('editor').open"))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    rasa = StandInRasa()
    rasa.start()
    web = WebProcess(folder, rasa.port)
    web.start()
    database = web.database()
    fill(database, folder)
    database.close()
    yield web
    web.stop()
    rasa.stop()


@pytest.fixture
def database(house):
    opened = house.database()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def drivers(tmp_path_factory):
    with browsers_of(tmp_path_factory, "bea", "cem") as opened:
        yield opened


@pytest.fixture
def bea(drivers, house) -> Reviewer:
    return at_browser(drivers[0], house, "Bea Brook", "trainer")


@pytest.fixture
def cem(drivers, house) -> Reviewer:
    return at_browser(drivers[1], house, "Cem Kaya", "reviewer")


def at_browser(driver, house: WebProcess, name: str, role: str) -> Reviewer:
    reviewer = Reviewer(driver)
    reviewer.resize(1280, 900)
    reviewer.member, token = employ(house, name, role, sees_customers=True)
    reviewer.sign_in(house, token)
    return reviewer


@pytest.fixture
def talk(database) -> str:
    with database.session() as db:
        talk = conversations.open_conversation(db, Owner("C00002")).id
        say(db, talk, SAID, intent="product_details", confidence=0.4)
        say(db, talk, "🎉 two red mugs", intent="product_details", confidence=0.4)
        return talk


def corrected(database, talk) -> dict[tuple[int, str], dict]:
    with database.session() as db:
        return {(each.seq, each.kind): each.after for each in reviews.of_conversation(db, talk)}


def test_a_reviewer_corrects_the_intent_and_marks_an_entity_by_keyboard_alone(bea, database, talk):
    bea.open(f"/console/conversations/{talk}")
    bea.press("j")
    assert bea.current() == "m1"
    bea.edit()
    bea.press("search prod", Keys.ENTER)  # the filter has the focus; Enter chooses the first that fits
    said = bea.driver.find_element("id", "editor-said")
    said.send_keys(Keys.HOME)
    said.send_keys(*[Keys.ARROW_RIGHT] * 2)
    ActionChains(bea.driver).key_down(Keys.SHIFT).send_keys(*[Keys.ARROW_RIGHT] * 3).key_up(Keys.SHIFT).perform()
    bea.press(Keys.TAB)
    bea.press("colour")  # in the list of entities
    bea.press(Keys.TAB)
    bea.press(Keys.ENTER)  # no value: as selected
    bea.until(lambda: "colour “red”" in bea.text("#editor-marks"))
    bea.driver.find_element("id", "editor-save").send_keys(Keys.ENTER)
    bea.until(lambda: "search_product" in bea.text("#m1 .corrected"))
    assert bea.css("#m1 mark")[0].text == "red"
    assert bea.current() == "m1"
    assert corrected(database, talk) == {
        (1, "intent"): {"intent": "search_product"},
        (1, "entities"): {"entities": [{"entity": "colour", "value": "red", "start": 2, "end": 5}]},
    }


def test_a_reviewer_corrects_by_mouse_and_a_sign_of_two_units_moves_no_mark(bea, database, talk):
    bea.open(f"/console/conversations/{talk}?seq=3")
    assert bea.css("#m3.marked")
    bea.css('[data-edit="3"]')[0].click()
    bea.until(lambda: bea.js("return document.getElementById('editor').open"))
    bea.css('#editor-intents input[value="search_product"]')[0].click()
    bea.double_click_on("editor-said", "red")
    Select(bea.driver.find_element("id", "editor-entity")).select_by_value("colour")
    bea.css("#editor-mark")[0].click()
    bea.css("#editor-replies textarea")[0].clear()
    bea.css("#editor-replies textarea")[0].send_keys("Here are two red mugs.")
    bea.css("#editor-save")[0].click()
    bea.until(lambda: "Here are two red mugs." in bea.text("#m4 .corrected"))
    assert corrected(database, talk) == {
        (3, "intent"): {"intent": "search_product"}, (4, "reply"): {"text": "Here are two red mugs."},
        (3, "entities"): {"entities": [{"entity": "colour", "value": "red", "start": 6, "end": 9}]},
    }
    bea.css('[data-edit="4"]')[0].click()
    bea.until(lambda: "colour “red”" in bea.text("#editor-marks"))
    bea.css("#editor-marks button")[0].click()
    bea.css("#editor-save")[0].click()
    bea.until(lambda: (3, "entities") not in corrected(database, talk))


def test_two_reviewers_see_each_other_and_the_later_one_is_told_what_the_first_wrote(bea, cem, database, talk):
    for each in (bea, cem):
        each.open(f"/console/conversations/{talk}?seq=1")
    bea.until(lambda: "Also here: Cem Kaya" in bea.text("#others"))
    cem.until(lambda: "Also here: Bea Brook" in cem.text("#others"))
    for each, intent in ((bea, "search_product"), (cem, "recommend")):
        each.edit()
        each.css(f'#editor-intents input[value="{intent}"]')[0].click()
    bea.css("#editor-save")[0].click()
    bea.until(lambda: "search_product" in bea.text("#m1 .corrected"))
    cem.css("#editor-save")[0].click()
    cem.until(lambda: "intent: search_product (Bea Brook)" in cem.text("#editor-problem"))
    assert corrected(database, talk)[1, "intent"] == {"intent": "search_product"}
    cem.css("#editor-save")[0].click()
    cem.until(lambda: "recommend" in cem.text("#m1 .corrected"))
    assert corrected(database, talk)[1, "intent"] == {"intent": "recommend"}
    cem.open("/console/review")
    bea.until(lambda: bea.text("#others") == "")


def test_the_keys_lead_from_message_to_message_and_open_every_why(bea, talk):
    bea.open(f"/console/conversations/{talk}")
    bea.press("j", "j", "k")
    assert bea.current() == "m1"
    bea.press("o")
    assert bea.js("return document.querySelectorAll('details.why[open]').length") == 1
    bea.press("w")
    assert bea.js("return document.querySelectorAll('details.why:not([open])').length") == 0
    bea.press("?")
    bea.until(lambda: "Correct what was understood" in bea.text("#keys-list"))
    bea.press(Keys.ESCAPE)
    bea.press("m", "Look here.")
    bea.css("#note-form .button")[0].click()
    bea.until(lambda: "Look here." in bea.text("#m1 .note"))


def test_the_queue_is_walked_through_and_what_is_done_leaves_it(bea, house, database):
    with database.session() as db:
        for number in range(4):
            talk = conversations.open_conversation(db, Owner(None, f"{number:032x}")).id
            say(db, talk, ("gift cards?", "a boat", "is it vegan", "who made this lamp")[number], confidence=0.1)
    bea.open("/console/review?reason=low_confidence")
    links = [each.get_attribute("href") for each in bea.css(".queue-link")]
    bea.press("n")
    bea.until(lambda: bea.driver.current_url == links[0])
    bea.until(lambda: bea.js("return document.getElementById('next')?.getAttribute('href')") != "/console/review")
    bea.press("n")
    bea.until(lambda: bea.driver.current_url == links[1])
    bea.until(lambda: bea.css("#next"))
    bea.css('button[name="state"]')[0].click()
    bea.until(lambda: "left the queue" in bea.text(".notice"))
    bea.open("/console/review?reason=low_confidence")
    assert links[1] not in [each.get_attribute("href") for each in bea.css(".queue-link")]


def test_nothing_bars_people_from_a_conversation_its_editor_or_the_queue(bea, database):
    with database.session() as db:
        talk = conversation_of_ada(db)
        staff_id = db.execute(select(schema.staff.c.id).limit(1)).scalar_one()
        note(db, talk, staff_id, "She meant the jacket.", 1)
        conversation_notes.add(db, talk, bea.member.staff_id, "A returning customer.")
        reviews.correct(db, talk, 1, "intent", "search_product", staff_id)
        reviews.add_tag(db, talk, "wrong colour", staff_id)
    bea.open(f"/console/conversations/{talk}?seq=1")
    bea.press("w")
    assert_nothing_bars_people(bea.driver, "a conversation")
    bea.edit()
    assert_nothing_bars_people(bea.driver, "the editor")
    bea.open("/console/review")
    assert_nothing_bars_people(bea.driver, "the queue")
    assert bea.js("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
