"""``floorwalker export``: everything that the shop holds about a customer, as JSON."""
from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from commands.errors import CommandError
from shop.database import open_database
from shop.privacy import export_customer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customer", required=True, metavar="ID", help="the customer, such as C00042")
    parser.add_argument("--output", type=Path, metavar="FILE", help="a new file (else the terminal)")


def run(arguments: argparse.Namespace) -> int:
    database = open_database()
    try:
        database.check()
        with database.session() as db:
            content = json.dumps(export_customer(db, arguments.customer, "operator"), ensure_ascii=False, indent=2)
            if arguments.output:
                _write(arguments.output, content)
    finally:
        database.close()
    if arguments.output:
        print(f"Everything about {arguments.customer} is in {arguments.output} ({len(content):,} characters).")
    else:
        print(content)
    return 0


def _write(path: Path, content: str) -> None:
    """Write a new file that only its owner reads. Raises CommandError where it exists or cannot be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandError(f"{path} exists already. Name another file.") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}). Name another place.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content + "\n")
