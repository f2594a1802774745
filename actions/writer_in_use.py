"""Which reply model writes: the registry's champion, another one behind a URL, or none."""
from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from actions.wording import locale
from models.registry import Registry
from models.reply.endpoint import Endpoint
from models.reply.writer import ReplyWriter
from shop.settings import settings

logger = logging.getLogger(__name__)

OWN, OFF = "own", "off"
WAITING = 16  # turns that wait for a model server at once
CHECK_SECONDS = 1.0
CONVERSATIONS, TEMPLATES = 2_000, 6  # so many conversations and their last replies are remembered, to say it anew


class WriterInUse:
    """Follows the registry: a version that is promoted writes within CHECK_SECONDS, the old one until it is loaded."""

    def __init__(self, models: Path | None, names: Callable[[], list[str]]) -> None:
        """``models``: the registry's folder; None where nothing is written. ``names``: of the catalogue, for the gate.

        Raises BadFormats where the locale has no table.
        """
        self.locale = locale()
        # A server behind a URL works while we wait; the own model takes a core for each reply.
        workers = settings.reply_workers if settings.reply_model in (OWN, OFF) else WAITING
        self.pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="reply")
        self._models, self._names = models if settings.reply_model != OFF else None, names
        self._endpoint: Endpoint | None = None  # one for all versions, as it holds connections and threads
        self._writer: ReplyWriter | None = None
        self._version: str | None = None
        self._checked_at = -CHECK_SECONDS
        self._loading = threading.Lock()
        self._said: OrderedDict[str, list[str]] = OrderedDict()

    @property
    def writer(self) -> ReplyWriter | None:
        """The writer as it is now; None where replies are the domain's. Never waits for a model to load."""
        now = time.monotonic()
        if self._models is not None and now - self._checked_at >= CHECK_SECONDS:
            self._checked_at = now
            version = Registry(self._models).champion_name("reply")
            if version != self._version and self._loading.acquire(blocking=False):
                threading.Thread(target=self._load, args=(version,), name="reply model", daemon=True).start()
        return self._writer

    def load(self) -> None:
        """Load the champion now, and return when it is there. Without one nothing happens."""
        if self._models is not None:
            self._loading.acquire()  # _load releases it, also for the thread that may be loading just now
            self._load(Registry(self._models).champion_name("reply"))

    def take_names(self) -> None:
        """Tell the gate what the catalogue's brands and titles are now."""
        if self._writer is not None:
            self._writer.gate.set_names(self._names())

    def recent(self, conversation_id: str) -> frozenset[str]:
        """Templates that were said last in a conversation."""
        return frozenset(self._said.get(conversation_id, ()))

    def remember(self, conversation_id: str, template: str) -> None:
        """Note that ``template`` was said."""
        said = self._said.setdefault(conversation_id, [])
        said[:] = [*said, template][-TEMPLATES:]
        self._said.move_to_end(conversation_id)
        while len(self._said) > CONVERSATIONS:
            self._said.popitem(last=False)

    def _load(self, version: str | None) -> None:
        try:
            names = self._names() if version is not None else []  # first: a database that is away may come back
            self._version = version  # also where it cannot be opened: it would be no better the next time
            if version is None:
                self._writer = None
                return
            folder = Registry(self._models).require("reply").directory
            self._endpoint = self._endpoint or _endpoint()
            writer = ReplyWriter.open(folder, threads=1, workers=settings.reply_workers, source=self._endpoint)
            writer.gate.set_names(names)
            self._writer = writer
            logger.info("Replies are written by %s.", writer.version)
        except Exception:
            # Of whatever kind: without it, too, everything can be answered.
            logger.exception("The reply model %s cannot be used. Until it can, replies stay the domain's responses, or "
                             "the model's before; run `floorwalker train reply --force`.", version)
        finally:
            self._loading.release()


def _endpoint() -> Endpoint | None:
    if settings.reply_model == OWN:
        return None
    timeout_seconds = settings.reply_timeout_ms / 1000
    return Endpoint(settings.reply_model, settings.reply_model_name, settings.reply_key, timeout_seconds)
