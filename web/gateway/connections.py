"""Who is connected: sockets with bounded queues, gathered by conversation."""
from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from web.gateway.frames import encode, standing_frame
from web.gateway.watchers import NobodyWatches, Watchers

if TYPE_CHECKING:
    from shop.conversations import Message
    from shop.takeover import Standing

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 1.0

# Close codes of our own (4000 to 4999 are for applications), told apart in docs/protocol.md.
CLOSE_TRY_AGAIN = 1013
CLOSE_BAD_TOKEN = 4401
CLOSE_NO_HELLO = 4408
CLOSE_IDENTITY_CHANGED = 4409
CLOSE_TOO_MANY = 4429


class Connection:
    """One socket of one tab. ``send`` never waits; a client that reads too slowly is closed instead."""

    def __init__(self, websocket: WebSocket, address: str, queue_frames: int) -> None:
        self.websocket = websocket
        self.address = address
        self.visitor_id: str | None = None  # known from the hello on
        self.delivered_seq = 0  # highest seq put into the queue
        self.page: dict[str, str] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue(queue_frames)
        self._closing: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def send(self, frame: dict[str, Any] | str) -> None:
        """Queue a frame. A full queue closes the connection: its client resumes when it can keep up."""
        try:
            self._queue.put_nowait(frame if isinstance(frame, str) else encode(frame))
        except asyncio.QueueFull:
            logger.warning("a client at %s reads too slowly and is closed", self.address)
            self.close(CLOSE_TRY_AGAIN, "Too slow: reconnect and resume with after.")

    async def has_room(self) -> None:
        """Wait while the queue is half full, so that answers to a client's own haste never close it."""
        if self._queue.qsize() > self._queue.maxsize // 2:
            await self._queue.join()

    async def drained(self) -> None:
        """Wait until everything queued was handed to the socket."""
        await self._queue.join()

    def close(self, code: int, reason: str) -> None:
        """Ask for the connection to be closed, after what is queued where the client reads at all."""
        if not self._closing.done():
            self._closing.set_result((code, reason))

    async def run(self, reading: Any) -> None:
        """Write what is queued while ``reading`` (a coroutine) reads; returns when either ends."""
        writer, reader = asyncio.create_task(self._write()), asyncio.create_task(reading)
        try:
            await asyncio.wait({writer, reader, self._closing}, return_when=asyncio.FIRST_COMPLETED)
            reader.cancel()  # nothing is taken any more from a client that is being closed, signed out, say
            if self._closing.done() and not self._queue.full():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.drained(), CLOSE_TIMEOUT_S)
        finally:
            for task in (writer, reader):
                task.cancel()
            ended = await asyncio.gather(writer, reader, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect):
                logger.error("a connection from %s broke", self.address, exc_info=error)
                self.close(1011, "Internal error: reconnect and resume with after.")
        if self._closing.done():
            # A client that is gone, or whose window is full, gets no close frame; uvicorn drops it.
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.websocket.close(*self._closing.result()), CLOSE_TIMEOUT_S)

    async def _write(self) -> None:
        while True:
            frame = await self._queue.get()
            await self.websocket.send_text(frame)
            self._queue.task_done()


class LiveConversation:
    """What is in memory of a conversation while somebody is connected or a message waits for its answer."""

    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self.connections: set[Connection] = set()
        # Held while messages are stored and published, and while a connection catches up: this is what
        # makes the order of the store the order on every screen.
        self.lock = asyncio.Lock()
        self.pending: deque[Message] = deque()
        self.waiting: dict[int, list[asyncio.Future[list[Message]]]] = {}  # for the reply to a seq
        self.worker: asyncio.Task[None] | None = None
        self.holders = 0  # who holds the lock or waits for it
        self.typing = False
        self.bot_away = False

    @property
    def idle(self) -> bool:
        return not (self.connections or self.pending or self.worker or self.waiting or self.holders)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """The lock, counted from the moment somebody waits for it."""
        self.holders += 1
        try:
            async with self.lock:
                yield
        finally:
            self.holders -= 1

    def broadcast(self, frame: dict[str, Any], but: Connection | None = None) -> None:
        """Send a frame to every tab, except ``but``."""
        if self.connections:
            text = encode(frame)
            for connection in self.connections:
                if connection is not but:
                    connection.send(text)

    def close(self, code: int, reason: str) -> None:
        for connection in self.connections:
            connection.close(code, reason)


class Connections:
    """All live conversations, how many sockets each address holds, and who of staff looks on."""

    def __init__(self) -> None:
        self.watchers: Watchers = NobodyWatches()
        self._live: dict[str, LiveConversation] = {}
        self._per_address: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._live)

    @property
    def sockets(self) -> int:
        return sum(self._per_address.values())

    def live(self, conversation_id: str) -> LiveConversation:
        """The conversation, taken into memory where it is not there yet."""
        return self._live.setdefault(conversation_id, LiveConversation(conversation_id))

    def get(self, conversation_id: str) -> LiveConversation | None:
        return self._live.get(conversation_id)

    def forget_idle(self, live: LiveConversation) -> None:
        """Drop a conversation that nobody needs in memory any more."""
        if live.idle and self._live.get(live.id) is live:
            del self._live[live.id]

    def announce(self, live: LiveConversation, standing: Standing) -> None:
        """Tell the shopper's tabs and staff that the conversation has changed hands."""
        live.broadcast(standing_frame(standing))
        self.watchers.standing(live.id, standing)

    def bot_works(self, live: LiveConversation, on: bool) -> None:
        """Tell the shopper's tabs and staff that the bot has begun or stopped working, once for each change."""
        if live.typing != on:
            live.typing = on
            live.broadcast({"type": "typing", "on": on})
            self.watchers.typing(live.id, "bot", on)

    def close_visitor(self, visitor_id: str, code: int, reason: str) -> None:
        """Close every socket of one browser, whatever it talks about; those of other devices stay."""
        for live in self._live.values():
            for connection in live.connections:
                if connection.visitor_id == visitor_id:
                    connection.close(code, reason)

    def enter(self, address: str, at_most: int) -> bool:
        """Count a socket of ``address``; False, and not counted, where it has ``at_most`` already."""
        count = self._per_address.get(address, 0)
        if count >= at_most:
            return False
        self._per_address[address] = count + 1
        return True

    def leave(self, address: str) -> None:
        count = self._per_address.pop(address) - 1
        if count:
            self._per_address[address] = count
