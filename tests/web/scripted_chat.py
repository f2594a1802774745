"""A server that speaks the gateway's protocol from a script, so that a browser test decides what goes wrong.

The real gateway never loses an acknowledgement on purpose, nor sends markup as a product's title; this one
does when told to. It serves the real widget from web/static and one page of a host shop under a strict CSP.
"""
from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

ROOT = Path(__file__).resolve().parents[2]
STRICT_CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
HOST_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A host shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="floorwalker:product" content="P00123"><script src="/before.js"></script>
<script src="/static/widget.js" async data-title="Ask the shop"></script></head>
<body><main><h1>A host shop</h1><p>Its own page.</p><a href="#end">A link of its own</a></main></body></html>"""
BEFORE_JS = """
const listeners = [];
window.hostNotes = { keys: [], listeners, events: [], violations: [] };
hostNotes.keys = Object.getOwnPropertyNames(window);
document.addEventListener("securitypolicyviolation", (event) => hostNotes.violations.push(event.violatedDirective));
for (const kind of ["ready", "open", "close", "message", "sent", "product", "offer", "feedback"])
  document.addEventListener(`floorwalker:${kind}`, (event) => hostNotes.events.push([kind, event.detail]));
"""
CARD = {
    "product_id": "P00123", "title": "Aldermoor trail running shoe", "brand": "Northlea", "price_cents": 8995,
    "currency": "EUR", "was_cents": 10995, "picture": "/pictures/P00123.svg", "url": "/product/P00123",
    "rating": 4.4, "rating_count": 120, "in_stock": True, "note": "Only 2 left in 42", "reason": "You like trails",
}
OFFER = {"code": "SPRING10", "title": "Ten per cent", "text": "On shoes.", "ends_at": "2026-12-01T00:00:00Z"}
PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#3f7d55"/></svg>'


class ScriptedChat:
    """One conversation. Set ``acknowledge``, ``refuse`` and ``token`` to script the next failure."""

    def __init__(self) -> None:
        self.conversation = "c" * 32
        self.messages: list[dict[str, Any]] = []
        self.read = 0
        self.frames: list[dict[str, Any]] = []
        self.sockets: list[WebSocket] = []
        self.acknowledge = True
        self.refuse = False
        self.token = "good"
        self.tokens_given = 0
        self.greeting = {"text": "Good morning. What are you looking for?", "buttons": [{"title": "Track an order"}]}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.app = Starlette(
            routes=[
                Route("/", self._page), Route("/before.js", self._before), Route("/product/{product_id}", self._page),
                Route("/pictures/{name}", self._picture), Route("/api/session", self._session, methods=["POST"]),
                WebSocketRoute("/ws", self._socket), Mount("/static", StaticFiles(directory=ROOT / "web" / "static")),
            ]
        )

    # ---- what a test tells it

    def say(self, text: str = "", sender: str = "bot", **parts: Any) -> int:
        """Stores a message and sends it to every tab. Returns its seq."""
        message = self._store({"sender": sender, "text": text, **parts})
        self._run(self._broadcast(message))
        return message["seq"]

    def send(self, frame: dict[str, Any]) -> None:
        """Sends ``frame`` to every tab as it is."""
        self._run(self._broadcast(frame))

    def hang_up(self) -> None:
        """Closes every socket, as a restart of the gateway does."""
        self._run(self._close())

    def received(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    # ---- the server

    def _store(self, message: dict[str, Any]) -> dict[str, Any]:
        message |= {"type": "message", "seq": len(self.messages) + 1, "at": datetime.now(UTC).isoformat()}
        self.messages.append(message)
        return message

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(5)

    async def _broadcast(self, frame: dict[str, Any]) -> None:
        for each in list(self.sockets):
            await each.send_json(frame)

    async def _close(self) -> None:
        for each in list(self.sockets):
            with contextlib.suppress(RuntimeError):  # the browser was faster
                await each.close(1012)
        self.sockets.clear()

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(HOST_PAGE, headers={"Content-Security-Policy": STRICT_CSP})

    async def _before(self, request: Request) -> Response:
        return Response(BEFORE_JS, media_type="text/javascript")

    async def _picture(self, request: Request) -> Response:
        return Response(PIXEL, media_type="image/svg+xml")

    async def _session(self, request: Request) -> Response:
        self.tokens_given += 1
        return JSONResponse({"token": self.token})

    async def _socket(self, websocket: WebSocket) -> None:
        self.loop = asyncio.get_running_loop()
        if self.refuse:
            await websocket.close()
            return
        await websocket.accept()
        try:
            hello = await websocket.receive_json()
            self.frames.append(hello)
            if hello["token"] != self.token:
                error = {"type": "error", "code": "bad_token", "message": "The token has expired; get a new one."}
                await websocket.send_json(error)
                await websocket.close(4401)
                return
            await websocket.send_json({
                "type": "welcome", "conversation": self.conversation, "seq": len(self.messages), "read": self.read,
                "customer": None, "shop": {"name": "Marlow & Finch", "currency": "EUR"}, "greeting": self.greeting,
            })
            for message in self.messages[hello["after"]:]:
                await websocket.send_json(message)
            self.sockets.append(websocket)
            while True:
                await self._take(websocket, await websocket.receive_json())
        except WebSocketDisconnect:
            if websocket in self.sockets:
                self.sockets.remove(websocket)

    async def _take(self, websocket: WebSocket, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["type"] == "ping":
            await websocket.send_json({"type": "pong"})
        if frame["type"] == "read":
            self.read = frame["seq"]
        if frame["type"] not in ("message", "choice"):
            return
        stored = next((message for message in self.messages if message.get("id") == frame["id"]), None)
        if stored is None:
            text = frame.get("text") or self._title(frame)
            stored = self._store({"sender": "shopper", "id": frame["id"], "text": text})
            fresh = True
        else:
            fresh = False
        if self.acknowledge:
            await websocket.send_json({"type": "ack", "id": frame["id"], "seq": stored["seq"], "at": stored["at"]})
            if fresh:
                await self._broadcast(stored)

    def _title(self, frame: dict[str, Any]) -> str:
        shown = self.greeting if frame["seq"] == 0 else self.messages[frame["seq"] - 1]
        return shown["buttons"][frame["button"]]["title"]


@contextlib.contextmanager
def serving(app: Any):
    """Serves ``app`` on a free port of the loopback interface while the block runs; yields its base URL."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:  # until then connections are refused
        thread.join(0.01)
        assert thread.is_alive(), "the server ended while it started: see its log"
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
