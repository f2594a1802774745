"""A small demo shop, built once for all tests that only look at it."""
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shop.database import Database, open_database
from shop.demo import build

TODAY = date(2026, 5, 12)
NOW = datetime(2026, 5, 12, tzinfo=UTC)
SIZES = {"products": 260, "customers": 220, "events": 6000, "orders": 600}


def make(path, **how) -> Database:
    """A database at ``path`` with a demo shop in it."""
    database = open_database(f"sqlite:///{path}")
    database.migrate()
    with database.session() as db:
        build(db, **({"seed": 7, "today": TODAY} | SIZES | how))
    return database


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    database = make(tmp_path_factory.mktemp("demo") / "shop.db")
    yield database
    database.close()


@pytest.fixture
def db(demo):
    with demo.session() as session:
        yield session
