"""From a shopper's message to the agent's screen and back, through a real web process and real WebSockets.

``python -m benchmarks.console_live``. Both ends and the process share the machine. No bot is needed: staff hold the
conversations. Each agent has five windows, one conversation in each, and gets the queue of all of them besides.
"""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.markdown import table
from benchmarks.stack import WIDE_LIMITS, Stack
from shop import staff, staff_sessions, takeover
from shop.database import open_database

CONVERSATIONS = (1, 50)
WINDOWS = 5  # of one agent
PAUSE_S = (0.5, 1.5)  # between an answer and the next message of a conversation: people do not speak in step
LIMITS = WIDE_LIMITS | {"FLOORWALKER_ADDRESS_CONNECTIONS": "5000"}


@dataclass
class Times:
    """Milliseconds from the shopper's sending, each of one message."""

    there: list[float] = field(default_factory=list)
    and_back: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console_live", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="length of each run (30)")
    parser.add_argument("--database-url", default="", help="an empty database; SQLite by default")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        more = {"FLOORWALKER_DATABASE_URL": arguments.database_url} if arguments.database_url else {}
        stack = Stack(Path(folder), FLOORWALKER_DEMO="0", **LIMITS, **more)
        stack.var.mkdir(parents=True)
        stack.start("web")
        try:
            for conversations in CONVERSATIONS:
                rows.append(asyncio.run(measure(stack, arguments.database_url, conversations, arguments.seconds)))
        finally:
            stack.stop()
    table("A message from the shopper to the agent's screen and back", rows)


async def measure(stack: Stack, database_url: str, conversations: int, seconds: float) -> dict[str, Any]:
    """One run; returns its figures, in ms."""
    database = open_database(database_url or f"sqlite:///{stack.var / 'shop.db'}")
    times = Times()
    async with contextlib.AsyncExitStack() as opened:
        pairs = []
        for number in range(conversations):
            if number % WINDOWS == 0:
                with database.session() as db:
                    agent = staff.add(db, f"{uuid.uuid4().hex}@shop.test", f"Agent {number // WINDOWS}", "agent", True)
                    cookie = staff_sessions.begin(db, agent.staff_id)
            shopper, conversation = await opened.enter_async_context(_shopper(stack))
            with database.session() as db:
                takeover.take(db, conversation, agent.staff_id)
            desk = await opened.enter_async_context(_desk(stack, cookie, conversation))
            pairs.append(_talk(shopper, desk, conversation, time.perf_counter() + seconds, times))
        await asyncio.gather(*pairs)
    database.close()
    return {
        "conversations": conversations, "messages": len(times.and_back),
        **_figures("to the screen", times.there), **_figures("and back", times.and_back),
    }


def _figures(name: str, values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    found = {"median": cuts[49], "95 %": cuts[94], "most": max(values)}
    return {f"{name}, {which} ms": round(value, 1) for which, value in found.items()}


async def _talk(
    shopper: ClientConnection, desk: ClientConnection, conversation: str, until: float, times: Times
) -> None:
    """Say something and answer it, again and again."""
    await asyncio.sleep(random.uniform(0, PAUSE_S[1]))
    while time.perf_counter() < until:
        text = f"Is it here yet? {uuid.uuid4().hex}"
        started = time.perf_counter()
        await _send(shopper, {"type": "message", "id": uuid.uuid4().hex, "text": text})
        await _until(desk, "message", sender="shopper", text=text)
        times.there.append((time.perf_counter() - started) * 1000)
        answer = f"I am looking. {uuid.uuid4().hex}"
        await _send(desk, {"type": "say", "conversation": conversation, "id": uuid.uuid4().hex, "text": answer})
        await _until(shopper, "message", sender="staff", text=answer)
        times.and_back.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(random.uniform(*PAUSE_S))


@contextlib.asynccontextmanager
async def _shopper(stack: Stack) -> AsyncIterator[tuple[ClientConnection, str]]:
    async with httpx.AsyncClient(trust_env=False) as http:
        token = (await http.post(f"{stack.url}/api/session", json={})).json()["token"]
    async with connect(stack.websocket_url, proxy=None, compression=None) as tab:
        await _send(tab, {"type": "hello", "token": token})
        yield tab, (await _until(tab, "welcome"))["conversation"]


@contextlib.asynccontextmanager
async def _desk(stack: Stack, cookie: str, conversation: str) -> AsyncIterator[ClientConnection]:
    address = stack.websocket_url.removesuffix("/ws") + "/console/ws"
    headers = {"Cookie": f"floorwalker_console={cookie}"}
    async with connect(address, proxy=None, compression=None, additional_headers=headers, origin=stack.url) as tab:
        await _send(tab, {"type": "watch", "conversation": conversation})
        await _until(tab, "history")
        yield tab


async def _send(socket: ClientConnection, frame: dict[str, Any]) -> None:
    await socket.send(json.dumps(frame))


async def _until(socket: ClientConnection, kind: str, **fields: Any) -> dict[str, Any]:
    while True:
        frame = json.loads(await socket.recv())
        if frame["type"] == "error":
            raise AssertionError(f"refused: {frame}")
        if frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items()):
            return frame


if __name__ == "__main__":
    main()
