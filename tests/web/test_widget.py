"""The widget in a real browser, against a server that misbehaves on demand: talking, and getting along."""
from __future__ import annotations

import gzip
import re

import pytest
from selenium.webdriver.common.keys import Keys

from tests.web.scripted_chat import CARD, OFFER, ROOT

pytest_plugins = ("tests.web.browser_fixtures",)

WIDGET = ROOT / "web" / "static" / "widget.js"
LIMIT_BYTES = 15 * 1024


# ---- a good guest on the host's page


def test_the_widget_weighs_at_most_15_kilobytes_on_the_wire():
    assert len(gzip.compress(WIDGET.read_bytes(), 9)) <= LIMIT_BYTES


def test_the_widget_never_parses_data_as_markup():
    parsers = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    assert not re.search(parsers, WIDGET.read_text())


def test_colours_can_be_read_by_people_with_weak_eyes():
    colours = dict(re.findall(r"var\(--floorwalker-([a-z-]+), (#[0-9a-f]{6})\)", WIDGET.read_text()))
    pairs = [("on-accent", "accent"), ("ink", "paper"), ("ink", "surface"), ("ink", "soft"), ("muted", "paper"),
             ("muted", "surface"), ("accent", "surface"), ("accent", "soft"), ("warn", "surface"), ("warn", "paper")]
    for text, ground in pairs:
        assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_a_host_page_keeps_its_globals_and_its_strict_policy(shopper, chat):
    shopper.open_chat()
    chat.say("Here you are.", cards=[CARD], buttons=[{"title": "More"}], offer=OFFER)
    shopper.find(".offer")
    drivers_own = r"^(\$?cdc_|se_|ret_nodes$|hostNotes$)"
    added = shopper.js("return Object.getOwnPropertyNames(window).filter((key) => !hostNotes.keys.includes(key))")
    assert [key for key in added if not re.match(drivers_own, key)] == []
    assert shopper.js("return hostNotes.violations") == []
    assert shopper.js(
        "return [...document.querySelector('floorwalker-chat').shadowRoot.querySelectorAll('*')]"
        ".flatMap((each) => each.getAttributeNames()).filter((name) => name.startsWith('on'))"
    ) == []


def test_a_visitor_who_never_opens_the_chat_costs_no_connection(shopper, chat):
    assert chat.tokens_given == 0
    assert chat.frames == []


def test_the_host_page_hears_what_happens(shopper, chat):
    shopper.open_chat()
    shopper.say("Hello")
    shopper.until(lambda: {"ready", "open", "sent"} <= set(shopper.js("return hostNotes.events.map(([kind]) => kind)")))


# ---- talking


def test_a_shopper_is_greeted_and_picks_a_suggestion(shopper, chat):
    shopper.open_chat()
    shopper.find(".choices button").click()
    shopper.until(lambda: chat.received("choice"))
    choice = chat.received("choice")[0]
    assert (choice["seq"], choice["button"]) == (0, 0)
    assert set(choice) == {"type", "id", "seq", "button"}  # never a payload
    shopper.until(lambda: shopper.texts(".shopper .bubble") == ["You: Track an order"])
    assert shopper.all(".choices") == []


def test_enter_sends_and_shift_enter_begins_a_line(shopper, chat):
    shopper.open_chat()
    shopper.find("textarea").send_keys("two lines", Keys.SHIFT + Keys.ENTER, Keys.NULL, "of it", Keys.ENTER)
    shopper.until(lambda: chat.received("message"))
    assert chat.received("message")[0]["text"] == "two lines\nof it"
    assert shopper.find("textarea").get_attribute("value") == ""


def test_enter_that_ends_the_composition_of_a_word_sends_nothing(shopper, chat):
    shopper.open_chat()
    shopper.find("textarea").send_keys("にほん")
    prevented = shopper.js(
        "const how = {key: 'Enter', isComposing: true, bubbles: true, cancelable: true};"
        "const enter = new KeyboardEvent('keydown', how);"
        "document.querySelector('floorwalker-chat').shadowRoot.querySelector('textarea').dispatchEvent(enter);"
        "return enter.defaultPrevented"
    )
    assert not prevented
    assert shopper.find("textarea").get_attribute("value") == "にほん"
    assert shopper.texts(".shopper .bubble") == []


def test_the_field_grows_with_the_text(shopper):
    shopper.open_chat()
    field = shopper.find("textarea")
    before = field.size["height"]
    for _ in range(3):
        field.send_keys("a line", Keys.SHIFT + Keys.ENTER, Keys.NULL)
    shopper.until(lambda: field.size["height"] > before + 30)


def test_blank_text_is_not_sent(shopper, chat):
    shopper.open_chat()
    shopper.say("   ")
    shopper.say("something")
    shopper.until(lambda: chat.received("message"))
    assert [frame["text"] for frame in chat.received("message")] == ["something"]


def test_the_assistant_learns_which_product_the_shopper_looks_at(shopper, chat):
    shopper.open_chat()
    assert chat.received("hello")[0]["page"] == {"kind": "product", "product_id": "P00123"}


def test_typing_is_shown_until_the_answer_comes(shopper, chat):
    shopper.open_chat()
    chat.send({"type": "typing", "on": True})
    shopper.until(lambda: shopper.find(".typing").is_displayed())
    chat.say("There.")
    shopper.until(lambda: not shopper.find(".typing").is_displayed())


# ---- nothing is lost, doubled or out of order


def test_a_message_without_acknowledgement_is_sent_again_and_stored_once(shopper, chat):
    shopper.open_chat()
    chat.acknowledge = False
    shopper.say("Is this heard?")
    shopper.until(lambda: len(chat.received("message")) == 1)
    chat.acknowledge = True
    chat.hang_up()
    shopper.until(lambda: len(chat.received("message")) == 2)
    first, again = chat.received("message")
    assert first == again
    assert len(chat.messages) == 1
    shopper.until(lambda: not shopper.all(".waiting"))
    assert shopper.texts(".shopper .bubble") == ["You: Is this heard?"]


def test_what_came_while_the_connection_was_away_appears_once_and_in_order(shopper, chat):
    shopper.open_chat()
    shopper.say("first")
    shopper.until(lambda: not shopper.all(".waiting"))
    chat.hang_up()
    chat._store({"sender": "bot", "text": "second"})
    chat._store({"sender": "bot", "text": "third"})
    shopper.until(lambda: len(shopper.all(".log > .message[class]:not(:first-child)")) == 3)
    assert chat.received("hello")[-1]["after"] == 1
    assert shopper.texts(".bubble")[1:] == ["You: first", "Assistant: second", "Assistant: third"]


def test_a_shopper_is_told_about_a_lost_connection_and_can_try_again(shopper, chat):
    shopper.open_chat()
    chat.refuse = True
    chat.hang_up()
    shopper.say("anyone?")
    shopper.until(lambda: "reconnecting" in shopper.find(".notice").text)
    shopper.until(lambda: shopper.all(".failed .state button"))
    chat.refuse = False
    shopper.find(".failed .state button").click()
    shopper.until(lambda: chat.received("message"))
    shopper.until(lambda: not shopper.all(".waiting") and not shopper.find(".notice").is_displayed())


def test_a_message_that_could_not_leave_survives_a_reload(shopper, chat, url):
    shopper.open_chat()
    chat.refuse = True
    chat.hang_up()
    shopper.say("kept for later")
    chat.refuse = False
    shopper.visit(url)
    shopper.until(lambda: [frame["text"] for frame in chat.received("message")][:1] == ["kept for later"])
    shopper.until(lambda: shopper.texts(".shopper .bubble") == ["You: kept for later"])
    assert len(chat.messages) == 1


def test_a_conversation_is_there_again_after_a_reload(shopper, chat, url):
    shopper.open_chat()
    shopper.say("hello")
    shopper.until(lambda: not shopper.all(".waiting"))
    chat.say("Good day.")
    shopper.find(".message.bot:not(:first-child)")
    shopper.visit(url)
    shopper.until(lambda: shopper.texts(".bubble") == ["You: hello", "Assistant: Good day."])


def test_two_tabs_show_the_same_conversation(shopper, chat, url, driver):
    shopper.open_chat()
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    try:
        shopper.visit(url)
        shopper.open_chat()
        shopper.say("from the second tab")
        shopper.until(lambda: chat.messages)
        driver.switch_to.window(first)
        shopper.until(lambda: "You: from the second tab" in shopper.texts(".bubble"))
        driver.switch_to.window(driver.window_handles[-1])
        assert shopper.texts(".shopper .bubble") == ["You: from the second tab"]
    finally:
        driver.switch_to.window(driver.window_handles[-1])
        driver.close()
        driver.switch_to.window(first)


def test_an_expired_token_is_replaced_without_the_shopper_noticing(shopper, chat):
    shopper.open_chat()
    chat.token = "renewed"
    chat.hang_up()
    shopper.say("still here")
    shopper.until(lambda: chat.received("message"))
    assert chat.tokens_given == 2


def test_another_persons_conversation_starts_on_a_clean_page(shopper, chat):
    shopper.open_chat()
    shopper.say("mine")
    shopper.until(lambda: not shopper.all(".waiting"))
    chat.messages.clear()
    chat.conversation = "d" * 32
    chat.say("Welcome, somebody else.", sender="bot")
    chat.hang_up()
    shopper.until(lambda: shopper.texts(".bubble") == ["Assistant: Welcome, somebody else."])


def test_a_page_that_comes_back_from_the_browsers_history_asks_again_who_is_here(shopper, chat, url, driver):
    shopper.open_chat()
    shopper.say("mine")
    shopper.until(lambda: not shopper.all(".waiting"))
    shopper.visit(f"{url}/product/P00123")
    shopper.until(lambda: chat.tokens_given == 2)
    chat.messages.clear()
    chat.conversation = "d" * 32
    driver.back()
    shopper.until(lambda: chat.tokens_given == 3)
    shopper.until(lambda: shopper.all(".choices") and shopper.texts(".shopper .bubble") == [])


def test_a_hasty_message_is_sent_again_when_the_server_allows_it(shopper, chat):
    shopper.open_chat()
    chat.acknowledge = False
    shopper.say("quick")
    shopper.until(lambda: chat.received("message"))
    chat.acknowledge = True
    identifier = chat.received("message")[0]["id"]
    chat.send({"type": "error", "code": "rate_limited", "message": "Wait.", "id": identifier, "retry_after_ms": 50})
    shopper.until(lambda: len(chat.received("message")) == 2 and not shopper.all(".waiting"))


# ---- for everybody


def test_the_chat_can_be_used_by_keyboard_alone(shopper):
    shopper.js("document.querySelector('a').focus()")
    shopper.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert shopper.focused() == "launcher"
    shopper.find(".launcher").send_keys(Keys.ENTER)
    shopper.until(lambda: shopper.focused() == "textarea")
    shopper.find("textarea").send_keys(Keys.ESCAPE)
    shopper.until(lambda: shopper.focused() == "launcher")
    assert shopper.all(".panel:not([hidden])") == []


def test_screen_readers_are_told_what_is_what(shopper, chat):
    shopper.open_chat()
    assert shopper.find(".panel").get_attribute("role") == "dialog"
    assert shopper.find("#title").text == "Ask the shop"
    assert shopper.find(".log").get_attribute("role") == "log"
    shopper.until(lambda: shopper.find(".log").get_attribute("aria-live") == "polite")
    chat.say("Here.", cards=[CARD])
    shopper.find(".thumbs")
    unnamed = [
        button.get_attribute("outerHTML") for button in shopper.all("button, a, textarea")
        if not (button.text.strip() or button.get_attribute("aria-label"))
        and button.is_displayed()
    ]
    assert unnamed == []


def test_what_was_not_read_is_counted_on_the_launcher(shopper, chat):
    shopper.open_chat()
    shopper.find(".close").click()
    chat.say("One.")
    chat.say("Two.")
    shopper.until(lambda: shopper.texts(".unread") == ["2 unread messages"])
    shopper.find(".launcher").click()
    shopper.until(lambda: chat.received("read") and chat.received("read")[-1]["seq"] == 2)
    assert not shopper.find(".unread").is_displayed()


@pytest.mark.parametrize("width_px", [360, 320])
def test_on_a_phone_the_chat_fills_the_screen_and_nothing_sticks_out(shopper, chat, width_px):
    shopper.resize(width_px, 640)
    shopper.open_chat()
    chat.say("Here are some.", cards=[CARD | {"product_id": f"P0012{number}"} for number in range(4)],
             table={"columns": ["", *"ABCD"], "rows": [["Material", *["recycled polyester"] * 4]]})
    shopper.find(".card")
    # Waited for, as the panel rises into its place.
    shopper.until(lambda: shopper.find(".panel").rect == {"x": 0, "y": 0, "width": width_px, "height": 640})
    log = shopper.find(".log")
    assert shopper.js("return arguments[0].scrollWidth <= arguments[0].clientWidth", log)
    assert shopper.js("return document.documentElement.scrollWidth") <= width_px


def test_a_shopper_who_dislikes_motion_sees_none(shopper, chat, driver):
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        shopper.open_chat()
        chat.send({"type": "typing", "on": True})
        shopper.until(lambda: shopper.find(".typing").is_displayed())
        assert shopper.js("return getComputedStyle(arguments[0]).animationName", shopper.find(".typing i")) == "none"
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def _contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two "#rrggbb" colours, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
