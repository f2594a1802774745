"""Written replies in a real shop: the model's words replace the response, its facts are those of the moment they leave.

The shop, its actions, its domain and its claim gate are the real ones; only what the model says is written down here.
"""
from __future__ import annotations

import asyncio
import random
import threading
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select

from actions import base, written_replies
from actions.runtime import Runtime
from actions.small_talk import SmallTalk
from models.product_search import ProductSearch
from models.reply.errors import EndpointError
from models.reply.writer import ROUNDS, ReplyWriter
from shop import catalogue, catalogue_changes, conversations, events, privacy, promotions, schema
from shop.clock import utc_now
from shop.owner import Owner
from shop.settings import ROOT
from tests.actions.product_stage import (
    ACTIONS,
    PRODUCTS,
    VISITOR,
    filled_product_shop,
    product_database,
    sentence_embedding,
)
from tests.models.reply.conftest import acts, claims, examples, gate, vocabulary
from tests.models.reply.scripted import Scripted

__all__ = [
    "acts", "claims", "examples", "filled_product_shop", "gate", "product_database", "sentence_embedding", "vocabulary",
]  # fmt: skip

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
ADA = "C00001"
FOUND = "Here is what I found for <1>. The <2> stands first, at <3>."
INVENTED = "Here is what I found for <1>. The <2> stands first, at <3> or 49.95."
OFFER = "There is an offer for you, “<1>”. The code is <2> and it holds <3>."
THANKS, THANKS_BY_NAME = "You're welcome.", "It's what I'm here for, <1>."


class Counter:
    """Somebody at the counter: says something, and gets what the action server would send to Rasa."""

    def __init__(self, runtime: Runtime, writer_with, customer_id: str | None = None) -> None:
        self.runtime, self._writer_with, self.customer_id = runtime, writer_with, customer_id
        self.conversation_id = uuid4().hex
        self.message_id = ""
        self.slots: dict[str, Any] = {}

    def hears(self, source: Scripted) -> None:
        """From now on the model says what ``source`` says."""
        self.runtime.replies._writer = self._writer_with(source)

    def say(self, intent: str, text: str = "", message_id: str | None = None, **entities: Any) -> list[dict[str, Any]]:
        self.message_id = message_id or uuid4().hex
        metadata = {"message_id": self.message_id, "conversation_id": self.conversation_id,
                    "customer_id": self.customer_id, "visitor_id": VISITOR, "page": {}}  # fmt: skip
        found = [{"entity": name, "value": value} for name, value in entities.items()]
        message = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": found,
                   "metadata": metadata}  # fmt: skip
        events = [{"event": "user", "text": text, "metadata": metadata, "parse_data": message}]
        tracker = Tracker(self.conversation_id, {**self.slots}, message, events, False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        action = ACTIONS.get(intent, SmallTalk)()
        for event in asyncio.run(action.run(dispatcher, tracker, DOMAIN)):
            self.slots[event["name"]] = event["value"]
        return dispatcher.messages

    def records(self) -> list[Any]:
        with self.runtime.database.session() as db:
            return list(db.execute(select(schema.written_replies).where(
                schema.written_replies.c.conversation_id == self.conversation_id
            ).order_by(schema.written_replies.c.id)))  # fmt: skip


@pytest.fixture
def runtime(product_database, sentence_embedding, monkeypatch) -> Runtime:
    with product_database.session() as db:
        mark = catalogue_changes.mark(db)
        # One of its own: it takes over what a test changes.
        search = ProductSearch.build(list(catalogue.all_products(db)), sentence_embedding)
    opened = Runtime(product_database, search, mark)
    monkeypatch.setattr(base, "runtime", lambda: opened)
    return opened


@pytest.fixture
def writer_with(acts, gate):
    return lambda source: ReplyWriter(source, acts, gate, "v1", chance=random.Random(1))  # noqa: S311


@pytest.fixture
def guest(runtime, writer_with) -> Counter:
    return Counter(runtime, writer_with)


@pytest.fixture
def ada(runtime, writer_with) -> Counter:
    return Counter(runtime, writer_with, ADA)


def change(runtime: Runtime, product_id: str, **columns: Any) -> None:
    """Change the variants of a product, as the shop's own office does."""
    row = next(each for each in PRODUCTS if each["product_id"] == product_id)
    changed = row | {"variants": [variant | columns for variant in row["variants"]]}
    with runtime.database.session() as db:
        catalogue.upsert_products(db, [changed])


def search(counter: Counter) -> dict[str, Any]:
    return counter.say("search_product", "frying pans", category="kitchen")[-1]


def first_found(counter: Counter) -> str:
    """The product that such a search shows first."""
    return search(counter)["custom"]["cards"][0]["product_id"]


def test_what_was_written_is_said_in_place_of_the_response(guest):
    guest.hears(Scripted([FOUND, FOUND]))
    message = search(guest)
    assert message["response"] is None and message["template"] is None
    assert message["text"].startswith("Here is what I found for ") and "{" not in message["text"]
    first = message["custom"]["cards"][0]
    assert f"The {first['title']} stands first, at €{first['price_cents'] / 100:.2f}." in message["text"]
    [record] = guest.records()
    assert (record.act, record.reason, record.candidates, record.model_version) == ("search_found", None, 2, "v1")
    assert record.template == "Here is what I found for {wanted}. The {title} stands first, at {price}."
    assert record.message_id == guest.message_id and record.duration_ms > 0
    assert record.facts == ["wanted", "title", "price"] and record.tried == []
    assert guest.slots["search"]


def test_without_a_model_the_response_is_said_and_nothing_is_recorded(guest):
    message = search(guest)
    assert message["response"] == "utter_search_found" and not message.get("text")
    assert guest.records() == []


def test_a_refused_text_is_the_response_and_its_reason_is_recorded(guest):
    guest.hears(Scripted([INVENTED]))
    message = search(guest)
    assert message["response"] == "utter_search_found" and not message.get("text")
    assert message["wanted"] and message["custom"]["cards"]
    [record] = guest.records()
    assert (record.template, record.reason, record.candidates, record.rejected) == (None, "digits", 3, {"digits": 3})
    assert [each["reason"] for each in record.tried] == ["digits"]


def test_a_model_that_is_away_delays_nobody(guest):
    guest.hears(Scripted(EndpointError("http://model does not answer.", True)))
    assert search(guest)["response"] == "utter_search_found"
    assert [record.reason for record in guest.records()] == ["no_model"]


def test_a_model_that_breaks_costs_only_its_words(guest, caplog):
    guest.hears(Scripted([FOUND], meanwhile=lambda: 1 / 0))
    message = search(guest)
    assert message["response"] == "utter_search_found" and message["custom"]["cards"]
    assert "ZeroDivisionError" in caplog.text
    assert [record.reason for record in guest.records()] == ["model_failed"]


def test_a_slow_model_is_not_waited_for_longer_than_the_shop_says(guest, monkeypatch):
    monkeypatch.setattr(written_replies.settings, "reply_timeout_ms", 50)
    done = threading.Event()
    guest.hears(Scripted([FOUND], meanwhile=lambda: done.wait(20)))
    message = search(guest)
    assert not done.is_set() and message["response"] == "utter_search_found" and message["custom"]["cards"]
    done.set()
    assert [record.reason for record in guest.records()] == ["too_late"]


@pytest.mark.parametrize("broken", ["_requests", "_is_out_of_date"])
def test_what_was_done_is_told_whatever_breaks_around_the_model(guest, monkeypatch, caplog, broken):
    monkeypatch.setattr(written_replies, broken, lambda *_: 1 / 0)
    guest.hears(Scripted([]))
    [message] = guest.say("add_to_cart", "add the sleet rain jacket", product_id="P00020")
    assert message["response"] == "utter_added_to_cart" and "ZeroDivisionError" in caplog.text


def test_a_turn_that_cannot_be_worked_out_again_is_answered_as_it_was(guest, monkeypatch, caplog):
    source = Scripted(["I see <1> in your basket, for <2>.", "Your basket holds <1> and comes to <2>. <3>"])
    guest.say("add_to_cart", "add the sleet rain jacket", product_id="P00020")
    guest.hears(source)
    original, turns = base.ShopAction._turn, []

    def turn(*arguments, **options):
        turns.append(options)
        if len(turns) > 1:
            arguments[2].messages.clear()
            raise RuntimeError("database is locked")
        return original(*arguments, **options)

    monkeypatch.setattr(base.ShopAction, "_turn", turn)
    source.meanwhile = lambda: change(guest.runtime, "P00020", price_cents=12345)
    [message] = guest.say("show_cart", "show my basket")
    assert len(turns) == 2 and "database is locked" in caplog.text
    assert "utter_internal_error" not in str(message) and "99.00" in str(message)


def test_a_search_that_is_worked_out_again_is_noted_once(guest):
    first, source = first_found(guest), Scripted([FOUND])
    guest.hears(source)
    source.meanwhile = lambda: change(guest.runtime, first, price_cents=12345)
    before = noted(guest.runtime)
    assert "€123.45" in search(guest)["text"]
    assert noted(guest.runtime) == before + 1


def noted(runtime: Runtime) -> int:
    with runtime.database.session() as db:
        return len(db.execute(select(schema.events.c.id).where(schema.events.c.kind == "search")).all())


def test_what_was_written_for_another_reason_is_not_said(guest):
    """The model wrote “you looked at”; by the time that it has, the shopper put the same product into the basket."""
    def did(kind):
        with guest.runtime.database.session() as db:
            events.record(db, kind, "P00040", visitor_id=VISITOR)

    did("view")
    shown = guest.say("recommend", "what do you recommend")[-1]["custom"]["cards"]
    lines = ["You looked at the <2>, which is why the <1> stands first among these:"]
    source = Scripted(lines)
    guest.hears(source)
    assert guest.say("recommend", "what do you recommend")[-1]["text"].startswith("You looked at the Cairn tent")
    source.meanwhile = lambda: (did("add_to_cart"), change(guest.runtime, shown[0]["product_id"], price_cents=12345))
    message = guest.say("recommend", "what do you recommend")[-1]
    assert "reason=looked" in source.prompts[-1][0]
    assert message["response"] == "utter_recommend_personal" and not message.get("text")
    assert guest.records()[-1].reason == "changed_meanwhile"


def test_a_text_that_cannot_be_filled_costs_only_its_words(guest, monkeypatch, caplog):
    monkeypatch.setattr(written_replies, "fill", lambda *_: 1 / 0)
    guest.hears(Scripted([FOUND]))
    assert search(guest)["response"] == "utter_search_found"
    assert [record.reason for record in guest.records()] == ["not_filled"] and "ZeroDivisionError" in caplog.text


def test_the_buttons_of_the_domain_stay(guest):
    guest.hears(Scripted(["I'm a program, not a person. Shall I fetch a colleague?"]))
    [message] = guest.say("bot_challenge", "are you a robot?")
    assert message["text"].startswith("I'm a program")
    assert message["buttons"] == [{"title": "Talk to a person", "payload": "/human_handoff"}]
    guest.hears(Scripted([THANKS]))
    assert guest.say("thank", "thanks")[0]["buttons"] == []


def test_the_buttons_of_the_action_stay(guest):
    guest.hears(Scripted([FOUND]))
    written = search(guest)["buttons"]
    guest.runtime.replies._writer = None
    assert written == search(guest)["buttons"] != []


def test_only_a_customer_who_is_signed_in_is_greeted_by_name(ada, guest):
    for counter in (ada, guest):
        source = Scripted([])
        counter.hears(source)
        counter.say("greet", "hello")
        assert ("first_name=<1>" in source.prompts[0][0]) == (counter is ada)


def test_a_first_name_is_said_where_it_was_handed_over_and_nowhere_else(ada, guest):
    lines = Scripted([THANKS, THANKS_BY_NAME])
    for counter in (ada, guest):
        counter.hears(lines)
        texts = {counter.say("thank", "thanks", message_id=f"message-{number}")[0]["text"] for number in range(12)}
        named = {"It's what I'm here for, A."} if counter is ada else set()
        assert texts == {THANKS} | named


def test_a_name_is_not_said_in_every_turn(ada):
    source = Scripted([])
    ada.hears(source)
    for number in range(60):
        ada.say("thank", "thanks", message_id=f"message-{number}")
    named = sum("first_name" in prompt for [prompt, *_] in source.prompts[::ROUNDS])
    assert 8 < named < 36


def test_a_price_that_changed_while_the_model_wrote_is_the_new_one(guest):
    first, source = first_found(guest), Scripted([FOUND])
    guest.hears(source)
    source.meanwhile = lambda: change(guest.runtime, first, price_cents=12345)
    message = search(guest)
    assert "at €123.45." in message["text"]
    assert message["custom"]["cards"][0]["price_cents"] == 12345
    assert len(source.prompts) == 1 and [each.reason for each in guest.records()] == [None]


def test_a_product_that_was_sold_meanwhile_is_not_said_to_be_there(guest):
    card, source = search(guest)["custom"]["cards"][0], Scripted([FOUND])
    guest.hears(source)
    source.meanwhile = lambda: change(guest.runtime, card["product_id"], stock=0)
    title, message = card["title"], search(guest)
    assert f"The {title} stands first" not in message["text"] and "stands first" in message["text"]


def test_what_was_written_of_products_that_are_gone_is_not_said(guest):
    source = Scripted([FOUND])
    guest.hears(source)

    def sell_all():
        for row in PRODUCTS:
            if row["category"] == "kitchen":
                change(guest.runtime, row["product_id"], stock=0)

    source.meanwhile = sell_all
    message = search(guest)
    assert message["response"] and not message.get("text")
    assert [record.reason for record in guest.records()] == ["changed_meanwhile"]


def test_a_change_that_somebody_else_took_over_first_is_not_missed(guest, monkeypatch):
    """Between the end of the action and the beginning of the writing, another turn brings the runtime up to date."""
    first, asked = first_found(guest), written_replies._requests

    def requests(turn, writer):
        found = asked(turn, writer)
        change(guest.runtime, first, price_cents=12345)
        with guest.runtime.database.session() as db:
            guest.runtime.refresh(db, at_once=True)
        return found

    monkeypatch.setattr(written_replies, "_requests", requests)
    guest.hears(Scripted([FOUND]))
    assert "at €123.45." in search(guest)["text"]


def test_a_change_of_other_products_costs_nothing(guest, monkeypatch):
    source = Scripted([FOUND])
    guest.hears(source)
    source.meanwhile = lambda: change(guest.runtime, "P00020", price_cents=12345)
    turns = []
    original = base.ShopAction._turn
    monkeypatch.setattr(base.ShopAction, "_turn", lambda *a, **k: turns.append(a) or original(*a, **k))
    assert search(guest)["text"] and len(turns) == 1


def test_a_shop_that_never_rests_is_answered_all_the_same(guest, monkeypatch):
    first = first_found(guest)
    guest.hears(Scripted([FOUND]))
    prices = iter(range(10000, 20000))
    original, turns = base.ShopAction._turn, []

    def turn(*arguments, **options):
        found = original(*arguments, **options)
        turns.append(found)
        change(guest.runtime, first, price_cents=next(prices))
        return found

    monkeypatch.setattr(base.ShopAction, "_turn", turn)
    assert search(guest)["text"].startswith("Here is") and len(turns) == 1 + written_replies.OFTEN_ENOUGH


def test_the_total_of_a_basket_is_the_one_of_the_moment_it_is_said(guest):
    """No card is shown beside it, so nothing but the total itself tells which products it depends on."""
    guest.say("add_to_cart", "add the sleet rain jacket", product_id="P00020")
    source = Scripted(["I see <1> in your basket, for <2>.", "Your basket holds <1> and comes to <2>. <3>"])
    guest.hears(source)
    source.meanwhile = lambda: change(guest.runtime, "P00020", price_cents=12345)
    assert "€123.45" in guest.say("show_cart", "show my basket")[-1]["text"]


def test_what_was_said_twice_because_the_shop_changed_was_done_once(guest):
    source = Scripted([])
    guest.hears(source)
    source.meanwhile = lambda: change(guest.runtime, "P00020", price_cents=12345)
    guest.say("add_to_cart", "add the sleet rain jacket", product_id="P00020")
    with guest.runtime.database.session() as db:
        rows = db.execute(select(schema.cart_lines.c.quantity)).scalars().all()
    assert rows == [1]


def offered(runtime: Runtime, **more: Any) -> None:
    values = {"code": "SPRING10", "title": "Ten off", "text": "Ten off.", "kind": "percent", "value": 10,
              "starts_at": utc_now() - timedelta(days=1), "ends_at": utc_now() + timedelta(days=9)}  # fmt: skip
    with runtime.database.session() as db:
        promotions.upsert_promotion(db, values | more)


def test_an_offer_is_written_with_its_code_and_conditions(guest):
    offered(guest.runtime)
    guest.hears(Scripted([OFFER]))
    [message] = guest.say("ask_offers", "any offers?")
    assert "“Ten off”. The code is SPRING10 and it holds until" in message["text"]
    assert message["custom"]["offer"]["code"] == "SPRING10"


def wait_until(moment) -> None:
    while utc_now() <= moment:
        time.sleep(0.01)


def test_an_offer_that_ends_while_the_model_writes_is_not_made(guest):
    ends = utc_now() + timedelta(seconds=0.5)
    offered(guest.runtime, ends_at=ends)
    guest.hears(Scripted([OFFER], meanwhile=lambda: wait_until(ends)))
    [message] = guest.say("ask_offers", "any offers?")
    assert message["response"] == "utter_no_offers" and not (message["custom"] or {}).get("offer")
    assert [(each.act, each.reason) for each in guest.records()] == [("no_offers", "changed_meanwhile")]


@pytest.mark.parametrize("now", [{"active": False}, {"ends_at": utc_now() - timedelta(hours=1)},
                                 {"title": "Twelve off", "value": 12}, {"min_subtotal_cents": 9000}])
def test_an_offer_that_the_shop_changes_meanwhile_is_made_as_it_is_then(guest, now):
    offered(guest.runtime)
    guest.hears(Scripted([OFFER], meanwhile=lambda: offered(guest.runtime, **now)))
    [message] = guest.say("ask_offers", "any offers?")
    if "title" in now:
        assert "“Twelve off”" in message["text"]
    elif "min_subtotal_cents" in now:
        assert "from €90.00" in message["text"]
    else:
        assert message["response"] == "utter_no_offers"


def test_what_was_said_last_is_not_said_again_at_once(guest, writer_with):
    other = "The <2> comes first for <1>. It costs <3>, and the others stand beside it."
    guest.hears(Scripted([(FOUND, -0.1), (other, -3.0)]))
    texts = [search(guest)["text"].split()[0] for _ in range(2)]
    assert texts == ["Here", "The"]
    somebody_else = Counter(guest.runtime, writer_with)
    assert search(somebody_else)["text"].split()[0] == "Here"


def test_numbers_and_addresses_of_small_talk_are_not_told_the_model(guest):
    source = Scripted([])
    guest.hears(source)
    guest.say("chitchat", "my number is 06123456 and ada@example.com is me, how are you")
    assert "how are you" in source.prompts[0][0]
    assert "0612" not in source.prompts[0][0] and "example" not in source.prompts[0][0]


def test_a_value_never_becomes_a_placeholder(guest):
    """A product of this shop is called “Copper saucepan {0[title]}”."""
    guest.hears(Scripted([FOUND]))
    message = guest.say("search_product", "saucepan", category="kitchen", kind="saucepan")[-1]
    if message["response"] is None:
        assert "Copper saucepan" in message["text"] and "{title}" not in message["text"]
    assert guest.records()


def test_a_record_that_cannot_be_stored_keeps_nothing_from_the_shopper(guest, monkeypatch, caplog):
    def refuse(*_args):
        raise RuntimeError("disk full")

    monkeypatch.setattr(written_replies.replies, "record", refuse)
    guest.hears(Scripted([FOUND]))
    assert search(guest)["text"].startswith("Here is what I found")
    assert "disk full" in caplog.text


def test_erasing_a_customer_erases_how_they_were_answered(ada, guest):
    with ada.runtime.database.session() as db:
        ada.conversation_id = conversations.open_conversation(db, Owner(ADA)).id
        guest.conversation_id = conversations.open_conversation(db, Owner(visitor_id=VISITOR)).id
    for counter in (ada, guest):
        counter.hears(Scripted([FOUND]))
        search(counter)
        assert len(counter.records()) == 1
    with ada.runtime.database.session() as db:
        exported = privacy.export_customer(db, ADA)
        [talk] = exported["conversations"]
        assert [each["act"] for each in talk["written_replies"]] == ["search_found"]
        assert privacy.erase_customer(db, ADA)["written_replies"] == 1
    assert ada.records() == [] and len(guest.records()) == 1


def test_no_value_of_a_fact_is_recorded(guest):
    guest.hears(Scripted([FOUND]))
    card = search(guest)["custom"]["cards"][0]
    [record] = guest.records()
    assert card["title"] not in str(record) and "frying" not in str(record)
    assert not any(each.isdigit() for each in record.template)
