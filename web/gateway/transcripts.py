"""The store as the gateway sees it: every call is one transaction, run in a small pool of threads.

The event loop never waits for the database. The pool is small on purpose: SQLite has one writer, and each
thread more is only one more in the queue.
"""
from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from shop import conversations, customers, takeover, told
from shop.conversations import Conversation, Message
from shop.database import Database
from shop.owner import Owner
from shop.takeover import Standing
from web.errors import BadToken
from web.gateway import handover_words
from web.gateway.frames import APOLOGY
from web.tokens import Identity

Result = TypeVar("Result")

MAX_PENDING = 1_000_000  # all there are: what is not queued at the start would never be answered


@dataclass(frozen=True)
class Opened:
    """A conversation with the first name of its customer; None for somebody not signed in."""

    conversation: Conversation
    first_name: str | None


@dataclass(frozen=True)
class Turn:
    """A message that the bot shall answer. ``untold``: what was said meanwhile that the bot was not told yet."""

    conversation: Conversation
    untold: list[Message]


class Transcripts:
    """Conversations, read and written without holding up the event loop."""

    def __init__(self, database: Database, threads: int) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="database")

    def close(self) -> None:
        """Finish what was begun, take no more."""
        self._pool.shutdown(wait=True)

    async def run(self, work: Callable[..., Result], *args: Any) -> Result:
        """``work(db, *args)`` in one transaction, in a thread of the pool. Raises what it raises."""
        def transaction() -> Result:
            with self._database.session() as db:
                return work(db, *args)

        return await asyncio.get_running_loop().run_in_executor(self._pool, transaction)

    async def open(self, identity: Identity, channel: str) -> Opened:
        """The identity's conversation, opened where there is none. Raises BadToken for a customer gone."""
        return await self.run(_open, identity, channel)

    async def turn(self, conversation_id: str, seq: int) -> Turn | None:
        """What is needed to answer message ``seq``; None where it is not the bot's to answer any more."""
        return await self.run(_turn, conversation_id, seq)

    async def mark_told(self, conversation_id: str, seq: int) -> None:
        await self.run(told.mark_told, conversation_id, seq)

    async def answer(
        self, conversation_id: str, seq: int, replies: list[dict[str, Any]], turn: dict[str, Any]
    ) -> tuple[list[Message], Standing]:
        """Store the answer to message ``seq``, without ``replies`` an apology; and say who has the conversation then.

        Where the answer was that a colleague is called, the way back to the bot is stored with it. Raises
        AlreadyAnswered.
        """
        return await self.run(_answer, conversation_id, seq, replies, turn)

    async def replies_to(self, conversation_id: str, seq: int) -> list[Message]:
        """What was answered to message ``seq``, apologies included; empty where it waits still."""
        return await self.run(conversations.replies_to, conversation_id, seq)

    async def add_shopper_message(
        self, conversation_id: str, client_id: str, text: str, payload: dict[str, Any]
    ) -> tuple[Message, bool, bool]:
        """(The message, whether it was there already, whether it brought a resolved conversation back to the bot.)"""
        return await self.run(_add_shopper_message, conversation_id, client_id, text, payload)

    async def standing(self, conversation_id: str) -> Standing:
        return await self.run(takeover.standing, conversation_id)

    async def after(self, conversation_id: str, seq: int, limit: int) -> list[Message]:
        return await self.run(conversations.messages_after, conversation_id, seq, limit)

    async def message(self, conversation_id: str, seq: int) -> Message | None:
        return await self.run(conversations.message, conversation_id, seq)

    async def conversation(self, conversation_id: str) -> Conversation | None:
        return await self.run(conversations.get, conversation_id)

    async def pending(self) -> list[Message]:
        """Every message without an answer, oldest first in each conversation."""
        return await self.run(lambda db: conversations.pending(db, limit=MAX_PENDING))

    async def set_feedback(self, conversation_id: str, seq: int, value: str | None) -> None:
        await self.run(conversations.set_feedback, conversation_id, seq, value)

    async def add_click(self, conversation_id: str, seq: int, product_id: str) -> None:
        await self.run(conversations.add_click, conversation_id, seq, product_id)

    async def mark_read(self, conversation_id: str, seq: int) -> int:
        return await self.run(conversations.mark_read, conversation_id, seq)


def owner_of(identity: Identity) -> Owner:
    return Owner(identity.customer_id, identity.visitor_id)


def _open(db: Session, identity: Identity, channel: str) -> Opened:
    first_name = None
    if identity.customer_id is not None:
        customer = customers.customer(db, identity.customer_id)
        if customer is None:
            raise BadToken("the token's customer is gone; get a new one from POST /api/session")
        first_name = customer.first_name
    owner = owner_of(identity)
    conversation = conversations.latest(db, owner) or conversations.open_conversation(db, owner, channel)
    return Opened(conversation, first_name)


def _turn(db: Session, conversation_id: str, seq: int) -> Turn | None:
    message = conversations.message(db, conversation_id, seq)
    if message is None or message.state != "pending":
        return None
    return Turn(conversations.get(db, conversation_id), told.untold(db, conversation_id))


def _answer(
    db: Session, conversation_id: str, seq: int, replies: list[dict[str, Any]], turn: dict[str, Any]
) -> tuple[list[Message], Standing]:
    stored = conversations.add_bot_reply(db, conversation_id, seq, replies, turn)
    if not stored:
        stored = [conversations.add_system_message(db, conversation_id, APOLOGY, in_reply_to=seq)]
    standing = takeover.standing(db, conversation_id)
    if standing.status == "waiting":
        text, payload = handover_words.waiting()
        stored.append(conversations.add_system_message(db, conversation_id, text, payload, in_reply_to=seq))
    return stored, standing


def _add_shopper_message(
    db: Session, conversation_id: str, client_id: str, text: str, payload: dict[str, Any]
) -> tuple[Message, bool, bool]:
    before = conversations.get(db, conversation_id)
    message, known = conversations.add_shopper_message(db, conversation_id, client_id, text, payload)
    return message, known, not known and before.status == "resolved"
