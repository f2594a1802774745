from __future__ import annotations

import os
import threading
from datetime import timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text, update

from shop import customers, events, schema
from shop.clock import utc_now
from shop.database import MIGRATIONS, lock_for_writing, open_database
from shop.errors import NotReady
from tests.postgres import POSTGRES_URL
from tests.shop.conftest import ADDRESS

# What looks into the words is no table of the schema: its statements are compared by their characters instead.
COMPARED = {
    "compare_type": True,
    "include_name": lambda name, kind, parents: not (name or "").startswith(
        ("conversation_words_index", "ix_conversation_words_words")
    ),
}


def structure(database) -> dict[str, str]:
    with database.engine.connect() as connection:
        rows = connection.execute(text(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
        ))  # fmt: skip
        # Names are quoted or not, and columns spaced or not, as whoever wrote the statement liked.
        return {name: "".join(sql.split()).replace('"', "").lower() for name, sql in rows}


def test_the_migrated_tables_are_those_of_the_schema(tmp_path):
    migrated = open_database(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrated.migrate()
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARED)
        assert compare_metadata(context, schema.metadata) == []
    made = open_database(f"sqlite:///{tmp_path / 'made.db'}")
    schema.metadata.create_all(made.engine)
    found, wanted = structure(migrated), structure(made)
    assert found.keys() == wanted.keys()
    # Constraints stand in another order, so their characters are compared, not their places.
    assert {name: sorted(sql) for name, sql in found.items()} == {name: sorted(sql) for name, sql in wanted.items()}


def test_an_operator_can_migrate_twice_and_from_several_threads(tmp_path):
    url, errors = f"sqlite:///{tmp_path / 'shop.db'}", []

    def migrate():
        try:
            opened = open_database(url)
            opened.migrate()
            opened.close()
        except Exception as error:  # the thread would swallow it
            errors.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    open_database(url).check()


def test_purchases_of_before_find_the_order_they_were_placed_with(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'shop.db'}")
    opened.migrate()
    at, later = utc_now(), utc_now() + timedelta(hours=1)
    with opened.session() as db:
        ada = customers.create(db, "ada@example.com").customer_id
        for number, placed_at in (("100001", at), ("100002", later)):
            db.execute(insert(schema.orders).values(
                number=number, customer_id=ada, status="placed", placed_at=placed_at, subtotal_cents=1, total_cents=1,
                currency="EUR", payment_method="card", email="", **dict.fromkeys(ADDRESS, "")))  # fmt: skip
            db.execute(insert(schema.order_lines).values(
                order_number=number, sku="P1-A", product_id="P1", title="x", quantity=1, price_cents=1))  # fmt: skip
        for kind, product_id, moment in (
            ("purchase", "P1", at), ("purchase", "P1", later), ("purchase", "P2", at), ("view", "P1", at)
        ):  # fmt: skip
            events.record(db, kind, product_id, ada, at=moment)
    with opened.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    opened.migrate()
    with opened.session() as db:
        found = db.execute(select(schema.events.c.order_number).order_by(schema.events.c.id)).scalars().all()
    assert found == ["100001", "100002", None, None]
    opened.close()


def test_an_operator_is_told_how_to_make_missing_tables(tmp_path):
    with pytest.raises(NotReady, match="migrate"):
        open_database(f"sqlite:///{tmp_path / 'shop.db'}").check()


def test_a_new_database_and_its_folder_are_their_owners_alone(tmp_path):
    path = tmp_path / "var" / "shop.db"
    before = os.umask(0o022)
    try:
        opened = open_database(f"sqlite:///{path}")
        opened.migrate()
        modes = {each.name: each.stat().st_mode & 0o777 for each in [path.parent, *path.parent.iterdir()]}
        opened.close()
    finally:
        os.umask(before)
    assert modes.pop("var") == 0o700
    assert modes and set(modes.values()) == {0o600}


@pytest.mark.skipif(bool(POSTGRES_URL), reason="SQLite's own settings")
def test_sqlite_runs_in_wal_mode_with_foreign_keys(db):
    assert db.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    assert db.execute(text("PRAGMA foreign_keys")).scalar() == 1
    assert db.execute(text("PRAGMA busy_timeout")).scalar() == 5000
    assert db.execute(text("PRAGMA synchronous")).scalar() == 1


@pytest.mark.skipif(not POSTGRES_URL, reason="FLOORWALKER_TEST_POSTGRES_URL names no database")
def test_postgresql_gets_the_tables_of_the_schema(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARED)
        assert compare_metadata(context, schema.metadata) == []
    database.migrate()
    database.check()


def test_an_error_rolls_the_session_back(database):
    with pytest.raises(ZeroDivisionError), database.session() as db:
        db.execute(update(schema.products).values(title="Lost"))
        raise ZeroDivisionError
    with database.session() as db:
        assert "Lost" not in db.execute(select(schema.products.c.title)).scalars().all()


def test_somebody_who_read_first_can_write_after_somebody_else_wrote(database):
    """With a plain BEGIN the second writer would get SQLITE_BUSY_SNAPSHOT here."""
    query = select(schema.variants.c.stock).where(schema.variants.c.sku == "P00001-NAV")
    take = update(schema.variants).where(schema.variants.c.sku == "P00001-NAV").values(
        stock=schema.variants.c.stock - 1
    )  # fmt: skip
    with database.session() as first:
        assert first.execute(query).scalar() == 5
        with database.session() as second:
            second.execute(take)
        first.execute(take)
    with database.session() as db:
        assert db.execute(query).scalar() == 3


def test_readers_are_not_held_up_by_a_writer(database):
    with database.session() as writer:
        lock_for_writing(writer)
        writer.execute(update(schema.products).values(title="New"))
        with database.session() as reader:
            assert "New" not in reader.execute(select(schema.products.c.title)).scalars().all()


def test_times_come_back_in_utc(db):
    placed_at = db.execute(select(schema.orders.c.placed_at)).scalars().first()
    assert placed_at.utcoffset().total_seconds() == 0
    assert placed_at < utc_now()
