"""The two addresses of signing in with the company's account: to the provider, and back from it."""
from __future__ import annotations

import logging

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from shop import privacy, staff
from shop.errors import NotFound
from shop.secrets import secret
from shop.settings import Settings
from web.console import rendering
from web.console.access import Visit, console_path, public_page
from web.console.oidc import Attempt, Identity, Provider
from web.console.sign_in_pages import sign_in_page, signed_in
from web.errors import OidcRefused
from web.gateway.limits import address_of

log = logging.getLogger(__name__)

COOKIE_NAME = "floorwalker_console_oidc"
COOKIE_PATH = "/console/oidc"
GOOD_FOR_S = 600
FAILED = "Signing in with the company's account did not work. Try again, or use your password."
UNKNOWN = "Your company's account is not known here. An administrator can invite you, by the same e-mail address."


@public_page
def start(visit: Visit) -> Response:
    """To the provider. What its answer must fit is kept in a signed cookie, for this browser alone."""
    provider = _provider(visit.request)
    try:
        url, attempt = provider.begin(_redirect_uri(visit.request))
    except OidcRefused as error:
        return _failed(visit, str(error), FAILED)
    response = RedirectResponse(url, 303)
    kept = {**vars(attempt), "goal": console_path(visit.query("next"))}
    response.set_cookie(
        COOKIE_NAME, _serializer().dumps(kept), max_age=GOOD_FOR_S, path=COOKIE_PATH, httponly=True,
        # Strict would not come back with the browser from the provider's page.
        samesite="lax", secure=visit.request.url.scheme == "https",
    )
    return response


@public_page
def callback(visit: Visit) -> Response:
    """Back from the provider: signs in the member of staff whose account it is. Nobody is made a member by this."""
    provider = _provider(visit.request)
    try:
        kept = _serializer().loads(visit.request.cookies.get(COOKIE_NAME, ""), max_age=GOOD_FOR_S)
        goal = kept.pop("goal")
        answer = dict(visit.request.query_params)
        identity = provider.finish(_redirect_uri(visit.request), Attempt(**kept), answer)
    except BadData as error:
        return _failed(visit, f"the cookie of the attempt is missing, too old or not ours ({error})", FAILED)
    except OidcRefused as error:
        return _failed(visit, str(error), FAILED)
    member = _member(visit, identity)
    if member is None:
        return _failed(visit, "nobody of staff has this account", UNKNOWN)
    signed_in(visit, member, goal, "oidc")
    # A page of our own, and no redirect: the browser came from another site, and would not send the strict cookie on.
    return _ended(HTMLResponse(rendering.render("continue.html", goal=goal)))


def _member(visit: Visit, identity: Identity) -> staff.Member | None:
    """Whose account it is; the first time, the invited one with the same verified address, who then owns it."""
    member = staff.by_oidc_subject(visit.db, identity.subject)
    if member is None and identity.email:
        member = staff.by_email(visit.db, identity.email)
        if member is not None and member.active:
            if not staff.set_oidc_subject(visit.db, member.staff_id, identity.subject):
                return None  # tied to another account of the company already
            privacy.log(visit.db, member.actor, "staff.oidc", None, {"staff_id": member.staff_id})
    return member if member is not None and member.active else None


def _failed(visit: Visit, reason: str, text: str) -> Response:
    log.warning("signing in with the company's account failed: %s", reason)
    detail = {"address": address_of(visit.request), "how": "oidc"}
    privacy.log(visit.db, "visitor", "sign_in.failed", None, detail)
    return _ended(sign_in_page(visit, "/console/", 401, "", text))


def _ended(response: Response) -> Response:
    """An attempt is good for one answer."""
    response.delete_cookie(COOKIE_NAME, path=COOKIE_PATH, httponly=True, samesite="lax")
    return response


def _provider(request: Request) -> Provider:
    """The provider of the settings, made once. Raises NotFound where there is none."""
    settings: Settings = request.app.state.settings
    if not settings.oidc_issuer:
        raise NotFound("page", request.url.path)
    state = request.app.state
    if not hasattr(state, "oidc_provider"):
        state.oidc_provider = Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    return state.oidc_provider


def _redirect_uri(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}{COOKIE_PATH}/callback"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret("console-oidc"), salt="floorwalker.oidc.1")


routes: list[BaseRoute] = [
    Route("/console/oidc/start", start, methods=["GET"]),
    Route("/console/oidc/callback", callback, methods=["GET"]),
]
