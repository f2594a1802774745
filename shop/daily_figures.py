"""The days' figures: counted from what is stored, and kept so that three months need not be counted again.

A day is counted anew for as long as it can change: an order may still be cancelled, a thumb given, a person come.
What changes later than SETTLED_AFTER is found by ``refresh(..., everything=True)`` alone.
"""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from shop.clock import utc_now
from shop.database import Database, upsert
from shop.figures import Figures, add_time
from shop.periods import Period, bounds, local_day, time_zone
from shop.schema import conversations, daily_figures, handovers, messages, orders, tickets, written_replies

BUYS_WITHIN = timedelta(days=7)
SETTLED_AFTER = timedelta(days=8)
COUNTED_AGAIN_AFTER = timedelta(hours=1)
HELD_AT_MOST = timedelta(days=30)  # a conversation that staff held for longer was forgotten by them
NOT_UNDERSTOOD = frozenset({"nlu_fallback", "out_of_scope"})
LAST_RESORT = "action_default_fallback"
CAME_TO_LAST_RESORT = cast(messages.c.actions, Text).contains(LAST_RESORT)
IDS_A_QUERY = 500


def measure(db: Session, start: datetime, end: datetime) -> Figures:
    """The figures of what happened from ``start`` up to, and without, ``end``: a day, or what there is of it."""
    figures = Figures()
    talks = _count_messages(db, start, end, figures)
    _count_people(db, start, end, figures, talks)
    figures.written, figures.written_fallbacks = db.execute(
        select(func.count(), func.count(written_replies.c.reason))
        .where(written_replies.c.at >= start, written_replies.c.at < end)
    ).one()  # fmt: skip
    for stars, count in db.execute(
        select(conversations.c.csat, func.count())
        .where(conversations.c.csat_at >= start, conversations.c.csat_at < end, conversations.c.csat.is_not(None))
        .group_by(conversations.c.csat)
    ):  # fmt: skip
        figures.ratings[str(stars)] = count
    figures.rated = figures.rating_count
    _count_orders(db, start, end, figures)
    return figures


def of_days(db: Session, period: Period, zone: ZoneInfo, now: datetime | None = None) -> dict[date, Figures]:
    """The figures of each day of the period, today as it stands.

    A day that nobody counted yet is left out, but for yesterday: soon after midnight it is counted here.
    """
    today = local_day(now or utc_now(), zone)
    found = {
        row.day: Figures.from_json(row.figures)
        for row in db.execute(
            select(daily_figures.c.day, daily_figures.c.figures)
            .where(daily_figures.c.day >= period.first, daily_figures.c.day <= min(period.last, today))
            .where(daily_figures.c.time_zone == zone.key)
        )
    }  # fmt: skip
    for day in (today - timedelta(days=1), today):
        if period.first <= day <= period.last and (day == today or day not in found):
            found[day] = measure(db, *bounds(Period(day, day), zone))
    return found


def uncounted(db: Session, period: Period, zone: ZoneInfo, now: datetime | None = None) -> int:
    """How many days of the period ``refresh`` has still to count: from the first conversation to before yesterday."""
    begun = _first_day(db, zone)
    last = min(period.last, local_day(now or utc_now(), zone) - timedelta(days=2))
    if begun is None or last < max(period.first, begun):
        return 0
    there = db.execute(
        select(func.count()).select_from(daily_figures)
        .where(daily_figures.c.day >= max(period.first, begun), daily_figures.c.day <= last)
        .where(daily_figures.c.time_zone == zone.key)
    ).scalar_one()  # fmt: skip
    return (last - max(period.first, begun)).days + 1 - there


def refresh(
    database: Database, everything: bool = False, now: datetime | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:  # fmt: skip
    """Count the days that are missing or may have changed, newest first; returns how many were counted.

    Each day is a transaction of its own, so that nobody waits for all of them; before each ``stopping`` is asked. With
    ``everything`` all days are counted anew. Safe from several processes at once: they write the same.
    """
    now = now or utc_now()
    with database.session() as db:
        zone = time_zone(db)
        begun = _first_day(db, zone)
        made_at = dict(
            db.execute(
                select(daily_figures.c.day, daily_figures.c.made_at).where(daily_figures.c.time_zone == zone.key)
            ).all()
        )
    if begun is None:
        return 0
    count = 0
    for each in reversed(Period(begun, local_day(now, zone) - timedelta(days=1)).by_day()):
        if stopping():
            break
        start, end = bounds(each, zone)
        if everything or _may_have_changed(made_at.get(each.first), end, now):
            with database.session() as db:
                _store(db, each.first, zone, measure(db, start, end), now)
            count += 1
    return count


def _may_have_changed(made_at: datetime | None, end: datetime, now: datetime) -> bool:
    if made_at is None or made_at < end:
        return True
    return made_at < end + SETTLED_AFTER and now - made_at >= COUNTED_AGAIN_AFTER


def _first_day(db: Session, zone: ZoneInfo) -> date | None:
    """The day of the first conversation; None where there is none."""
    first = db.execute(select(conversations.c.opened_at).order_by(conversations.c.opened_at).limit(1)).scalar()
    return local_day(first, zone) if first else None


def _store(db: Session, day: date, zone: ZoneInfo, figures: Figures, now: datetime) -> None:
    values = {"time_zone": zone.key, "figures": figures.to_json(), "made_at": now}
    db.execute(
        upsert(db, daily_figures).values(day=day, **values).on_conflict_do_update(index_elements=["day"], set_=values)
    )


def _count_messages(db: Session, start: datetime, end: datetime, figures: Figures) -> set[str]:
    """What was said and heard; returns the conversations in which a shopper wrote."""
    talks: set[str] = set()
    stuck: set[str] = set()
    thumbed: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    said = (
        select(
            messages.c.conversation_id, messages.c.sender, messages.c.intent, messages.c.duration_ms,
            messages.c.feedback, CAME_TO_LAST_RESORT,
        )
        .where(messages.c.at >= start, messages.c.at < end)
        .where(or_(messages.c.sender == "shopper", messages.c.feedback.is_not(None)))
    )  # fmt: skip
    # By way of the conversations: messages have no index by time, which would cost each of them its upkeep.
    rows = chain.from_iterable(
        db.execute(said.where(messages.c.conversation_id.in_(batch))) for batch in _batches(_under_way(db, start, end))
    )
    for talk, sender, intent, duration_ms, feedback, fell_back in rows:
        if sender != "shopper":
            figures.up += feedback == "up"
            figures.down += feedback == "down"
            thumbed.add(talk)
            continue
        talks.add(talk)
        if intent is None:  # staff heard it, or nobody yet
            continue
        figures.asked += 1
        if intent in NOT_UNDERSTOOD or fell_back:
            figures.not_understood += 1
            stuck.add(talk)
        else:
            for name in intent.split("+"):  # a message with several requests has an intent for each
                figures.intents[name] += 1
                pairs.add((name, talk))
        if duration_ms is not None:
            add_time(figures.bot_ms, duration_ms)
    figures.conversations, figures.stuck, figures.thumbed = len(talks), len(stuck), len(thumbed)
    figures.intent_talks = Counter(name for name, _ in pairs)
    return talks


def _under_way(db: Session, start: datetime, end: datetime) -> list[str]:
    """Conversations in which something may have been said in between."""
    talks = conversations.c
    # Two questions, each of one index: together, a planner takes both conditions for rarely true and reads everything.
    begun = select(talks.id).where(talks.opened_at >= start, talks.opened_at < end)
    went_on = select(talks.id).where(talks.last_at >= start, talks.opened_at < start)
    return list(db.execute(begun).scalars()) + list(db.execute(went_on).scalars())


def _batches(ids: list[str]) -> Iterator[list[str]]:
    return (ids[first : first + IDS_A_QUERY] for first in range(0, len(ids), IDS_A_QUERY))


def _count_people(db: Session, start: datetime, end: datetime, figures: Figures, talks: set[str]) -> None:
    """Which of ``talks`` reached a person, which asked for one in vain, and how long people let them wait."""
    reached: set[str] = set()
    in_vain: set[str] = set()
    for row in db.execute(
        select(
            handovers.c.conversation_id, handovers.c.requested_at, handovers.c.taken_at, handovers.c.answered_at,
            handovers.c.ended_as, handovers.c.reason,
        )
        .where(handovers.c.requested_at >= start - HELD_AT_MOST, handovers.c.requested_at < end)
        .where(or_(handovers.c.requested_at >= start, handovers.c.ended_at.is_(None), handovers.c.ended_at >= start))
    ):  # fmt: skip
        (in_vain if row.ended_as == "nobody" else reached).add(row.conversation_id)
        if row.requested_at < start or row.reason == "staff":
            continue  # counted on its own day; who steps in unasked lets nobody wait
        figures.handovers += 1
        for moment, times in ((row.taken_at, figures.waiting_ms), (row.answered_at, figures.first_response_ms)):
            if moment is not None:
                add_time(times, (moment - row.requested_at).total_seconds() * 1000)
    in_vain.update(
        db.execute(
            select(tickets.c.conversation_id)
            .where(tickets.c.status.in_(("open", "in_progress", "closed")))  # all there are: for the index
            .where(tickets.c.created_at >= start, tickets.c.created_at < end)
            .where(tickets.c.kind == "handover", tickets.c.conversation_id.is_not(None))
        ).scalars()
    )
    figures.handed_over = len(reached & talks)
    figures.in_vain = len(in_vain & talks - reached)


def _count_orders(db: Session, start: datetime, end: datetime, figures: Figures) -> None:
    """Orders of the day, and which of them came within BUYS_WITHIN after their customer had talked to us."""
    placed = db.execute(
        select(orders.c.customer_id, orders.c.placed_at, orders.c.total_cents, orders.c.currency)
        .where(orders.c.placed_at >= start, orders.c.placed_at < end, orders.c.status != "cancelled")
    ).all()  # fmt: skip
    figures.orders = len(placed)
    people = sorted({row.customer_id for row in placed if row.customer_id})
    said: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for batch in _batches(people):
        for customer_id, talk, at in db.execute(
            select(conversations.c.customer_id, messages.c.conversation_id, messages.c.at)
            .join_from(conversations, messages, messages.c.conversation_id == conversations.c.id)
            .where(conversations.c.customer_id.in_(batch))
            .where(and_(conversations.c.last_at >= start - BUYS_WITHIN, conversations.c.opened_at < end))
            .where(messages.c.sender == "shopper", messages.c.at >= start - BUYS_WITHIN, messages.c.at < end)
        ):
            said[customer_id].append((at, talk))
    before: set[str] = set()
    for customer_id, placed_at, total_cents, currency in placed:
        talks = {talk for at, talk in said.get(customer_id, ()) if placed_at - BUYS_WITHIN <= at <= placed_at}
        if talks:
            figures.orders_after += 1
            figures.revenue_cents[currency] += total_cents
            before |= talks
    figures.buyers_talks = len(before)
