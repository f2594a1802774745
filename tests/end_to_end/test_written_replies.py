"""With the reply model on, shoppers read replies of its own, and what they read is so."""
from __future__ import annotations

import asyncio
import re

import pytest
import yaml
from sqlalchemy import select

from benchmarks.stack import WIDE_LIMITS, Stack
from shop import schema
from shop.database import open_database
from shop.settings import ROOT

from .conftest import Cast
from .talk import Talk

RESPONSES = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["responses"]
ASKED = (
    "hello there", "I am looking for a warm scarf", "tell me more about the first one", "is it in stock?",
    "add it to my basket", "recommend me something", "how long can I send things back?", "thanks a lot",
)


@pytest.fixture(scope="module")
def writing(tmp_path_factory):
    """An installation whose replies are written."""
    running = Stack(tmp_path_factory.mktemp("writing"), **WIDE_LIMITS)
    running.prepare()
    running.start()
    opened = open_database(f"sqlite:///{running.var / 'shop.db'}")
    yield running, opened
    opened.close()
    running.stop()


def test_a_customer_reads_written_replies_with_the_shops_facts(writing):
    stack, database = writing
    customer = Cast(database).customer_id("ada")

    async def visit():
        async with Talk(stack, database, customer) as talk:
            return [await talk.say(text) for text in ASKED], talk.id

    answers, conversation = asyncio.run(visit())
    table = schema.written_replies
    with database.session() as db:
        rows = db.execute(select(table.c.act, table.c.template, table.c.reason)
                          .where(table.c.conversation_id == conversation)).all()
    written = [row for row in rows if row.template]
    assert len(written) >= 0.7 * len(rows) >= 4, rows
    for answer in answers:
        assert answer.text and not re.search(r"[{}<>]", answer.text), answer.text
    templates = {row.template for row in written}
    canned = {wording["text"] for wordings in RESPONSES.values() for wording in wordings}
    assert not templates <= canned  # it does not only repeat the domain
    cards = answers[1].drawn("cards")
    prices = {f"€{card['price_cents'] / 100:,.2f}" for card in cards}
    assert set(re.findall(r"€[\d.,]*\d", answers[1].text)) <= prices
