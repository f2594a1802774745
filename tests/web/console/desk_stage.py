"""Staff at their desks in front of the real web process, each with a session and a socket of their own."""
from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from websockets.asyncio.client import connect

from shop import staff, staff_sessions, takeover
from tests.shop.takeover_stage import keep_hours
from tests.web.gateway_stage import StandInRasa, Tab, WebProcess, echo
from web.console.access import COOKIE_NAME


def open_shop(web: WebProcess) -> None:
    """People of the shop may be there at any hour."""
    database = web.database()
    with database.session() as db:
        keep_hours(db)
    database.close()


def employ(web: WebProcess, name: str, role: str = "agent", sees_customers: bool = False) -> tuple[staff.Member, str]:
    """A new member of staff and the token of their session."""
    database = web.database()
    with database.session() as db:
        member = staff.add(db, f"{uuid.uuid4().hex}@shop.test", name, role, sees_customers)
        token = staff_sessions.begin(db, member.staff_id)
    database.close()
    return member, token


def dismiss(web: WebProcess, member: staff.Member) -> None:
    """The member's account is closed, by an administrator elsewhere."""
    database = web.database()
    with database.session() as db:
        staff.change(db, member.staff_id, active=False)
    database.close()


def bot_that_fetches_people(rasa: StandInRasa, web: WebProcess) -> None:
    """From now on "a person" asks for one, as the bot's action does; everything else is echoed."""
    database = web.database()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        if "person" not in body["message"]:
            return echo(body)
        conversation_id, _, seq = body["metadata"]["message_id"].rpartition("-")
        with database.session() as db:
            standing = takeover.request(db, conversation_id, "asked", int(seq))
        text = "I am fetching a colleague." if standing.status == "waiting" else "Nobody is free just now."
        return {
            "messages": [{"text": text}],
            "turn": {"intent": "human_handoff", "confidence": 0.97, "entities": [], "actions": ["action_handover"]},
        }

    rasa.answer = answer


def bot_that_suggests(rasa: StandInRasa, *texts: str) -> list[dict[str, Any]]:
    """From now on the stand-in's action server suggests these; returns what it is asked, as that comes."""
    asked: list[dict[str, Any]] = []

    async def suggestions(request: Request) -> JSONResponse:
        asked.append({"authorization": request.headers.get("authorization"), **await request.json()})
        found = [{"act": "track", "text": text, "written": True} for text in texts]
        return JSONResponse({"suggestions": found, "model": True})

    rasa._app.router.routes.insert(0, Route("/suggestions", suggestions, methods=["POST"]))
    return asked


class AgentTab(Tab):
    """A console's socket, frame by frame."""

    member: staff.Member

    async def watch(self, conversation: str, after: int = 0) -> dict[str, Any]:
        """Open a conversation; returns its history."""
        await self.send({"type": "watch", "conversation": conversation, "after": after})
        return await self.until("history", conversation=conversation)

    async def do(self, kind: str, conversation: str, **more: Any) -> None:
        await self.send({"type": kind, "conversation": conversation, **more})

    async def tell(self, conversation: str, text: str, message_id: str | None = None) -> str:
        """Write to the shopper without waiting; returns the message's id."""
        message_id = message_id or uuid.uuid4().hex
        await self.do("say", conversation, id=message_id, text=text)
        return message_id


@asynccontextmanager
async def at_desk(web: WebProcess, member: staff.Member, token: str, origin: str | None = None):
    """The member's console, open and welcomed."""
    async with console_socket(web, token, origin or web.url) as tab:
        tab.member = member
        await tab.until("welcome")
        yield tab


@asynccontextmanager
async def console_socket(web: WebProcess, token: str | None, origin: str | None):
    """A socket to ``/console/ws`` with this cookie and from this origin. Raises where the handshake is refused."""
    headers = {} if token is None else {"Cookie": f"{COOKIE_NAME}={token}"}
    address = f"ws://127.0.0.1:{web.port}/console/ws"
    async with connect(
        address, proxy=None, compression=None, close_timeout=1, additional_headers=headers, origin=origin
    ) as opened:
        yield AgentTab(opened)
