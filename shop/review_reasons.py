"""Why a conversation is worth a reviewer's time: noted as each turn is stored, in the same transaction.

A reason stands on the shopper's message that it is about, with a weight from 0 to 1: how much is learned by looking.
All of a conversation's go when it is done, and a new one brings it back.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from shop.clock import utc_now
from shop.database import Database, upsert
from shop.errors import BadInput
from shop.schema import conversations, handovers, messages, review_reasons, written_replies

# Weights of reasons that are as strong wherever they come up; the others are weighed by how unsure the bot was.
REASONS = {
    "low_confidence": 1.0, "out_of_scope": 0.5, "thumbs_down": 0.9, "repeated": 0.8, "abandoned_form": 0.7,
    "gate_rejected": 0.4, "disagreement": 0.9, "handover_failed": 0.9,
}
UNSURE = 0.6  # where the turn does not say at which confidence the bot asks again
CLOSE = 0.2  # the first two intents are nearer than this
SAME_PERCENT = 88  # of two sentences' letters
SAME_CHARS = 8  # shorter ones are answers, such as a size or a number
LOOKED_BACK = 3
# What is said again without anything having gone wrong.
CHORUS = frozenset({"affirm", "deny", "goodbye", "greet", "repeat", "show_more", "stop", "thank"})
# Who says one of these in the middle of a form leaves it.
LEAVING = frozenset({"goodbye", "human_handoff", "stop"})
# A form that was open when the shopper went silent is left, and not merely slow, after this.
SILENT = timedelta(minutes=30)
# Nothing was wrong with the words: no reviewer could teach the bot anything by them.
NOT_THE_GATES = ("bad_request", "changed_meanwhile", "model_failed", "no_model", "too_late")
NO_INTENT = "nlu_fallback"  # Rasa's name for being unsure
_NOT_LETTERS = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Asked:
    """A message of the shopper with what was made of it. ``turn`` is None where staff or nobody answered it."""

    seq: int
    text: str
    pressed: bool
    turn: dict[str, Any] | None

    @property
    def form(self) -> str | None:
        """The form that was open after it."""
        return (self.turn or {}).get("form") or None

    @property
    def intent(self) -> str:
        return (self.turn or {}).get("intent") or ""


def guesses(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """The intents that were thought of, likeliest first, without Rasa's name for being unsure.

    Each has a "name" and a "confidence"; what has not is left out, as a reply must be stored whatever is beside it.
    """
    ranked = turn.get("intent_ranking")
    return [
        each for each in (ranked if isinstance(ranked, list) else ())
        if isinstance(each, dict) and isinstance(each.get("name"), str) and each["name"] != NO_INTENT
        and _is_number(each.get("confidence"))
    ]  # fmt: skip


def reasons_of(asked: Asked, before: Sequence[Asked], gate_refused: bool = False) -> dict[str, float]:
    """Reason -> weight of one turn. ``before``: the shopper's messages before it, newest first."""
    turn, found = asked.turn or {}, {}
    ranked = guesses(turn)
    if turn and not asked.pressed:
        sure = ranked[0]["confidence"] if ranked and "+" not in asked.intent else turn.get("confidence")
        sure = sure if _is_number(sure) else None
        # In the middle of a form, whatever is said is an answer, and the intent matters less.
        share = 0.5 if before and before[0].form else 1.0
        limits = turn.get("thresholds")
        threshold = (limits.get("confidence") if isinstance(limits, dict) else None) or UNSURE
        if asked.intent == "out_of_scope":
            found["out_of_scope"] = REASONS["out_of_scope"]
        elif sure is not None and sure < threshold:
            found["low_confidence"] = share * (0.4 + 0.6 * (1 - max(sure, 0.0) / threshold))
        # Of a message that holds several requests, the intents are no rivals.
        if len(ranked) > 1 and "+" not in asked.intent:
            margin = ranked[0]["confidence"] - ranked[1]["confidence"]
            if margin < CLOSE:
                found["disagreement"] = share * (0.4 + 0.5 * (1 - max(margin, 0.0) / CLOSE))
        if asked.intent not in CHORUS and any(_is_same(asked, each) for each in before[:LOOKED_BACK]):
            found["repeated"] = REASONS["repeated"]
    if gate_refused:
        found["gate_rejected"] = REASONS["gate_rejected"]
    if asked.form:  # counts once the shopper has been silent for SILENT
        found["abandoned_form"] = REASONS["abandoned_form"]
    return found


def is_left(asked: Asked, before: Asked) -> bool:
    """Whether the form that was open after ``before`` was left in this turn, without having been finished."""
    if not before.form or asked.form == before.form:
        return False
    return asked.form is not None or asked.intent in LEAVING


# ---- noting


def note_turn(db: Session, conversation_id: str, seq: int) -> None:
    """Note why the turn of message ``seq`` is worth a look: called when its answer is stored.

    Nothing is left of a form that was open before and is finished now.
    """
    heard = _heard(db, conversation_id, seq)
    if not heard or heard[0].seq != seq:
        return
    asked, before = heard[0], heard[1:]
    found = reasons_of(asked, before, _gate_refused(db, conversation_id, seq))
    if before and before[0].form and not is_left(asked, before[0]):
        _drop(db, conversation_id, before[0].seq, "abandoned_form")
    _put(db, [(conversation_id, seq, reason, weight) for reason, weight in found.items()])


def note(db: Session, conversation_id: str, seq: int, reason: str) -> None:
    """Note a reason that something else than a turn gives; once more changes nothing. Raises BadInput for another."""
    if reason not in REASONS:
        raise BadInput("reason", reason, f"use one of {', '.join(REASONS)}.")
    _put(db, [(conversation_id, seq, reason, REASONS[reason])])


def note_handover(db: Session, conversation_id: str) -> None:
    """Note that the shopper waited for a person in vain, on the last thing that they said."""
    said = select(func.max(messages.c.seq)).where(
        messages.c.conversation_id == conversation_id, messages.c.sender == "shopper"
    )
    seq = db.execute(said).scalar()
    if seq is not None:
        note(db, conversation_id, seq, "handover_failed")


def note_feedback(db: Session, conversation_id: str, seq: int) -> None:
    """Note, or take back, a thumb down on the bot's message ``seq``; it stands on the message that was answered."""
    bot = messages.c
    asked = select(bot.in_reply_to).where(bot.conversation_id == conversation_id, bot.seq == seq).scalar_subquery()
    rows = db.execute(
        select(bot.in_reply_to, bot.feedback).where(
            bot.conversation_id == conversation_id, bot.sender == "bot", bot.seq > asked, bot.in_reply_to == asked
        )
    ).all()  # fmt: skip
    if any(thumb == "down" for _, thumb in rows):
        note(db, conversation_id, rows[0].in_reply_to, "thumbs_down")
    elif rows:
        _drop(db, conversation_id, rows[0].in_reply_to, "thumbs_down")


def is_due(now=None):
    """The condition under which a row of ``review_reasons`` beside its conversation counts."""
    return or_(
        review_reasons.c.reason != "abandoned_form", conversations.c.last_at < (now or utc_now()) - SILENT
    )


# ---- filling in what was said before there was a queue


def backfill(database: Database, page: int = 200) -> int:
    """Note the reasons of every conversation that is not done; returns how many reasons are noted then.

    One transaction for each ``page`` conversations, so that nobody waits for it; it may be run again at any time.
    """
    noted, after = 0, ""
    while True:
        with database.session() as db:
            ids = list(db.execute(
                select(conversations.c.id).where(conversations.c.id > after).order_by(conversations.c.id).limit(page)
            ).scalars())
            if not ids:
                return noted
            noted, after = noted + backfill_some(db, ids), ids[-1]


def backfill_some(db: Session, conversation_ids: Sequence[str]) -> int:
    """Note the reasons of these conversations anew, but for those that are done; returns how many there are."""
    of_these = messages.c.conversation_id.in_(conversation_ids)
    open_ones = set(db.execute(
        select(conversations.c.id).where(
            conversations.c.id.in_(conversation_ids), conversations.c.review_state != "done"
        )
    ).scalars())  # fmt: skip
    refused: set[tuple[str, int]] = set()
    for talk, message_id in db.execute(
        select(written_replies.c.conversation_id, written_replies.c.message_id)
        .where(written_replies.c.conversation_id.in_(open_ones), _by_gate())
    ):
        number = message_id.removeprefix(f"{talk}-").partition(":")[0]
        if number.isascii() and number.isdigit():
            refused.add((talk, int(number)))
    found: dict[tuple[str, int, str], float] = {}
    earlier: list[Asked] = []
    talk = None
    rows = db.execute(
        select(messages.c.conversation_id, messages.c.seq, messages.c.text, messages.c.payload, messages.c.turn)
        .where(of_these, messages.c.sender == "shopper").order_by(messages.c.conversation_id, messages.c.seq)
    )  # fmt: skip
    for row in rows:
        if row.conversation_id != talk:
            talk, earlier = row.conversation_id, []
        if talk not in open_ones or row.turn is None:
            continue
        asked = _asked(row)
        if earlier and earlier[0].form and not is_left(asked, earlier[0]):
            found.pop((talk, earlier[0].seq, "abandoned_form"), None)
        for reason, weight in reasons_of(asked, earlier, (talk, asked.seq) in refused).items():
            found[talk, asked.seq, reason] = weight
        earlier = [asked, *earlier[: LOOKED_BACK - 1]]
    thumbs = select(messages.c.conversation_id, messages.c.in_reply_to).where(
        of_these, messages.c.feedback == "down", messages.c.in_reply_to.is_not(None)
    )
    for talk, seq in db.execute(thumbs):
        found[talk, seq, "thumbs_down"] = REASONS["thumbs_down"]
    said = select(func.max(messages.c.seq)).where(
        messages.c.conversation_id == handovers.c.conversation_id, messages.c.sender == "shopper",
        messages.c.seq <= handovers.c.ended_seq,
    )
    in_vain = select(handovers.c.conversation_id, said.scalar_subquery()).where(
        handovers.c.conversation_id.in_(conversation_ids), handovers.c.ended_as == "nobody"
    )
    for talk, seq in db.execute(in_vain):
        if seq is not None:
            found[talk, seq, "handover_failed"] = REASONS["handover_failed"]
    found = {key: weight for key, weight in found.items() if key[0] in open_ones}
    _put(db, [(*key, weight) for key, weight in found.items()])
    return len(found)


# ---- inside


def _heard(db: Session, conversation_id: str, seq: int) -> list[Asked]:
    """The shopper's message ``seq`` and the ones before it, newest first."""
    query = (
        select(messages.c.seq, messages.c.text, messages.c.payload, messages.c.turn)
        .where(
            messages.c.conversation_id == conversation_id, messages.c.seq <= seq, messages.c.sender == "shopper",
            or_(messages.c.seq == seq, messages.c.turn.is_not(None)),
        )
        .order_by(messages.c.seq.desc())
        .limit(LOOKED_BACK + 1)
    )  # fmt: skip
    return [_asked(row) for row in db.execute(query)]


def _asked(row) -> Asked:
    return Asked(row.seq, row.text, bool((row.payload or {}).get("payload")), row.turn)


def _gate_refused(db: Session, conversation_id: str, seq: int) -> bool:
    """Whether a reply of the turn was the domain's because nothing written passed the claim gate."""
    turn = f"{conversation_id}-{seq}"
    # A message with several requests is answered under its id with ":2", ":3" … behind it.
    query = select(written_replies.c.id).where(
        written_replies.c.conversation_id == conversation_id, _by_gate(),
        or_(written_replies.c.message_id == turn, written_replies.c.message_id.startswith(f"{turn}:")),
    )  # fmt: skip
    return db.execute(query.limit(1)).first() is not None


def _by_gate():
    return written_replies.c.template.is_(None) & written_replies.c.reason.not_in(NOT_THE_GATES)


def _is_same(one: Asked, other: Asked) -> bool:
    texts = [_NOT_LETTERS.sub(" ", each.text.casefold()).strip() for each in (one, other)]
    if other.pressed or min(map(len, texts)) < SAME_CHARS:
        return False
    return fuzz.ratio(*texts, score_cutoff=SAME_PERCENT) >= SAME_PERCENT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _put(db: Session, rows: list[tuple[str, int, str, float]]) -> None:
    if not rows:
        return
    now = utc_now()
    values = [
        {"conversation_id": talk, "seq": seq, "reason": reason, "weight": round(weight, 4), "at": now}
        for talk, seq, reason, weight in rows
    ]
    db.execute(upsert(db, review_reasons).on_conflict_do_nothing(), values)
    # What was done has something new in it.
    done = conversations.c.id.in_({row[0] for row in rows}) & (conversations.c.review_state == "done")
    db.execute(update(conversations).where(done).values(review_state="none"))


def _drop(db: Session, conversation_id: str, seq: int, reason: str) -> None:
    table = review_reasons.c
    db.execute(delete(review_reasons).where(
        table.conversation_id == conversation_id, table.seq == seq, table.reason == reason
    ))  # fmt: skip
