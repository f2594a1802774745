"""``floorwalker setup``: everything between the environments and a running shop. Does only what is missing."""
from __future__ import annotations

import argparse
import os
import time

from sqlalchemy import func, select

from commands.train import PARTS, train
from models.registry import Registry
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
    train(missing_parts(Registry(settings.var / "models")), warnings=False)  # warnings are for trainers: `make train`


def missing_parts(registry: Registry) -> tuple[str, ...]:
    """The parts to be looked at. Customers' events come in all the time, and a start must not wait until they are
    learned from: an encoder in use is trained anew by `floorwalker train`, or where the embedding is another now.
    """
    encoder, embedding = registry.intact("encoder"), registry.intact("embedding")
    fits = encoder is not None and embedding is not None and encoder.card.get("embedding") == embedding.name
    return tuple(part for part in PARTS if part != "encoder" or not fits)
