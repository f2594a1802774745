"""Staff sign in, and whoever is not staff does not."""
from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from shop import audit, schema, sign_in_limits, staff, staff_links, staff_sessions
from shop.clock import utc_now
from shop.settings import settings
from tests.web.console.conftest import ORIGIN, PASSWORD
from tests.web.shop_visit import settings_in
from web.app import create_app
from web.console.access import COOKIE_NAME
from web.console.sign_in_pages import WRONG

NEW_PASSWORD = "nine pebbles on a window sill"


def sign_in(browser, email: str, password: str = PASSWORD, **fields):
    return browser.submit("/console/sign-in", email=email, password=password, **fields)


def is_in(browser) -> bool:
    return browser.get("/console/account").status_code == 200


def actions(console) -> list[tuple[str, str]]:
    with console.database.session() as db:
        return [(entry.actor, entry.action) for entry in reversed(audit.entries(db))]


def link_for(console, member: staff.Member | None) -> str:
    with console.database.session() as db:
        return staff_links.path(staff_links.new_link(db, member and member.staff_id))


# ---- in and out


def test_staff_sign_in_and_are_led_to_where_they_wanted(console, staff_member):
    member, browser = staff_member("viewer"), console.visitor()
    answer = browser.get("/console/account?notice=name")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/sign-in?next=%2Fconsole%2Faccount%3Fnotice%3Dname"
    page = browser.get(answer.headers["location"]).text
    goal = re.search(r'name="next" value="([^"]+)"', page).group(1)
    answer = sign_in(browser, member.email.upper(), next=goal)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account?notice=name")
    page = browser.get("/console/account")
    assert page.status_code == 200 and member.email in page.text
    assert actions(console) == [(member.actor, "sign_in")]


@pytest.mark.parametrize("goal", [
    "//evil.test", "https://evil.test", "/\\evil.test", "/orders", "/console/../orders", "/console/\\evil", "",
    "/console/\r\nSet-Cookie: a=b", "/console/" + "a" * 5000, "javascript:alert(1)", "/console//evil.test",
])  # fmt: skip
def test_signing_in_leads_nowhere_but_into_the_console(console, staff_member, goal):
    location = sign_in(console.visitor(), staff_member("viewer").email, next=goal).headers["location"]
    assert location.startswith("/console/") and "evil" not in location.replace("/console//evil.test", "")


@pytest.mark.parametrize(("role", "first"), [
    ("agent", "desk"), ("admin", "desk"), ("viewer", "conversations"), ("trainer", "conversations"),
])  # fmt: skip
def test_the_day_begins_where_the_role_works(signed_in, role, first):
    assert signed_in(role).get("/console/").headers["location"] == f"/console/{first}"


def test_signing_out_ends_the_session_on_the_server(console, signed_in):
    browser = signed_in("agent")
    token = browser.cookies[COOKIE_NAME]
    answer = browser.submit("/console/sign-out")
    assert answer.headers["location"].startswith("/console/sign-in")
    assert "Max-Age=0" in answer.headers["set-cookie"] or "01 Jan 1970" in answer.headers["set-cookie"]
    assert not is_in(console.visitor().use(browser.member, token))
    assert (browser.member.actor, "sign_out") in actions(console)


def test_the_cookie_is_for_the_console_alone_and_out_of_reach_of_scripts_and_other_sites(console, staff_member):
    cookie = sign_in(console.visitor(), staff_member("agent").email).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/console"} <= set(cookie.split("; ")) and "Secure" not in cookie
    over_tls = TestClient(console.app, base_url="https://shop.test", follow_redirects=False)
    over_tls.portal = console.main.portal
    form = {"email": staff_member("agent").email, "password": PASSWORD}
    answer = over_tls.post("/console/sign-in", data=form, headers={"Origin": "https://shop.test"})
    assert "Secure" in answer.headers["set-cookie"]


def test_pages_of_the_console_are_not_kept_framed_or_run_from_elsewhere(console, signed_in):
    for browser, path in ((console.visitor(), "/console/sign-in"), (signed_in("agent"), "/console/account")):
        headers = browser.get(path).headers
        assert headers["cache-control"] == "private, no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert "content-encoding" not in headers


def test_a_link_in_a_mail_works_though_the_cookie_stays_behind_at_first(signed_in):
    browser = signed_in("viewer")
    token = browser.cookies.pop(COOKIE_NAME)
    answer = browser.get("/console/account", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200 and 'http-equiv="refresh" content="0;url=/console/account"' in answer.text
    assert browser.member.email not in answer.text
    assert is_in(browser.use(browser.member, token))  # now that our own page leads there, the browser sends it


# ---- wrong ones


def test_what_was_wrong_is_not_told(console, staff_member):
    known, gone = staff_member("agent"), staff_member("agent")
    with console.database.session() as db:
        invited = staff.add(db, "invited@shop.test", "Invited", "admin")
        staff.change(db, gone.staff_id, active=False)
    tries = [
        (known.email, "a wrong password, sadly"), (gone.email, PASSWORD), (invited.email, ""),
        ("nobody@shop.test", "x"), ("no address", PASSWORD), ("", ""), (known.email, "y" * 60_000),
    ]  # fmt: skip
    seen = set()
    for email, password in tries:
        browser = console.visitor()
        answer = sign_in(browser, email, password)
        assert answer.status_code == 401 and WRONG in answer.text and not is_in(browser)
        seen.add(answer.text.replace(f'value="{email}"', 'value=""'))
    assert len(seen) == 1
    assert {action for _, action in actions(console)} == {"sign_in.failed"}


def test_the_log_names_no_address_that_is_nobodys(console):
    sign_in(console.visitor(), "my-password-by-mistake", "x")
    with console.database.session() as db:
        (entry,) = audit.entries(db)
    assert entry.actor == "visitor" and "mistake" not in str(entry.detail)


def test_guessing_at_an_account_is_stopped_even_for_the_right_password(console, staff_member):
    member = staff_member("admin")
    for _ in range(sign_in_limits.EMAIL_TRIES):
        assert sign_in(console.visitor(), member.email, "a guess of mine").status_code == 401
    answer = sign_in(console.visitor(), member.email)
    assert answer.status_code == 429 and "Too many tries. Please wait 15 minutes" in answer.text
    other = staff_member("agent")
    assert sign_in(console.visitor(), other.email).status_code == 303


def test_an_unknown_account_is_closed_just_like_a_known_one(console, staff_member):
    staff_member("admin")
    answers = [sign_in(console.visitor(), "nobody@shop.test", "x").status_code for _ in range(10)]
    assert answers == [401] * sign_in_limits.EMAIL_TRIES + [429] * (10 - sign_in_limits.EMAIL_TRIES)


def test_an_address_that_tries_many_accounts_is_stopped(console, staff_member):
    for number in range(sign_in_limits.ADDRESS_TRIES):
        with console.database.session() as db:
            sign_in_limits.begin(db, f"name{number}@shop.test", "testclient")
    assert sign_in(console.visitor(), staff_member("agent").email).status_code == 429


# ---- sessions


def test_a_session_that_was_there_before_is_not_taken_over_by_signing_in(console, signed_in, staff_member):
    """Session fixation: whoever planted a token in the browser does not share what is signed in there."""
    attacker, victim = signed_in("viewer"), staff_member("admin")
    planted = attacker.cookies[COOKIE_NAME]
    browser = console.visitor().use(attacker.member, planted)
    assert sign_in(browser, victim.email, csrf=browser.csrf).status_code == 303
    assert browser.cookies.get(COOKIE_NAME, path="/console") != planted
    assert victim.email in browser.get("/console/account").text
    assert not is_in(attacker)  # what was planted is void, too

    browser = console.visitor()
    browser.cookies.set(COOKIE_NAME, "A" * 43, domain="shop.test", path="/console")
    sign_in(browser, victim.email)
    with console.database.session() as db:
        assert staff_sessions.find(db, "A" * 43) is None


@pytest.mark.parametrize("column", ["used_at", "expires_at"])
def test_a_session_that_is_over_is_nobodys(console, signed_in, column):
    browser = signed_in("admin")
    assert is_in(browser)
    past = utc_now() - timedelta(minutes=settings.console_idle_minutes, seconds=1)
    with console.database.session() as db:
        db.execute(update(schema.staff_sessions).values({column: past}))
    assert not is_in(browser)
    answer = browser.call("/console/api/anything")
    assert answer.status_code in (401, 404, 405)
    assert browser.submit("/console/people", name="x", email="x@shop.test", role="admin").status_code == 303
    with console.database.session() as db:
        assert staff.by_email(db, "x@shop.test") is None


@pytest.mark.parametrize("change", [
    str.swapcase, lambda token: token[:-1], lambda token: token + "A", staff_sessions.hash_of,
    lambda token: token[::-1],
])  # fmt: skip
def test_a_forged_cookie_is_nobodys(console, signed_in, change):
    browser = signed_in("admin")
    token = browser.cookies[COOKIE_NAME]
    assert not is_in(console.visitor().use(browser.member, change(token)))


def test_somebody_switched_off_is_out_at_once_and_a_new_role_counts_at_once(console, signed_in):
    browser = signed_in("admin")
    assert browser.get("/console/people").status_code == 200
    with console.database.session() as db:
        staff.add(db, "other@shop.test", "Other", "admin")
        staff.change(db, browser.member.staff_id, role="viewer")
    assert browser.get("/console/people").status_code == 403
    with console.database.session() as db:
        staff.change(db, browser.member.staff_id, active=False)
    assert not is_in(browser)


def test_being_there_is_noted_and_not_at_every_click(console, signed_in):
    browser, started = signed_in("agent"), utc_now()

    def seen_at():
        with console.database.session() as db:
            return db.execute(select(schema.staff.c.seen_at)).scalar_one()

    def age(seconds: int) -> None:
        with console.database.session() as db:
            moment = started - timedelta(seconds=seconds)
            db.execute(update(schema.staff).values(seen_at=moment))
            db.execute(update(schema.staff_sessions).values(used_at=moment))

    age(10)
    before = seen_at()
    browser.get("/console/account")
    assert seen_at() == before
    age(40)
    browser.get("/console/account")
    assert seen_at() >= started


# ---- links


def test_the_first_start_names_a_link_and_whoever_opens_it_is_the_administrator(tmp_path, caplog):
    app = create_app(settings_in(tmp_path))
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as browser:
        (link,) = re.findall(r"http://127\.0\.0\.1:8000(/console/set-up/[\w-]{43})", caplog.text)
        assert "first account" in browser.get(link).text
        form = {"name": "Ann", "email": "ann@shop.test", "password": PASSWORD, "again": PASSWORD}
        assert browser.post(link, data=form, headers={"Origin": "http://evil.test"}).status_code == 403
        answer = browser.post(link, data=form, headers={"Origin": ORIGIN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
        assert browser.get("/console/people").status_code == 200
        assert browser.get(link).status_code == 404
        assert browser.post(link, data=form, headers={"Origin": ORIGIN}).status_code in (403, 404)
    caplog.clear()
    with TestClient(create_app(settings_in(tmp_path))):
        assert "set-up" not in caplog.text


def test_a_new_start_voids_the_link_of_the_last_one(tmp_path, caplog):
    links = []
    for _ in range(2):
        with TestClient(create_app(settings_in(tmp_path)), base_url=ORIGIN) as browser:
            links.append(re.findall(r"/console/set-up/[\w-]{43}", caplog.text)[-1])
            assert [browser.get(link).status_code for link in links] == [404] * (len(links) - 1) + [200]


def test_an_invitation_sets_the_password_and_signs_in(console):
    with console.database.session() as db:
        member = staff.add(db, "ann@shop.test", "Ann", "reviewer")
    link, browser = link_for(console, member), console.visitor()
    assert "Welcome, Ann" in browser.get(link).text
    answer = browser.submit(link, password=NEW_PASSWORD, again=NEW_PASSWORD + "?")
    assert answer.status_code == 400 and "differ" in answer.text
    answer = browser.submit(link, password="ann@shop.test", again="ann@shop.test")
    assert answer.status_code == 400 and "must not be made of your name" in answer.text
    # Whatever else the form says, the account is the link's.
    form = {"email": "else@shop.test", "name": "Else", "role": "admin", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert browser.submit(link, **form).status_code == 303
    page = browser.get("/console/account").text
    assert "ann@shop.test" in page and "Reviewer" in page
    assert console.visitor().get(link).status_code == 404
    assert sign_in(console.visitor(), "ann@shop.test", NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000, "%00", "..%2f..", "<script>alert(1)</script>"])
def test_a_made_up_link_opens_nothing(console, token):
    browser = console.visitor()
    assert browser.get(f"/console/set-up/{token}").status_code in (404, 303)
    answer = browser.submit(f"/console/set-up/{token}", password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert answer.status_code in (404, 405)


# ---- one's own password


def test_a_new_password_needs_the_old_one_and_ends_all_other_sessions(console, signed_in):
    here = signed_in("agent")
    with console.database.session() as db:
        there = console.visitor().use(here.member, staff_sessions.begin(db, here.member.staff_id))
    answer = here.submit("/console/account/password", old="not that one", password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert answer.status_code == 400 and "present password is not right" in answer.text
    for new, again, said in (("short", "short", "12 to 256"), (NEW_PASSWORD, PASSWORD, "differ")):
        answer = here.submit("/console/account/password", old=PASSWORD, password=new, again=again)
        assert answer.status_code == 400 and said in answer.text
    assert is_in(there)
    old_token = here.cookies[COOKIE_NAME]
    answer = here.submit("/console/account/password", old=PASSWORD, password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert answer.status_code == 303
    assert is_in(here) and not is_in(there) and not is_in(console.visitor().use(here.member, old_token))
    assert sign_in(console.visitor(), here.member.email).status_code == 401
    assert sign_in(console.visitor(), here.member.email, NEW_PASSWORD).status_code == 303


def test_a_stolen_session_does_not_guess_the_password(console, signed_in):
    browser = signed_in("agent")
    form = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
    answers = [browser.submit("/console/account/password", old=f"guess {n}", **form).status_code for n in range(9)]
    assert answers == [400] * sign_in_limits.EMAIL_TRIES + [429]


def test_ones_name_is_changed_and_stays_text(console, signed_in):
    browser = signed_in("viewer")
    evil = "<script>alert(1)</script>"
    assert browser.submit("/console/account/name", name=evil).status_code == 303
    page = browser.get("/console/account").text
    assert evil not in page and "&lt;script&gt;" in page
    assert browser.submit("/console/account/name", name=" ").status_code == 400
