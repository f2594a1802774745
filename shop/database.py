"""Opening the shop's database: SQLite in WAL mode by default, PostgreSQL by URL; the only engine of the shop.

Three processes use one SQLite file at once. A transaction that reads first and writes later would fail there
with SQLITE_BUSY_SNAPSHOT as soon as another process wrote in between. So reads run outside a transaction and
the first write opens it with BEGIN IMMEDIATE: writers wait for each other (up to BUSY_TIMEOUT_MS), and
reading holds nobody up. What must be read and written as one calls ``lock_for_writing`` first.
"""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.schema import Table

from shop.errors import NotReady
from shop.private_files import make_private_file, make_private_folder
from shop.settings import settings

BUSY_TIMEOUT_MS = 5000
MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# Any number will do as long as every process of the shop uses the same: it names the lock in PostgreSQL.
MIGRATION_LOCK = 7_301_946


class Database:
    """An open database. ``engine`` is public for bulk loading; everything else goes through ``session``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, autoflush=False, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed where the block ends, rolled back where it raises (and raised on)."""
        with self._sessions() as db:
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    def migrate(self) -> None:
        """Bring the tables to this release. Safe from several processes at once: one does it, others wait."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def version(self) -> str | None:
        """Revision of the tables that stand there; None in an empty database."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def check(self) -> None:
        """Raises NotReady where the tables are not those of this release."""
        found, wanted = self.version(), ScriptDirectory.from_config(_alembic_config()).get_current_head()
        if found != wanted:
            raise NotReady(self.engine.url.render_as_string(hide_password=True), found, wanted)

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def open_database(url: str | None = None) -> Database:
    """Open the database at ``url`` (the setting ``database_url`` where None).

    An SQLite file and its folder are made, their owner's alone. Tables are not: see ``Database.migrate``. Raises
    SQLAlchemy's ArgumentError for a URL that is none, OSError where the file cannot be made.
    """
    parsed = make_url(url or settings.database_url)
    if parsed.get_backend_name() != "sqlite":
        return Database(create_engine(parsed, pool_pre_ping=True, hide_parameters=True))
    if parsed.database and parsed.database != ":memory:" and not parsed.database.startswith("file:"):
        make_private_folder(Path(parsed.database).parent)
        make_private_file(Path(parsed.database))
    # The driver itself opens the transaction before the first INSERT, UPDATE or DELETE, in this mode.
    # Parameters are people's names and addresses, and errors are logged.
    engine = create_engine(
        parsed, connect_args={"isolation_level": "IMMEDIATE", "timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return Database(engine)


def _prepare_sqlite(connection, _record) -> None:
    cursor = connection.cursor()
    # The timeout comes first, as switching to WAL needs a lock that another process may be holding.
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # In WAL this survives crashes of processes, and a commit costs no fsync.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def is_sqlite(db: Session | Connection) -> bool:
    """Whether ``db`` talks to SQLite."""
    connection = db.connection() if isinstance(db, Session) else db
    return connection.dialect.name == "sqlite"


def lock_for_writing(db: Session) -> None:
    """Take SQLite's writer lock now, so that what is read next cannot change before it is written.

    Nothing happens where the transaction has it already, nor on PostgreSQL, which locks rows instead (use
    ``with_for_update``). Raises SQLAlchemy's OperationalError after BUSY_TIMEOUT_MS of waiting.
    """
    connection = db.connection()
    if connection.dialect.name == "sqlite" and not connection.connection.driver_connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def upsert(db: Session, table: Table):
    """INSERT of the dialect in use, which has ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return sqlite.insert(table) if is_sqlite(db) else postgresql.insert(table)
