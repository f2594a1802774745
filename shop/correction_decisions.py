"""Corrections as trainers decide about them: each with the words it is about, and what was decided."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop import reviews
from shop.message import Message
from shop.reviews import Correction
from shop.schema import conversations, corrections, messages, staff, written_replies

MOST_SHOWN = 100


@dataclass(frozen=True)
class ToDecide:
    """A correction that waits.

    ``said``: the corrected message. ``heard``: for a reply, the shopper's message that it answered; None where it
    answered none. ``beside``: other corrections of the same message that nobody refused. ``written``: (act,
    template) of what the reply model wrote in that turn, in order.
    """

    correction: Correction
    said: Message
    heard: Message | None
    customer_id: str | None
    beside: Sequence[Correction]
    written: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Decided:
    """``by``: the trainer's name, None where their account is gone."""

    correction: Correction
    by: str | None


def waiting(db: Session, ids: Iterable[int] | None = None, limit: int = MOST_SHOWN) -> list[ToDecide]:
    """Corrections that wait for a trainer, oldest first: all, or those of ``ids`` that still do."""
    found = reviews.undecided(db, limit=limit if ids is None else 10_000)
    if ids is not None:
        wanted = set(ids)
        found = [each for each in found if each.correction_id in wanted]
    if not found:
        return []
    of = {each.conversation_id: None for each in found}
    beside = [each for conversation_id in of for each in reviews.of_conversation(db, conversation_id)]
    said = _messages(db, {(each.conversation_id, each.seq) for each in found})
    heard = _messages(db, {(each.conversation_id, each.in_reply_to) for each in said.values() if each.in_reply_to})
    query = select(conversations.c.id, conversations.c.customer_id).where(conversations.c.id.in_(list(of)))
    customers = {row.id: row.customer_id for row in db.execute(query)}
    listed = []
    for each in found:
        about = said.get((each.conversation_id, each.seq))
        if about is None:
            continue  # the conversation is being erased
        asked = about.in_reply_to if each.kind == "reply" else None
        listed.append(ToDecide(
            each, about, heard.get((each.conversation_id, asked)), customers.get(each.conversation_id),
            [other for other in beside if (other.conversation_id, other.seq) == (each.conversation_id, each.seq)
             and other.correction_id != each.correction_id and other.status != "refused"],
            _written(db, each.conversation_id, asked) if asked else [],
        ))  # fmt: skip
    return listed


def count_waiting(db: Session) -> int:
    """How many corrections wait for a trainer."""
    return db.execute(select(func.count()).where(corrections.c.status == "open")).scalar_one()


def decided(db: Session, limit: int = MOST_SHOWN) -> list[Decided]:
    """What was decided last, the newest first; empty where nothing was."""
    trainer, made = staff.alias("trainer"), corrections.c
    query = (
        select(
            made.id, made.conversation_id, made.seq, made.kind, made.before, made.after, made.staff_id, staff.c.name,
            made.at, made.status, made.decided_by, made.decided_at, made.decision, trainer.c.name.label("trainer"),
        )
        .join_from(corrections, staff, staff.c.id == made.staff_id, isouter=True)
        .join(trainer, trainer.c.id == made.decided_by, isouter=True)
        .where(made.status != "open").order_by(made.decided_at.desc(), made.id.desc()).limit(limit)
    )  # fmt: skip
    return [Decided(Correction(*row[:-1]), row[-1]) for row in db.execute(query)]


def _messages(db: Session, keys: set[tuple[str, int]]) -> dict[tuple[str, int], Message]:
    if not keys:
        return {}
    # Not as pairs: for a pair that is "in" a list of pairs, SQLite looks through all messages there are.
    talks, seqs = ({key[place] for key in keys} for place in (0, 1))
    query = select(messages).where(messages.c.conversation_id.in_(talks), messages.c.seq.in_(seqs))
    rows = {(row.conversation_id, row.seq): row for row in db.execute(query)}
    return {key: Message.from_row(rows[key]) for key in keys if key in rows}


def _written(db: Session, conversation_id: str, seq: int) -> list[tuple[str, str]]:
    query = (
        select(written_replies.c.act, written_replies.c.template)
        .where(written_replies.c.conversation_id == conversation_id,
               written_replies.c.message_id == f"{conversation_id}-{seq}",  # the gateway's name of the turn
               written_replies.c.template.is_not(None))
        .order_by(written_replies.c.id)
    )  # fmt: skip
    return [(row.act, row.template) for row in db.execute(query)]
