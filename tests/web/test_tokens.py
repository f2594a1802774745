"""Session tokens and the demo shop's cookie: what is trusted, and what is not."""
from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import itsdangerous.timed
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shop.secrets
from web import tokens
from web.errors import BadToken

VISITOR = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def own_secret(tmp_path, monkeypatch):
    monkeypatch.setattr(shop.secrets, "settings", SimpleNamespace(var=tmp_path))
    return tmp_path / "secret.key"


@pytest.fixture
def at(monkeypatch):
    """Moves the clock of the signature's time stamp: ``at(seconds)`` from now."""
    real = itsdangerous.timed.time.time

    def move(seconds):
        shifted = SimpleNamespace(time=lambda: real() + seconds)
        monkeypatch.setattr(itsdangerous.timed, "time", shifted)
        monkeypatch.setattr(tokens, "time", shifted)

    return move


def test_a_visitor_is_recognised_by_the_token():
    identity = tokens.read(tokens.issue(VISITOR))
    assert (identity.visitor_id, identity.customer_id) == (VISITOR, None)


def test_a_customer_is_recognised_by_the_token():
    identity = tokens.read(tokens.issue(VISITOR, "C00042"))
    assert (identity.visitor_id, identity.customer_id) == (VISITOR, "C00042")


def test_a_visitor_cannot_write_a_customer_into_the_token():
    body, rest = tokens.issue(VISITOR).split(".", 1)
    facts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps({**facts, "c": "C00042"}).encode()).decode().rstrip("=")
    with pytest.raises(BadToken, match="signature"):
        tokens.read(f"{forged}.{rest}")


def test_a_token_signed_with_another_installations_secret_is_refused(own_secret):
    token = tokens.issue(VISITOR, "C00042")
    own_secret.unlink()
    with pytest.raises(BadToken, match="signature"):
        tokens.read(token)


def test_a_shop_cookie_is_not_a_session_token_and_the_other_way_round():
    with pytest.raises(BadToken):
        tokens.read(tokens.issue_cookie(VISITOR, "C00042"))
    with pytest.raises(BadToken):
        tokens.read_cookie(tokens.issue(VISITOR, "C00042"))
    assert tokens.read_cookie(tokens.issue_cookie(VISITOR, "C00042")).customer_id == "C00042"


def test_a_customers_token_is_good_for_twelve_hours(at):
    token = tokens.issue(VISITOR, "C00042")
    at(12 * 3600 - 60)
    assert tokens.read(token).customer_id == "C00042"
    at(12 * 3600 + 60)
    with pytest.raises(BadToken, match="expired"):
        tokens.read(token)


def test_a_visitors_token_is_good_for_thirty_days(at):
    token = tokens.issue(VISITOR)
    at(30 * DAY_S - 60)
    assert tokens.read(token).visitor_id == VISITOR
    at(30 * DAY_S + 60)
    with pytest.raises(BadToken, match="expired"):
        tokens.read(token)


@pytest.mark.parametrize("wrong", [None, 7, "", "x", "a.b.c", "é" * 40, "a" * 100_000, ["a"], {"token": "a"}])
def test_what_is_no_token_is_refused(wrong):
    with pytest.raises(BadToken):
        tokens.read(wrong)


@given(st.text(max_size=200))
def test_no_text_a_stranger_types_is_a_token(text):
    with pytest.raises(BadToken):
        tokens.read(text)


@pytest.mark.parametrize("visitor_id, customer_id", [("short", None), (VISITOR, "42"), (VISITOR, "C0'; --")])
def test_a_token_is_not_issued_for_what_is_no_id(visitor_id, customer_id):
    with pytest.raises(ValueError, match="id"):
        tokens.issue(visitor_id, customer_id)
