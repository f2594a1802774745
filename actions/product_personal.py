"""What a shopper's own behaviour says about their taste, as far as they allow it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from actions.base import Turn
from shop import customers, events
from shop.clock import utc_now
from shop.events import Event, Purchase

HISTORY_EVENTS = 200  # many visits: the oldest hardly bend the taste
VISIT_EVENTS = 50
VISIT = timedelta(minutes=30)  # a longer pause ends a visit


def may_personalise(turn: Turn) -> bool:
    """Whether the shopper is a customer who agreed to personal suggestions."""
    return customers.consent(turn.db, turn.customer_id, "personalisation")


def behaviour(turn: Turn) -> list[Event]:
    """The shopper's events, oldest first, that may steer what they are shown; empty where there are none.

    Without consent, and for guests, that is only what was done in this visit without being signed in.
    """
    if may_personalise(turn):
        return events.history(turn.db, turn.customer_id, HISTORY_EVENTS)
    return _this_visit(events.visitor_history(turn.db, turn.visitor_id, VISIT_EVENTS)) if turn.visitor_id else []


def purchases(turn: Turn, done: Sequence[Event], since: datetime) -> list[Purchase]:
    """What the shopper bought since then and may steer what they are shown, oldest first.

    Asked for on its own, as who looks at much has bought before the last of their events. Of who did not agree, and of
    guests, it is what stands in ``done``.
    """
    if may_personalise(turn):
        return events.purchases(turn.db, turn.customer_id, since)
    return [Purchase(each.product_id, each.at, True) for each in done if each.kind == "purchase" and each.product_id]


def _this_visit(done: list[Event]) -> list[Event]:
    """Those of ``done`` since the last pause. A visitor's id lives for weeks, and nobody agreed to be remembered."""
    later = utc_now()
    for place in reversed(range(len(done))):
        if later - done[place].at > VISIT:
            return done[place + 1 :]
        later = done[place].at
    return done


def taste(turn: Turn, done: Sequence[Event]) -> np.ndarray | None:
    """The vector of who did ``done``; None where that says nothing.

    Only who agreed to it is known by the encoder, which has learned what others did next. A guest, and who did not
    agree, are known by the texts of what they looked at in this visit.
    """
    return turn.search.customer_vector(done, behaviour=may_personalise(turn)) if done else None


def taste_for_search(turn: Turn) -> np.ndarray | None:
    """The customer's vector for a search; None for guests and without consent."""
    return taste(turn, behaviour(turn)) if may_personalise(turn) else None


def note_event(
    turn: Turn, kind: str, *, product_id: str | None = None, sku: str | None = None, query: str | None = None
) -> None:
    """Record what the shopper did. It opens the writing transaction, so it is called when all is read.

    A channel that names no visitor (a shop's own server without one) leaves nothing to record, nor does a turn that is
    worked out again: it was recorded the first time.
    """
    if (turn.customer_id or turn.visitor_id) and not turn.again:
        events.record(turn.db, kind, product_id, turn.customer_id, turn.visitor_id, query, sku)
