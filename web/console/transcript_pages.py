"""The list of conversations: filtered, searched, kept as views, exported."""
from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from shop import conversation_facets, reviews, saved_views, staff
from shop.clock import as_utc
from shop.conversation_search import COUNT_LIMIT, Cursor, find
from shop.errors import BadInput, NotFound
from shop.periods import time_zone
from web.console.access import Visit, page
from web.console.transcript_export import LIMIT, csv_lines, json_lines
from web.console.transcript_filters import CHOICES, FIELDS, FOLDED, Asked
from web.console.transcript_rows import rows
from web.rendering import query

# What is looked for every day, by name.
VIEWS = (
    ("All", {}), ("Waiting for a person", {"status": "waiting"}), ("Thumb down", {"feedback": "down"}),
    ("Unsure", {"below": "50"}), ("Not understood", {"outcome": "not_understood"}),
)  # fmt: skip
ASSIGNED_TO_ME = {"assigned": "me"}


@page("transcripts.read")
def conversations(visit: Visit) -> Response:
    """A page of the list. ``older`` and ``newer`` in the address are places to go on from."""
    asked = Asked(visit.request.query_params)
    filters = asked.filters(visit.db, visit.member, time_zone(visit.db))
    found = find(visit.db, filters, _place(visit, "older"), _place(visit, "newer"))
    _note(visit, "list", asked, filters.customer_ids)
    member = visit.member
    colleagues = {each.staff_id: each.name for each in staff.members(visit.db)}
    facets = {kind: _options(conversation_facets.choices(visit.db, kind)) for kind in conversation_facets.KINDS}
    return visit.show(
        "conversations.html", asked=asked.values, chips=asked.chips(colleagues), fields=FIELDS, choices=CHOICES,
        rows=rows(visit.db, found.rows, filters.q, member.sees_customers), facets=facets, colleagues=colleagues,
        tags=_options(reviews.tags_in_use(visit.db)), more_open=any(name in asked.values for name in FOLDED),
        count=found.count, count_limit=COUNT_LIMIT, asked_query=asked.query, export_limit=LIMIT,
        newer=asked.path(newer=_written(found.newer)) if found.newer else None,
        older=asked.path(older=_written(found.older)) if found.older else None,
        views=[(name, _views_path(values), values == asked.values) for name, values in _standing(visit)],
        saved=[(each, f"/console/conversations?{each.query}", each.query == asked.query)
               for each in saved_views.views_for(visit.db, member.staff_id)],
    )  # fmt: skip


@page("export")
def export(visit: Visit) -> Response:
    """What the filter finds, as a file: ``kind`` is json or csv."""
    kind = visit.query("kind", "json")
    if kind not in ("json", "csv"):
        raise NotFound("export", kind)
    asked = Asked(visit.request.query_params)
    filters = asked.filters(visit.db, visit.member, time_zone(visit.db))
    _note(visit, "export", asked, filters.customer_ids, kind=kind)
    lines, media_type, ending = (
        (json_lines, "application/x-ndjson", "jsonl") if kind == "json" else (csv_lines, "text/csv", "csv")
    )
    return StreamingResponse(
        lines(visit.database, filters, visit.member.sees_customers), media_type=f"{media_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="conversations.{ending}"'},
    )


@page("transcripts.read")
def save_view(visit: Visit) -> Response:
    """Keep the filter that was on the page under a name."""
    asked = Asked(dict(parse_qsl(visit.form.get("query", ""))))
    asked.filters(visit.db, visit.member, time_zone(visit.db))  # what cannot be asked is not kept either
    name = visit.form.get("name", "")
    saved_views.save(visit.db, visit.member.staff_id, name, asked.query, "shared" in visit.form)
    return visit.go(asked.path(), "view-saved")


@page("transcripts.read")
def change_view(visit: Visit) -> Response:
    """Rename one's own view, share it, or share it no more."""
    name, shared = visit.form.get("name", ""), "shared" in visit.form
    saved_views.change(visit.db, visit.member.staff_id, visit.request.path_params["view_id"], name, shared)
    return visit.go(Asked(dict(parse_qsl(visit.form.get("query", "")))).path(), "view-changed")


@page("transcripts.read")
def delete_view(visit: Visit) -> Response:
    """Delete one's own view."""
    saved_views.remove(visit.db, visit.member.staff_id, visit.request.path_params["view_id"])
    return visit.go("/console/conversations", "view-deleted")


def _options(names: list[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _standing(visit: Visit) -> list[tuple[str, dict[str, str]]]:
    own = [("Assigned to me", ASSIGNED_TO_ME)] if visit.member.may("takeover") else []
    return [*VIEWS, *own]


def _views_path(values: dict[str, str]) -> str:
    return f"/console/conversations{query(**values)}"


def _note(visit: Visit, action: str, asked: Asked, customer_ids: tuple[str, ...] | None, **detail: str) -> None:
    """Who sees customers' data leaves a trace of what was looked at; an export leaves one in any case."""
    if visit.member.sees_customers or action == "export":
        customer_id = customer_ids[0] if customer_ids and len(customer_ids) == 1 else None
        visit.note(action, customer_id, filter=asked.query, **detail)


def _written(place: Cursor) -> str:
    return f"{place.last_at.isoformat()}~{place.conversation_id}"


def _place(visit: Visit, name: str) -> Cursor | None:
    """Raises BadInput for what no link of ours says."""
    given = visit.query(name)
    if not given:
        return None
    moment, _, conversation_id = given.partition("~")
    try:
        return Cursor(as_utc(datetime.fromisoformat(moment)), conversation_id[:32])
    except (ValueError, OverflowError) as error:
        raise BadInput(name, given[:40], "go back to the list and page from there.") from error


routes: list[BaseRoute] = [
    Route("/console/conversations", conversations, methods=["GET"]),
    Route("/console/conversations/export", export, methods=["GET"]),
    Route("/console/views", save_view, methods=["POST"]),
    Route("/console/views/{view_id:int}", change_view, methods=["POST"]),
    Route("/console/views/{view_id:int}/delete", delete_view, methods=["POST"]),
]
