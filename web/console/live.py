"""Who of staff is there and what they look at: messages, states and the queue as they change, on every open console.

The hub lives in the web process, on the event loop of the gateway. The gateway tells it what happened by ``message``,
``standing`` and ``typing``, which never wait and never raise; the sockets of the consoles ask for the rest.
"""
from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from shop import desk_queue, masking, staff
from shop.desk_queue import QueueRow
from shop.masking import Known
from web.console import desk_frames
from web.console.suggestions import Suggestions
from web.gateway.frames import encode

if TYPE_CHECKING:
    from shop.conversation_notes import Note
    from shop.settings import Settings
    from shop.takeover import Standing
    from web.console.access import Member
    from web.gateway.connections import Connection
    from web.gateway.transcripts import Transcripts

logger = logging.getLogger(__name__)

RENEW_S = 20.0
# The queue is sent whole: in a rush of messages no more often than this, and at once after a quiet moment.
QUEUE_EVERY_S = 0.5
# Between two pages there is a moment without a socket. Who is gone for longer takes no conversations any more.
GRACE_S = 30.0
CLOSE_SIGNED_OUT = 4401
CLOSE_CHANGED = 1012  # reconnect, and be asked anew who you are


@dataclass(eq=False)
class Console:
    """One open console. ``watching``: the conversation that is open in it; ``looking``: on another page of it."""

    connection: Connection
    member: Member
    watching: str | None = None
    looking: str | None = None

    @property
    def has_desk(self) -> bool:
        """Whether the queue is any business of theirs."""
        return self.member.may("takeover")

    def send(self, frame: dict[str, Any] | str) -> None:
        self.connection.send(frame)


@dataclass(frozen=True)
class State:
    """The queue and who is there, as last read."""

    waiting: list[QueueRow]
    held: list[QueueRow]
    team: list[staff.Member]
    known: dict[str, Known]  # of each conversation: what is to be masked for who may not see customers


def _heard(tell: Callable[..., None]) -> Callable[..., None]:
    """The gateway must go on whatever breaks here: logged, and the consoles read the store at the next look."""
    @wraps(tell)
    def safely(*args: Any, **named: Any) -> None:
        try:
            tell(*args, **named)
        except Exception:
            logger.exception("the consoles could not be told of a %s", tell.__name__)

    return safely


class Live:
    """The hub. ``start`` it with the application, ``stop`` it before the gateway."""

    def __init__(self, settings: Settings, transcripts: Transcripts) -> None:
        self.suggestions = Suggestions(settings)
        self._transcripts = transcripts
        self._consoles: set[Console] = set()
        self._watching: defaultdict[str, set[Console]] = defaultdict(set)
        self._looking: defaultdict[str, set[Console]] = defaultdict(set)
        self._typing: dict[str, str] = {}  # of watched conversations: who writes now
        self._holders: dict[str, int | None] = {}  # of what is in the queue
        self._known: dict[str, Known] = {}
        self._names: dict[int, str] = {}
        self._leaving: dict[int, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._queue_due = False
        self._reading: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Called on the event loop of the gateway."""
        self._loop = asyncio.get_running_loop()
        self._begin(self._renew(), "presence of staff")

    async def stop(self) -> None:
        """Nobody is made unavailable: after a restart they are back before anybody would notice."""
        for timer in self._leaving.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.suggestions.close()

    # ---- what the gateway tells

    @_heard
    def message(self, conversation_id: str, frame: dict[str, Any]) -> None:
        """A message was stored: ``frame`` is the widget's, with intent, confidence and entities where known."""
        self._typing.pop(conversation_id, None)
        known = self._known.get(conversation_id, ())
        for console in self._watching.get(conversation_id, ()):
            console.send(desk_frames.message(conversation_id, frame, console.member, known))
        if conversation_id in self._holders:
            self.refresh()

    @_heard
    def standing(self, conversation_id: str, standing: Standing) -> None:
        """A conversation changed hands."""
        if standing.status in ("waiting", "staff"):
            self._holders[conversation_id] = standing.assigned_to
        else:
            self._holders.pop(conversation_id, None)
        frame = desk_frames.standing(conversation_id, standing, self._names.get(standing.assigned_to))
        for console in self._watching.get(conversation_id, set()) | self._looking.get(conversation_id, set()):
            console.send(frame)
        self.refresh()

    @_heard
    def typing(self, conversation_id: str, who: str, on: bool) -> None:
        """Somebody began or stopped writing: ``who`` is "shopper", "bot" or the name of one of staff."""
        watching = self._watching.get(conversation_id)
        if not watching:
            return
        if on:
            self._typing[conversation_id] = who
        else:
            self._typing.pop(conversation_id, None)
        frame = {"type": "typing", "conversation": conversation_id, "who": who, "on": on}
        for console in watching:
            if console.member.name != who:
                console.send(frame)

    @_heard
    def read(self, conversation_id: str, seq: int) -> None:
        """The shopper has seen everything up to ``seq``."""
        for console in self._watching.get(conversation_id, ()):
            console.send({"type": "read", "conversation": conversation_id, "seq": seq})

    # ---- what the pages tell, from their threads

    def note(self, conversation_id: str, note: Note) -> None:
        """A private note was written: shown to everybody who has the conversation open. From any thread."""
        self._loop.call_soon_threadsafe(self._note, conversation_id, note)

    def close_member(self, staff_id: int) -> None:
        """Somebody was signed out, or may do something else now: their consoles reconnect, or are led to the sign-in.

        From any thread, once that is committed.
        """
        self._loop.call_soon_threadsafe(self._close_member, staff_id)

    # ---- consoles

    def enter(self, console: Console) -> None:
        """A console was opened. It is sent the queue as soon as that is read."""
        staff_id = console.member.staff_id
        self._consoles.add(console)
        self._names[staff_id] = console.member.name
        if timer := self._leaving.pop(staff_id, None):
            timer.cancel()
        self._begin(self._transcripts.run(staff.seen, staff_id), "presence of staff")
        self.refresh()

    def leave(self, console: Console) -> None:
        """A console was closed; who has no other open is unavailable after GRACE_S."""
        self.unwatch(console)
        self.look(console, None)
        self._consoles.discard(console)
        staff_id = console.member.staff_id
        if not self._is_here(staff_id) and self._loop is not None:
            self._leaving[staff_id] = self._loop.call_later(GRACE_S, self._left, staff_id)

    def holder(self, conversation_id: str) -> int | None:
        """The member who holds the conversation, as far as it was heard of here."""
        return self._holders.get(conversation_id)

    def sockets_of(self, staff_id: int) -> int:
        """How many consoles somebody has open."""
        return sum(console.member.staff_id == staff_id for console in self._consoles)

    def watch(self, console: Console, conversation_id: str, known: Known) -> None:
        """From now on the console gets what happens in this conversation, and in no other.

        ``known``: what is known of its customer (``shop.masking``), for those who may not see it.
        """
        self.unwatch(console)
        self._known[conversation_id] = known
        console.watching = conversation_id
        self._watching[conversation_id].add(console)
        if who := self._typing.get(conversation_id):
            console.send({"type": "typing", "conversation": conversation_id, "who": who, "on": True})
        self._tell_others(conversation_id)

    def unwatch(self, console: Console) -> None:
        """The console has no conversation open any more."""
        before, console.watching = console.watching, None
        if before is not None:
            self._drop(self._watching, before, console)
            if before not in self._watching:
                self._typing.pop(before, None)
                self._known.pop(before, None)
            self._tell_others(before)

    def look(self, console: Console, conversation_id: str | None) -> None:
        """The console shows a page about this conversation, or none."""
        before, console.looking = console.looking, conversation_id
        if before is not None:
            self._drop(self._looking, before, console)
            self._tell_others(before)
        if conversation_id is not None:
            self._looking[conversation_id].add(console)
            self._tell_others(conversation_id)

    def refresh(self) -> None:
        """The queue, or who is there, has changed: read it again and send it to every desk."""
        self._queue_due = True
        if self._reading is None and any(console.has_desk for console in self._consoles):
            self._reading = self._begin(self._send_queue(), "the queue of staff")

    # ---- inside

    def _is_here(self, staff_id: int) -> bool:
        return any(console.member.staff_id == staff_id for console in self._consoles)

    def _drop(self, where: dict[str, set[Console]], conversation_id: str, console: Console) -> None:
        where[conversation_id].discard(console)
        if not where[conversation_id]:
            del where[conversation_id]

    def _tell_others(self, conversation_id: str) -> None:
        here = self._watching.get(conversation_id, set()) | self._looking.get(conversation_id, set())
        people = {console.member.staff_id: console.member.name for console in here}
        for console in here:
            names = sorted(name for staff_id, name in people.items() if staff_id != console.member.staff_id)
            console.send({"type": "others", "conversation": conversation_id, "names": names})

    def _note(self, conversation_id: str, note: Note) -> None:
        known = self._known.get(conversation_id, ())
        for console in self._watching.get(conversation_id, ()):
            console.send(desk_frames.note(conversation_id, note, console.member, known))

    def _close_member(self, staff_id: int) -> None:
        for console in self._consoles:
            if console.member.staff_id == staff_id:
                console.connection.close(CLOSE_CHANGED, "Your account has changed: reconnect.")

    async def _send_queue(self) -> None:
        try:
            while self._queue_due:
                self._queue_due = False
                try:
                    await self._send_queue_once()
                except Exception:
                    logger.exception("the queue of staff could not be read; it is tried again")
                    self._queue_due = True
                await asyncio.sleep(QUEUE_EVERY_S)
        finally:
            self._reading = None

    async def _send_queue_once(self) -> None:
        masked = not all(console.member.sees_customers for console in self._consoles)
        state = await self._transcripts.run(_read, masked)
        self._holders = {row.conversation_id: row.assigned_to for row in (*state.waiting, *state.held)}
        self._names |= {member.staff_id: member.name for member in state.team}
        # Somebody may have signed in since the conversation was opened.
        self._known |= {each: known for each, known in state.known.items() if each in self._watching}
        texts: dict[int, str] = {}  # of one member all windows get the same
        for console in [each for each in self._consoles if each.has_desk]:
            member = console.member
            if member.staff_id not in texts:
                frame = desk_frames.queue(state.waiting, state.held, state.team, member, state.known)
                texts[member.staff_id] = encode(frame)
            console.send(texts[member.staff_id])

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            here = {console.member.staff_id for console in self._consoles}
            try:
                if here:
                    await self._transcripts.run(_seen, here)
                self.refresh()  # who is here may have changed in another process, and what waits as well
            except Exception:
                logger.exception("it could not be noted that %d of staff are here", len(here))

    def _left(self, staff_id: int) -> None:
        self._leaving.pop(staff_id, None)
        if not self._is_here(staff_id):
            self._begin(self._make_unavailable(staff_id), "absence of staff")

    async def _make_unavailable(self, staff_id: int) -> None:
        await self._transcripts.run(staff.set_available, staff_id, False)
        self.refresh()

    def _begin(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("%s failed", task.get_name(), exc_info=task.exception())


def _read(db: Session, masked: bool) -> State:
    waiting, held = desk_queue.waiting(db), desk_queue.held(db)
    known = {row.conversation_id: masking.known_of(db, row.customer_id) for row in (*waiting, *held) if masked}
    return State(waiting, held, staff.members(db, active_only=True), known)


def _seen(db: Session, staff_ids: set[int]) -> None:
    for staff_id in sorted(staff_ids):
        staff.seen(db, staff_id)
