"""A client of the gateway for programs: ``floorwalker chat``, ``floorwalker load`` and the tests.

It keeps the promises that docs/protocol.md asks of a client: one message on its way at a time, each repeated
under the same id until it is acknowledged, a reconnect with ``after``, and every message handed on once.
"""
from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException

from web.errors import BadFrame, GatewayClosed

logger = logging.getLogger(__name__)

RECONNECT_FIRST_S = 0.1
RECONNECT_LAST_S = 2.0
MAX_FRAME_BYTES = 1_048_576
CLOSE_CODES_FOR_GOOD = (4401, 4409)  # the token is no good (any more): reconnecting with it cannot help


@dataclass(frozen=True)
class Ack:
    """The gateway has stored a message: its number in the conversation and when, in ISO 8601."""

    id: str
    seq: int
    at: str


async def open_session(
    base_url: str, *, api_secret: str | None = None, customer_id: str | None = None
) -> str:
    """A session token of the gateway at ``base_url`` ("http://127.0.0.1:8000"): a new visitor's, or a customer's
    where the secret of ``shop.secrets.secret("api")`` is given. Raises httpx.HTTPError.
    """
    headers = {"Authorization": f"Bearer {api_secret}"} if api_secret else {}
    async with httpx.AsyncClient(trust_env=False) as http:
        body = {} if customer_id is None else {"customer_id": customer_id}
        response = await http.post(f"{base_url}/api/session", json=body, headers=headers)
        response.raise_for_status()
        return response.json()["token"]


class GatewayClient:
    """One shopper's connection, kept up until ``close``. Use it with ``async with``.

    ``after``: the highest seq that the caller has already. ``on_frame`` sees every frame as it comes, such as
    typing and notices. ``welcome`` is the latest welcome frame, None before the first.
    """

    def __init__(
        self, url: str, token: str, *, after: int = 0, page: dict[str, str] | None = None,
        on_frame: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.url = url.replace("http", "ws", 1).rstrip("/") + "/ws" if url.startswith("http") else url
        self.last_seq = after
        self.welcome: dict[str, Any] | None = None
        self.reconnects = -1  # the first connection is none
        self._token = token
        self._page = page or {}
        self._on_frame = on_frame
        self._socket: ClientConnection | None = None
        self._turn = asyncio.Lock()  # first come, first served: this keeps the order of messages
        self._unacknowledged: tuple[dict[str, Any], asyncio.Future[Ack]] | None = None
        self._received: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._welcomed = asyncio.Event()
        self._failure: GatewayClosed | None = None
        self._running: asyncio.Task[None] | None = None
        self._retry: asyncio.Task[None] | None = None

    async def __aenter__(self) -> GatewayClient:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave. Whoever waits for an acknowledgement or a message gets GatewayClosed."""
        tasks = [task for task in (self._running, self._retry) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._fail(GatewayClosed("the client was closed"))

    async def connected(self) -> dict[str, Any]:
        """Wait for the first welcome and return the latest one. Raises GatewayClosed."""
        await self._welcomed.wait()
        if self._failure is not None:
            raise self._failure
        return self.welcome

    async def send(self, text: str, message_id: str | None = None) -> Ack:
        """Say something; returns when it is stored, however often the gateway goes away meanwhile.

        Raises BadFrame where the gateway refuses it, GatewayClosed where it refuses the client.
        """
        return await self._deliver({"type": "message", "id": message_id or uuid.uuid4().hex, "text": text})

    async def choose(self, seq: int, button: int, message_id: str | None = None) -> Ack:
        """Press button ``button`` (from 0) of message ``seq`` (0: the greeting). Like ``send``."""
        frame = {"type": "choice", "id": message_id or uuid.uuid4().hex, "seq": seq, "button": button}
        return await self._deliver(frame)

    async def send_frame(self, frame: dict[str, Any]) -> None:
        """Send any other frame, such as feedback, once connected. It is not repeated after a disconnection."""
        await self.connected()
        if self._socket is not None:
            await self._socket.send(json.dumps(frame))

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Every message of the conversation after ``last_seq``, each once and in order, for ever.

        Raises GatewayClosed at the end.
        """
        while True:
            message = await self._received.get()
            if message is None:
                self._received.put_nowait(None)  # for whoever iterates next
                raise self._failure
            yield message

    async def _deliver(self, frame: dict[str, Any]) -> Ack:
        async with self._turn:
            if self._failure is not None:
                raise self._failure
            acknowledged: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
            self._unacknowledged = (frame, acknowledged)
            try:
                await self._send_unacknowledged()
                return await acknowledged
            finally:
                self._unacknowledged = None

    async def _send_unacknowledged(self) -> None:
        if self._unacknowledged is not None and self._socket is not None:
            # A connection that is just breaking is no error: the frame is sent again after the next welcome.
            with contextlib.suppress(WebSocketException):
                await self._socket.send(json.dumps(self._unacknowledged[0]))

    async def _send_later(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        await self._send_unacknowledged()

    async def _run(self) -> None:
        pause_s = RECONNECT_FIRST_S
        while self._failure is None:
            welcome_before = self.welcome
            try:
                async with connect(self.url, max_size=MAX_FRAME_BYTES, compression=None, proxy=None) as socket:
                    await self._converse(socket)
            except (OSError, WebSocketException, TimeoutError) as error:
                if isinstance(error, InvalidHandshake) and getattr(error, "response", None) is not None:
                    status = error.response.status_code
                    if 400 <= status < 500 and status != 429:
                        self._fail(GatewayClosed(f"{self.url} refuses the connection: HTTP {status}"))
                        return
                logger.info("%s: %s; reconnecting", self.url, error)
            finally:
                self._socket = None
            if self.welcome is not welcome_before:
                pause_s = RECONNECT_FIRST_S
            # Spread, so that all clients of a restarted gateway do not knock in the same moment.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
            pause_s = min(2 * pause_s, RECONNECT_LAST_S)

    async def _converse(self, socket: ClientConnection) -> None:
        hello = {"type": "hello", "token": self._token, "after": self.last_seq, "page": self._page}
        with contextlib.suppress(ConnectionClosed):  # the code is looked at below
            await socket.send(json.dumps(hello))
            async for text in socket:
                await self._take(socket, json.loads(text))
        if socket.close_code in CLOSE_CODES_FOR_GOOD:
            self._fail(GatewayClosed(f"{self.url} closed the connection: {socket.close_reason}"))

    async def _take(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if self._on_frame is not None:
            self._on_frame(frame)
        if frame["type"] == "welcome":
            self.welcome = frame
            self.reconnects += 1
            self._socket = socket
            self._welcomed.set()
            await self._send_unacknowledged()
        elif frame["type"] == "message":
            if frame["seq"] > self.last_seq:
                self.last_seq = frame["seq"]
                self._received.put_nowait(frame)
        elif frame["type"] == "ack":
            self._settle(frame["id"], Ack(frame["id"], frame["seq"], frame["at"]))
        elif frame["type"] == "error":
            self._error(frame)

    def _error(self, frame: dict[str, Any]) -> None:
        if frame["code"] == "bad_token":
            self._fail(GatewayClosed(frame["message"]))
        elif frame["code"] == "rate_limited":  # without an id where the frame was not even read
            self._retry = asyncio.create_task(self._send_later(frame["retry_after_ms"] / 1000))
        elif "id" in frame:
            self._settle(frame["id"], BadFrame(frame["code"], frame["message"], frame["id"]))
        else:
            logger.warning("the gateway says %s: %s", frame["code"], frame["message"])

    def _settle(self, message_id: str, outcome: Ack | Exception) -> None:
        if self._unacknowledged is None or self._unacknowledged[0]["id"] != message_id:
            return  # acknowledged before, over the connection that broke
        acknowledged = self._unacknowledged[1]
        if acknowledged.done():
            return
        if isinstance(outcome, Ack):
            acknowledged.set_result(outcome)
        else:
            acknowledged.set_exception(outcome)

    def _fail(self, failure: GatewayClosed) -> None:
        if self._failure is None:
            self._failure = failure
            self._received.put_nowait(None)
            self._welcomed.set()
            if self._unacknowledged is not None and not self._unacknowledged[1].done():
                self._unacknowledged[1].set_exception(failure)
