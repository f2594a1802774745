"""Staff sign in with the company's account, and nobody else does by it."""
from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from shop import audit, staff
from shop.settings import Settings
from tests.web.console.conftest import ORIGIN, PASSWORD, Console
from tests.web.console.oidc_provider import CLIENT_ID, CLIENT_SECRET, CompanyAccounts, serving
from web.app import create_app
from web.console import oidc
from web.console.access import COOKIE_NAME
from web.console.oidc_pages import FAILED, UNKNOWN
from web.errors import OidcRefused


@pytest.fixture
def company() -> Iterator[CompanyAccounts]:
    with serving(CompanyAccounts()) as running:
        yield running


@pytest.fixture
def console(tmp_path, company, monkeypatch) -> Iterator[Console]:
    """A console whose provider is ``company``, and which has invited Ivy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    app = create_app(Settings({
        "FLOORWALKER_VAR": str(tmp_path / "var"), "FLOORWALKER_OIDC_ISSUER": company.issuer,
        "FLOORWALKER_OIDC_CLIENT_ID": CLIENT_ID, "FLOORWALKER_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "FLOORWALKER_OIDC_LABEL": "Harbour & Sons",
    }))
    with TestClient(app, base_url=ORIGIN) as main:
        with app.state.database.session() as db:
            staff.add(db, "ivy@shop.test", "Ivy", "agent")
        yield Console(app, main)


def to_provider(browser, goal: str = "/console/account") -> str:
    """Follows the sign-in button; returns where the provider sends the browser back to."""
    answer = browser.get("/console/oidc/start", params={"next": goal})
    assert answer.status_code == 303, answer.text
    with httpx2.Client(trust_env=False) as elsewhere:
        return elsewhere.get(answer.headers["location"]).headers["location"].removeprefix(ORIGIN)


def come_back(browser, goal: str = "/console/account"):
    return browser.get(to_provider(browser, goal), headers={"Sec-Fetch-Site": "cross-site"})


def is_in(browser) -> bool:
    return browser.get("/console/account").status_code == 200


def refused(console, browser, answer, text: str = FAILED) -> bool:
    with console.database.session() as db:
        newest = audit.entries(db, limit=1)[0]
    return (
        answer.status_code == 401 and text in answer.text.replace("&#39;", "'") and not is_in(browser)
        and (newest.action, newest.actor) == ("sign_in.failed", "visitor")
    )


def test_somebody_invited_signs_in_by_the_companys_account_and_is_known_from_then_on(console, company):
    browser = console.visitor()
    assert "Harbour &amp; Sons" in browser.get("/console/sign-in").text
    answer = come_back(browser)
    # A page, no redirect: the strict cookie would not come along from another site's page.
    assert answer.status_code == 200 and "url=/console/account" in answer.text
    assert "ivy@shop.test" in browser.get("/console/account").text
    company.person = {"sub": "u-1", "email": "new.address@shop.test", "email_verified": True}
    assert come_back(console.visitor()).status_code == 200
    with console.database.session() as db:
        assert [member.oidc_subject for member in staff.members(db)] == [f"{company.issuer} u-1"]
        assert [entry.action for entry in audit.entries(db)] == ["sign_in", "sign_in", "staff.oidc"]
        assert audit.entries(db)[0].detail["how"] == "oidc"


def test_the_provider_learns_no_more_than_it_needs(console):
    url = urlsplit(console.visitor().get("/console/oidc/start").headers["location"])
    sent = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert set(sent) == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method",
    }
    assert sent["redirect_uri"] == f"{ORIGIN}/console/oidc/callback"
    assert CLIENT_SECRET not in url.query


def test_who_has_not_been_invited_is_not_let_in_nor_made_a_member(console, company):
    company.person = {"sub": "u-9", "email": "stranger@shop.test", "email_verified": True}
    browser = console.visitor()
    assert refused(console, browser, come_back(browser), UNKNOWN)
    with console.database.session() as db:
        assert [member.email for member in staff.members(db)] == ["ivy@shop.test"]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_provider_has_not_verified_opens_nothing(console, company, verified):
    company.person["email_verified"] = verified
    browser = console.visitor()
    assert refused(console, browser, come_back(browser), UNKNOWN)


def test_somebody_elses_company_account_with_the_same_address_opens_nothing(console, company):
    assert come_back(console.visitor()).status_code == 200
    company.person["sub"] = "u-2"
    browser = console.visitor()
    assert refused(console, browser, come_back(browser), UNKNOWN)


def test_somebody_switched_off_is_not_let_in(console, company):
    assert come_back(console.visitor()).status_code == 200
    with console.database.session() as db:
        staff.change(db, staff.by_email(db, "ivy@shop.test").staff_id, active=False)
    browser = console.visitor()
    assert refused(console, browser, come_back(browser), UNKNOWN)


@pytest.mark.parametrize("claims", [
    {"nonce": "another"}, {"nonce": None}, {"aud": "another-client"}, {"aud": ["another-client"]}, {"aud": None},
    {"aud": [CLIENT_ID, "another-client"]}, {"azp": "another-client"}, {"iss": "https://evil.test"}, {"iss": None},
    {"exp": int(time.time()) - 3600}, {"exp": None}, {"exp": "never"}, {"iat": None}, {"sub": None}, {"sub": 7},
    {"sub": ""}, {"sub": "x" * 300}, {"nbf": int(time.time()) + 3600}, {"at_hash": "wrong"},
], ids=str)  # fmt: skip
def test_a_token_that_is_not_for_this_sign_in_is_refused(console, company, claims):
    company.claims = claims
    browser = console.visitor()
    assert refused(console, browser, come_back(browser))
    company.claims = {}
    assert come_back(browser).status_code == 200  # it was the token's fault alone


@pytest.mark.parametrize("way", [
    "unsigned", "with_foreign_key", "with_public_key_as_secret", "with_client_secret", "changed_after_signing",
])  # fmt: skip
def test_a_token_that_the_provider_has_not_signed_is_refused(console, company, way):
    company.sign = getattr(company, way)
    browser = console.visitor()
    assert refused(console, browser, come_back(browser))


@pytest.mark.parametrize("raw", ["", "x", "a.b.c", "é.é.é", "." * 2000, None, 7, {"sub": "u-1"}], ids=str)
def test_what_is_no_token_is_refused(console, company, raw):
    company.sign = lambda claims: raw
    browser = console.visitor()
    assert refused(console, browser, come_back(browser))


def test_an_audience_among_others_is_accepted_where_the_token_is_ours(console, company):
    company.claims = {"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID}
    assert come_back(console.visitor()).status_code == 200


def test_a_provider_may_change_its_keys(console, company, monkeypatch):
    monkeypatch.setattr(oidc, "KEYS_APART_S", 0.0)
    assert come_back(console.visitor()).status_code == 200
    company.change_key()
    assert come_back(console.visitor()).status_code == 200
    assert company.asked.count("keys") == 2 and company.asked.count("metadata") == 1


def test_keys_are_not_fetched_anew_for_every_bad_token(console, company):
    company.sign = company.with_foreign_key
    for _ in range(4):
        come_back(console.visitor())
    assert company.asked.count("keys") == 1


def test_the_address_may_stand_in_the_profile_alone(console, company):
    company.person = {"sub": "u-1"}
    company.profile = {"sub": "u-1", "email": "ivy@shop.test", "email_verified": True}
    assert come_back(console.visitor()).status_code == 200


def test_a_profile_of_somebody_else_is_refused(console, company):
    company.person, company.profile = {"sub": "u-1"}, {"sub": "u-2", "email": "ivy@shop.test", "email_verified": True}
    browser = console.visitor()
    assert refused(console, browser, come_back(browser))


# ---- the way there and back


def test_an_answer_that_another_browser_began_is_refused(console):
    """Somebody is lured to an answer of the attacker's: they would work in the attacker's account."""
    attacker, victim = console.visitor(), console.visitor()
    answer = to_provider(attacker)
    assert refused(console, victim, victim.get(answer))
    to_provider(victim)
    assert refused(console, victim, victim.get(answer))


@pytest.mark.parametrize("change", [
    lambda query: query.replace("state=", "state=x"), lambda query: query.replace("code=", "code=x"),
    lambda query: query.replace("code=", "nocode="), lambda query: query.replace("iss=", "iss=x"),
    lambda query: "error=access_denied&" + query.split("&", 1)[1], lambda query: "", lambda query: "state=é&code=1",
])  # fmt: skip
def test_a_changed_answer_is_refused(console, change):
    browser = console.visitor()
    path, _, query = to_provider(browser).partition("?")
    assert refused(console, browser, browser.get(f"{path}?{change(query)}"))


def test_an_answer_is_good_once(console):
    browser = console.visitor()
    answer = to_provider(browser)
    assert browser.get(answer).status_code == 200
    browser.cookies.delete(COOKIE_NAME, domain="shop.test", path="/console")
    assert refused(console, browser, browser.get(answer))


@pytest.mark.parametrize("value", ["", "x", "e30.x.y", "é"])
def test_a_forged_cookie_of_an_attempt_is_refused(console, value):
    browser = console.visitor()
    answer = to_provider(browser)
    jar = f"floorwalker_console_oidc={value}".encode("latin-1")
    browser.cookies.clear()
    assert refused(console, browser, browser.get(answer, headers={"Cookie": jar}))


def test_it_leads_nowhere_but_into_the_console(console):
    page = come_back(console.visitor(), "//evil.test").text
    assert "url=/console/" in page and "evil" not in page


# ---- the provider itself


def test_a_provider_that_is_away_is_told_about_and_not_asked_at_every_click(console, company):
    company.metadata = {"issuer": "https://evil.test"}
    browser = console.visitor()
    assert refused(console, browser, browser.get("/console/oidc/start"))
    company.metadata = {}
    assert browser.get("/console/oidc/start").status_code == 303  # it was there, and answers rightly now
    gone = oidc.Provider("http://127.0.0.1:9", CLIENT_ID, "")
    for _ in range(2):
        with pytest.raises(OidcRefused):
            gone.begin(f"{ORIGIN}/console/oidc/callback")


@pytest.mark.parametrize("issuer", ["http://id.shop.test", "ftp://127.0.0.1", "id.shop.test", "file:///etc/passwd"])
def test_a_provider_without_tls_is_not_trusted(issuer):
    with pytest.raises(OidcRefused, match="https"):
        oidc.Provider(issuer, CLIENT_ID, "").begin(f"{ORIGIN}/console/oidc/callback")


def test_an_endpoint_without_tls_is_not_trusted(console, company):
    company.metadata = {"authorization_endpoint": "http://id.shop.test/authorize"}
    browser = console.visitor()
    assert refused(console, browser, browser.get("/console/oidc/start"))


def test_where_no_provider_is_set_there_is_no_door(tmp_path):
    app = create_app(Settings({"FLOORWALKER_VAR": str(tmp_path / "other")}))
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as browser:
        assert browser.get("/console/oidc/start").status_code == 404
        assert browser.get("/console/oidc/callback").status_code == 404
        assert "oidc" not in browser.get("/console/sign-in").text


def test_a_password_still_opens_the_console(console):
    with console.database.session() as db:
        staff.set_password(db, staff.by_email(db, "ivy@shop.test").staff_id, PASSWORD)
    answer = console.visitor().submit("/console/sign-in", email="ivy@shop.test", password=PASSWORD)
    assert answer.status_code == 303
