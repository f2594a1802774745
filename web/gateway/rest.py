"""The gateway over plain HTTP: sessions, Rasa's REST channel for clients that know it, health."""
from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import uuid
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import conversations, customers
from shop.conversations import Conversation, Message
from shop.owner import Owner
from shop.secrets import secret
from web import tokens
from web.errors import BadToken, Refused
from web.gateway import protocol
from web.gateway.cleaning import MAX_TEXT_CHARS, clean_text
from web.gateway.frames import SHOWN_KEYS
from web.gateway.gateway import Gateway
from web.gateway.limits import address_of
from web.gateway.origins import is_allowed_origin, is_same_origin
from web.gateway.transcripts import owner_of
from web.tokens import Identity

logger = logging.getLogger(__name__)

MAX_SENDER_CHARS = 200
REST_WAIT_S = 60.0
BUTTONS_REMEMBERED = 20  # messages; an older button is taken as typed text


async def session(request: Request) -> JSONResponse:
    """``POST /api/session``: a token for a visitor, or for a customer whom the shop vouches for."""
    gateway = _gateway(request)
    if not is_allowed_origin(request.headers, gateway.settings.allowed_origins):
        message = "This page may not use the chat. Add its origin to FLOORWALKER_ALLOWED_ORIGINS."
        raise Refused(403, "bad_origin", message)
    body = await _json_object(request)
    if "authorization" in request.headers:
        _require_api_secret(request)
        identity, former = await _vouched(gateway, body)
    else:
        wait_ms = gateway.sessions.take(address_of(request))
        if wait_ms:
            raise Refused(429, "rate_limited", f"Too many new sessions. Try again in {wait_ms} ms.", wait_ms)
        identity, former = _from_browser(gateway, request, body)
    if identity.customer_id is not None:
        for visitor_id in {identity.visitor_id, former}:
            await _attach(gateway, visitor_id, identity.customer_id)
    conversation = await gateway.transcripts.run(conversations.latest, owner_of(identity))
    answer = {"token": tokens.issue(identity.visitor_id, identity.customer_id)}
    if conversation is not None:
        answer["conversation"] = conversation.id
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


async def _vouched(gateway: Gateway, body: dict[str, Any]) -> tuple[Identity, str]:
    """Whom the shop's own server names, and the visitor they were before. Raises Refused (404)."""
    customer_id, former = body.get("customer_id"), _former(body)
    if customer_id is not None:
        known = isinstance(customer_id, str) and await gateway.transcripts.run(customers.customer, customer_id)
        if not known:
            message = f"There is no customer {customer_id!r:.40}. Import the customer first."
            raise Refused(404, "not_found", message)
    visitor_id = former.visitor_id if former and former.customer_id is None else tokens.new_visitor_id()
    return Identity(visitor_id, customer_id), visitor_id


def _from_browser(gateway: Gateway, request: Request, body: dict[str, Any]) -> tuple[Identity, str]:
    """Who sits at the browser, and the visitor they were before.

    The demo shop's cookie decides where there is one: who signed out there is signed out here. Without it a
    visitor's own token keeps its visitor, and a customer's token is worth nothing: it must be vouched for again.
    """
    former = _former(body)
    known = former.visitor_id if former and former.customer_id is None else None
    cookie = request.cookies.get(tokens.COOKIE_NAME)
    if cookie and is_same_origin(request.headers):
        try:
            identity = tokens.read_cookie(cookie)
            if not gateway.is_signed_out(identity):
                return identity, known or identity.visitor_id
        except BadToken as error:
            logger.info("a shop cookie was ignored: %s", error)
    visitor_id = known or tokens.new_visitor_id()
    return Identity(visitor_id), visitor_id


def _former(body: dict[str, Any]) -> Identity | None:
    if "token" not in body:
        return None
    try:
        return tokens.read(body["token"])
    except BadToken as error:
        logger.info("a former token was ignored: %s", error)
        return None


async def _attach(gateway: Gateway, visitor_id: str, customer_id: str) -> None:
    """Give what the visitor said to the customer who has signed in, and make the open tabs say hello again."""
    def work(db: Session) -> str | None:
        found = conversations.latest(db, Owner(None, visitor_id))
        if found is None or found.last_seq == 0:
            return None  # nothing was said: the customer's own conversation must not be hidden behind it
        conversations.attach(db, visitor_id, customer_id)
        return found.id

    attached = await gateway.transcripts.run(work)
    if attached is not None:
        gateway.close_conversation(attached)


async def rest_webhook(request: Request) -> JSONResponse:
    """``POST /webhooks/rest/webhook``: Rasa's REST channel, for clients that speak it already."""
    _require_api_secret(request)
    gateway, body = _gateway(request), await _json_object(request)
    sender, typed = body.get("sender"), body.get("message")
    if not isinstance(sender, str) or not 0 < len(sender) <= MAX_SENDER_CHARS:
        raise Refused(400, "bad_field", f'The field "sender" must be 1 to {MAX_SENDER_CHARS} characters.')
    said = clean_text(typed) if isinstance(typed, str) and len(typed) <= MAX_TEXT_CHARS else ""
    if not 0 < len(said) <= MAX_TEXT_CHARS:  # cleaning can make it longer: see protocol.py
        raise Refused(400, "bad_field", f'The field "message" must be 1 to {MAX_TEXT_CHARS} visible characters.')
    message_id = body.get("message_id", uuid.uuid4().hex)
    if not isinstance(message_id, str) or not protocol.ID.fullmatch(message_id):
        raise Refused(400, "bad_field", 'The field "message_id" must be 8 to 64 of A-Z a-z 0-9 _ -.')
    visitor_id = hashlib.sha256(f"rest:{sender}".encode("utf-8", "replace")).hexdigest()[:32]
    wait_ms = gateway.wait_ms(visitor_id, f"rest:{sender}")
    if wait_ms:
        raise Refused(429, "rate_limited", f"Too many messages of this sender. Wait {wait_ms} ms.", wait_ms)
    conversation = (await gateway.open(Identity(visitor_id), "rest")).conversation
    replies = await _say(gateway, conversation, message_id, said)
    return JSONResponse([_rest_message(sender, message) for message in replies])


async def _say(gateway: Gateway, conversation: Conversation, message_id: str, said: str) -> list[Message]:
    """The replies to one message, once they are there. Raises Refused (504) where that takes too long."""
    text, payload = said, {}
    if said.startswith("/"):
        button = await _remembered_button(gateway, conversation, said)
        if button is not None:
            text, payload = button["title"], {"payload": button["payload"]}
    waiting: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
    message = await gateway.keep(
        gateway.take_message(conversation.id, message_id, text, payload, waiting=waiting)
    )
    if message.state != "pending":
        return await gateway.transcripts.replies_to(conversation.id, message.seq)
    try:
        async with asyncio.timeout(REST_WAIT_S):
            return await waiting
    except (TimeoutError, asyncio.CancelledError) as error:
        if not waiting.cancelled():
            raise  # the client has gone, or the process stops
        raise Refused(
            504, "timeout", f"No answer within {REST_WAIT_S:.0f} s. The message is stored: ask again with the "
            f'message_id "{message_id}".'
        ) from error


async def _remembered_button(
    gateway: Gateway, conversation: Conversation, said: str
) -> dict[str, str] | None:
    """The button of a recent message with this payload: clients of Rasa's REST channel send it as the message.

    A payload that the bot never offered is typed text, and is treated as such.
    """
    after = max(0, conversation.last_seq - BUTTONS_REMEMBERED)
    for message in reversed(await gateway.transcripts.after(conversation.id, after, BUTTONS_REMEMBERED + 1)):
        for button in (message.payload or {}).get("buttons", ()) if message.sender == "bot" else ():
            if button["payload"] == said:
                return button
    return None


def _rest_message(sender: str, message: Message) -> dict[str, Any]:
    payload = message.payload or {}
    answer: dict[str, Any] = {"recipient_id": sender, "text": message.text}
    if payload.get("buttons"):
        answer["buttons"] = payload["buttons"]
    if custom := {key: payload[key] for key in SHOWN_KEYS if payload.get(key) is not None}:
        answer["custom"] = custom
    return answer


async def health(request: Request) -> JSONResponse:
    """``GET /health``: 200 while messages can be stored, even where the bot is away; else 503."""
    gateway = _gateway(request)
    servers = await gateway.rasa.health()
    try:
        await gateway.transcripts.run(lambda db: db.execute(text("SELECT 1")))
        database = True
    except SQLAlchemyError:
        logger.exception("the database does not answer")
        database = False
    status = "down" if not database else "ok" if all(servers.values()) else "degraded"
    return JSONResponse(
        {
            "status": status, "database": database, **servers,
            "sockets": gateway.connections.sockets, "conversations": len(gateway.connections),
        },
        status_code=200 if database else 503, headers={"Cache-Control": "no-store"},
    )


def _gateway(request: Request) -> Gateway:
    return request.app.state.gateway


def _require_api_secret(request: Request) -> None:
    """Raises Refused (401) where the request does not carry this installation's API secret."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = secret("api").encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), expected):
        raise Refused(401, "bad_token", "The header Authorization must be: Bearer <the API secret>.")


async def _json_object(request: Request) -> dict[str, Any]:
    """The body's JSON object; {} for an empty body. Raises Refused (400)."""
    content = await request.body()
    if not content:
        return {}
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "bad_json", "The body is not JSON. Send one JSON object.") from error
    if not isinstance(body, dict):
        raise Refused(400, "bad_json", "The body is not a JSON object. Send one JSON object.")
    return body
