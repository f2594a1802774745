"""Who sees what in the demo shop, in a real browser: guests, customers, and who comes after them."""
from __future__ import annotations

import pytest

pytest_plugins = ("tests.web.browser_fixtures", "tests.end_to_end.browser_visit")


def test_a_guest_proves_an_order_with_the_postcode_and_sees_it(visitor, cast):
    number = cast.fill("{guest.shipped}")
    visitor.open_chat()
    assert not visitor.press("Where is my order?").orders
    assert not visitor.ask(number).orders  # a number alone opens nothing
    proven = visitor.ask(cast.fill("{guest.postcode}"))
    assert "on its way" in proven.text
    assert len(proven.orders) == 1
    assert f"Order #{number}" in proven.orders[0]
    assert "Total" in proven.orders[0]


def test_a_guest_with_a_wrong_postcode_learns_nothing_about_the_order(visitor, cast):
    number = cast.fill("{guest.shipped}")
    visitor.open_chat()
    visitor.ask(f"where is my order {number}")
    refused = visitor.ask("10999")
    assert not refused.orders
    _tells_nothing(visitor, number)
    existing = refused.text
    refused = visitor.ask("nobody@example.com")
    assert not refused.orders
    _tells_nothing(visitor, number)
    assert "postcode is" not in existing + refused.text


@pytest.fixture
def ada(visitor, cast):
    visitor.sign_in(cast.fill("{ada.email}"), cast.customer_id("ada"))
    visitor.open_chat()
    return visitor


def test_a_customer_asks_for_an_order_and_needs_to_prove_nothing(ada, cast):
    assert "Ada" in ada.texts(".bubble")[0]
    asked = ada.ask("where is my order")
    shipped = cast.fill("{ada.shipped}")
    status = ada.press(next(title for title in asked.buttons if shipped in title))
    assert "on its way" in status.text
    assert f"Order #{shipped}" in status.orders[0]
    assert not any(word in asked.text + status.text for word in ("e-mail", "postcode"))


def test_who_comes_after_a_customer_signed_out_sees_nothing_of_her_chat(ada, cast):
    shipped = cast.fill("{ada.shipped}")
    ada.ask(f"where is order {shipped}")
    hers = ada.conversation
    ada.sign_out()
    assert ada.caught_up() == 0
    assert ada.conversation != hers
    assert ada.bubbles() == []
    assert len(ada.texts(".bubble")) == 1  # the greeting, by no name
    assert "Ada" not in ada.texts(".panel")[0]
    asked = ada.ask("where is my order")
    assert not any("#" in title for title in asked.buttons)
    assert not asked.orders
    _tells_nothing(ada, shipped)


def _tells_nothing(visitor, number: str) -> None:
    """Nothing on the screen, in page or chat, says what is in the order or how far it has come."""
    assert visitor.all(".order, .card") == []
    said = " ".join(text for _, text in visitor.bubbles()).lower()
    assert not any(word in said for word in ("on its way", "€", "shipped", "delivered", "gloves", "no order"))
    assert number not in visitor.driver.find_element("tag name", "main").text
