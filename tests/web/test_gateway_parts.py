"""Parts of the gateway by themselves: what is kept in memory of a conversation, what is logged of servers away."""
from __future__ import annotations

import logging

import pytest

from tests.web.gateway_stage import StandInRasa, free_port
from web.gateway.connections import Connections
from web.gateway.rasa_client import RasaClient

anyio = pytest.mark.anyio


@anyio
async def test_a_conversation_is_forgotten_once_and_a_newer_one_of_the_same_id_stays():
    connections = Connections()
    left = connections.live("c1")
    connections.forget_idle(left)
    connections.forget_idle(left)
    again = connections.live("c1")
    connections.forget_idle(left)
    assert connections.get("c1") is again


@anyio
async def test_a_server_that_is_away_is_logged_once_and_once_more_when_it_is_back(caplog, monkeypatch):
    monkeypatch.setattr("web.gateway.rasa_client.HEALTH_CACHE_S", 0.0)
    caplog.set_level(logging.INFO, "web")
    rasa = StandInRasa()
    client = RasaClient(
        f"http://127.0.0.1:{rasa.port}", f"http://127.0.0.1:{free_port()}", "token", timeout_s=5, concurrency=1
    )
    try:
        for _ in range(3):
            assert await client.health() == {"rasa": False, "actions": False}
        rasa.start()
        for _ in range(3):
            assert await client.health() == {"rasa": True, "actions": False}
    finally:
        await client.close()
        rasa.stop()
    said = [record.getMessage() for record in caplog.records if record.name.startswith("web")]
    assert [line.split(" at ")[0] for line in said] == ["rasa", "actions", "rasa"]
    assert said[-1].endswith("answers")
