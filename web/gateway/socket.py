"""One WebSocket from hello to its end: frames in, handled in order, one at a time."""
from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from shop import satisfaction
from shop.conversations import Conversation, Message
from shop.errors import NotAllowed, NotFound
from web.errors import BadFrame, BadToken
from web.gateway import protocol
from web.gateway.connections import (
    CLOSE_BAD_TOKEN,
    CLOSE_IDENTITY_CHANGED,
    CLOSE_NO_HELLO,
    CLOSE_TOO_MANY,
    Connection,
    LiveConversation,
)
from web.gateway.frames import BOT_AWAY, RATE_LIMITED, message_frame, notice_frame, staff_frame, standing_frame
from web.gateway.gateway import Gateway
from web.gateway.greeting import BUTTONS, greeting
from web.gateway.limits import RateLimit, address_of
from web.gateway.origins import is_allowed_origin
from web.gateway.transcripts import Opened
from web.tokens import Identity, read

logger = logging.getLogger(__name__)

HELLO_TIMEOUT_S = 10.0
RESUME_PAGE = 100  # messages; a page fits into the send queue with room to spare
# All frames of one socket, so that no client keeps the process busy with what costs it nothing to send.
FRAMES_PER_MINUTE = 1200
FRAMES_BURST = 300


async def endpoint(websocket: WebSocket) -> None:
    """The route ``/ws``."""
    gateway: Gateway = websocket.app.state.gateway
    if not is_allowed_origin(websocket.headers, gateway.settings.allowed_origins):
        origin = websocket.headers.get("origin")
        logger.warning("a socket from the origin %.100r was refused", origin)
        message = "This page may not use the chat. Add its origin to FLOORWALKER_ALLOWED_ORIGINS."
        error = {"code": "bad_origin", "message": message}
        await websocket.send_denial_response(JSONResponse({"error": error}, 403))
        return
    address = address_of(websocket)
    await websocket.accept()
    if not gateway.connections.enter(address, gateway.settings.address_connections):
        await websocket.close(CLOSE_TOO_MANY, "Too many connections from this address: close some.")
        return
    try:
        connection = Connection(websocket, address, gateway.settings.send_queue_frames)
        await connection.run(Session(gateway, connection).read())
    finally:
        gateway.connections.leave(address)


class Session:
    """What one connection may do, from its hello on."""

    def __init__(self, gateway: Gateway, connection: Connection) -> None:
        self.gateway = gateway
        self.transcripts = gateway.transcripts
        self.connection = connection
        self.frames = RateLimit(FRAMES_PER_MINUTE, FRAMES_BURST)
        self.identity: Identity
        self.conversation: Conversation
        self.live: LiveConversation | None = None

    async def read(self) -> None:
        """Handle frames until the client leaves."""
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                hello = await self._first_frame()
        except TimeoutError:
            self.connection.close(CLOSE_NO_HELLO, f"No hello within {HELLO_TIMEOUT_S:.0f} s.")
            return
        try:
            self.identity = read(hello.token)
            self.connection.visitor_id = self.identity.visitor_id
            opened = await self.gateway.open(self.identity, "web")
        except BadToken as error:
            self.connection.send({"type": "error", "code": "bad_token", "message": f"Bad token: {error}."})
            self.connection.close(CLOSE_BAD_TOKEN, "Bad token: get a new one from POST /api/session.")
            return
        # A token that runs out while its connection stays open must not be good for ever.
        expiry = asyncio.get_running_loop().call_later(
            self.identity.expires_at - time.time(),
            self.connection.close, CLOSE_BAD_TOKEN, "The token has expired: get a new one from POST /api/session.",
        )
        try:
            await self._welcome(opened, hello)
            while True:
                await self._handle(await self._frame())
        finally:
            expiry.cancel()
            if self.live is not None:
                self.live.connections.discard(self.connection)
                self.gateway.connections.forget_idle(self.live)

    async def _frame(self) -> protocol.Frame | None:
        """The next frame; None for one that was wrong, which the client was told already."""
        await self.connection.has_room()
        event = await self.connection.websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        try:
            wait_ms = self.frames.take("")
            if wait_ms:
                raise BadFrame("rate_limited", "Too many frames. Send fewer.", retry_after_ms=wait_ms)
            if event.get("text") is None:
                raise BadFrame("bad_json", "The frame is binary. Send JSON as text.")
            return protocol.parse(event["text"])
        except BadFrame as error:
            self.connection.send(error.frame())
            return None

    async def _first_frame(self) -> protocol.Hello:
        while True:
            frame = await self._frame()
            if isinstance(frame, protocol.Hello):
                return frame
            if frame is not None:
                message = "The first frame must be a hello with a token. Send it first."
                frame_id = getattr(frame, "id", None)
                self.connection.send(BadFrame("bad_field", message, frame_id).frame())

    async def _welcome(self, opened: Opened, hello: protocol.Hello) -> None:
        """Send the welcome and every message after ``hello.after``, then join the conversation.

        The last page is read and the conversation joined under one lock: no message falls in between.
        """
        connection, settings = self.connection, self.gateway.settings
        self.conversation, connection.page = opened.conversation, hello.page
        connection.delivered_seq = hello.after
        customer = None if opened.first_name is None else {"first_name": opened.first_name}
        connection.send({
            "type": "welcome", "conversation": self.conversation.id, "seq": self.conversation.last_seq,
            "read": self.conversation.read_seq, "customer": customer,
            "shop": {"name": settings.shop_name, "currency": settings.currency},
            "greeting": greeting(settings.shop_name, opened.first_name),
        })
        while self.live is None:
            async with self.gateway.held(self.conversation.id) as live:
                page = await self.transcripts.after(self.conversation.id, connection.delivered_seq, RESUME_PAGE)
                self._resume(page)
                if len(page) < RESUME_PAGE:
                    standing = await self.transcripts.standing(self.conversation.id)
                    if standing.status != "bot":
                        connection.send(standing_frame(standing))
                    live.connections.add(connection)
                    self.live = live
                    self._catch_up_on_the_bot(live)
            if self.live is None:
                await connection.drained()
        # Somebody may have signed in after the conversation was looked up and before its tabs were closed.
        now = await self.transcripts.conversation(self.conversation.id)
        if now is None or now.customer_id != self.identity.customer_id or self.gateway.is_signed_out(self.identity):
            connection.close(CLOSE_IDENTITY_CHANGED, "Signed in or out: get a new token and reconnect.")

    def _catch_up_on_the_bot(self, live: LiveConversation) -> None:
        """What the other tabs were told of the bot: said as this one joins, so that no change comes twice."""
        if live.typing:
            self.connection.send({"type": "typing", "on": True})
        if live.bot_away:
            self.connection.send(notice_frame("bot_away", BOT_AWAY))

    def _resume(self, page: list[Message]) -> None:
        for message in page:
            self.connection.send(message_frame(message))
            self.connection.delivered_seq = message.seq

    async def _handle(self, frame: protocol.Frame | None) -> None:
        if frame is None:
            return
        try:
            await self._HANDLERS[type(frame)](self, frame)
        except BadFrame as error:
            self.connection.send(error.frame())
            if error.code == "rate_limited":
                seconds = -(-error.retry_after_ms // 1000)
                self.connection.send(notice_frame(
                    "rate_limited", RATE_LIMITED.format(seconds=seconds), retry_after_ms=error.retry_after_ms
                ))

    async def _hello(self, frame: protocol.Hello) -> None:
        raise BadFrame("bad_field", "Hello was said already. Open another connection for another token.")

    async def _message(self, frame: protocol.Message) -> None:
        self._take_turn(frame.id)
        await self._store(frame.id, frame.text, {})

    async def _choice(self, frame: protocol.Choice) -> None:
        self._take_turn(frame.id)
        if frame.seq == 0:
            buttons = BUTTONS
        else:
            message = await self.transcripts.message(self.conversation.id, frame.seq)
            shown = message is not None and message.sender != "shopper"
            buttons = (message.payload or {}).get("buttons", ()) if shown else ()
        if frame.button >= len(buttons):
            raise BadFrame(
                "not_found", f"Message {frame.seq} has no button {frame.button}. Send one that was shown.", frame.id
            )
        button = buttons[frame.button]
        await self._store(frame.id, button["title"], {"payload": button["payload"]})

    def _take_turn(self, frame_id: str) -> None:
        wait_ms = self.gateway.wait_ms(self.identity.visitor_id, self.connection.address)
        if wait_ms:
            message = f"Too many messages; this one was not stored. Send it again in {wait_ms} ms."
            raise BadFrame("rate_limited", message, frame_id, wait_ms)

    async def _store(self, client_id: str, text: str, payload: dict[str, Any]) -> None:
        if self.connection.page:
            payload = payload | {"page": self.connection.page}
        await self.gateway.keep(self.gateway.take_message(
            self.conversation.id, client_id, text, payload, sender=self.connection
        ))

    async def _feedback(self, frame: protocol.Feedback) -> None:
        try:
            await self.transcripts.set_feedback(self.conversation.id, frame.seq, frame.value)
        except NotFound as error:
            raise BadFrame(
                "not_found", f"Message {frame.seq} is no message of the bot. Rate one that is."
            ) from error
        self.live.broadcast({"type": "feedback", "seq": frame.seq, "value": frame.value})

    async def _click(self, frame: protocol.Click) -> None:
        try:
            await self.transcripts.add_click(self.conversation.id, frame.seq, frame.product_id)
        except NotFound as error:
            raise BadFrame(
                "not_found", f"Message {frame.seq} does not show {frame.product_id}. Send a card's product_id."
            ) from error

    async def _page(self, frame: protocol.Page) -> None:
        self.connection.page = frame.page

    async def _typing(self, frame: protocol.Typing) -> None:
        """Nobody but staff wants to know, and the bot never does."""
        self.gateway.live.typing(self.conversation.id, "shopper", True)

    async def _read(self, frame: protocol.Read) -> None:
        seq = await self.transcripts.mark_read(self.conversation.id, frame.seq)
        self.live.broadcast({"type": "read", "seq": seq}, but=self.connection)
        self.gateway.live.read(self.conversation.id, seq)

    async def _csat(self, frame: protocol.Csat) -> None:
        try:
            asked = await self.transcripts.run(satisfaction.rate, self.conversation.id, frame.value)
        except NotAllowed as error:
            raise BadFrame("not_found", f"{error} Rate a conversation that staff have just finished.") from error
        self.live.broadcast({"type": "csat", "seq": asked.seq, "value": frame.value})
        self.gateway.live.message(self.conversation.id, staff_frame(asked))

    async def _ping(self, frame: protocol.Ping) -> None:
        self.connection.send({"type": "pong"})

    _HANDLERS: ClassVar[dict[type, Callable[[Session, Any], Awaitable[None]]]] = {
        protocol.Hello: _hello, protocol.Message: _message, protocol.Choice: _choice,
        protocol.Feedback: _feedback, protocol.Click: _click, protocol.Page: _page,
        protocol.Typing: _typing, protocol.Read: _read, protocol.Csat: _csat, protocol.Ping: _ping,
    }
