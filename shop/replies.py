"""How replies were written: which the model wrote, how they were liked, and why the others were the domain's."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from shop.schema import messages, written_replies

REASON_CHARS = written_replies.c.reason.type.length


@dataclass(frozen=True)
class ReplyRecord:
    """One reply. ``template`` is None where the domain's response was said, for ``reason``.

    ``rejected``: how many of the ``candidates`` the claim gate refused, by its reason. ``facts``: names of what was to
    be stated; no value of a fact is stored. ``tried``: the other candidates, {"template", "reason"} each, the reason
    None where it might have been said.
    """

    conversation_id: str
    message_id: str
    act: str
    template: str | None
    reason: str | None
    candidates: int
    rejected: dict[str, int]
    duration_ms: float
    model_version: str
    facts: Sequence[str] = ()
    tried: Sequence[dict[str, str | None]] = ()


@dataclass(frozen=True)
class RatedReply:
    """A template that was said, and how many thumbs up and down it got."""

    act: str
    template: str
    up: int
    down: int


def record(db: Session, records: Sequence[ReplyRecord]) -> None:
    """Store what was decided for the replies of a turn."""
    if records:
        # A reason may name what the model made up, however long that is.
        db.execute(insert(written_replies), [{**asdict(each), "reason": (each.reason or "")[:REASON_CHARS] or None}
                                             for each in records])  # fmt: skip


def fallbacks(db: Session, since: datetime) -> tuple[int, Counter[str]]:
    """How many replies the model was asked for since a moment, and why some were the domain's: reason -> count."""
    rows = db.execute(
        select(written_replies.c.reason, func.count())
        .where(written_replies.c.at >= since).group_by(written_replies.c.reason)
    ).all()  # fmt: skip
    return sum(count for _, count in rows), Counter({reason: count for reason, count in rows if reason})


def rated(db: Session) -> list[RatedReply]:
    """The written templates that shoppers gave thumbs to, by act and template; empty where there are none.

    A thumb belongs to a message, a template to a turn. They are brought together where the turn has as many messages
    of the bot as written replies; where an action said more, or was asked twice, nobody can tell, and the thumb is left
    out.
    """
    talks = select(messages.c.conversation_id).where(messages.c.feedback.is_not(None))
    thumbs: dict[str, list[str | None]] = defaultdict(list)
    for talk, asked, thumb in db.execute(
        select(messages.c.conversation_id, messages.c.in_reply_to, messages.c.feedback)
        .where(messages.c.sender == "bot", messages.c.in_reply_to.is_not(None), messages.c.conversation_id.in_(talks))
        .order_by(messages.c.conversation_id, messages.c.seq)
    ):
        thumbs[f"{talk}-{asked}"].append(thumb)  # the gateway's name of the turn
    said: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for turn, act, template in db.execute(
        select(written_replies.c.message_id, written_replies.c.act, written_replies.c.template)
        .where(written_replies.c.conversation_id.in_(talks)).order_by(written_replies.c.id)
    ):
        said[turn].append((act, template))
    counts: Counter[tuple[str, str, str]] = Counter()
    for turn, replies in said.items():
        if len(replies) == len(thumbs[turn]):
            for (act, template), thumb in zip(replies, thumbs[turn], strict=True):
                if template and thumb:
                    counts[act, template, thumb] += 1
    names = sorted({(act, template) for act, template, _ in counts})
    return [
        RatedReply(act, template, counts[act, template, "up"], counts[act, template, "down"]) for act, template in names
    ]
