"""What shoppers asked and the bot could not answer: read for clustering, and kept with its clusters.

Only texts without personal data are kept (shop/masking.py). The clustering itself is models/question_clusters.py.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, text
from sqlalchemy.orm import Session

from shop.clock import utc_now
from shop.daily_figures import CAME_TO_LAST_RESORT, LAST_RESORT
from shop.database import upsert
from shop.masking import Known, known_of, mask_text
from shop.schema import conversation_facets, conversations, messages, question_clusters, question_members
from shop.schema_transcripts import NOT_UNDERSTOOD

REST = "rest"  # id of the row that holds what is like nothing else
TEXT_CHARS = 300
SAMPLES = 4
INSERT_ROWS = 500


@dataclass(frozen=True)
class Question:
    """A message that the bot could not answer. ``text`` is masked."""

    conversation_id: str
    seq: int
    at: datetime
    text: str


@dataclass(frozen=True)
class NamedCluster:
    """What is to be stored of a cluster. ``members``: the most central first."""

    id: str
    name: str
    terms: list[str]
    members: list[Question]


@dataclass(frozen=True)
class ClusterSeen:
    """A cluster as far as it was asked in a period. ``samples`` are of different wording, the most central first."""

    id: str
    name: str
    terms: list[str]
    size: int
    conversations: int
    samples: list[Question]


def questions(db: Session, since: datetime, limit: int) -> list[Question]:
    """The newest ``limit`` of them since then, newest first; what was pressed and not typed is none.

    Those are not understood, none of the shop's business, or answered by the last resort alone.
    """
    wanted = (
        select(
            messages.c.conversation_id, messages.c.seq, messages.c.at, messages.c.text, messages.c.payload,
            messages.c.entities, conversations.c.customer_id,
        )
        .join_from(messages, conversations, messages.c.conversation_id == conversations.c.id)
        .where(messages.c.sender == "shopper", messages.c.at >= since)
        .order_by(messages.c.at.desc(), messages.c.conversation_id, messages.c.seq)
        .limit(limit)
    )  # fmt: skip
    rows = {
        (row.conversation_id, row.seq): row
        for query in (wanted.where(text(NOT_UNDERSTOOD)), _by_last_resort(wanted, since))
        for row in db.execute(query) if not (row.payload or {}).get("payload")
    }  # fmt: skip
    found = []
    known: dict[str | None, Known] = {}
    for row in sorted(rows.values(), key=lambda each: each.at, reverse=True)[:limit]:
        if row.customer_id not in known:
            known[row.customer_id] = known_of(db, row.customer_id)
        masked = " ".join(mask_text(row.text, row.entities, known[row.customer_id]).split())[:TEXT_CHARS]
        found.append(Question(row.conversation_id, row.seq, row.at, masked))
    return found


def replace(db: Session, clusters: Sequence[NamedCluster], rest: Sequence[Question], embedding: str) -> None:
    """Put these clusters in place of those of the run before; ``rest`` is what is like nothing."""
    now = utc_now()
    db.execute(delete(question_members))
    kept = [each.id for each in clusters] + [REST]
    db.execute(delete(question_clusters).where(question_clusters.c.id.not_in(kept)))
    members = []
    for each in (*clusters, NamedCluster(REST, "", [], list(rest))):
        values = {"name": each.name, "terms": each.terms, "embedding": embedding, "made_at": now}
        db.execute(
            upsert(db, question_clusters).values(id=each.id, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )  # fmt: skip
        members += [{"cluster_id": each.id, **vars(question)} for question in each.members]
    # What was erased while the clusters were made must not come back.
    for first in range(0, len(members), INSERT_ROWS):
        batch = members[first : first + INSERT_ROWS]
        there = set(
            db.execute(
                select(conversations.c.id)
                .where(conversations.c.id.in_({each["conversation_id"] for each in batch})).with_for_update(read=True)
            ).scalars()
        )  # fmt: skip
        rows = [each for each in batch if each["conversation_id"] in there]
        if rows:
            db.execute(insert(question_members), rows)


def members(db: Session) -> dict[str, list[Question]]:
    """The questions of each cluster of the last run, what is like nothing included; empty before the first."""
    found: dict[str, list[Question]] = defaultdict(list)
    for cluster_id, *question in db.execute(
        select(
            question_members.c.cluster_id, question_members.c.conversation_id, question_members.c.seq,
            question_members.c.at, question_members.c.text,
        )
    ):  # fmt: skip
        found[cluster_id].append(Question(*question))
    return dict(found)


def made(db: Session) -> tuple[datetime, str] | None:
    """When the clusters were made and with which embedding; None where they never were."""
    row = db.execute(
        select(question_clusters.c.made_at, question_clusters.c.embedding).where(question_clusters.c.id == REST)
    ).first()
    return (row.made_at, row.embedding) if row else None


def is_due(db: Session, every: timedelta, now: datetime | None = None) -> bool:
    """Whether the clusters are to be made: more was asked since, or ``every`` has passed, and some may be erased now.

    False where nothing was ever asked in vain.
    """
    newest = db.execute(
        select(messages.c.at).where(text(NOT_UNDERSTOOD)).order_by(messages.c.at.desc()).limit(1)
    ).scalar()
    last = made(db)
    if last is None:
        return newest is not None
    return (newest is not None and newest > last[0]) or (now or utc_now()) - last[0] >= every


def seen(db: Session, start: datetime, end: datetime) -> tuple[list[ClusterSeen], int]:
    """The clusters asked from ``start`` to before ``end``, the largest first, and how many questions are in none."""
    asked: ColumnElement[bool] = (question_members.c.at >= start) & (question_members.c.at < end)
    sizes = {
        row.cluster_id: row
        for row in db.execute(
            select(
                question_members.c.cluster_id, func.count().label("size"),
                func.count(question_members.c.conversation_id.distinct()).label("talks"),
            ).where(asked).group_by(question_members.c.cluster_id)
        )
    }  # fmt: skip
    rest = sizes.pop(REST, None)
    samples: dict[str, dict[str, Question]] = defaultdict(dict)
    for row in db.execute(
        select(question_members).where(asked, question_members.c.cluster_id != REST)
        .order_by(question_members.c.at.desc(), question_members.c.conversation_id, question_members.c.seq)
    ):  # fmt: skip
        of_cluster = samples[row.cluster_id]
        if len(of_cluster) < SAMPLES:
            of_cluster.setdefault(row.text.lower(), Question(row.conversation_id, row.seq, row.at, row.text))
    names = {row.id: row for row in db.execute(select(question_clusters).where(question_clusters.c.id.in_(sizes)))}
    clusters = [
        ClusterSeen(
            id_, names[id_].name, names[id_].terms, row.size, row.talks, list(samples[id_].values())
        )
        for id_, row in sizes.items()
    ]  # fmt: skip
    return sorted(clusters, key=lambda each: (-each.size, each.name)), rest.size if rest else 0


def _by_last_resort(wanted: Select, since: datetime) -> Select:
    """Of ``wanted`` those in conversations that came to the last resort, and there the messages that did."""
    came_to_it = exists().where(
        conversation_facets.c.kind == "action", conversation_facets.c.value == LAST_RESORT,
        conversation_facets.c.conversation_id == conversations.c.id,
    )  # fmt: skip
    return wanted.where(conversations.c.last_at >= since, came_to_it, CAME_TO_LAST_RESORT)
