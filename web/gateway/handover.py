"""Conversations that change hands: what staff do at their consoles, what shoppers press, and who waits in vain.

Every change is one transaction of ``shop.takeover``, with the sentence that tells the shopper. It is published under
the conversation's lock, so that every screen shows it where the transcript has it.
"""
from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from shop import conversations, numbering, takeover, tickets
from shop.clock import utc_now
from shop.conversations import Message
from shop.errors import NotAllowed
from shop.takeover import Standing
from web.gateway import handover_words as words
from web.gateway.connections import Connection, LiveConversation
from web.gateway.frames import ack_frame

if TYPE_CHECKING:
    from web.gateway.gateway import Gateway

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0

Changed = tuple[list[Message], Standing]
"""What the house said of a change, and who has the conversation then."""


class Handover:
    """The gateway's part in it. Who is cancelled meanwhile leaves nothing half done by ``Gateway.keep``."""

    def __init__(self, gateway: Gateway, wait_s: float) -> None:
        self._gateway = gateway
        self._wait = timedelta(seconds=wait_s)

    # ---- staff

    async def take(self, conversation_id: str, staff_id: int, name: str) -> None:
        """One of staff takes the conversation; from now on the bot is mute.

        Raises NotFound and NotAllowed: "taken" where a colleague has it, else as ``shop.takeover.take``.
        """
        async with self._gateway.held(conversation_id) as live:
            changed = await self._gateway.transcripts.run(_take, conversation_id, staff_id, name)
            await self._gateway.turns.drop(live)
            await self._tell(live, changed)

    async def say(
        self, conversation_id: str, staff_id: int, name: str, text: str, client_id: str | None = None
    ) -> Message:
        """Store what staff write and show it; the same ``client_id`` again returns the first message.

        Raises as ``shop.takeover.say``.
        """
        async with self._gateway.held(conversation_id) as live:
            message, known = await self._gateway.transcripts.run(_say, conversation_id, staff_id, text, client_id)
            if not known:
                self._type(live, name, False)
                await self._gateway.turns.publish(live, [message])
        return message

    async def give_back(self, conversation_id: str, staff_id: int, name: str) -> None:
        """The bot has the conversation again. Raises as ``shop.takeover.give_back``."""
        await self._change(conversation_id, _give_back, staff_id, name)

    async def resolve(self, conversation_id: str, staff_id: int, name: str) -> None:
        """The conversation is finished, and the shopper asked how it was. Raises as ``shop.takeover.resolve``."""
        await self._change(conversation_id, _resolve, staff_id, name)

    async def assign(self, conversation_id: str, staff_id: int, colleague_id: int | None) -> None:
        """``staff_id`` gives it to a colleague, or back into the queue (None). Raises as ``shop.takeover.assign``."""
        await self._change(conversation_id, _assign, staff_id, colleague_id)

    async def typing(self, conversation_id: str, name: str, on: bool) -> None:
        """Who holds the conversation begins or stops writing."""
        live = self._gateway.connections.get(conversation_id)
        if live is not None:
            self._type(live, name, on)

    def _type(self, live: LiveConversation, name: str, on: bool) -> None:
        live.broadcast({"type": "typing", "on": on, "agent": name})
        self._gateway.live.typing(live.id, name, on)

    # ---- the shopper

    async def back_by_shopper(
        self, conversation_id: str, client_id: str, text: str, sender: Connection | None
    ) -> Message:
        """The shopper pressed the way back to the bot: stored and acknowledged like any message."""
        async with self._gateway.held(conversation_id) as live:
            message, reply, pending = await self._gateway.transcripts.run(
                _back_by_shopper, conversation_id, client_id, text
            )
            if sender is not None:
                sender.send(ack_frame(message))
            if reply is not None:
                await self._gateway.turns.publish(live, [message, *reply])
                self._queue(live, pending)
            if reply:
                self._gateway.connections.announce(live, Standing("bot"))
        return message

    # ---- nobody

    async def watch(self) -> None:
        """Look for shoppers who wait in vain, for ever. Who does stands in the store: a restart forgets nobody."""
        while True:
            try:
                before = utc_now() - self._wait
                for conversation_id in await self._gateway.transcripts.run(takeover.overdue, before):
                    await self._nobody_came(conversation_id, before)
            except Exception:
                logger.exception("it could not be looked for shoppers who wait; it is tried again")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _nobody_came(self, conversation_id: str, before: datetime) -> None:
        async with self._gateway.held(conversation_id) as live:
            found = await self._gateway.transcripts.run(_nobody_came, conversation_id, before)
            if found is not None:
                changed, pending = found
                await self._tell(live, changed)
                self._queue(live, pending)

    # ---- inside

    async def _change(self, conversation_id: str, work, *args) -> None:
        async with self._gateway.held(conversation_id) as live:
            await self._tell(live, await self._gateway.transcripts.run(work, conversation_id, *args))

    async def _tell(self, live: LiveConversation, changed: Changed) -> None:
        messages, standing = changed
        await self._gateway.turns.publish(live, messages)
        self._gateway.connections.announce(live, standing)

    def _queue(self, live: LiveConversation, pending: list[Message]) -> None:
        """What is the bot's to answer again. What asked for a person may be in the queue still."""
        queued = {message.seq for message in live.pending}
        for message in pending:
            if message.seq not in queued:
                self._gateway.turns.enqueue(live, message)


def _take(db: Session, conversation_id: str, staff_id: int, name: str) -> Changed:
    if takeover.take(db, conversation_id, staff_id):
        return _note(db, conversation_id, words.joined(name)), takeover.standing(db, conversation_id)
    held = takeover.standing(db, conversation_id)
    if held.assigned_to != staff_id:
        raise NotAllowed("taken", f"{held.agent or 'A colleague'} has this conversation already.")
    return [], held  # pressed twice


def _say(
    db: Session, conversation_id: str, staff_id: int, text: str, client_id: str | None
) -> tuple[Message, bool]:
    before = numbering.locked(db, conversation_id).last_seq
    message = takeover.say(db, conversation_id, staff_id, text, client_id)
    return message, message.seq <= before


def _give_back(db: Session, conversation_id: str, staff_id: int, name: str) -> Changed:
    takeover.give_back(db, conversation_id, staff_id)
    return _note(db, conversation_id, words.given_back(name)), takeover.standing(db, conversation_id)


def _resolve(db: Session, conversation_id: str, staff_id: int, name: str) -> Changed:
    takeover.resolve(db, conversation_id, staff_id)
    return _note(db, conversation_id, words.resolved(name)), takeover.standing(db, conversation_id)


def _assign(db: Session, conversation_id: str, staff_id: int, colleague_id: int | None) -> Changed:
    before = takeover.standing(db, conversation_id)
    after = takeover.assign(db, conversation_id, colleague_id, by=staff_id)
    if before.status != "staff" or after == before:
        return [], after  # whom a waiting conversation is meant for is nothing to the shopper
    name = before.agent or "Your contact"
    if after.status == "waiting":
        return _note(db, conversation_id, words.put_back(name)), after
    return _note(db, conversation_id, words.passed_on(name, after.agent)), after


def _back_by_shopper(
    db: Session, conversation_id: str, client_id: str, text: str
) -> tuple[Message, list[Message] | None, list[Message]]:
    """(What was pressed, what the house says to it, what the bot shall answer now); None for words stored before."""
    before = numbering.locked(db, conversation_id).last_seq
    message, waited = takeover.back_to_bot_by_shopper(db, conversation_id, client_id, text)
    if message.seq <= before:
        return message, None, []
    if message.state is None:
        return message, [], []  # staff have it, and read what was pressed
    reply = _note(db, conversation_id, words.carried_on(waited), message.seq)
    return message, reply, conversations.pending(db, conversation_id)


def _nobody_came(db: Session, conversation_id: str, before: datetime) -> tuple[Changed, list[Message]] | None:
    held = takeover.nobody_came(db, conversation_id, before)
    if held is None:
        return None
    ticket = next(iter(tickets.of_conversation(db, conversation_id, "handover")), None)
    reference, address = (ticket.reference, ticket.contact_email) if ticket else (None, None)
    said = _note(db, conversation_id, words.nobody_came(held.agent, reference, address))
    return (said, takeover.standing(db, conversation_id)), conversations.pending(db, conversation_id)


def _note(
    db: Session, conversation_id: str, said: words.Said, in_reply_to: int | None = None
) -> list[Message]:
    text, payload = said
    return [conversations.add_system_message(db, conversation_id, text, payload, in_reply_to)]
