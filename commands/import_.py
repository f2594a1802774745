"""``floorwalker import``: what another shop system exports, a catalogue of our own format, or the demo shop."""
from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tqdm import tqdm

from commands.errors import CommandError
from commands.imports import catalogue_report, google, shopify_products, woocommerce
from commands.imports.json_lines import Line, read_lines
from commands.imports.product_load import load
from commands.imports.record_load import RECORDS, load_records
from commands.imports.report import BrokenFile, Report
from shop.database import Database, open_database
from shop.settings import settings

Progress = Callable[[int], None]

# source -> (its module, one line of help)
CATALOGUES = {
    "shopify": (shopify_products, "products as Shopify exports them (CSV)"),
    "google": (google, "a Google Merchant feed (RSS, Atom, TSV or CSV)"),
    "woocommerce": (woocommerce, "products as WooCommerce exports them (CSV)"),
}
JSONL_REMEDY = "Write one JSON object a line, in UTF-8; `jq -c '.[]'` makes that of a JSON array."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    sources = parser.add_subparsers(dest="source", metavar="SOURCE", required=True)
    catalogues = {name: line for name, (_, line) in CATALOGUES.items()}
    catalogues["jsonl"] = "a catalogue with one JSON object a line"
    for name, line in {**catalogues, **{name: kind.help for name, kind in RECORDS.items()}}.items():
        source = sources.add_parser(name, help=line)
        source.add_argument("file", type=Path, metavar="FILE", help="the file, plain or gzipped")
        source.add_argument("--dry-run", action="store_true", help="only say what would change")
        if name in catalogues:
            source.add_argument("--train", action="store_true", help="index the products afterwards")
        source.add_argument("--json", action="store_true", help="write the report as JSON")
    report = sources.add_parser("report", help="which questions the stored catalogue cannot answer")
    report.add_argument("--json", action="store_true", help="write the report as JSON")
    demo_shop = sources.add_parser("demo", help="the demo shop, into an empty database")
    demo_shop.add_argument("--seed", type=int, default=7, help="the same seed gives the same shop (7)")


def run(arguments: argparse.Namespace) -> int:
    if arguments.source == "demo":
        return import_demo(arguments.seed)
    if arguments.source == "report":
        return report_catalogue(arguments.json)
    return import_records(arguments) if arguments.source in RECORDS else import_catalogue(arguments)


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


def report_catalogue(as_json: bool) -> int:
    """The catalogue report of what is stored; 1 where there are no products."""
    database = open_database()
    try:
        database.migrate()
        gaps = catalogue_report.examine(database, as_json)
    finally:
        database.close()
    print(json.dumps(gaps.as_dict(), ensure_ascii=False, indent=2) if as_json else gaps.as_text())
    return 0 if gaps.products else 1


def import_catalogue(arguments: argparse.Namespace) -> int:
    """Load products, then say what the catalogue cannot answer.

    1 where the file is no catalogue of this kind, or no product of it could be used.
    """

    def store(database: Database, path: Path) -> Report:
        if arguments.source == "jsonl":
            with _bar(path.stat().st_size, "B", path.name, arguments.json) as bar:
                lines = read_lines(path, lambda position: bar.update(position - bar.n))
                return load(database, lines, settings.currency, arguments.dry_run)
        with _bar(path.stat().st_size, "B", f"reading {path.name}", arguments.json) as bar:
            source = CATALOGUES[arguments.source][0].read(path, lambda position: bar.update(position - bar.n))
        with _bar(len(source.groups), "", "storing", arguments.json) as bar:
            return load(
                database, _counted(source.lines(), bar), settings.currency, arguments.dry_run, source.report,
                source.decimal.sign,
            )  # fmt: skip

    remedy = JSONL_REMEDY if arguments.source == "jsonl" else ""
    return _import(arguments, "products", store, remedy)


def import_records(arguments: argparse.Namespace) -> int:
    """Load orders, customers or events. 1 where the file is none of them, or nothing of it could be used."""

    def store(database: Database, path: Path) -> Report:
        def bar(total: int, unit: str, title: str) -> tqdm:
            return _bar(total, unit, title, arguments.json)

        return load_records(database, path, arguments.source, settings.currency, arguments.dry_run, bar)

    return _import(arguments, arguments.source, store)


def _import(
    arguments: argparse.Namespace, what: str, store: Callable[[Database, Path], Report], remedy: str = ""
) -> int:
    path, started = arguments.file, time.monotonic()
    if not path.is_file():
        raise CommandError(f"There is no file {path}. Check the path.")
    database = open_database()
    try:
        database.migrate()
        report = store(database, path)
        report.skipped.sort(key=lambda each: each["line"])
        gaps = None
        if what == "products" and report.used and not arguments.dry_run:
            gaps = catalogue_report.examine(database, arguments.json)
    except BrokenFile as error:
        print(
            f"floorwalker import: {path} cannot be used, and nothing was changed: {error}. {remedy}".rstrip(),
            file=sys.stderr,
        )
        return 1
    finally:
        database.close()
    if arguments.json:
        facts = {"file": str(path), "dry_run": arguments.dry_run, "seconds": round(time.monotonic() - started, 2)}
        gaps_found = {"catalogue_report": gaps.as_dict()} if gaps else {}
        print(json.dumps({**facts, **report.as_dict(), **gaps_found}, ensure_ascii=False, indent=2))
    else:
        print(report.as_text(what, arguments.dry_run))
        if gaps:
            print(f"\n{gaps.as_text()}")
    if what == "products" and report.added + report.changed and not arguments.dry_run:
        if arguments.train:
            from commands.train import train  # noqa: PLC0415 - loads PyTorch, which takes seconds

            train(("index",))
        elif not arguments.json:
            print("\nRun `floorwalker train index`, so that searches start at once and new words are understood.")
    return 0 if report.used else 1


def _bar(total: int, unit: str, title: str, quiet: bool) -> tqdm:
    # disable=None: shown only where somebody watches.
    return tqdm(
        total=total, unit=unit, unit_scale=True, desc=title, leave=False, disable=True if quiet else None
    )


def _counted(lines: Iterable[Line], bar: tqdm) -> Iterable[Line]:
    for line in lines:
        yield line
        bar.update()
