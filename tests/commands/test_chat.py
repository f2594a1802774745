"""What a shopper in the terminal reads, and what a number means to the bot."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from commands.chat import Conversation, _next_reply
from commands.chat_rendering import message_lines
from commands.errors import CommandError
from commands.gateway_address import base_url
from shop.settings import settings

CARD = {
    "product_id": "P00001", "title": "Fell rain jacket", "brand": "Halden", "price_cents": 8900, "currency": "EUR",
    "was_cents": 9900, "rating": 4.4, "rating_count": 31, "in_stock": True, "note": "Only 2 left", "reason": None,
}  # fmt: skip


def bot(seq: int, in_reply_to: int | None = None, **more) -> dict:
    return {"type": "message", "seq": seq, "sender": "bot", "text": "Yes?", "in_reply_to": in_reply_to, **more}


def test_cards_buttons_and_tables_can_be_read_in_a_terminal():
    text = "\n".join(message_lines(bot(
        2, text="Two jackets.\nWhich one?", cards=[CARD, CARD | {"in_stock": False, "note": None}],
        buttons=[{"title": "Cheaper"}, {"title": "More"}],
        table={"columns": ["", "Fell"], "rows": [["Price", "€89.00"]]},
    )))  # fmt: skip
    assert text.startswith("bot: Two jackets.\n     Which one?")
    assert "1. Fell rain jacket (Halden, €89.00, was €99.00, 4.4/5 by 31)" in text and "Only 2 left" in text
    assert "2. Fell rain jacket" in text and "sold out" in text
    assert "[1] Cheaper   [2] More" in text
    assert "Price  €89.00" in text


def test_orders_and_offers_can_be_read_in_a_terminal():
    text = "\n".join(message_lines(bot(
        2,
        offer={"code": "SPRING10", "title": "Spring", "text": "Ten per cent off", "ends_at": "2026-04-01T00:00:00Z"},
        order={
            "number": "104312", "status": "shipped", "status_text": "on its way", "total_cents": 8900,
            "currency": "EUR",
            "expected": "Tuesday 24 November", "carrier": "Postal", "tracking_code": "X1", "tracking_url": None,
            "lines": [{"title": "Fell rain jacket", "quantity": 1, "price_cents": 8900}],
        },
    )))  # fmt: skip
    assert "SPRING10" in text and "Order #104312: on its way, €89.00" in text and "1 x Fell rain jacket" in text


def test_nothing_in_a_message_can_steer_the_terminal():
    lines = message_lines(bot(2, text="Hi\x1b[2J", cards=[CARD | {"title": "\x1b]0;x\x07Jacket"}]))
    assert not any("\x1b" in line or "\x07" in line for line in lines)


def test_a_number_presses_the_button_that_is_on_the_screen(capsys):
    conversation = Conversation(quiet=False)
    assert conversation.chosen("1") is None
    conversation.show(bot(2, 1, buttons=[{"title": "Yes"}, {"title": "No"}]))
    conversation.show(bot(3, 1))  # a second part of the same reply
    assert conversation.chosen("2") == (2, 1)
    assert conversation.chosen("3") is None and conversation.chosen("two") is None and conversation.chosen("0") is None
    conversation.show(bot(5, 4))  # another reply, without buttons
    assert conversation.chosen("2") is None


@pytest.mark.parametrize(
    ("url", "base"),
    [("ws://10.0.0.1:8000/ws", "http://10.0.0.1:8000"), ("https://shop.example.com", "https://shop.example.com"),
     ("wss://shop.example.com/ws", "https://shop.example.com")],
)  # fmt: skip
def test_the_gateway_is_found_by_either_of_its_addresses(url, base):
    assert base_url(url) == base


def test_a_gateway_that_listens_everywhere_is_asked_on_loopback(monkeypatch):
    monkeypatch.setattr(settings, "host", "0.0.0.0")  # noqa: S104
    assert base_url(None) == f"http://127.0.0.1:{settings.port}"


@pytest.mark.parametrize("url", ["ftp://x", "localhost:8000", "ws://x/elsewhere", ""])
def test_an_address_of_no_gateway_is_refused(url):
    with pytest.raises(CommandError, match="ws://"):
        base_url(url)


def test_a_gateway_that_is_not_there_is_said_in_one_line(shop, floorwalker):
    said = floorwalker("chat", "--url", "ws://127.0.0.1:9/ws", "--once", "hello")
    assert said.status == 2 and "make run" in said.err and len(said.err.splitlines()) == 1
    said = floorwalker("load", "--users", 2, "--seconds", 1, "--url", "ws://127.0.0.1:9/ws")
    assert said.status == 2 and "make run" in said.err


@pytest.mark.parametrize("option", [("--users", "0"), ("--think-ms", "-1"), ("--seconds", "0.5")])
def test_a_load_of_nothing_is_refused(shop, floorwalker, option):
    arguments = {"--users": "2", "--seconds": "1"} | dict([option])
    said = floorwalker("load", *(part for each in arguments.items() for part in each))
    assert said.status == 2 and option[0] in said.err


def test_whoever_gives_up_waiting_for_a_reply_leaves_nothing_behind():
    async def never() -> AsyncIterator[dict]:
        await asyncio.Event().wait()
        yield {}

    async def give_up() -> int:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_next_reply(SimpleNamespace(messages=never), 1), 0.05)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(give_up()) == 1
