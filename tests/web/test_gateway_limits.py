"""Limits: how fast one shopper may talk, how many sockets an address may hold, how slow a client may read."""
from __future__ import annotations

import asyncio
import socket

import pytest
from starlette.requests import HTTPConnection
from websockets.exceptions import ConnectionClosed

from shop import conversations
from tests.web.gateway_stage import wait_until
from web.gateway.client import GatewayClient
from web.gateway.limits import RateLimit, address_of, take_all

anyio = pytest.mark.anyio


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def test_a_burst_is_allowed_and_then_one_at_a_time():
    clock = Clock()
    limit = RateLimit(per_minute=30, burst=3, clock=clock)
    assert [limit.take("ada") for _ in range(3)] == [0, 0, 0]
    wait_ms = limit.take("ada")
    assert 1900 < wait_ms <= 2001
    clock.now_s += wait_ms / 1000
    assert limit.take("ada") == 0
    assert limit.take("ada") > 0


def test_one_shoppers_haste_does_not_slow_another():
    limit = RateLimit(per_minute=1, burst=1)
    assert limit.take("ada") == 0
    assert limit.take("ada") > 0
    assert limit.take("bea") == 0


def test_a_shopper_held_back_by_the_address_keeps_their_own_turn():
    clock = Clock()
    own, address = RateLimit(60, 1, clock), RateLimit(60, 1, clock)
    assert take_all((own, "ada"), (address, "shared")) == 0
    clock.now_s += 60
    address.take("shared")
    assert take_all((own, "ada"), (address, "shared")) > 0
    assert own.wait_ms("ada") == 0


@pytest.mark.parametrize("host, counted", [
    ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"), ("testclient", "testclient"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
])
def test_who_has_many_addresses_is_counted_once(host, counted):
    assert address_of(HTTPConnection({"type": "http", "client": (host, 5)})) == counted


@anyio
async def test_a_message_beyond_the_limit_is_refused_and_not_stored(stage):
    web, _ = stage(messages_burst=2, messages_per_minute=30)
    async with web.tab() as tab:
        for number in range(3):
            await tab.say(f"quick {number}", f"quick-message-{number}")
        error = await tab.until("error")
        assert (error["code"], error["id"]) == ("rate_limited", "quick-message-2")
        assert 0 < error["retry_after_ms"] <= 2001
        notice = await tab.until("notice", code="rate_limited")
        assert notice["retry_after_ms"] == error["retry_after_ms"]
        await tab.settled()
        with web.database().session() as db:
            said = [m.text for m in conversations.messages_after(db, tab.conversation) if m.sender == "shopper"]
        assert said == ["quick 0", "quick 1"]
        await asyncio.sleep(error["retry_after_ms"] / 1000)
        await tab.say("quick 2", "quick-message-2")
        await tab.until("ack", id="quick-message-2")


@anyio
async def test_a_second_tab_is_no_way_around_the_limit(stage):
    web, _ = stage(messages_burst=1, messages_per_minute=6)
    async with web.tab() as one, web.tab(one.token) as two:
        await one.say("one")
        await one.until("ack")
        await two.say("two")
        assert (await two.until("error"))["code"] == "rate_limited"


@anyio
async def test_an_address_has_a_limit_over_all_its_shoppers(stage):
    web, _ = stage(address_messages_burst=3, address_messages_per_minute=6)
    async with web.tab() as one, web.tab() as two:
        for tab in (one, two, one):
            await tab.say("hello")
            await tab.until("ack")
        await two.say("hello")
        assert (await two.until("error"))["code"] == "rate_limited"


@anyio
async def test_the_client_waits_and_sends_again_when_it_was_too_fast(stage):
    web, rasa = stage(messages_burst=1, messages_per_minute=120)
    async with GatewayClient(web.url, web.session()["token"]) as client:
        acks = [await client.send(f"message {number}") for number in range(3)]
    wait_until(lambda: len(rasa.received) == 3, "all three are handed over")
    assert [body["message"] for body in rasa.received] == [f"message {number}" for number in range(3)]
    assert [ack.seq for ack in acks] == sorted(ack.seq for ack in acks)


@anyio
async def test_an_address_can_hold_only_so_many_sockets(stage):
    web, _ = stage(address_connections=2)
    async with web.tab(), web.tab():
        async with web.socket() as third:
            with pytest.raises(ConnectionClosed) as closed:
                await third.next()
        assert closed.value.rcvd.code == 4429
    async with web.tab():
        pass  # those who left are not counted


@anyio
async def test_a_flood_of_frames_is_answered_with_an_error(web):
    async with web.tab() as tab:
        for _ in range(400):
            await tab.send({"type": "ping"})
        assert (await tab.until("error"))["code"] == "rate_limited"


@anyio
async def test_a_client_that_does_not_read_is_disconnected_and_resumes_later(stage):
    web, rasa = stage(send_queue_frames=150, messages_burst=1000, messages_per_minute=60_000)
    rasa.answer = lambda body: {"messages": [{"text": "x" * 50_000}]}
    async with web.tab() as busy:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", web.port))
        async with web.socket(sock=narrow, max_queue=1) as sleepy:
            await sleepy.send({"type": "hello", "token": busy.token})
            await sleepy.until("welcome")
            for number in range(250):
                await busy.ask(f"message {number}")
            with pytest.raises(ConnectionClosed):
                while True:
                    await sleepy.next()
            seen = max(message["seq"] for message in sleepy.messages())
        assert seen < 500
        async with web.tab(busy.token, after=seen) as awake:
            await awake.until("message", seq=500)
            assert [message["seq"] for message in awake.messages()] == list(range(seen + 1, 501))
    assert "reads too slowly" in web.log()
