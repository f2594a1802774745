"""Whose turn it is in a conversation: the bot's, nobody's yet, or one of staff's. The one owner of its status.

::

    bot       the bot answers           ─ request ─> waiting     ─ take ─> staff
    waiting   nobody has it yet         ─ take ─> staff          ─ nobody_came, back_to_bot_by_shopper ─> bot
    staff     one of staff has it       ─ give_back ─> bot       ─ resolve ─> resolved     ─ assign ─> staff, waiting
    resolved  staff have finished       ─ hear (the shopper writes again) ─> bot           ─ take ─> staff

The bot is mute by one mechanism: it may answer a message only while that is "pending", and each change here says in the
same transaction which messages are. In "waiting" that is at most the one that asked for a person, in "staff" none. Each
time that a conversation leaves the bot is a row of ``handovers``, of which at most one is open. All functions hold the
conversation's row first (``shop.numbering``), and raise NotFound for a conversation that does not exist.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from shop import limits, numbering, review_reasons, staff, tickets
from shop.clock import utc_now
from shop.errors import BadInput, NotAllowed, NotFound
from shop.message import Conversation, Message
from shop.reception import Reception, reception
from shop.schema import conversations, handovers, messages
from shop.schema import staff as people

STATUSES = ("bot", "waiting", "staff", "resolved")
UNREACHABLE = ("rest",)  # a client of Rasa's REST channel hears nothing but the answers to what it said
TAKEABLE = ("bot", "waiting", "resolved")
REASONS = ("asked", "failed")
# Ids that consoles make are kept apart from those that shoppers' clients make, which hold no colon.
STAFF_CLIENT = "staff:"


@dataclass(frozen=True)
class Standing:
    """Who has a conversation. ``assigned_to``: who of staff holds it; in "waiting" whom it is meant for, or None.

    ``waiting_since`` is None but in "waiting". ``after_seq`` (the last message that the bot may answer) and ``reason``
    ("asked", "failed" or "staff") are of the open handover, None where there is none. ``agent``: name of the holder,
    None unless staff hold it.
    """

    status: str
    assigned_to: int | None = None
    waiting_since: datetime | None = None
    after_seq: int | None = None
    reason: str | None = None
    agent: str | None = None


def checked_status(status: str) -> str:
    """``status`` as it is. Raises BadInput where it is none of STATUSES."""
    if status not in STATUSES:
        raise BadInput("status", status, f"use one of {', '.join(STATUSES)}.")
    return status


def standing(db: Session, conversation_id: str) -> Standing:
    """Who has the conversation now."""
    row = db.execute(
        select(
            conversations.c.status, conversations.c.assigned_to, conversations.c.waiting_since,
            handovers.c.after_seq, handovers.c.reason, people.c.name,
        )
        .outerjoin(handovers, and_(handovers.c.conversation_id == conversations.c.id, handovers.c.ended_at.is_(None)))
        .outerjoin(people, people.c.id == conversations.c.assigned_to)
        .where(conversations.c.id == conversation_id)
    ).first()  # fmt: skip
    if row is None:
        raise NotFound("conversation", conversation_id)
    return Standing(*row[:5], agent=row.name if row.status == "staff" else None)


def hear(db: Session, conversation: Conversation) -> str | None:
    """State of a message that the shopper writes now: "pending" where it is the bot's to answer, else None.

    ``conversation`` is held already. A resolved one goes back to the bot.
    """
    if conversation.status == "resolved":
        _move(db, conversation.id, "bot")
    return "pending" if conversation.status in ("bot", "resolved") else None


# ---- the shopper's side


def prospect(db: Session, conversation_id: str) -> Reception:
    """Whether somebody of staff can join this conversation now: "free", "busy" or "closed" (``shop.reception``).

    "free" also where they were called already, or are there. "busy" also for a conversation that is unknown, or on a
    channel where nobody would hear them.
    """
    row = db.execute(
        select(conversations.c.channel, conversations.c.status).where(conversations.c.id == conversation_id)
    ).first()
    if row is not None and row.status in ("waiting", "staff"):
        return "free"
    found = reception(db)
    return "busy" if found == "free" and (row is None or row.channel in UNREACHABLE) else found


def request(db: Session, conversation_id: str, reason: str, after_seq: int) -> Standing:
    """The shopper wants a person: "waiting", where somebody can come. Returns what holds then.

    ``after_seq``: the message that asked, the only one that the bot still answers; what was said after it waits for
    staff. Nothing changes unless that message is the bot's to answer and somebody is free (``shop.reception``): the
    status then says what may be promised. Doing it again changes nothing. Raises BadInput for an unknown reason.
    """
    if reason not in REASONS:
        raise BadInput("reason", reason, f"use one of {', '.join(REASONS)}.")
    conversation = numbering.locked(db, conversation_id)
    asks = _of_shopper(conversation_id, messages.c.seq == after_seq, messages.c.state == "pending")
    if conversation.status == "bot" and db.execute(select(messages.c.seq).where(asks)).first():
        now = utc_now()
        if prospect(db, conversation_id) == "free":
            _silence(db, conversation_id, messages.c.seq != after_seq)
            _move(db, conversation_id, "waiting", waiting_since=now)
            _begin(db, conversation_id, reason, after_seq, now)
    return standing(db, conversation_id)


def back_to_bot_by_shopper(db: Session, conversation_id: str, client_id: str, text: str) -> tuple[Message, bool]:
    """The shopper wants to carry on with the bot; returns (what they said, whether that ended their waiting).

    What they said while they waited is the bot's to answer. Where staff have the conversation they keep it, and read
    what was said. The same ``client_id`` again changes nothing.
    """
    client_id = limits.request_id(client_id, "client_id")
    conversation = numbering.locked(db, conversation_id)
    known = numbering.message_of_client(db, conversation_id, client_id)
    if known is not None:
        return known, False
    waited = conversation.status == "waiting"
    if waited:
        _end(db, conversation, "bot")
        _move(db, conversation_id, "bot")
        _close_tickets(db, conversation_id)
    state = "answered" if waited or hear(db, conversation) else None
    said = {"client_id": client_id, "sender": "shopper", "text": text, "state": state}
    return numbering.append(db, conversation, [said])[0], waited


def overdue(db: Session, before: datetime, conversation_id: str | None = None) -> list[str]:
    """Ids of conversations, all or this one, in which the shopper has waited in vain since ``before``; longest first.

    Either nobody took it, or who took it is gone: not seen since, with words of the shopper unanswered since.
    """
    of = [] if conversation_id is None else [conversations.c.id == conversation_id]
    theirs = messages.alias()
    last_said = (
        select(func.coalesce(func.max(theirs.c.seq), 0))
        .where(theirs.c.conversation_id == conversations.c.id, theirs.c.sender == "staff")
        .correlate(conversations).scalar_subquery()
    )  # fmt: skip
    unanswered = (
        select(messages.c.seq)
        .where(
            messages.c.conversation_id == conversations.c.id, messages.c.sender == "shopper",
            messages.c.state.is_(None), messages.c.seq > handovers.c.after_seq, messages.c.seq > last_said,
            messages.c.at <= before,
        )
        .correlate(conversations, handovers).exists()
    )  # fmt: skip
    gone = or_(people.c.id.is_(None), ~people.c.active, people.c.seen_at.is_(None), people.c.seen_at <= before)
    left_alone = (
        select(conversations.c.id)
        .join(handovers, and_(handovers.c.conversation_id == conversations.c.id, handovers.c.ended_at.is_(None)))
        .outerjoin(people, people.c.id == conversations.c.assigned_to)
        .where(*of, conversations.c.status == "staff", gone, handovers.c.taken_at <= before, unanswered)
    )
    never_taken = (
        select(conversations.c.id)
        .where(*of, conversations.c.status == "waiting", conversations.c.waiting_since <= before)
        .order_by(conversations.c.waiting_since)
    )
    return [*db.execute(never_taken).scalars(), *db.execute(left_alone).scalars()]


def nobody_came(db: Session, conversation_id: str, before: datetime) -> Standing | None:
    """Give an ``overdue`` conversation back to the bot. Returns what held before; None where it is not overdue.

    What staff left unanswered is the bot's to answer.
    """
    conversation = numbering.locked(db, conversation_id)
    if not overdue(db, before, conversation_id):
        return None
    held = standing(db, conversation_id)
    _end(db, conversation, "nobody")
    _move(db, conversation_id, "bot")
    review_reasons.note_handover(db, conversation_id)
    return held


# ---- staff's side


def take(
    db: Session, conversation_id: str, staff_id: int, expected: tuple[str, ...] = TAKEABLE
) -> bool:
    """One of staff takes the conversation; False where its status is none of ``expected``: somebody was quicker.

    From then on the bot says nothing: what it has not answered yet is theirs. Raises NotFound for somebody who is no
    active member of staff, NotAllowed: "may_not" for one whose role does not allow it, "unreachable" where the shopper
    would not hear them.
    """
    conversation = numbering.locked(db, conversation_id)
    if conversation.status not in expected or conversation.status not in TAKEABLE:
        return False
    _able(db, staff_id)
    if conversation.channel in UNREACHABLE:
        raise NotAllowed("unreachable", "This shopper talks over REST, where nobody but the assistant is heard.")
    now = utc_now()
    if conversation.status != "waiting":
        unanswered = db.execute(
            select(func.min(messages.c.seq)).where(_of_shopper(conversation_id, messages.c.state == "pending"))
        ).scalar()
        _begin(db, conversation_id, "staff", conversation.last_seq if unanswered is None else unanswered - 1, now)
    _silence(db, conversation_id)
    _move(db, conversation_id, "staff", assigned_to=staff_id)
    db.execute(update(handovers).where(_open(conversation_id)).values(taken_at=now, staff_id=staff_id))
    for ticket in tickets.of_conversation(db, conversation_id, "handover"):
        tickets.set_status(db, ticket.ticket_id, "in_progress", "open")
    return True


def say(db: Session, conversation_id: str, staff_id: int, text: str, client_id: str | None = None) -> Message:
    """Store what one of staff writes; the same ``client_id`` (up to 58 of A-Z a-z 0-9 _ -) returns the first message.

    Its payload holds the ``name`` that the shopper sees. Raises NotAllowed("not_yours") unless this member holds the
    conversation, BadInput for a text that is empty or longer than limits.TICKET_CHARS.
    """
    text = limits.paragraph("text", text, limits.TICKET_CHARS, required=True)
    conversation = numbering.locked(db, conversation_id)
    if client_id is not None:
        client_id = limits.request_id(f"{STAFF_CLIENT}{client_id}", "client_id")
        known = numbering.message_of_client(db, conversation_id, client_id)
        if known is not None:
            return known
    held = _held(db, conversation, staff_id)
    payload = {"name": held.agent, "staff_id": staff_id}
    said = {"client_id": client_id, "sender": "staff", "text": text, "payload": payload}
    db.execute(
        update(handovers)
        .where(_open(conversation_id), handovers.c.answered_at.is_(None)).values(answered_at=utc_now())
    )  # fmt: skip
    return numbering.append(db, conversation, [said])[0]


def give_back(db: Session, conversation_id: str, staff_id: int) -> None:
    """Hand the conversation back to the bot, which answers from the next message on. Raises as ``say`` does."""
    conversation = numbering.locked(db, conversation_id)
    _held(db, conversation, staff_id)
    _end(db, conversation, "bot")
    _move(db, conversation_id, "bot")
    _close_tickets(db, conversation_id)


def resolve(db: Session, conversation_id: str, staff_id: int) -> None:
    """Finish the conversation: the shopper may rate it (``shop.satisfaction``). Raises as ``say`` does."""
    conversation = numbering.locked(db, conversation_id)
    _held(db, conversation, staff_id)
    _end(db, conversation, "resolved")
    _move(db, conversation_id, "resolved")
    _close_tickets(db, conversation_id)


def assign(db: Session, conversation_id: str, staff_id: int | None, by: int | None = None) -> Standing:
    """Give a held conversation to a colleague, or mean a waiting one for somebody; returns what holds then.

    None: a held one waits again for whoever is free, a waiting one is meant for nobody. ``by``: who of staff says so;
    None for the house itself. Raises NotAllowed: "not_held" where the bot has it, "nobody_free" where it would wait
    for nobody, "not_yours" where a colleague of ``by`` holds it (an administrator may), and for the person as ``take``.
    """
    conversation = numbering.locked(db, conversation_id)
    if staff_id is not None:
        _able(db, staff_id)
    if conversation.status == "waiting":
        # Not a move: nobody has it still.
        db.execute(update(conversations).where(conversations.c.id == conversation_id).values(assigned_to=staff_id))
    elif conversation.status != "staff":
        raise NotAllowed("not_held", "The assistant has this conversation. Take it first.")
    elif (held := standing(db, conversation_id)).assigned_to != staff_id:
        if by is not None and not ((orders := staff.member(db, by)) and orders.may("people")):
            _held(db, conversation, by)
        now = utc_now()
        if staff_id is None and reception(db, now) != "free":
            raise NotAllowed("nobody_free", "Nobody else is free. Answer it, or give it back to the assistant.")
        _end(db, conversation, "passed")
        _begin(db, conversation_id, "staff", held.after_seq, now)
        if staff_id is None:
            _move(db, conversation_id, "waiting", waiting_since=now)
        else:
            _move(db, conversation_id, "staff", assigned_to=staff_id)
            db.execute(update(handovers).where(_open(conversation_id)).values(taken_at=now, staff_id=staff_id))
    return standing(db, conversation_id)


# ---- inside


def _move(
    db: Session, conversation_id: str, status: str, assigned_to: int | None = None,
    waiting_since: datetime | None = None,
) -> None:  # fmt: skip
    """The one place where a status is written."""
    db.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(status=checked_status(status), assigned_to=assigned_to, waiting_since=waiting_since)
    )


def _begin(db: Session, conversation_id: str, reason: str, after_seq: int, now: datetime) -> None:
    values = {"reason": reason, "after_seq": after_seq, "requested_at": now}
    db.execute(insert(handovers).values(conversation_id=conversation_id, **values))


def _end(db: Session, conversation: Conversation, ended_as: str) -> None:
    """Close the open handover. Where nobody of staff is left to answer, their last unanswered words are the bot's."""
    db.execute(
        update(handovers)
        .where(_open(conversation.id)).values(ended_at=utc_now(), ended_as=ended_as, ended_seq=conversation.last_seq)
    )  # fmt: skip
    if ended_as == "nobody" or (ended_as == "bot" and conversation.status == "waiting"):
        unanswered = messages.c.seq > _answered_seq(db, conversation.id)
        db.execute(
            update(messages)
            .where(_of_shopper(conversation.id, unanswered, messages.c.state.is_(None))).values(state="pending")
        )  # fmt: skip


def _answered_seq(db: Session, conversation_id: str) -> int:
    """Up to where staff have seen to what was said: by a word of theirs, or as they gave it back. 0: nowhere."""
    spoken = select(func.max(messages.c.seq)).where(
        messages.c.conversation_id == conversation_id, messages.c.sender == "staff"
    )  # fmt: skip
    let_go = select(func.max(handovers.c.ended_seq)).where(
        handovers.c.conversation_id == conversation_id, handovers.c.taken_at.is_not(None),
        handovers.c.ended_as.in_(("bot", "resolved")),
    )  # fmt: skip
    return max(db.execute(query).scalar() or 0 for query in (spoken, let_go))


def _silence(db: Session, conversation_id: str, *which: Any) -> None:
    """What the bot has not answered yet is not the bot's any more."""
    db.execute(
        update(messages)
        .where(_of_shopper(conversation_id, messages.c.state == "pending", *which)).values(state=None)
    )  # fmt: skip


def _held(db: Session, conversation: Conversation, staff_id: int) -> Standing:
    """What holds, where this member has the conversation. Raises NotAllowed."""
    found = standing(db, conversation.id)
    if found.status != "staff" or found.assigned_to != staff_id:
        has_it = f"{found.agent} has" if found.status == "staff" else "You do not have"
        raise NotAllowed("not_yours", f"{has_it} this conversation. Take it first.")
    return found


def _able(db: Session, staff_id: int) -> None:
    """Raises NotFound or NotAllowed unless this is somebody of staff who may hold a conversation."""
    person = staff.member(db, staff_id)
    if person is None or not person.active:
        raise NotFound("member of staff", staff_id)
    if not person.may("takeover"):
        raise NotAllowed("may_not", f"{person.name} may not take conversations. Ask an administrator.")


def _close_tickets(db: Session, conversation_id: str) -> None:
    """Whoever asked for a person has had one, or wants none any more."""
    for ticket in tickets.of_conversation(db, conversation_id, "handover"):
        tickets.set_status(db, ticket.ticket_id, "closed", ticket.status)


def _open(conversation_id: str) -> Any:
    return and_(handovers.c.conversation_id == conversation_id, handovers.c.ended_at.is_(None))


def _of_shopper(conversation_id: str, *which: Any) -> Any:
    return and_(messages.c.conversation_id == conversation_id, messages.c.sender == "shopper", *which)
