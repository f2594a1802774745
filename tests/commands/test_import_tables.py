"""Files as people really have them: cut off, quoted wrongly, in old encodings, from spreadsheets."""
from __future__ import annotations

import gzip

import pytest

from commands.imports.money import DecimalSign, plain_number
from commands.imports.plain_text import plain_line, plain_text
from commands.imports.report import BrokenFile
from commands.imports.row_groups import RowGroups
from commands.imports.tables import Columns, Table
from commands.imports.values import measure, moment
from shop import catalogue
from shop.errors import BadInput

COLUMNS = Columns("table of things", {"name": ("Name", "Title"), "price": ("Price",)}, required=(("name",), ("price",)))
GOOD = "Name,Price,Extra\nVase,10,x\n"


@pytest.fixture
def table(tmp_path):
    def read(content: str | bytes, name: str = "t.csv") -> tuple[Table, list]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        opened = Table(path, COLUMNS)
        return opened, list(opened.rows())

    return read


def names(rows):
    return [(row.line, row.cells["name"]) for row in rows if row.cells]


def broken(rows):
    return {row.line: row.reason for row in rows if row.cells is None}


@pytest.mark.parametrize("content", [
    GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\r"), GOOD.replace(",", ";"),
    GOOD.replace(",", "\t"), "sep=;\n" + GOOD.replace(",", ";"), "\n\n" + GOOD, "  TITLE ,PRICE, extra\nVase,10,x\n",
    '"Name","Price","Extra"\n"Vase","10","x"\n', GOOD.rstrip(), '"Name","Price","Extra"\n"Vase","10","x"',
])  # fmt: skip
def test_a_table_is_read_whatever_wrote_it(table, content):
    _, rows = table(content)
    assert [row.cells for row in rows] == [{"name": "Vase", "price": "10", "extra": "x"}]


@pytest.mark.parametrize(("encoding", "note"), [
    ("utf-8", None), ("utf-8-sig", None), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16"),
])  # fmt: skip
def test_umlauts_survive_every_encoding_that_shops_use(table, encoding, note):
    opened, rows = table("Name,Price\nGrüne Vase “groß” – 5 €,10\n".encode(encoding))
    assert names(rows) == [(2, "Grüne Vase “groß” – 5 €")]
    assert opened.notes == [] if note is None else note in opened.notes[0]


def test_a_few_stray_bytes_do_not_spoil_a_whole_file_of_good_ones(table):
    content = "Name,Price\n" + "Grüne Vase,10\n" * 50
    opened, rows = table(content.encode() + b"Bl\xfcte,5\n")
    assert rows[0].cells["name"] == "Grüne Vase" and rows[-1].cells["name"] == "Bl\ufffdte"
    assert opened.notes == ["1 bytes are no UTF-8 and became �"]


def test_a_compressed_table_is_known_by_its_content(table):
    _, rows = table(gzip.compress(GOOD.encode()), "t.csv")
    assert names(rows) == [(2, "Vase")]


def test_quoted_line_ends_belong_to_the_cell_and_lines_are_counted_as_an_editor_counts_them(table):
    _, rows = table('Name,Price\n"Vase\nwith ""two"" lines, and a comma",10\nJug,5\n')
    assert names(rows) == [(2, 'Vase\nwith "two" lines, and a comma'), (4, "Jug")]


def test_a_quote_that_is_never_closed_costs_its_own_row_only(table):
    _, rows = table('Name,Price\n"Vase,10\nJug,5\nPot,6\n')
    assert names(rows) == [(3, "Jug"), (4, "Pot")]
    assert list(broken(rows)) == [2] and "never closed" in broken(rows)[2]


def test_a_quote_that_is_closed_thousands_of_lines_later_costs_its_own_row_only(table):
    _, rows = table('Name,Price\n"Vase,10\n' + "Jug,5\n" * 5000 + '"Pot",6\n')
    assert len(names(rows)) == 5001 and list(broken(rows)) == [2]


def test_a_row_with_more_columns_than_the_header_is_named(table):
    _, rows = table("Name,Price\nVase, blue,10\nJug,5\n")
    assert names(rows) == [(3, "Jug")] and "3 columns, and the header has 2" in broken(rows)[2]


def test_a_row_with_fewer_columns_is_a_row_with_empty_ones(table):
    _, rows = table("Name,Price\nVase\n,,\n\nJug,5\n")
    assert names(rows) == [(2, "Vase"), (5, "Jug")]


def test_an_endless_cell_costs_its_own_row_only(table):
    _, rows = table('Name,Price\nVase,"' + "x" * 3_000_000 + '"\nJug,5\n')
    assert names(rows) == [(3, "Jug")] and list(broken(rows)) == [2]


@pytest.mark.parametrize(("content", "said"), [
    (b"", "empty"), (b"\x89PNG\r\n\x1a\n\x00\x00", "NUL bytes"), (b"PK\x03\x04\x00\x00", "NUL bytes"),
    (b"Name,Price\nV\x81se,10\n", "neither UTF-8 nor Windows-1252"), (b"\x1f\x8bxx", "gzip"),
    (b"One,Two\n1,2\n", "“Name”; “Price”"), (b"Name;Colour\nVase;red\n", "“Price”"), (b"\n\n", "no line"),
    (gzip.compress(GOOD.encode() * 5000)[:-30], "breaks off"), (b'[{"name": "Vase"}]', "“Name”"),
])  # fmt: skip
def test_a_file_that_is_no_such_table_is_refused_with_what_was_looked_for(table, content, said):
    with pytest.raises(BrokenFile) as refused:
        table(content)
    assert said in str(refused.value)


@pytest.mark.parametrize("source", ["shopify", "woocommerce", "google", "orders", "customers", "events"])
def test_a_broken_file_changes_nothing_whatever_it_was_meant_to_be(floorwalker, tmp_path, database, source):
    path = tmp_path / "file.csv"
    for content in (b"", b"One,Two\n1,2\n", b"\x89PNG\r\n\x1a\n\x00", b"V\x81se", b"<html></html>"):
        path.write_bytes(content)
        said = floorwalker("import", source, path)
        assert said.status == 1 and "nothing was changed" in said.err and str(path) in said.err
    with database.session() as db:
        assert list(catalogue.all_products(db)) == []


def test_a_header_and_nothing_else_changes_nothing(floorwalker, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("Handle,Title,Variant Price\n", "utf-8")
    said = floorwalker("import", "shopify", path)
    assert said.status == 1 and "no row that can be read" in said.err


def test_rows_come_out_together_in_the_order_of_the_file():
    groups = RowGroups()
    for line, key in enumerate("abacbz", 1):
        groups.add(key, line, {"key": key, "ü": "é"})
    assert [(key, [line for line, _ in rows]) for key, rows in groups] == [
        ("a", [1, 3]), ("b", [2, 5]), ("c", [4]), ("z", [6]),
    ]  # fmt: skip
    assert len(groups) == 4 and "c" in groups and "q" not in groups


@pytest.mark.parametrize(("source", "text"), [
    ("<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"),
    ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
    ("no markup, 5 < 6 & so on", "no markup, 5 < 6 & so on"),
    ("<style>p {}</style>Text<script>alert('x')</script>", "Text"),
    ("<p>never closed <b>bold", "never closed bold"),
    ("a<br>b<br/>c", "a\nb\nc"),
    ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
    ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),  # text, which every page escapes
])  # fmt: skip
def test_html_becomes_the_text_that_a_shopper_reads(source, text):
    assert plain_text(source) == text


def test_a_title_loses_tags_and_keeps_what_only_looks_like_one():
    assert plain_line("<b>Vase</b> &amp; jug\n for < 5") == "Vase & jug for < 5"


@pytest.mark.parametrize(("text", "decimal", "number"), [
    ("1.5", None, "1.5"), ("1,5", None, "1.5"), ("1.500", None, "1.500"), ("1.500", ",", "1500"),
    ("1,500", ",", "1.500"),
    ("1,234.50", None, "1234.50"), ("1.234,50", None, "1234.50"), ("-3", None, "-3"), ("1 000", None, "1000"),
])  # fmt: skip
def test_a_number_is_read_by_the_sign_of_its_file(text, decimal, number):
    assert str(plain_number(text, decimal)) == number


@pytest.mark.parametrize("text", ["", "many", "1.2.3", "1e9", "9" * 40, "NaN", "--1"])
def test_what_is_no_number_is_none(text):
    assert plain_number(text) is None


def test_the_decimal_sign_is_learned_only_from_what_leaves_no_doubt():
    sign = DecimalSign()
    for text in ("1.299", "12", "1,000"):
        sign.see(text)
    assert sign.sign is None
    sign.see("1.299,5")
    assert sign.sign == ","
    sign.see("7.95")
    assert sign.sign is None


def test_moments_are_read_in_the_ways_that_leave_no_doubt():
    for text in ("2026-02-24 11:07:00 +0100", "2026-02-24T10:07:00Z", "2026-02-24 10:07:00 UTC", "2026-02-24T10:07:00",
                 1771927620, "1771927620000"):  # fmt: skip
        assert moment("at", text).isoformat() == "2026-02-24T10:07:00+00:00", text
    for text in ("03/04/2026", "soon", "1804-01-01", "2999-01-01", True, "9" * 14, []):
        with pytest.raises(BadInput):
            moment("at", text)


def test_a_measure_gets_its_unit_at_the_end_of_its_name():
    assert measure("weight", "2,5 kg") == ("weight_kg", 2.5)
    assert measure("height", '12"') == ("height_inches", 12)
    assert measure("weight", "light") == ("weight", "light")
