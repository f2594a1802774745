"""``floorwalker backup``: consistent copies of the databases while everything runs."""
from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url
from tqdm import tqdm

from commands.errors import CommandError
from models.registry import Registry
from shop.settings import settings

PAGES_A_STEP = 2048  # 8 MB: between steps the shop may write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder under which a new one is made")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """1 where the shop's own database had to be left out."""
    url = make_url(settings.database_url)
    sources = {"rasa.db": settings.var / "rasa.db"}
    complete = url.get_backend_name() == "sqlite"
    if complete:
        sources = {"shop.db": Path(url.database or ""), **sources}
        if not sources["shop.db"].is_file():
            raise CommandError(f"There is no database at {sources['shop.db']}. Run `floorwalker setup` first.")
    target = back_up(sources, arguments.to, quiet=arguments.json)
    files = {file.name: file.stat().st_size for file in sorted(target.iterdir())}
    if arguments.json:
        print(json.dumps({"directory": str(target), "complete": complete, "bytes_of_file": files}, indent=2))
    else:
        print(f"The copies are in {target}:")
        for name, size_bytes in files.items():
            print(f"  {name:<16}{size_bytes:>14,} bytes")
        print(
            f"Not in it: {settings.var / 'secret.key'}, without which everybody has to sign in again. Keep a copy of "
            "it elsewhere. The trained parts are made again by `floorwalker train`."
        )
    if not complete:
        address = url.set(drivername="postgresql").render_as_string(hide_password=True)
        print(
            "The shop's database is not SQLite and is NOT in the backup. Dump it with its own tool: "
            f"pg_dump --format=custom --file={target / 'shop.dump'} {address}",
            file=sys.stderr,
        )
    return 0 if complete else 1


def back_up(sources: dict[str, Path], folder: Path, quiet: bool = False) -> Path:
    """Copy the SQLite files ``sources`` (name of the copy -> file), those that exist, into a new folder in ``folder``.

    Each copy is consistent in itself and checked. The new folder appears whole or not at all, and only its owner
    reads it. Returns it. Raises CommandError where it cannot be written or a copy is damaged.
    """
    name = f"floorwalker-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder))  # 0700
    except OSError as error:
        raise CommandError(f"{folder} cannot be written ({error.strerror}). Name another folder.") from error
    try:
        for copy, source in sources.items():
            if source.is_file():
                _copy(source, draft / copy, quiet)
        (draft / "models.json").write_text(json.dumps(_champions(), indent=2) + "\n", "utf-8")
        os.rename(draft, folder / name)
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"The backup in {folder} failed and was taken away again: {error}") from error
    finally:
        if draft.exists():
            shutil.rmtree(draft)
    return folder / name


def _copy(source: Path, target: Path, quiet: bool) -> None:
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(target)) as copy,
        tqdm(desc=target.name, unit="page", leave=False, disable=True if quiet else None) as bar,
    ):
        def show(_status: int, remaining: int, total: int) -> None:
            bar.total = total
            bar.update(total - remaining - bar.n)

        original.backup(copy, pages=PAGES_A_STEP, progress=show, sleep=0.01)
        # One file that needs no companions, wherever it is carried.
        copy.execute("PRAGMA journal_mode = DELETE")
        (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
    if verdict != "ok":
        raise CommandError(f"{source} is damaged: {verdict}. Restore an earlier backup.")
    target.chmod(0o600)


def _champions() -> dict[str, dict]:
    registry = Registry(settings.var / "models")
    champions = {part: registry.champion(part) for part in registry.parts()}
    return {part: {"version": each.name, **each.card} for part, each in champions.items() if each is not None}
