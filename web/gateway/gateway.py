"""The gateway's parts, put together, and the one way by which a message of a shopper comes in."""
from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from shop.conversations import Message
from shop.database import Database
from shop.secrets import secret
from shop.settings import Settings
from shop.takeover import Standing
from web.errors import BadToken
from web.gateway.connections import CLOSE_IDENTITY_CHANGED, Connection, Connections, LiveConversation
from web.gateway.frames import ack_frame
from web.gateway.handover import Handover
from web.gateway.handover_words import BACK_TO_BOT
from web.gateway.limits import RateLimit, take_all
from web.gateway.rasa_client import RasaClient
from web.gateway.transcripts import Opened, Transcripts
from web.gateway.turns import Turns
from web.gateway.watchers import Watchers
from web.tokens import CUSTOMER_MAX_AGE_S, Identity

logger = logging.getLogger(__name__)

ANNOUNCE_EVERY_S = 1.0
MAX_SIGNED_OUT = 50_000  # beyond it, the one that signed out first is forgotten


class Gateway:
    """Everything that lives as long as the web process. ``start`` before the first client, ``stop`` after."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.connections = Connections()
        self.transcripts = Transcripts(database, settings.database_threads)
        self.rasa = RasaClient(
            f"http://127.0.0.1:{settings.rasa_port}", f"http://127.0.0.1:{settings.actions_port}",
            secret("rasa"), settings.rasa_timeout_ms / 1000, settings.rasa_concurrency,
        )
        self.turns = Turns(
            self.transcripts, self.rasa, self.connections,
            concurrency=settings.rasa_concurrency, away_after_s=settings.bot_away_after_ms / 1000,
            locale=settings.locale,
        )
        self.handover = Handover(self, settings.handover_wait_s)
        # What staff do at their consoles, each as described there.
        self.staff_take, self.staff_say = self.handover.take, self.handover.say
        self.staff_give_back, self.staff_resolve = self.handover.give_back, self.handover.resolve
        self.staff_assign, self.staff_typing = self.handover.assign, self.handover.typing
        self._shopper_messages = RateLimit(settings.messages_per_minute, settings.messages_burst)
        self._address_messages = RateLimit(
            settings.address_messages_per_minute, settings.address_messages_burst
        )
        self.sessions = RateLimit(settings.address_sessions_per_minute, settings.address_sessions_per_minute)
        # Of two tabs that open at once, one opens the conversation and the other finds it.
        self._opening = [asyncio.Lock() for _ in range(64)]
        self._kept: set[asyncio.Task[Any]] = set()
        self._running: list[asyncio.Task[None]] = []
        self._signed_out: OrderedDict[str, float] = OrderedDict()  # visitor id -> when its tokens end by themselves
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Queue what waits in the store. Raises where the database is away: nothing could be kept."""
        self._loop = asyncio.get_running_loop()
        waiting = await self.turns.start()
        if waiting:
            logger.warning("%d messages were waiting for an answer and are handed to the bot now", waiting)
        self._running = [
            asyncio.create_task(self._announce(), name="announcement"),
            asyncio.create_task(self.handover.watch(), name="shoppers who wait"),
        ]

    async def stop(self) -> None:
        """Finish what is being stored, stop the workers, close everything."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, *self._kept, return_exceptions=True)
        await self.turns.stop()
        await self.rasa.close()
        self.transcripts.close()
        self.database.close()

    async def _announce(self) -> None:
        """Say once that all is up: Rasa takes a while, and whoever started it waits for this line."""
        while not all((await self.rasa.health()).values()):
            await asyncio.sleep(ANNOUNCE_EVERY_S)
        logger.info("The shop is open at http://%s:%s", self.settings.host, self.settings.port)

    @property
    def live(self) -> Watchers:
        """Who of staff looks on: ``web.console.live.Live``, set when the application starts."""
        return self.connections.watchers

    @live.setter
    def live(self, watchers: Watchers) -> None:
        self.connections.watchers = watchers

    async def keep(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await ``work`` and let it end even where the one who waits for it is cancelled.

        A shopper who leaves while a message is being stored must not leave it stored and unanswered.
        """
        task = asyncio.create_task(work)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)
        return await asyncio.shield(task)

    async def open(self, identity: Identity, channel: str) -> Opened:
        """The identity's conversation, opened once however many tabs ask. Raises BadToken."""
        if self.is_signed_out(identity):
            raise BadToken("its customer has signed out; get a new one from POST /api/session")
        # A customer has one conversation on all devices, each of which is a visitor of its own.
        async with self._opening[hash(identity.customer_id or identity.visitor_id) % len(self._opening)]:
            return await self.transcripts.open(identity, channel)

    def sign_out(self, identity: Identity) -> None:
        """End what a customer's browser was given: its tabs, its tokens, its cookie. Called from any thread.

        Kept in memory: a token that somebody copied before is good again after a restart, until its 12 h are over.
        """
        self._loop.call_soon_threadsafe(self._sign_out, identity)

    def _sign_out(self, identity: Identity) -> None:
        self._signed_out[identity.visitor_id] = time.time() + CUSTOMER_MAX_AGE_S
        while len(self._signed_out) > MAX_SIGNED_OUT or next(iter(self._signed_out.values())) < time.time():
            self._signed_out.popitem(last=False)
        reason = "Signed out: get a new token and reconnect."
        self.connections.close_visitor(identity.visitor_id, CLOSE_IDENTITY_CHANGED, reason)

    def is_signed_out(self, identity: Identity) -> bool:
        """Whether this customer has left this browser since. A visitor never has."""
        return identity.customer_id is not None and identity.visitor_id in self._signed_out

    @asynccontextmanager
    async def held(self, conversation_id: str) -> AsyncIterator[LiveConversation]:
        """The live conversation with its lock held; forgotten afterwards where nobody needs it."""
        live = self.connections.live(conversation_id)
        try:
            async with live.held():
                yield live
        finally:
            self.connections.forget_idle(live)

    def wait_ms(self, visitor_id: str, address: str) -> int:
        """Take one turn of the shopper and of the address: 0, or the wait in ms where either had none."""
        return take_all((self._shopper_messages, visitor_id), (self._address_messages, address))

    async def take_message(
        self, conversation_id: str, client_id: str, text: str, payload: dict[str, Any], *,
        sender: Connection | None = None, waiting: asyncio.Future[list[Message]] | None = None,
    ) -> Message:
        """Store what a shopper said, acknowledge it to ``sender``, show it to every tab, hand it to the bot.

        ``waiting`` gets the messages of the reply, where the message is still to be answered. The same
        ``client_id`` again is acknowledged with its first seq, and nothing else.
        """
        if payload.get("payload") == BACK_TO_BOT:
            return await self.handover.back_by_shopper(conversation_id, client_id, text, sender)
        async with self.held(conversation_id) as live:
            message, known, reopened = await self.transcripts.add_shopper_message(
                conversation_id, client_id, text, payload
            )
            if sender is not None:
                sender.send(ack_frame(message))
            if not known:
                await self.turns.publish(live, [message])
            if reopened:
                self.connections.announce(live, Standing("bot"))
            if message.state == "pending":
                if waiting is not None:
                    live.waiting.setdefault(message.seq, []).append(waiting)
                if not known:
                    self.turns.enqueue(live, message)
        return message

    def close_conversation(self, conversation_id: str) -> None:
        """Disconnect every tab of a conversation that belongs to somebody else now."""
        live = self.connections.get(conversation_id)
        if live is not None:
            live.close(CLOSE_IDENTITY_CHANGED, "Signed in or out: get a new token and reconnect.")
