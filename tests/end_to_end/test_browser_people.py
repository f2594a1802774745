"""Who sees what in the demo shop, in a real browser: guests, customers, and who comes after them."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.schema import order_lines

pytest_plugins = ("tests.end_to_end.browser_fixtures",)


def test_a_guest_proves_an_order_with_the_postcode_and_sees_it(visitor):
    number = visitor.cast.fill("{guest.shipped}")
    visitor.open_chat()
    assert not visitor.press("Where is my order?").orders
    assert not visitor.ask(number).orders  # a number alone opens nothing
    proven = visitor.ask(visitor.cast.fill("{guest.postcode}"))
    assert "on its way" in proven.text
    assert len(proven.orders) == 1
    assert f"Order #{number}" in proven.orders[0]
    assert "Total" in proven.orders[0]


def test_a_guest_with_a_wrong_postcode_learns_nothing_about_the_order(visitor):
    number = visitor.cast.fill("{guest.shipped}")
    visitor.open_chat()
    visitor.ask(f"where is my order {number}")
    for wrong in ("10999", "nobody@example.com"):
        visitor.ask(wrong)
        _tells_nothing(visitor, number)
    assert visitor.cast.fill("{guest.postcode}") not in visitor.texts(".panel")[0]
    assert visitor.cast.fill("{guest.email}") not in visitor.texts(".panel")[0]


@pytest.fixture
def ada(visitor):
    visitor.sign_in(visitor.cast.fill("{ada.email}"), visitor.cast.customer_id("ada"))
    visitor.open_chat()
    return visitor


def test_a_customer_asks_for_an_order_and_needs_to_prove_nothing(ada):
    assert "Ada" in ada.texts(".bubble")[0]
    asked = ada.ask("where is my order")
    shipped = ada.cast.fill("{ada.shipped}")
    status = ada.press(next(title for title in asked.buttons if shipped in title))
    assert "on its way" in status.text
    assert f"Order #{shipped}" in status.orders[0]
    assert not any(word in asked.text + status.text for word in ("e-mail", "postcode"))


def test_who_comes_after_a_customer_signed_out_sees_nothing_of_her_chat(ada):
    shipped = ada.cast.fill("{ada.shipped}")
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
    assert shipped not in ada.texts(".panel")[0]
    _tells_nothing(ada, shipped)


def test_who_presses_back_after_a_customer_signed_out_does_not_speak_as_her(ada):
    shipped = ada.cast.fill("{ada.shipped}")
    ada.go("/orders")
    ada.ask(f"where is order {shipped}")
    ada.sign_out()
    ada.driver.back()
    ada.arrive("/sign-in")  # where the page of one's own orders leads a stranger
    assert ada.caught_up() == 0
    _tells_nothing(ada, shipped)
    assert not any("#" in title for title in ada.ask("where is my order").buttons)


def _tells_nothing(visitor, number: str) -> None:
    """Nothing in the chat says what is in the order or how far it has come; the page does not name it."""
    with visitor.database.session() as db:
        titles = db.scalars(select(order_lines.c.title).where(order_lines.c.order_number == number)).all()
    assert titles
    assert visitor.all(".order, .card") == []
    chat = visitor.texts(".panel")[0].lower()
    telling = ("on its way", "shipped", "delivered", "no such order", "€", *(title.lower() for title in titles))
    assert [words for words in telling if words in chat] == []
    assert number not in visitor.page("main")[0].text
