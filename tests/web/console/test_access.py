"""Every address of the console against every role, and against those who are nobody here."""
from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from shop import staff
from shop.staff_roles import RIGHTS, ROLES, may
from tests.web.console.conftest import ORIGIN
from tests.web.shop_visit import EVIL
from web import console as console_room
from web.console.access import COOKIE_NAME, PUBLIC, console_path, page
from web.console.navigation import PARTS

PUBLIC_ADDRESSES = {
    "/console", "/console/sign-in", "/console/set-up/{token}", "/console/oidc/start", "/console/oidc/callback",
}  # fmt: skip
FILLED_IN = {"int": "1", "str": "0123456789abcdef0123456789abcdef", "path": "nowhere"}


def routes(of: list[BaseRoute]) -> Iterator[Route | WebSocketRoute]:
    for route in of:
        if isinstance(route, Mount):
            yield from routes(route.routes)
        else:
            yield route


HTTP = [route for route in routes(console_room.routes) if isinstance(route, Route)]
CASES = [(route, method) for route in HTTP for method in sorted(route.methods - {"HEAD"})]
NAMES = [f"{method} {route.path}" for route, method in CASES]


def address(route: Route) -> str:
    return re.sub(r"{\w+(?::(\w+))?}", lambda found: FILLED_IN[found[1] or "str"], route.path)


def ask(browser, method: str, path: str, **options):
    if method == "GET":
        return browser.get(path, **options)
    headers = {"Origin": ORIGIN, "X-CSRF-Token": browser.csrf} | options.pop("headers", {})
    return browser.request(method, path, data={"x": "1"}, headers=headers, **options)


# ---- what every route must have


@pytest.mark.parametrize(("route", "method"), CASES, ids=NAMES)
def test_every_address_names_the_right_that_it_needs(route, method):
    assert hasattr(route.endpoint, "right"), f"{route.path} does not go through access.page or access.public_page"
    assert route.endpoint.right in {None, PUBLIC, *RIGHTS}
    assert route.path.startswith("/console")


def test_nothing_is_public_but_the_doors():
    assert {route.path for route in HTTP if route.endpoint.right == PUBLIC} == PUBLIC_ADDRESSES


def test_a_page_with_a_right_that_does_not_exist_cannot_be_written():
    with pytest.raises(ValueError, match="no right"):
        page("everything")


# ---- every route, every role


@pytest.fixture
def everybody(signed_in):
    """One of each role, none of whom sees customers' data."""
    return {role: signed_in(role) for role in ROLES}


@pytest.mark.parametrize(("route", "method"), CASES, ids=NAMES)
def test_each_role_reaches_what_it_may_and_nothing_else(everybody, route, method):
    right = route.endpoint.right
    for role, browser in everybody.items():
        answer = ask(browser, method, address(route))
        allowed = right in (None, PUBLIC) or may(role, right)
        if allowed:
            # 403 has other reasons as well, but not the role.
            assert "Your role does not include this" not in answer.text and answer.status_code < 500
            assert answer.status_code != 401 or right == PUBLIC  # a wrong password, say
        else:
            assert answer.status_code == 403, (role, answer.status_code)
            assert "Your role does not include this" in answer.text


@pytest.mark.parametrize(("route", "method"), CASES, ids=NAMES)
def test_who_is_not_signed_in_reaches_the_doors_alone(console, staff_member, route, method):
    if route.endpoint.right == PUBLIC:
        return
    staff_member("admin")
    for cookie in (None, "A" * 43):
        browser = console.visitor()
        if cookie:
            browser.cookies.set(COOKIE_NAME, cookie, domain="shop.test", path="/console")
        answer = ask(browser, method, address(route))
        if route.path.startswith("/console/api/"):
            assert answer.status_code == 401 and answer.json()["error"]["code"] == "signed_out"
        else:
            assert answer.status_code == 303 and answer.headers["location"].startswith("/console/sign-in")
        assert "set-cookie" not in answer.headers


CHANGING = [(route, method) for route, method in CASES if method != "GET"]


@pytest.mark.parametrize(("route", "method"), CHANGING, ids=[f"{m} {r.path}" for r, m in CHANGING])
def test_another_site_changes_nothing_in_anybodys_name(signed_in, route, method):
    browser, path = signed_in("admin", sees_customers=True), address(route)
    for headers in (
        {"Origin": "http://evil.test"}, {"Origin": "null"}, {"Origin": "http://shop.test.evil.test"},
        {"Origin": "http://shop.test:8080"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"}, {},
    ):
        sent = {"X-CSRF-Token": browser.csrf, **headers}
        answer = browser.request(method, path, data={"x": "1"}, headers=sent)
        assert answer.status_code == 403 and "another site" in answer.text, headers


@pytest.mark.parametrize(("route", "method"), CHANGING, ids=[f"{m} {r.path}" for r, m in CHANGING])
def test_a_form_without_the_sessions_own_secret_changes_nothing(signed_in, route, method):
    browser, other = signed_in("admin", sees_customers=True), signed_in("admin")
    for secret in (None, "", "0" * 64, other.csrf, browser.csrf[:-1], "é"):
        headers = {"Origin": ORIGIN} | ({} if secret is None else {"X-CSRF-Token": secret.encode()})
        answer = browser.request(method, address(route), data={"x": "1"}, headers=headers)
        assert answer.status_code == 403 and "nothing was done" in answer.text, secret
        answer = browser.request(method, address(route), data={"csrf": secret or ""}, headers={"Origin": ORIGIN})
        assert answer.status_code == 403, secret


def test_a_browser_that_sends_no_origin_may_say_that_it_is_our_own_page(signed_in):
    browser = signed_in("viewer")
    form, headers = {"csrf": browser.csrf, "name": "New Name"}, {"Sec-Fetch-Site": "same-origin"}
    assert browser.post("/console/account/name", data=form, headers=headers).status_code == 303


# ---- sockets


SOCKETS = [route for route in routes(console_room.routes) if isinstance(route, WebSocketRoute)]


@pytest.mark.parametrize("route", SOCKETS, ids=[route.path for route in SOCKETS])
def test_a_socket_is_opened_for_nobody_and_from_no_other_site(console, signed_in, route):
    stranger, agent, viewer = console.visitor(), signed_in("agent"), signed_in("viewer")
    for browser, origin in (
        (stranger, ORIGIN), (agent, "http://evil.test"), (agent, "null"), (viewer, "http://evil.test"),
    ):
        with pytest.raises(WebSocketDisconnect), browser.websocket_connect(
            route.path, headers={"Origin": origin}
        ) as socket:
            frame = socket.receive_json()
            assert frame["type"] == "error", frame  # a refusal may be told before the socket is closed
            socket.receive_json()


# ---- what comes in


@pytest.mark.parametrize(("content", "kind", "status"), [
    (b"a=1", "text/plain", 415), (b"a=1", "multipart/form-data; boundary=x", 415), (b"{", "application/json", 400),
    (b"[1]", "application/json", 400), (b"\xff\xfe", "application/json", 400), (b"[" * 50_000, "application/json", 400),
    (b"&".join(b"a=1" for _ in range(500)), "application/x-www-form-urlencoded", 400),
    (b"\xff", "application/x-www-form-urlencoded", 400),
    (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
])  # fmt: skip
def test_a_body_that_is_no_form_is_refused(signed_in, content, kind, status):
    browser = signed_in("admin")
    headers = {"Origin": ORIGIN, "X-CSRF-Token": browser.csrf, "Content-Type": kind}
    assert browser.post("/console/people", content=content, headers=headers).status_code == status


def test_an_endless_address_is_refused(signed_in):
    assert signed_in("admin").get("/console/audit?actor=" + "a" * 5000).status_code == 400


def test_an_address_that_is_not_there_says_so_to_staff_alone(console, signed_in):
    answer = signed_in("viewer").get("/console/nowhere<script>")
    assert answer.status_code == 404 and "could not find" in answer.text and "nowhere<script>" not in answer.text
    assert console.visitor().get("/console/nowhere").status_code == 303


@pytest.mark.parametrize("path", [None, "", "console", "/consolex/", "//console/", "/console/\n", "/console/../x"])
def test_a_path_outside_the_console_leads_to_its_front_page(path):
    assert console_path(path) == "/console/"


# ---- what is seen


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_names_what_the_role_may_open_and_nothing_else(signed_in, role):
    page = signed_in(role).get("/console/account").text
    named = set(re.findall(r'<a href="(/console/[a-z]+)" data-key="g \w"', page))
    assert named == {"/console/account"} | {part.path for part in PARTS if may(role, part.right)}


@pytest.mark.parametrize("path", ["/console/account", "/console/people", "/console/audit"])
def test_script_in_anybodys_name_stays_text_wherever_it_is_read(console, signed_in, path):
    browser = signed_in("admin", name=EVIL)
    with console.database.session() as db:
        other = staff.add(db, "o'hara+1@shop.test", f'"><img src=x onerror=alert(1)> {EVIL}', "agent")
    browser.submit(f"/console/people/{other.staff_id}", name=f"'{EVIL}", role="viewer")
    for address in (path, f"/console/people/{other.staff_id}"):
        page = browser.get(address).text
        assert EVIL not in page and "<img src=x" not in page
        assert EVIL in unescape(page)
