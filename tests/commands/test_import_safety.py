"""A file from outside can be hostile, enormous, or cut short in the middle of being loaded."""
from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shop import catalogue, schema
from shop.settings import ROOT, settings
from tests.commands.test_import_shopify import product, write_table

HEAD = ["Handle", "Title", "Vendor", "Type", "Body (HTML)", "Option1 Name", "Option1 Value", "Variant SKU",
        "Variant Price", "Image Src"]  # fmt: skip


def shopify_file(path: Path, products: int) -> Path:
    def rows():
        for number in range(products):
            text = f"A lamp for room {number}. " * 20
            handle, title = f"lamp-{number}", f"Lamp {number}"
            yield [handle, title, "Orrin", "Lamp", text, "Height", "20 cm", f"L{number}-20", "19.90", ""]
            yield [handle, "", "", "", "", "", "30 cm", f"L{number}-30", "29.90", ""]

    return write_table(path, HEAD, *rows())


def environment() -> dict[str, str]:
    return {
        **os.environ, "FLOORWALKER_VAR": str(settings.var), "FLOORWALKER_DATABASE_URL": settings.database_url,
        "FLOORWALKER_DEMO": "0",
    }  # fmt: skip


def stored(database) -> dict[str, tuple]:
    with database.session() as db:
        return {each.product_id: (each.title, [variant.sku for variant in each.variants])
                for each in catalogue.all_products(db)}  # fmt: skip


# ---- cut short


def test_an_import_that_was_killed_goes_on_and_doubles_nothing(floorwalker, tmp_path, database):
    path = shopify_file(tmp_path / "p.csv", 2000)
    command = [sys.executable, "-m", "commands", "import", "shopify", str(path), "--json"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    try:
        with sqlite3.connect(settings.database_url.removeprefix("sqlite:///"), timeout=5) as looking:
            until = time.monotonic() + 60
            while looking.execute("SELECT count(*) FROM products").fetchone()[0] < 500:
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.005)
        looking.close()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    there = len(stored(database))
    assert 500 <= there < 2000 and there % 500 == 0  # whole batches, each its own transaction
    report = floorwalker("import", "shopify", path, "--json").json
    assert (report["added"], report["unchanged"], report["changed"]) == (2000 - there, there, 0)
    found = stored(database)
    assert len(found) == 2000 and found["lamp-7"] == ("Lamp 7", ["L7-20", "L7-30"])


def test_memory_does_not_grow_with_the_catalogue(tmp_path, var):
    def peak_mib(products: int) -> float:
        path = shopify_file(tmp_path / f"{products}.csv", products)
        code = (
            "import resource, sys, commands; commands.main(['import', 'shopify', sys.argv[1], '--dry-run', '--json']); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], cwd=ROOT, env=environment(), capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert json.loads(done.stdout)["added"] == products
        return int(done.stderr.split()[-1]) / 1024

    small, large = peak_mib(300), peak_mib(3000)
    assert large < small + 12, f"{small:.0f} MiB for 300 products, {large:.0f} MiB for ten times as many"


# ---- hostile


@pytest.mark.parametrize("declared", [
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/feed.dtd">',
    '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
])  # fmt: skip
def test_xml_that_declares_or_fetches_anything_is_refused(floorwalker, tmp_path, database, declared):
    path = tmp_path / "feed.xml"
    path.write_text(
        f'<?xml version="1.0"?>{declared}<rss><channel><item><id>A1</id><title>&a;</title><price>1.00</price></item>'
        "</channel></rss>", "utf-8"
    )  # fmt: skip
    said = floorwalker("import", "google", path)
    assert said.status == 1 and "nothing was changed" in said.err and "document type or entities" in said.err
    assert stored(database) == {}


@pytest.mark.parametrize(("content", "told"), [
    ("<rss><channel><item><id>A1</id>", "well-formed"), ("<rss><channel/></rss>", "no <item>"),
    ("<rss>" + "<a>" * 60 + "</a>" * 60 + "</rss>", "nested"),
    ("<rss><channel><item><id>A</id><title>B</title><price>1</price></item></channel>", "well-formed"),
])  # fmt: skip
def test_a_feed_that_is_broken_anywhere_changes_nothing(floorwalker, tmp_path, database, content, told):
    path = tmp_path / "feed.xml"
    path.write_text(content, "utf-8")
    said = floorwalker("import", "google", path)
    assert said.status == 1 and "nothing was changed" in said.err and told in said.err
    assert stored(database) == {}


def test_an_enormous_item_costs_only_itself(floorwalker, tmp_path, database):
    path = tmp_path / "feed.xml"
    path.write_text(
        "<rss><channel><item><id>A1</id><title>" + "x" * 2_000_000 + "</title><price>1.00</price></item>\n"
        "<item><id>A2</id><title>Vase</title><price>1.00</price></item></channel></rss>", "utf-8"
    )  # fmt: skip
    report = floorwalker("import", "google", path, "--json").json
    assert list(stored(database)) == ["A2"] and [each["line"] for each in report["skipped"]] == [1]


def test_formulas_are_text_and_stay_what_they_are(floorwalker, tmp_path, database):
    titles = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3"]
    path = write_table(tmp_path / "p.csv", ["Handle", "Title", "Variant Price"],
                       *([f"p{number}", title, "1.00"] for number, title in enumerate(titles)))  # fmt: skip
    floorwalker("import", "shopify", path)
    assert [product(database, f"p{number}").title for number in range(4)] == titles


def test_addresses_in_a_file_are_never_visited(floorwalker, tmp_path, database, monkeypatch):
    def refuse(*_arguments):
        raise AssertionError("the import opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    pictures = ["https://shop.example/a.jpg", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
                "javascript:alert(1)", "//shop.example/a.jpg", "https://shop.example/" + "a" * 900,
                'https://x.example/"onerror="alert(1)']  # fmt: skip
    rows = [[f"p{number}", f"Vase {number}", "1.00", each] for number, each in enumerate(pictures)]
    path = write_table(tmp_path / "p.csv", ["Handle", "Title", "Variant Price", "Image Src"], *rows)
    report = floorwalker("import", "shopify", path, "--json").json
    assert report["added"] == len(pictures)
    with database.session() as db:
        kept = dict(db.execute(schema.products.select().with_only_columns(
            schema.products.c.id, schema.products.c.picture_url)).all())  # fmt: skip
    assert [kept[f"p{number}"] for number in range(len(pictures))] == [*pictures[:2], *[None] * 5]
    assert report["notes"]["with a picture that has no web address, left out"] == 5


def test_quotes_and_semicolons_of_sql_are_letters_like_others(floorwalker, tmp_path, database):
    path = write_table(tmp_path / "p.csv", ["Handle", "Title", "Type", "Variant SKU", "Variant Price"],
                       ["p1", "Vase'); DROP TABLE products; --", "x' OR '1'='1", "S'1", "1.00"])  # fmt: skip
    floorwalker("import", "shopify", path)
    vase = product(database, "p1")
    assert vase.title == "Vase'); DROP TABLE products; --" and vase.kind == "x' OR '1'='1"
    assert vase.variants[0].sku == "S'1"


def test_texts_longer_than_their_columns_are_cut_and_noted(floorwalker, tmp_path, database):
    path = write_table(tmp_path / "p.csv", HEAD, ["h" * 90, "T" * 900, "V" * 300, "K" * 300, "D" * 20_000, "Size",
                                                  "S" * 200, "U" * 300, "1.00", ""])  # fmt: skip
    report = floorwalker("import", "shopify", path, "--json").json
    assert report["added"] == 1 and report["notes"]["with a title of more than 200 characters, cut"] == 1
    [(product_id, (title, [sku]))] = stored(database).items()
    assert len(product_id) == 32 and len(title) == 200 and len(sku) == 48
