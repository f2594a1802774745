"""The tracker store: Rasa's SQL store with the conversations under way kept in memory.

Rasa's own store reads a conversation's every event from the database at each message, which costs a third of a
turn and grows with the conversation. Here a conversation is read once; after that only new events are written.
One process may own a conversation at a time, which is how Floorwalker runs Rasa.
"""
from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import sqlalchemy
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool

# A tracker of an ordinary conversation takes about 200 kB.
CONVERSATIONS_IN_MEMORY = 500
# The policies go through the whole tracker several times a turn, so that each turn would take longer than the one
# before. A turn makes about eight events.
LONG_EVENTS = 100
SHORT_EVENTS = 40


class ConversationStore(SQLTrackerStore):
    """SQLTrackerStore with a write-through cache.

    A tracker handed out is changed in place by the turn that asked for it. Where the turn fails before it is
    saved, the tracker has more events than were stored; it is then dropped and read afresh, so that a turn is
    stored whole or not at all.

    What is in memory of a long conversation is its latest turns and its slots; the database keeps every event.
    """

    def __init__(self, *args: Any, conversations_in_memory: int = CONVERSATIONS_IN_MEMORY, **kwargs: Any) -> None:
        # From Rasa come ``host=None`` and what endpoints.yml says; ``db`` is a path for SQLite.
        if kwargs.get("dialect", "sqlite") == "sqlite":
            Path(kwargs.get("db", "rasa.db")).parent.mkdir(parents=True, exist_ok=True)
        self._limit = conversations_in_memory
        self._cache: OrderedDict[str, DialogueStateTracker] = OrderedDict()
        super().__init__(*args, **kwargs)
        if self.engine.dialect.name == "sqlite":
            self._keep_sqlite_open()

    def _keep_sqlite_open(self) -> None:
        """One connection that stays open: SQLAlchemy 1.4 opens the file anew for each session otherwise."""
        url = self.engine.url
        self.engine.dispose()
        self.engine = sqlalchemy.create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})

        @sqlalchemy.event.listens_for(self.engine, "connect")
        def _pragmas(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA journal_mode = WAL")
            # Survives the process being killed; the gateway's own store is the one that must survive the power.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA busy_timeout = 5000")

        self.sessionmaker = sqlalchemy.orm.session.sessionmaker(bind=self.engine)

    @property
    def domain(self) -> Domain:
        return SQLTrackerStore.domain.fget(self)

    @domain.setter
    def domain(self, domain: Domain | None) -> None:
        # A new model brings new slots; trackers are rebuilt from their events under them.
        self._cache.clear()
        SQLTrackerStore.domain.fset(self, domain)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's tracker, or None where nothing of it is stored."""
        cached = self._cache.pop(sender_id, None)
        if cached is not None and len(cached.events) == cached.events_stored:
            self._cache[sender_id] = cached
            return cached
        tracker = await super().retrieve(sender_id)
        if tracker is None:
            return None
        return self._remember(tracker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events that are not stored yet, all of them or none."""
        await self.stream_events(tracker)
        # Not asked of the cache: a conversation may have left it while its turn waited for an action.
        stored = getattr(tracker, "events_stored", None)
        with self.session_scope() as session:
            if stored is not None:
                fresh = list(tracker.events)[stored:]
            else:
                fresh = list(self._additional_events(session, tracker))
            rows = [_row(tracker.sender_id, event.as_dict(), event.type_name) for event in fresh]
            if rows:
                session.execute(self.SQLEvent.__table__.insert(), rows)
            session.commit()
        self._remember(tracker)

    def _remember(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        """Keep a tracker whose every event is stored; returns the one kept, shortened where it was long."""
        tracker.events_stored = len(tracker.events)
        if len(tracker.events) > LONG_EVENTS:
            tracker = shortened(tracker, self.domain)
            tracker.events_stored = len(tracker.events)
        self._cache[tracker.sender_id] = tracker
        self._cache.move_to_end(tracker.sender_id)
        while len(self._cache) > self._limit:
            self._cache.popitem(last=False)
        return tracker


def shortened(tracker: DialogueStateTracker, domain: Domain) -> DialogueStateTracker:
    """A tracker of the latest turns alone, with the slots as they were before them.

    It begins before a message of the shopper, where no form was open: the policies would not know how a form came to
    be. Where there is no such place, the tracker itself is returned.
    """
    events = list(tracker.events)
    cut, loop = None, None
    for place, event in enumerate(events[:-SHORT_EVENTS]):
        if isinstance(event, ActiveLoop):
            loop = event.name
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME and loop is None:
            cut = place
    if cut is None:
        return tracker
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], tracker.slots.values())
    slots = [SlotSet(slot.name, slot.value) for slot in before.slots.values() if slot.value != slot.initial_value]
    return DialogueStateTracker.from_events(
        tracker.sender_id, [*slots, *events[cut:]], tracker.slots.values(), domain=domain
    )


def _row(sender_id: str, data: dict[str, Any], type_name: str) -> dict[str, Any]:
    return {
        "sender_id": sender_id,
        "type_name": type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
