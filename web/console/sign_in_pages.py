"""Signing in and out of the console, and what one-time links are for."""
from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from shop import limits, privacy, sign_in_limits, staff, staff_links
from shop.errors import BadInput, NotFound, TooManyTries
from web.console.access import Visit, console_path, page, public_page
from web.console.navigation import first_page
from web.gateway.limits import address_of

WRONG = "The e-mail address and password do not fit together, or the account is switched off."
PASSWORD_CHARS = 1000  # beyond this it is nobody's password, and not worth a hash


@page(None)
def first(visit: Visit) -> Response:
    return visit.go(first_page(visit.member))


async def without_slash(request: Request) -> Response:
    return RedirectResponse("/console/", 308)


without_slash.right = "public"


@public_page
def sign_in_form(visit: Visit) -> Response:
    goal = console_path(visit.query("next"))
    return visit.go(goal) if visit.member else sign_in_page(visit, goal)


@public_page
def sign_in(visit: Visit) -> Response:
    """Signs in whom the address and password fit. What failed is never said, nor told by the time it took."""
    email = visit.form.get("email", "").strip()[: limits.EMAIL_CHARS]
    password = visit.form.get("password", "")
    goal, address = console_path(visit.form.get("next")), address_of(visit.request)
    try:
        with visit.database.session() as db:
            try_id = sign_in_limits.begin(db, email, address)
    except TooManyTries as error:
        return sign_in_page(visit, goal, 429, email, too_many(error))
    member = staff.with_password(visit.db, email, password) if len(password) <= PASSWORD_CHARS else None
    if member is None:
        known = staff.by_email(visit.db, email)
        detail = {"address": address, "staff_id": known.staff_id if known else None}
        privacy.log(visit.db, "visitor", "sign_in.failed", None, detail)
        return sign_in_page(visit, goal, 401, email, WRONG)
    sign_in_limits.succeeded(visit.db, try_id)
    return signed_in(visit, member, goal, "password")


@page(None)
def sign_out(visit: Visit) -> Response:
    visit.note("sign_out")
    staff.set_available(visit.db, visit.member.staff_id, False)  # no shopper waits for somebody who went home
    visit.end_session()
    response = visit.go("/console/sign-in", "signed-out")
    response.background = BackgroundTask(visit.request.app.state.live.close_member, visit.member.staff_id)
    return response


@public_page
def set_up_form(visit: Visit) -> Response:
    return _set_up(visit, _link(visit))


@public_page
def set_up(visit: Visit) -> Response:
    """The first account, an invitation accepted, or a lost password's successor."""
    link, form = _link(visit), visit.form
    name, email, password = form.get("name", ""), form.get("email", ""), form.get("password", "")
    if password != form.get("again", ""):
        return _set_up(visit, link, "The two passwords differ. Please write both again.")
    try:
        with visit.database.session() as db:
            member = staff_links.use(db, visit.request.path_params["token"], password, name, email)
            privacy.log(db, member.actor, "staff.set_up", None, {"first": link.member is None})
    except BadInput as error:
        return _set_up(visit, link, f"{error.field.capitalize()}: {error.remedy}")
    return signed_in(visit, member, "/console/", "link")


def signed_in(visit: Visit, member: staff.Member, goal: str, how: str) -> Response:
    """The browser is the member's from here on."""
    visit.begin_session(member.staff_id)
    privacy.log(visit.db, member.actor, "sign_in", None, {"address": address_of(visit.request), "how": how})
    return visit.go(goal)


def too_many(error: TooManyTries) -> str:
    """The limit as a sentence."""
    minutes = -(-error.retry_after_s // 60)
    return f"Too many tries. Please wait {minutes} {'minute' if minutes == 1 else 'minutes'}, then try again."


def _link(visit: Visit) -> staff_links.Link:
    link = staff_links.find(visit.db, visit.request.path_params["token"])
    if link is None:
        raise NotFound("link", "with this address: it was used, or is too old. Ask for a new one")
    return link


def _set_up(visit: Visit, link: staff_links.Link, problem: str = "") -> Response:
    form = {"name": visit.form.get("name", ""), "email": visit.form.get("email", "")}
    status = 400 if problem else 200
    return visit.show("set_up.html", status, who=link.member, problem=problem, form=form)


def sign_in_page(visit: Visit, goal: str, status: int = 200, email: str = "", problem: str = "") -> Response:
    """The form; ``goal`` is where signing in leads."""
    settings = visit.request.app.state.settings
    return visit.show(
        "sign_in.html", status, goal=goal, email=email, problem=problem,
        oidc_label=settings.oidc_label if settings.oidc_issuer else "",
    )


routes: list[BaseRoute] = [
    Route("/console", without_slash, methods=["GET"]),
    Route("/console/", first, methods=["GET"]),
    Route("/console/sign-in", sign_in_form, methods=["GET"]),
    Route("/console/sign-in", sign_in, methods=["POST"]),
    Route("/console/sign-out", sign_out, methods=["POST"]),
    Route("/console/set-up/{token}", set_up_form, methods=["GET"]),
    Route("/console/set-up/{token}", set_up, methods=["POST"]),
]
