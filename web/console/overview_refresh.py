"""Keeps the overview fresh while the web process runs: its days in a thread, its clusters in a process of their own."""
from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from shop import daily_figures, unanswered
from shop.database import Database
from shop.settings import Settings
from web.question_embedding import embedding_in_use

logger = logging.getLogger(__name__)

FIRST_AFTER_S = 5.0  # whoever has just started it all waits for a first answer, not for figures
EVERY_S = 300.0
CLUSTERS_EVERY = timedelta(hours=1)
CLUSTERS_AT_LEAST_EVERY = timedelta(days=1)
CLUSTERING_TAKES_AT_MOST_S = 600


@contextmanager
def refreshing(settings: Settings, database: Database, first_after_s: float = FIRST_AFTER_S) -> Iterator[None]:
    """Refreshes in the background as long as the block lasts."""
    refresher = _Refresher(settings, database, first_after_s)
    thread = threading.Thread(target=refresher.run, name="overview", daemon=True)
    thread.start()
    try:
        yield
    finally:
        refresher.stop()
        thread.join()


class _Refresher:
    def __init__(self, settings: Settings, database: Database, first_after_s: float) -> None:
        self._first_after_s = first_after_s
        self._settings = settings
        self._database = database
        self._stopping = threading.Event()
        self._clustering: subprocess.Popen | None = None
        self._lock = threading.Lock()  # between the start of a process and the stop

    def run(self) -> None:
        rounds_between = max(1, round(CLUSTERS_EVERY.total_seconds() / EVERY_S))
        round_number, pause_s = 0, self._first_after_s
        while not self._stopping.wait(pause_s):
            pause_s = EVERY_S
            try:
                daily_figures.refresh(self._database, stopping=self._stopping.is_set)
                if round_number % rounds_between == 0:
                    self._cluster()
            except Exception:
                # The figures are of no use to a shopper: whatever is wrong with them, the chat goes on.
                logger.exception("The overview's figures could not be brought up to date. It is tried again.")
            round_number += 1

    def stop(self) -> None:
        with self._lock:
            self._stopping.set()
            if self._clustering is not None:
                self._clustering.kill()

    def _cluster(self) -> None:
        with self._database.session() as db:
            if not unanswered.is_due(db, CLUSTERS_AT_LEAST_EVERY):
                return
        if embedding_in_use(self._settings.var / "models") is None:
            return  # the page says so
        environment = {
            **os.environ, "FLOORWALKER_DATABASE_URL": self._settings.database_url,
            "FLOORWALKER_VAR": str(self._settings.var), "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        with self._lock:
            if self._stopping.is_set():
                return
            self._clustering = subprocess.Popen(
                [sys.executable, "-m", "web.question_clustering"], env=environment
            )
        try:
            status = self._clustering.wait(CLUSTERING_TAKES_AT_MOST_S)
        except subprocess.TimeoutExpired:
            self._clustering.kill()
            self._clustering.wait()
            logger.warning("Clustering took more than %d s and was stopped.", CLUSTERING_TAKES_AT_MOST_S)
            return
        if status and not self._stopping.is_set():
            logger.warning("Clustering ended with status %d; its own lines above say why.", status)
