"""One request for one page: who asks, the open database, the checked form, and the answer with its headers.

A view is a plain function ``view(visit) -> Response``. ``page`` makes an endpoint of it that runs in a worker
thread (the database is synchronous) inside one transaction.
"""
from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shop import carts, catalogue, customers, policies
from shop.errors import BadInput, NotAllowed, NotFound
from shop.owner import Owner
from shop.secrets import secret
from web import tokens
from web.errors import BadToken
from web.shop_pages import rendering

log = logging.getLogger(__name__)

FORM_LIMIT_BYTES = 16_384
FORM_LIMIT_FIELDS = 40
QUERY_LIMIT_CHARS = 2000
# The strict Content-Security-Policy comes from web/headers.py, as on every response.
CACHE_CONTROL = "private, no-cache"
# A customer's page must not come back from the browser's history after the sign-out.
CUSTOMER_CACHE_CONTROL = "private, no-store"

# What a page says after a form was sent: the address carries the word, never the sentence.
NOTICES = {
    "added": "Added to your basket.",
    "changed": "Your basket has been updated.",
    "removed": "Removed from your basket.",
    "code": "The code has been applied.",
    "ordered": "Thank you. Your order has been placed.",
    "welcome": "You are signed in.",
    "goodbye": "You are signed out.",
}


class BadForm(Exception):
    """The form cannot be accepted as it is; the message is for the shopper."""


@dataclass
class Visit:
    """What a view works with. ``form`` is empty for GET; ``identity`` changes with ``sign_in`` and ``sign_out``."""

    request: Request
    db: Session
    identity: tokens.Identity
    form: dict[str, str] = field(default_factory=dict)
    new_cookie: bool = False

    @property
    def owner(self) -> Owner:
        return Owner(customer_id=self.identity.customer_id, visitor_id=self.identity.visitor_id)

    @property
    def customer(self) -> customers.Customer | None:
        """The signed-in customer, or None."""
        customer_id = self.identity.customer_id
        return customers.customer(self.db, customer_id) if customer_id else None

    @property
    def csrf(self) -> str:
        """What every form carries: bound to the cookie, so that no other site can know it."""
        who = f"{self.identity.visitor_id}:{self.identity.customer_id or ''}"
        return hmac.new(secret("csrf").encode(), who.encode(), hashlib.sha256).hexdigest()[:40]

    def become(self, visitor_id: str, customer_id: str | None) -> None:
        """The rest of the visit, and the cookie, belong to this visitor and customer."""
        self.identity = tokens.Identity(visitor_id, customer_id)
        self.new_cookie = True

    def show(self, template: str, status: int = 200, **context: Any) -> Response:
        """The template as a page, with what every page's frame needs."""
        url = self.request.url
        html = rendering.render(
            template, customer=self.customer, csrf=self.csrf, path=url.path,
            here=local_path(url.path + (f"?{url.query}" if url.query else "")),
            categories=catalogue.category_tree(self.db), policies=policies.all_policies(self.db),
            basket_count=carts.cart(self.db, self.owner).count,
            notice=NOTICES.get(self.request.query_params.get("notice", "")), **context,
        )
        return HTMLResponse(html, status)

    def go(self, path: str, notice: str | None = None) -> Response:
        """A redirect after a form, to a path of this shop only."""
        path = local_path(path)
        if notice:
            path += f"{'&' if '?' in path else '?'}notice={notice}"
        return RedirectResponse(path, 303)


def local_path(path: str | None) -> str:
    """``path`` where it stays on this site, else "/": "//evil.example" and "/\\evil" would leave it."""
    path = path or "/"
    stays = path.startswith("/") and path[1:2] not in ("/", "\\")
    return path if stays and path.isprintable() and len(path) <= QUERY_LIMIT_CHARS else "/"


def page(view: Callable[[Visit], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint of ``view``: form checked, one transaction, errors as pages, cookie and headers set."""

    async def endpoint(request: Request) -> Response:
        form = None
        try:
            if len(request.url.query) > QUERY_LIMIT_CHARS:
                raise BadForm("The address is too long.")
            if request.method == "POST":
                form = await _form(request)
        except BadForm as error:
            return await run_in_threadpool(_answer, request, None, _refusal(str(error)))
        return await run_in_threadpool(_answer, request, form, view)

    endpoint.__name__ = view.__name__
    endpoint.__doc__ = view.__doc__
    return endpoint


def _answer(request: Request, form: dict[str, str] | None, view: Callable[[Visit], Response]) -> Response:
    database = request.app.state.database
    identity, new_cookie = _identity(request)
    if identity.customer_id:
        with database.session() as db:
            if customers.customer(db, identity.customer_id) is None:  # erased since: a stranger again
                identity, new_cookie = tokens.Identity(tokens.new_visitor_id()), True
    try:
        with database.session() as db:
            visit = Visit(request, db, identity, form or {}, new_cookie)
            if form is not None:
                _check_csrf(visit)
            response = view(visit)
    except (NotFound, BadInput, NotAllowed, BadForm) as error:
        # The view's transaction is rolled back; the page about it reads in one of its own.
        with database.session() as db:
            visit = Visit(request, db, identity, {}, new_cookie)
            response = error_page(visit, error)
    response.headers.setdefault(
        "Cache-Control", CUSTOMER_CACHE_CONTROL if visit.identity.customer_id else CACHE_CONTROL
    )
    if visit.new_cookie:
        _set_cookie(request, response, visit.identity)
    return response


def error_page(visit: Visit, error: Exception) -> Response:
    """404 for what is not there, 400 for what cannot be done as it was asked."""
    if isinstance(error, NotFound):
        return visit.show("error.html", 404, title="We could not find that", text=(
            "The page or product you are looking for is not here. It may have been sold out for good, "
            "or the address has a slip in it."
        ))
    text = error.message if isinstance(error, NotAllowed) else str(error)
    if isinstance(error, BadInput):
        text = f"Something in the address or the form does not fit: {error.field}. Please go back and check it."
    return visit.show("error.html", 400, title="That did not work", text=text)


def _refusal(text: str) -> Callable[[Visit], Response]:
    def view(visit: Visit) -> Response:
        raise BadForm(text)

    return view


def _identity(request: Request) -> tuple[tokens.Identity, bool]:
    value = request.cookies.get(tokens.COOKIE_NAME)
    if value:
        try:
            identity = tokens.read_cookie(value)
            if not request.app.state.gateway.is_signed_out(identity):
                return identity, False
        except BadToken as error:
            log.info("a cookie was not accepted, the visitor gets a new one: %s", error)
    return tokens.Identity(tokens.new_visitor_id()), True


def _set_cookie(request: Request, response: Response, identity: tokens.Identity) -> None:
    response.set_cookie(
        tokens.COOKIE_NAME, tokens.issue_cookie(identity.visitor_id, identity.customer_id),
        max_age=tokens.max_age_s(identity.customer_id), httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )


async def _form(request: Request) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise BadForm("The form did not arrive in a shape that we can read.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT_BYTES:
            raise BadForm("The form is too long. Please shorten what you wrote.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FORM_LIMIT_FIELDS))
    except ValueError as error:
        raise BadForm("The form did not arrive in a shape that we can read.") from error


def _check_csrf(visit: Visit) -> None:
    if not hmac.compare_digest(visit.form.pop("csrf", "").encode(), visit.csrf.encode()):
        raise BadForm("The page was open for too long, or cookies are switched off. Please reload it and try again.")

