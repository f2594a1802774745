"""``floorwalker import``: a foreign catalogue, or the demo shop."""
from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tqdm import tqdm

from commands.catalogue_lines import read_lines
from commands.catalogue_load import LoadReport, NotACatalogue, load
from commands.errors import CommandError
from shop.database import open_database
from shop.settings import settings

SHOWN = 20  # skipped lines that a human is shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    sources = parser.add_subparsers(dest="source", metavar="SOURCE", required=True)
    jsonl = sources.add_parser("jsonl", help="a catalogue with one JSON object a line, also gzipped")
    jsonl.add_argument("file", type=Path, metavar="FILE", help="the catalogue")
    jsonl.add_argument("--dry-run", action="store_true", help="only say what would change")
    jsonl.add_argument("--train", action="store_true", help="index the products afterwards")
    jsonl.add_argument("--json", action="store_true", help="write the report as JSON")
    demo_shop = sources.add_parser("demo", help="the demo shop, into an empty database")
    demo_shop.add_argument("--seed", type=int, default=7, help="the same seed gives the same shop (7)")


def run(arguments: argparse.Namespace) -> int:
    return import_demo(arguments.seed) if arguments.source == "demo" else import_jsonl(arguments)


def import_demo(seed: int) -> int:
    """Build the demo shop in the database of the settings."""
    from shop import demo  # noqa: PLC0415 - a shop with a catalogue of its own never needs it

    database = open_database()
    try:
        database.migrate()
        with database.session() as db:
            demo.build(db, seed=seed)
    finally:
        database.close()
    print(f"The demo shop is built (seed {seed}). Run `floorwalker train index` so that its products are found.")
    return 0


def import_jsonl(arguments: argparse.Namespace) -> int:
    """Load a catalogue; 1 where the file is no catalogue or no line of it could be used."""
    path, started = arguments.file, time.monotonic()
    if not path.is_file():
        raise CommandError(f"There is no file {path}. Check the path.")
    database = open_database()
    try:
        database.migrate()
        with tqdm(
            total=path.stat().st_size, unit="B", unit_scale=True, desc=path.name, leave=False,
            disable=True if arguments.json else None,  # None: only where somebody watches
        ) as bar:
            lines = read_lines(path, lambda position: bar.update(position - bar.n))
            report = load(database, lines, settings.currency, arguments.dry_run)
    except NotACatalogue as error:
        print(
            f"floorwalker import: {path} is no catalogue, and nothing was changed: {error}. Write one JSON object a "
            "line, in UTF-8; `jq -c '.[]'` makes that of a JSON array.", file=sys.stderr,
        )
        return 1
    finally:
        database.close()
    if arguments.json:
        facts = {"file": str(path), "dry_run": arguments.dry_run, "seconds": round(time.monotonic() - started, 2)}
        print(json.dumps({**facts, **report.as_dict()}, ensure_ascii=False, indent=2))
    else:
        print(_report(report, arguments.dry_run))
    used = report.added + report.changed + report.unchanged
    if report.added + report.changed and not arguments.dry_run:
        if arguments.train:
            from commands.train import train  # noqa: PLC0415 - loads PyTorch, which takes seconds

            train(("index",))
        elif not arguments.json:
            print("\nRun `floorwalker train index`, so that searches start at once and new words are understood.")
    return 0 if used else 1


def _report(report: LoadReport, dry_run: bool) -> str:
    lines = [f"{'read':<12}{report.read:>9,}"]
    for name in ("added", "changed", "unchanged"):
        lines.append(f"{name:<12}{getattr(report, name):>9,}")
    lines.append(f"{'skipped':<12}{report.skipped_count:>9,}")
    if dry_run:
        lines.insert(0, "This is what would happen; nothing was stored.")
    if report.categories_added:
        names = ", ".join(report.categories_added[:SHOWN])
        more = len(report.categories_added) - SHOWN
        lines.append(f"\nnew categories: {names}{f' and {more} more' if more > 0 else ''}")
    if report.notes:
        lines.append("\nproducts")
        lines += [f"{count:>9,}  {note}" for note, count in report.notes.most_common()]
    if report.skipped:
        lines.append("\nskipped lines")
        lines += [f"{each['line']:>9,}  {each['reason']}" for each in report.skipped[:SHOWN]]
        if report.skipped_count > SHOWN:
            lines.append(f"{'':>9}  and {report.skipped_count - SHOWN:,} more; --json names the first 1,000")
    return "\n".join(lines)
