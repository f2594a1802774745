"""A shopper talks to the shop through the gateway: stored, acknowledged, answered, shown in every tab."""
from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from shop import conversations, customers, takeover
from shop.schema import clicks, exposures
from tests.shop.takeover_stage import hire
from tests.web.gateway_stage import wait_until

pytestmark = pytest.mark.anyio

CARD = {"product_id": "P00123", "title": "Trail shoe", "price_cents": 8900, "url": "/product/P00123"}


def cards(body):
    return {
        "messages": [{
            "text": "Look at this one.",
            "buttons": [{"title": "Show more", "payload": "/show_more"}],
            "custom": {
                "cards": [CARD],
                "exposures": [{"product_id": "P00123", "position": 1, "probability": 0.5, "source": "search"}],
            },
        }],
        "turn": {"intent": "search_product", "confidence": 0.97, "entities": [], "actions": ["action_search"]},
    }


async def test_a_message_is_in_the_store_when_it_is_acknowledged(web, rasa):
    rasa.delay_s = 0.5
    async with web.tab() as tab:
        message_id = await tab.say("Do you have red shoes?")
        ack = await tab.until("ack", id=message_id)
        with web.database().session() as db:
            stored = conversations.message(db, tab.conversation, ack["seq"])
        assert (stored.text, stored.client_id, stored.state) == ("Do you have red shoes?", message_id, "pending")


async def test_a_shopper_gets_an_answer(web, rasa):
    async with web.tab() as tab:
        answer = await tab.ask("Good morning")
        assert (answer["sender"], answer["text"], answer["seq"]) == ("bot", "You said: Good morning", 2)
        with web.database().session() as db:
            question, reply = conversations.messages_after(db, tab.conversation)
    assert (question.state, question.intent, reply.in_reply_to) == ("answered", "chitchat", 1)


async def test_a_repeated_message_is_acknowledged_again_and_stored_once(web, rasa):
    async with web.tab() as tab:
        message_id = await tab.say("Only once, please")
        first = await tab.until("ack")
        await tab.until("message", sender="bot")
        await tab.say("Only once, please", message_id)
        second = await tab.until("ack")
        await tab.settled()
        assert second == first
        assert [m["sender"] for m in tab.messages()] == ["shopper", "bot"]
        assert len(rasa.of(tab.conversation)) == 1


async def test_messages_sent_without_waiting_are_answered_in_order(web, rasa):
    async with web.tab() as tab:
        for number in range(10):
            await tab.say(f"number {number}")
        await tab.until("message", text="You said: number 9")
        assert [body["message"] for body in rasa.of(tab.conversation)] == [f"number {n}" for n in range(10)]
        answers = [m["text"] for m in tab.messages() if m["sender"] == "bot"]
        assert answers == [f"You said: number {n}" for n in range(10)]
        seqs = [m["seq"] for m in tab.messages()]
        assert seqs == list(range(1, 21))


async def test_conversations_are_answered_at_the_same_time_but_eight_at_most(web, rasa):
    rasa.delay_s = 0.3
    async with asyncio.TaskGroup() as shoppers:
        for _ in range(12):
            shoppers.create_task(ask_in_a_tab(web))
    assert 2 <= rasa.most_at_work <= 8


async def ask_in_a_tab(web):
    async with web.tab() as tab:
        await tab.ask("Hello")


async def test_two_tabs_see_the_same(web, rasa):
    async with web.tab() as one, web.tab(one.token) as two:
        assert one.conversation == two.conversation
        await one.ask("from the first")
        await two.ask("from the second")
        await one.until("message", text="You said: from the second")
        assert one.messages() == two.messages()
        typing = [frame["on"] for frame in two.frames if frame["type"] == "typing"]
        assert typing == [True, False, True, False]


async def test_two_tabs_that_open_at_once_share_one_conversation(web, rasa):
    token = web.session()["token"]

    async def conversation():
        async with web.tab(token) as tab:
            return tab.conversation

    found = await asyncio.gather(*(conversation() for _ in range(8)))
    assert len(set(found)) == 1


async def test_a_shopper_who_comes_back_gets_what_was_missed_and_no_more(web, rasa):
    async with web.tab() as tab:
        await tab.ask("one")
        await tab.ask("two")
        token = tab.token
    async with web.tab(token, after=1) as tab:
        await tab.settled()
        assert [m["seq"] for m in tab.messages()] == [2, 3, 4]
        assert tab.welcome["seq"] == 4


async def test_an_answer_that_came_while_the_shopper_was_away_waits_for_them(web, rasa):
    rasa.delay_s = 0.3
    async with web.tab() as tab:
        await tab.say("I am leaving now")
        await tab.until("ack")
        token, conversation = tab.token, tab.conversation
    wait_until(lambda: not pending(web, conversation), "the answer is stored")
    async with web.tab(token) as tab:
        answer = await tab.until("message", sender="bot")
        assert answer["text"] == "You said: I am leaving now"


def pending(web, conversation):
    with web.database().session() as db:
        return conversations.pending(db, conversation)


async def test_a_long_history_comes_in_order_on_a_slow_line(web, rasa):
    async with web.tab() as tab:
        token, conversation = tab.token, tab.conversation
    with web.database().session() as db:
        for number in range(450):
            conversations.add_system_message(db, conversation, f"note {number}")
    async with web.tab(token) as tab:
        await tab.until("message", seq=450)
        assert [m["seq"] for m in tab.messages()] == list(range(1, 451))


async def test_a_message_stored_by_another_process_is_not_skipped(web, rasa):
    async with web.tab() as tab:
        with web.database().session() as db:
            conversations.add_system_message(db, tab.conversation, "We are closed tomorrow.")
        await tab.ask("Good to know")
        assert [(m["seq"], m["sender"]) for m in tab.messages()] == [(1, "system"), (2, "shopper"), (3, "bot")]


async def test_rasa_learns_who_speaks_from_the_token_and_where_from_the_page(web, rasa):
    with web.database().session() as db:
        customer_id = customers.create(db, "ada@example.com", "Ada", "Marlow").customer_id
    page = {"kind": "product", "product_id": "P00123"}
    token = web.session(customer_id=customer_id)["token"]
    async with web.tab(token, page=page, customer_id="C99999") as tab:
        assert tab.welcome["customer"] == {"first_name": "Ada"}
        await tab.send({"type": "message", "id": "abcdefgh", "text": "Hi", "customer_id": "C99999"})
        await tab.until("message", sender="bot")
        await tab.send({"type": "page", "page": {"kind": "cart"}})
        await tab.ask("And now?")
        first, second = (body["metadata"] for body in rasa.of(tab.conversation))
    assert (first["customer_id"], first["page"], first["locale"]) == (customer_id, page, "en")
    assert first["message_id"] == f"{tab.conversation}-1"
    assert second["page"] == {"kind": "cart"}


async def test_a_button_sends_the_payload_that_the_server_remembers(web, rasa):
    rasa.answer = cards
    async with web.tab() as tab:
        answer = await tab.ask("shoes")
        assert answer["buttons"] == [{"title": "Show more"}]
        await tab.send({"type": "choice", "id": "choice-1", "seq": answer["seq"], "button": 0, "payload": "/evil"})
        shown = await tab.until("message", sender="shopper")
        assert (shown["text"], shown["id"]) == ("Show more", "choice-1")
        await tab.until("message", sender="bot")
        assert rasa.of(tab.conversation)[1]["message"] == "/show_more"


async def test_a_button_of_the_greeting_is_a_choice_of_message_zero(web, rasa):
    async with web.tab() as tab:
        titles = [button["title"] for button in tab.welcome["greeting"]["buttons"]]
        await tab.send({"type": "choice", "id": "greeting-1", "seq": 0, "button": 2})
        await tab.until("message", sender="bot")
        assert tab.messages()[0]["text"] == titles[2]
        assert rasa.of(tab.conversation)[0]["message"] == "/track_order"


@pytest.mark.parametrize("seq, button", [(2, 1), (2, 63), (1, 0), (99, 0), (0, 60)])
async def test_a_button_that_was_never_shown_cannot_be_pressed(web, rasa, seq, button):
    rasa.answer = cards
    async with web.tab() as tab:
        await tab.ask("shoes")
        await tab.send({"type": "choice", "id": "choice-2", "seq": seq, "button": button})
        assert (await tab.until("error", id="choice-2"))["code"] == "not_found"
        assert len(rasa.of(tab.conversation)) == 1


async def test_what_was_shown_is_recorded_and_not_sent_to_the_client(web, rasa):
    rasa.answer = cards
    async with web.tab() as tab:
        answer = await tab.ask("shoes")
        assert answer["cards"] == [CARD]
        assert "exposures" not in answer
        with web.database().session() as db:
            row = db.execute(select(exposures).where(exposures.c.conversation_id == tab.conversation)).one()
    assert (row.seq, row.product_id, row.position, row.probability, row.source) == (2, "P00123", 1, 0.5, "search")


async def test_a_link_that_would_run_a_script_never_reaches_the_shopper(web, rasa):
    rasa.answer = lambda body: {"messages": [{"text": "Here", "custom": {
        "link": {"title": "Look", "url": "javascript:alert(1)"},
        "cards": [{**CARD, "url": "//evil.example/x", "picture": "/pictures/P00123.svg"}],
    }}]}
    async with web.tab() as tab:
        answer = await tab.ask("links")
    assert answer["link"] == {"title": "Look", "url": None}
    assert (answer["cards"][0]["url"], answer["cards"][0]["picture"]) == (None, "/pictures/P00123.svg")


async def test_a_thumb_is_stored_and_seen_in_the_other_tab_and_after_a_reload(web, rasa):
    async with web.tab() as one, web.tab(one.token) as two:
        answer = await one.ask("Hello")
        await one.send({"type": "feedback", "seq": answer["seq"], "value": "up"})
        assert (await two.until("feedback"))["value"] == "up"
        async with web.tab(one.token) as reloaded:
            assert (await reloaded.until("message", sender="bot"))["feedback"] == "up"
        await one.send({"type": "feedback", "seq": 1, "value": "up"})
        assert (await one.until("error"))["code"] == "not_found"


async def test_a_click_counts_for_a_card_that_was_shown_and_for_no_other(web, rasa):
    rasa.answer = cards
    async with web.tab() as tab:
        answer = await tab.ask("shoes")
        await tab.send({"type": "click", "seq": answer["seq"], "product_id": "P00123"})
        await tab.send({"type": "click", "seq": answer["seq"], "product_id": "P00999"})
        assert (await tab.until("error"))["code"] == "not_found"
        with web.database().session() as db:
            found = db.execute(select(clicks).where(clicks.c.conversation_id == tab.conversation)).all()
    assert [row.product_id for row in found] == ["P00123"]


async def test_what_was_read_is_known_in_the_next_tab(web, rasa):
    async with web.tab() as one, web.tab(one.token) as two:
        await one.ask("Hello")
        await one.send({"type": "read", "seq": 2})
        assert (await two.until("read"))["seq"] == 2
        async with web.tab(one.token) as three:
            assert three.welcome["read"] == 2


async def test_one_shopper_sees_and_reaches_nothing_of_another(web, rasa):
    rasa.answer = cards
    async with web.tab() as ada, web.tab() as bea:
        answer = await ada.ask("my secret wish")
        await bea.send({"type": "choice", "id": "not-mine-1", "seq": answer["seq"], "button": 0})
        assert (await bea.until("error"))["code"] == "not_found"
        await bea.send({"type": "click", "seq": answer["seq"], "product_id": "P00123"})
        assert (await bea.until("error"))["code"] == "not_found"
        await bea.send({"type": "feedback", "seq": answer["seq"], "value": "down"})
        assert (await bea.until("error"))["code"] == "not_found"
        assert bea.messages() == []
    async with web.tab(bea.token, conversation=ada.conversation) as bea:
        assert bea.conversation != ada.conversation


async def test_a_conversation_that_staff_took_in_another_process_is_theirs(web, rasa):
    with web.database().session() as db:
        mira = hire(db, "Mira")
    async with web.tab() as tab:
        with web.database().session() as db:
            assert takeover.take(db, tab.conversation, mira)
        await tab.say("Is anybody there?")
        await tab.until("message", sender="shopper")
        await tab.settled()
        assert rasa.of(tab.conversation) == []
        assert not any(frame["type"] == "typing" for frame in tab.frames)
