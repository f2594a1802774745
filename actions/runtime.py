"""What the action server holds in memory: the database and the product search, opened once a process."""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from actions.passages_in_use import PassagesInUse
from actions.writer_in_use import WriterInUse
from models.encoder_in_use import encoder_of_index
from models.merchandising import RulesFile
from models.product_search import ProductSearch
from models.registry import Registry
from shop import catalogue, catalogue_changes, popularity
from shop.catalogue_changes import Changes, Mark
from shop.clock import utc_now
from shop.database import Database, open_database
from shop.settings import ROOT, settings

logger = logging.getLogger(__name__)

# What the shop wants of recommendations; read again when it is saved.
MERCHANDISING = ROOT / "data" / "merchandising.toml"
# How often the catalogue is asked whether it changed: an answer is never older than this.
CHECK_SECONDS = 0.1
# So many changed products are taken over before the answer that noticed them; more of them beside the answers.
AT_ONCE = 32
# How often the whole catalogue is compared in four numbers, for changes that were not written by the shop itself.
COMPARE_SECONDS = 60.0
# What is popular is counted over so many days, again after so many seconds; fewer buyers are chance.
POPULAR_DAYS, POPULAR_SECONDS, POPULAR_FEWEST, POPULAR_COUNT = 30, 600.0, 3, 120


class Runtime:
    """The open parts. ``search`` answers from the registry's champion index, brought up to the catalogue's state."""

    def __init__(
        self, database: Database, search: ProductSearch, mark: Mark | None = None, models: Path | None = None,
        merchandising: Path = MERCHANDISING,
    ) -> None:
        """``mark``: how far the catalogue was read for ``search``; None where that is not known.

        ``models``: the registry whose champion index is to be followed; None where ``search`` stays.
        ``merchandising``: the file of the shop's rules for recommending.
        """
        self.database = database
        self.search = search
        self.merchandising = RulesFile(merchandising)
        self.replies = WriterInUse(models, self._names)
        self.passages = PassagesInUse()
        self._mark = mark
        self._models = models
        self._index = self._champion()
        self._checked_at = self._compared_at = time.monotonic()
        self._lock = threading.Lock()
        self._beside: threading.Thread | None = None
        self._popular: dict[str, int] = {}
        self._counted_at: float | None = None

    @classmethod
    def open(cls) -> Runtime:
        """Raises what ``open_database`` and ``ProductSearch.open`` raise, each naming the remedy."""
        database = open_database()
        database.check()
        models = settings.var / "models"
        with database.session() as db:
            mark = catalogue_changes.mark(db)
            search = _opened(models, db)
        opened = cls(database, search, mark, models)
        opened.replies.load()
        return opened

    @property
    def mark(self) -> Mark | None:
        """How far the catalogue was read for the answers given now."""
        return self._mark

    def changed_since(self, mark: Mark | None) -> frozenset[str]:
        """Ids of products that were changed after ``mark``, as the database has it now."""
        if mark is None:
            return frozenset()
        with self.database.session() as db:
            return catalogue_changes.changed_since(db, mark).product_ids

    def refresh(self, db: Session, at_once: bool = False) -> None:
        """Take over what changed in the catalogue since the last look: a few products now, many beside the answers.

        ``at_once``: however short a time ago that look was.
        """
        now = time.monotonic()
        if (now - self._checked_at < CHECK_SECONDS and not at_once) or not self._lock.acquire(blocking=False):
            return
        try:
            self._checked_at = now
            if self._beside is not None and self._beside.is_alive():
                return
            if self._champion() != self._index:
                self._start(self._reopen)
                return
            if self._mark is None or now - self._compared_at >= COMPARE_SECONDS:
                self._compared_at = now
                self._start(self._compare)
                return
            changes = catalogue_changes.changed_since(db, self._mark)
            if len(changes.product_ids) <= AT_ONCE:
                self._take(db, changes)
            else:
                self._start(lambda session: self._take(session, changes))
        finally:
            self._lock.release()

    def popular(self, db: Session) -> dict[str, int]:
        """Products bought by several people in the last POPULAR_DAYS: id -> people, most first."""
        now = time.monotonic()
        if self._counted_at is None or now - self._counted_at >= POPULAR_SECONDS:
            self._counted_at = now
            since = utc_now() - timedelta(days=POPULAR_DAYS)
            self._popular = popularity.bought_since(db, since, POPULAR_FEWEST, POPULAR_COUNT)
        return self._popular

    def wait(self) -> None:
        """Return when nothing is being taken over beside the answers."""
        if self._beside is not None:
            self._beside.join()

    def _take(self, db: Session, changes: Changes) -> None:
        if changes:
            products = catalogue.products(db, changes.product_ids)
            gone = changes.product_ids - {product.product_id for product in products}
            embedded = self.search.apply(products, gone)
            logger.info("The catalogue changed: %d products read again, %d of them embedded, %d gone.",
                        len(products), embedded, len(gone))
        self._mark = changes.mark

    def _names(self) -> list[str]:
        """Brands and titles of the catalogue."""
        with self.database.session() as db:
            return catalogue.names(db)

    def _champion(self) -> str:
        """Names the index in use and the embedding it is asked with; "" where none is followed."""
        if self._models is None:
            return ""
        names = (Registry(self._models).champion_name(part) for part in ("embedding", "index"))
        return " ".join(name or "" for name in names)

    def _reopen(self, db: Session) -> None:
        """Answer from the index that was trained since. The old one answers until the new one is there whole."""
        index, mark = self._champion(), catalogue_changes.mark(db)
        self._index = index  # also where it cannot be opened: it would be no better at the next turn
        self.search = _opened(self._models, db)
        self._mark = mark
        self.replies.take_names()
        logger.info("The index %s is in use now.", index)

    def _compare(self, db: Session) -> None:
        """Read the whole catalogue again if it is not what the index holds."""
        mark = catalogue_changes.mark(db)
        if self._mark is not None:
            self._take(db, catalogue_changes.changed_since(db, self._mark))
        stored, held = astuple(catalogue_changes.totals(db)), self.search.totals
        if stored != held:
            embedded = self.search.update(list(catalogue.all_products(db)))
            logger.info("The catalogue was changed from outside (%s, not %s): read as a whole, %d products embedded.",
                        stored, held, embedded)
            self._mark = mark
            self.replies.take_names()

    def _start(self, work: Callable[[Session], None]) -> None:
        def run() -> None:
            try:
                with self.database.session() as db:
                    work(db)
            except Exception:
                # The answers go on with the catalogue as it was; the next look tries again.
                logger.exception("What changed in the catalogue could not be taken over.")

        self._beside = threading.Thread(target=run, name="catalogue", daemon=True)
        self._beside.start()


def _opened(models: Path, db: Session) -> ProductSearch:
    return ProductSearch.open(models, list(catalogue.all_products(db)), encoder_of_index(models))


_runtime: Runtime | None = None
_lock = threading.Lock()


def runtime() -> Runtime:
    """The process's runtime, opened at the first call. Raises what ``Runtime.open`` raises."""
    global _runtime  # noqa: PLW0603 - one a process is the point
    with _lock:
        if _runtime is None:
            _runtime = Runtime.open()
        return _runtime
