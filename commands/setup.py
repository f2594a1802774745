"""``floorwalker setup``: everything between the environments and a running shop. Does only what is missing."""
from __future__ import annotations

import argparse
import os
import time

from sqlalchemy import func, select

from commands.train import PARTS, train
from shop import demo, schema
from shop.database import open_database
from shop.private_files import OTHERS, close_to_others, make_private_folder
from shop.settings import settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=7, help="seed of the demo shop (7)")


def run(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    prepare(arguments.seed)
    print(f"Everything is in place ({time.monotonic() - started:.0f} s).")
    return 0


def prepare(seed: int = 7) -> None:
    """Migrate the database, load the demo shop into an empty one (if ``settings.demo``), train what is missing."""
    os.umask(OTHERS)  # trained parts, logs and reports are nobody else's either
    make_private_folder(settings.var)
    close_to_others(settings.var)
    database = open_database()
    try:
        database.migrate()
        with database.session() as db:
            if settings.demo and not db.execute(select(func.count()).select_from(schema.products)).scalar():
                print("demo shop: ", end="", flush=True)
                demo.build(db, seed=seed)
                print("built", flush=True)
    finally:
        database.close()
    train(PARTS, warnings=False)  # warnings are for trainers, who type `make train`
