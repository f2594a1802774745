"""What was said while staff held a conversation, and the bot has not been told yet."""
from __future__ import annotations

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from shop.message import Message
from shop.schema import handovers, messages

MOST_TOLD = 200  # of a longer talk with staff the bot hears the end


def untold(db: Session, conversation_id: str) -> list[Message]:
    """The shopper's and staff's words of handovers that are over, oldest first, at most MOST_TOLD; else empty.

    The shopper's are those that the bot never answered and never will; the bot's own and the house's are left out.
    """
    over = _over(conversation_id, handovers.c.told_seq < handovers.c.ended_seq)
    spans = db.execute(select(handovers.c.after_seq, handovers.c.told_seq, handovers.c.ended_seq).where(over)).all()
    if not spans:
        return []
    within = or_(*(messages.c.seq.between(max(after, told) + 1, ended) for after, told, ended in spans))
    said = or_(messages.c.sender == "staff", and_(messages.c.sender == "shopper", messages.c.state.is_(None)))
    query = (
        select(messages).where(messages.c.conversation_id == conversation_id, within, said)
        .order_by(messages.c.seq.desc()).limit(MOST_TOLD)
    )  # fmt: skip
    return [Message.from_row(row) for row in db.execute(query)][::-1]


def mark_told(db: Session, conversation_id: str, seq: int) -> None:
    """The bot knows what was said up to ``seq``, the last of ``untold``. A handover that began later is not meant."""
    db.execute(
        update(handovers)
        .where(_over(conversation_id, handovers.c.after_seq < seq)).values(told_seq=handovers.c.ended_seq)
    )  # fmt: skip


def _over(conversation_id: str, *which):
    taken = handovers.c.taken_at.is_not(None)
    return and_(handovers.c.conversation_id == conversation_id, handovers.c.ended_at.is_not(None), taken, *which)
