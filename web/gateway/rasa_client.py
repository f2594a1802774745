"""Talking to Rasa's gateway channel (``bot/channel.py``) and asking both servers whether they are there."""
from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from web.errors import RasaReplyInvalid, RasaUnavailable

if TYPE_CHECKING:
    from shop.conversations import Message

logger = logging.getLogger(__name__)

MAX_REPLY_BYTES = 1_000_000
HEALTH_TIMEOUT_S = 0.5
HEALTH_CACHE_S = 0.5  # a hundred waiting conversations ask once, not a hundred times


@dataclass(frozen=True)
class Reply:
    """Rasa's answer to one message. ``messages``: dicts with "text", "buttons", "custom", any of them absent.

    ``turn``: intent, confidence, entities, intent_ranking, actions, model_version, duration_ms.
    """

    messages: list[dict[str, Any]]
    turn: dict[str, Any] = field(default_factory=dict)
    replayed: bool = False


class RasaClient:
    """One pool of connections to Rasa. ``close`` it at the end."""

    def __init__(
        self, rasa_url: str, actions_url: str, token: str, timeout_s: float, concurrency: int
    ) -> None:
        self._webhook = f"{rasa_url}/webhooks/gateway/webhook"
        self._heard = f"{rasa_url}/webhooks/gateway/heard"
        self._health = {"rasa": f"{rasa_url}/", "actions": f"{actions_url}/health"}
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout_s, connect=2.0),
            # Two more than turns at once, for the questions about health.
            limits=httpx.Limits(max_connections=concurrency + 2, max_keepalive_connections=concurrency),
            trust_env=False,  # a proxy of the environment has no business with loopback
        )
        self._asked_at = -HEALTH_CACHE_S
        self._answer: dict[str, bool] = {}
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, conversation_id: str, text: str, metadata: dict[str, Any]) -> Reply:
        """Hand one message to Rasa and wait for its answer. Safe to repeat with the same message_id.

        Raises RasaUnavailable where repeating can help, RasaReplyInvalid where Rasa answered nonsense.
        """
        body = {"sender": conversation_id, "message": text, "metadata": metadata}
        return read_reply((await self._post(self._webhook, body)).content)

    async def tell(self, conversation_id: str, said: list[Message]) -> None:
        """Tell Rasa what was said while staff had the conversation. Safe to repeat. Raises RasaUnavailable."""
        heard = [{"message_id": message_id(each), "sender": each.sender, "text": each.text} for each in said]
        await self._post(self._heard, {"sender": conversation_id, "said": heard})

    async def _post(self, url: str, body: dict[str, Any]) -> httpx.Response:
        try:
            response = await self._http.post(url, json=body)
        except httpx.HTTPError as error:
            raise RasaUnavailable(f"Rasa at {url}: {error or type(error).__name__}") from error
        if response.status_code != 200:
            raise RasaUnavailable(
                f"Rasa at {url} answered HTTP {response.status_code}: {response.text[:200]!r}",
                # Everything else (loading, no model, another secret) is put right by the operator: messages wait.
                answered=response.status_code in (400, 413, 422, 500),
            )
        return response

    async def health(self) -> dict[str, bool]:
        """Which of {"rasa", "actions"} answer, at most HEALTH_CACHE_S old."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= HEALTH_CACHE_S:
                troubles = await asyncio.gather(*(self._trouble(url) for url in self._health.values()))
                found = {name: trouble is None for name, trouble in zip(self._health, troubles, strict=True)}
                for (name, url), trouble in zip(self._health.items(), troubles, strict=True):
                    if found[name] != self._answer.get(name):  # once when it goes away and once when it is back
                        logger.info("%s at %s %s", name, url, f"is away: {trouble}" if trouble else "answers")
                self._answer = found
                self._asked_at = time.monotonic()
            return self._answer

    async def _trouble(self, url: str) -> str | None:
        """Why ``url`` does not answer; None where it does."""
        try:
            # Without the token: the action server has no need of it.
            response = await self._http.get(url, timeout=HEALTH_TIMEOUT_S, headers={"Authorization": ""})
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if response.status_code < 500 else f"HTTP {response.status_code}"


def message_id(message: Message) -> str:
    """What a message is called towards Rasa: not the client's id, which two clients could choose alike.

    It keys what an action writes.
    """
    return f"{message.conversation_id}-{message.seq}"


def read_reply(content: bytes) -> Reply:
    """The reply in the body of Rasa's answer. Raises RasaReplyInvalid where it is none."""
    if len(content) > MAX_REPLY_BYTES:
        raise RasaReplyInvalid(f"Rasa's answer has {len(content)} bytes, more than {MAX_REPLY_BYTES}")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RasaReplyInvalid(f"Rasa's answer is not JSON: {content[:80]!r}") from error
    messages = answer.get("messages") if isinstance(answer, dict) else None
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise RasaReplyInvalid(f"Rasa's answer has no list of messages: {content[:80]!r}")
    turn = answer.get("turn")
    return Reply(messages, turn if isinstance(turn, dict) else {}, answer.get("replayed") is True)
