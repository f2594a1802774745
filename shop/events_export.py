"""Events as training data: who may be learned from, streamed history by history."""
from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.events import BATCH, STANDS, Event, all_histories
from shop.schema import events


def training_histories(db: Session) -> Iterator[list[Event]]:
    """Histories, oldest event first, that models may be trained on; read in batches, so that memory stays small.

    Those of customers who agreed to personalisation, and those of visitors who never signed in: these belong to no
    customer, and what a customer did in the same browser is not among them.
    """
    for _, done in all_histories(db, consented_only=True):
        yield done
    yield from _visitors(db)


def _visitors(db: Session) -> Iterator[list[Event]]:
    anonymous = events.c.customer_id.is_(None) & events.c.visitor_id.is_not(None)
    people = select(events.c.visitor_id).where(anonymous).distinct().order_by(events.c.visitor_id).limit(BATCH)
    last = ""
    while batch := list(db.execute(people.where(events.c.visitor_id > last)).scalars()):
        rows = db.execute(
            select(
                events.c.visitor_id, events.c.kind, events.c.at, events.c.product_id, events.c.sku, events.c.query
            )
            .where(anonymous, events.c.visitor_id.in_(batch), STANDS)
            .order_by(events.c.visitor_id, events.c.at, events.c.id)
        )
        for visitor_id, found in groupby(rows, key=lambda row: row.visitor_id):
            yield [Event(row.kind, row.at, None, visitor_id, row.product_id, row.sku, row.query) for row in found]
        last = batch[-1]
