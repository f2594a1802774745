"""People behind the chat, as the shopper sees them in a real browser: who is there, who writes, and how it was."""
from __future__ import annotations

import pytest

from tests.web.axe import assert_nothing_bars_people

pytest_plugins = ("tests.web.browser_fixtures",)

CALLED = {"type": "standing", "status": "waiting", "agent": None}
MIRA = {"type": "standing", "status": "staff", "agent": "Mira"}
BOT = {"type": "standing", "status": "bot", "agent": None}
WAY_BACK = [{"title": "Carry on with the assistant"}]
ASKS = {"sender": "system", "text": "How satisfied are you?", "csat": True}


def presence(shopper):
    return shopper.find("header p").text


def test_the_header_says_who_the_shopper_talks_to(shopper, chat):
    shopper.open_chat()
    assert presence(shopper) == "Automatic shop assistant"
    chat.send(CALLED)
    shopper.until(lambda: presence(shopper) == "A colleague has been called")
    chat.send(MIRA)
    shopper.until(lambda: presence(shopper) == "Mira, customer service")
    chat.send(BOT)
    shopper.until(lambda: presence(shopper) == "Automatic shop assistant")


def test_after_a_lost_connection_the_header_says_what_holds_now(shopper, chat):
    shopper.open_chat()
    chat.send(MIRA)
    shopper.until(lambda: presence(shopper) == "Mira, customer service")
    chat.hang_up()  # given back meanwhile: the server says nothing of a standing that is the assistant's
    shopper.until(lambda: presence(shopper) == "Automatic shop assistant")


def test_staff_join_as_a_note_and_write_under_their_name(shopper, chat):
    shopper.open_chat()
    evil = "<img src=x onerror=\"window.hacked=1\">"
    chat.say(f"{evil} from our team has joined.", sender="system")
    chat.say("Good morning.", sender="staff", name=evil)
    chat.send(MIRA | {"agent": evil})
    shopper.until(lambda: presence(shopper) == f"{evil}, customer service")
    assert shopper.texts(".system p") == [f"{evil} from our team has joined."]
    assert shopper.texts(".who") == [evil]
    assert shopper.js("return getComputedStyle(arguments[0]).textAlign", shopper.find(".system")) == "center"
    assert shopper.js("return window.hacked ?? null") is None


def test_who_writes_is_called_by_name_until_they_have_written(shopper, chat):
    shopper.open_chat()
    chat.send({"type": "typing", "on": True, "agent": "Mira"})
    shopper.until(lambda: shopper.find(".typing").is_displayed())
    assert shopper.find(".typing").text == "Mira is typing"
    chat.say("Good morning.", sender="staff", name="Mira")
    shopper.until(lambda: not shopper.find(".typing").is_displayed())
    chat.send({"type": "typing", "on": True})
    shopper.until(lambda: shopper.find(".typing").is_displayed())
    assert shopper.texts(".typing") == ["The assistant is typing"]


def test_the_way_back_stays_while_the_shopper_writes_and_goes_when_somebody_joins(shopper, chat):
    shopper.open_chat()
    chat.say("I have called a colleague.", buttons=[{"title": "What else?"}])
    chat.say("While you wait …", sender="system", buttons=WAY_BACK)
    shopper.until(lambda: shopper.texts(".choices button")[-2:] == ["What else?", "Carry on with the assistant"])
    shopper.say("hello?")
    shopper.until(lambda: shopper.texts(".choices button") == ["Carry on with the assistant"])
    chat.say("Mira from our team has joined.", sender="system")
    shopper.until(lambda: shopper.all(".choices") == [])


def test_who_carries_on_with_the_assistant_presses_once(shopper, chat):
    shopper.open_chat()
    seq = chat.say("While you wait …", sender="system", buttons=WAY_BACK)
    shopper.find(".system .choices button").click()
    shopper.until(lambda: chat.received("choice"))
    assert [(frame["seq"], frame["button"]) for frame in chat.received("choice")] == [(seq, 0)]
    assert shopper.all(".system .choices") == []


def test_a_shopper_rates_the_help_and_may_change_their_mind(shopper, chat):
    shopper.open_chat()
    seq = chat.say(**ASKS)
    choices = shopper.until(lambda: shopper.all(".rate button"))
    assert [each.get_attribute("aria-label") for each in choices] == [f"{number} of 5" for number in range(1, 6)]
    assert "from 1 (not at all) to 5 (very)" in shopper.find(".rate").get_attribute("aria-label")
    for value in (2, 5):
        choices[value - 1].click()
        shopper.until(lambda value=value: [frame["value"] for frame in chat.received("csat")][-1:] == [value])
        chat.send({"type": "csat", "seq": seq, "value": value})
        shopper.until(lambda value=value: pressed(shopper) == [f"{value} of 5"])
    assert shopper.texts("[role=status]")[-1] == "Thank you."


def test_a_rating_can_be_given_by_keyboard(shopper, chat):
    shopper.open_chat()
    chat.say(**ASKS)
    shopper.js("arguments[0].focus()", shopper.find(".rate button:nth-child(4)"))
    shopper.find(".rate button:nth-child(4)").send_keys(" ")
    shopper.until(lambda: chat.received("csat"))
    assert chat.received("csat") == [{"type": "csat", "value": 4}]


def test_a_rating_is_there_again_after_a_reload(shopper, chat, url):
    chat._store(ASKS | {"csat": 4})
    shopper.visit(url)
    shopper.open_chat()
    shopper.until(lambda: pressed(shopper) == ["4 of 5"])


@pytest.mark.parametrize("width_px", [320])
def test_five_choices_fit_on_a_small_phone(shopper, chat, width_px):
    shopper.resize(width_px, 640)
    shopper.open_chat()
    chat.say(**ASKS)
    shopper.find(".rate button")
    log = shopper.find(".log")
    assert shopper.js("return arguments[0].scrollWidth <= arguments[0].clientWidth", log)


def pressed(shopper):
    return [each.get_attribute("aria-label") for each in shopper.all(".rate [aria-pressed=true]")]


def test_nothing_of_it_bars_anybody(shopper, chat, driver):
    shopper.open_chat()
    chat.say("While you wait …", sender="system", buttons=WAY_BACK)
    chat.send(MIRA)
    chat.say("Good morning.", sender="staff", name="Mira")
    chat.say("How satisfied are you?", sender="system", csat=4)
    chat.send({"type": "typing", "on": True, "agent": "Mira"})
    shopper.until(lambda: shopper.find(".typing").is_displayed())
    assert_nothing_bars_people(driver, "the chat with staff")
