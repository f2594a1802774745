"""One worker for each conversation with messages to answer: in order, one after another, exactly once.

The store is the queue: what is in memory here is only a copy of the messages that are pending there, and is
read again at every start. Rasa keeps the answers it gave, so a message may be handed over again as often as
it takes; the store takes one answer for each message and refuses the second.
"""
from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError

from shop.conversations import Conversation, Message
from shop.errors import AlreadyAnswered
from web.errors import RasaReplyInvalid, RasaUnavailable
from web.gateway.cleaning import typed_for_rasa
from web.gateway.connections import Connections, LiveConversation
from web.gateway.frames import (
    BOT_AWAY,
    BOT_BACK,
    BOT_NOT_NEEDED,
    message_frame,
    notice_frame,
    prepare_reply,
    staff_frame,
)
from web.gateway.rasa_client import RasaClient, message_id
from web.gateway.transcripts import Transcripts

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

BACKOFF_FIRST_S = 0.25
BACKOFF_LAST_S = 2.0
# A Rasa that is there, and fails on the same message this often, will not digest it: the shopper is told.
REFUSALS_BEFORE_APOLOGY = 8
INVALID_REPLIES_BEFORE_APOLOGY = 3


class Turns:
    """Hands pending messages to Rasa and stores what it answers."""

    def __init__(
        self, transcripts: Transcripts, rasa: RasaClient, connections: Connections, *,
        concurrency: int, away_after_s: float, locale: str,
    ) -> None:
        self._transcripts = transcripts
        self._rasa = rasa
        self._connections = connections
        self._slots = asyncio.Semaphore(concurrency)
        self._away_after_s = away_after_s
        self._locale = locale
        self._workers: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Queue everything that is pending in the store; returns how many messages. Before any client."""
        waiting = await self._transcripts.pending()
        for message in waiting:
            self.enqueue(self._connections.live(message.conversation_id), message)
        return len(waiting)

    async def stop(self) -> None:
        """Stop all workers. Nothing is lost: what was not answered is pending in the store."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def enqueue(self, live: LiveConversation, message: Message) -> None:
        """Take a stored message; it is answered after those before it. Called in the order of seq."""
        live.pending.append(message)
        if live.worker is None:
            live.worker = asyncio.create_task(self._work(live), name=f"turns of {live.id}")
            self._workers.add(live.worker)
            live.worker.add_done_callback(self._workers.discard)

    async def drop(self, live: LiveConversation) -> None:
        """Answer nothing any more of what was queued: staff have it. Called with the lock held.

        What Rasa works out meanwhile is heard by nobody, and the store would refuse it.
        """
        live.pending.clear()
        if live.worker is not None:
            worker = live.worker
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
        for futures in live.waiting.values():
            for waiting in futures:
                if not waiting.done():
                    waiting.set_result([])
        live.waiting.clear()
        if live.bot_away:
            live.bot_away = False
            live.broadcast(notice_frame("bot_back", BOT_NOT_NEEDED))

    async def _work(self, live: LiveConversation) -> None:
        try:
            while live.pending:
                await self._answer(live, live.pending[0])
                done = live.pending.popleft()
                for waiting in live.waiting.pop(done.seq, ()):
                    waiting.cancel()  # it was dropped without an answer
        finally:
            live.worker = None
            self._connections.bot_works(live, False)
            self._connections.forget_idle(live)

    async def _answer(self, live: LiveConversation, message: Message) -> None:
        """Answer one message, however long it takes; returns when its answer is stored and sent."""
        watcher = asyncio.create_task(self._watch(live))
        pauses = Backoff()
        try:
            self._connections.bot_works(live, True)
            while True:
                try:
                    turn = await self._transcripts.turn(live.id, message.seq)
                    if turn is None:
                        logger.info("message %s/%s is not the bot's any more", live.id, message.seq)
                        return
                    await self._tell(live.id, turn.untold)
                    replies, understood = await self._ask(turn.conversation, message)
                    await self._store(live, message, replies, understood)
                    return
                except Exception:
                    # The message is pending in the store still, so the turn is simply tried again.
                    logger.exception("message %s/%s could not be answered yet", live.id, message.seq)
                    await pauses.sleep()
        finally:
            watcher.cancel()

    async def _tell(self, conversation_id: str, untold: list[Message]) -> None:
        """Tell Rasa what was said without it, before it answers what is said now."""
        if not untold:
            return
        try:
            await self._until_answered(lambda: self._rasa.tell(conversation_id, untold))
        except RasaUnavailable as error:
            # The shopper is answered in any case; with the next message it is tried again.
            logger.error("Rasa does not know what staff said in %s: %s", conversation_id, error)
            return
        await self._transcripts.mark_told(conversation_id, untold[-1].seq)

    async def _ask(self, conversation: Conversation, message: Message) -> tuple[list[dict], dict[str, Any]]:
        """What Rasa answers: (messages to store, the turn); no messages where an apology is due."""
        payload = message.payload or {}
        metadata = {
            "message_id": message_id(message),
            "conversation_id": conversation.id,
            "seq": message.seq,
            "customer_id": conversation.customer_id,
            "visitor_id": conversation.visitor_id,
            "page": payload.get("page") or {},
            "locale": self._locale,
        }
        text = payload.get("payload") or typed_for_rasa(message.text)
        try:
            reply = await self._until_answered(lambda: self._rasa.send(conversation.id, text, metadata))
        except (RasaReplyInvalid, RasaUnavailable) as error:
            logger.error("message %s/%s gets an apology: %s", conversation.id, message.seq, error)
            return [], {}
        try:
            replies = prepare_reply(reply)
        except Exception:
            logger.exception("message %s/%s gets an apology", conversation.id, message.seq)
            return [], {}
        if not replies:
            logger.error("message %s/%s gets an apology: Rasa answered nothing", conversation.id, message.seq)
        return replies, reply.turn

    async def _until_answered(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Rasa's answer. While Rasa is away this waits for it, for ever.

        Raises RasaReplyInvalid or RasaUnavailable only where Rasa is there and cannot digest the message.
        """
        pauses, refusals, invalid = Backoff(), 0, 0
        while True:
            try:
                async with self._slots:
                    return await ask()
            except RasaUnavailable as error:
                refusals += error.answered
                if refusals >= REFUSALS_BEFORE_APOLOGY:
                    raise
                pauses.log(logger.warning, "%s; trying again", error)
            except RasaReplyInvalid as error:
                invalid += 1
                if invalid >= INVALID_REPLIES_BEFORE_APOLOGY:
                    raise
                logger.error("%s; asking again", error)
            await pauses.sleep()

    async def _store(
        self, live: LiveConversation, message: Message, replies: list[dict[str, Any]], turn: dict[str, Any]
    ) -> None:
        async with live.held():
            standing = None
            try:
                stored, standing = await self._transcripts.answer(live.id, message.seq, replies, turn)
            except AlreadyAnswered as error:
                # Staff took the conversation meanwhile, or a reply was stored just before a crash.
                logger.warning("a second reply was dropped: %s", error)
                stored = await self._transcripts.replies_to(live.id, message.seq)
            except OperationalError:
                raise  # the database is busy or away, whatever is stored
            except Exception:
                logger.exception("message %s/%s gets an apology instead of the reply", live.id, message.seq)
                stored, standing = await self._transcripts.answer(live.id, message.seq, [], {})
            if live.bot_away:
                live.bot_away = False
                live.broadcast(notice_frame("bot_back", BOT_BACK))
            if len(live.pending) <= 1:
                self._connections.bot_works(live, False)
            understood = replace(
                message, intent=turn.get("intent"), intent_confidence=turn.get("confidence"),
                entities=turn.get("entities"),
            )
            await self.publish(live, stored, understood)
            if standing is not None and standing.status == "waiting":
                self._connections.announce(live, standing)
        for waiting in live.waiting.pop(message.seq, ()):
            if not waiting.done():
                waiting.set_result(stored)

    async def publish(
        self, live: LiveConversation, messages: list[Message], understood: Message | None = None
    ) -> None:
        """Send stored messages to every tab and to staff, in order and without gaps. Called with the lock held.

        ``understood``: the message that they answer, with what was made of it.
        """
        for message in messages:
            self._connections.watchers.message(live.id, staff_frame(message, understood))
        if not messages or not live.connections:
            return
        first = messages[0].seq
        oldest = min(connection.delivered_seq for connection in live.connections)
        if oldest < first - 1:
            # Another process (the console, say) stored something that nobody here has seen.
            missed = await self._transcripts.after(live.id, oldest, first - 1 - oldest)
            messages = [message for message in missed if message.seq < first] + messages
        for message in messages:
            frame = message_frame(message)
            for connection in list(live.connections):
                if connection.delivered_seq < message.seq:
                    connection.send(frame)
                    connection.delivered_seq = message.seq

    async def _watch(self, live: LiveConversation) -> None:
        """Tell the shopper, once, when the answer takes long because a server is away."""
        while not live.bot_away:
            await asyncio.sleep(self._away_after_s)
            health = await self._rasa.health()
            if not all(health.values()):
                logger.warning("conversation %s waits: %s", live.id, health)
                live.bot_away = True
                live.broadcast(notice_frame("bot_away", BOT_AWAY))


class Backoff:
    """Pauses of 0.25, 0.5, 1, 2, 2 … s."""

    def __init__(self) -> None:
        self._pause_s = BACKOFF_FIRST_S
        self._logged = 0

    async def sleep(self) -> None:
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, BACKOFF_LAST_S)

    def log(self, write: Callable[..., None], message: str, *args: Any) -> None:
        """Log the 1st, 2nd, 4th, 8th … time: a Rasa that is away for an hour fills no disk."""
        self._logged += 1
        if self._logged & (self._logged - 1) == 0:
            write(message, *args)
