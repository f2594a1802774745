"""What waits for a reviewer: conversations with a reason to look at them, each by its weightiest sentence.

Which ten of them teach the most is chosen by ``models.informative``; here is what it chooses from.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from shop.errors import BadInput
from shop.review_reasons import NO_INTENT, REASONS, is_due
from shop.schema import conversations, messages, review_reasons

CANDIDATES = 500  # conversations: the newest ones
ROWS = 2 * CANDIDATES  # reasons that are read for them
TEXT_CHARS = 400
MOST_COUNTED = 500  # reasons of a kind: whether more wait matters to nobody


@dataclass(frozen=True)
class Reason:
    """``seq``: the shopper's message that it is about."""

    name: str
    seq: int
    weight: float


@dataclass(frozen=True)
class Candidate:
    """A conversation with its ``reasons``, weightiest first; what stands beside is of the first one's message.

    ``text``: its first TEXT_CHARS characters. ``weight``: from 0 to 1, of all its reasons together. ``intent``: the
    likeliest guess, None where there was none.
    """

    conversation_id: str
    seq: int
    text: str
    intent: str | None
    confidence: float | None
    reasons: tuple[Reason, ...]
    weight: float
    at: datetime
    reviewer_id: int | None


def candidates(
    db: Session, reviewer_id: int | None = None, reason: str | None = None, now: datetime | None = None
) -> list[Candidate]:
    """What waits, newest first, at most CANDIDATES; of one ``reason`` or of all. Empty where nothing does.

    What is assigned to a colleague of ``reviewer_id`` is left out. Raises BadInput for an unknown reason.
    """
    said, noted = messages.c, review_reasons.c
    # Of a message that was not understood, the best guess stands behind Rasa's name for being unsure. It is read from
    # the turn by the database: to read two thousand turns here would take as long as all the rest.
    unsure = said.intent == NO_INTENT
    guess = case((unsure, said.turn["intent_ranking", 1, "name"].as_string()), else_=said.intent)
    sure = case((unsure, said.turn["intent_ranking", 1, "confidence"].as_float()), else_=said.intent_confidence)
    query = (
        select(
            noted.conversation_id, noted.seq, noted.reason, noted.weight, conversations.c.reviewer_id, said.at,
            func.substr(said.text, 1, TEXT_CHARS).label("text"), guess.label("guess"), sure.label("sure"),
        )
        .join_from(review_reasons, conversations, conversations.c.id == noted.conversation_id)
        .join(messages, and_(said.conversation_id == noted.conversation_id, said.seq == noted.seq))
        .where(is_due(now))
        .order_by(noted.at.desc(), noted.conversation_id, noted.seq)
        .limit(ROWS)
    )  # fmt: skip
    if reason is not None:
        query = query.where(noted.reason == _known(reason))
    if reviewer_id is not None:
        mine = conversations.c.reviewer_id
        query = query.where(or_(mine.is_(None), mine == reviewer_id))
    found: dict[str, list[Any]] = {}
    for row in db.execute(query):
        if row.conversation_id in found or len(found) < CANDIDATES:
            found.setdefault(row.conversation_id, []).append(row)
    listed = []
    for talk, rows in found.items():
        rows.sort(key=lambda one: (-one.weight, -one.seq))
        first, reasons = rows[0], tuple(Reason(row.reason, row.seq, row.weight) for row in rows)
        listed.append(Candidate(
            talk, first.seq, first.text, first.guess, first.sure, reasons, _together(reasons), first.at,
            first.reviewer_id,
        ))  # fmt: skip
    return listed


def counts(db: Session, now: datetime | None = None) -> Counter[str]:
    """How many conversations wait for each reason, of its newest MOST_COUNTED rows; 0 for a reason without any."""
    found: Counter[str] = Counter()
    for reason in REASONS:
        newest = (
            select(review_reasons.c.conversation_id)
            .join_from(review_reasons, conversations, conversations.c.id == review_reasons.c.conversation_id)
            .where(review_reasons.c.reason == reason, is_due(now))
            .order_by(review_reasons.c.at.desc()).limit(MOST_COUNTED).subquery()
        )
        found[reason] = db.execute(select(func.count(newest.c.conversation_id.distinct()))).scalar_one()
    return found


def of_conversation(db: Session, conversation_id: str, now: datetime | None = None) -> list[Reason]:
    """Why a conversation is worth a look, by message; empty where nothing says so."""
    query = (
        select(review_reasons.c.reason, review_reasons.c.seq, review_reasons.c.weight)
        .join_from(review_reasons, conversations, conversations.c.id == review_reasons.c.conversation_id)
        .where(review_reasons.c.conversation_id == conversation_id, is_due(now))
        .order_by(review_reasons.c.seq, review_reasons.c.weight.desc())
    )
    return [Reason(*row) for row in db.execute(query)]


def _known(reason: str) -> str:
    if reason not in REASONS:
        raise BadInput("reason", reason, f"use one of {', '.join(REASONS)}.")
    return reason


def _together(reasons: Sequence[Reason]) -> float:
    """Several reasons weigh more than one, and never more than 1. One that comes up often counts once."""
    strongest: dict[str, float] = {}
    for each in reasons:
        strongest[each.name] = max(each.weight, strongest.get(each.name, 0.0))
    spared = 1.0
    for weight in strongest.values():
        spared *= 1 - weight
    return 1 - spared
