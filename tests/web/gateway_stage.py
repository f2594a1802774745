"""A stage for the gateway's tests: the real web process, a real HTTP server in Rasa's place, a shopper's tab.

The stand-in for Rasa keeps the contract of ``bot/channel.py``: it answers a message_id that it has seen with the
same answer and ``replayed``. It can be slow, broken or away, and records what it received.
"""
from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from websockets.asyncio.client import connect

from shop.database import Database, open_database

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 15.0  # a busy machine may be slow; nothing waits this long unless it is broken


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """The condition's first true value. Fails after ``patience_s``."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {patience_s} s in vain: {what}")


def echo(body: dict[str, Any]) -> dict[str, Any]:
    """What the stand-in says to a message, unless a test says otherwise."""
    return {
        "messages": [{"text": f"You said: {body['message']}"}],
        "turn": {"intent": "chitchat", "confidence": 0.9, "entities": [], "actions": ["utter_echo"]},
    }


class StandInRasa:
    """Rasa and the action server, as far as the gateway sees them. ``answer`` decides what is said."""

    def __init__(self) -> None:
        self.port = free_port()
        self.token = ""
        self.reset()
        self._app = Starlette(routes=[
            Route("/webhooks/gateway/webhook", self._webhook, methods=["POST"]),
            Route("/webhooks/gateway/heard", self._heard, methods=["POST"]),
            Route("/", self._there), Route("/health", self._health),
        ])

    def reset(self) -> None:
        """Forget everything and echo again."""
        self.received: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.refused = 0
        self.answer: Callable[[dict[str, Any]], dict[str, Any] | Response] = echo
        self.delay_s = 0.0
        self.hears = True
        self.actions_there = True
        self.at_work = 0
        self.most_at_work = 0
        self._given: dict[str, dict[str, Any]] = {}

    def of(self, conversation_id: str) -> list[dict[str, Any]]:
        """What was received of one conversation."""
        return [body for body in self.received if body["sender"] == conversation_id]

    def start(self) -> None:
        self._server = uvicorn.Server(uvicorn.Config(
            self._app, host="127.0.0.1", port=self.port, log_level="error", timeout_graceful_shutdown=0
        ))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started, "the stand-in for Rasa listens")

    def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()

    async def _there(self, request: Request) -> Response:
        return JSONResponse({})

    async def _health(self, request: Request) -> Response:
        return JSONResponse({}, 200 if self.actions_there else 503)

    async def _heard(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            self.refused += 1
            return JSONResponse({}, 401)
        if not self.hears:
            return JSONResponse({}, 503)
        body = await request.json()
        self.told.append(body)
        self.received.append({"sender": body["sender"], "told": body["said"]})
        return JSONResponse({"heard": len(body["said"])})

    async def _webhook(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            self.refused += 1
            return JSONResponse({}, 401)
        body = await request.json()
        self.received.append(body)
        message_id = body["metadata"]["message_id"]
        if message_id in self._given:
            return JSONResponse({**self._given[message_id], "replayed": True})
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            await asyncio.sleep(self.delay_s)
            answer = self.answer(body)
        finally:
            self.at_work -= 1
        if isinstance(answer, Response):
            return answer
        self._given[message_id] = {"replayed": False, **answer}
        return JSONResponse(self._given[message_id])


class WebProcess:
    """``python -m web`` with a database of its own; killed, stopped and started at will."""

    def __init__(self, folder: Path, rasa_port: int, **settings: Any) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = f"sqlite:///{folder / 'shop.db'}"
        chosen = {
            "var": folder, "database_url": self.database_url, "port": self.port, "rasa_port": rasa_port,
            "actions_port": rasa_port, "demo": 0, "address_messages_per_minute": 1_000_000,
            "address_messages_burst": 1_000_000, "address_sessions_per_minute": 1_000_000, **settings,
        }
        self._environment = {f"FLOORWALKER_{name.upper()}": str(value) for name, value in chosen.items()}
        self._process: subprocess.Popen | None = None
        self._http = httpx.Client(base_url=self.url, trust_env=False)

    def start(self) -> None:
        with (self.folder / "web.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "web"], cwd=ROOT, env={**os.environ, **self._environment},
                stdout=log, stderr=log,
            )
        wait_until(self._is_healthy, "the web process is healthy")

    def kill(self) -> None:
        """SIGKILL: no chance to finish anything."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_S)

    def _is_healthy(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"the web process ended: {self.log()[-2000:]}")
        try:
            return self._http.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def log(self) -> str:
        return (self.folder / "web.log").read_text()

    def secret(self, purpose: str) -> str:
        """The process's secret, derived as ``shop.secrets`` derives it."""
        key = (self.folder / "secret.key").read_bytes()
        return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()

    def database(self) -> Database:
        return open_database(self.database_url)

    def session(self, **body: Any) -> dict[str, Any]:
        """A new visitor's session; a customer's where a customer_id is given."""
        headers = {"Authorization": f"Bearer {self.secret('api')}"} if "customer_id" in body else {}
        answer = self._http.post("/api/session", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    @asynccontextmanager
    async def tab(self, token: str | None = None, after: int = 0, **hello: Any):
        """A tab that has said hello and got its welcome."""
        token = token or self.session()["token"]
        async with self.socket() as tab:
            await tab.send({"type": "hello", "token": token, "after": after, **hello})
            tab.token, tab.welcome = token, await tab.until("welcome")
            tab.conversation = tab.welcome["conversation"]
            yield tab

    @asynccontextmanager
    async def socket(self, **options: Any):
        """A socket that has said nothing yet."""
        address = f"ws://127.0.0.1:{self.port}/ws"
        async with connect(address, proxy=None, compression=None, close_timeout=1, **options) as opened:
            yield Tab(opened)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


class Tab:
    """A shopper's tab, frame by frame. ``frames`` are all that it got, in order."""

    def __init__(self, opened: Any) -> None:
        self.opened = opened
        self.frames: list[dict[str, Any]] = []

    async def send(self, frame: dict[str, Any] | str | bytes) -> None:
        await self.opened.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def say(self, text: str, message_id: str | None = None) -> str:
        """Send a message without waiting; returns its id."""
        message_id = message_id or uuid.uuid4().hex
        await self.send({"type": "message", "id": message_id, "text": text})
        return message_id

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            # As strict as a browser: json.loads alone would let NaN pass.
            frame = json.loads(await self.opened.recv(), parse_constant=_refuse)
        self.frames.append(frame)
        return frame

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next frame of that type with those fields; what comes before it is kept in ``frames``."""
        while True:
            frame = await self.next()
            if frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                return frame

    async def ask(self, text: str) -> dict[str, Any]:
        """Say something and return the first message of the answer."""
        message_id = await self.say(text)
        ack = await self.until("ack", id=message_id)
        return await self.until("message", in_reply_to=ack["seq"])

    async def settled(self) -> list[dict[str, Any]]:
        """All frames once everything sent so far was handled: a ping was answered."""
        await self.send({"type": "ping"})
        await self.until("pong")
        return self.frames

    def messages(self) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == "message"]
