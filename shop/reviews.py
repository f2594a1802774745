"""Reviewing a conversation: what should have been understood, done and said; tags; whose it is; when it is done.

A correction is one a message and kind, and can be changed until a trainer has decided about it. What stands in
``before`` and ``after`` by kind:

=========  =============================================  ===========================================================
intent     {"intent", "confidence"} as it was understood  {"intent"}
entities   {"entities": [{entity, value, start, end}]}    the same; start and end count characters of the message
action     {"actions": [names]} that answered             {"action"} that should have
reply      {"text"} as the bot said it                    {"text"}
=========  =============================================  ===========================================================

Intent, entities and action are corrected on the shopper's message, the reply on the bot's.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from shop import limits
from shop.clock import utc_now
from shop.database import lock_for_writing, upsert
from shop.errors import BadInput, NotAllowed, NotFound
from shop.message import Message
from shop.schema import conversation_tags, conversations, corrections, messages, review_reasons, staff

KINDS = ("intent", "entities", "action", "reply")
STATES = ("none", "open", "done")
DECISIONS = ("accepted", "refused")
MOST_ENTITIES = 40
MOST_TAGS = 20  # of one conversation
VALUE_CHARS = 200
TAG_CHARS = conversation_tags.c.tag.type.length
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_/+.-]{0,63}")


class ChangedMeanwhile(NotAllowed):
    """Somebody else changed it since it was read; nothing was written. ``now`` is how it stands, None where it is gone.

    ``by``: the other one's name, where that is known.
    """

    def __init__(self, thing: str, now: Any, by: str | None = None) -> None:
        super().__init__("changed_meanwhile", f"{by or 'Somebody'} has changed {thing} meanwhile. Look, then decide.")
        self.now = now
        self.by = by


@dataclass(frozen=True)
class Correction:
    """One correction. ``status``: "open", "accepted" or "refused"; ``name``: who made it, None where they are gone."""

    correction_id: int
    conversation_id: str
    seq: int
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    staff_id: int | None
    name: str | None
    at: datetime
    status: str
    decided_by: int | None
    decided_at: datetime | None
    decision: str | None

    @property
    def version(self) -> str:
        """Another after each change: what ``correct`` is told as ``seen``."""
        return self.at.isoformat()


@dataclass(frozen=True)
class ReviewState:
    """``state``: "none", "open" (somebody is at it) or "done"; ``reviewer_id``: whose it is, or None."""

    state: str
    reviewer_id: int | None


# ---- corrections


def correct(
    db: Session, conversation_id: str, seq: int, kind: str, after: Any, staff_id: int, seen: str | None = None
) -> Correction:
    """Make or change a correction; the conversation is being reviewed from here on.

    ``after``: an intent's or action's name, the reply's text, or the list of entities. ``seen``: the ``version``
    that the reviewer changes, None where they saw none. Raises ChangedMeanwhile where that is not how it stands,
    NotAllowed("decided") once a trainer has decided, NotFound where the message is none of that kind, BadInput for a
    value that does not fit or is what was understood already.
    """
    message = _message(db, conversation_id, seq, kind)
    before = _before(message, kind)
    wanted = _after(message, kind, after)
    if _same(before, wanted, kind):
        raise BadInput(kind, after, "that is how it was already: take the correction back instead.")
    found = _unchanged(db, conversation_id, seq, kind, seen)
    now = utc_now()
    values = {"before": before, "after": wanted, "staff_id": staff_id}
    if found is None:
        key = {"conversation_id": conversation_id, "seq": seq, "kind": kind}
        db.execute(insert(corrections).values(**key, **values, at=now, status="open"))
    else:
        later = max(now, found.at + timedelta(microseconds=1))  # the time is the version
        db.execute(update(corrections).where(corrections.c.id == found.correction_id).values(**values, at=later))
    _begin(db, conversation_id)
    return _one(db, conversation_id, seq, kind)


def withdraw(db: Session, conversation_id: str, seq: int, kind: str, seen: str) -> None:
    """Take a correction back. Raises as ``correct`` does."""
    found = _unchanged(db, conversation_id, seq, _kind(kind), seen)
    db.execute(delete(corrections).where(corrections.c.id == found.correction_id))


def of_conversation(db: Session, conversation_id: str) -> list[Correction]:
    """All corrections of a conversation by message; empty where there are none."""
    query = _query().where(corrections.c.conversation_id == conversation_id)
    return [Correction(*row) for row in db.execute(query.order_by(corrections.c.seq, corrections.c.kind))]


def undecided(db: Session, kind: str | None = None, limit: int = 200) -> list[Correction]:
    """Corrections that wait for a trainer, of one kind or all, oldest first."""
    query = _query().where(corrections.c.status == "open")
    if kind is not None:
        query = query.where(corrections.c.kind == _kind(kind))
    return [Correction(*row) for row in db.execute(query.order_by(corrections.c.at, corrections.c.id).limit(limit))]


def decide(db: Session, correction_id: int, status: str, staff_id: int, decision: str = "", seen: str = "") -> bool:
    """Accept or refuse; ``decision`` says what was written, or why not.

    False where it was decided or taken back already or, with ``seen``, changed since it was read. Raises BadInput
    for another status.
    """
    if status not in DECISIONS:
        raise BadInput("status", status, f"use one of {', '.join(DECISIONS)}.")
    lock_for_writing(db)
    query = update(corrections).where(corrections.c.id == correction_id, corrections.c.status == "open")
    if seen:
        query = query.where(corrections.c.at == _moment(seen))
    decided = {"status": status, "decided_by": staff_id, "decided_at": utc_now(), "decision": decision or None}
    return bool(db.execute(query.values(**decided)).rowcount)


# ---- whose it is, and when it is done


def state(db: Session, conversation_id: str) -> ReviewState:
    """How far its review is. Raises NotFound for an unknown conversation."""
    row = db.execute(
        select(conversations.c.review_state, conversations.c.reviewer_id).where(conversations.c.id == conversation_id)
    ).first()
    if row is None:
        raise NotFound("conversation", conversation_id)
    return ReviewState(*row)


def set_state(db: Session, conversation_id: str, wanted: str, expected: str) -> None:
    """Mark it as done, or as open again; done takes it out of the queue.

    Raises ChangedMeanwhile where it was not ``expected`` any more, NotFound, BadInput for another state.
    """
    for value in (wanted, expected):
        if value not in STATES:
            raise BadInput("state", value, f"use one of {', '.join(STATES)}.")
    query = update(conversations).where(conversations.c.id == conversation_id, conversations.c.review_state == expected)
    if not db.execute(query.values(review_state=wanted)).rowcount:
        raise ChangedMeanwhile("whether it is done", state(db, conversation_id))
    if wanted == "done":
        db.execute(delete(review_reasons).where(review_reasons.c.conversation_id == conversation_id))


def assign(db: Session, conversation_id: str, reviewer_id: int | None, expected: int | None) -> None:
    """Give the review to a colleague, or with None to nobody.

    Raises ChangedMeanwhile where it was not ``expected``'s any more, NotFound for an unknown conversation or
    colleague.
    """
    if reviewer_id is not None and not db.execute(
        select(staff.c.id).where(staff.c.id == reviewer_id, staff.c.active)
    ).first():
        raise NotFound("colleague", reviewer_id)
    held = conversations.c.reviewer_id.is_(None) if expected is None else conversations.c.reviewer_id == expected
    query = update(conversations).where(conversations.c.id == conversation_id, held)
    if not db.execute(query.values(reviewer_id=reviewer_id)).rowcount:
        raise ChangedMeanwhile("whose review it is", state(db, conversation_id))
    if reviewer_id is not None:
        _begin(db, conversation_id)


# ---- tags


def add_tag(db: Session, conversation_id: str, tag: str, staff_id: int) -> str:
    """Tag a conversation; once more changes nothing. Returns the tag as it is written: in lower case.

    Raises BadInput for no tag, one too long or one too many, NotFound for an unknown conversation.
    """
    tag = limits.line("tag", tag, TAG_CHARS).lower()
    lock_for_writing(db)
    state(db, conversation_id)
    if len(set(tags(db, conversation_id)) | {tag}) > MOST_TAGS:
        raise BadInput("tag", tag, f"a conversation has at most {MOST_TAGS} tags: take one away first.")
    row = {"conversation_id": conversation_id, "tag": tag, "staff_id": staff_id, "at": utc_now()}
    db.execute(upsert(db, conversation_tags).values(row).on_conflict_do_nothing())
    return tag


def remove_tag(db: Session, conversation_id: str, tag: str) -> None:
    """Take a tag away; nothing happens where it is not there."""
    mine = conversation_tags.c.conversation_id == conversation_id
    db.execute(delete(conversation_tags).where(mine, conversation_tags.c.tag == tag))


def tags(db: Session, conversation_id: str) -> list[str]:
    """The tags of a conversation by name; empty where it has none."""
    query = select(conversation_tags.c.tag).where(conversation_tags.c.conversation_id == conversation_id)
    return list(db.execute(query.order_by(conversation_tags.c.tag)).scalars())


def tags_in_use(db: Session, limit: int = 100) -> list[str]:
    """Tags that conversations have, the commonest first."""
    count = func.count().label("times")
    query = select(conversation_tags.c.tag, count).group_by(conversation_tags.c.tag)
    return [tag for tag, _ in db.execute(query.order_by(count.desc(), conversation_tags.c.tag).limit(limit))]


# ---- inside


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise BadInput("kind", kind, f"use one of {', '.join(KINDS)}.")
    return kind


def _message(db: Session, conversation_id: str, seq: int, kind: str) -> Message:
    """The message, where it can have a correction of that kind."""
    of_message = (messages.c.conversation_id == conversation_id, messages.c.seq == seq)
    row = db.execute(select(messages).where(*of_message)).first()
    found = Message.from_row(row) if row else None
    if _kind(kind) == "reply":
        fits = found is not None and found.sender in ("bot", "system") and found.in_reply_to is not None
    else:
        fits = found is not None and found.sender == "shopper" and found.turn is not None
    # A pressed button says what it means, so nothing was there to be misunderstood.
    if not fits or (kind in ("intent", "entities") and (found.payload or {}).get("payload")):
        raise NotFound(f"message whose {kind} can be corrected", f"{conversation_id}/{seq}")
    return found


def _before(message: Message, kind: str) -> dict[str, Any]:
    if kind == "intent":
        return {"intent": message.intent, "confidence": message.intent_confidence}
    if kind == "entities":
        keys = ("entity", "value", "start", "end")
        return {"entities": [{key: each.get(key) for key in keys} for each in message.entities or []]}
    if kind == "action":
        return {"actions": list(message.actions or [])}
    return {"text": message.text}


def _after(message: Message, kind: str, after: Any) -> dict[str, Any]:
    if kind == "reply":
        return {"text": limits.paragraph("reply", after, limits.MESSAGE_CHARS, required=True)}
    if kind == "entities":
        return {"entities": _entities(message.text, after)}
    return {kind: _name(kind, after)}


def _name(field: str, name: Any) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadInput(field, name, "choose one from the list.")
    return name


def _entities(text: str, entities: Any) -> list[dict[str, Any]]:
    """The marks in the order of the text. Two may overlap: "around 30 euros" is a lowest and a highest price."""
    if not isinstance(entities, list) or len(entities) > MOST_ENTITIES:
        raise BadInput("entities", entities, f"it must be a list of at most {MOST_ENTITIES}.")
    found = []
    for each in entities:
        if not isinstance(each, dict):
            raise BadInput("entities", each, "each is an object with entity, value, start and end.")
        start, end = (limits.integer(name, each.get(name), 0, len(text)) for name in ("start", "end"))
        said = text[start:end]
        if not said.strip():
            raise BadInput("entities", said, "mark at least one character of the message.")
        value = each.get("value")
        if value in (None, ""):
            value = said
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadInput("value", value, "it must be text or a number.")
        if isinstance(value, str):
            value = limits.line("value", value, VALUE_CHARS)
        mark = {"entity": _name("entity", each.get("entity")), "value": value, "start": start, "end": end}
        if mark not in found:
            found.append(mark)
    return sorted(found, key=lambda mark: (mark["start"], mark["end"], mark["entity"]))


def _same(before: dict[str, Any], after: dict[str, Any], kind: str) -> bool:
    if kind == "intent":
        return before["intent"] == after["intent"]
    if kind == "action":
        return before["actions"] == [after["action"]]
    if kind == "entities":  # those of a button have no place in the text
        return sorted(map(_key, before["entities"])) == sorted(map(_key, after["entities"]))
    return before == after


def _key(entity: dict[str, Any]) -> tuple[str, int, int, str]:
    return entity["entity"] or "", entity["start"] or 0, entity["end"] or 0, str(entity["value"])


def _unchanged(db: Session, conversation_id: str, seq: int, kind: str, seen: str | None) -> Correction | None:
    """The correction as the reviewer saw it, held until the transaction ends; None where they saw none."""
    lock_for_writing(db)
    # On PostgreSQL two first corrections must wait for each other, too, and neither has a row yet.
    held = select(conversations.c.id).where(conversations.c.id == conversation_id).with_for_update()
    if db.execute(held).first() is None:
        raise NotFound("conversation", conversation_id)
    found = _one(db, conversation_id, seq, kind)
    if found is not None and found.status != "open":
        raise NotAllowed("decided", f"A trainer has {found.status} this correction already, so it stays as it is.")
    if (None if found is None else found.version) != (seen or None):
        raise ChangedMeanwhile("this correction", found, found.name if found else None)
    return found


def _one(db: Session, conversation_id: str, seq: int, kind: str) -> Correction | None:
    row = db.execute(_query().where(
        corrections.c.conversation_id == conversation_id, corrections.c.seq == seq, corrections.c.kind == kind
    )).first()  # fmt: skip
    return Correction(*row) if row else None


def _query():
    made = corrections.c
    return select(
        made.id, made.conversation_id, made.seq, made.kind, made.before, made.after, made.staff_id, staff.c.name,
        made.at, made.status, made.decided_by, made.decided_at, made.decision,
    ).join_from(corrections, staff, staff.c.id == made.staff_id, isouter=True)  # fmt: skip


def _begin(db: Session, conversation_id: str) -> None:
    """Somebody is at it from now on; what is done stays done."""
    query = update(conversations).where(conversations.c.id == conversation_id, conversations.c.review_state == "none")
    db.execute(query.values(review_state="open"))


def _moment(version: str) -> datetime:
    try:
        return datetime.fromisoformat(version)
    except ValueError as error:
        raise BadInput("seen", version, "reload the page, then try again.") from error
