"""The hub of the consoles: who is there, who is available, and that nothing in it ever holds the gateway up."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shop import conversations, staff, takeover
from shop.database import open_database
from shop.owner import Owner
from shop.settings import Settings
from shop.takeover import Standing
from tests.shop.takeover_stage import keep_hours
from tests.web.gateway_stage import PATIENCE_S
from web.console import live as live_module
from web.console.live import Console, Live
from web.gateway.transcripts import Transcripts

pytestmark = pytest.mark.anyio
TALK = "a" * 32


class Screen:
    """A connection that keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.broken = False

    def send(self, frame: dict[str, Any] | str) -> None:
        if self.broken:
            raise RuntimeError("this screen is broken")
        self.frames.append(frame if isinstance(frame, dict) else {"type": "queue", "text": frame})

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]


@pytest.fixture
def database(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'shop.db'}")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def member(database):
    def make(name: str, role: str = "agent") -> staff.Member:
        with database.session() as db:
            keep_hours(db)
            return staff.add(db, f"{name.lower()}@shop.test", name, role, sees_customers=True)

    return make


@pytest.fixture
async def live(database, monkeypatch):
    monkeypatch.setattr(live_module, "GRACE_S", 0.05)
    monkeypatch.setattr(live_module, "QUEUE_EVERY_S", 0.01)
    transcripts = Transcripts(database, 2)
    hub = Live(Settings({}), transcripts)
    await hub.start()
    yield hub
    await hub.stop()
    transcripts.close()


def console(live: Live, member: staff.Member) -> Console:
    opened = Console(Screen(), member)
    live.enter(opened)
    return opened


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def stands(database, staff_id: int) -> staff.Member:
    with database.session() as db:
        return staff.member(db, staff_id)


async def test_an_open_console_is_seen_and_a_closed_one_takes_no_conversations(live, database, member):
    mia = member("Mia")
    first, second = console(live, mia), console(live, mia)
    await until(lambda: stands(database, mia.staff_id).is_present())
    with database.session() as db:
        staff.set_available(db, mia.staff_id, True)
    live.leave(first)
    live.leave(second)
    third = console(live, mia)  # the next page, within the grace
    assert not live._leaving
    assert stands(database, mia.staff_id).available
    live.leave(third)
    await until(lambda: not stands(database, mia.staff_id).available)


async def test_presence_is_renewed_for_as_long_as_a_console_is_open(live, database, member, monkeypatch):
    mia = member("Mia")
    seen = []
    monkeypatch.setattr(live_module, "RENEW_S", 0.01)
    monkeypatch.setattr(live_module.staff, "seen", lambda db, staff_id: seen.append(staff_id))
    renewing = asyncio.create_task(live._renew())
    opened = console(live, mia)
    await until(lambda: seen.count(mia.staff_id) > 2)
    live.leave(opened)
    renewing.cancel()


async def test_the_queue_is_sent_when_it_changes_and_to_who_has_a_desk_alone(live, database, member):
    mia, vera = member("Mia"), member("Vera", "viewer")
    desk, reader = console(live, mia), console(live, vera)
    await until(lambda: desk.connection.of("queue"))
    with database.session() as db:
        staff.set_available(db, mia.staff_id, True)
        talk = conversations.open_conversation(db, Owner(visitor_id="f" * 32))
        message, _ = conversations.add_shopper_message(db, talk.id, "said-1", "somebody please")
        standing = takeover.request(db, talk.id, "asked", message.seq)
    live.standing(talk.id, standing)
    await until(lambda: "somebody please" in desk.connection.of("queue")[-1]["text"])
    with database.session() as db:
        conversations.add_shopper_message(db, talk.id, "said-2", "hello?")
    live.message(talk.id, {"seq": 2, "sender": "shopper", "text": "hello?"})
    await until(lambda: "hello?" in desk.connection.of("queue")[-1]["text"])
    assert reader.connection.of("queue") == []


async def test_a_queue_that_cannot_be_read_is_read_again(live, member, monkeypatch, caplog):
    tries = []
    read = live_module._read

    def broken_once(db, masked):
        tries.append(masked)
        if len(tries) == 1:
            raise RuntimeError("the database is busy")
        return read(db, masked)

    monkeypatch.setattr(live_module, "_read", broken_once)
    desk = console(live, member("Mia"))
    await until(lambda: desk.connection.of("queue"))
    assert "the database is busy" in caplog.text


async def test_a_broken_screen_does_not_hold_up_the_gateway(live, member, caplog):
    opened = console(live, member("Mia"))
    live.watch(opened, TALK, ())
    opened.connection.broken = True
    live.message(TALK, {"seq": 1, "sender": "shopper", "text": "hello"})
    live.standing(TALK, Standing("bot"))
    live.typing(TALK, "shopper", True)
    live.read(TALK, 1)
    live.message(TALK, None)
    assert caplog.text.count("could not be told") == 5


async def test_who_opens_a_conversation_sees_who_writes_in_it_already(live, member):
    first = console(live, member("Mia"))
    live.watch(first, TALK, ())
    live.typing(TALK, "shopper", True)
    second = console(live, member("Ben"))
    live.watch(second, TALK, ())
    assert second.connection.of("typing") == [{"type": "typing", "conversation": TALK, "who": "shopper", "on": True}]
    live.message(TALK, {"seq": 1, "sender": "shopper", "text": "hello"})
    third = console(live, member("Ida"))
    live.watch(third, TALK, ())
    assert third.connection.of("typing") == []


async def test_an_agent_is_not_told_of_the_own_writing(live, member):
    mia, ben = console(live, member("Mia")), console(live, member("Ben"))
    for each in (mia, ben):
        live.watch(each, TALK, ())
    live.typing(TALK, "Mia", True)
    assert mia.connection.of("typing") == []
    assert ben.connection.of("typing")[0]["who"] == "Mia"


async def test_nothing_is_remembered_of_a_conversation_that_nobody_looks_at(live, member):
    opened = console(live, member("Mia"))
    live.watch(opened, TALK, (("name", "Ada"),))
    live.look(opened, TALK)
    live.typing(TALK, "shopper", True)
    live.leave(opened)
    assert not (live._watching or live._looking or live._typing or live._known or live._consoles)


async def test_who_is_signed_out_reconnects_and_nobody_else(live, member):
    mia, ben = member("Mia"), member("Ben")
    hers, his = console(live, mia), console(live, ben)
    await asyncio.to_thread(live.close_member, mia.staff_id)
    await until(lambda: hers.connection.closed)
    assert hers.connection.closed[0] == 1012
    assert his.connection.closed is None
