"""What the action server holds in memory: the database and the product search, opened once a process."""
from __future__ import annotations

import threading
from dataclasses import dataclass

from models.product_search import ProductSearch
from shop.database import Database, open_database
from shop.settings import settings


@dataclass
class Runtime:
    """The open parts. ``search`` answers from the index that the registry's champion names."""

    database: Database
    search: ProductSearch


_runtime: Runtime | None = None
_lock = threading.Lock()


def runtime() -> Runtime:
    """The process's runtime, opened at the first call.

    Raises what ``open_database`` and ``ProductSearch.open`` raise, each naming what is missing and the command
    that makes it.
    """
    global _runtime  # noqa: PLW0603 - one a process is the point
    with _lock:
        if _runtime is None:
            _runtime = Runtime(open_database(), ProductSearch.open(settings.var / "models"))
        return _runtime
