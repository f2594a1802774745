"""What a shopper's own behaviour says about their taste, as far as they allow it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from actions.base import Turn
from shop import customers, events
from shop.events import Event

HISTORY_EVENTS = 200  # many visits: the oldest hardly bend the taste, but what was bought must not be offered again
VISIT_EVENTS = 50


def may_personalise(turn: Turn) -> bool:
    """Whether the shopper is a customer who agreed to personal suggestions."""
    return customers.consent(turn.db, turn.customer_id, "personalisation")


def behaviour(turn: Turn) -> list[Event]:
    """The shopper's events, oldest first, that may steer what they are shown; empty where there are none.

    Without consent, and for guests, that is only what was done in this visit without being signed in.
    """
    if may_personalise(turn):
        return events.history(turn.db, turn.customer_id, HISTORY_EVENTS)
    return events.visitor_history(turn.db, turn.visitor_id, VISIT_EVENTS) if turn.visitor_id else []


def taste(turn: Turn, done: Sequence[Event]) -> np.ndarray | None:
    """The vector of who did ``done``; None where that says nothing.

    Only who agreed to it is known by the encoder, which has learned what others did next. A guest, and who did not
    agree, are known by the texts of what they looked at in this visit.
    """
    return turn.runtime.search.customer_vector(done, behaviour=may_personalise(turn)) if done else None


def taste_for_search(turn: Turn) -> np.ndarray | None:
    """The customer's vector for a search; None for guests and without consent."""
    return taste(turn, behaviour(turn)) if may_personalise(turn) else None


def note_event(
    turn: Turn, kind: str, *, product_id: str | None = None, sku: str | None = None, query: str | None = None
) -> None:
    """Record what the shopper did. It opens the writing transaction, so it is called when all is read.

    A channel that names no visitor (a shop's own server without one) leaves nothing to record.
    """
    if turn.customer_id or turn.visitor_id:
        events.record(turn.db, kind, product_id, turn.customer_id, turn.visitor_id, query, sku)
