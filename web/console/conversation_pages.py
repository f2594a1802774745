"""One conversation, whole: what was said, why the bot did what it did, who the customer is, and its review."""
from __future__ import annotations

import re

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop import review_queue, reviews, staff, takeover, transcript
from shop.errors import BadInput, NotFound
from shop.masking import known_of
from shop.transcript import PAGE, Transcript
from web.console import conversation_view
from web.console.access import Visit, page
from web.console.conversation_export import as_csv, as_json
from web.console.customer_panel import customer_panel
from web.console.marked_text import Eyes

_ID = re.compile(r"[0-9a-f]{32}")
AROUND = PAGE // 2
SOURCES = {"search": "search", "recommend": "recommended", "similar": "similar"}


@page("transcripts.read")
def conversation(visit: Visit) -> Response:
    """The page. ``seq``: the message to show and mark; ``after``: show those behind this number."""
    conversation_id = id_of(visit)
    marked, after = _number(visit, "seq"), _number(visit, "after")
    if after is None and marked is not None:
        after = max(0, marked - AROUND)
    found = _transcript(visit, conversation_id, after)
    eyes = eyes_of(visit, found)
    if visit.member.sees_customers:
        visit.note("look", found.conversation.customer_id, conversation=conversation_id)
    reasons = review_queue.of_conversation(visit.db, conversation_id)
    may_review = visit.member.may("review")
    return visit.show(
        "conversation.html", talk=found.conversation, conversation_id=conversation_id, found=found, marked=marked,
        entries=conversation_view.entries(found, reasons, eyes), eyes=eyes, told=conversation_view.told,
        gate_verdict=conversation_view.gate_verdict, sources=SOURCES, reason_texts=conversation_view.REASON_TEXTS,
        reasons=conversation_view.waiting_reasons(reasons), review=reviews.state(visit.db, conversation_id),
        tags=reviews.tags(visit.db, conversation_id), notes=[each for each in found.notes if each.seq is None],
        tags_in_use=reviews.tags_in_use(visit.db) if may_review else [],
        colleagues=_reviewers(visit) if may_review else [], may_review=may_review,
        standing=takeover.standing(visit.db, conversation_id),
        panel=customer_panel(visit.db, found.conversation) if visit.member.sees_customers else None,
        page_before=max(0, found.messages[0].seq - 1 - PAGE) if found.earlier else None,
        page_after=found.messages[-1].seq if found.later else None,
    )  # fmt: skip


@page("export")
def export(visit: Visit) -> Response:
    """The conversation as a file, JSON or CSV, as this member may see it."""
    conversation_id, kind = id_of(visit), visit.request.path_params["kind"]
    if kind not in ("json", "csv"):
        raise NotFound("export", kind)
    first = _transcript(visit, conversation_id, 0)
    eyes = eyes_of(visit, first)
    parts = [first]
    while parts[-1].later:
        parts.append(_transcript(visit, conversation_id, parts[-1].messages[-1].seq))
    visit.note("export", first.conversation.customer_id if eyes.sees else None, conversation=conversation_id, kind=kind)
    make, media_type = (as_json, "application/json") if kind == "json" else (as_csv, "text/csv; charset=utf-8")
    name = f"conversation-{conversation_id[:12]}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(make(parts, eyes), media_type=media_type, headers=headers)


def id_of(visit: Visit) -> str:
    """The conversation's id in the address. Raises NotFound for what is none."""
    conversation_id = visit.request.path_params["conversation_id"]
    if not _ID.fullmatch(conversation_id):
        raise NotFound("conversation", conversation_id[:40])
    return conversation_id


def eyes_of(visit: Visit, found: Transcript) -> Eyes:
    """What this member may see of the conversation."""
    sees = visit.member.sees_customers
    return Eyes(sees, () if sees else known_of(visit.db, found.conversation.customer_id))


def _transcript(visit: Visit, conversation_id: str, after: int | None) -> Transcript:
    found = transcript.transcript(visit.db, conversation_id, after)
    if found is None:
        raise NotFound("conversation", conversation_id)
    return found


def _reviewers(visit: Visit) -> list[staff.Member]:
    return [each for each in staff.members(visit.db, active_only=True) if each.may("review")]


def _number(visit: Visit, name: str) -> int | None:
    given = visit.query(name)
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise BadInput(name, given, "it must be the number of a message.")
    return int(given)


routes: list[BaseRoute] = [
    Route("/console/conversations/{conversation_id}", conversation, methods=["GET"]),
    Route("/console/conversations/{conversation_id}/export.{kind}", export, methods=["GET"]),
]
