"""The table that conversations are found by, and what each database looks into it with. Import it from ``shop.schema``.

All words of a conversation stand in one row, so that "both words" is answered by the index alone. SQLite looks into it
by FTS5, which triggers keep up; PostgreSQL by a GIN index over a function of the column.
"""
from __future__ import annotations

from sqlalchemy import DDL, Column, ForeignKey, Integer, Sequence, String, Table, Text, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

from shop.schema_base import metadata

conversation_numbers = Sequence("conversation_numbers", metadata=metadata)


class NextConversationNumber(ColumnElement):
    """The number of a new conversation: small whole numbers make small indexes, and SQLite's FTS5 knows no others."""

    type = Integer()
    inherit_cache = True


@compiles(NextConversationNumber)
def _(element: NextConversationNumber, compiler, **_options) -> str:
    return f"nextval('{conversation_numbers.name}')"


@compiles(NextConversationNumber, "sqlite")
def _(element: NextConversationNumber, compiler, **_options) -> str:
    return "(SELECT coalesce(max(number), 0) + 1 FROM conversations)"


# What shop.search_words makes of all that was said, and of the facets, one blank between two words.
conversation_words = Table(
    "conversation_words", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False, unique=True),
    Column("words", Text, nullable=False),
)

SQLITE = (
    # The words are made in Python: this tokenizer leaves them as they are. Where in a text a word stands is not kept.
    "CREATE VIRTUAL TABLE conversation_words_index USING fts5(words, content='conversation_words', "
    "content_rowid='number', detail='none', columnsize=0, tokenize=\"ascii tokenchars '_=-'\")",
    "CREATE TRIGGER conversation_words_inserted AFTER INSERT ON conversation_words BEGIN "
    "INSERT INTO conversation_words_index(rowid, words) VALUES (new.number, new.words); END",
    "CREATE TRIGGER conversation_words_updated AFTER UPDATE OF words ON conversation_words BEGIN "
    "INSERT INTO conversation_words_index(conversation_words_index, rowid, words) "
    "VALUES ('delete', old.number, old.words); "
    "INSERT INTO conversation_words_index(rowid, words) VALUES (new.number, new.words); END",
    "CREATE TRIGGER conversation_words_deleted AFTER DELETE ON conversation_words BEGIN "
    "INSERT INTO conversation_words_index(conversation_words_index, rowid, words) "
    "VALUES ('delete', old.number, old.words); END",
)
POSTGRESQL = (
    # Its cost keeps the planner from ever computing it row by row where the index can answer.
    "CREATE FUNCTION words_vector(words text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE "
    "COST 10000 AS $$ BEGIN RETURN array_to_tsvector(string_to_array(words, ' ')); END $$",
    # Out of line, so that to look up which rows the index means reads a few hundred pages, whatever was said.
    "ALTER TABLE conversation_words ALTER COLUMN words SET STORAGE EXTERNAL, SET (toast_tuple_target = 128)",
    "CREATE INDEX ix_conversation_words_words ON conversation_words USING gin (words_vector(words))",
)
for _dialect, _statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for _statement in _statements:
        event.listen(
            conversation_words, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect=_dialect)
        )
