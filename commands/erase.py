"""``floorwalker erase``: a customer, everywhere: in the shop, in Rasa's memory, in what was learned."""
from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from commands.errors import CommandError
from models.registry import Registry
from shop import customers, schema, word_index
from shop.database import lock_for_writing, open_database
from shop.errors import NotFound
from shop.privacy import erase_customer
from shop.settings import settings

BUSY_TIMEOUT_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customer", required=True, metavar="ID", help="the customer, such as C00042")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """1 where the question was answered with anything but yes."""
    database = open_database()
    try:
        database.check()
        with database.session() as db:
            person = customers.customer(db, arguments.customer)
        if person is None:
            raise NotFound("customer", arguments.customer)
        if not arguments.yes and not _confirmed(arguments.customer):
            print("Nothing was erased.")
            return 1
        with database.session() as db:
            # Held from here, so that no conversation is added between looking and erasing.
            lock_for_writing(db)
            talks = db.execute(
                select(schema.conversations.c.id).where(schema.conversations.c.customer_id == arguments.customer)
            ).scalars().all()
            erased = erase_customer(db, arguments.customer, "operator")
            # Before the commit: should it fail, the customer is still there to be erased again.
            erased["Rasa's events"] = forget_conversations(settings.var / "rasa.db", talks)
        word_index.purge(database)
    finally:
        database.close()
    width = max(len(name) for name in erased)
    for name, count in erased.items():
        print(f"{name:<{width}}  {count:>7,}")
    stale = stale_parts(Registry(settings.var / "models"))
    if stale:
        print(f"\nTrained with this customer's data among others, and stale until trained anew: {', '.join(stale)}.")
        print("Run `floorwalker train --force`.")
    else:
        print("\nNo trained part has learned from customers' data.")
    print("Backups and exports made earlier still hold this customer.")
    return 0


def forget_conversations(path: Path, conversation_ids: Sequence[str]) -> int:
    """Delete Rasa's events of these conversations from the SQLite file ``path``; returns how many there were.

    0 where there is no such file or it holds no events yet. Raises CommandError where it cannot be written.
    """
    if not path.exists() or not conversation_ids:
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as tracker_store:
            tracker_store.execute("PRAGMA secure_delete = ON")  # overwrites what is deleted
            if not tracker_store.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone():
                return 0
            with tracker_store:
                count = tracker_store.executemany(
                    "DELETE FROM events WHERE sender_id = ?", [(each,) for each in conversation_ids]
                ).rowcount
            # Else the words would stand in the write-ahead log until it is next used up.
            tracker_store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return count
    except sqlite3.Error as error:
        raise CommandError(f"{path} cannot be changed ({error}); nothing was erased. Try again.") from error


def stale_parts(registry: Registry) -> list[str]:
    """``part version`` of each version in use whose card says ``customer_data``: it learned from customers."""
    champions = [registry.champion(part) for part in registry.parts()]
    return [f"{each.part} {each.name}" for each in champions if each is not None and each.card.get("customer_data")]


def _confirmed(customer_id: str) -> bool:
    if not sys.stdin.isatty():
        raise CommandError("There is nobody to ask whether to erase. Add --yes.")
    return input(f"Erase {customer_id} everywhere? This cannot be undone. Type yes: ").strip().lower() == "yes"
