"""Whatever goes away, a message is answered once and in order: the web process, Rasa, the action server."""
from __future__ import annotations

import asyncio
import json
import time

import pytest
from starlette.responses import JSONResponse, Response

from shop import conversations
from shop.owner import Owner
from tests.web.gateway_stage import PATIENCE_S, echo, wait_until
from web import tokens
from web.gateway.client import GatewayClient

pytestmark = pytest.mark.anyio

MESSAGES = 200
KILLED_AFTER = (15, 80, 145, 210, 275)  # messages seen, of 400; the rest is said while it is killed and starts
FAST = {"messages_per_minute": 1_000_000, "messages_burst": 1_000_000}


async def test_200_messages_survive_the_web_process_being_killed_again_and_again(stage):
    web, rasa = stage(**FAST)
    token = web.session()["token"]
    got, killed = [], asyncio.Semaphore(0)

    async def kill_and_start():
        for _ in KILLED_AFTER:
            await killed.acquire()
            await asyncio.to_thread(web.kill)
            await asyncio.to_thread(web.start)

    async def listen(client):
        async for message in client.messages():
            got.append(message)
            if len(got) in KILLED_AFTER:
                killed.release()
            if len(got) == 2 * MESSAGES:
                return

    async with GatewayClient(web.url, token) as client:
        killer = asyncio.create_task(kill_and_start())
        listener = asyncio.create_task(listen(client))
        acks = [await client.send(f"message {number}") for number in range(MESSAGES)]
        await asyncio.wait_for(asyncio.gather(listener, killer), 2 * PATIENCE_S)
        assert client.reconnects == len(KILLED_AFTER)

    assert [m["text"] for m in got if m["sender"] == "shopper"] == [f"message {n}" for n in range(MESSAGES)]
    assert [m["text"] for m in got if m["sender"] == "bot"] == [f"You said: message {n}" for n in range(MESSAGES)]
    assert [m["seq"] for m in got] == list(range(1, 2 * MESSAGES + 1))
    assert {ack.seq for ack in acks} == {m["seq"] for m in got if m["sender"] == "shopper"}
    handed_over = list(dict.fromkeys(body["message"] for body in rasa.received))
    assert handed_over == [f"message {n}" for n in range(MESSAGES)]
    with web.database().session() as db:
        assert conversations.pending(db) == []


async def test_what_was_pending_is_answered_after_a_restart_without_any_client(stage):
    web, _ = stage()
    web.kill()
    with web.database().session() as db:
        opened = conversations.open_conversation(db, Owner(visitor_id=tokens.new_visitor_id()))
        for number in range(3):
            conversations.add_shopper_message(db, opened.id, f"message-{number}", f"waiting {number}")
    web.start()
    wait_until(lambda: len(answers(web, opened.id)) == 3, "the three are answered")
    assert answers(web, opened.id) == [f"You said: waiting {number}" for number in range(3)]


def answers(web, conversation_id):
    with web.database().session() as db:
        return [m.text for m in conversations.messages_after(db, conversation_id) if m.sender == "bot"]


async def test_while_rasa_is_away_the_shopper_is_told_once_and_answered_later(stage):
    web, rasa = stage()
    rasa.stop()
    async with web.tab() as tab:
        await tab.say("Anybody there?")
        await tab.until("ack")
        said_at = time.monotonic()
        notice = await tab.until("notice")
        assert notice["code"] == "bot_away"
        assert time.monotonic() - said_at < 3
        await tab.say("Hello?")
        async with web.tab(tab.token) as late:
            assert (await late.until("notice"))["code"] == "bot_away"
        rasa.start()
        answer = await tab.until("message", sender="bot")
        assert answer["text"] == "You said: Anybody there?"
        await tab.until("message", text="You said: Hello?")
        notices = [frame["code"] for frame in tab.frames if frame["type"] == "notice"]
        assert notices == ["bot_away", "bot_back"]


async def test_an_action_server_that_is_away_is_noticed_while_rasa_waits_for_it(stage):
    web, rasa = stage()
    rasa.actions_there, rasa.delay_s = False, 3.0
    async with web.tab() as tab:
        await tab.say("Cancel my order")
        assert (await tab.until("notice"))["code"] == "bot_away"
        assert (await tab.until("notice"))["code"] == "bot_back"
        assert (await tab.until("message", sender="bot"))["text"] == "You said: Cancel my order"


async def test_a_slow_answer_of_healthy_servers_is_no_absence(stage):
    web, rasa = stage(bot_away_after_ms=200)
    rasa.delay_s = 1.0
    async with web.tab() as tab:
        await tab.ask("Take your time")
        assert not any(frame["type"] == "notice" for frame in tab.frames)
        assert [frame["on"] for frame in tab.frames if frame["type"] == "typing"] == [True, False]


async def test_a_request_that_fails_is_repeated_under_the_same_id(web, rasa):
    failures = iter([JSONResponse({}, 503), JSONResponse({}, 500)])
    rasa.answer = lambda body: next(failures, None) or echo(body)
    async with web.tab() as tab:
        assert (await tab.ask("Third time lucky"))["text"] == "You said: Third time lucky"
        ids = [body["metadata"]["message_id"] for body in rasa.of(tab.conversation)]
        assert ids == [f"{tab.conversation}-1"] * 3
        assert len([m for m in tab.messages() if m["sender"] == "bot"]) == 1


async def test_messages_wait_while_rasa_and_the_gateway_have_different_secrets(stage):
    web, rasa = stage()
    token, rasa.token = rasa.token, "another"
    async with web.tab() as tab:
        await tab.say("Hello")
        await asyncio.to_thread(wait_until, lambda: rasa.refused >= 3, "Rasa has refused the secret")
        rasa.token = token
        assert (await tab.until("message", sender="bot"))["text"] == "You said: Hello"


async def test_a_timeout_is_repeated_and_the_first_answer_counts(stage):
    web, rasa = stage(rasa_timeout_ms=300)
    rasa.delay_s = 0.8
    asked = []

    def answer(body):
        asked.append(body["message"])
        rasa.delay_s = 0.0
        return echo(body)

    rasa.answer = answer
    async with web.tab() as tab:
        assert (await tab.ask("Slow"))["text"] == "You said: Slow"
        await asyncio.sleep(0.5)
        await tab.settled()
        assert len([m for m in tab.messages() if m["sender"] == "bot"]) == 1
    assert len(rasa.received) >= 2


@pytest.mark.parametrize("nonsense", [
    {"messages": []}, {"messages": [{}]}, {"messages": [{"text": " "}]}, {"messages": [{"custom": {"exposures": []}}]},
    {"messages": "hello"}, {"messages": [7]}, {"else": 1},
    Response("<html>"), Response("[1]"), Response("NaN"), Response(""), Response("[" * 100_000),
])
async def test_a_bot_without_an_answer_says_sorry_and_the_next_message_is_answered(web, rasa, nonsense):
    rasa.answer = lambda body: nonsense if body["message"] == "riddle" else echo(body)
    async with web.tab() as tab:
        apology = await tab.ask("riddle")
        assert apology["sender"] == "system"
        assert "sorry" in apology["text"]
        assert (await tab.ask("easy"))["text"] == "You said: easy"
        with web.database().session() as db:
            assert conversations.pending(db, tab.conversation) == []
            assert [each.text for each in conversations.replies_to(db, tab.conversation, 1)] == [apology["text"]]
        assert f"{tab.conversation}/1 gets an apology" in web.log()


async def test_a_message_that_rasa_can_never_digest_does_not_block_the_conversation(web, rasa):
    rasa.answer = lambda body: JSONResponse({}, 500) if body["message"] == "poison" else echo(body)
    async with web.tab() as tab:
        await tab.say("poison")
        await tab.say("bread")
        assert (await tab.until("message", in_reply_to=1))["sender"] == "system"
        assert (await tab.until("message", sender="bot"))["text"] == "You said: bread"


@pytest.mark.parametrize("odd", [
    {"text": 7}, {"text": "x", "buttons": "none"}, {"text": "x", "buttons": [{"payload": "/a"}, 3, {"title": ""}]},
    {"text": "x", "custom": []}, {"text": "x", "custom": {"exposures": [{"product_id": "P1"}, 5]}},
    {"text": "x", "custom": {"exposures": [
        {"product_id": "P1", "position": 10**40, "probability": 0.5, "source": "search"}]}},
    {"text": "x", "custom": {"cards": "many"}}, {"text": "half a \ud800 pair"},
    {"text": "x", "custom": {"cards": [{"title": "half a \ud800 pair", "\ud800": 1}]}},
    {"text": "x", "custom": {"order": [[[]]]}}, {"text": "x", "custom": {"offer": float("nan")}},
])
async def test_an_odd_part_of_a_reply_does_not_cost_the_shopper_the_rest(web, rasa, odd):
    said = json.dumps({"messages": [odd, {"text": "the rest"}], "turn": "none"})
    rasa.answer = lambda body: Response(said)
    async with web.tab() as tab:
        await tab.say("Hello")
        await tab.until("message", text="the rest")
        assert (await tab.settled())[-1] == {"type": "pong"}


async def test_a_stopped_web_process_tells_its_clients_and_ends_quickly(stage):
    web, rasa = stage()
    rasa.delay_s = 60.0
    async with web.tab() as tab:
        await tab.say("I will be here")
        await tab.until("ack")
        began = time.monotonic()
        await asyncio.to_thread(web.stop)
        assert time.monotonic() - began < 6
        conversation = tab.conversation
    rasa.delay_s = 0.0
    web.start()
    wait_until(lambda: answers(web, conversation) == ["You said: I will be here"], "it is answered after all")
