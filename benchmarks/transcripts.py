"""Transcripts by the million for a measurement: shaped like a shop's, made in two minutes, the same for a seed.

Half of the talks are about orders and half about products, so that what is common in one half seldom meets what is
common in the other. Words come and go by Zipf's law, models replace one another, and each talk has one of them.
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, column, insert
from sqlalchemy import table as table_of

from shop import schema
from shop.database import MIGRATIONS, Database, is_sqlite

BEFORE_FINDING = "0006"  # the last revision without indexes of words: a migration fills them quicker than row by row
SPAN_DAYS = 730
END = datetime(2026, 11, 1, tzinfo=UTC)
CUSTOMERS = 20_000
BATCH = 1000  # conversations
VOCABULARY = 30_000
SYLLABLES = [first + vowel for first in "bdfghklmnprstvw" for vowel in "aeo"] + ["ban", "den", "fin", "gar", "hol"]
ORDERS = {
    "track_order": ["where is my order {number}", "has order {number} left yet", "my {word} parcel {number} is late"],
    "cancel_order": ["please cancel order {number}", "I no longer need the {word} in order {number}"],
    "return_item": ["the {word} does not fit, can I send it back", "I want to return the {word}", "returning a {word}"],
    "track_refund": ["when do I get my money back for the {word}", "is the refund of order {number} on its way"],
    "change_shipping_address": ["can you deliver order {number} to my {word} address"],
    "get_invoice": ["I need an invoice for {word} and {word}"],
    "delivery_options": ["do you offer express delivery for the {word}", "how long does delivery take"],
    "complaint": ["the {word} arrived broken and I am not happy", "this {word} is nothing like the picture"],
}
PRODUCTS = {
    "search_product": ["I am looking for a {word} {word}", "do you have {word} boots", "show me something {word}"],
    "refine_search": ["something cheaper please", "rather in {word}", "only the {word} ones"],
    "product_details": ["what is the {word} made of", "tell me more about the second one"],
    "compare_products": ["which is better, the {word} or the {word}"],
    "check_availability": ["is the {word} in stock in size {size}", "do you have it in {size}"],
    "recommend": ["what would you give somebody who likes {word}", "what goes with a {word} jacket"],
    "ask_offers": ["any offers on {word}", "is there a code for {word}"],
    "add_to_cart": ["I take the {word}", "put it in my basket"],
}
GENERAL = {
    "greet": ["hello", "hi there", "good morning"],
    "thank": ["thank you", "thanks a lot", "that is very kind"],
    "affirm": ["yes", "yes please", "that is right"],
    "deny": ["no", "no thank you"],
    "out_of_scope": ["what do you think about {word} and {word}", "can {word} sing"],
    "human_handoff": ["can I talk to a person", "give me somebody who knows {word}"],
}
REPLIES = [
    "Here is what I found: the {word} {word} and the {word} {word}.", "Let me look at that for you.",
    "Your order {number} is on its way and should be with you in {size} days.", "The {word} is in stock.",
    "I am sorry, I did not find a {word} like that. Shall I look for a {word}?", "Anything else I can do for you?",
    "You can send the {word} back within 30 days. The label is in your e-mail.", "Which size do you take?",
    "The refund for the {word} was sent and takes about {size} working days.", "I have put the {word} in your basket.",
]
TAGS = ("late", "praise", "pricing", "broken", "sizes", "address", "spam", "wording", "vip", "bug")
REASONS = ("low_confidence", "disagreement", "repeated", "out_of_scope", "thumbs_down", "gate_rejected")
ENTITIES = {
    **{intent: ["order_number"] for intent in ORDERS}, "search_product": ["category", "colour"],
    "refine_search": ["colour", "price_max"], "check_availability": ["size"], "recommend": ["category"],
}
MODELS = ("nlu-1", "nlu-2", "nlu-3", "nlu-4")


@dataclass(frozen=True)
class Talks:
    """A batch, ready to be stored: rows of the tables."""

    conversations: list[dict]
    messages: list[dict]
    tags: list[dict]
    reasons: list[dict]
    handovers: list[dict]


def vocabulary() -> list[str]:
    """Made-up words, most common first."""
    random = np.random.default_rng(1)
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(random.choice(SYLLABLES, int(random.integers(2, 5))))] = None
    return list(found)


def store(database: Database, talks: int, messages: int, seed: int) -> None:
    """Fill an empty database with ``talks`` conversations and about ``messages`` messages, and bring it to date.

    The indexes for finding are made as an operator's migration makes them.
    """
    upgrade(database, BEFORE_FINDING)
    with database.engine.begin() as connection:
        _store_customers(connection)
    for batch in _batches(talks, messages / talks, seed):
        with database.engine.begin() as connection:
            _write(connection, schema.conversations, batch.conversations)
            _write(connection, schema.messages, batch.messages)
            _write(connection, schema.conversation_tags, batch.tags)
            _write(connection, schema.review_reasons, batch.reasons)
            _write(connection, schema.handovers, batch.handovers)
    database.migrate()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)" if is_sqlite(connection) else "VACUUM ANALYZE")


def upgrade(database: Database, revision: str) -> None:
    """Bring an empty database to a revision."""
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _store_customers(connection: Connection) -> None:
    connection.execute(insert(schema.customers), [
        {"id": f"C{number:05d}", "email": f"customer{number}@example.com", "first_name": "Ada",
         "last_name": f"Stone{number}"} for number in range(1, CUSTOMERS + 1)
    ])


def _write(connection: Connection, table, rows: list[dict]) -> None:
    """By COPY where there is one: it takes a tenth of the time of INSERT."""
    if not rows:
        return
    names = list(rows[0])
    if is_sqlite(connection):
        # Only these columns: the tables are those of an earlier release.
        connection.execute(insert(table_of(table.name, *(column(name, table.c[name].type) for name in names))), rows)
        return
    prepare = {name: type_.dialect_impl(connection.dialect).bind_processor(connection.dialect)
               for name, type_ in ((name, table.c[name].type) for name in names)}
    into = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    with connection.connection.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row([
                json.dumps(row[name]) if isinstance(row[name], dict | list)
                else prepare[name](row[name]) if prepare[name] and row[name] is not None else row[name]
                for name in names
            ])


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.words = vocabulary()
        weights = 1 / np.arange(1, VOCABULARY + 1)
        self.sums = np.cumsum(weights / weights.sum())
        self._drawn: list[str] = []

    def word(self) -> str:
        if not self._drawn:
            places = np.minimum(np.searchsorted(self.sums, self.random.random(100_000)), VOCABULARY - 1)
            self._drawn = [self.words[place] for place in places]
        return self._drawn.pop()

    def said(self, template: str) -> str:
        while "{word}" in template:
            template = template.replace("{word}", self.word(), 1)
        if "{" in template:
            template = template.replace("{number}", str(self.random.integers(100_000, 999_999)))
            template = template.replace("{size}", str(self.random.integers(2, 47)))
        return template

    def one_of(self, choices):
        """Earlier ones more often."""
        return choices[min(int(self.random.exponential(len(choices) / 3)), len(choices) - 1)]


def _batches(talks: int, length: float, seed: int) -> Iterator[Talks]:
    maker = _Maker(seed)
    step = timedelta(days=SPAN_DAYS) / talks
    for first in range(0, talks, BATCH):
        batch = Talks([], [], [], [], [])
        for number in range(first, min(first + BATCH, talks)):
            _talk(maker, batch, number, END - timedelta(days=SPAN_DAYS) + step * number, length, number / talks)
        yield batch


def _talk(maker: _Maker, batch: Talks, number: int, opened_at: datetime, length: float, age: float) -> None:
    random = maker.random
    talk = f"{int(random.integers(1 << 60)):024x}{number:08x}"
    kinds = ORDERS if random.random() < 0.5 else PRODUCTS
    intents, model = list(kinds), MODELS[min(int(age * len(MODELS)), len(MODELS) - 1)]
    turns = max(1, round(random.gamma(2.0, length / 4)))
    moment, seq = opened_at, 0
    for turn in range(turns):
        moment += timedelta(seconds=float(random.exponential(40)))
        small = random.random() < 0.3 or (turn == 0 and random.random() < 0.4)
        source = GENERAL if small else kinds
        if random.random() < 0.0005:
            source = PRODUCTS if kinds is ORDERS else ORDERS
        intent = maker.one_of(list(source) if source is not kinds else intents)
        seq = _turn(maker, batch, talk, seq, moment, intent, source, model)
    _summed_up(maker, batch, talk, opened_at, moment, seq)


def _turn(maker, batch: Talks, talk: str, seq: int, at: datetime, intent: str, source: dict, model: str) -> int:
    random = maker.random
    confidence = round(float(min(1.0, 0.35 + random.beta(6, 1) * 0.65)), 4)
    entities = [{"entity": name, "value": "x", "start": 0, "end": 1} for name in ENTITIES.get(intent, ())]
    actions = [f"action_{intent}", "action_listen"] if random.random() < 0.9 else ["action_default_fallback"]
    said = {"actions": actions, "model_version": model, "duration_ms": 21.5}
    ranking = [{"name": intent, "confidence": confidence}, {"name": "inform", "confidence": 0.03}]
    understood = {"intent": intent, "confidence": confidence, "entities": entities}
    message = {
        "conversation_id": talk, "seq": seq + 1, "client_id": f"m{seq + 1}", "sender": "shopper",
        "text": maker.said(maker.one_of(source[intent])), "at": at, "state": "answered", "in_reply_to": None,
        "intent": intent, "intent_confidence": confidence, "entities": entities, "feedback": None,
        "turn": {**understood, "intent_ranking": ranking, **said}, **said,
    }
    batch.messages.append(message)
    thumb = "up" if random.random() < 0.01 else "down" if random.random() < 0.007 else None
    batch.messages.append(message | {
        "seq": seq + 2, "client_id": None, "sender": "bot", "state": None, "in_reply_to": seq + 1, "intent": None,
        "text": maker.said(REPLIES[int(random.integers(len(REPLIES)))]), "intent_confidence": None, "entities": None,
        "turn": None, "feedback": thumb,
    })
    return seq + 2


def _summed_up(maker, batch: Talks, talk: str, opened_at: datetime, last_at: datetime, last_seq: int) -> None:
    random = maker.random
    customer = f"C{int(random.integers(1, CUSTOMERS + 1)):05d}" if random.random() < 0.5 else None
    status = ("bot", "resolved", "staff", "waiting")[int(np.searchsorted([0.9, 0.997, 0.999], random.random()))]
    review = ("none", "open", "done")[int(np.searchsorted([0.7, 0.95], random.random()))]
    batch.conversations.append({
        "id": talk, "customer_id": customer, "visitor_id": talk, "channel": "web" if random.random() < 0.9 else "rest",
        "status": status, "last_seq": last_seq, "read_seq": last_seq, "opened_at": opened_at, "last_at": last_at,
        "review_state": review, "assigned_to": int(random.integers(1, 9)) if status == "staff" else None,
    })
    if random.random() < 0.03:
        batch.tags.append({"conversation_id": talk, "tag": maker.one_of(TAGS), "at": last_at})
    if random.random() < 0.05:
        batch.handovers.append({
            "conversation_id": talk, "reason": "asked", "requested_at": last_at, "after_seq": last_seq, "told_seq": 0,
            "ended_at": last_at, "ended_as": "bot" if random.random() < 0.8 else "nobody",
        })
    if review == "open":
        batch.reasons.append({
            "conversation_id": talk, "seq": 1, "reason": maker.one_of(REASONS), "weight": 0.5, "at": last_at,
        })
