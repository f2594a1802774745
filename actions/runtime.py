"""What the action server holds in memory: the database and the product search, opened once a process."""
from __future__ import annotations

import logging
import threading
import time

from sqlalchemy.orm import Session

from models.product_search import ProductSearch
from shop import catalogue
from shop.database import Database, open_database
from shop.settings import settings

logger = logging.getLogger(__name__)

# How often the catalogue is asked whether it changed: an answer is never older than this.
CHECK_SECONDS = 1.0


class Runtime:
    """The open parts. ``search`` answers from the registry's champion index, brought up to the catalogue's state."""

    def __init__(self, database: Database, search: ProductSearch, version: str) -> None:
        self.database = database
        self.search = search
        self._version = version
        self._checked_at = time.monotonic()
        self._lock = threading.Lock()

    @classmethod
    def open(cls) -> Runtime:
        """Raises what ``open_database`` and ``ProductSearch.open`` raise, each naming the remedy."""
        database = open_database()
        database.check()
        with database.session() as db:
            version = catalogue.catalogue_version(db)
            search = ProductSearch.open(settings.var / "models", list(catalogue.all_products(db)))
        return cls(database, search, version)

    def refresh(self, db: Session) -> None:
        """Take over what changed in the catalogue since the last look."""
        if time.monotonic() - self._checked_at < CHECK_SECONDS:
            return
        with self._lock:
            self._checked_at = time.monotonic()
            version = catalogue.catalogue_version(db)
            if version != self._version:
                embedded = self.search.update(list(catalogue.all_products(db)))
                logger.info("The catalogue changed: %d products, %d embedded anew.", len(self.search), embedded)
                self._version = version


_runtime: Runtime | None = None
_lock = threading.Lock()


def runtime() -> Runtime:
    """The process's runtime, opened at the first call. Raises what ``Runtime.open`` raises."""
    global _runtime  # noqa: PLW0603 - one a process is the point
    with _lock:
        if _runtime is None:
            _runtime = Runtime.open()
        return _runtime
