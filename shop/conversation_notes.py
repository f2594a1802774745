"""Private notes of staff, on one message of a conversation or on the whole: no shopper ever reads them in the chat.

They are part of what the shop holds about a customer all the same: see ``shop.privacy``.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.errors import NotFound
from shop.schema import conversation_notes, conversations, messages, staff

NOTE_CHARS = conversation_notes.c.text.type.length
MOST = 500  # of one conversation that are read


@dataclass(frozen=True)
class Note:
    """One note. ``seq``: the message it is about, or None. ``name``: who wrote it; None where that account is gone."""

    note_id: int
    conversation_id: str
    seq: int | None
    staff_id: int | None
    name: str | None
    text: str
    at: datetime


def add(db: Session, conversation_id: str, staff_id: int, text: str, seq: int | None = None) -> Note:
    """Write a note. Raises BadInput for no text or too much, NotFound for an unknown conversation or message."""
    text = limits.paragraph("note", text, NOTE_CHARS, required=True)
    if db.execute(select(conversations.c.id).where(conversations.c.id == conversation_id)).first() is None:
        raise NotFound("conversation", conversation_id)
    if seq is not None and not db.execute(
        select(messages.c.seq).where(messages.c.conversation_id == conversation_id, messages.c.seq == seq)
    ).first():
        raise NotFound("message", f"{conversation_id}/{seq}")
    values = {"conversation_id": conversation_id, "seq": seq, "staff_id": staff_id, "text": text, "at": utc_now()}
    made = db.execute(insert(conversation_notes).values(**values))
    return _one(db, made.inserted_primary_key[0])


def change(db: Session, conversation_id: str, note_id: int, staff_id: int, text: str) -> Note:
    """Rewrite a note of one's own. Raises NotFound for another's, as for one that is not there, and BadInput."""
    text = limits.paragraph("note", text, NOTE_CHARS, required=True)
    mine = _own(conversation_id, note_id, staff_id)
    if not db.execute(update(conversation_notes).where(*mine).values(text=text)).rowcount:
        raise NotFound("note of yours", note_id)
    return _one(db, note_id)


def remove(db: Session, conversation_id: str, note_id: int, staff_id: int) -> None:
    """Take back a note of one's own. Raises NotFound for another's, as for one that is not there."""
    if not db.execute(delete(conversation_notes).where(*_own(conversation_id, note_id, staff_id))).rowcount:
        raise NotFound("note of yours", note_id)


def of(db: Session, conversation_id: str) -> list[Note]:
    """The notes on a conversation, oldest first, at most MOST; empty where there are none."""
    query = _query().where(conversation_notes.c.conversation_id == conversation_id)
    return [Note(*row) for row in db.execute(query.order_by(conversation_notes.c.id).limit(MOST))]


def _one(db: Session, note_id: int) -> Note:
    return Note(*db.execute(_query().where(conversation_notes.c.id == note_id)).one())


def _query():
    note = conversation_notes.c
    return select(note.id, note.conversation_id, note.seq, note.staff_id, staff.c.name, note.text, note.at).join_from(
        conversation_notes, staff, staff.c.id == note.staff_id, isouter=True
    )


def _own(conversation_id: str, note_id: int, staff_id: int) -> tuple:
    note = conversation_notes.c
    return note.id == note_id, note.conversation_id == conversation_id, note.staff_id == staff_id
