"""A shopper in a test: talks over the WebSocket, and reads in the transcript what was made of it."""
from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from benchmarks.stack import Stack
from shop import conversations
from shop.carts import Owner
from shop.database import Database
from web.gateway.client import GatewayClient, open_session

ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What the bot said to one message, and how it understood it."""

    text: str
    messages: list[dict[str, Any]]
    intent: str | None
    entities: list[dict[str, Any]]
    actions: list[str]

    def drawn(self, key: str) -> list[Any]:
        """What was drawn under ``key`` ("cards", "buttons", …) in all messages of the answer, flat."""
        found = [message[key] for message in self.messages if message.get(key)]
        return [item for each in found for item in (each if isinstance(each, list) else [each])]

    @property
    def buttons(self) -> list[str]:
        return [button["title"] for button in self.drawn("buttons")]


class Talk:
    """One conversation. Use with ``async with``."""

    def __init__(self, stack: Stack, database: Database, customer_id: str | None = None) -> None:
        self._stack = stack
        self._database = database
        self._customer_id = customer_id
        self._last: Answer | None = None

    async def __aenter__(self) -> Talk:
        if self._customer_id:  # a customer goes on where they left off; a test begins afresh
            with self._database.session() as db:
                conversations.open_conversation(db, Owner(self._customer_id, None))
        self.token = await open_session(
            self._stack.url, api_secret=self._stack.secret("api") if self._customer_id else None,
            customer_id=self._customer_id,
        )
        self.client = await GatewayClient(self._stack.url, self.token).__aenter__()
        welcome = await self.client.connected()
        self.id = welcome["conversation"]
        self._incoming = self.client.messages()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def say(self, text: str) -> Answer:
        """Send a message and wait for its answer."""
        return await self._answer((await self.client.send(text)).seq)

    async def press(self, pattern: str) -> Answer:
        """Press the first button of the last answer in whose title ``pattern``, a regular expression, is found."""
        for message in self._last.messages:
            for number, button in enumerate(message.get("buttons") or []):
                if re.search(pattern, button["title"], re.IGNORECASE):
                    return await self._answer((await self.client.choose(message["seq"], number)).seq)
        raise AssertionError(f"There is no button like {pattern!r} in {self._last.buttons} under {self._last.text!r}.")

    async def _answer(self, seq: int) -> Answer:
        replies: list[dict[str, Any]] = []
        expected = None

        async def collect() -> None:
            nonlocal expected
            async for message in self._incoming:
                if message.get("in_reply_to") != seq:
                    continue
                replies.append(message)
                if expected is None:  # all replies of a turn are stored in one transaction
                    with self._database.session() as db:
                        expected = len(conversations.replies_to(db, self.id, seq))
                if len(replies) == expected:
                    return

        try:
            await asyncio.wait_for(collect(), ANSWER_SECONDS)
        except TimeoutError as error:
            raise AssertionError(
                f"No answer within {ANSWER_SECONDS} s. Rasa said:\n{self._stack.log('rasa')}\n"
                f"The actions said:\n{self._stack.log('actions')}\nThe web process said:\n{self._stack.log('web')}"
            ) from error
        with self._database.session() as db:
            heard = conversations.message(db, self.id, seq)
        text = "\n".join(message.get("text") or "" for message in replies)
        self._last = Answer(text, replies, heard.intent, heard.entities or [], heard.actions or [])
        return self._last
