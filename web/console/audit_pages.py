"""The audit log, for administrators: a page at a time, by who, what and which customer."""
from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop import audit, staff
from shop.masking import mask_json
from web.console.access import Visit, page

FILTER_CHARS = 80
NEWEST = 2**31  # above every entry


@page("audit.read")
def audit_log(visit: Visit) -> Response:
    """Newest first; ``before`` in the address is the entry where the last page ended."""
    chosen = {name: visit.query(name).strip()[:FILTER_CHARS] for name in ("actor", "action", "customer")}
    chosen["customer"] = chosen["customer"].upper()
    before = visit.query("before")
    found = audit.entries(
        visit.db, chosen["actor"], chosen["action"], chosen["customer"],
        min(int(before), NEWEST - 1) if before.isdecimal() and before.isascii() else None, audit.PAGE + 1,
    )
    shown = found[: audit.PAGE]
    names = staff.names(visit.db, [entry.staff_id for entry in shown if entry.staff_id is not None])
    return visit.show(
        "audit.html", chosen=chosen, actors=_actors(visit), actions=audit.actions(visit.db),
        rows=[
            (entry, names.get(entry.staff_id, ""), detail)
            for entry, detail in zip(shown, _details(visit, shown), strict=True)
        ],
        older=shown[-1].entry_id if len(found) > len(shown) else None, is_first=not before,
    )


def _actors(visit: Visit) -> list[tuple[str, str]]:
    """(actor, as it is read), people by name."""
    names = {member.actor: member.name for member in staff.members(visit.db)}
    found = [(actor, names.get(actor, actor)) for actor in audit.actors(visit.db)]
    return sorted(found, key=lambda each: each[1].lower())


def _details(visit: Visit, shown: list[audit.Entry]) -> list[list[tuple[str, str]]]:
    """For each entry its (name, value) pairs; people by name.

    Without the right to customers' data, what could be a customer's is masked.
    """
    about = {entry.detail.get("staff_id") for entry in shown}
    names = staff.names(visit.db, [staff_id for staff_id in about if isinstance(staff_id, int)])
    masked = [entry.detail if visit.member.sees_customers else mask_json(entry.detail) for entry in shown]
    return [
        [_pair(name, value, names) for name, value in detail.items() if value is not None] for detail in masked
    ]


def _pair(name: str, value: Any, names: dict[int, str]) -> tuple[str, str]:
    if name == "staff_id":
        return "whose", names.get(value, f"no. {value}")
    return name.replace("_", " "), _written(value)


def _written(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"before", "after"}:
        return f"{_written(value['before'])} → {_written(value['after'])}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


routes: list[BaseRoute] = [Route("/console/audit", audit_log, methods=["GET"])]
