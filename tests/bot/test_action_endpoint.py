"""A turn outwaits an action server that is away."""
from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.action_endpoint import PatientEndpoint

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet]
""")


async def server(port: int, status: int = 200, knows_domain: bool = True) -> web.AppRunner:
    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        if not knows_domain and "domain" not in body:
            return web.json_response({"error": "Missing domain context"}, status=449)
        return web.json_response({"heard": body}, status=status)

    app = web.Application()
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


def endpoint(port: int) -> PatientEndpoint:
    return PatientEndpoint.of(EndpointConfig(f"http://127.0.0.1:{port}/webhook", enable_selective_domain=True), DOMAIN)


def test_an_action_is_answered_once_its_server_is_back(unused_port):
    async def turn():
        asked = endpoint(unused_port)
        waiting = asyncio.create_task(asked.request(json={"turn": 1}))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        runner = await server(unused_port)
        try:
            return await asyncio.wait_for(waiting, 10)
        finally:
            await asked._client.close()
            await runner.cleanup()

    assert asyncio.run(turn())["heard"] == {"turn": 1, "domain_digest": DOMAIN.fingerprint()}


def test_a_server_that_does_not_know_the_domain_is_told_it(unused_port):
    async def turn():
        runner = await server(unused_port, knows_domain=False)
        asked = endpoint(unused_port)
        try:
            return await asked.request(json={"turn": 1})
        finally:
            await asked._client.close()
            await runner.cleanup()

    heard = asyncio.run(turn())["heard"]
    assert heard["domain"]["intents"][0] == "greet"
    assert heard["domain_digest"] == DOMAIN.fingerprint()


def test_a_refusal_is_not_outwaited(unused_port):
    async def turn():
        runner = await server(unused_port, status=500)
        asked = endpoint(unused_port)
        try:
            await asked.request(json={})
        finally:
            await asked._client.close()
            await runner.cleanup()

    with pytest.raises(ClientResponseError) as refused:
        asyncio.run(turn())
    assert refused.value.status == 500


def test_what_the_plain_endpoint_was_told_is_kept():
    patient = endpoint(5055)
    assert patient.kwargs == {"enable_selective_domain": True}
    assert PatientEndpoint.of(patient, DOMAIN) is patient


def test_another_model_brings_its_own_domain():
    other = Domain.from_yaml("""
version: "3.1"
intents: [goodbye]
""")
    patient = PatientEndpoint.of(endpoint(5055), other)
    assert patient.domain is other
    assert patient.kwargs == {"enable_selective_domain": True}


def test_an_action_server_that_hangs_is_asked_again(unused_port):
    async def turn():
        calls = []

        async def answer(request: web.Request) -> web.Response:
            calls.append(await request.json())
            if len(calls) == 1:
                await asyncio.sleep(5)  # longer than the caller's patience
            return web.json_response({"call": len(calls)})

        app = web.Application()
        app.router.add_post("/webhook", answer)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", unused_port).start()
        asked = endpoint(unused_port)
        try:
            return await asked.request(json={}, timeout=0.2)
        finally:
            await asked._client.close()
            await runner.cleanup()

    assert asyncio.run(turn()) == {"call": 2}
