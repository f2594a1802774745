"""A shopper asks for a person, one of staff joins, gives back, finishes: what all of them see, what the bot hears."""
from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from shop import conversations, schema, takeover, tickets
from shop.errors import NotAllowed, NotFound
from shop.owner import Owner
from tests.web.gateway_stage import echo, wait_until
from tests.web.handover_stage import open_house

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory):
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def house(shared_house):
    house, rasa = shared_house
    rasa.reset()
    rasa.answer = calls_a_person(house)
    house.onlooker.__init__()
    return house


@pytest.fixture
def rasa(house, shared_house):
    return shared_house[1]


@pytest.fixture(scope="module")
def mira(shared_house):
    return shared_house[0].hire("Mira")


@pytest.fixture(scope="module")
def jonas(shared_house, mira):
    return shared_house[0].hire("Jonas")


def calls_a_person(house):
    """What the bot's form does on "a person, please": in another process, while the gateway waits for its answer."""
    def answer(body):
        if "person" in body["message"] or body["message"].startswith("/human_handoff"):
            house.store(takeover.request, body["sender"], "asked", body["metadata"]["seq"])
            return {"messages": [{"text": "I have called a colleague."}], "turn": {"intent": "human_handoff"}}
        return echo(body)

    return answer


def senders(tab):
    return [(message["sender"], message["text"]) for message in tab.messages()]


async def asks_for_a_person(tab):
    await tab.ask("A person, please")
    return await tab.until("standing", status="waiting")


# ---- waiting


async def test_who_asks_for_a_person_waits_with_a_way_back(house, rasa, mira):
    async with house.tab() as tab:
        await asks_for_a_person(tab)
        assert [sender for sender, _ in senders(tab)] == ["shopper", "bot", "system"]
        assert tab.messages()[-1]["buttons"] == [{"title": "Carry on with the assistant"}]
        await tab.say("Hello?")
        await tab.until("message", text="Hello?")
        await tab.settled()
        assert [body["message"] for body in rasa.of(tab.conversation)] == ["A person, please"]
    assert [standing.status for standing in house.onlooker.standings] == ["waiting"]
    assert (house.onlooker.standings[0].reason, house.onlooker.standings[0].after_seq) == ("asked", 1)


async def test_what_was_asked_behind_a_wish_for_a_person_is_staffs_to_answer(house, rasa, mira):
    rasa.delay_s = 0.3
    async with house.tab() as tab:
        await tab.say("A person, please")
        await tab.say("And where is my parcel?")
        await tab.until("standing", status="waiting")
        await tab.settled()
        assert len(rasa.of(tab.conversation)) == 1
        assert {m["in_reply_to"] for m in tab.messages() if m["sender"] == "bot"} == {1}


async def test_a_shopper_carries_on_with_the_assistant_which_answers_what_was_said_meanwhile(house, rasa, mira):
    async with house.tab() as tab:
        await asks_for_a_person(tab)
        await tab.say("Do you have tents?")
        way_back = tab.messages()[2]["seq"]
        press = {"type": "choice", "id": "carry-on-1", "seq": way_back, "button": 0}
        await tab.send(press)
        await tab.until("standing", status="bot")
        await tab.until("message", text="You said: Do you have tents?")
        await tab.send(press)
        assert (await tab.until("ack", id="carry-on-1"))["seq"] == 5
        await tab.settled()
    assert senders(tab)[3:] == [
        ("shopper", "Do you have tents?"), ("shopper", "Carry on with the assistant"),
        ("system", "Here I am again. My colleagues know that you need nobody just now."),
        ("bot", "You said: Do you have tents?"),
    ]


async def test_a_way_back_pressed_as_somebody_joins_is_read_by_them(house, rasa, mira):
    async with house.tab() as tab:
        await asks_for_a_person(tab)
        await house.do("take", tab.conversation, mira, "Mira")
        await tab.send({"type": "choice", "id": "carry-on-2", "seq": 3, "button": 0})
        await tab.until("message", text="Carry on with the assistant")
        await tab.settled()
        assert house.store(takeover.standing, tab.conversation).agent == "Mira"
        assert senders(tab)[-1] == ("shopper", "Carry on with the assistant")


async def test_over_rest_nobody_is_promised_who_could_not_be_heard(house, rasa, mira):
    talk = house.store(conversations.open_conversation, Owner(visitor_id="a" * 32), "rest")
    house.store(conversations.add_shopper_message, talk.id, "message-1", "A person, please")
    assert house.store(takeover.request, talk.id, "asked", 1).status == "bot"
    with pytest.raises(NotAllowed):
        await house.do("take", talk.id, mira, "Mira")


# ---- staff


async def test_one_of_staff_joins_talks_and_hands_back(house, rasa, mira):
    async with house.tab() as tab, house.tab(tab.token) as phone:
        await asks_for_a_person(tab)
        await house.do("take", tab.conversation, mira, "Mira")
        assert (await tab.until("standing"))["agent"] == "Mira"
        message = await house.do("say", tab.conversation, mira, "Mira", "Good morning <b>Ada</b>.", "console-1")
        assert (await tab.until("message", sender="staff"))["name"] == "Mira"
        again = await house.do("say", tab.conversation, mira, "Mira", "Good morning <b>Ada</b>.", "console-1")
        assert again == message
        await tab.say("It is order 104312")
        await tab.until("message", text="It is order 104312")
        await house.do("give_back", tab.conversation, mira, "Mira")
        await tab.until("standing", status="bot")
        answer = await tab.ask("Where is it?")
        assert answer["text"] == "You said: Where is it?"
        await phone.until("message", text="You said: Where is it?")
        assert phone.messages() == tab.messages()
    assert senders(tab)[3:] == [
        ("system", "Mira from our team has joined."), ("staff", "Good morning <b>Ada</b>."),
        ("shopper", "It is order 104312"), ("system", "Mira has handed you back to the assistant."),
        ("shopper", "Where is it?"), ("bot", "You said: Where is it?"),
    ]
    assert [standing.status for standing in house.onlooker.standings] == ["waiting", "staff", "bot"]


async def test_staff_see_every_message_with_what_the_bot_made_of_it(house, rasa):
    async with house.tab() as tab:
        await tab.ask("Good morning")
    question, answer = house.onlooker.messages
    assert (question["sender"], question["intent"]) == ("shopper", None)
    assert (answer["sender"], answer["intent"], answer["confidence"]) == ("bot", "chitchat", 0.9)


async def test_the_bot_is_mute_from_the_moment_that_somebody_joins(house, rasa, mira):
    rasa.delay_s = 0.5
    async with house.tab() as tab:
        await tab.say("Where is my parcel?")
        await tab.until("typing", on=True)
        wait_until(lambda: rasa.at_work, "Rasa works on it")
        await house.do("take", tab.conversation, mira, "Mira")
        await tab.until("typing", on=False)
        wait_until(lambda: not rasa.at_work, "Rasa has finished")
        await tab.say("Hello?")
        await tab.until("message", text="Hello?")
        await tab.settled()
        assert "bot" not in {sender for sender, _ in senders(tab)}
        assert len(rasa.of(tab.conversation)) == 1
        assert house.store(conversations.pending, tab.conversation) == []


async def test_what_rasa_answers_too_late_is_refused_by_the_store(house, rasa, mira):
    """Staff took it in another process, so that this one still waits for Rasa."""
    def taken_meanwhile(body):
        assert house.store(takeover.take, body["sender"], mira)
        return echo(body)

    rasa.answer = taken_meanwhile
    async with house.tab() as tab:
        await tab.say("Where is my parcel?")
        await tab.until("typing", on=False)
        await tab.settled()
        assert senders(tab) == [("shopper", "Where is my parcel?")]


async def test_somebody_takes_over_while_rasa_is_away_and_the_shopper_is_not_told_to_wait_for_it(house, rasa, mira):
    async with house.tab() as tab:
        rasa.actions_there, rasa.delay_s = False, 60.0
        await tab.say("Anybody?")
        await tab.until("notice", code="bot_away")
        await house.do("take", tab.conversation, mira, "Mira")
        await tab.until("notice", code="bot_back")


async def test_of_two_who_take_a_conversation_one_has_it(house, rasa, mira, jonas):
    async with house.tab() as tab:
        people = {mira: "Mira", jonas: "Jonas"}
        outcomes = await asyncio.gather(
            *(house.do("take", tab.conversation, person, name) for person, name in people.items()),
            return_exceptions=True,
        )
        assert sorted(type(outcome) for outcome in outcomes if outcome) == [NotAllowed]
        await tab.settled()
        holder = house.store(takeover.standing, tab.conversation)
        assert senders(tab) == [("system", f"{holder.agent} from our team has joined.")]
        other = jonas if holder.assigned_to == mira else mira
        for name, *more in (("say", "Me too."), ("give_back",), ("resolve",)):
            with pytest.raises(NotAllowed):
                await house.do(name, tab.conversation, other, people[other], *more)


async def test_a_take_that_was_clicked_twice_is_announced_once(house, rasa, mira):
    async with house.tab() as tab:
        for _ in range(2):
            await house.do("take", tab.conversation, mira, "Mira")
        await tab.settled()
        assert senders(tab) == [("system", "Mira from our team has joined.")]


async def test_a_colleague_goes_on_and_the_shopper_is_told(house, rasa, mira, jonas):
    async with house.tab() as tab:
        await house.do("take", tab.conversation, mira, "Mira")
        with pytest.raises(NotAllowed):
            await house.do("assign", tab.conversation, jonas, jonas)
        await house.do("assign", tab.conversation, mira, jonas)
        await tab.until("standing", agent="Jonas")
        assert senders(tab)[-1] == ("system", "Mira has handed you on to Jonas.")


async def test_nobody_takes_a_conversation_that_does_not_exist(house, rasa, mira):
    with pytest.raises(NotFound):
        await house.do("take", "0" * 32, mira, "Mira")


async def test_a_tab_that_is_opened_later_shows_who_has_the_conversation(house, rasa, mira):
    async with house.tab() as tab:
        await house.do("take", tab.conversation, mira, "Mira")
        async with house.tab(tab.token) as later:
            assert await later.until("standing") == {"type": "standing", "status": "staff", "agent": "Mira"}


async def test_both_see_each_other_writing_and_reading(house, rasa, mira):
    async with house.tab() as tab:
        await house.do("take", tab.conversation, mira, "Mira")
        await house.do("typing", tab.conversation, "Mira", True)
        assert await tab.until("typing") == {"type": "typing", "on": True, "agent": "Mira"}
        await house.do("say", tab.conversation, mira, "Mira", "Good morning.")
        assert await tab.until("typing") == {"type": "typing", "on": False, "agent": "Mira"}
        await tab.send({"type": "typing"})
        await tab.send({"type": "read", "seq": 2})
        await tab.settled()
    assert ("shopper", True) in house.onlooker.typists
    assert house.onlooker.seen == [2]


# ---- what the bot is told


async def test_the_bot_knows_what_was_said_before_it_answers_again(house, rasa, mira):
    async with house.tab() as tab:
        await house.do("take", tab.conversation, mira, "Mira")
        await tab.say("It is order 104312")
        await tab.until("message", text="It is order 104312")
        await house.do("say", tab.conversation, mira, "Mira", "Thank you.")
        await house.do("give_back", tab.conversation, mira, "Mira")
        await tab.ask("Where is it?")
        await tab.ask("And now?")
        told, *asked = rasa.of(tab.conversation)
        assert [(each["sender"], each["text"]) for each in told["told"]] == [
            ("shopper", "It is order 104312"), ("staff", "Thank you."),
        ]
        assert told["told"][0]["message_id"] == f"{tab.conversation}-2"
        assert [body["message"] for body in asked] == ["Where is it?", "And now?"]


async def test_a_bot_that_cannot_be_told_yet_is_told_later_and_answers_then(house, rasa, mira):
    async with house.tab() as tab:
        await house.do("take", tab.conversation, mira, "Mira")
        await house.do("say", tab.conversation, mira, "Mira", "Your parcel comes on Monday.")
        await house.do("give_back", tab.conversation, mira, "Mira")
        rasa.hears = False
        await tab.say("Thank you")
        await tab.until("message", text="Thank you")
        await tab.settled()
        assert rasa.of(tab.conversation) == []
        rasa.hears = True
        await tab.until("message", text="You said: Thank you")
        assert len(rasa.told) == 1


# ---- nobody came


async def test_who_waits_in_vain_is_told_so_and_answered_by_the_bot(tmp_path):
    with open_house(tmp_path, handover_wait_s=1) as (house, rasa):
        house.hire("Mira")
        rasa.answer = calls_a_person(house)
        async with house.tab() as tab:
            await asks_for_a_person(tab)
            await tab.say("Hello?")
            await tab.until("standing", status="bot")
            await tab.until("message", text="You said: Hello?")
            sorry = tab.messages()[4]
            assert sorry["text"].startswith("I am sorry, nobody was free to join us.")
            assert sorry["buttons"] == [{"title": "Write to me by e-mail"}]
            await tab.send({"type": "choice", "id": "by-email-1", "seq": sorry["seq"], "button": 0})
            await tab.until("message", text="Write to me by e-mail")
            wait_until(lambda: len(rasa.of(tab.conversation)) == 3, "the bot is asked")
            assert rasa.of(tab.conversation)[-1]["message"] == '/human_handoff{"reply_by": "email"}'


async def test_who_left_an_address_reads_where_the_answer_goes(tmp_path):
    with open_house(tmp_path, handover_wait_s=1) as (house, rasa):
        house.hire("Mira")
        rasa.answer = calls_a_person(house)
        async with house.tab() as tab:
            options = {"conversation_id": tab.conversation, "contact_email": "ada@example.com"}
            ticket = house.store(lambda db: tickets.open_ticket(db, "handover", "", "m1", **options))
            await asks_for_a_person(tab)
            sorry = await tab.until("message", sender="system", buttons=None)
            promise = f"write to you at ada@example.com instead; your request is number {ticket.reference}"
            assert promise in sorry["text"]


async def test_a_shopper_whom_staff_left_alone_has_the_bot_again(tmp_path):
    with open_house(tmp_path, handover_wait_s=1) as (house, _):
        mira = house.hire("Mira")
        async with house.tab() as tab:
            await house.do("take", tab.conversation, mira, "Mira")
            await tab.say("Are you there?")
            gone = update(schema.staff).values(seen_at=None)
            house.store(lambda db: db.execute(gone))
            await tab.until("standing", status="bot")
            await tab.until("message", text="You said: Are you there?")
            assert tab.messages()[2]["text"].startswith("I am sorry, Mira is not there any more.")


# ---- how it was


async def test_a_finished_conversation_is_rated_once_and_the_rating_can_be_changed(house, rasa, mira):
    async with house.tab() as tab, house.tab(tab.token) as phone:
        await house.do("take", tab.conversation, mira, "Mira")
        await house.do("resolve", tab.conversation, mira, "Mira")
        await tab.until("standing", status="resolved")
        asked = tab.messages()[-1]
        assert (asked["sender"], asked["csat"]) == ("system", True)
        for value in (3, 5):
            await tab.send({"type": "csat", "value": value})
            assert await phone.until("csat") == {"type": "csat", "seq": asked["seq"], "value": value}
        async with house.tab(tab.token) as reloaded:
            assert (await reloaded.until("message", sender="system", csat=5))["seq"] == asked["seq"]
        row = house.store(lambda db: db.execute(
            schema.conversations.select().where(schema.conversations.c.id == tab.conversation)
        ).one())
        assert (row.csat, row.csat_at is not None) == (5, True)
        await tab.ask("One more thing")
        assert [frame["status"] for frame in tab.frames if frame["type"] == "standing"] == ["staff", "resolved", "bot"]


@pytest.mark.parametrize("value", [0, 6, "5", True, None, 4.5])
async def test_a_rating_that_is_none_is_refused(house, rasa, value):
    async with house.tab() as tab:
        await tab.send({"type": "csat", "value": value})
        assert (await tab.until("error"))["code"] == "bad_field"


async def test_what_nobody_finished_cannot_be_rated(house, rasa, mira):
    async with house.tab() as tab:
        await tab.send({"type": "csat", "value": 5})
        assert (await tab.until("error"))["code"] == "not_found"
        await house.do("take", tab.conversation, mira, "Mira")
        await house.do("resolve", tab.conversation, mira, "Mira")
        await house.do("take", tab.conversation, mira, "Mira")
        await tab.send({"type": "csat", "value": 5})
        assert (await tab.until("error"))["code"] == "not_found"
