"""The console's WebSocket: frames in, handled in order, one at a time; what happens meanwhile comes from Live."""
from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from shop import conversations, masking, staff, takeover
from shop.conversations import Conversation, Message
from shop.errors import BadInput, NotAllowed, NotFound
from shop.masking import Known
from web.console import desk_frames
from web.console.access import Member, member_of
from web.console.desk_protocol import Frame, parse
from web.console.live import CLOSE_CHANGED, CLOSE_SIGNED_OUT, Console, Live
from web.errors import BadFrame
from web.gateway.connections import CLOSE_TOO_MANY, Connection
from web.gateway.gateway import Gateway
from web.gateway.limits import RateLimit, address_of
from web.gateway.origins import is_same_origin

logger = logging.getLogger(__name__)

FRAMES_PER_MINUTE = 600
FRAMES_BURST = 150
SUGGESTIONS_PER_MINUTE, SUGGESTIONS_BURST = 20, 6  # each keeps the reply model at work
MOST_SOCKETS = 20  # of one member
HISTORY = 200  # messages shown when a conversation is opened; the rest stands on its own page
# So often an open socket is asked whether its session is still good and what its member may do.
CHECK_S = 5.0

RIGHTS = {
    "take": "takeover", "say": "takeover", "give_back": "takeover", "resolve": "takeover", "assign": "takeover",
    "typing": "takeover", "available": "takeover", "suggest": "takeover",
    "watch": "transcripts.read", "unwatch": "transcripts.read", "looking": "transcripts.read",
}


async def endpoint(websocket: WebSocket) -> None:
    """The route. The cookie says who it is, so that no page but our own may open it."""
    gateway: Gateway = websocket.app.state.gateway
    if not is_same_origin(websocket.headers):
        logger.warning("a console socket from the origin %.100r was refused", websocket.headers.get("origin"))
        error = {"code": "bad_origin", "message": "Only the console's own pages may open this."}
        await websocket.send_denial_response(JSONResponse({"error": error}, 403))
        return
    address = address_of(websocket)
    if not gateway.connections.enter(address, gateway.settings.address_connections):
        await websocket.accept()
        await websocket.close(CLOSE_TOO_MANY, "Too many connections from this address: close some.")
        return
    try:
        member = await member_of(websocket)
        await websocket.accept()
        live: Live = websocket.app.state.live
        if member is None:
            await websocket.close(CLOSE_SIGNED_OUT, "Signed out: sign in again.")
        elif live.sockets_of(member.staff_id) >= MOST_SOCKETS:
            await websocket.close(CLOSE_TOO_MANY, "Too many windows of the console are open: close some.")
        else:
            connection = Connection(websocket, address, gateway.settings.send_queue_frames)
            await connection.run(Desk(gateway, live, Console(connection, member)).read())
    finally:
        gateway.connections.leave(address)


routes: list[BaseRoute] = [WebSocketRoute("/console/ws", endpoint)]


class Desk:
    """What one socket of a member may do, from its beginning to its end."""

    def __init__(self, gateway: Gateway, live: Live, console: Console) -> None:
        self.gateway, self.live, self.console = gateway, live, console
        self.transcripts = gateway.transcripts
        self.frames = RateLimit(FRAMES_PER_MINUTE, FRAMES_BURST)
        self.suggestions = RateLimit(SUGGESTIONS_PER_MINUTE, SUGGESTIONS_BURST)
        self.checked_at = time.monotonic()
        self.suggesting: asyncio.Task[None] | None = None

    @property
    def member(self) -> Member:
        return self.console.member

    async def read(self) -> None:
        """Handle frames until the client leaves or is signed out."""
        checking = asyncio.create_task(self._keep_checking())
        try:
            self.console.send({"type": "welcome", "member": {
                "id": self.member.staff_id, "name": self.member.name, "takes": self.member.may("takeover"),
            }})
            self.live.enter(self.console)
            while True:
                await self._handle(await self._frame())
        finally:
            checking.cancel()
            if self.suggesting is not None:
                self.suggesting.cancel()
            await asyncio.gather(checking, return_exceptions=True)
            self.live.leave(self.console)

    async def _frame(self) -> Frame | None:
        """The next frame; None for one that was wrong, which the client was told already."""
        await self.console.connection.has_room()
        event = await self.console.connection.websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        try:
            wait_ms = self.frames.take("")
            if wait_ms:
                raise BadFrame("rate_limited", "Too many frames. Send fewer.", retry_after_ms=wait_ms)
            if event.get("text") is None:
                raise BadFrame("bad_json", "The frame is binary. Send JSON as text.")
            return parse(event["text"])
        except BadFrame as error:
            self.console.send(error.frame())
            return None

    async def _handle(self, frame: Frame | None) -> None:
        if frame is None:
            return
        try:
            right = RIGHTS.get(frame.type)
            if right == "takeover" and time.monotonic() - self.checked_at > 1.0 and not await self._check():
                return
            if right is not None and not self.member.may(right):
                raise BadFrame("not_allowed", "Your role does not include this.", frame.id)
            await self._HANDLERS[frame.type](self, frame)
        except BadFrame as error:
            self._refuse(frame, error)
        except NotFound as error:
            self._refuse(frame, BadFrame("not_found", str(error), frame.id))
        except NotAllowed as error:
            self._refuse(frame, BadFrame(error.code, error.message, frame.id))
        except BadInput as error:
            self._refuse(frame, BadFrame("bad_field", str(error), frame.id))

    def _refuse(self, frame: Frame, error: BadFrame) -> None:
        more = {} if frame.conversation is None else {"conversation": frame.conversation}
        self.console.send(error.frame() | more)

    async def _keep_checking(self) -> None:
        while await self._check():
            await asyncio.sleep(CHECK_S)

    async def _check(self) -> bool:
        """Whether the session is still good; where it is not, the socket is closed. Takes over what changed."""
        member = await member_of(self.console.connection.websocket)
        self.checked_at = time.monotonic()
        if member is None:
            self.console.connection.close(CLOSE_SIGNED_OUT, "Signed out: sign in again.")
            return False
        # Another right to see customers means other words on the screen: the client reads everything anew.
        if (member.role, member.sees_customers) != (self.member.role, self.member.sees_customers):
            self.console.connection.close(CLOSE_CHANGED, "Your role has changed: reconnect.")
            return False
        self.console.member = member
        return True

    # ---- looking

    async def _watch(self, frame: Frame) -> None:
        """Open a conversation: what was said, then what is said. No message falls in between."""
        self.live.unwatch(self.console)
        async with self.gateway.held(frame.conversation):
            opened = await self.transcripts.run(_opened, frame.conversation, frame.after)
            talk, member = opened.talk, self.member
            self.console.send(desk_frames.history(talk, opened.said, opened.more, member, opened.known))
            self.console.send(desk_frames.standing(talk.id, opened.standing, opened.meant_for))
            self.live.watch(self.console, talk.id, opened.known)

    async def _unwatch(self, frame: Frame) -> None:
        self.live.unwatch(self.console)

    async def _looking(self, frame: Frame) -> None:
        if frame.conversation is not None:
            await self._require(frame.conversation)
        self.live.look(self.console, frame.conversation)

    async def _require(self, conversation_id: str) -> None:
        if await self.transcripts.conversation(conversation_id) is None:
            raise NotFound("conversation", conversation_id)

    # ---- holding

    async def _take(self, frame: Frame) -> None:
        await self._kept(self.gateway.staff_take(frame.conversation, self.member.staff_id, self.member.name))

    async def _give_back(self, frame: Frame) -> None:
        await self._kept(self.gateway.staff_give_back(frame.conversation, self.member.staff_id, self.member.name))

    async def _resolve(self, frame: Frame) -> None:
        await self._kept(self.gateway.staff_resolve(frame.conversation, self.member.staff_id, self.member.name))

    async def _assign(self, frame: Frame) -> None:
        # 0 is nobody: it waits again for whoever is free.
        await self._kept(self.gateway.staff_assign(frame.conversation, self.member.staff_id, frame.staff or None))

    async def _say(self, frame: Frame) -> None:
        message = await self._kept(self.gateway.staff_say(
            frame.conversation, self.member.staff_id, self.member.name, frame.text, frame.id
        ))
        self.console.send({
            "type": "ack", "conversation": frame.conversation, "id": frame.id, "seq": message.seq,
            "at": message.at.isoformat(),
        })

    async def _typing(self, frame: Frame) -> None:
        if self.console.watching == frame.conversation and self.live.holder(frame.conversation) == self.member.staff_id:
            await self.gateway.staff_typing(frame.conversation, self.member.name, frame.on)

    async def _kept(self, work: Any) -> Any:
        """What was begun ends also where the agent leaves meanwhile."""
        return await self.gateway.keep(work)

    async def _available(self, frame: Frame) -> None:
        await self.transcripts.run(_set_available, self.member.staff_id, frame.on)
        self.live.refresh()

    # ---- suggestions

    async def _suggest(self, frame: Frame) -> None:
        """Ask for replies to suggest. They take a while, so other frames are handled meanwhile; the last one counts."""
        wait_ms = self.suggestions.take("")
        if wait_ms:
            raise BadFrame("rate_limited", "Suggestions were asked for very often.", retry_after_ms=wait_ms)
        if self.suggesting is not None:
            self.suggesting.cancel()
        self.suggesting = asyncio.create_task(self._suggestions(frame.conversation), name="suggestions")

    async def _suggestions(self, conversation_id: str) -> None:
        found = await self.live.suggestions.ask(conversation_id, self.member)
        self.console.send({"type": "suggestions", "conversation": conversation_id, **found})

    async def _ping(self, frame: Frame) -> None:
        self.console.send({"type": "pong"})

    _HANDLERS: ClassVar[dict[str, Callable[[Desk, Frame], Awaitable[None]]]] = {
        "watch": _watch, "unwatch": _unwatch, "looking": _looking, "take": _take, "give_back": _give_back,
        "resolve": _resolve, "assign": _assign, "say": _say, "typing": _typing, "available": _available,
        "suggest": _suggest, "ping": _ping,
    }


@dataclass(frozen=True)
class Opened:
    """A conversation as it is opened. ``more``: older messages are left out; ``meant_for``: whom it waits for."""

    talk: Conversation
    standing: takeover.Standing
    meant_for: str | None
    said: list[Message]
    more: bool
    known: Known


def _opened(db: Session, conversation_id: str, after: int) -> Opened:
    """Raises NotFound."""
    talk = conversations.get(db, conversation_id)
    if talk is None:
        raise NotFound("conversation", conversation_id)
    standing = takeover.standing(db, conversation_id)
    meant_for = staff.names(db, [standing.assigned_to]).get(standing.assigned_to) if standing.assigned_to else None
    first = max(after, talk.last_seq - HISTORY)
    said = conversations.messages_after(db, conversation_id, first, HISTORY)
    return Opened(talk, standing, meant_for, said, first > after, masking.known_of(db, talk.customer_id))


def _set_available(db: Session, staff_id: int, on: bool) -> None:
    staff.set_available(db, staff_id, on)
    if on:
        staff.seen(db, staff_id)
