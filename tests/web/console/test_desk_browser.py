"""Two people at once, each at a browser: a shopper at the widget, an agent at the desk."""
from __future__ import annotations

import re
import uuid

import pytest
from selenium.webdriver.common.keys import Keys

from shop import canned_replies
from tests.web.axe import assert_nothing_bars_people
from tests.web.browser import Shopper, browsers_of
from tests.web.console import desk_stage
from tests.web.console.desk_stage import employ
from tests.web.gateway_stage import StandInRasa, WebProcess
from tests.web.shop_visit import fill
from web.console.access import COOKIE_NAME

SUGGESTED = "Your order is on its way <b>now</b>."
EVIL = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"


class Agent(Shopper):
    """One of staff at a browser, on the page of the desk."""

    def sign_in(self, web: WebProcess, token: str) -> None:
        self.driver.get(f"{web.url}/console/sign-in")
        self.driver.delete_all_cookies()
        self.driver.add_cookie({"name": COOKIE_NAME, "value": token, "path": "/console"})
        self.driver.get(f"{web.url}/console/desk")
        self.until(lambda: self.css("#queue h2"))

    def css(self, selector: str) -> list:
        return self.driver.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        """What is to be read there; "" where nothing is shown."""
        return self.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def reads(self, selector: str, text: str) -> None:
        """Wait until ``text`` is to be read there."""
        self.until(lambda: text in self.text(selector))

    def press(self, *keys: str) -> None:
        """Keys, pressed wherever the focus is."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def write(self, text: str) -> None:
        self.driver.find_element("id", "text").send_keys(text)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The web process with the small demo shop, open all day, and a bot that fetches people."""
    folder = tmp_path_factory.mktemp("house")
    rasa = StandInRasa()
    rasa.start()
    web = WebProcess(folder, rasa.port, demo=1)
    web.start()
    rasa.token = web.secret("rasa")
    database = web.database()
    fill(database, folder)
    database.close()
    desk_stage.open_shop(web)
    desk_stage.bot_that_fetches_people(rasa, web)
    web.asked_for_suggestions = desk_stage.bot_that_suggests(rasa, SUGGESTED)
    yield web
    web.stop()
    rasa.stop()


@pytest.fixture(scope="module")
def browsers(tmp_path_factory):
    with browsers_of(tmp_path_factory, "shopper", "agent") as opened:
        yield opened


@pytest.fixture
def shopper(browsers, house):
    """Somebody new, with the chat open."""
    browsers[0].execute_cdp_cmd("Network.clearBrowserCookies", {})
    shopper = Shopper(browsers[0])
    shopper.resize(1280, 900)
    shopper.visit(house.url)
    shopper.js("sessionStorage.clear(); localStorage.clear()")
    shopper.visit(house.url)
    shopper.open_chat()
    yield shopper
    browsers[0].get("about:blank")


@pytest.fixture
def desk(browsers, house):
    """Mia, who sees customers, at her desk; available."""
    _, token = employ(house, "Mia", sees_customers=True)
    agent = Agent(browsers[1])
    agent.resize(1280, 900)
    agent.sign_in(house, token)
    agent.driver.find_element("id", "available").click()
    agent.until(lambda: agent.text("#available-text") == "Available")
    yield agent
    browsers[1].get("about:blank")


def ask_for_person(shopper: Shopper, desk: Agent) -> str:
    """The shopper asks, and waits in the agent's queue; returns what was said, which nobody else says."""
    text = f"a person please {uuid.uuid4().hex[:6]}"
    shopper.say(text)
    desk.reads("#queue", text)
    return text


def ask_and_be_taken(shopper: Shopper, desk: Agent) -> None:
    text = ask_for_person(shopper, desk)
    next(row for row in desk.css("[data-row]") if text in row.text).click()
    desk.reads("#log", text)
    desk.until(lambda: desk.css("#take:not([hidden])"))[0].click()
    desk.reads("#state", "You have it.")


def hears(shopper: Shopper, text: str) -> None:
    """Wait until the shopper reads ``text`` in the chat."""
    shopper.until(lambda: any(text in each for each in shopper.texts(".log .message")))


def is_typing(shopper: Shopper) -> bool:
    return shopper.js("return !document.querySelector('floorwalker-chat').shadowRoot.querySelector('.typing').hidden")


def test_an_agent_takes_over_talks_gives_back_and_resolves(shopper, desk):
    shopper.say("hello")
    hears(shopper, "You said: hello")
    asked = ask_for_person(shopper, desk)
    hears(shopper, "I am fetching a colleague.")
    desk.until(lambda: re.match(r"\(\d+\) Desk", desk.driver.title))

    desk.press("j")
    while asked not in desk.driver.switch_to.active_element.text:  # others may have waited longer
        desk.press("j")
    desk.press(Keys.ENTER)
    desk.reads("#log", asked)
    desk.reads("#summary", "The shopper asked for a person.")
    assert desk.driver.find_element("id", "text").get_property("disabled")
    desk.js("document.activeElement.blur()")
    desk.press("t")
    hears(shopper, "Mia from our team has joined.")
    desk.reads("#state", "You have it.")

    # Both see the other one write, and read what was written.
    def writes_on() -> bool:  # the widget tells of it once in a while
        shopper.find("textarea").send_keys(".")
        return "The shopper is writing" in desk.text("#typing")

    desk.until(writes_on)
    shopper.find("textarea").send_keys("I am writing\n")
    desk.reads("#log", "I am writing")
    desk.until(lambda: desk.text("#typing") == "")
    desk.write("Good day, I am")
    shopper.until(lambda: is_typing(shopper))
    desk.write(" Mia.\n")
    hears(shopper, "Good day, I am Mia.")
    shopper.until(lambda: not is_typing(shopper))
    desk.until(lambda: not desk.css(".msg.waiting"))
    desk.reads("#log", "Seen")

    # The bot is mute, and back once the conversation is its own again.
    shopper.say("are you a bot")
    desk.reads("#log", "are you a bot")
    desk.press(Keys.ESCAPE)
    desk.press("g", "g")  # one "g" alone begins the way to another page, and gives nothing away
    hears(shopper, "handed you back to the assistant")
    desk.reads("#state", "The assistant is answering.")
    shopper.say("and now")
    hears(shopper, "You said: and now")
    desk.reads("#log", "You said: and now")
    assert not any("You said: are you a bot" in each for each in shopper.texts(".log .message"))

    # Staff step in by themselves, and finish it.
    desk.press("t")
    desk.reads("#state", "You have it.")
    desk.press(Keys.ESCAPE)
    desk.press("r")
    desk.reads("#state", "Resolved.")
    hears(shopper, "How satisfied are you")
    desk.reads("#log", "Not rated yet.")
    shopper.find(".rate button[aria-label='4 of 5']").click()
    desk.reads("#log", "Rated 4 of 5.")


def test_a_canned_reply_is_completed_filled_and_sent_only_by_the_agent(shopper, desk, house):
    database = house.database()
    with database.session() as db:
        canned_replies.add(db, "hello", "Hello, {first_name}. This is {agent} from {shop}.", None)
        canned_replies.add(db, "hours", "We are here until six.", None)
    database.close()
    desk.driver.refresh()
    desk.until(lambda: desk.css("#queue h2"))
    ask_and_be_taken(shopper, desk)
    desk.press(Keys.ESCAPE)
    desk.press("c")
    desk.until(lambda: len(desk.css("#completion li")) == 2)
    desk.write("hou")
    desk.until(lambda: len(desk.css("#completion li")) == 1)
    desk.write(Keys.BACKSPACE + Keys.BACKSPACE + "e" + Keys.ENTER)
    assert desk.driver.find_element("id", "text").get_property("value") == "Hello. This is Mia from Marlow & Finch."
    assert desk.css("#completion[hidden]")
    assert not any("This is Mia" in each for each in shopper.texts(".log .message"))
    desk.write(Keys.ENTER)
    hears(shopper, "Hello. This is Mia from Marlow & Finch.")


def test_a_suggestion_goes_into_the_box_and_nowhere_else(shopper, desk, house):
    ask_and_be_taken(shopper, desk)
    desk.reads("#suggestions", SUGGESTED)
    asked = house.asked_for_suggestions[-1]
    assert asked["authorization"] == f"Bearer {house.secret('suggestions')}"
    assert asked["conversation"] in desk.driver.current_url and asked["customers"] is True
    desk.css("#suggestions .suggestion")[0].click()
    assert desk.driver.find_element("id", "text").get_property("value") == SUGGESTED
    assert not any(SUGGESTED in each for each in shopper.texts(".log .message"))
    desk.write(" Shall I tell you more?\n")
    hears(shopper, f"{SUGGESTED} Shall I tell you more?")


def test_what_was_said_while_the_connection_was_away_arrives_once(shopper, desk, house):
    ask_and_be_taken(shopper, desk)
    desk.driver.execute_cdp_cmd("Network.enable", {})
    house.kill()
    desk.write("Are you still there?\n")
    assert desk.css(".msg.waiting")
    shopper.say("yes I am")
    house.start()
    hears(shopper, "Are you still there?")
    desk.reads("#log", "yes I am")
    desk.until(lambda: not desk.css(".msg.waiting"))
    said = [each for each in shopper.texts(".log .message") if "Are you still there?" in each]
    assert len(said) == 1
    assert desk.text("#log").count("Are you still there?") == 1
    assert desk.text("#log").count("yes I am") == 1


def test_two_agents_see_each_other_and_only_one_can_write(shopper, desk, house, browsers):
    ask_and_be_taken(shopper, desk)
    address = desk.driver.current_url
    _, token = employ(house, "Ben")
    browsers[0].get("about:blank")
    other = Agent(browsers[0])  # the shopper is gone meanwhile
    other.sign_in(house, token)
    other.driver.get(address)
    other.reads("#state", "Mia has it.")
    desk.reads("#others", "Ben is looking at it too.")
    other.reads("#others", "Mia is looking at it too.")
    assert other.driver.find_element("id", "text").get_property("disabled")
    assert not other.css("#take:not([hidden])")


def test_a_script_that_a_shopper_writes_is_only_read(shopper, desk):
    ask_and_be_taken(shopper, desk)
    shopper.say(EVIL)
    desk.reads("#log", "<script>")
    desk.reads("#queue", "<img src=x")
    desk.write(EVIL + "\n")
    hears(shopper, "<script>")
    assert not desk.css("#log img, #log script, #queue img")
    assert "pwned" not in desk.driver.title + shopper.driver.title


def test_an_agent_who_is_dismissed_is_led_to_the_sign_in(desk, house, browsers):
    member, token = employ(house, "Ned")
    desk.sign_in(house, token)
    desk_stage.dismiss(house, member)
    desk.until(lambda: "/console/sign-in" in desk.driver.current_url)


def test_the_desk_can_be_used_by_everybody_at_any_width(shopper, desk):
    ask_for_person(shopper, desk)
    assert_nothing_bars_people(desk.driver, "the desk")
    desk.resize(1280, 900)
    ask_and_be_taken(shopper, desk)
    desk.write("/")
    for pane in ("talk", "beside", "queue"):
        desk.js("document.querySelector(arguments[0]).click()", f"[data-show={pane}]")
        assert_nothing_bars_people(desk.driver, f"the desk, {pane}")
        for width_px in (375, 1280):
            desk.resize(width_px, 800)
            assert desk.js("return document.documentElement.scrollWidth <= innerWidth"), f"{pane} at {width_px} px"


def test_the_desk_weighs_no_more_than_a_page_may(desk, house):
    """Scripts and styles together, as they travel."""
    files = desk.js(
        "return performance.getEntriesByType('resource').filter((each) => /\\.(js|css)(\\?|$)/.test(each.name))"
        ".map((each) => [each.name, each.encodedBodySize])"
    )
    assert {name.rpartition("/")[2] for name, _ in files} >= {"desk.js", "desk.css", "console.js", "console.css"}
    assert sum(size for _, size in files) <= 30_000, files
