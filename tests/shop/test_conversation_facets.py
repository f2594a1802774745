"""What a conversation is found by is kept with each message, and made for those that were there before."""
from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, select, text, update

from shop import conversation_facets, conversations, customers, replies, schema, word_index
from shop.conversation_search import Filters, find
from shop.database import MIGRATIONS
from shop.owner import Owner
from shop.replies import ReplyRecord
from tests.postgres import POSTGRES_URL
from tests.shop.conftest import ADA, VISITOR

TURN = {
    "intent": "search_product", "confidence": 0.93, "model_version": "m1",
    "actions": ["action_search", "action_listen"],
    "entities": [{"entity": "colour", "value": "navy"}, {"entity": "colour", "value": "red"}],
}  # fmt: skip


@pytest.fixture
def talk(database, visitor):
    with database.session() as db:
        return conversations.open_conversation(db, visitor).id


def row_of(db, talk):
    return db.execute(select(schema.conversations).where(schema.conversations.c.id == talk)).one()


def facets_of(db, talk) -> set[tuple[str, str]]:
    table = schema.conversation_facets.c
    return {tuple(row) for row in db.execute(select(table.kind, table.value).where(table.conversation_id == talk))}


def words_of(db, talk) -> set[str]:
    table = schema.conversation_words.c
    return set(db.execute(select(table.words).where(table.conversation_id == talk)).scalar_one().split(" "))


def say(db, talk, number, text, turn=TURN, answer="Here."):
    message, _ = conversations.add_shopper_message(db, talk, f"m{number}", text)
    return conversations.add_bot_reply(db, talk, message.seq, [{"text": answer}], turn)


def test_a_turn_leaves_its_facets_its_words_and_its_confidence(db, talk):
    say(db, talk, 1, "navy  shoes,\nplease")
    assert facets_of(db, talk) == {
        ("channel", "web"), ("intent", "search_product"), ("action", "action_search"), ("action", "action_listen"),
        ("entity", "colour"), ("model", "m1"),
    }  # fmt: skip
    assert {"navy", "shoes", "_navy_shoes", "here", "=intent=search-5f-product"} <= words_of(db, talk)
    assert (row_of(db, talk).preview, row_of(db, talk).lowest_confidence) == ("navy shoes, please", 0.93)


def test_the_summary_tells_the_shoppers_last_words_and_the_lowest_confidence(db, talk):
    say(db, talk, 1, "one", TURN | {"confidence": 0.5})
    say(db, talk, 2, "two " * 100, TURN | {"confidence": 0.8})
    row = row_of(db, talk)
    assert row.lowest_confidence == 0.5
    assert row.preview.startswith("two two")
    assert row.preview.endswith("…")
    assert len(row.preview) <= conversation_facets.PREVIEW_CHARS


def test_thumbs_are_counted_as_they_come_turn_and_go(db, talk):
    say(db, talk, 1, "one")
    say(db, talk, 2, "two")
    for seq, value, up, down in ((2, "up", 1, 0), (4, "down", 1, 1), (2, "down", 0, 2), (4, None, 0, 1)):
        conversations.set_feedback(db, talk, seq, value)
        assert (row_of(db, talk).thumbs_up, row_of(db, talk).thumbs_down) == (up, down)


def test_how_replies_were_written_is_a_facet(db, talk):
    record = ReplyRecord(talk, f"{talk}-1", "recommend", "Try the {title}.", None, 4, {}, 30.0, "r1")
    replies.record(db, [record])
    say(db, talk, 1, "one")
    assert ("act", "recommend") in facets_of(db, talk)


def test_a_message_is_found_as_soon_as_it_is_stored(db, talk):
    conversations.add_shopper_message(db, talk, "m1", "a peculiar question")
    assert [each.conversation_id for each in find(db, Filters(q="peculiar")).rows] == [talk]


def test_what_was_not_stored_is_not_found(database, talk):
    with pytest.raises(ZeroDivisionError), database.session() as db:
        conversations.add_shopper_message(db, talk, "m1", "a peculiar question")
        raise ZeroDivisionError
    with database.session() as db:
        assert find(db, Filters(q="peculiar")).rows == []


def test_what_is_erased_is_not_found(db):
    talk = conversations.open_conversation(db, Owner(ADA)).id
    say(db, talk, 1, "a peculiar question")
    customers.erase(db, ADA)
    assert find(db, Filters(q="peculiar")).rows == []
    assert find(db, Filters(intent="search_product")).rows == []


@pytest.mark.skipif(bool(POSTGRES_URL), reason="how SQLite's index forgets")
def test_not_even_the_file_of_the_index_knows_the_words_of_who_was_erased(database):
    def file_has(word: bytes) -> bool:
        with database.session() as db:
            blocks = db.execute(text("SELECT block FROM conversation_words_index_data")).scalars()
            return any(word in block for block in blocks)

    with database.session() as db:
        for number in range(40):
            talk = conversations.open_conversation(db, Owner(ADA) if number == 7 else Owner(visitor_id=VISITOR)).id
            say(db, talk, 1, "xylophonist wanted" if number == 7 else f"boots number {number}")
    with database.session() as db:
        customers.erase(db, ADA)
    assert file_has(b"ylophonist")
    word_index.purge(database)
    assert not file_has(b"ylophonist")
    with database.session() as db:
        assert find(db, Filters(q="boots")).count == 39
        db.execute(text("INSERT INTO conversation_words_index(conversation_words_index) VALUES ('integrity-check')"))


def test_noise_does_not_grow_a_conversation_without_end(db, talk, monkeypatch):
    monkeypatch.setattr(conversation_facets, "TERMS_MAX", 50)
    for number in range(4):
        noise = " ".join(f"noise{number}x{word}" for word in range(40))
        say(db, talk, number, noise, TURN | {"intent": f"intent{number}"})
    words = words_of(db, talk)
    assert len([word for word in words if not word.startswith("=")]) <= 50
    assert "=intent=intent3" in words


def test_choices_are_the_values_that_there_are(db, visitor):
    assert conversation_facets.choices(db, "intent") == []
    for number, intent in enumerate(["thank", "greet", "greet", "affirm"]):
        say(db, conversations.open_conversation(db, visitor).id, number, "x", {"intent": intent})
    assert conversation_facets.choices(db, "intent") == ["affirm", "greet", "thank"]
    assert conversation_facets.choices(db, "intent", limit=2) == ["affirm", "greet"]


def test_conversations_of_before_are_found_like_those_of_today(database, visitor):
    with database.session() as db:
        for number in range(4):
            talk = conversations.open_conversation(db, visitor if number % 2 else Owner(ADA)).id
            for turn in range(number):
                understood = {"intent": f"intent{turn}", "confidence": 0.5 + turn / 10}
                entities = {"entities": None if turn else TURN["entities"]}
                say(db, talk, turn, f"Question  {number} {turn}: boots?", TURN | understood | entities)
            if number:
                conversations.set_feedback(db, talk, 2, "up")
        replies.record(db, [ReplyRecord(talk, f"{talk}-1", "greet", None, "off", 0, {}, 1.0, "r1")])
        say(db, talk, 9, "and thanks")
        db.execute(insert(schema.written_replies).values(  # of a channel whose conversations are not ours
            conversation_id="elsewhere", message_id="x", act="greet", candidates=0, rejected={}, duration_ms=1.0,
            model_version="r1"))  # fmt: skip
    before = state(database)
    migrate_to(database, "0006")
    with database.engine.begin() as connection:
        connection.execute(update(schema.conversations).values(
            preview="", lowest_confidence=None, thumbs_up=0, thumbs_down=0))  # fmt: skip
    database.migrate()
    assert state(database) == before
    with database.session() as db:  # and those of tomorrow get numbers of their own
        later = conversations.open_conversation(db, Owner(visitor_id=VISITOR)).id
        assert row_of(db, later).number == 5
        say(db, later, 1, "boots again")
        assert find(db, Filters(q="boots")).count == 4


def state(database) -> list:
    with database.session() as db:
        rows = db.execute(select(schema.conversations).order_by(schema.conversations.c.number)).all()
        return [(row, facets_of(db, row.id), words_of(db, row.id)) for row in rows]


def migrate_to(database, revision: str) -> None:
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
