"""The index of words and facets (``shop.schema_search``), asked in each database's own language."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, Select, cast, column, func, literal_column, select, text
from sqlalchemy import table as table_of
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from shop.database import Database, is_sqlite
from shop.schema import conversation_words

PURGED_PAGES = 500  # written in one step: some 2 MB, between which others write
_SQLITE_INDEX = table_of("conversation_words_index", column("rowid", Integer))


def numbers(
    db: Session, terms: Sequence[str], prefix: str | None = None, any_of: Sequence[str] = ()
) -> Select | None:
    """A query for the numbers of the conversations that have it all; None where nothing is asked for.

    ``terms``: words, pairs and facets as ``search_words`` makes them, all of which they have; ``prefix``: what a
    word of theirs begins with; ``any_of``: terms of which they have one.
    """
    if not (terms or prefix or any_of):
        return None
    if is_sqlite(db):
        asked = [f'"{term}"' for term in terms]
        asked += [f'"{prefix}"*'] if prefix else []
        asked += ["(" + " OR ".join(f'"{term}"' for term in any_of) + ")"] if any_of else []
        return select(_SQLITE_INDEX.c.rowid).where(
            literal_column(_SQLITE_INDEX.name).op("MATCH")(" AND ".join(asked))
        )
    asked = [f"'{term}'" for term in terms]
    asked += [f"'{prefix}':*"] if prefix else []
    asked += ["(" + " | ".join(f"'{term}'" for term in any_of) + ")"] if any_of else []
    vector = func.words_vector(conversation_words.c.words)
    return select(conversation_words.c.number).where(vector.op("@@")(cast(" & ".join(asked), TSQUERY)))


def purge(database: Database) -> None:
    """Take words that nobody has any more out of SQLite's file: its index only marks them when a row is deleted.

    In steps, each a transaction, so that nobody who writes waits for long. PostgreSQL's vacuum does it by itself.
    """
    if database.engine.dialect.name != "sqlite":
        return
    # A negative number begins to merge all parts of the index into one; positive ones go on with it.
    pages, written = -PURGED_PAGES, 2
    while pages < 0 or written >= 2:  # the statement itself counts as one change
        with database.session() as db:
            driver = db.connection().connection.driver_connection
            before = driver.total_changes
            db.execute(
                text(f"INSERT INTO {_SQLITE_INDEX.name}({_SQLITE_INDEX.name}, rank) VALUES ('merge', :pages)"),  # noqa: S608
                {"pages": pages},
            )
            written, pages = driver.total_changes - before, PURGED_PAGES
