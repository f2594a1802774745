"""A shopper and one of staff at once: asked for, joined, given back to a bot that knows what was said, and rated."""
from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import update

from benchmarks.stack import Stack
from shop import conversations, desk_queue, schema, staff, takeover, tickets
from shop.database import Database, open_database
from tests.shop.takeover_stage import keep_hours
from tests.web.console.desk_stage import at_desk, employ

from .talk import ANSWER_SECONDS, Talk


@dataclass(frozen=True)
class Door:
    """The running installation, as the desk's stage knows a web process."""

    stack: Stack

    @property
    def url(self) -> str:
        return self.stack.url

    @property
    def port(self) -> int:
        return self.stack.ports["web"]

    def database(self) -> Database:
        return open_database(f"sqlite:///{self.stack.var / 'shop.db'}")


@pytest.fixture(scope="module")
def door(stack, database):
    with database.session() as db:
        before = keep_hours(db)
    yield Door(stack)
    with database.session() as db:
        for slug, facts in before.items():
            db.execute(update(schema.policies).where(schema.policies.c.slug == slug).values(facts=facts))


@pytest.fixture
def mira(door, database):
    """Mira and the token of her session; at the end she has gone home."""
    member, token = employ(door, "Mira")
    yield member, token
    with database.session() as db:
        staff.change(db, member.staff_id, active=False)


def standing(database, talk):
    with database.session() as db:
        return takeover.standing(db, talk.id)


async def available(desk):
    await desk.send({"type": "available", "on": True})
    await desk.until("queue", available=True)


async def heard(database, talk, text):
    """Say something that nobody answers at once, and wait until it stands in the transcript."""
    return (await talk.client.send(text)).seq


def test_an_agent_takes_over_gives_back_and_the_bot_goes_on_with_what_was_said(database, door, mira, cast):
    async def run() -> None:
        async with at_desk(door, *mira) as desk, Talk(door.stack, database) as talk:
            await available(desk)
            called = await talk.say("I would like to talk to a person please")
            assert standing(database, talk).status == "waiting"
            assert called.buttons == ["Carry on with the assistant"]
            await desk.watch(talk.id)
            await desk.do("take", talk.id)
            await desk.until("standing", status="staff")
            number = cast.fill("{guest.shipped}")
            await heard(database, talk, f"it is about order {number}")
            await desk.until("message", sender="shopper")
            await desk.tell(talk.id, "Thank you, the assistant can tell you where it is.")
            await desk.do("give_back", talk.id)
            await desk.until("standing", status="bot")
            asked = await talk.say("where is my parcel?")
            assert "validate_order_form" in asked.actions or "order_form" in asked.actions
            assert "order number" not in asked.text.lower(), asked.text
            proven = await talk.say(cast.fill("{guest.email}"))
            assert number in str(proven.drawn("order")) and "on its way" in proven.text
            await desk.do("take", talk.id)
            await desk.until("standing", status="staff")
            await desk.do("resolve", talk.id)
            await desk.until("standing", status="resolved")
            await talk.client.send_frame({"type": "csat", "value": 5})
            await until(lambda: rating(database, talk) == 5)
            transcript = said(database, talk)
        muted = False
        for message in transcript:
            if message.sender == "system":
                muted = message.text.endswith("has joined.")
            assert not (muted and message.sender == "bot")

    asyncio.run(run())


def test_while_nobody_is_free_an_address_is_taken_and_no_chat_is_promised(database, door, mira):
    async def run() -> None:
        async with Talk(door.stack, database) as talk:
            asked = await talk.say("I would like to talk to a person please")
            assert "e-mail" in asked.text
            told = await talk.say("gita@example.com")
            assert "gita@example.com" in told.text and "join us here" not in told.text
            assert standing(database, talk).status == "bot"
            with database.session() as db:
                ticket, = tickets.of_conversation(db, talk.id, "handover")
                assert desk_queue.contact_email(db, talk.id) == ticket.contact_email == "gita@example.com"
            assert ticket.reference in told.text

    asyncio.run(run())


def test_a_bot_that_failed_twice_offers_a_person_who_comes_for_that_reason(database, door, mira):
    async def run() -> None:
        async with at_desk(door, *mira) as desk, Talk(door.stack, database) as talk:
            await available(desk)
            for question in ("who won the football last night?", "what is the capital of France?"):
                await talk.say(question)
            await talk.press("Talk to a person")
            found = standing(database, talk)
            assert (found.status, found.reason) == ("waiting", "failed")
            await talk.press("Carry on")
            assert standing(database, talk).status == "bot"
            assert (await talk.say("I need a warm blanket")).drawn("cards")

    asyncio.run(run())


def said(database, talk):
    with database.session() as db:
        return conversations.messages_after(db, talk.id, 0, 1000)


def rating(database, talk):
    with database.session() as db:
        of_talk = schema.conversations.c.id == talk.id
        return db.execute(schema.conversations.select().where(of_talk)).one().csat


async def until(condition) -> None:
    async with asyncio.timeout(ANSWER_SECONDS):
        while not condition():
            await asyncio.sleep(0.05)
