"""The gateway's channel with the model in use and a store on disk: the fixtures of the tests that talk through it."""
from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from rasa.core.agent import Agent
from rasa.shared.core.events import UserUttered
from rasa.utils.endpoints import EndpointConfig

from bot.channel import GatewayInput
from bot.models_in_use import champion
from bot.tracker_store import ConversationStore


class Shop:
    """The channel with the trained model, a conversation store on disk, and an action server that notes its calls."""

    def __init__(self, agent: Agent, folder: Path, port: int, form_asks: bool = False) -> None:
        self.agent, self.port, self.form_asks = agent, port, form_asks
        self.store = ConversationStore(domain=agent.domain, db=str(folder / "rasa.db"))
        self.calls: list[tuple[str, str]] = []  # (action, message id)
        self.channel = GatewayInput("token")
        for part in (agent, agent.processor):
            part.tracker_store = self.store
        agent.processor.action_endpoint = EndpointConfig(f"http://127.0.0.1:{port}/webhook")

    async def _act(self, request: web.Request) -> web.Response:
        body = await request.json()
        name, tracker = body["next_action"], body["tracker"]
        self.calls.append((name, tracker["latest_message"]["metadata"]["message_id"]))
        events, said = [], [{"text": f"{name} answers"}]
        if name == "validate_order_form":
            ends = not self.form_asks or tracker["latest_message"]["intent"]["name"] == "inform"
            events, said = [{"event": "slot", "name": "requested_slot", "value": None if ends else "order_number"}], []
        return web.json_response({"events": events, "responses": said})

    async def say(self, *messages: tuple[str, str], crash_in: str | None = None) -> list[dict | Exception]:
        """Answers to messages (id, text), in order; the first save of the request with id ``crash_in`` fails."""
        app = web.Application()
        app.router.add_post("/webhook", self._act)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        crashes = [crash_in] if crash_in else []

        async def failing(tracker) -> None:
            if tracker.latest_message.metadata.get("message_id") in crashes:
                crashes.clear()
                raise ConnectionError("the store went away")
            await ConversationStore.save(self.store, tracker)

        self.store.save = failing
        answers: list[dict | Exception] = []
        try:
            for message_id, text in messages:
                try:
                    answers.append(await self.channel._answer(self.agent, "ada", text, {"message_id": message_id}))
                except ConnectionError as error:
                    answers.append(error)
        finally:
            await self.agent.processor.action_endpoint._client.close()
            await runner.cleanup()
        return answers

    def heard(self) -> list[tuple[str, str]]:
        """(message id, intent) of each message that is stored, read afresh."""
        self.store._cache.clear()
        tracker = asyncio.run(self.store.retrieve("ada"))
        return [(event.metadata["message_id"], event.intent_name) for event in tracker.events
                if isinstance(event, UserUttered)]


@pytest.fixture(scope="module")
def agent() -> Agent:
    models = Path("var/models/rasa")
    return Agent.load(str(models / champion(models) / "rasa.tar.gz"))


@pytest.fixture
def shop(agent, tmp_path, unused_port) -> Shop:
    return Shop(agent, tmp_path, unused_port)
