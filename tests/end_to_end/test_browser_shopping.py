"""Choosing and buying in the demo shop, in a real browser with the real bot behind the widget."""
from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import NoAlertPresentException
from sqlalchemy import select

from shop import catalogue
from shop.schema import clicks

pytest_plugins = ("tests.end_to_end.browser_fixtures",)


def test_a_shopper_searches_refines_opens_a_product_asks_about_it_and_buys_it(visitor):
    visitor.open_chat()
    found = visitor.ask("I am looking for running shoes")
    assert len(found.cards) >= 3
    dearest_cents = max(_cards(visitor, found))
    cheaper = visitor.ask("cheaper")
    assert cheaper.cards
    assert max(_cards(visitor, cheaper)) < dearest_cents
    blue = visitor.ask("in blue")
    shown = _products(visitor, blue)
    assert shown
    assert all("blue" in product.colours for product in shown)

    chosen = shown[0]
    said_before = visitor.bubbles()
    blue.cards[0].click()
    visitor.arrive(f"/product/{chosen.product_id}")
    assert visitor.page("h1")[0].text == chosen.title
    visitor.caught_up()
    assert visitor.all(".panel:not([hidden])")  # the chat stays open, with all that was said
    assert visitor.bubbles() == said_before
    assert visitor.until(lambda: _clicks(visitor)) == [(blue.seqs[-1], chosen.product_id)]

    size = _a_size_in_stock(chosen, "blue")
    there = visitor.ask(f"do you have it in {size}?")
    assert chosen.title in there.text
    assert f"size {size}" in there.text
    assert "sold" not in there.text

    added = visitor.ask(f"add it to my basket in blue, size {size}")
    assert "basket" in added.text
    visitor.go("/cart")
    lines = [line.text for line in visitor.page("main .line")]
    assert len(lines) == 1
    assert chosen.title in lines[0]
    assert f"blue, {size}" in lines[0]


def test_a_shopper_on_a_phone_chats_the_whole_screen_wide_and_comes_to_the_product(visitor):
    visitor.resize(360, 740)
    visitor.go("/")
    visitor.open_chat()
    visitor.until(lambda: visitor.find(".panel").rect == {"x": 0, "y": 0, "width": 360, "height": 740})
    found = visitor.ask("show me some backpacks")
    assert len(found.cards) >= 2
    compared = visitor.press("Compare the first two")
    assert visitor.js("return document.documentElement.scrollWidth") <= 360
    log = visitor.find(".log")
    assert visitor.js("return arguments[0].scrollWidth <= arguments[0].clientWidth", log)
    beyond = visitor.js(
        "return [...arguments[0].querySelectorAll('.bubble, .box, .sheet, .choices button')]"
        ".filter((each) => each.getBoundingClientRect().right > 360).map((each) => each.className)", log,
    )
    assert beyond == []
    assert compared.text

    product = _products(visitor, found)[0]
    found.cards[0].click()
    visitor.arrive(f"/product/{product.product_id}")
    assert not visitor.all(".panel:not([hidden])")  # on a phone the chat would hide what was chosen
    visitor.open_chat()
    visitor.caught_up()
    assert (1, "show me some backpacks") in visitor.bubbles()


def test_what_a_shopper_finds_helpful_is_stored_and_still_marked_after_a_reload(visitor):
    visitor.open_chat()
    seq = visitor.ask("what does delivery cost?").seqs[-1]
    visitor.all(".thumbs .up")[-1].click()
    visitor.until(lambda: {message.seq: message.feedback for message in visitor.stored()}[seq] == "up")
    visitor.go("/")
    visitor.caught_up()
    assert visitor.all(".thumbs .up")[-1].get_attribute("aria-pressed") == "true"


def test_script_tags_that_a_shopper_types_are_shown_as_text(visitor):
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)><b>boots</b>"
    visitor.open_chat()
    visitor.ask(attack)
    _is_harmless(visitor, attack)
    visitor.go("/")  # and so when it comes back from the store
    visitor.caught_up()
    _is_harmless(visitor, attack)


@pytest.mark.parametrize("page", ["home", "category", "product", "basket"])
def test_no_page_that_a_shopper_sees_complains_in_the_browsers_console(visitor, page):
    with visitor.database.session() as db:
        product = catalogue.by_category(db, "shoes", "popular", page_size=1).items[0]
    path = {"home": "/", "category": "/category/shoes", "product": product.url, "basket": "/cart"}[page]
    visitor.driver.get_log("browser")
    visitor.go(path)
    visitor.open_chat()
    visitor.ask("hello")
    assert visitor.driver.get_log("browser") == []
    visitor.js("console.error('it would be heard')")
    assert "it would be heard" in visitor.driver.get_log("browser")[0]["message"]


def _products(visitor, reply) -> list[catalogue.Product]:
    """The products on the cards of a reply, as the shop knows them, in the order shown."""
    ids = [urlsplit(card.get_attribute("href")).path.removeprefix("/product/") for card in reply.cards]
    with visitor.database.session() as db:
        return catalogue.products(db, ids)


def _cards(visitor, reply) -> list[int]:
    """The prices on the cards of a reply, in cents."""
    prices = visitor.js("return arguments[0].map((card) => card.querySelector('.price b').textContent)", reply.cards)
    return [round(float(price.removeprefix("€").replace(",", "")) * 100) for price in prices]


def _a_size_in_stock(product: catalogue.Product, colour: str) -> str:
    """42 where the shop has it, else another size."""
    sizes = [each.size for each in product.variants if each.in_stock and each.colour == colour]
    return "42" if "42" in sizes else sizes[0]


def _clicks(visitor) -> list[tuple[int, str]]:
    """(message, product) of every click in this conversation that the shop has recorded."""
    query = select(clicks.c.seq, clicks.c.product_id).where(clicks.c.conversation_id == visitor.conversation)
    with visitor.database.session() as db:
        return [tuple(row) for row in db.execute(query)]


def _is_harmless(visitor, attack: str) -> None:
    with pytest.raises(NoAlertPresentException):
        _ = visitor.driver.switch_to.alert.text
    assert (1, attack) in visitor.bubbles()
    assert visitor.all("script, .bubble img, .bubble b") == []
