"""The channel between Floorwalker's gateway and Rasa.

Rasa's REST channel answers with the bot's messages alone. This one adds how the turn was understood and which
actions answered, for the transcript, and answers a repeated message with what was said the first time, so that
the gateway may always ask again.
"""
from __future__ import annotations

import asyncio
import hmac
import logging
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import action_validation
from bot.action_endpoint import PatientEndpoint

logger = logging.getLogger(__name__)

GUESSES = 3


class GatewayInput(InputChannel):
    """``POST /webhooks/gateway/webhook``; the body and the answer are described in ``docs/protocol.md``."""

    @classmethod
    def name(cls) -> str:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayInput:
        token = os.environ.get("FLOORWALKER_RASA_TOKEN", "")
        if not token:
            cls.raise_missing_credentials_exception()
        action_validation.install()
        return cls(token)

    def __init__(self, token: str) -> None:
        self._token = token
        # One lock a conversation, for as long as somebody holds it: a repeated message waits for the first try.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        webhook = Blueprint("gateway_webhook", __name__)

        @webhook.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if not hmac.compare_digest(request.token or "", self._token):
                return _error(401, "unauthorised", "The gateway's token is missing or wrong.")
            try:
                sender, text, metadata = _read(request.json)
            except ValueError as error:
                return _error(400, "bad_request", str(error))
            agent: Agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return _error(503, "no_model", "Rasa has no model yet. Run `floorwalker train rasa`.")
            lock = self._locks.setdefault(sender, asyncio.Lock())
            async with lock:
                return response.json(await self._answer(agent, sender, text, metadata))

        return webhook

    async def _answer(self, agent: Agent, sender: str, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        # Loading a model makes a new processor with the plain endpoint, so this stands at each message.
        processor = agent.processor
        processor.action_endpoint = PatientEndpoint.of(processor.action_endpoint, processor.domain)
        replayed = _turn(await agent.tracker_store.retrieve(sender), metadata["message_id"])
        if replayed is None:
            await agent.handle_message(
                UserMessage(text, CollectingOutputChannel(), sender, input_channel=self.name(), metadata=metadata)
            )
        events = replayed or _turn(await agent.tracker_store.retrieve(sender), metadata["message_id"])
        if events is None:
            raise RuntimeError(f"Rasa did not store message {metadata['message_id']} of conversation {sender}.")
        return {
            "messages": [_message(event) for event in events if isinstance(event, BotUttered)],
            "turn": _summary(events, agent.model_id, round((time.perf_counter() - started) * 1000)),
            "replayed": replayed is not None,
        }


def _read(body: Any) -> tuple[str, str, dict[str, Any]]:
    """Sender, message and metadata of a request. Raises ValueError naming the field that is missing."""
    if not isinstance(body, dict):
        raise ValueError("The body is not a JSON object.")
    for field, kind in (("sender", str), ("message", str), ("metadata", dict)):
        if not isinstance(body.get(field), kind) or not body[field]:
            raise ValueError(f"{field} is missing or no {kind.__name__}.")
    if not isinstance(body["metadata"].get("message_id"), str):
        raise ValueError("metadata.message_id is missing: without it a repeated message cannot be told from a new one.")
    return body["sender"], body["message"], body["metadata"]


def _turn(tracker: DialogueStateTracker | None, message_id: str) -> list[Event] | None:
    """Events of the latest turn, the shopper's message first, if it is that of ``message_id``; None if it is not."""
    if tracker is None:
        return None
    events: list[Event] = []
    for event in reversed(tracker.events):
        events.append(event)
        if isinstance(event, UserUttered):
            return events[::-1] if (event.metadata or {}).get("message_id") == message_id else None
    return None


def _message(event: BotUttered) -> dict[str, Any]:
    content = {"text": event.text, "buttons": event.data.get("buttons"), "custom": event.data.get("custom")}
    return {key: value for key, value in content.items() if value}


def _summary(events: list[Event], model_version: str | None, duration_ms: int) -> dict[str, Any]:
    heard = events[0]
    parsed = heard.parse_data
    return {
        "intent": parsed["intent"].get("name"),
        "confidence": parsed["intent"].get("confidence"),
        "entities": [
            {key: entity.get(key) for key in ("entity", "value", "start", "end")} for entity in heard.entities
        ],
        "intent_ranking": [
            {"name": guess["name"], "confidence": guess["confidence"]}
            for guess in parsed.get("intent_ranking", [])[:GUESSES]
        ],
        "actions": [
            event.action_name
            for event in events
            if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME
        ],
        "model_version": model_version,
        "duration_ms": duration_ms,
    }


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return response.json({"error": {"code": code, "message": message}}, status=status)
