"""What a conversation is found by, kept in the transaction that says it: its summary, its facets and its words.

The summary stands in the conversation's own row (the shopper's last words, the lowest confidence, thumbs), facets in
``conversation_facets``, and both facets and words in ``conversation_words``. Whoever calls holds the conversation
(``numbering.locked``), so that no word of another message is lost in between.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from shop import search_words
from shop.database import upsert
from shop.message import Message
from shop.schema import conversation_facets, conversation_words, conversations, messages, written_replies

KINDS = ("intent", "action", "entity", "model", "act", "channel")
VALUE_CHARS = search_words.FACET_CHARS
PREVIEW_CHARS = conversations.c.preview.type.length
# Of one conversation. Thousands of messages have fewer; whoever sends noise is not to slow the messages after it.
TERMS_MAX = 8000

Facet = tuple[str, str]  # (kind, value)


def preview(text: str) -> str:
    """The beginning of what a shopper said, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW_CHARS else f"{line[:PREVIEW_CHARS - 1].rstrip()}…"


def summary_of(stored: Sequence[Message]) -> dict[str, Any]:
    """What new messages change in their conversation's row, by column; empty where the shopper said none of them."""
    said = [message.text for message in stored if message.sender == "shopper"]
    return {"preview": preview(said[-1])} if said else {}


def facets_of_turn(turn: dict[str, Any]) -> list[Facet]:
    """The facets of a turn as Rasa reported it. Values of entities are none: they may be personal."""
    entities = [each.get("entity") for each in turn.get("entities") or () if isinstance(each, dict)]
    found = [("intent", turn.get("intent")), ("model", turn.get("model_version")),
             *(("action", each) for each in turn.get("actions") or ()), *(("entity", each) for each in entities)]
    return list(dict.fromkeys((kind, str(value)[:VALUE_CHARS]) for kind, value in found if value))


def note_opened(db: Session, conversation_id: str, channel: str) -> None:
    """A conversation began."""
    _note(db, conversation_id, [("channel", channel)])


def note_messages(db: Session, conversation_id: str, stored: Sequence[Message]) -> None:
    """The words of messages that were just stored."""
    _add_terms(db, conversation_id, set().union(*(search_words.terms(message.text) for message in stored)))


def note_turn(db: Session, conversation_id: str, turn: dict[str, Any]) -> None:
    """A message was understood and answered: the turn's facets, its confidence, and how its replies were written."""
    acts = db.execute(
        select(written_replies.c.act).where(written_replies.c.conversation_id == conversation_id).distinct()
    ).scalars()
    _note(db, conversation_id, [*facets_of_turn(turn), *(("act", act) for act in acts)])
    confidence = turn.get("confidence")
    if confidence is not None:
        lowest = conversations.c.lowest_confidence
        db.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id, lowest.is_(None) | (lowest > confidence))
            .values(lowest_confidence=confidence)
        )


def note_feedback(db: Session, conversation_id: str) -> None:
    """A thumb came, went or turned."""
    def thumbs(value: str):
        return (
            select(func.count()).select_from(messages)
            .where(messages.c.conversation_id == conversation_id, messages.c.feedback == value).scalar_subquery()
        )

    db.execute(
        update(conversations).where(conversations.c.id == conversation_id)
        .values(thumbs_up=thumbs("up"), thumbs_down=thumbs("down"))
    )


def choices(db: Session, kind: str, limit: int = 500) -> list[str]:
    """The values that a kind of facet has anywhere, in order. Quick: it leaps from value to value."""
    first = select(func.min(conversation_facets.c.value)).where(conversation_facets.c.kind == kind)
    leaps = select(first.scalar_subquery().label("value")).cte("leaps", recursive=True)
    further = (
        select(func.min(conversation_facets.c.value))
        .where(conversation_facets.c.kind == kind, conversation_facets.c.value > leaps.c.value).scalar_subquery()
    )
    leaps = leaps.union_all(select(further).where(leaps.c.value.is_not(None)))
    found = select(leaps.c.value).where(leaps.c.value.is_not(None)).limit(limit)
    return list(db.execute(found).scalars())


def _note(db: Session, conversation_id: str, facets: Iterable[Facet]) -> None:
    rows = [{"conversation_id": conversation_id, "kind": kind, "value": value} for kind, value in facets]
    if rows:
        db.execute(upsert(db, conversation_facets).on_conflict_do_nothing(), rows)
        _add_terms(db, conversation_id, {search_words.facet(row["kind"], row["value"]) for row in rows})


def _add_terms(db: Session, conversation_id: str, terms: set[str]) -> None:
    """Facets are always added, words until there are TERMS_MAX."""
    table = conversation_words
    known = db.execute(select(table.c.words).where(table.c.conversation_id == conversation_id)).scalar()
    before = set(known.split(" ")) if known else set()
    new = sorted(terms - before)
    if len(before) + len(new) > TERMS_MAX:
        room = max(0, TERMS_MAX - len(before))
        new = [*(term for term in new if term[0] == "="), *[term for term in new if term[0] != "="][:room]]
    if known is None:
        number = select(conversations.c.number).where(conversations.c.id == conversation_id).scalar_subquery()
        db.execute(insert(table).values(number=number, conversation_id=conversation_id, words=" ".join(new)))
    elif new:
        joined = table.c.words + bindparam("more", " ".join(["", *new] if known else new))
        db.execute(update(table).where(table.c.conversation_id == conversation_id).values(words=joined))
