"""Asks the action server, where the reply model lives, for replies that an agent may take over."""
from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx

from shop.secrets import secret

if TYPE_CHECKING:
    from shop.settings import Settings
    from web.console.access import Member

logger = logging.getLogger(__name__)

MARGIN_S = 2.0  # for what is done beside the writing
MAX_ANSWER_BYTES = 65_536
NOT_THERE = "Suggestions cannot be made just now. Canned replies work as ever."
FROM_DOMAIN = "No reply model is in use: these are the assistant's own standard replies."


class Suggestions:
    """One connection to the action server. ``close`` it at the end."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"http://127.0.0.1:{settings.actions_port}/suggestions"
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(settings.reply_timeout_ms / 1000 + MARGIN_S, connect=1.0), trust_env=False,
            limits=httpx.Limits(max_connections=4),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, conversation_id: str, member: Member) -> dict[str, Any]:
        """{"suggestions": [{"act", "text", "written"}], "note"}: none with a note where nobody can make any.

        Nothing of the customer is in them unless the member may see it. Never raises for a server that is away.
        """
        asked = {"conversation": conversation_id, "customers": member.sees_customers}
        try:
            answer = await self._http.post(
                self._url, json=asked, headers={"Authorization": f"Bearer {secret('suggestions')}"}
            )
            answer.raise_for_status()
            if len(answer.content) > MAX_ANSWER_BYTES:
                raise ValueError(f"an answer of {len(answer.content)} bytes")
            content = answer.json()
            found = [
                {"act": str(each["act"]), "text": str(each["text"]), "written": bool(each["written"])}
                for each in content["suggestions"]
            ]
            return {"suggestions": found, "note": None if content["model"] or not found else FROM_DOMAIN}
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            logger.warning("no suggestions from %s: %s", self._url, str(error) or type(error).__name__)
            return {"suggestions": [], "note": NOT_THERE}
