"""Whatever goes away while staff and the bot take turns: who may speak stands in the store, and nothing is lost."""
from __future__ import annotations

import asyncio
import contextlib
import uuid

import pytest
from websockets.exceptions import WebSocketException

from shop import conversations, takeover
from shop.owner import Owner
from tests.web.console.desk_stage import at_desk, bot_that_fetches_people, employ, open_shop
from tests.web.gateway_stage import PATIENCE_S, wait_until
from web import tokens
from web.gateway.client import GatewayClient

pytestmark = pytest.mark.anyio

MESSAGES = 150
KILLED_AFTER = (30, 90, 160, 230)  # messages of the conversation
BREATH_S = 0.05  # between two turns of staff, in which the bot may have one
FAST = {"messages_per_minute": 1_000_000, "messages_burst": 1_000_000}


def transcript(web, conversation_id):
    with web.database().session() as db:
        return conversations.messages_after(db, conversation_id, 0, 100_000)


async def test_the_web_process_is_killed_again_and_again_and_the_bot_never_speaks_while_staff_do(stage):
    web, rasa = stage(**FAST)
    open_shop(web)
    token = web.session()["token"]
    over = asyncio.Event()
    async with GatewayClient(web.url, token) as client:
        talk = (await client.connected())["conversation"]
        workers = [
            asyncio.create_task(takes_turns(web, *employ(web, name), talk, over)) for name in ("Mira", "Jonas")
        ]
        killer = asyncio.create_task(kills(web, talk))
        for number in range(MESSAGES):
            await client.send(f"message {number}")
        await asyncio.wait_for(killer, 4 * PATIENCE_S)
        over.set()
        turns = await asyncio.wait_for(asyncio.gather(*workers), 4 * PATIENCE_S)
        await client.send("the last one")
        wait_until(lambda: transcript(web, talk)[-1].text == "You said: the last one", "the bot has the last word")

    assert min(turns) > len(KILLED_AFTER), f"staff had {turns} turns: too few to say anything"
    said = transcript(web, talk)
    assert [message.seq for message in said] == list(range(1, len(said) + 1))
    holder = None
    for message in said:
        if message.sender == "system" and message.text.endswith(" has joined."):
            assert holder is None
            holder = message.text.split()[0]
        elif message.sender == "system":
            assert message.text == f"{holder} has handed you back to the assistant."
            holder = None
        elif message.sender == "staff":
            assert message.payload["name"] == holder
        elif message.sender == "bot":
            assert holder is None
    everything_is_answered_or_was_told(said, rasa.of(talk))


async def kills(web, talk):
    for count in KILLED_AFTER:
        while len(await asyncio.to_thread(transcript, web, talk)) < count:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(web.kill)
        await asyncio.to_thread(web.start)


async def takes_turns(web, member, token, talk, over):
    """One of staff takes the conversation, says something, gives it back, until all is over; returns how often."""
    turns, unsent = 0, uuid.uuid4().hex
    while not over.is_set():
        with contextlib.suppress(OSError, WebSocketException):
            async with at_desk(web, member, token) as desk:
                await desk.watch(talk)
                while not over.is_set():
                    await desk.do("take", talk)
                    if not await holds(desk, member):
                        continue
                    await desk.tell(talk, f"word {turns}", unsent)
                    await desk.until("ack", id=unsent)
                    await desk.do("give_back", talk)
                    await desk.until("standing", assigned_to=None)
                    turns, unsent = turns + 1, uuid.uuid4().hex
                    await asyncio.sleep(BREATH_S)
    with web.database().session() as db:  # one who was cut off in the middle lets go
        if takeover.standing(db, talk).assigned_to == member.staff_id:
            takeover.give_back(db, talk, member.staff_id)
            conversations.add_system_message(db, talk, f"{member.name} has handed you back to the assistant.")
    return turns


async def holds(desk, member):
    """Whether the take led to holding it: the next word about it is a standing of one's own, or a refusal."""
    while True:
        frame = await desk.next()
        if frame["type"] == "standing" and frame["assigned_to"] == member.staff_id:
            return True
        if frame["type"] == "error":
            return False


def everything_is_answered_or_was_told(said, received):
    """Each word of the shopper was answered, or staff had it, and the bot was told before it answered again."""
    theirs = [message for message in said if message.sender == "staff" or (
        message.sender == "shopper" and message.state is None
    )]
    assert all(message.state in ("answered", None) for message in said)
    known = set()
    for body in received:
        if "told" in body:
            known |= {int(each["message_id"].rpartition("-")[2]) for each in body["told"]}
        else:
            before = [message.seq for message in theirs if message.seq < body["metadata"]["seq"]]
            assert known >= set(before)
    assert known == {message.seq for message in theirs}


async def test_who_waits_is_not_forgotten_while_the_web_process_is_away(stage):
    web, rasa = stage(handover_wait_s=2)
    open_shop(web)
    member, token = employ(web, "Mira")
    bot_that_fetches_people(rasa, web)
    async with GatewayClient(web.url, web.session()["token"]) as client:
        talk = (await client.connected())["conversation"]
        async with at_desk(web, member, token) as desk:
            await desk.send({"type": "available", "on": True})
            await desk.until("queue", available=True)
            await client.send("A person, please")
            await desk.until("queue")
        wait_until(lambda: any(m.sender == "bot" for m in transcript(web, talk)), "somebody is called")
        await asyncio.to_thread(web.kill)
        await asyncio.to_thread(web.start)
        wait_until(lambda: transcript(web, talk)[-1].text.startswith("I am sorry, nobody"), "the shopper is told")
    with web.database().session() as db:
        assert takeover.standing(db, talk).status == "bot"


async def test_what_nobody_came_for_is_answered_even_where_the_process_dies_in_between(stage):
    """As it would be found after a crash between giving back and answering: pending, and answered at the next start."""
    web, _ = stage()
    open_shop(web)
    member, _ = employ(web, "Mira")
    web.kill()
    with web.database().session() as db:
        talk = conversations.open_conversation(db, Owner(visitor_id=tokens.new_visitor_id())).id
        takeover.take(db, talk, member.staff_id)
        conversations.add_shopper_message(db, talk, "message-1", "It is order 104312")
        takeover.give_back(db, talk, member.staff_id)
        conversations.add_shopper_message(db, talk, "message-2", "Where is it?")
    web.start()
    wait_until(lambda: transcript(web, talk)[-1].text == "You said: Where is it?", "it is answered")
