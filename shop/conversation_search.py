"""Finding conversations: filters and words together, newest activity first, a page at a time.

Quick whatever is asked, because only two ways are taken. Where one condition leaves few conversations (the index of
words and facets says so at once), those are looked at. Where none does, the list is walked through from the newest in
one index that holds all that is filtered by; what the words allow was put aside before, so that two common things that
seldom meet cost one walk and not a look-up for each row.
"""
from __future__ import annotations

import json
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import any_

from shop import conversation_outcomes, search_words, word_index
from shop.daily_figures import LAST_RESORT, NOT_UNDERSTOOD
from shop.database import is_sqlite
from shop.schema import conversation_facets, conversation_tags, conversations, review_reasons

PAGE_SIZE = 50
COUNT_LIMIT = 1000  # more than this are not counted
FEW = 3000  # conversations that are quicker looked at one by one than walked to
SINGLY = 1000  # of those, as many as PostgreSQL may look into the words of (30 microseconds each); SQLite never should
FEEDBACK = ("up", "down", "none")
NOBODY = 0  # assigned to
FACETS = ("intent", "action", "entity", "model", "act")
# PostgreSQL, for one transaction. It takes what is common for quickly found, and would look into words row by row
# without the index. Plans are made for the very values that are asked for, without what takes longer to start than it
# saves, and each list has one core, as many are looked at at once.
_PLANNING = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)" for name, value in (
        ("enable_seqscan", "off"), ("plan_cache_mode", "force_custom_plan"), ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
    )
)
_NOT_UNDERSTOOD = (
    *(search_words.facet("intent", intent) for intent in sorted(NOT_UNDERSTOOD)),
    search_words.facet("action", LAST_RESORT),
)


@dataclass(frozen=True)
class Filters:
    """What is looked for; empty values: anything. Spans of time include their beginning and not their end.

    ``q`` is any text, see ``search_words.wanted``. ``opened_until`` and ``active_from`` together are about those that
    were going on in a span. ``confidence_below`` and ``confidence_from`` are about the lowest in a conversation.
    ``feedback``: one of FEEDBACK. ``customer_ids``: of any of these; with an empty tuple nothing is found, None is
    anybody's. ``assigned_to``: staff id, or NOBODY. ``reason``: why it should be reviewed.
    """

    q: str = ""
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None
    channel: str = ""
    intent: str = ""
    action: str = ""
    entity: str = ""
    model: str = ""
    act: str = ""
    confidence_below: float | None = None
    confidence_from: float | None = None
    feedback: str = ""
    customer_ids: tuple[str, ...] | None = None
    length_min: int | None = None
    length_max: int | None = None
    status: str = ""
    review_state: str = ""
    assigned_to: int | None = None
    tag: str = ""
    reason: str = ""
    outcome: str = ""  # one of conversation_outcomes.OUTCOMES


@dataclass(frozen=True)
class Cursor:
    """A place in the list: behind, or before, the conversation that stands there."""

    last_at: datetime
    conversation_id: str


@dataclass(frozen=True)
class Found:
    """A conversation in the list. ``last_seq``: how many messages it has. ``intents``: in alphabetical order."""

    conversation_id: str
    customer_id: str | None
    channel: str
    status: str
    preview: str
    lowest_confidence: float | None
    thumbs_up: int
    thumbs_down: int
    last_seq: int
    review_state: str
    assigned_to: int | None
    opened_at: datetime
    last_at: datetime
    intents: tuple[str, ...] = field(default=())

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.last_at, self.conversation_id)


@dataclass(frozen=True)
class Page:
    """``newer`` and ``older``: where the neighbouring pages are, None where there is none.

    ``count``: how many are found on all pages, COUNT_LIMIT + 1 for any number above; None where that is known
    already, on all pages but the first.
    """

    rows: list[Found]
    newer: Cursor | None
    older: Cursor | None
    count: int | None = None


def find(
    db: Session, filters: Filters, older_than: Cursor | None = None, newer_than: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> Page:  # fmt: skip
    """A page of what was found: the first, or the one on either side of a place. Empty where nothing fits.

    A conversation in which somebody writes meanwhile moves to the front; no other is left out or shown twice.
    """
    if newer_than is not None:
        near = _search(db, filters, newer_than, size + 1, newest_first=False)
        if len(near) > size:
            rows = _rows(db, near[size - 1 :: -1])
            return Page(rows, rows[0].cursor, rows[-1].cursor)
        older_than = None  # fewer than a page are left in front of it: that is the first page
    if older_than is not None:
        far = _search(db, filters, older_than, size + 1)
        rows = _rows(db, far[:size])
        return Page(rows, rows[0].cursor if rows else older_than, rows[-1].cursor if len(far) > size else None)
    first = _search(db, filters, None, max(COUNT_LIMIT, size) + 1)
    rows = _rows(db, first[:size])
    return Page(rows, None, rows[-1].cursor if len(first) > size else None, min(len(first), COUNT_LIMIT + 1))


def _search(
    db: Session, filters: Filters, place: Cursor | None, limit: int, newest_first: bool = True
) -> list[int]:
    """Numbers of conversations, in order from ``place``."""
    if filters.customer_ids == () or (filters.q and not search_words.wanted(filters.q)):
        return []
    talks = conversations.c
    query, index = _narrowed(db, filters)
    if place is not None:
        here = tuple_(talks.last_at, talks.id)
        there = tuple_(literal(place.last_at, talks.last_at.type), literal(place.conversation_id))
        query = query.where(here < there if newest_first else here > there)
    if newest_first:
        query = query.order_by(talks.last_at.desc(), talks.id.desc())
    else:
        query = query.order_by(talks.last_at, talks.id)
    if index:  # SQLite knows no sizes and would take whichever spares it to sort
        query = query.with_hint(conversations, f"INDEXED BY {index}", "sqlite")
    return list(db.execute(query.limit(limit)).scalars())


def _narrowed(db: Session, filters: Filters) -> tuple[Select, str | None]:
    """The query for numbers without its order, and the index to take; None: the database knows."""
    talks = conversations.c
    if not is_sqlite(db):
        db.execute(text(_PLANNING))
    query = select(talks.number).where(*_of_row(filters))
    if filters.outcome and conversation_outcomes.numbers(db, filters.outcome) is None:
        query = query.where(conversation_outcomes.condition(db, filters.outcome))
    few: set[int] | None = None
    common = []
    for numbers, condition in _of_sets(db, filters):
        found = set(db.execute(numbers.limit(FEW + 1)).scalars())
        if len(found) > FEW:
            common.append((numbers, condition))
        else:
            few = found if few is None else few & found
    if few is None:
        query = query.where(*(condition for _, condition in common))
        return query, "ix_conversations_last_at" if filters.customer_ids is None else None
    if len(few) <= SINGLY and not is_sqlite(db):
        query = query.where(*(talks.number.in_(numbers) for numbers, _ in common))
    else:
        query = query.where(*(condition for _, condition in common))
    return query.where(_among(db, few)), "ix_conversations_number"


def _of_row(filters: Filters) -> list[ColumnElement[bool]]:
    """Conditions on columns of the row itself."""
    talks = conversations.c
    thumbs = {"up": talks.thumbs_up > 0, "down": talks.thumbs_down > 0,
              "none": (talks.thumbs_up == 0) & (talks.thumbs_down == 0)}  # fmt: skip
    # The last message is never older than the first: this bound ends the walk where nothing more can come.
    since = max((each for each in (filters.active_from, filters.opened_from) if each is not None), default=None)
    asked = (
        (operator.ge, talks.last_at, since),
        (operator.lt, talks.last_at, filters.active_until),
        (operator.ge, talks.opened_at, filters.opened_from),
        (operator.lt, talks.opened_at, filters.opened_until),
        (operator.eq, talks.channel, filters.channel or None),
        (operator.lt, talks.lowest_confidence, filters.confidence_below),
        (operator.ge, talks.lowest_confidence, filters.confidence_from),
        (operator.ge, talks.last_seq, filters.length_min),
        (operator.le, talks.last_seq, filters.length_max),
        (operator.eq, talks.review_state, filters.review_state or None),
        (operator.eq, talks.assigned_to, filters.assigned_to or None),
    )
    conditions = [compares(column_of, value) for compares, column_of, value in asked if value is not None]
    if filters.assigned_to == NOBODY:
        conditions.append(talks.assigned_to.is_(None))
    if filters.feedback:
        conditions.append(thumbs[filters.feedback])
    if filters.customer_ids is not None:
        conditions.append(talks.customer_id.in_(filters.customer_ids))
    return conditions


def _of_sets(db: Session, filters: Filters) -> list[tuple[Select, ColumnElement[bool]]]:
    """Conditions that an index may answer with few conversations: (their numbers, the same as a condition on a row)."""
    talks, sets = conversations.c, []
    match = _match(db, filters)
    if match is not None:
        # "IS TRUE" keeps both planners from making a join of it, which would look every row up.
        sets.append((match, talks.number.in_(match).is_(True)))
    for table, column_of, value in (
        (conversation_tags, conversation_tags.c.tag, filters.tag),
        (review_reasons, review_reasons.c.reason, filters.reason),
    ):
        if value:
            has = select(1).where(table.c.conversation_id == talks.id, column_of == value).exists()
            sets.append((
                select(talks.number).join(table, table.c.conversation_id == talks.id).where(column_of == value), has
            ))
    if filters.status:
        sets.append((select(talks.number).where(talks.status == filters.status), talks.status == filters.status))
    if filters.outcome and filters.outcome != "not_understood":
        numbers = conversation_outcomes.numbers(db, filters.outcome)
        if numbers is not None:
            sets.append((numbers, conversation_outcomes.condition(db, filters.outcome)))
    return sets


def _match(db: Session, filters: Filters) -> Select | None:
    """Numbers of the conversations with all the words and facets that are asked for; None where none is."""
    wanted = search_words.wanted(filters.q)
    facets = [search_words.facet(kind, getattr(filters, kind)) for kind in FACETS if getattr(filters, kind)]
    return word_index.numbers(
        db, [*wanted.terms, *facets], wanted.prefix, _NOT_UNDERSTOOD if filters.outcome == "not_understood" else ()
    )


def _among(db: Session, numbers: set[int]) -> ColumnElement[bool]:
    if is_sqlite(db):
        listed = func.json_each(json.dumps(sorted(numbers))).table_valued("value")
        return conversations.c.number.in_(select(listed.c.value))
    return conversations.c.number == any_(cast(sorted(numbers), ARRAY(Integer)))


def _rows(db: Session, numbers: Sequence[int]) -> list[Found]:
    """The conversations of these numbers, in their order."""
    talks = conversations.c
    shown = (
        talks.id, talks.customer_id, talks.channel, talks.status, talks.preview, talks.lowest_confidence,
        talks.thumbs_up, talks.thumbs_down, talks.last_seq, talks.review_state, talks.assigned_to, talks.opened_at,
        talks.last_at,
    )  # fmt: skip
    rows = {row.number: row for row in db.execute(select(talks.number, *shown).where(talks.number.in_(numbers)))}
    facets = conversation_facets.c
    intents: dict[str, list[str]] = {}
    for conversation_id, value in db.execute(
        select(facets.conversation_id, facets.value)
        .where(facets.conversation_id.in_([row.id for row in rows.values()]), facets.kind == "intent")
        .with_hint(conversation_facets, "INDEXED BY ix_conversation_facets_conversation_id", "sqlite")
    ):
        intents.setdefault(conversation_id, []).append(value)
    return [
        Found(*rows[number][1:], tuple(sorted(intents.get(rows[number].id, ()))))
        for number in numbers if number in rows
    ]
