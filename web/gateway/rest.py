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
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shop import conversations, customers
from shop.conversations import Conversation, Message
from shop.secrets import secret
from web import tokens
from web.errors import BadToken, Refused
from web.gateway.cleaning import MAX_TEXT_CHARS, clean_text
from web.gateway.frames import SHOWN_KEYS
from web.gateway.gateway import Gateway
from web.gateway.origins import is_same_origin
from web.tokens import Identity

logger = logging.getLogger(__name__)

MAX_SENDER_CHARS = 200
REST_WAIT_S = 60.0
BUTTONS_REMEMBERED = 20  # messages; an older button is taken as typed text


async def session(request: Request) -> JSONResponse:
    """``POST /api/session``: a token for a visitor, or for a customer whom the shop vouches for."""
    gateway = _gateway(request)
    body = await _json_object(request)
    if "authorization" in request.headers:
        _require_api_secret(request)
        identity = await _vouched_identity(gateway, body)
    else:
        wait_ms = gateway.sessions.take(_address(request))
        if wait_ms:
            raise Refused(429, "rate_limited", f"Too many new sessions. Try again in {wait_ms} ms.", wait_ms)
        identity = _browser_identity(request, body)
    if identity.customer_id is not None:
        await _attach(gateway, identity)
    conversation = await gateway.transcripts.run(conversations.latest, tokens_owner(identity))
    answer: dict[str, Any] = {"token": tokens.issue(identity.visitor_id, identity.customer_id)}
    if conversation is not None:
        answer["conversation"] = conversation.id
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})
