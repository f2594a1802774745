"""What conversations are found by, made for those that were there before (migration 0007).

Only the columns that stood at that release are named, so that the migration works whatever is added later.
"""
from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import Connection, text

from shop import search_words
from shop.conversation_facets import TERMS_MAX, VALUE_CHARS, preview
from shop.database import is_sqlite

BATCH = 500  # conversations

_NUMBERS = """
    UPDATE conversations SET number = numbered.number
    FROM (SELECT id, row_number() OVER (ORDER BY opened_at, id) AS number FROM conversations) AS numbered
    WHERE numbered.id = conversations.id
"""
_SUMMARIES = """
    UPDATE conversations SET
        lowest_confidence = found.lowest_confidence, thumbs_up = found.thumbs_up, thumbs_down = found.thumbs_down
    FROM (
        SELECT conversation_id, min(intent_confidence) AS lowest_confidence,
            sum(CASE WHEN feedback = 'up' THEN 1 ELSE 0 END) AS thumbs_up,
            sum(CASE WHEN feedback = 'down' THEN 1 ELSE 0 END) AS thumbs_down
        FROM messages GROUP BY conversation_id
    ) AS found
    WHERE found.conversation_id = conversations.id
"""
# What was understood stands on the shopper's message, its actions and model on the bot's as well.
_FACETS = {
    "channel": "SELECT id, channel FROM conversations",
    "intent": "SELECT conversation_id, intent FROM messages WHERE sender = 'shopper'",
    "model": "SELECT conversation_id, model_version FROM messages WHERE sender = 'shopper'",
    "act": "SELECT conversation_id, act FROM written_replies WHERE conversation_id IN (SELECT id FROM conversations)",
}
_FACETS_SQLITE = {
    "action": "SELECT conversation_id, each.value FROM messages, json_each(actions) AS each "
              "WHERE sender = 'shopper' AND json_type(actions) = 'array'",
    "entity": "SELECT conversation_id, json_extract(each.value, '$.entity') FROM messages, json_each(entities) AS each "
              "WHERE json_type(entities) = 'array' AND each.type = 'object'",
}  # fmt: skip
_FACETS_POSTGRESQL = {
    "action": "SELECT conversation_id, each.value FROM messages, jsonb_array_elements_text("
              "CASE jsonb_typeof(actions) WHEN 'array' THEN actions END) AS each(value) WHERE sender = 'shopper'",
    "entity": "SELECT conversation_id, each.value ->> 'entity' FROM messages, jsonb_array_elements("
              "CASE jsonb_typeof(entities) WHEN 'array' THEN entities END) AS each(value) "
              "WHERE jsonb_typeof(each.value) = 'object'",
}  # fmt: skip


def fill(connection: Connection) -> None:
    """Number all conversations, sum them up, and store their facets and words. The tables of those are empty."""
    connection.execute(text(_NUMBERS))
    connection.execute(text(_SUMMARIES))
    for kind, found in (_FACETS | (_FACETS_SQLITE if is_sqlite(connection) else _FACETS_POSTGRESQL)).items():
        connection.execute(text(f"""
            INSERT INTO conversation_facets (conversation_id, kind, value)
            SELECT DISTINCT found.id, '{kind}', substr(found.value, 1, {VALUE_CHARS})
            FROM (SELECT NULL AS id, NULL AS value WHERE 1 = 0 UNION ALL {found}) AS found
            WHERE found.value IS NOT NULL AND found.value <> ''
        """))  # noqa: S608 - made of the constants above
    for batch in _conversations(connection):
        _fill_words(connection, batch)


def _conversations(connection: Connection) -> Iterator[list[tuple[int, str]]]:
    """Numbers and ids, BATCH at a time."""
    last = 0
    query = text("SELECT number, id FROM conversations WHERE number > :last ORDER BY number LIMIT :batch")
    while batch := [tuple(row) for row in connection.execute(query, {"last": last, "batch": BATCH})]:
        yield batch
        last = batch[-1][0]


def _fill_words(connection: Connection, batch: list[tuple[int, str]]) -> None:
    span = {"first": batch[0][0], "last": batch[-1][0]}
    within = "JOIN conversations ON conversations.id = conversation_id WHERE number BETWEEN :first AND :last"
    terms: dict[int, dict[str, None]] = {number: {} for number, _ in batch}
    facets = connection.execute(
        text(f"SELECT number, kind, value FROM conversation_facets {within} ORDER BY number, kind, value"),  # noqa: S608
        span,
    )
    for number, kind, value in facets:
        terms[number][search_words.facet(kind, value)] = None
    previews = []
    said = connection.execute(
        text(f"SELECT number, sender, text FROM messages {within} ORDER BY number, seq"), span  # noqa: S608
    )
    for number, messages in groupby(said, key=lambda row: row[0]):
        last_words = ""
        for _, sender, words in messages:
            last_words = words if sender == "shopper" else last_words
            if len(terms[number]) < TERMS_MAX:
                terms[number].update(dict.fromkeys(search_words.terms(words)))
        previews.append({"number": number, "preview": preview(last_words)})
    connection.execute(
        text("INSERT INTO conversation_words (number, conversation_id, words) VALUES (:number, :id, :words)"),
        [{"number": number, "id": conversation_id, "words": " ".join(terms[number])}
         for number, conversation_id in batch],
    )
    if previews:
        connection.execute(text("UPDATE conversations SET preview = :preview WHERE number = :number"), previews)
