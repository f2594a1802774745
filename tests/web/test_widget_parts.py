"""What the widget shows of a message, in a real browser: products, offers, orders, and nothing that bites."""
from __future__ import annotations

from tests.web.scripted_chat import CARD, OFFER

pytest_plugins = ("tests.web.browser_fixtures",)


def test_products_are_shown_with_all_that_helps_to_choose(shopper, chat):
    shopper.open_chat()
    chat.say("One for you.", cards=[CARD])
    text = shopper.find(".card").text
    for part in (
        "Northlea", "Aldermoor trail running shoe", "€89.95", "€109.95", "4.4", "(120)", "Only 2 left in 42",
        "You like trails",
    ):
        assert part in text
    assert shopper.find(".card").get_attribute("href").endswith("/product/P00123")


def test_opening_a_product_is_reported_and_the_host_page_may_open_it_itself(shopper, chat):
    shopper.open_chat()
    seq = chat.say("One for you.", cards=[CARD])
    address = shopper.driver.current_url
    shopper.js("document.addEventListener('floorwalker:product', (event) => event.preventDefault())")
    shopper.find(".card").click()
    shopper.until(lambda: chat.received("click"))
    assert chat.received("click")[0] == {"type": "click", "seq": seq, "product_id": "P00123"}
    assert shopper.driver.current_url == address


def test_the_chat_stays_open_on_the_product_it_led_to(shopper, chat):
    shopper.open_chat()
    chat.say("One for you.", cards=[CARD])
    shopper.find(".card").click()
    shopper.until(lambda: shopper.driver.current_url.endswith("/product/P00123"))
    shopper.until(lambda: shopper.all(".panel:not([hidden])"))
    assert shopper.focused() == ""  # the page's reader is not pulled into the chat
    assert shopper.js("return getComputedStyle(arguments[0]).animationName", shopper.find(".panel")) == "none"


def test_markup_and_script_addresses_from_outside_stay_text(shopper, chat):
    shopper.open_chat()
    evil = "<img src=x onerror=\"window.hacked=1\"><b>bold</b>"
    chat.say(
        evil, cards=[CARD | {"title": evil, "url": "javascript:window.hacked=1", "picture": "data:text/html,x"}],
        buttons=[{"title": evil}], table={"columns": [evil], "rows": [[evil]]},
        offer={"code": evil, "title": evil, "text": evil, "ends_at": evil},
        order={"number": evil, "status": "shipped", "status_text": evil, "total_cents": 1, "currency": "EUR",
               "carrier": evil, "tracking_code": evil, "tracking_url": "javascript:window.hacked=1", "lines": []},
        link={"title": evil, "url": "javascript:window.hacked=1"},
    )
    shopper.find(".order")
    assert evil in shopper.texts(".bubble")[-1]
    assert shopper.all("b b, img, a, .card[href]") == []
    assert shopper.js("return window.hacked ?? null") is None


def test_an_offer_a_comparison_and_an_order_can_be_read(shopper, chat):
    shopper.open_chat()
    chat.say("", offer=OFFER)
    chat.say("", table={"columns": ["", "Fenwick"], "rows": [["Material", "wool"]]})
    chat.say("", order={
        "number": "104312", "status": "packed", "status_text": "Packed", "total_cents": 12490, "currency": "EUR",
        "placed_at": "2026-11-20", "expected": "2026-11-27", "carrier": None, "tracking_code": None,
        "tracking_url": None, "lines": [{"title": "Wool blanket", "quantity": 2, "price_cents": 4995}],
    })
    assert "SPRING10" in shopper.find(".offer").text
    assert shopper.find("tbody th").text == "Material"
    order = shopper.find(".order").text
    assert "#104312" in order
    assert "€124.90" in order
    assert "2 × Wool blanket" in order
    assert shopper.find(".steps [aria-current=step]").text.startswith("Packed")


def test_a_code_is_copied_or_at_least_selected(shopper, chat):
    shopper.open_chat()
    chat.say("", offer=OFFER)
    button = shopper.find(".code button")
    button.click()
    shopper.until(lambda: button.text in ("Copied", "Selected"))


def test_a_thumb_can_be_given_and_taken_back(shopper, chat):
    shopper.open_chat()
    seq = chat.say("Was that it?")
    thumb = shopper.find(".thumbs .up")
    thumb.click()
    thumb.click()
    shopper.until(lambda: len(chat.received("feedback")) == 2)
    assert [frame["value"] for frame in chat.received("feedback")] == ["up", None]
    assert chat.received("feedback")[0]["seq"] == seq


def test_of_an_answer_longer_than_the_screen_the_beginning_is_read_first(shopper, chat):
    shopper.open_chat()
    _see_beginning_of_long_answer(shopper, chat, "first question")
    _see_beginning_of_long_answer(shopper, chat, "second question")  # also when the first is in the way


def test_a_shopper_who_reads_further_up_is_left_there(shopper, chat):
    shopper.open_chat()
    _see_beginning_of_long_answer(shopper, chat, "a question")
    shopper.js("arguments[0].scrollTop = 0", shopper.find(".log"))
    chat.say("One more thing.", sender="staff")
    shopper.find(".staff")
    assert shopper.js("return arguments[0].scrollTop", shopper.find(".log")) == 0


def test_what_staff_write_under_a_long_answer_comes_into_sight(shopper, chat):
    shopper.open_chat()
    _see_beginning_of_long_answer(shopper, chat, "a question")
    chat.say("One more thing.", sender="staff")
    shopper.until(lambda: _in_sight(shopper, shopper.find(".staff .bubble")))


def test_a_parcel_has_one_link_to_follow_it(shopper, chat):
    address = "https://parcels.example/follow?code=1"
    order = {"number": "104312", "status": "shipped", "status_text": "On its way", "total_cents": 1, "currency": "EUR",
             "carrier": "Postwren", "tracking_code": "PW1", "tracking_url": address, "lines": []}
    shopper.open_chat()
    chat.say("On its way.", order=order, link={"title": "Follow the parcel", "url": address})
    shopper.find(".order")
    assert [each.get_attribute("href") for each in shopper.all(".message a")] == [address]


def _see_beginning_of_long_answer(shopper, chat, question: str) -> None:
    shopper.say(question)
    shopper.until(lambda: chat.messages and not shopper.all(".waiting"))
    asked = len(chat.messages)
    chat.say("The beginning.", in_reply_to=asked)
    chat.say("\n".join(f"line {number}" for number in range(60)), in_reply_to=asked)
    shopper.until(lambda: "line 59" in shopper.texts(".bubble")[-1])
    assert _in_sight(shopper, shopper.all(".shopper .bubble")[-1])
    assert _in_sight(shopper, shopper.all(".bot .bubble")[-2])


def _in_sight(shopper, element) -> bool:
    """Whether the whole element is inside the visible part of the conversation."""
    return shopper.js(
        "const [log, it] = [...arguments].map((each) => each.getBoundingClientRect());"
        "return it.top >= log.top && it.bottom <= log.bottom",
        shopper.find(".log"), element,
    )
