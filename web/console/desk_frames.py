"""Frames that the console's socket sends. Pure functions: each is made for one member, with what they may see."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shop.clock import utc_now
from shop.masking import Known, mask_text
from shop.takeover import STAFF_CLIENT
from web.gateway.frames import staff_frame

if TYPE_CHECKING:
    from shop.conversation_notes import Note
    from shop.desk_queue import QueueRow
    from shop.message import Conversation, Message
    from shop.staff import Member as Colleague
    from shop.takeover import Standing
    from web.console.access import Member

CARD_KEYS = ("title", "price_cents", "currency", "url")


def history(
    talk: Conversation, messages: Iterable[Message], more: bool, member: Member, known: Known
) -> dict[str, Any]:
    """The messages of a conversation as it is opened. ``more``: there are older ones than these."""
    shown = [message(talk.id, staff_frame(each), member, known) for each in messages]
    return {
        "type": "history", "conversation": talk.id, "messages": shown, "seq": talk.last_seq, "read": talk.read_seq,
        "more": more,
    }


def message(conversation_id: str, frame: dict[str, Any], member: Member, known: Known) -> dict[str, Any]:
    """The widget's frame, reduced to what the desk draws. Without ``sees_customers`` its texts are masked."""
    def words(text: Any, entities: Any = None) -> str:
        text = text if isinstance(text, str) else ""
        return text if member.sees_customers else mask_text(text, entities, known)

    shown: dict[str, Any] = {
        "type": "message", "conversation": conversation_id,
        **{key: frame.get(key) for key in ("seq", "sender", "at", "in_reply_to", "intent", "confidence", "feedback")},
        # A reply's frame has the entities of what it answers.
        "text": words(frame.get("text"), frame.get("entities") if frame.get("sender") == "shopper" else None),
    }
    if frame.get("id"):
        shown["id"] = frame["id"].removeprefix(STAFF_CLIENT)
    if name := frame.get("name"):
        shown["name"] = name
    if csat := frame.get("csat"):
        shown["csat"] = csat
    if cards := frame.get("cards"):
        shown["cards"] = [{key: card.get(key) for key in CARD_KEYS} for card in cards]
    if buttons := frame.get("buttons"):
        shown["buttons"] = [words(button["title"]) for button in buttons]
    if offer := frame.get("offer"):
        shown["offer"] = {"title": offer.get("title"), "code": offer.get("code")}
    if (order := frame.get("order")) and member.sees_customers:
        shown["order"] = {"number": order.get("number"), "status_text": order.get("status_text")}
    if table := frame.get("table"):
        rows = (table.get("columns", ()), *table.get("rows", ()))
        shown["table"] = [[words("–" if cell is None else str(cell)) for cell in row] for row in rows]
    if link := frame.get("link"):
        shown["link"] = words(link.get("title"))
    return shown


def standing(conversation_id: str, standing: Standing, meant_for: str | None = None) -> dict[str, Any]:
    """Who has the conversation now. ``meant_for``: the name behind ``assigned_to`` while it waits."""
    return {
        "type": "standing", "conversation": conversation_id, "status": standing.status,
        "assigned_to": standing.assigned_to, "holder": standing.agent or meant_for, "reason": standing.reason,
        "waiting_since": moment(standing.waiting_since),
    }


def queue(
    waiting: list[QueueRow], held: list[QueueRow], team: list[Colleague], member: Member, known: Mapping[str, Known]
) -> dict[str, Any]:
    """What waits (longest first), what this member holds, what others hold; and who could take one."""
    def row(each: QueueRow) -> dict[str, Any]:
        return _row(each, member, known.get(each.conversation_id, ()))

    now = utc_now()
    here = {each.staff_id for each in team if each.available and each.is_present(now)}
    return {
        "type": "queue", "now": moment(now), "available": member.staff_id in here,
        "waiting": [row(each) for each in waiting],
        "mine": [row(each) for each in held if each.assigned_to == member.staff_id],
        "others": [row(each) for each in held if each.assigned_to != member.staff_id],
        "team": [
            {"id": each.staff_id, "name": each.name, "available": each.staff_id in here}
            for each in team if each.may("takeover")
        ],
    }


def note(conversation_id: str, note: Note, member: Member, known: Known) -> dict[str, Any]:
    """A private note as it was written just now."""
    return {"type": "note", "conversation": conversation_id, "note": note_facts(note, member, known)}


def note_facts(note: Note, member: Member, known: Known) -> dict[str, Any]:
    """A private note: id, name (of who wrote it, None where they are gone), text, at, seq."""
    text = note.text if member.sees_customers else mask_text(note.text, None, known)
    return {"id": note.note_id, "name": note.name, "text": text, "at": moment(note.at), "seq": note.seq}


def shopper_name(first_name: str | None, last_name: str | None, conversation_id: str, member: Member) -> str:
    """What the shopper is called at this member's desk; a visitor by the first digits of the conversation."""
    if first_name is None:
        return f"Visitor {conversation_id[:4]}"
    return f"{first_name} {last_name or ''}".strip() if member.sees_customers else f"Customer {conversation_id[:4]}"


def moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _row(row: QueueRow, member: Member, known: Known) -> dict[str, Any]:
    said = row.said[:400]
    return {
        "conversation": row.conversation_id, "status": row.status, "channel": row.channel,
        "name": shopper_name(row.first_name, row.last_name, row.conversation_id, member),
        "said": (said if member.sees_customers else mask_text(said, row.entities, known))[:120],
        "said_seq": row.said_seq,
        "waiting_since": moment(row.waiting_since), "last_at": moment(row.last_at), "reason": row.reason,
        "holder": row.holder, "unanswered": row.unanswered,
    }
