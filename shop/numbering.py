"""Numbers for messages: a conversation's row is the lock for all that is written in it.

Whoever writes holds that row first. So messages are numbered from 1 without gaps whatever number of processes write,
and who may speak (``shop.takeover``) is decided for each message before the next one comes.
"""
from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shop import conversation_facets
from shop.clock import utc_now
from shop.database import lock_for_writing
from shop.errors import NotFound
from shop.message import Conversation, Message
from shop.schema import conversations, messages


def locked(db: Session, conversation_id: str) -> Conversation:
    """The conversation as it stands, held until this transaction ends. Raises NotFound."""
    lock_for_writing(db)
    row = db.execute(select(conversations).where(conversations.c.id == conversation_id).with_for_update()).first()
    if row is None:
        raise NotFound("conversation", conversation_id)
    return Conversation.from_row(row)


def append(db: Session, conversation: Conversation, drafts: list[dict[str, Any]]) -> list[Message]:
    """Number and store messages in a conversation that is ``locked`` and was not written in since.

    ``drafts``: dicts with "sender" and "text", and further fields of Message; none, and nothing is stored.
    """
    if not drafts:
        return []
    now = utc_now()
    stored = [
        Message(**{
            "conversation_id": conversation.id, "seq": seq, "client_id": None, "payload": None, "at": now, **draft
        })
        for seq, draft in enumerate(drafts, conversation.last_seq + 1)
    ]  # fmt: skip
    db.execute(
        update(conversations)
        .where(conversations.c.id == conversation.id)
        .values(last_seq=stored[-1].seq, last_at=now, **conversation_facets.summary_of(stored))
    )
    db.execute(insert(messages), [vars(item) for item in stored])
    conversation_facets.note_messages(db, conversation.id, stored)
    return stored


def message_of_client(db: Session, conversation_id: str, client_id: str) -> Message | None:
    """The message that was stored under its sender's own id, or None."""
    row = db.execute(
        select(messages).where(messages.c.conversation_id == conversation_id, messages.c.client_id == client_id)
    ).first()
    return Message.from_row(row) if row else None
