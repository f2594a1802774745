"""Who works in the console, what they may, and their invitations: for administrators."""
from __future__ import annotations

from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop import staff, staff_links
from shop.errors import BadInput, NotAllowed, NotFound
from shop.staff_roles import ROLE_NAMES
from web.console.access import Visit, page

ROLE_TEXTS = {
    "viewer": "reads transcripts and the overview",
    "agent": "takes conversations over, and reviews",
    "reviewer": "reviews and exports",
    "trainer": "reviews, and decides what the bot learns",
    "admin": "everything, people and the audit log included",
}


@page("people")
def people(visit: Visit) -> Response:
    return _list(visit)


@page("people")
def invite(visit: Visit) -> Response:
    """A new account without a password; the page shows the link that sets it, once."""
    form = visit.form
    try:
        member = staff.add(
            visit.db, form.get("email", ""), form.get("name", ""), form.get("role", ""), "sees_customers" in form
        )
    except BadInput as error:
        return _list(visit, f"{error.field.capitalize()}: {error.remedy}")
    visit.note("staff.invite", staff_id=member.staff_id, role=member.role, sees_customers=member.sees_customers)
    return _link_page(visit, member)


@page("people")
def person(visit: Visit) -> Response:
    return _person(visit, _member(visit))


@page("people")
def change(visit: Visit) -> Response:
    """Change name, role, rights. What changed is noted, before and after."""
    before, form = _member(visit), visit.form
    try:
        after = staff.change(
            visit.db, before.staff_id, name=form.get("name", ""), role=form.get("role", ""),
            sees_customers="sees_customers" in form, active="active" in form,
        )
    except BadInput as error:
        return _person(visit, before, f"{error.field.capitalize()}: {error.remedy}")
    except NotAllowed as error:
        return _person(visit, before, error.message)
    changed = {
        field: {"before": getattr(before, field), "after": getattr(after, field)}
        for field in ("name", "role", "sees_customers", "active") if getattr(before, field) != getattr(after, field)
    }  # fmt: skip
    if changed:
        visit.note("staff.change", staff_id=after.staff_id, **changed)
    response = visit.go("/console/people", "person-changed")
    if changed:  # once it is stored: open sockets are asked anew who they are
        response.background = BackgroundTask(visit.request.app.state.live.close_member, after.staff_id)
    return response


@page("people")
def new_link(visit: Visit) -> Response:
    """A link by which the person sets a password, for an invitation that expired or a password that was lost."""
    member = _member(visit)
    visit.note("staff.link", staff_id=member.staff_id)
    return _link_page(visit, member)


def _member(visit: Visit) -> staff.Member:
    member = staff.member(visit.db, visit.request.path_params["staff_id"])
    if member is None:
        raise NotFound("member of staff", visit.request.path_params["staff_id"])
    return member


def _link_page(visit: Visit, member: staff.Member) -> Response:
    # As the administrator's browser reaches the console, so will the invited one's.
    address = f"{visit.request.url.scheme}://{visit.request.headers.get('host', '')}"
    link = address + staff_links.path(staff_links.new_link(visit.db, member.staff_id))
    return visit.show("link.html", who=member, link=link)


def _list(visit: Visit, problem: str = "") -> Response:
    return visit.show(
        "people.html", 400 if problem else 200, people=staff.members(visit.db), problem=problem,
        form=visit.form, **_roles(),
    )


def _person(visit: Visit, member: staff.Member, problem: str = "") -> Response:
    return visit.show("person.html", 400 if problem else 200, who=member, problem=problem, **_roles())


def _roles() -> dict[str, Any]:
    return {"role_names": ROLE_NAMES, "role_texts": ROLE_TEXTS}


routes: list[BaseRoute] = [
    Route("/console/people", people, methods=["GET"]),
    Route("/console/people", invite, methods=["POST"]),
    Route("/console/people/{staff_id:int}", person, methods=["GET"]),
    Route("/console/people/{staff_id:int}", change, methods=["POST"]),
    Route("/console/people/{staff_id:int}/link", new_link, methods=["POST"]),
]
