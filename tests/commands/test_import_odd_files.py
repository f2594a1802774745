"""One odd row is named and costs nobody else anything, and no row costs the machine its time or its memory."""
from __future__ import annotations

import contextlib
import gzip
import json
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from commands.imports import events as event_files
from commands.imports import json_orders, text_file
from commands.imports.feed_items import items
from commands.imports.money import plain_number, price_cents
from commands.imports.plain_text import plain_text
from commands.imports.product_row import read_row
from commands.imports.report import BrokenFile, Report
from commands.imports.row_groups import RowGroups
from commands.imports.text_file import examine
from commands.imports.values import measure, moment
from shop import schema
from shop.errors import BadInput
from tests.commands.test_import_shopify import product, write_table
from tests.commands.test_import_tables import broken, names, table  # noqa: F401 - a fixture

PATIENCE_S = 2.0  # of what takes milliseconds where it is done well, and minutes where it is not


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return path


# ---- values that no shop system writes


ODD = st.recursive(
    st.none() | st.booleans() | st.text(max_size=6) | st.floats() | st.integers()
    | st.sampled_from([10**4000, 1e300, "9" * 29, "1E+999999999", "\ud800", "NaN", "1", "12.95", 3, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["sku", "price", "currency", "amount", "name", "value", "line", "told_by", "stock", "was"]),
        inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
PRODUCT_KEYS = st.sampled_from([
    "id", "title", "brand", "category", "kind", "attributes", "price", "price_cents", "was", "stock", "availability",
    "rating", "rating_count", "variants", "image", "colour", "size", "active", "currency", "description", "sku",
])  # fmt: skip
ORDER_KEYS = st.sampled_from([
    "status", "placed_at", "lines", "line_items", "email", "total", "refunds", "shipping", "billing", "currency",
    "refunded_cents", "date_created",
])  # fmt: skip
EVENT_KEYS = st.sampled_from(["kind", "at", "customer_id", "visitor_id", "product_id", "sku", "query", "email"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(PRODUCT_KEYS, ODD, max_size=6), st.booleans())
def test_whatever_a_product_says_it_is_read_or_refused(odd, complete):
    content = {"id": "a", "title": "Vase", "price": 10, **odd} if complete else odd
    try:
        row = read_row(1, content, "EUR")
    except BadInput:
        return
    assert row.values["product_id"] and all(isinstance(line, int) for line, _ in row.skipped)


@settings(max_examples=60, deadline=None)
@given(orders=st.lists(st.dictionaries(ORDER_KEYS, ODD, max_size=5), min_size=1, max_size=3),
       done=st.lists(st.dictionaries(EVENT_KEYS, ODD, max_size=5), min_size=1, max_size=3))  # fmt: skip
def test_whatever_an_order_or_an_event_says_it_is_read_or_refused(tmp_path_factory, orders, done):
    folder = tmp_path_factory.mktemp("odd")
    path = write_lines(folder / "o.jsonl", *({"number": f"1{at}", **each} for at, each in enumerate(orders)))
    assert len(list(json_orders.read(path, "EUR").lines())) == len(orders)
    path = write_lines(folder / "e.jsonl", *({"kind": "view", "at": "2026-02-24", **each} for each in done))
    assert len(list(event_files.read(path, "EUR").lines())) == len(done)


@pytest.mark.parametrize("row", [
    {"price": 1e30}, {"price": "9" * 29}, {"price": 10**4000}, {"price_cents": "1E+999999999"}, {"price_cents": 10**30},
])  # fmt: skip
def test_a_price_beyond_all_money_is_refused_at_once(row):
    started = time.monotonic()
    with pytest.raises(BadInput):
        price_cents(row, "EUR")
    assert time.monotonic() - started < PATIENCE_S


@pytest.mark.parametrize("read", [
    lambda spaces: price_cents({"price": f"1{spaces}!"}, "EUR"), lambda spaces: measure("weight", f"1{spaces}!"),
    lambda spaces: moment("at", f"2026-01-01{spaces}x"),
])  # fmt: skip
def test_a_cell_of_a_million_spaces_takes_no_longer_than_another(read):
    started = time.monotonic()
    with contextlib.suppress(BadInput):
        read(" " * 500_000)
    assert time.monotonic() - started < PATIENCE_S


@pytest.mark.parametrize("piece", ["<a ", '<a x="', "<!-- ", "</", "<?", "<p><b "])
def test_html_of_nothing_but_beginnings_is_read_in_no_time(piece):
    started = time.monotonic()
    assert plain_text(f"<p>Soft wool.</p> {piece * 100_000}").startswith("Soft wool.")
    assert time.monotonic() - started < PATIENCE_S


@pytest.mark.parametrize(("text", "decimal", "cents"), [
    ("8.403", ".", 840), ("8,403", ",", 840), ("8.403", ",", 840300), ("0.335", None, 34), ("0,990", None, 99),
])  # fmt: skip
def test_three_places_are_cents_where_the_file_or_the_zero_says_so(text, decimal, cents):
    assert price_cents({"price": text}, "EUR", decimal) == cents


def test_a_weight_below_one_is_never_thousands():
    assert plain_number("0,340") == plain_number("0.340") == plain_number("0,340", ".")


# ---- rows


def test_half_a_letter_in_json_costs_its_own_order_at_most(floorwalker, shop, tmp_path):
    path = tmp_path / "o.jsonl"
    path.write_text(
        '{"number": "1", "status": "placed", "placed_at": "2026-02-24", "name": "A\\ud800da", '
        '"lines": [{"title": "Mug", "price": 5}]}\n'
        '{"number": "2", "status": "placed", "placed_at": "2026-02-24", "lines": [{"title": "Mug", "price": 5}]}\n'
    )
    assert floorwalker("import", "orders", path, "--json").json["added"] == 2


def test_an_order_with_a_line_that_is_none_is_refused_and_not_shortened(tmp_path):
    lines = [{"title": "Mug", "price": 5}, "and a spoon"]
    path = write_lines(tmp_path / "o.jsonl", {"number": "1", "status": "placed", "lines": lines})
    [line] = json_orders.read(path, "EUR").lines()
    assert line.content is None and "and a spoon" in line.reason


def test_rows_that_belong_together_are_held_only_up_to_a_size(monkeypatch):
    monkeypatch.setattr("commands.imports.row_groups.MAX_GROUP_CHARS", 5000)
    groups = RowGroups()
    kept = [groups.add("a", line, {"text": "x" * 1000}) for line in range(20)]
    assert 3 <= sum(kept) <= 6 and groups.add("b", 21, {"text": "x" * 1000})
    [(_, rows), _] = list(groups)
    assert len(rows) == sum(kept)


def test_a_report_stays_small_whatever_the_cells_are():
    report = Report()
    for line in range(3):
        report.skip(line, f"a variation of {'x' * 1_000_000}")
    assert len(json.dumps(report.as_dict())) < 5000


def test_an_endless_cell_without_quotes_is_named_and_no_piece_of_it_is_a_row(table):  # noqa: F811
    _, rows = table("Name,Price\nVase," + "1" * 2_500_000 + "\nJug,5\n\"Two\nlines\",6\n")
    assert names(rows) == [(3, "Jug"), (4, "Two\nlines")]
    assert list(broken(rows)) == [2]


def test_empty_columns_at_the_end_of_a_row_do_no_harm(table):  # noqa: F811
    _, rows = table("Name,Price\nVase,10,,\nJug,5,,x\n")
    assert names(rows) == [(2, "Vase")] and list(broken(rows)) == [3]


def test_every_encoding_has_the_same_limit_on_what_a_packed_file_may_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file, "MAX_FILE_BYTES", 1 << 20)
    path = tmp_path / "t.csv.gz"
    for encoding in ("utf-8", "utf-16"):
        path.write_bytes(gzip.compress(("Name,Price\n" + "Vase,10\n" * 400_000).encode(encoding)))
        with pytest.raises(BrokenFile, match="it has more than"):
            examine(path)


@pytest.mark.parametrize("begins", ['<item x="', "<item><!--", "<item ", "<!--"])
def test_xml_that_never_ends_something_takes_no_memory(tmp_path, begins):
    path = tmp_path / "f.xml.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(f"<rss>{begins}".encode())
        for _ in range(300):
            file.write(b"x" * 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BrokenFile, match="more than"):
        list(items(path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # kB, of 300 MB


# ---- what the shop systems really write


def test_a_woocommerce_sale_that_began_at_midnight_has_begun(floorwalker, tmp_path, database):
    assert moment("at", "2026-02-24 0:00:00") == datetime(2026, 2, 24, tzinfo=UTC)
    path = write_table(
        tmp_path / "p.csv",
        ["ID", "Type", "Name", "Sale price", "Regular price", "Date sale price starts", "Date sale price ends"],
        ["1", "simple", "Vase", "5.00", "9.00", "2026-01-01 0:00:00", ""],
        ["2", "simple", "Jug", "5.00", "9.00", "2026-01-01 0:00:00", "2026-01-31 23:59:59"],
    )
    floorwalker("import", "woocommerce", path)
    assert [product(database, each).price_cents for each in "12"] == [500, 900]


def test_a_woocommerce_variation_that_is_switched_off_cannot_be_bought(floorwalker, tmp_path, database):
    path = write_table(
        tmp_path / "p.csv",
        ["ID", "Type", "SKU", "Name", "Published", "In stock?", "Stock", "Regular price", "Parent", "Attribute 1 name",
         "Attribute 1 value(s)"],
        ["1", "variable", "TEE", "Tee", "1", "1", "", "", "", "Size", "S, M"],
        ["2", "variation", "TEE-S", "Tee - S", "1", "1", "3", "10.00", "TEE", "Size", "S"],
        ["3", "variation", "TEE-M", "Tee - M", "0", "1", "7", "10.00", "TEE", "Size", "M"],
        ["4", "variable-subscription", "BOX", "Box", "1", "1", "", "", "", "Size", "S"],
        ["5", "subscription_variation, virtual", "BOX-S", "Box - S", "1", "1", "9", "12.00", "BOX", "Size", "S"],
    )  # fmt: skip
    floorwalker("import", "woocommerce", path)
    assert {each.sku: each.stock for each in product(database, "1").variants} == {"TEE-S": 3, "TEE-M": 0}
    assert {each.sku: each.stock for each in product(database, "4").variants} == {"BOX-S": 9}
    assert product(database, "5") is None


def test_shopify_metafields_are_found_wherever_the_products_first_row_stands(floorwalker, tmp_path, database):
    path = write_table(
        tmp_path / "p.csv", ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price",
                             "Care (product.metafields.custom.care)",
                             "Rating (product.metafields.reviews.rating)",
                             "Count (product.metafields.reviews.rating_count)"],
        ["tee", "", "", "M", "T-M", "10", "", "", ""],
        ["tee", "Tee", "Size", "S", "T-S", "10", "Cold wash", "4.5", "8"],
    )  # fmt: skip
    floorwalker("import", "shopify", path)
    tee = product(database, "tee")
    assert tee.attributes["care"] == "Cold wash" and (tee.rating, tee.rating_count) == (4.5, 8)


def test_an_order_names_a_long_sku_as_the_catalogue_does(floorwalker, shop, tmp_path):
    long = "SKU-" + "7" * 80
    floorwalker("import", "shopify", write_table(
        tmp_path / "p.csv", ["Handle", "Title", "Variant SKU", "Variant Price"], ["mug", "Mug", long, "5.00"]))
    head = ["Name", "Email", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
            "Lineitem sku"]  # fmt: skip
    floorwalker("import", "orders", write_table(
        tmp_path / "o.csv", head,
        ["#1", "ada@example.com", "EUR", "5.00", "2026-02-24 10:00:00 +0100", "1", "Mug", "5.00", long]))  # fmt: skip
    floorwalker("import", "orders", write_lines(tmp_path / "o.jsonl", {
        "number": "2", "status": "placed", "placed_at": "2026-02-24 10:00:00 +0100",
        "lines": [{"sku": long, "title": "Mug", "price": 5}]}))  # fmt: skip
    with shop.database.session() as db:
        lines = schema.order_lines
        query = select(lines.c.product_id).where(lines.c.order_number.in_(("1", "2")))
        assert list(db.execute(query).scalars()) == ["mug", "mug"]


def test_a_line_taken_out_of_a_shopify_order_does_not_cost_the_order(floorwalker, shop, tmp_path):
    head = ["Name", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"]
    path = write_table(tmp_path / "o.csv", head,
                       ["#1", "EUR", "5.00", "2026-02-24 10:00:00 +0100", "1", "Mug", "5.00"],
                       ["#1", "", "", "2026-02-24 10:00:00 +0100", "0", "Jug", "9.00"])  # fmt: skip
    report = floorwalker("import", "orders", path, "--json").json
    assert (report["added"], report["skipped_count"]) == (1, 0)


def test_two_orders_whose_names_differ_only_in_signs_are_never_mixed(floorwalker, shop, tmp_path):
    head = ["Name", "Email", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"]
    rest = ["EUR", "5.00", "2026-02-24 10:00:00 +0100", "1", "Mug", "5.00"]
    path = write_table(tmp_path / "o.csv", head, ["#1001-1", "ada@example.com", *rest],
                       ["#10011", "ben@example.com", *rest], ["#1001-1", "", "", "", *rest[2:]])  # fmt: skip
    report = floorwalker("import", "orders", path, "--json").json
    assert report["added"] == 1 and [each["line"] for each in report["skipped"]] == [3]
    with shop.database.session() as db:
        query = select(schema.orders.c.email).where(schema.orders.c.number == "10011")
        assert db.execute(query).scalar_one() == "ada@example.com"
        lines = select(schema.order_lines).where(schema.order_lines.c.order_number == "10011")
        assert len(db.execute(lines).all()) == 2


# ---- events


def test_an_empty_name_of_the_same_thing_does_not_hide_the_other(tmp_path):
    path = write_lines(tmp_path / "e.jsonl", {
        "event": "view_item", "type": "track", "timestamp": "2026-02-24", "time": None, "session_id": "s1",
        "user_id": None, "product_id": "mug", "product": "",
    })  # fmt: skip
    [line] = event_files.read(path, "EUR").lines()
    assert (line.content["kind"], line.content["visitor_id"], line.content["product_id"]) == ("view", "s1", "mug")
    assert line.content["at"] == datetime(2026, 2, 24, tzinfo=UTC)


def test_an_event_with_another_shops_customer_number_is_known_by_its_address(floorwalker, shop, tmp_path):
    path = write_lines(
        tmp_path / "e.jsonl",
        {"kind": "search", "at": "2026-02-24", "query": "mug", "customer_id": 700001, "email": "ADA@example.com"},
        {"kind": "search", "at": "2026-02-24", "query": "mug", "customer_id": 700001, "email": "no@example.com"},
        {"kind": "search", "at": "2026-02-24", "query": "mug", "customer_id": 700001},
    )
    report = floorwalker("import", "events", path, "--json").json
    assert report["added"] == 1 and [each["line"] for each in report["skipped"]] == [2, 3]


def test_control_characters_of_an_event_go_nowhere(tmp_path):
    path = write_lines(tmp_path / "e.jsonl", {"kind": "view", "at": "2026-02-24", "customer_id": "C0\u00001",
                                              "visitor_id": "v" * 40 + "\ud800", "sku": "S\u00001"})  # fmt: skip
    [line] = event_files.read(path, "EUR").lines()
    assert line.content["customer_id"] == "C01" and line.content["sku"] == "S1"
