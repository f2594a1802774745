"""How conversations ended, as conditions by which they can be found: what stands behind the figures of the overview."""
from __future__ import annotations

from sqlalchemy import ColumnElement, Interval, Select, and_, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from shop.daily_figures import BUYS_WITHIN, LAST_RESORT, NOT_UNDERSTOOD
from shop.database import is_sqlite
from shop.errors import BadInput
from shop.schema import conversation_facets, conversations, handovers, orders, tickets

# outcome -> how it is called in a list of choices
OUTCOMES = {
    "contained": "Solved without a person", "handed_over": "Handed over", "in_vain": "Asked for a person in vain",
    "not_understood": "Not understood", "rated": "Rated", "thumbed": "With a thumb", "ordered": "Ordered afterwards",
}  # fmt: skip

_HANDED_OVER = (
    select(1).where(handovers.c.conversation_id == conversations.c.id)
    .where(or_(handovers.c.ended_as.is_(None), handovers.c.ended_as != "nobody")).exists()
)  # fmt: skip
_IN_VAIN = or_(
    select(1).where(handovers.c.conversation_id == conversations.c.id, handovers.c.ended_as == "nobody").exists(),
    conversations.c.id.in_(
        select(tickets.c.conversation_id).where(tickets.c.kind == "handover", tickets.c.conversation_id.is_not(None))
    ),
)
_STUCK = or_(
    and_(conversation_facets.c.kind == "intent", conversation_facets.c.value.in_(sorted(NOT_UNDERSTOOD))),
    and_(conversation_facets.c.kind == "action", conversation_facets.c.value == LAST_RESORT),
)
_CONDITIONS = {
    "contained": and_(not_(_HANDED_OVER), not_(_IN_VAIN)),
    "handed_over": _HANDED_OVER,
    "in_vain": and_(_IN_VAIN, not_(_HANDED_OVER)),
    "not_understood": select(1).where(conversation_facets.c.conversation_id == conversations.c.id, _STUCK).exists(),
    "rated": conversations.c.csat_at.is_not(None),
    "thumbed": or_(conversations.c.thumbs_up > 0, conversations.c.thumbs_down > 0),
}


def condition(db: Session, outcome: str) -> ColumnElement[bool]:
    """True of the conversations that ended so. Raises BadInput for an outcome that is none of OUTCOMES.

    A conversation has several outcomes, and they are those of all its days.
    """
    if outcome == "ordered":
        return _ordered(db)
    if outcome not in _CONDITIONS:
        raise BadInput("outcome", outcome, f"use one of {', '.join(OUTCOMES)}.")
    return _CONDITIONS[outcome]


def _ordered(db: Session) -> ColumnElement[bool]:
    talks = conversations.c
    if is_sqlite(db):
        until = func.datetime(talks.last_at, f"+{BUYS_WITHIN.days} days")
    else:
        until = talks.last_at + literal(BUYS_WITHIN, Interval())
    return (
        select(1).where(orders.c.customer_id == talks.customer_id, orders.c.status != "cancelled")
        .where(orders.c.placed_at >= talks.opened_at, orders.c.placed_at <= until).exists()
    )  # fmt: skip


def numbers(db: Session, outcome: str) -> Select | None:
    """A query for the numbers of the conversations that ended so, where it has an index of its own; else None."""
    talks = conversations.c
    if outcome == "not_understood":
        return select(talks.number).where(
            talks.id.in_(select(conversation_facets.c.conversation_id).where(_STUCK))
        )
    if outcome == "handed_over":
        reached = or_(handovers.c.ended_as.is_(None), handovers.c.ended_as != "nobody")
        return select(talks.number).where(talks.id.in_(select(handovers.c.conversation_id).where(reached)))
    if outcome == "in_vain":
        asked = select(handovers.c.conversation_id).where(handovers.c.ended_as == "nobody").union(
            select(tickets.c.conversation_id).where(tickets.c.kind == "handover")
        )
        return select(talks.number).where(talks.id.in_(asked), not_(_HANDED_OVER))
    if outcome == "rated":
        return select(talks.number).where(talks.csat_at.is_not(None))
    return None
