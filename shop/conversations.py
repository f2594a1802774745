"""Transcripts: every message stored once, numbered without gaps (``shop.numbering``), answered once.

Who may speak in a conversation is ``shop.takeover``'s to say; a message with a ``client_id`` seen before is found
before a number is spent on it.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shop import conversation_facets, limits, numbering, review_reasons, takeover
from shop.clock import utc_now
from shop.database import upsert
from shop.errors import AlreadyAnswered, BadInput, NotFound
from shop.message import Conversation, Message
from shop.owner import Owner
from shop.schema import clicks, conversations, exposures, messages

__all__ = [
    "Conversation", "Message", "add_bot_reply", "add_click", "add_exposures", "add_shopper_message",
    "add_system_message", "attach", "get", "get_owned", "latest", "mark_read", "message",
    "messages_after", "open_conversation", "pending", "recent", "replies_to", "set_contact_email",
    "set_feedback",
]  # fmt: skip

PAGE = 200


def open_conversation(db: Session, owner: Owner, channel: str = "web") -> Conversation:
    """Begin a conversation. Raises BadInput for an owner that names nobody."""
    owner.require()
    now = utc_now()
    opened = Conversation(
        uuid4().hex, owner.customer_id, owner.visitor_id, limits.line("channel", channel, 24), "bot", 0, 0, now, now
    )
    db.execute(insert(conversations).values(vars(opened)))
    conversation_facets.note_opened(db, opened.id, opened.channel)
    return opened


def get(db: Session, conversation_id: str) -> Conversation | None:
    """The conversation, whoever's it is: for the house itself. For a shopper use ``get_owned``."""
    row = db.execute(select(conversations).where(conversations.c.id == conversation_id)).first()
    return Conversation.from_row(row) if row else None


def get_owned(db: Session, conversation_id: str, owner: Owner) -> Conversation | None:
    """The conversation where it is this owner's, else None."""
    found = get(db, conversation_id)
    if found is None:
        return None
    if found.customer_id:
        return found if found.customer_id == owner.customer_id else None
    return found if found.visitor_id and found.visitor_id == owner.visitor_id else None


def latest(db: Session, owner: Owner) -> Conversation | None:
    """The conversation in which this owner spoke last, or None.

    A visitor never gets one that belongs to a customer, even where it began in the same browser.
    """
    owner.require()
    query = select(conversations).order_by(conversations.c.last_at.desc(), conversations.c.id).limit(1)
    if owner.customer_id:
        query = query.where(conversations.c.customer_id == owner.customer_id)
    else:
        query = query.where(conversations.c.visitor_id == owner.visitor_id, conversations.c.customer_id.is_(None))
    row = db.execute(query).first()
    return Conversation.from_row(row) if row else None


def attach(db: Session, visitor_id: str, customer_id: str) -> int:
    """Give the visitor's conversations to the customer who signed in. Returns how many there were."""
    return db.execute(
        update(conversations)
        .where(conversations.c.visitor_id == visitor_id, conversations.c.customer_id.is_(None))
        .values(customer_id=customer_id)
    ).rowcount


def recent(db: Session, status: str | None = None, limit: int = 50) -> list[Conversation]:
    """The conversations with the newest messages first, of one ``status`` or of all."""
    query = select(conversations).order_by(conversations.c.last_at.desc()).limit(limit)
    if status is not None:
        query = query.where(conversations.c.status == takeover.checked_status(status))
    return [Conversation.from_row(row) for row in db.execute(query)]


def set_contact_email(db: Session, conversation_id: str, address: str) -> None:
    """Where the shopper may be written to outside the chat. Raises BadInput for an address that is none."""
    db.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(contact_email=limits.email(address))
    )


def mark_read(db: Session, conversation_id: str, seq: int) -> int:
    """The shopper has read up to ``seq``. Never goes back, nor past the last message; returns what now holds.

    Raises NotFound for an unknown conversation.
    """
    db.execute(
        update(conversations)
        .where(
            conversations.c.id == conversation_id,
            conversations.c.read_seq < seq,
            conversations.c.last_seq >= seq,
        )
        .values(read_seq=seq)
    )
    found = get(db, conversation_id)
    if found is None:
        raise NotFound("conversation", conversation_id)
    return found.read_seq


def add_shopper_message(
    db: Session, conversation_id: str, client_id: str, text: str, payload: dict[str, Any] | None = None
) -> tuple[Message, bool]:
    """Store what the shopper said; returns (the message, whether it was there already).

    The same ``client_id`` again returns the first message and changes nothing. The message is "pending" where it is
    the bot's to answer (``shop.takeover.hear``). Raises NotFound for an unknown
    conversation, BadInput for a text that is empty or longer than limits.MESSAGE_CHARS.
    """
    client_id = limits.request_id(client_id, "client_id")
    text = limits.paragraph("text", text, limits.MESSAGE_CHARS, required=True)
    if payload is not None and len(json.dumps(payload)) > limits.PAYLOAD_BYTES:
        raise BadInput("payload", "…", f"it may have {limits.PAYLOAD_BYTES} bytes.")
    conversation = numbering.locked(db, conversation_id)
    known = numbering.message_of_client(db, conversation_id, client_id)
    if known is not None:
        return known, True
    state = takeover.hear(db, conversation)
    draft = {"client_id": client_id, "sender": "shopper", "text": text, "payload": payload, "state": state}
    return numbering.append(db, conversation, [draft])[0], False


def add_bot_reply(
    db: Session, conversation_id: str, in_reply_to_seq: int, replies: list[dict[str, Any]], turn: dict[str, Any]
) -> list[Message]:
    """Store the bot's answer to one message of the shopper, at most once; returns the bot's messages.

    ``replies``: dicts with "text", and "payload" or Rasa's own "buttons" and "custom". ``turn``: the turn as Rasa
    reports it (intent, confidence, entities, intent_ranking, actions, model_version, duration_ms). "exposures" in
    a custom part are recorded and not kept in the message. Raises AlreadyAnswered where the message is not
    pending any more (answered, or taken by staff), NotFound where it does not exist; nothing is written then.
    """
    conversation = numbering.locked(db, conversation_id)
    understood = {
        "intent": turn.get("intent"),
        "intent_confidence": turn.get("confidence"),
        "entities": turn.get("entities"),
        "turn": turn,
    }
    said = {name: turn.get(name) for name in ("actions", "model_version", "duration_ms")}
    of_message = (messages.c.conversation_id == conversation_id, messages.c.seq == in_reply_to_seq)
    claimed = db.execute(
        update(messages)
        .where(*of_message, messages.c.sender == "shopper", messages.c.state == "pending")
        .values(state="answered", **understood, **said)
    ).rowcount
    if claimed != 1:
        if db.execute(select(messages.c.seq).where(*of_message, messages.c.sender == "shopper")).first():
            raise AlreadyAnswered(conversation_id, in_reply_to_seq)
        raise NotFound("message", f"{conversation_id}/{in_reply_to_seq}")
    drafts, shown = [], []
    for reply in replies:
        payload = dict(reply.get("payload") or reply.get("custom") or {})
        if reply.get("buttons"):
            payload["buttons"] = reply["buttons"]
        shown.append(payload.pop("exposures", None) or [])
        drafts.append({
            "sender": "bot", "text": reply.get("text") or "", "payload": payload or None,
            "in_reply_to": in_reply_to_seq, **said,
        })  # fmt: skip
    stored = numbering.append(db, conversation, drafts)
    for bot_message, items in zip(stored, shown, strict=True):
        add_exposures(db, conversation_id, bot_message.seq, items)
    conversation_facets.note_turn(db, conversation_id, turn)
    review_reasons.note_turn(db, conversation_id, in_reply_to_seq)
    return stored


def add_system_message(
    db: Session, conversation_id: str, text: str, payload: dict[str, Any] | None = None,
    in_reply_to: int | None = None,
) -> Message:  # fmt: skip
    """Store a note of the house itself, such as "Ada has joined". Raises NotFound or BadInput.

    ``in_reply_to``: seq of the shopper's message that it answers, as an apology does; None where it answers none.
    """
    text = limits.paragraph("text", text, limits.MESSAGE_CHARS)
    draft = {"sender": "system", "text": text, "payload": payload, "in_reply_to": in_reply_to}
    return numbering.append(db, numbering.locked(db, conversation_id), [draft])[0]


def pending(db: Session, conversation_id: str | None = None, limit: int = 1000) -> list[Message]:
    """Shoppers' messages without an answer, of one conversation or all, oldest first in each conversation."""
    query = select(messages).where(messages.c.state == "pending")
    if conversation_id is not None:
        query = query.where(messages.c.conversation_id == conversation_id)
    query = query.order_by(messages.c.conversation_id, messages.c.seq).limit(limit)
    return [Message.from_row(row) for row in db.execute(query)]


def message(db: Session, conversation_id: str, seq: int) -> Message | None:
    """One message, or None."""
    found = select(messages).where(messages.c.conversation_id == conversation_id, messages.c.seq == seq)
    row = db.execute(found).first()
    return Message.from_row(row) if row else None


def messages_after(db: Session, conversation_id: str, seq: int = 0, limit: int = PAGE) -> list[Message]:
    """Messages with a number above ``seq``, in order, at most ``limit``; empty where there are none."""
    query = (
        select(messages)
        .where(messages.c.conversation_id == conversation_id, messages.c.seq > seq)
        .order_by(messages.c.seq)
        .limit(limit)
    )
    return [Message.from_row(row) for row in db.execute(query)]


def replies_to(db: Session, conversation_id: str, seq: int) -> list[Message]:
    """The messages that answer message ``seq``, an apology of the house included, in order."""
    query = (
        select(messages)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.seq > seq,
            messages.c.in_reply_to == seq,
        )
        .order_by(messages.c.seq)
    )
    return [Message.from_row(row) for row in db.execute(query)]


def set_feedback(db: Session, conversation_id: str, seq: int, value: str | None) -> None:
    """A thumb on a message of the bot: "up", "down" or None to take it back.

    Raises BadInput for another value, NotFound where there is no such message of the bot.
    """
    if value not in ("up", "down", None):
        raise BadInput("value", value, 'use "up", "down" or null.')
    numbering.locked(db, conversation_id)
    changed = db.execute(
        update(messages)
        .where(messages.c.conversation_id == conversation_id, messages.c.seq == seq, messages.c.sender == "bot")
        .values(feedback=value)
    ).rowcount
    if not changed:
        raise NotFound("message of the bot", f"{conversation_id}/{seq}")
    conversation_facets.note_feedback(db, conversation_id)
    review_reasons.note_feedback(db, conversation_id, seq)


def add_exposures(db: Session, conversation_id: str, seq: int, items: list[dict[str, Any]]) -> None:
    """Record what message ``seq`` showed: dicts with product_id, position, probability and source.

    Recording the same again changes nothing.
    """
    if not items:
        return
    now = utc_now()
    rows = [
        {
            "conversation_id": conversation_id, "seq": seq, "product_id": item["product_id"],
            "position": int(item["position"]), "probability": float(item["probability"]),
            "source": item["source"], "at": now,
        }
        for item in items
    ]  # fmt: skip
    db.execute(upsert(db, exposures).on_conflict_do_nothing(), rows)


def add_click(db: Session, conversation_id: str, seq: int, product_id: str) -> bool:
    """Record a click on a product that message ``seq`` showed; False where that click is known already.

    Raises NotFound where the message did not show the product, so that a client cannot invent clicks.
    """
    known = message(db, conversation_id, seq)
    cards = ((known.payload or {}).get("cards") or []) if known else []
    if not any(card.get("product_id") == product_id for card in cards):
        raise NotFound("product in that message", product_id)
    row = {"conversation_id": conversation_id, "seq": seq, "product_id": product_id, "at": utc_now()}
    statement = upsert(db, clicks).values(row).on_conflict_do_nothing().returning(clicks.c.id)
    return db.execute(statement).first() is not None
