"""One's own account: name, password, where one is signed in."""
from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop import sign_in_limits, staff
from shop.errors import BadInput, TooManyTries
from shop.staff_roles import ROLE_NAMES
from web.console.access import Visit, page
from web.console.sign_in_pages import PASSWORD_CHARS, too_many
from web.gateway.limits import address_of


@page(None)
def account(visit: Visit) -> Response:
    return _account(visit)


@page(None)
def change_name(visit: Visit) -> Response:
    try:
        staff.change(visit.db, visit.member.staff_id, name=visit.form.get("name", ""))
    except BadInput as error:
        return _account(visit, name_problem=error.remedy)
    visit.note("staff.name")
    return visit.go("/console/account", "name")


@page(None)
def change_password(visit: Visit) -> Response:
    """A new password for who knows the old one; whoever else is signed in as this person is signed out."""
    member, form = visit.member, visit.form
    old, new = form.get("old", ""), form.get("password", "")
    if new != form.get("again", ""):
        return _account(visit, problem="The two new passwords differ. Please write both again.")
    try:
        with visit.database.session() as db:
            try_id = sign_in_limits.begin(db, member.email, address_of(visit.request))
    except TooManyTries as error:
        return _account(visit, problem=too_many(error), status=429)
    if len(old) > PASSWORD_CHARS or staff.with_password(visit.db, member.email, old) is None:
        visit.note("staff.password.failed")
        return _account(visit, problem="The present password is not right.")
    sign_in_limits.succeeded(visit.db, try_id)
    try:
        staff.set_password(visit.db, member.staff_id, new)
    except BadInput as error:
        return _account(visit, problem=f"The new password does not do: {error.remedy}")
    visit.note("staff.password")
    visit.begin_session(member.staff_id)
    return visit.go("/console/account", "password")


def _account(visit: Visit, problem: str = "", name_problem: str = "", status: int = 400) -> Response:
    role_name = ROLE_NAMES[visit.member.role]
    status = status if problem or name_problem else 200
    return visit.show("account.html", status, problem=problem, name_problem=name_problem, role_name=role_name)


routes: list[BaseRoute] = [
    Route("/console/account", account, methods=["GET"]),
    Route("/console/account/name", change_name, methods=["POST"]),
    Route("/console/account/password", change_password, methods=["POST"]),
]
