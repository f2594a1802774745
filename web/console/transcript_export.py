"""The conversations of a filter as a file, written while they are read: JSON lines with every message, or CSV."""
from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from shop.conversation_search import Filters, Found, find
from shop.database import Database
from shop.masking import mask_entities
from shop.transcript import spoken
from web.console.file_rows import csv_row, plain
from web.console.marked_text import Eyes
from web.console.transcript_rows import eyes_for

LIMIT = 5000  # conversations
BATCH = 100
COLUMNS = (
    "conversation", "customer", "channel", "status", "begun", "last message", "messages", "intents",
    "lowest confidence", "thumbs up", "thumbs down", "review", "last words",
)  # fmt: skip
MORE = f"There are more than the {LIMIT} conversations in this file. Narrow the filter to get the others."


def json_lines(database: Database, filters: Filters, sees_customers: bool) -> Iterator[str]:
    """A conversation a line, newest first. Where there are more than LIMIT, a last line says so."""
    for page, more in _pages(database, filters):
        with database.session() as db:
            eyes = eyes_for(db, page, sees_customers)
            said = _messages(db, page, eyes)
        for each in page:
            talk = _facts(each, eyes[each.conversation_id])
            yield f"{json.dumps(talk | {'messages': said[each.conversation_id]}, ensure_ascii=False, default=plain)}\n"
        if more:
            yield f"{json.dumps({'more': MORE})}\n"


def csv_lines(database: Database, filters: Filters, sees_customers: bool) -> Iterator[str]:
    """A conversation a row; no cell is a formula. Where there are more than LIMIT, a last row says so."""
    yield csv_row(COLUMNS)
    for page, more in _pages(database, filters):
        with database.session() as db:
            eyes = eyes_for(db, page, sees_customers)
        for each in page:
            facts = _facts(each, eyes[each.conversation_id])
            yield csv_row([" ".join(value) if isinstance(value, list) else value for value in facts.values()])
        if more:
            yield csv_row([MORE])


def _pages(database: Database, filters: Filters) -> Iterator[tuple[list[Found], bool]]:
    """(conversations, whether these are the last of LIMIT although there are more)."""
    place, count = None, 0
    while count < LIMIT:
        with database.session() as db:
            page = find(db, filters, older_than=place, size=min(BATCH, LIMIT - count))
        count, place = count + len(page.rows), page.older
        yield page.rows, place is not None and count >= LIMIT
        if place is None:
            return


def _facts(each: Found, eyes: Eyes) -> dict[str, Any]:
    """In the order of COLUMNS."""
    return {
        "conversation": each.conversation_id, "customer_id": each.customer_id if eyes.sees else None,
        "channel": each.channel, "status": each.status, "opened_at": each.opened_at, "last_at": each.last_at,
        "messages_count": each.last_seq, "intents": list(each.intents), "lowest_confidence": each.lowest_confidence,
        "thumbs_up": each.thumbs_up, "thumbs_down": each.thumbs_down, "review_state": each.review_state,
        "last_words": eyes.text(each.preview),
    }  # fmt: skip


def _messages(db: Session, page: Sequence[Found], eyes: dict[str, Eyes]) -> dict[str, list[dict[str, Any]]]:
    said: dict[str, list[dict[str, Any]]] = {each.conversation_id: [] for each in page}
    for each in spoken(db, list(said)):
        may_see = eyes[each.conversation_id]
        said[each.conversation_id].append({
            "number": each.seq, "at": each.at, "sender": each.sender,
            "text": may_see.text(each.text, each.entities), "intent": each.intent, "confidence": each.intent_confidence,
            "entities": each.entities if may_see.sees else mask_entities(each.entities), "actions": each.actions,
            "model_version": each.model_version, "thumb": each.feedback,
        })  # fmt: skip
    return said
