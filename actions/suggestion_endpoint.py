"""``POST /suggestions`` on the action server, where the reply model is in memory: the console asks for them."""
from __future__ import annotations

import hmac
import re
from json import loads

from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.runtime import runtime
from actions.suggestions import suggest
from shop.secrets import secret

MAX_BODY_BYTES = 1024
_CONVERSATION = re.compile(r"[0-9a-f]{32}")


async def suggestions(request: Request) -> HTTPResponse:
    """{"conversation": id, "customers": bool} -> {"suggestions": [{"act", "text", "written"}], "model": bool}.

    401 without the secret, 400 for another body.
    """
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {secret('suggestions')}".encode()):
        return json({"error": "Send the secret of this installation as a bearer token."}, status=401)
    asked = _content(request.body)
    conversation_id = asked.get("conversation") if isinstance(asked, dict) else None
    if not isinstance(conversation_id, str) or not _CONVERSATION.fullmatch(conversation_id):
        return json({"error": 'Send {"conversation": id, "customers": true or false}.'}, status=400)
    opened = runtime()
    found = await suggest(opened, conversation_id, asked.get("customers") is True)
    return json({
        "suggestions": [{"act": each.act, "text": each.text, "written": each.written} for each in found],
        "model": opened.replies.writer is not None,
    })


def _content(body: bytes) -> object:
    """What the body says; None where it is too long or no JSON."""
    try:
        return loads(body) if len(body) <= MAX_BODY_BYTES else None
    except (ValueError, RecursionError):
        return None
