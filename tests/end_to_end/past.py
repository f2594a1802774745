"""Weeks of conversations for an empty console: played with the running bot in a minute, then moved into the past."""
from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from benchmarks.stack import Stack
from commands.load_scripts import Persona, Talk, read_scripts, shop_words
from shop import conversations, daily_figures, schema, takeover
from shop.clock import utc_now
from shop.database import Database
from shop.owner import Owner
from web.gateway.client import GatewayClient, open_session

DAYS = 56
AT_ONCE = 4
# What no shop assistant can know, in the words of several people each.
NOT_ANSWERED = (
    ("do you sell gift cards", "can I buy a gift card for my sister", "gift cards?", "I would like a gift voucher",
     "how much can I put on a gift card"),
    ("is there a student discount", "do students get it cheaper", "student discount code"),
    ("are you hiring at the moment", "how do I apply for a job", "do you have open positions"),
    ("can you resole my hiking boots", "do you repair shoes", "my zip is broken, can you mend it"),
    ("do you wrap presents", "can it come gift wrapped", "is gift wrapping possible"),
)  # fmt: skip
PERSON = ("can I talk to a person please", "I would rather talk to somebody", "get me a human")
# Where it is said when something happened in a conversation.
MOMENTS = (
    (schema.messages, ("at",)), (schema.written_replies, ("at",)), (schema.review_reasons, ("at",)),
    (schema.exposures, ("at",)), (schema.clicks, ("at",)),
    (schema.handovers, ("requested_at", "taken_at", "answered_at", "ended_at")), (schema.tickets, ("created_at",)),
)  # fmt: skip


@dataclass(frozen=True)
class Played:
    """A conversation that was played, and how long ago it is to have been."""

    conversation_id: str
    ago: timedelta


def play(stack: Stack, database: Database, staff_id: int, talks: int = 200, seed: int = 7) -> list[Played]:
    """Play ``talks`` conversations, let one of staff take those that ask for a person, move all into the past.

    The member has to be available, and the shop open. Returns what was played, and counts the days.
    """
    chance = random.Random(seed)  # noqa: S311 - the same seed plays the same
    played = asyncio.run(_play_all(stack, database, talks, chance))
    with database.session() as db:
        for each in played:
            _serve(db, each.conversation_id, staff_id, chance)
    with database.session() as db:
        for each in played:
            _move(db, each)
    daily_figures.refresh(database, everything=True)
    return played


async def _play_all(stack: Stack, database: Database, talks: int, chance: random.Random) -> list[Played]:
    api_secret, now, placed = stack.secret("api"), utc_now(), schema.orders.c
    with database.session() as db:
        words = shop_words(db)
        buyers = db.execute(
            select(placed.customer_id, placed.number, placed.email, placed.placed_at)
            .where(placed.customer_id.is_not(None), placed.placed_at > now - timedelta(days=DAYS))
            .order_by(placed.number)
        ).all()  # fmt: skip
    scripts, gate = read_scripts(), asyncio.Semaphore(AT_ONCE)
    people = iter(chance.sample(buyers, min(len(buyers), talks)))

    async def one(number: int) -> Played:
        buyer = next(people, None) if number % 3 == 0 else None
        ago = timedelta(days=chance.triangular(0.02, DAYS, 5), minutes=chance.uniform(0, 600))
        persona = Persona()
        if buyer is not None:  # some of them talk before they order
            persona = Persona(buyer.customer_id, buyer.number, buyer.email)
            ago = max(timedelta(hours=1), now - buyer.placed_at + timedelta(days=chance.uniform(-3, 4)))
        said = Talk(scripts, persona, words, f"{number}").next()
        if chance.random() < 0.16:
            said.insert(chance.randrange(len(said)), chance.choice(chance.choice(NOT_ANSWERED)))
        if chance.random() < 0.12:
            said.append(chance.choice(PERSON))
        async with gate:
            return Played(await _say(stack.url, database, api_secret, persona.customer_id, said), ago)

    return await asyncio.gather(*(one(number) for number in range(talks)))


async def _say(url: str, database: Database, api_secret: str, customer_id: str | None, said: list[str]) -> str:
    """One conversation from beginning to end; returns its id."""
    if customer_id is not None:
        with database.session() as db:
            conversations.open_conversation(db, Owner(customer_id, None))  # not the one of last time
    token = await open_session(url, api_secret=api_secret if customer_id else None, customer_id=customer_id)
    async with GatewayClient(url, token) as client:
        talk = (await client.connected())["conversation"]
        for sentence in said:
            ack = await client.send(sentence)
            async for message in client.messages():
                if message.get("in_reply_to") == ack.seq:
                    break
    return talk


def _serve(db, talk: str, staff_id: int, chance: random.Random) -> None:
    """What happened besides: thumbs, and where a person was asked for, one who came and was rated."""
    for message in conversations.messages_after(db, talk, limit=100):
        if message.sender == "bot" and chance.random() < 0.12:
            conversations.set_feedback(db, talk, message.seq, "up" if chance.random() < 0.7 else "down")
    if takeover.standing(db, talk).status != "waiting" or chance.random() < 0.1:
        return
    takeover.take(db, talk, staff_id, expected=("waiting",))
    takeover.say(db, talk, staff_id, "Good day, I have read what you were looking for. One moment, please.")
    takeover.resolve(db, talk, staff_id)
    if chance.random() < 0.7:  # as the gateway would have asked, which knows nothing of this
        rating = {"csat": chance.choice((3, 4, 4, 5, 5, 5)), "csat_at": utc_now()}
        db.execute(update(schema.conversations).where(schema.conversations.c.id == talk).values(rating))
    waited = timedelta(seconds=chance.uniform(15, 240))
    table = schema.handovers
    for row in db.execute(select(table).where(table.c.conversation_id == talk)).all():
        later = {name: getattr(row, name) + waited for name in ("taken_at", "answered_at", "ended_at")
                 if getattr(row, name) is not None}  # fmt: skip
        db.execute(update(table).where(table.c.id == row.id).values(later))


def _move(db, each: Played) -> None:
    """Everything of the conversation happens so much earlier."""

    def earlier(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment - each.ago

    for table, names in MOMENTS:
        key = list(table.primary_key.columns)
        for row in db.execute(select(table).where(table.c.conversation_id == each.conversation_id)).all():
            of_row = [column == getattr(row, column.name) for column in key]
            db.execute(update(table).where(*of_row).values({name: earlier(getattr(row, name)) for name in names}))
    table = schema.conversations
    row = db.execute(select(table).where(table.c.id == each.conversation_id)).one()
    names = ("opened_at", "last_at", "csat_at", "waiting_since")
    db.execute(update(table).where(table.c.id == row.id).values({name: earlier(getattr(row, name)) for name in names}))
