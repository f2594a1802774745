"""The console's one door: who asks, what they may, the open database, the checked form, errors, and the cookie.

A view is a plain function ``view(visit) -> Response``. ``@page(right)`` makes an endpoint of it that runs in a
worker thread (the database is synchronous) inside one transaction, for those alone whose role has the right.
"""
from __future__ import annotations

import functools
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from shop import privacy, staff_sessions
from shop.database import Database
from shop.errors import BadInput, NotAllowed, NotFound, ShopError, TooManyTries
from shop.secrets import secret
from shop.settings import settings
from shop.staff import Member
from shop.staff_roles import RIGHTS
from web.console import rendering
from web.console.forms import Body, read_body
from web.console.navigation import parts_for
from web.console.notices import NOTICES
from web.error_responses import error_response
from web.errors import Refused
from web.gateway.origins import is_same_origin
from web.headers import content_security_policy

__all__ = ["PUBLIC", "Member", "Visit", "console_path", "member_of", "page", "public_page"]

log = logging.getLogger(__name__)

COOKIE_NAME = "floorwalker_console"
COOKIE_PATH = "/console"
PUBLIC = "public"  # the ``right`` of a page for those who are not signed in
QUERY_LIMIT_CHARS = 4000
HEADERS = {
    # What one person read must not come back from the browser's history for the next.
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": content_security_policy("'none'"),
    # A set-up link's token stands in the address; and "no-referrer" would take the Origin off our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

View = Callable[["Visit"], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass
class Visit:
    """What a view works with.

    ``member`` is None on a public page only. ``form``: each field's last value, ``form_lists`` all of them; both are
    empty where JSON came, and ``json_body`` is None where none did.
    """

    request: Request
    db: Session
    member: Member
    token: str | None = None
    form: dict[str, str] = field(default_factory=dict)
    form_lists: dict[str, list[str]] = field(default_factory=dict)
    json_body: dict[str, Any] | None = None
    new_token: str | None = field(default=None, init=False)  # "" ends the cookie

    @property
    def csrf(self) -> str:
        """What every form carries: bound to the session, so that no other site can know it; "" without one."""
        return csrf_of(self.token) if self.token else ""

    @property
    def database(self) -> Database:
        """For what must be stored whatever becomes of this visit: a transaction of its own."""
        return self.request.app.state.database

    def query(self, name: str, default: str = "") -> str:
        """A value in the address."""
        return self.request.query_params.get(name, default)

    def require(self, right: str) -> None:
        """Raises Refused (403) where the member has not the right."""
        if self.member is None or not self.member.may(right):
            raise Refused(403, "no_right", "Your role does not include this. An administrator can change your role.")

    def show(self, template: str, status: int = 200, **context: Any) -> Response:
        """The template ``console/<template>`` as a page, with what every page's frame needs."""
        html = rendering.render(
            template, member=self.member, csrf=self.csrf, path=self.request.url.path, nav=parts_for(self.member),
            notice=context.pop("notice", None) or NOTICES.get(self.query("notice")), **context,
        )
        return HTMLResponse(html, status)

    def json(self, data: Any, status: int = 200) -> Response:
        """``data`` as JSON."""
        return JSONResponse(data, status)

    def go(self, path: str, notice: str | None = None) -> Response:
        """A redirect after a form, to a path of the console only; ``notice`` is a word of ``notices.NOTICES``."""
        path = console_path(path)
        if notice:
            path += f"{'&' if '?' in path else '?'}{urlencode({'notice': notice})}"
        return RedirectResponse(path, 303)

    def note(self, action: str, customer_id: str | None = None, **detail: Any) -> None:
        """A row of the audit log: this member looked at something or changed it."""
        privacy.log(self.db, self.member.actor, action, customer_id, detail)

    def begin_session(self, staff_id: int) -> None:
        """From here on the browser is signed in, always under a new token; what it held before is void."""
        if self.token:
            staff_sessions.end(self.db, self.token)
        self.new_token = staff_sessions.begin(self.db, staff_id)

    def end_session(self) -> None:
        """Sign this browser out."""
        if self.token:
            staff_sessions.end(self.db, self.token)
        self.new_token = ""


def page(right: str | None) -> Callable[[View], Endpoint]:
    """Makes an endpoint of a view for members who have ``right``; None: being signed in is enough.

    Who is not signed in is led to the sign-in, a program (``/console/api/…``) gets 401; without the right it is 403.
    """
    if right is not None and right not in RIGHTS:
        raise ValueError(f"{right!r} is no right; it must be one of {', '.join(RIGHTS)}")
    return functools.partial(_endpoint, right=right)


def public_page(view: View) -> Endpoint:
    """An endpoint for everybody: ``visit.member`` is None unless they are signed in. A POST needs our own origin."""
    return _endpoint(view, right=PUBLIC)


async def member_of(connection: HTTPConnection) -> Member | None:
    """Who is signed in at the other end of a request or socket, which counts as use of the session; else None.

    A socket that another site's page opened is nobody's. Ask again now and then while it is open: sessions end,
    roles change.
    """
    if connection.scope["type"] == "websocket" and not is_same_origin(connection.headers):
        return None
    database, token = connection.app.state.database, connection.cookies.get(COOKIE_NAME)
    return await run_in_threadpool(_member, database, token) if token else None


def csrf_of(token: str) -> str:
    """The form's secret of a session: 64 hex digits."""
    return hmac.new(secret("console-csrf").encode(), token.encode(), hashlib.sha256).hexdigest()


def console_path(path: str | None) -> str:
    """``path`` where it stays in the console, else "/console/"."""
    path = path or ""
    stays = path.startswith("/console/") and "\\" not in path and ".." not in path
    return path if stays and path.isprintable() and len(path) <= QUERY_LIMIT_CHARS else "/console/"


# ---- from request to answer


def _endpoint(view: View, right: str | None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = Body()
        try:
            if len(request.url.query) > QUERY_LIMIT_CHARS:
                raise Refused(400, "too_long", "The address is too long.")
            if request.method not in ("GET", "HEAD"):
                if not is_same_origin(request.headers):
                    raise Refused(403, "cross_site", "This came from another site and was not done. Use the console.")
                body = await read_body(request)
        except Refused as error:
            return _finished(request, _failure(Visit(request, None, None), error))
        return await run_in_threadpool(_answer, request, body, view, right)

    endpoint.__name__ = view.__name__
    endpoint.__doc__ = view.__doc__
    endpoint.right = right
    return endpoint


def _answer(request: Request, body: Body, view: View, right: str | None) -> Response:
    database = request.app.state.database
    token = request.cookies.get(COOKIE_NAME)
    member = _member(database, token) if token else None
    if member is None:
        token = None
        if right != PUBLIC:
            return _finished(request, _sign_in_first(request))
    visit = Visit(request, None, member, token, body.form, body.form_lists, body.json_body)
    try:
        if right not in (PUBLIC, None):
            visit.require(right)
        if request.method not in ("GET", "HEAD") and token is not None:
            _check_csrf(visit)
        with database.session() as visit.db:
            response = view(visit)
    except (ShopError, Refused) as error:  # the view's transaction is rolled back
        return _finished(request, _failure(visit, error))
    return _finished(request, response, visit.new_token)


def _member(database: Database, token: str) -> Member | None:
    with database.session() as db:
        session = staff_sessions.find(db, token)
        if session is None:
            return None
        if staff_sessions.is_renewal_due(session):
            staff_sessions.renew(db, token, session.member.staff_id)
        return session.member


def _check_csrf(visit: Visit) -> None:
    given = visit.form.pop("csrf", "") or visit.request.headers.get("x-csrf-token", "")
    visit.form_lists.pop("csrf", None)
    if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
        raise Refused(403, "csrf", "The page was open for too long, so nothing was done. Reload it and try again.")


def _sign_in_first(request: Request) -> Response:
    if _wants_json(request):
        return error_response(401, "signed_out", "You are signed out. Sign in again, then repeat this.")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method != "GET":
        return RedirectResponse("/console/sign-in", 303)
    if request.headers.get("sec-fetch-site") == "cross-site":
        # The strict cookie does not come with a link in a mail or chat; it does once our own page leads here.
        return HTMLResponse(rendering.render("continue.html", goal=console_path(here)))
    return RedirectResponse(f"/console/sign-in?{urlencode({'next': here})}", 303)


def _failure(visit: Visit, error: ShopError | Refused) -> Response:
    """The error as JSON for a program, as a page for a person."""
    status, code, title, text = _described(error)
    retry_after_ms = getattr(error, "retry_after_s", 0) * 1000 or None
    if _wants_json(visit.request):
        return error_response(status, code, text, retry_after_ms)
    return visit.show("error.html", status, title=title, text=text)


def _described(error: ShopError | Refused) -> tuple[int, str, str, str]:
    """Status, code, title and sentence."""
    if isinstance(error, Refused):
        return error.status, error.code, "That was not done", error.message
    if isinstance(error, NotFound):
        return 404, "not_found", "We could not find that", f"There is no {error.thing} {error.value} here."
    if isinstance(error, NotAllowed):
        return 409, error.code, "That cannot be done now", error.message
    if isinstance(error, TooManyTries):
        return 429, "too_many_tries", "Please wait a little", str(error)
    if isinstance(error, BadInput):
        return 400, "bad_input", "That does not fit", f"{error.field}: {error.remedy}"
    raise error  # one that no visitor can cause


def _wants_json(request: Request) -> bool:
    return (
        request.url.path.startswith("/console/api/")
        or request.headers.get("content-type", "").startswith("application/json")
        or request.headers.get("accept", "").startswith("application/json")
    )


def _finished(request: Request, response: Response, new_token: str | None = None) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if new_token:
        response.set_cookie(
            COOKIE_NAME, new_token, max_age=settings.console_session_hours * 3600, path=COOKIE_PATH, httponly=True,
            samesite="strict", secure=request.url.scheme == "https",
        )
    elif new_token == "":
        response.delete_cookie(COOKIE_NAME, path=COOKIE_PATH, httponly=True, samesite="strict")
    return response
