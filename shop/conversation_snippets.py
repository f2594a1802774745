"""What of a conversation matched a search: a piece of the best message, with the hits marked."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop import search_words
from shop.schema import conversations, messages
from shop.search_words import Wanted

LOOKED_AT = 200  # latest messages of a conversation
SNIPPET_CHARS = 180
BEFORE_CHARS = 50  # in front of the first hit

# Makes what somebody may read of a message: (conversation id, text, entities) -> text.
Mask = Callable[[str, str, list[dict[str, Any]] | None], str]


@dataclass(frozen=True)
class Snippet:
    """``parts``: pieces of message ``seq`` in order, each with whether it was searched for."""

    seq: int
    sender: str
    parts: tuple[tuple[str, bool], ...]


def snippets(db: Session, ids: Sequence[str], wanted: Wanted, mask: Mask | None = None) -> dict[str, Snippet]:
    """For each conversation the message that has most of what is wanted, the first of several.

    One is missing where none of the latest LOOKED_AT messages has any of it.
    """
    if not wanted or not ids:
        return {}
    rows = db.execute(
        select(messages.c.conversation_id, messages.c.seq, messages.c.sender, messages.c.text)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(conversations.c.id.in_(ids), messages.c.seq > conversations.c.last_seq - LOOKED_AT)
        .order_by(messages.c.conversation_id, messages.c.seq)
    )
    best: dict[str, tuple[int, int, str, str]] = {}
    most = len(wanted.terms) + (wanted.prefix is not None)
    for talk, seq, sender, text in rows:
        before = best[talk][0] if talk in best else 0
        hits = _hits(text, wanted) if before < most else 0
        if hits > before:
            best[talk] = hits, seq, sender, text
    entities = _entities(db, [(talk, seq) for talk, (_, seq, _, _) in best.items()]) if mask else {}
    return {
        talk: Snippet(seq, sender, _parts(mask(talk, text, entities.get((talk, seq))) if mask else text, wanted))
        for talk, (_, seq, sender, text) in best.items()
    }


def _entities(db: Session, places: list[tuple[str, int]]) -> dict[tuple[str, int], list[dict[str, Any]] | None]:
    key = messages.c.conversation_id, messages.c.seq
    # More than is asked for, as SQLite finds pairs by no index.
    near = (column_of.in_(set(values)) for column_of, values in zip(key, zip(*places, strict=True), strict=True))
    found = db.execute(select(*key, messages.c.entities).where(*near)) if places else ()
    return {(talk, seq): entities for talk, seq, entities in found}


def _hits(text: str, wanted: Wanted) -> int:
    """How many of the wanted terms a text has."""
    words = search_words.words(text)
    if wanted.words.isdisjoint(words) and not (
        wanted.beginning and any(word.startswith(wanted.beginning) for word in words)
    ):
        return 0  # nearly all texts: they are not cut into pairs of words
    terms = search_words.terms(text)
    begun = wanted.prefix is not None and any(term.startswith(wanted.prefix) for term in terms)
    return len(terms.intersection(wanted.terms)) + begun


def _parts(text: str, wanted: Wanted) -> tuple[tuple[str, bool], ...]:
    """The text around the first hit, cut where hits begin and end."""
    line = " ".join(text.split())
    places = [(start, end) for start, end, said in search_words.pieces(line) if any(map(wanted.wants, said))]
    first = max(0, places[0][0] - BEFORE_CHARS) if places and len(line) > SNIPPET_CHARS else 0
    last = min(len(line), first + SNIPPET_CHARS)
    parts, done = [("…", False)] if first else [], first
    for start, end in places:
        if end > last:
            break
        parts += [(line[done:start], False), (line[start:end], True)]
        done = end
    parts += [(line[done:last], False), ("…" if last < len(line) else "", False)]
    return tuple((piece, hit) for piece, hit in parts if piece)
