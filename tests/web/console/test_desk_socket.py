"""The console's socket: who may open it, what each may do, and what they see happen."""
from __future__ import annotations

import asyncio
import json
import uuid

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shop import conversations, customers, staff, staff_sessions
from shop.owner import Owner
from tests.web.console import desk_stage
from tests.web.console.desk_stage import at_desk, console_socket, employ
from tests.web.gateway_stage import PATIENCE_S
from web.console import socket as console_ws

pytestmark = pytest.mark.anyio

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture
def shop(web, rasa):
    """The real web process in a shop that is always open, with a bot that fetches people."""
    desk_stage.open_shop(web)
    desk_stage.bot_that_fetches_people(rasa, web)
    return web


async def until_available(agent) -> None:
    await agent.send({"type": "available", "on": True})
    await agent.until("queue", available=True)


async def in_queue(agent, part: str, conversation: str) -> dict:
    """The conversation's row once it stands in that part of the queue."""
    while True:
        frame = await agent.until("queue")
        for row in frame[part]:
            if row["conversation"] == conversation:
                return row


async def waiting_shopper(shop, agent, tab) -> None:
    """The shopper of ``tab`` asks for a person, and waits."""
    await until_available(agent)
    await tab.ask("a person please")
    await in_queue(agent, "waiting", tab.conversation)


async def test_from_question_to_answer_and_back_to_the_bot(shop):
    mia, token = employ(shop, "Mia", sees_customers=True)
    async with at_desk(shop, mia, token) as agent, shop.tab() as tab:
        await waiting_shopper(shop, agent, tab)
        history = await agent.watch(tab.conversation)
        said = [message["text"] for message in history["messages"]]
        assert said[:2] == ["a person please", "I am fetching a colleague."]
        assert (await agent.until("standing"))["status"] == "waiting"
        await agent.do("take", tab.conversation)
        taken = await agent.until("standing", status="staff")
        assert (taken["assigned_to"], taken["holder"]) == (mia.staff_id, "Mia")
        await tab.until("standing", status="staff", agent="Mia")

        await tab.send({"type": "typing"})
        await agent.until("typing", who="shopper", on=True)
        await tab.say("are you there?")
        assert (await agent.until("message", text="are you there?"))["sender"] == "shopper"
        await agent.do("typing", tab.conversation, on=True)
        await tab.until("typing", on=True, agent="Mia")
        message_id = await agent.tell(tab.conversation, "Yes, I am.")
        ack = await agent.until("ack", id=message_id)
        said = await tab.until("message", sender="staff")
        assert (said["text"], said["seq"], said["name"]) == ("Yes, I am.", ack["seq"], "Mia")

        await agent.do("give_back", tab.conversation)
        await agent.until("standing", status="bot")
        assert (await tab.ask("and now?"))["sender"] == "bot"
        await agent.until("message", sender="bot", text="You said: and now?")


async def test_a_message_sent_again_after_a_reconnect_is_said_once(shop):
    mia, token = employ(shop, "Mia")
    message_id = uuid.uuid4().hex
    async with shop.tab() as tab:
        async with at_desk(shop, mia, token) as agent:
            await tab.ask("hello")
            await agent.watch(tab.conversation)
            await agent.do("take", tab.conversation)
            await agent.until("standing", status="staff")
            await agent.tell(tab.conversation, "Good day.", message_id)
            first = await agent.until("ack", id=message_id)
        async with at_desk(shop, mia, token) as agent:
            history = await agent.watch(tab.conversation, after=first["seq"] - 1)
            assert [(each["seq"], each["id"]) for each in history["messages"]] == [(first["seq"], message_id)]
            await agent.tell(tab.conversation, "Good day.", message_id)
            assert (await agent.until("ack", id=message_id))["seq"] == first["seq"]
        await tab.settled()
        assert [message["text"] for message in tab.messages() if message["sender"] == "staff"] == ["Good day."]


async def test_colleagues_see_who_else_looks_and_what_is_said(shop):
    (mia, first), (ben, second) = employ(shop, "Mia"), employ(shop, "Ben")
    async with at_desk(shop, mia, first) as one, at_desk(shop, ben, second) as other, shop.tab() as tab:
        await tab.ask("hello")
        await one.watch(tab.conversation)
        await other.watch(tab.conversation)
        assert (await one.until("others", names=["Ben"]))["conversation"] == tab.conversation
        await other.until("others", names=["Mia"])
        await one.do("take", tab.conversation)
        await one.tell(tab.conversation, "I am on it.")
        assert (await other.until("message", sender="staff"))["name"] == "Mia"
        await other.send({"type": "unwatch"})
        await one.until("others", names=[])
        await other.send({"type": "looking", "conversation": tab.conversation})  # its transcript, in another window
        await one.until("others", names=["Ben"])


async def test_of_two_who_take_it_at_once_one_has_it(shop):
    (mia, first), (ben, second) = employ(shop, "Mia"), employ(shop, "Ben")
    async with at_desk(shop, mia, first) as one, at_desk(shop, ben, second) as other, shop.tab() as tab:
        await tab.ask("hello")
        await one.do("take", tab.conversation)
        await in_queue(one, "mine", tab.conversation)
        await other.do("take", tab.conversation)
        refusal = await other.until("error")
        assert refusal["code"] == "taken" and "Mia" in refusal["message"]
        for kind in ("give_back", "resolve"):
            await other.do(kind, tab.conversation)
            assert (await other.until("error"))["code"] == "not_yours"
        message_id = await other.tell(tab.conversation, "Me too.")
        assert (await other.until("error", id=message_id))["code"] == "not_yours"
        await other.watch(tab.conversation)
        await other.do("typing", tab.conversation, on=True)
        await other.settled()
        await tab.settled()
        assert not any(frame["type"] == "typing" and frame.get("agent") for frame in tab.frames)
        assert not any(message["sender"] == "staff" for message in tab.messages())


async def test_a_conversation_is_passed_to_a_colleague(shop):
    (mia, first), (ben, second) = employ(shop, "Mia"), employ(shop, "Ben")
    async with at_desk(shop, mia, first) as one, at_desk(shop, ben, second) as other, shop.tab() as tab:
        await tab.ask("hello")
        await one.do("take", tab.conversation)
        await in_queue(one, "mine", tab.conversation)
        await one.do("assign", tab.conversation, staff=ben.staff_id)
        row = await in_queue(other, "mine", tab.conversation)
        assert row["holder"] == "Ben"
        assert (await in_queue(one, "others", tab.conversation))["holder"] == "Ben"
        await one.do("assign", tab.conversation, staff=999_999)
        assert (await one.until("error"))["code"] in ("not_found", "not_yours")


async def test_resolved_asks_the_shopper_and_the_agent_reads_the_answer(shop):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent, shop.tab() as tab:
        await tab.ask("hello")
        await agent.watch(tab.conversation)
        await agent.do("take", tab.conversation)
        await agent.do("resolve", tab.conversation)
        await agent.until("standing", status="resolved")
        await tab.until("message", sender="system", csat=True)
        await tab.send({"type": "csat", "value": 5})
        assert (await agent.until("message", sender="system", csat=5))["conversation"] == tab.conversation


async def test_the_shopper_having_read_it_is_seen(shop):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent, shop.tab() as tab:
        reply = await tab.ask("hello")
        await agent.watch(tab.conversation)
        await tab.send({"type": "read", "seq": reply["seq"]})
        await agent.until("read", conversation=tab.conversation, seq=reply["seq"])


# ---- who sees what


async def test_who_may_not_see_customers_reads_masked_words(shop):
    (mia, first), (ben, second) = employ(shop, "Mia", sees_customers=True), employ(shop, "Ben")
    database = shop.database()
    with database.session() as db:
        ada = customers.create(db, f"{uuid.uuid4().hex}@example.com", "Ada", "Stone")
    database.close()
    token = shop.session(customer_id=ada.customer_id)["token"]
    async with at_desk(shop, mia, first) as seeing, at_desk(shop, ben, second) as masked, shop.tab(token) as tab:
        await tab.ask("I am Ada Stone, my order is 104312")
        assert "104312" in str(await seeing.watch(tab.conversation))
        history = str(await masked.watch(tab.conversation))
        assert "104312" not in history and "Stone" not in history
        await seeing.do("take", tab.conversation)
        await tab.say(f"write to {ada.email}")
        assert ada.email in (await seeing.until("message", sender="shopper"))["text"]
        assert (await masked.until("message", sender="shopper"))["text"] == "write to [e-mail]"
        row = await in_queue(masked, "others", tab.conversation)
        assert (row["name"], row["said"]) == (f"Customer {tab.conversation[:4]}", "write to [e-mail]")
        assert (await in_queue(seeing, "mine", tab.conversation))["name"] == "Ada Stone"
        assert not any(word in json.dumps(masked.frames) for word in (ada.email, "104312", "Stone"))


@pytest.mark.parametrize("role", ["viewer", "reviewer", "trainer"])
async def test_who_may_not_take_over_may_only_look(shop, role):
    member, token = employ(shop, "Vera", role)
    async with at_desk(shop, member, token) as agent, shop.tab() as tab:
        await tab.ask("hello")
        await agent.watch(tab.conversation)
        for kind, more in (
            ("take", {}), ("give_back", {}), ("resolve", {}), ("typing", {"on": True}), ("suggest", {}),
            ("assign", {"staff": member.staff_id}), ("say", {"id": "a" * 12, "text": "Hello"}),
        ):
            await agent.do(kind, tab.conversation, **more)
            assert (await agent.until("error"))["code"] == "not_allowed", kind
        await agent.send({"type": "available", "on": True})
        assert (await agent.until("error"))["code"] == "not_allowed"
        await tab.say("still there?")
        await agent.until("message", text="still there?")
        assert not any(frame["type"] == "queue" for frame in await agent.settled())
        assert not any(message["sender"] in ("staff", "system") for message in tab.messages())


async def test_what_happens_elsewhere_is_told_to_nobody_else(shop):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent, shop.tab() as watched, shop.tab() as other:
        await watched.ask("hello")
        await agent.watch(watched.conversation)
        await other.ask("a secret of mine")
        await other.send({"type": "typing"})
        await other.settled()
        assert "a secret of mine" not in json.dumps(await agent.settled())


@pytest.mark.parametrize("conversation", ["0" * 32, "x", "../../etc", "", None, 7])
async def test_a_conversation_that_is_not_there_cannot_be_opened(shop, conversation):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent:
        await agent.send({"type": "watch", "conversation": conversation})
        assert (await agent.until("error"))["code"] in ("not_found", "bad_field")
        await agent.send({"type": "take", "conversation": conversation})
        assert (await agent.until("error"))["code"] in ("not_found", "bad_field")


# ---- the door


async def closed_with(web, token, origin) -> int:
    async with console_socket(web, token, origin) as tab:
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await tab.next()
        return tab.opened.close_code


@pytest.mark.parametrize("origin", ["https://evil.test", None, "null", "http://127.0.0.1.evil.test"])
async def test_no_page_of_another_site_opens_the_socket(shop, origin):
    _, token = employ(shop, "Mia")
    with pytest.raises(InvalidStatus) as refused:
        async with console_socket(shop, token, origin):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("token", [None, "", "x" * 43, "x" * 4000])
async def test_nobody_comes_in_without_a_session(shop, token):
    assert await closed_with(shop, token, shop.url) == 4401


async def test_a_shoppers_token_opens_no_console(shop):
    assert await closed_with(shop, shop.session()["token"], shop.url) == 4401


async def test_who_signs_out_or_is_dismissed_is_thrown_out(shop):
    (mia, first), (ben, second) = employ(shop, "Mia"), employ(shop, "Ben")
    async with at_desk(shop, mia, first) as one, at_desk(shop, ben, second) as other:
        desk_stage.dismiss(shop, mia)
        database = shop.database()
        with database.session() as db:
            staff_sessions.end(db, second)
        database.close()
        for agent in (one, other):
            with pytest.raises(ConnectionClosed):
                async with asyncio.timeout(PATIENCE_S):
                    while True:
                        await agent.next()
            assert agent.opened.close_code == 4401


async def test_a_role_that_was_taken_away_counts_at_once(shop):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent, shop.tab() as tab:
        await tab.ask("hello")
        database = shop.database()
        with database.session() as db:
            staff.change(db, mia.staff_id, role="viewer")
        database.close()
        # The very next thing done is refused by the shop itself, or the socket is closed by the check before it.
        await agent.do("take", tab.conversation)
        with pytest.raises((ConnectionClosed, TimeoutError)):
            async with asyncio.timeout(PATIENCE_S):
                assert (await agent.until("error"))["code"] in ("may_not", "not_allowed")
                await agent.until("never")
        assert agent.opened.close_code == 1012


# ---- what does not fit


@pytest.mark.parametrize(("frame", "code"), [
    ("{", "bad_json"), ("[]", "bad_json"), ("7", "bad_json"), (b"\x00", "bad_json"), ("[" * 9000, "bad_json"),
    ({"type": "shutdown"}, "unknown_type"), ({"type": ["take"]}, "unknown_type"), ({}, "unknown_type"),
    ({"type": "watch", "conversation": "a" * 32, "after": -1}, "bad_field"),
    ({"type": "watch", "conversation": "a" * 32, "after": True}, "bad_field"),
    ({"type": "available", "on": "yes"}, "bad_field"), ({"type": "available"}, "bad_field"),
    ({"type": "say", "conversation": "a" * 32, "id": "short", "text": "Hi"}, "bad_field"),
    ({"type": "say", "conversation": "a" * 32, "id": "a" * 59, "text": "Hi"}, "bad_field"),
    ({"type": "say", "conversation": "a" * 32, "id": "a" * 12, "text": "  "}, "bad_field"),
    ({"type": "say", "conversation": "a" * 32, "id": "a" * 12, "text": "x" * 2001}, "bad_field"),
    ({"type": "say", "conversation": "a" * 32, "id": "a" * 12, "text": 5}, "bad_field"),
    ({"type": "assign", "conversation": "a" * 32, "staff": 2**31}, "bad_field"),
    ({"type": "say", "conversation": "a" * 32, "id": "a" * 12, "text": "x" * 17_000}, "too_large"),
])  # fmt: skip
async def test_a_frame_that_does_not_fit_is_refused_and_the_socket_stays(shop, frame, code):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent:
        await agent.send(frame)
        assert (await agent.until("error"))["code"] == code
        await agent.settled()


async def test_a_huge_frame_closes_the_socket(shop):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent:
        with pytest.raises(ConnectionClosed):
            await agent.send("x" * 2_000_000)
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await agent.next()


async def test_who_sends_far_too_many_frames_is_told_to_wait(shop):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent:
        for _ in range(console_ws.FRAMES_BURST + 20):
            await agent.send({"type": "ping"})
        assert (await agent.until("error"))["code"] == "rate_limited"


async def test_nobody_opens_sockets_without_end(shop):
    _, token = employ(shop, "Mia")
    opened = [console_socket(shop, token, shop.url) for _ in range(console_ws.MOST_SOCKETS)]
    tabs = [await each.__aenter__() for each in opened]
    try:
        for tab in tabs:
            await tab.until("welcome")
        assert await closed_with(shop, token, shop.url) == 4429
    finally:
        for each in opened:
            await each.__aexit__(None, None, None)


async def test_a_script_in_a_message_is_text_on_both_screens(shop):
    mia, token = employ(shop, "Mia", sees_customers=True)
    async with at_desk(shop, mia, token) as agent, shop.tab() as tab:
        await tab.ask("hello")
        await agent.watch(tab.conversation)
        await agent.do("take", tab.conversation)
        await tab.say(EVIL)
        assert (await agent.until("message", sender="shopper"))["text"] == EVIL
        await agent.tell(tab.conversation, EVIL)
        assert (await tab.until("message", sender="staff"))["text"] == EVIL


async def test_a_long_conversation_is_opened_at_its_end(shop):
    mia, token = employ(shop, "Mia")
    database = shop.database()
    with database.session() as db:
        talk = conversations.open_conversation(db, Owner(visitor_id=uuid.uuid4().hex))
        for number in range(250):
            conversations.add_system_message(db, talk.id, f"note {number}")
    database.close()
    async with at_desk(shop, mia, token) as agent:
        history = await agent.watch(talk.id)
        assert (len(history["messages"]), history["more"], history["seq"]) == (200, True, 250)
        assert history["messages"][-1]["text"] == "note 249"
        again = await agent.watch(talk.id, after=248)
        assert ([each["seq"] for each in again["messages"]], again["more"]) == ([249, 250], False)


async def test_without_the_action_server_the_desk_says_that_nothing_can_be_suggested(shop):
    mia, token = employ(shop, "Mia")
    async with at_desk(shop, mia, token) as agent, shop.tab() as tab:
        await tab.ask("hello")
        await agent.do("suggest", tab.conversation)
        frame = await agent.until("suggestions")
        assert frame["suggestions"] == [] and "Canned replies" in frame["note"]
