"""Replies suggested to agents: of what was said last, from the shop's facts now, through the claim gate."""
from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import os
import random
import subprocess
import sys

import httpx
import pytest

from actions.runtime import Runtime
from actions.suggestions import Suggestion, suggest
from models.reply.writer import ReplyWriter
from shop import conversations
from shop.owner import Owner
from shop.settings import ROOT, settings
from tests.models.reply.conftest import acts, claims, examples, gate, vocabulary
from tests.models.reply.scripted import Scripted
from tests.shop.conftest import ADA, ADAS_ORDERS, BENS_ORDER, GUEST_ORDER, VISITOR
from tests.web.gateway_stage import PATIENCE_S, free_port, wait_until

__all__ = ["acts", "claims", "examples", "gate", "vocabulary"]

SHIPPED = ADAS_ORDERS["shipped"]


@pytest.fixture
def runtime(database) -> Runtime:
    return Runtime(database, search=None)


@pytest.fixture
def writes(runtime, acts, gate):
    def let(**lines: list[str]) -> None:
        source = Scripted(dict(lines))
        runtime.replies._writer = ReplyWriter(source, acts, gate, "v1", chance=random.Random(1))  # noqa: S311

    return let


@pytest.fixture
def talk(database):
    """``talk(("where is it", "track_order", {...}), ...) -> conversation id`` of Ada, or of a visitor."""
    def make(*turns: tuple[str, str | None, dict[str, str]], customer: str | None = ADA) -> str:
        with database.session() as db:
            opened = conversations.open_conversation(db, Owner(customer, VISITOR))
            for number, (text, intent, entities) in enumerate(turns):
                message, _ = conversations.add_shopper_message(db, opened.id, f"message-{number}", text)
                if intent is not None:
                    found = [{"entity": name, "value": value} for name, value in entities.items()]
                    conversations.add_bot_reply(
                        db, opened.id, message.seq, [{"text": "I see."}], {"intent": intent, "entities": found}
                    )
        return opened.id

    return make


def suggested(runtime: Runtime, conversation_id: str, customers_too: bool = True) -> list[Suggestion]:
    return asyncio.run(suggest(runtime, conversation_id, customers_too))


def test_the_model_writes_what_the_shop_knows_of_the_order_now(runtime, writes, talk):
    writes(track=["Order #<1> is <2>."], delivery_period=["Standard delivery takes <1> working days."])
    found = suggested(runtime, talk(("where is my order", "track_order", {"order_number": SHIPPED})))
    assert found[0].act == "track" and found[0].written
    assert found[0].text.startswith(f"Order #{SHIPPED} is on its way.")


def test_what_the_claim_gate_refuses_is_never_suggested(runtime, writes, talk):
    writes(track=["Order #<1> is <2>. It costs 49.95."], delivery_period=["It takes <1> days, guaranteed."])
    found = suggested(runtime, talk(("where is my order", "track_order", {"order_number": SHIPPED})))
    assert found and not any(each.written for each in found)
    assert not any("49.95" in each.text or "guaranteed" in each.text for each in found)


def test_no_suggestion_points_at_a_card_that_agents_do_not_send(runtime, writes, talk, caplog):
    caplog.set_level(logging.INFO)
    writes(track=["Order #<1> is <2>, <3>. You'll find its details below."], delivery_period=["It takes <1> days."])
    found = suggested(runtime, talk(("where is my order", "track_order", {"order_number": SHIPPED})))
    assert not found[0].written and "below" not in found[0].text
    assert "points at what is not there" in caplog.text


def test_a_greeting_of_before_is_not_answered_now(runtime, talk):
    found = suggested(runtime, talk(("hello", "greet", {}), ("what does delivery cost", "shipping_cost", {})))
    assert [each.act for each in found] == ["shipping_cost"]
    assert [each.act for each in suggested(runtime, talk(("hello", "greet", {})))] == ["greet"]


def test_without_a_model_the_domain_speaks(runtime, talk):
    found = suggested(runtime, talk(("can I send it back", "return_policy", {})))
    assert [(each.act, each.written) for each in found] == [("return_policy", False)]
    assert "30 days" in found[0].text and "{" not in found[0].text


def test_nothing_of_a_customer_is_suggested_to_who_may_not_see_customers(runtime, talk):
    found = suggested(runtime, talk(("where is my order", "track_order", {"order_number": SHIPPED})), False)
    assert [each.act for each in found] == ["delivery_period"]
    assert not any(SHIPPED in each.text or "Ada" in each.text for each in found)


def test_an_order_of_somebody_else_is_not_read_out(runtime, talk):
    for number in (BENS_ORDER, GUEST_ORDER):
        for customer in (ADA, None):
            talked = talk(("where is it", "track_order", {"order_number": number}), customer=customer)
            assert not any(number in each.text for each in suggested(runtime, talked))


def test_what_was_asked_before_the_wish_for_a_person_is_answered(runtime, talk):
    found = suggested(runtime, talk(
        ("what does delivery cost", "shipping_cost", {}), ("a person please", "human_handoff", {}),
    ))
    assert [each.act for each in found] == ["shipping_cost"]


def test_there_are_three_at_most_and_the_last_question_comes_first(runtime, talk):
    found = suggested(runtime, talk(*((intent, intent, {}) for intent in (
        "warranty", "payment_methods", "delivery_period", "shipping_cost", "return_policy",
    ))))
    assert [each.act for each in found] == ["return_policy", "shipping_cost", "delivery_period"]


def test_a_complaint_is_met_with_an_apology(runtime, talk):
    found = suggested(runtime, talk(("this is a disgrace", "complaint", {})))
    assert [each.act for each in found] == ["ask_complaint_text"]


def test_rasa_being_away_costs_only_what_was_said_to_staff(runtime, talk, caplog):
    found = suggested(runtime, talk(("what does delivery cost", "shipping_cost", {}), ("hello?", None, {})))
    assert [each.act for each in found] == ["shipping_cost"]
    assert "could not be understood" in caplog.text


def test_a_model_that_breaks_costs_only_its_words(runtime, talk, caplog):
    class Broken:
        def knows(self, act: str) -> bool:
            raise RuntimeError("no model")

    runtime.replies._writer = Broken()
    found = suggested(runtime, talk(("can I send it back", "return_policy", {})))
    assert [(each.act, each.written) for each in found] == [("return_policy", False)]
    assert "no model" in caplog.text


def test_a_conversation_that_is_not_there_has_no_suggestions(runtime):
    assert suggested(runtime, "0" * 32) == []


# ---- over HTTP, as the console asks


@pytest.fixture
def action_server(database, tmp_path):
    """``python -m rasa_sdk`` in front of the filled shop, without a reply model; yields its address and its secret."""
    (tmp_path / "models").symlink_to(settings.var / "models")
    port = free_port()
    environment = os.environ | {
        "FLOORWALKER_VAR": str(tmp_path), "FLOORWALKER_DATABASE_URL": str(database.engine.url),
        "FLOORWALKER_REPLY_MODEL": "off", "SANIC_HOST": "127.0.0.1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    with (tmp_path / "actions.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)], cwd=ROOT,
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"

    def is_healthy() -> bool:
        assert server.poll() is None, (tmp_path / "actions.log").read_text()[-2000:]
        try:
            return httpx.get(f"{address}/health", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(is_healthy, "the action server is healthy", 4 * PATIENCE_S)
    key = (tmp_path / "secret.key").read_bytes() if (tmp_path / "secret.key").exists() else os.urandom(32)
    (tmp_path / "secret.key").write_bytes(key)
    yield address, hmac.new(key, b"suggestions", hashlib.sha256).hexdigest()
    server.terminate()
    server.wait(PATIENCE_S)


def test_the_action_server_answers_who_has_the_secret_and_asks_rightly(action_server, talk):
    address, token = action_server
    talked = talk(("can I send it back", "return_policy", {}))

    def ask(body: str, token: str = token) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(f"{address}/suggestions", content=body, headers=headers, trust_env=False, timeout=60)

    answer = ask(f'{{"conversation": "{talked}", "customers": true}}')
    assert answer.status_code == 200
    assert answer.json()["suggestions"][0]["act"] == "return_policy"
    assert answer.json()["model"] is False
    assert ask(f'{{"conversation": "{talked}"}}', token="x").status_code == 401
    for body in ("", "[]", "{", "{}", '{"conversation": 7}', f'{{"conversation": "{"0" * 2000}"}}'):
        assert ask(body).status_code == 400
