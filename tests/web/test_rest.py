"""The gateway over HTTP: who gets which session, Rasa's REST channel, health, headers, one shape of errors."""
from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

import shop.secrets
from shop import conversations, customers
from shop.owner import Owner
from tests.web.gateway_stage import echo, wait_until
from web import tokens

EVIL = "https://evil.example"


@pytest.fixture
def http(web, monkeypatch):
    """A client of the web process; its secrets are this test's, so that cookies can be made here."""
    monkeypatch.setattr(shop.secrets, "settings", SimpleNamespace(var=web.folder))
    with httpx.Client(base_url=web.url, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def ada(web):
    """A customer, as every test has the same database a new one each time."""
    with web.database().session() as db:
        email = f"{tokens.new_visitor_id()}@example.com"
        return customers.create(db, email, "Ada", "Marlow").customer_id


def vouched(web):
    return {"Authorization": f"Bearer {web.secret('api')}"}


def cookie_header(visitor_id, customer_id=None):
    return {"Cookie": f"{tokens.COOKIE_NAME}={tokens.issue_cookie(visitor_id, customer_id)}"}


def identity(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found = tokens.read(answer.json()["token"])
    return found.visitor_id, found.customer_id


def test_everybody_can_chat_as_a_visitor(http):
    one, two = identity(http.post("/api/session")), identity(http.post("/api/session", json={}))
    assert one[1] is two[1] is None
    assert one[0] != two[0]


def test_a_visitor_who_returns_stays_the_same_visitor(http):
    token = http.post("/api/session").json()["token"]
    assert identity(http.post("/api/session", json={"token": token})) == (tokens.read(token).visitor_id, None)


def test_the_shops_cookie_signs_the_chat_in_on_the_shops_own_pages(web, http, ada):
    visitor_id = tokens.new_visitor_id()
    headers = {**cookie_header(visitor_id, ada), "Origin": web.url}
    assert identity(http.post("/api/session", headers=headers)) == (visitor_id, ada)
    headers = {**cookie_header(visitor_id, ada), "Sec-Fetch-Site": "same-origin"}
    assert identity(http.post("/api/session", headers=headers)) == (visitor_id, ada)


def test_the_shops_cookie_is_not_read_for_anybody_else(http, ada):
    headers = cookie_header(tokens.new_visitor_id(), ada)
    assert identity(http.post("/api/session", headers=headers))[1] is None
    headers["Sec-Fetch-Site"] = "same-site"
    assert identity(http.post("/api/session", headers=headers))[1] is None


def test_a_forged_cookie_makes_a_visitor(web, http, ada):
    good = tokens.issue_cookie(tokens.new_visitor_id(), ada)
    body, signature = good.rsplit(".", 1)
    # The first digit of the signature: of the last one, two bits stand for nothing.
    tampered = f"{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    for value in (tampered, tokens.issue(tokens.new_visitor_id(), ada), "nonsense"):
        headers = {"Cookie": f"{tokens.COOKIE_NAME}={value}", "Origin": web.url}
        assert identity(http.post("/api/session", headers=headers))[1] is None


def test_another_sites_page_gets_no_session(http):
    answer = http.post("/api/session", headers={"Origin": EVIL})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_origin")


def test_what_a_visitor_said_belongs_to_the_customer_after_signing_in(web, http, ada):
    token = http.post("/api/session").json()["token"]
    visitor_id = tokens.read(token).visitor_id
    with web.database().session() as db:
        opened = conversations.open_conversation(db, Owner(visitor_id=visitor_id))
        conversations.add_shopper_message(db, opened.id, "message-1", "I look for a tent")
    headers = {**cookie_header(tokens.new_visitor_id(), ada), "Origin": web.url}
    answer = http.post("/api/session", json={"token": token}, headers=headers)
    assert identity(answer)[1] == ada
    assert answer.json()["conversation"] == opened.id
    assert "conversation" not in http.post("/api/session", json={"token": token}).json()


def test_an_empty_chat_does_not_hide_the_customers_own_after_signing_in(web, http, ada):
    with web.database().session() as db:
        own = conversations.open_conversation(db, Owner(customer_id=ada))
        conversations.add_shopper_message(db, own.id, "message-1", "Last week's question")
        visitor_id = tokens.new_visitor_id()
        conversations.open_conversation(db, Owner(visitor_id=visitor_id))
    headers = {**cookie_header(visitor_id, ada), "Origin": web.url}
    assert http.post("/api/session", headers=headers).json()["conversation"] == own.id


def test_after_signing_out_the_next_person_is_somebody_else(web, http, ada):
    token = tokens.issue(tokens.new_visitor_id(), ada)
    assert identity(http.post("/api/session", json={"token": token}))[1] is None
    assert identity(http.post("/api/session", json={"token": token}))[0] != tokens.read(token).visitor_id
    fresh = tokens.new_visitor_id()
    headers = {**cookie_header(fresh), "Origin": web.url}
    assert identity(http.post("/api/session", json={"token": token}, headers=headers)) == (fresh, None)


@pytest.mark.anyio
async def test_open_tabs_must_say_hello_again_after_signing_in(web, http, rasa, ada):
    async with web.tab() as tab:
        await tab.ask("Hello")
        http.post("/api/session", json={"token": tab.token, "customer_id": ada}, headers=vouched(web))
        with pytest.raises(ConnectionClosed) as closed:
            await tab.next()
        assert closed.value.rcvd.code == 4409


def test_a_shops_server_can_vouch_for_its_customer(web, http, ada):
    answer = http.post("/api/session", json={"customer_id": ada}, headers=vouched(web))
    assert identity(answer)[1] == ada


@pytest.mark.parametrize("customer_id", ["C99999", "", 7, ["C00001"], "' OR 1=1"])
def test_nobody_can_vouch_for_a_customer_who_does_not_exist(web, http, customer_id):
    answer = http.post("/api/session", json={"customer_id": customer_id}, headers=vouched(web))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer", "Basic x", "Bearer \u00e4"])
@pytest.mark.parametrize("path", ["/api/session", "/webhooks/rest/webhook"])
def test_without_the_secret_nobody_vouches_or_uses_the_rest_channel(http, ada, path, given):
    headers = {"Authorization": given.encode("latin-1")}
    answer = http.post(path, json={"customer_id": ada, "sender": "x", "message": "hi"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_token")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_sessions_have_a_rate_limit_for_each_address(stage):
    web, _ = stage(address_sessions_per_minute=3)
    answers = [httpx.post(f"{web.url}/api/session", trust_env=False) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["error"]["retry_after_ms"] > 0
    assert int(answers[3].headers["retry-after"]) >= 1


def say(web, http, message, sender="till 4", **more):
    body = {"sender": sender, "message": message, **more}
    return http.post("/webhooks/rest/webhook", json=body, headers=vouched(web))


def buttons(body):
    return {"messages": [{
        "text": f"You said: {body['message']}", "buttons": [{"title": "More", "payload": "/show_more"}],
        "custom": {"cards": [{"product_id": "P1"}], "exposures": []},
    }]}


def test_a_client_of_rasas_rest_channel_gets_what_it_knows(web, http, rasa):
    rasa.answer = buttons
    answer = say(web, http, "hello", "till 1")
    assert answer.json() == [{
        "recipient_id": "till 1", "text": "You said: hello",
        "buttons": [{"title": "More", "payload": "/show_more"}], "custom": {"cards": [{"product_id": "P1"}]},
    }]
    assert say(web, http, "/show_more", "till 1").json()[0]["text"] == "You said: /show_more"
    assert len({body["sender"] for body in rasa.received}) == 1


def test_a_rest_client_cannot_send_a_payload_that_was_never_offered(web, http, rasa):
    rasa.answer = buttons
    say(web, http, "hello", "till 2")
    assert say(web, http, "/restart", "till 2").json()[0]["text"] == "You said: restart"
    assert say(web, http, "/show_more", "till 3").json()[0]["text"] == "You said: show_more"


def test_a_rest_message_sent_twice_under_one_id_is_answered_once(web, http, rasa):
    first = say(web, http, "once", message_id="my-message-1").json()
    assert say(web, http, "once", message_id="my-message-1").json() == first
    assert len(rasa.received) == 1


def test_a_rest_client_gets_the_apology_too(web, http, rasa):
    rasa.answer = lambda body: {"messages": []} if body["message"] == "riddle" else echo(body)
    assert "sorry" in say(web, http, "riddle", "till 5", message_id="riddle-id").json()[0]["text"]
    assert "sorry" in say(web, http, "riddle", "till 5", message_id="riddle-id").json()[0]["text"]


@pytest.mark.parametrize("body", [
    {}, {"sender": "x"}, {"message": "x"}, {"sender": "", "message": "x"}, {"sender": "x" * 201, "message": "x"},
    {"sender": 5, "message": "x"}, {"sender": "x", "message": ""}, {"sender": "x", "message": "y" * 2001},
    {"sender": "x", "message": "\u0958" * 1500},  # one letter that Unicode's standard form writes as two
    {"sender": "x", "message": ["y"]}, {"sender": "x", "message": "y", "message_id": "'"},
])
def test_a_wrong_rest_message_is_refused(web, http, body):
    answer = http.post("/webhooks/rest/webhook", json=body, headers=vouched(web))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_field")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b"[" * 5000, b"1" * 9000])
def test_a_body_that_is_no_json_object_is_refused(web, http, content):
    answer = http.post("/api/session", content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_json")


@pytest.mark.parametrize("method, path, status, code", [
    ("GET", "/nowhere", 404, "not_found"), ("GET", "/api/session", 405, "method_not_allowed"),
    ("GET", "/static/../app.py", 404, "not_found"), ("GET", "/static/%2e%2e/app.py", 404, "not_found"),
])
def test_every_error_has_one_shape(http, method, path, status, code):
    answer = http.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message"}
    assert answer.json()["error"]["code"] == code


def test_a_body_of_more_than_64_kb_is_refused(http):
    answer = http.post("/api/session", content=b"x" * 70_000)
    assert answer.status_code == 413


def test_health_says_who_is_there(web, http, rasa):
    answer = http.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["rasa"] is answer.json()["actions"] is answer.json()["database"] is True


def test_health_says_when_the_bot_is_away_and_that_messages_are_taken_still(stage):
    web, rasa = stage()
    rasa.stop()
    wait_until(lambda: httpx.get(f"{web.url}/health", trust_env=False).json()["status"] == "degraded", "it says so")
    answer = httpx.get(f"{web.url}/health", trust_env=False)
    rasa.start()
    assert answer.status_code == 200
    assert answer.json()["rasa"] is False


def test_no_page_runs_inline_scripts_or_is_framed_by_strangers(http):
    headers = http.get("/health").headers
    policy = headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


def test_an_allowed_site_may_fetch_a_session_and_the_widget_and_nothing_else(stage):
    friend = "https://friend.example"
    web, _ = stage(allowed_origins=friend)
    with httpx.Client(base_url=web.url, trust_env=False) as http:
        ask = {"Origin": friend, "Access-Control-Request-Method": "POST"}
        assert http.options("/api/session", headers=ask).headers["access-control-allow-origin"] == friend
        answer = http.post("/api/session", headers={"Origin": friend})
        assert answer.headers["access-control-allow-origin"] == friend
        assert "access-control-allow-credentials" not in answer.headers
        widget = http.get("/static/widget.js", headers={"Origin": friend})
        assert widget.headers["access-control-allow-origin"] == friend
        assert "access-control-allow-origin" not in http.get("/health", headers={"Origin": friend}).headers
        assert "access-control-allow-origin" not in http.get("/static/widget.js", headers={"Origin": EVIL}).headers
        assert http.options("/api/session", headers={**ask, "Origin": EVIL}).status_code == 403
        assert http.options("/webhooks/rest/webhook", headers=ask).status_code == 405
        assert f"frame-ancestors 'self' {friend}" in http.get("/health").headers["content-security-policy"]
