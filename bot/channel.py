"""The channel between Floorwalker's gateway and Rasa.

Rasa's REST channel answers with the bot's messages alone. This one adds how the turn was understood and which
actions answered, for the transcript, and answers a repeated message with what was said the first time, so that
the gateway may always ask again. A message that holds several requests is served one by one (``bot/turn.py``).
"""
from __future__ import annotations

import asyncio
import hmac
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import action_validation, heard, turn
from bot.action_endpoint import PatientEndpoint
from bot.requests_apart import language_of, requests_apart

logger = logging.getLogger(__name__)

DEFAULT_LANGUAGE = "en"  # Rasa's own, where config.yml names none


class GatewayInput(InputChannel):
    """``POST /webhooks/gateway/webhook``, and ``…/heard`` for what staff heard: see ``docs/protocol.md``."""

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
            if refusal := self._refusal(request):
                return refusal
            try:
                sender, text, metadata = _read(request.json)
            except ValueError as error:
                return _error(400, "bad_request", str(error))
            lock = self._locks.setdefault(sender, asyncio.Lock())
            async with lock:
                return response.json(await self._answer(request.app.ctx.agent, sender, text, metadata))

        @webhook.route("/heard", methods=["POST"])
        async def take_in(request: Request) -> HTTPResponse:
            if refusal := self._refusal(request):
                return refusal
            try:
                sender, said = heard.read(request.json)
            except ValueError as error:
                return _error(400, "bad_request", str(error))
            lock = self._locks.setdefault(sender, asyncio.Lock())
            async with lock:
                return response.json({"heard": await self._take_in(request.app.ctx.agent, sender, said)})

        return webhook

    def _refusal(self, request: Request) -> HTTPResponse | None:
        """Why the request cannot be served, whatever it says; None where it can."""
        if not hmac.compare_digest((request.token or "").encode(), self._token.encode()):
            return _error(401, "unauthorised", "The gateway's token is missing or wrong.")
        agent: Agent = request.app.ctx.agent
        if agent is None or not agent.is_ready():
            return _error(503, "no_model", "Rasa has no model yet. Run `floorwalker train rasa`.")
        return None

    async def _take_in(self, agent: Agent, sender: str, said: list[dict[str, str]]) -> int:
        """Note what was said while staff had the conversation; returns how many events were new."""
        processor = agent.processor
        tracker = await processor.fetch_tracker_and_update_session(sender, CollectingOutputChannel())

        async def parse(text: str) -> dict[str, Any]:
            return await processor.parse_message(UserMessage(text))

        events = await heard.events_of(said, tracker, parse, self.name())
        for event in events:
            tracker.update(event, agent.domain)
        if events:
            await agent.tracker_store.save(tracker)
        return len(events)

    async def _answer(self, agent: Agent, sender: str, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        started, began_at = time.perf_counter(), time.time()
        # Loading a model makes a new processor with the plain endpoint, so this stands at each message.
        processor = agent.processor
        processor.action_endpoint = PatientEndpoint.of(processor.action_endpoint, processor.domain)
        message_id, store = metadata["message_id"], agent.tracker_store
        replayed = turn.events_of_turn(await store.retrieve(sender), message_id) is not None
        if not replayed:
            await self._handle_message(agent, sender, text, metadata)
        # Also where the message was answered before: its first request may have been stored and the next one not.
        while (waiting := turn.requests_waiting(await store.retrieve(sender))) and not turn.awaits_answer(
            await store.retrieve(sender)
        ):
            await self._handle_waiting(agent, sender, waiting, metadata)
        tracker = await store.retrieve(sender)
        events = turn.events_of_turn(tracker, message_id)
        if events is None:
            raise RuntimeError(f"Message {message_id} of conversation {sender} cannot be read from Rasa's store.")
        return {
            "messages": await self._messages(agent, sender, events, bool(waiting)),
            "turn": {
                **turn.summary(
                    events, agent.model_id, round((time.perf_counter() - started) * 1000),
                    None if replayed else began_at,
                ),
                "form": tracker.active_loop_name,
                "thresholds": turn.thresholds(processor.model_metadata.predict_schema.nodes),
            },
            "replayed": replayed,
        }

    async def _handle_message(self, agent: Agent, sender: str, text: str, metadata: dict[str, Any]) -> None:
        """Hand Rasa the message, or the first of its requests with the others in its metadata."""
        processor = agent.processor
        requests = []
        # What is said in answer to a question is never taken apart: "it came broken and I want my money back".
        if not turn.awaits_answer(await agent.tracker_store.retrieve(sender)):
            language = language_of(processor.model_metadata.language or DEFAULT_LANGUAGE)
            requests = await requests_apart(text, language, lambda part: processor.parse_message(UserMessage(part)))
        if not requests:
            await self._hand_over(agent, sender, text, metadata)
            return
        served = turn.in_serving_order(requests)
        logger.info("Message %s holds %d requests.", metadata["message_id"], len(served))
        waiting = turn.as_waiting(served, metadata["message_id"])
        metadata = {**metadata, "heard": turn.heard(requests), "waiting": waiting}
        await self._hand_over(agent, sender, served[0].text, metadata, served[0].borrowed)

    async def _handle_waiting(
        self, agent: Agent, sender: str, waiting: list[dict[str, Any]], metadata: dict[str, Any]
    ) -> None:
        """Hand Rasa the first request that waits, within the turn of the message with ``metadata``."""
        request, *rest = waiting
        asked_by = request["message_id"].rpartition(":")[0]
        metadata = {
            **metadata, "message_id": request["message_id"], "turn": metadata["message_id"], "waiting": rest,
            "taken_up": asked_by != metadata["message_id"],
        }
        await self._hand_over(agent, sender, request["text"], metadata, request["borrowed"])

    async def _hand_over(
        self, agent: Agent, sender: str, text: str, metadata: dict[str, Any],
        borrowed: Sequence[dict[str, Any]] = (),
    ) -> None:
        parsed = None
        if borrowed:
            parsed = await agent.processor.parse_message(UserMessage(text))
            parsed = {**parsed, "entities": [*parsed["entities"], *borrowed]}
        await agent.handle_message(UserMessage(
            text, CollectingOutputChannel(), sender, parse_data=parsed, input_channel=self.name(), metadata=metadata
        ))
        await self._end_turn(agent, sender)
        # Rasa only logs that its store failed, so what goes on here would handle a waiting request again for ever.
        tracker = await agent.tracker_store.retrieve(sender)
        if turn.latest_message_id(tracker) != metadata["message_id"]:
            raise RuntimeError(f"Rasa did not store message {metadata['message_id']} of conversation {sender}.")

    async def _end_turn(self, agent: Agent, sender: str) -> None:
        """Make the bot listen where Rasa broke the turn off.

        After ten actions Rasa stops without listening, and counts those ten against every later message too: the
        conversation would never be answered again.
        """
        tracker = await agent.tracker_store.retrieve(sender)
        if tracker is not None and tracker.latest_action_name != ACTION_LISTEN_NAME:
            logger.error("Rasa broke off a turn of conversation %s after %s.", sender, tracker.latest_action_name)
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME), agent.domain)
            await agent.tracker_store.save(tracker)

    async def _messages(self, agent: Agent, sender: str, events: list[Event], waits: bool) -> list[dict[str, Any]]:
        """What the bot said in the turn; with it where a request is put off, and where one is taken up again."""
        messages = []
        if waits and "heard" in (events[0].metadata or {}):
            messages += await self._utter(agent, sender, "utter_request_waits")
        for event in events:
            if isinstance(event, UserUttered) and (event.metadata or {}).get("taken_up"):
                messages += await self._utter(agent, sender, "utter_request_taken_up")
            elif isinstance(event, BotUttered):
                messages.append(_message(event))
        return messages

    async def _utter(self, agent: Agent, sender: str, response: str) -> list[dict[str, Any]]:
        """A response of the domain as a message; none where the trainers have deleted it."""
        tracker = await agent.tracker_store.retrieve(sender)
        said = await agent.processor.nlg.generate(response, tracker, self.name())
        return [{"text": said["text"]}] if said and said.get("text") else []


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


def _message(event: BotUttered) -> dict[str, Any]:
    content = {"text": event.text, "buttons": event.data.get("buttons"), "custom": event.data.get("custom")}
    return {key: value for key, value in content.items() if value}


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return response.json({"error": {"code": code, "message": message}}, status=status)
