"""PostgreSQL for tests: databases beside the one that FLOORWALKER_TEST_POSTGRES_URL names, new for each test.

Filling a shop takes longer than most tests. So it is filled once, and each test gets a copy made by the server. The
role in the URL must be allowed to create databases.
"""
from __future__ import annotations

import os
from collections.abc import Callable

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from shop.database import Database, open_database

POSTGRES_URL = os.environ.get("FLOORWALKER_TEST_POSTGRES_URL", "")


class Copies:
    """A migrated database that ``fill`` was called with, and copies of it. Call ``close`` at the end."""

    def __init__(self, name: str, fill: Callable[[Database], None] = lambda database: None) -> None:
        base = make_url(POSTGRES_URL)
        self._server = create_engine(base, isolation_level="AUTOCOMMIT")
        self._filled, self._copy = f"{base.database}_{name}", f"{base.database}_{name}_copy"
        self._run(f'DROP DATABASE IF EXISTS "{self._filled}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{self._filled}"')
        database = open_database(self._url(self._filled))
        database.migrate()
        fill(database)
        database.close()

    def fresh(self) -> str:
        """The URL of a new copy; the one before is gone."""
        self._run(f'DROP DATABASE IF EXISTS "{self._copy}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{self._copy}" TEMPLATE "{self._filled}"')
        return self._url(self._copy)

    def close(self) -> None:
        for name in (self._copy, self._filled):
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._server.dispose()

    def _url(self, name: str) -> str:
        return make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(statement))
