"""Nothing said in a browser is lost, doubled or out of order: reloads, several tabs, a server that is killed."""
from __future__ import annotations

from tests.end_to_end.browser_visit import another_tab

RECONNECT_S = 60  # the longer the server was away, the longer the widget waits before it tries again

pytest_plugins = ("tests.end_to_end.browser_fixtures",)


def test_a_shopper_who_reloads_in_the_middle_has_every_message_once_and_in_order(visitor):
    visitor.open_chat()
    visitor.ask("I need a warm scarf")
    visitor.say("in red, please")
    visitor.go("/")  # before the answer, and perhaps before the message has left
    visitor.say("and what does delivery cost?")
    visitor.go("/category/accessories")
    _all_answered(visitor, ["I need a warm scarf", "in red, please", "and what does delivery cost?"])


def test_what_a_shopper_says_in_one_tab_is_seen_in_the_other(visitor):
    visitor.open_chat()
    visitor.ask("I would like a teapot")
    with another_tab(visitor.driver) as (first, second):
        visitor.go("/category/kitchen")
        visitor.open_chat()
        visitor.caught_up()
        visitor.ask("what do you have under 60 euros?")
        there = visitor.bubbles()
        visitor.driver.switch_to.window(first)
        visitor.until(lambda: visitor.bubbles() == there)
        visitor.ask("thank you")
        here = visitor.bubbles()
        visitor.driver.switch_to.window(second)
        visitor.until(lambda: visitor.bubbles() == here)
        _all_answered(visitor, ["I would like a teapot", "what do you have under 60 euros?", "thank you"])


def test_a_message_typed_while_the_server_is_dead_is_delivered_once_when_it_is_back(visitor):
    visitor.open_chat()
    visitor.ask("hello")
    visitor.stack.kill("web")
    try:
        visitor.until(lambda: visitor.find(".notice").is_displayed() and "reconnecting" in visitor.find(".notice").text)
        visitor.say("do you sell umbrellas or raincoats?")
        assert "You: do you sell umbrellas or raincoats?" in visitor.texts(".waiting .bubble")
    finally:
        visitor.stack.start("web")
    _all_answered(visitor, ["hello", "do you sell umbrellas or raincoats?"])
    assert not visitor.find(".notice").is_displayed()
    assert not visitor.all(".waiting, .failed")


def _all_answered(visitor, said: list[str]) -> None:
    """Wait until each of ``said`` was answered; the screen then shows what the shop stored: each once, in order."""
    visitor.until(lambda: _answered(visitor) == said, RECONNECT_S)
    stored = visitor.stored()
    visitor.until(lambda: visitor.caught_up() == stored[-1].seq)
    assert [message.text for message in stored if message.sender == "shopper"] == said
    assert [message.seq for message in stored] == list(range(1, len(stored) + 1))
    assert visitor.bubbles() == [(message.seq, message.text) for message in stored]


def _answered(visitor) -> list[str]:
    return [each.text for each in visitor.stored() if each.sender == "shopper" and each.state == "answered"]
