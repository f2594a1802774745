"""Signing in and out ends what the browser was given before: its tabs, its tokens, its cookie."""
from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress

import pytest
from starlette.websockets import WebSocketDisconnect

from shop import conversations
from tests.web.shop_visit import identity, send, sign_in
from web import tokens

pytest_plugins = ("tests.web.page_fixtures",)


def session_token(client) -> str:
    return client.post("/api/session", headers={"Origin": "http://shop.test"}).json()["token"]


@contextmanager
def tab_of(client) -> Iterator:
    """A socket. The test client cancels what is not over when it is left, so assert after it, never within."""
    with suppress(CancelledError), client.websocket_connect("/ws") as tab:
        yield tab


def welcome(tab, token: str) -> dict:
    tab.send_json({"type": "hello", "token": token})
    frame = tab.receive_json()
    return frame if frame["type"] == "welcome" else {"refused": frame["code"]}


def close_code(tab) -> int:
    with pytest.raises(WebSocketDisconnect) as closed:
        while True:
            tab.receive_json()
    return closed.value.code


def first_frame(client, token: str) -> dict:
    with tab_of(client) as tab:
        frame = welcome(tab, token)
    return frame


def test_another_tab_of_the_browser_is_closed_and_comes_back_as_a_stranger(client):
    sign_in(client)
    with tab_of(client) as tab:
        before = welcome(tab, session_token(client))
        send(client, "/sign-out", page="/")
        code = close_code(tab)
    assert (before["customer"], code) == ({"first_name": "Ada"}, 4409)
    assert first_frame(client, session_token(client))["customer"] is None


def test_the_same_customer_on_another_device_stays(client):
    sign_in(client)
    phone = tokens.issue(tokens.new_visitor_id(), identity(client).customer_id)
    with tab_of(client) as tab:
        welcome(tab, phone)
        send(client, "/sign-out", page="/")
        tab.send_json({"type": "ping"})
        answer = tab.receive_json()
    assert answer == {"type": "pong"}


def test_a_token_kept_from_before_is_refused(client):
    sign_in(client)
    token = session_token(client)
    send(client, "/sign-out", page="/")
    with tab_of(client) as tab:
        told, code = welcome(tab, token), close_code(tab)
    assert (told, code) == ({"refused": "bad_token"}, 4401)


def test_a_cookie_kept_from_before_is_a_strangers(client):
    sign_in(client)
    kept = client.cookies[tokens.COOKIE_NAME]
    assert "My orders" in client.get("/").text
    send(client, "/sign-out", page="/")
    client.cookies.clear()
    client.cookies.set(tokens.COOKIE_NAME, kept)
    assert tokens.read(session_token(client)).customer_id is None
    assert "My orders" not in client.get("/").text


def test_when_another_customer_signs_in_the_first_ones_tabs_are_closed(client):
    sign_in(client)
    with tab_of(client) as tab:
        welcome(tab, session_token(client))
        sign_in(client, "ben@example.com")
        code = close_code(tab)
    assert code == 4409
    assert first_frame(client, session_token(client))["customer"] == {"first_name": "Ben"}


def test_signing_in_again_works(client):
    for _ in range(2):
        sign_in(client)
        assert first_frame(client, session_token(client))["customer"] == {"first_name": "Ada"}
        send(client, "/sign-out", page="/")


def test_a_visitors_tab_that_connects_while_somebody_signs_in_does_not_stay_in_the_customers_conversation(
    client, monkeypatch
):
    gateway = client.app.state.gateway
    look_up = gateway.open

    async def look_up_and_sign_in(identity, channel):
        opened = await look_up(identity, channel)
        await gateway.transcripts.run(conversations.attach, identity.visitor_id, "C00001")
        return opened

    monkeypatch.setattr(gateway, "open", look_up_and_sign_in)
    with tab_of(client) as tab:
        welcome(tab, session_token(client))
        code = close_code(tab)
    assert code == 4409
