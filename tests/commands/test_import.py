"""A shop loads a catalogue that somebody else wrote."""
from __future__ import annotations

import gzip
import json

import pytest

from shop import catalogue


@pytest.fixture
def feed(tmp_path):
    def write(*lines: object, name: str = "feed.jsonl") -> str:
        path = tmp_path / name
        content = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


def product(database, product_id):
    with database.session() as db:
        return catalogue.product(db, product_id)


def test_a_foreign_catalogue_is_read_whatever_it_calls_its_columns(floorwalker, feed, database):
    path = feed(
        {"sku": "MUG 7/b", "name": "Blue mug", "type": "Home > Kitchen > Mugs", "price": "12,95 €",
         "color": "Blue/White", "attributes": [{"name": "volume_ml", "value": 300}], "availability": "out of stock",
         "rating": {"average": 4.5, "count": 12}, "image": "https://example.com/mug.jpg"},
        {"id": 4711, "title": "Lamp", "brand": "Orrin", "category": "Lamps", "price": 49.9, "stock": 3,
         "short_description": "Gives light."},
        {"product_id": "T1", "title": "Tee", "brand": "Orrin", "category": "Tops", "variants": [
            {"sku": "T1-S", "size": "S", "price_cents": 1500, "stock": 1}, {"sku": "T1-M", "size": "M", "price": 17}]},
    )  # fmt: skip
    report = floorwalker("import", "jsonl", path, "--json").json
    assert (report["read"], report["added"], report["skipped_count"]) == (3, 3, 0)
    assert report["categories_added"] == ["Lamps", "Mugs", "Tops"]

    lamp = product(database, "4711")
    assert (lamp.title, lamp.category, lamp.price_cents, lamp.variants[0].stock) == ("Lamp", "lamps", 4990, 3)
    assert lamp.description == "Gives light."
    tee = product(database, "T1")
    assert [(each.size, each.price_cents) for each in tee.variants] == [("S", 1500), ("M", 1700)]
    with database.session() as db:
        mug = next(each for each in catalogue.all_products(db) if each.title == "Blue mug")
    assert mug.category_name == "Mugs" and mug.brand == "Unbranded" and mug.price_cents == 1295
    assert mug.variants[0].sku == "MUG 7/b" and mug.variants[0].colour == "blue" and not mug.in_stock
    assert mug.attributes == {"volume_ml": 300} and mug.rating == 4.5
    assert any("renamed" in note for note in report["notes"]) and any("picture" in note for note in report["notes"])


def test_a_catalogue_without_stock_counts_as_in_stock_and_says_so(floorwalker, feed, database):
    said = floorwalker("import", "jsonl", feed({"id": "A1", "title": "Vase", "price": 10}))
    assert said.status == 0
    assert product(database, "A1").in_stock
    assert "without a number in stock, taken as 100" in said.out
    assert "floorwalker train index" in said.out


def test_the_same_catalogue_again_changes_nothing(floorwalker, feed):
    path = feed(*({"id": f"A{n}", "title": f"Vase {n}", "price": "10.00", "attributes": {"h": 1.5, "w": None}}
                  for n in range(1203)), name="feed.jsonl.gz")  # fmt: skip
    first = floorwalker("import", "jsonl", path, "--json").json
    again = floorwalker("import", "jsonl", path, "--json").json
    assert first["added"] == 1203
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1203)


def test_a_broken_line_is_named_and_stops_no_other(floorwalker, feed, database):
    good = {"id": "A1", "title": "Vase", "price": 10}
    path = feed(
        good, "{broken", "", [1, 2], {"id": "A2", "title": "No price"}, {"id": "A3", "price": 3},
        {"title": "No id", "price": 3}, {"id": "A5", "title": "Dollars", "price": 3, "currency": "USD"},
        {"id": "A1", "title": "Vase again", "price": 11}, {"id": "A6", "title": "Two ways", "price": "1.299"},
        '{"id": "A7", "title": "Not a number", "price": NaN}', {"id": "A8", "title": "Dear", "price": 9e9},
        {"id": "A9", "title": "Last", "price": 12},
    )  # fmt: skip
    said = floorwalker("import", "jsonl", path, "--json")
    report = said.json
    assert said.status == 0
    assert (report["read"], report["added"], report["skipped_count"]) == (12, 2, 10)
    reasons = {each["line"]: each["reason"] for each in report["skipped"]}
    assert sorted(reasons) == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert "not JSON" in reasons[2] and "list" in reasons[4] and "price" in reasons[5] and "title" in reasons[6]
    assert "product_id" in reasons[7] and "EUR" in reasons[8] and "line 1" in reasons[9] and "two ways" in reasons[10]
    assert reasons[12].startswith("price_cents is 900000000000")
    assert product(database, "A1").title == "Vase" and product(database, "A9") is not None


def test_a_sku_of_another_product_costs_only_its_own_line(floorwalker, feed, database):
    rows = [{"id": f"A{n}", "title": f"Vase {n}", "price": 10, "sku": f"S{n}"} for n in range(40)]
    rows[23]["sku"] = "S3"
    report = floorwalker("import", "jsonl", feed(*rows), "--json").json
    assert report["added"] == 39
    assert [each["line"] for each in report["skipped"]] == [24]
    assert product(database, "A23") is None
    # Also where the other product came with an earlier catalogue.
    report = floorwalker("import", "jsonl", feed({"id": "B1", "title": "Jug", "price": 9, "sku": "S3"}), "--json").json
    assert report["added"] == 0 and "another product" in report["skipped"][0]["reason"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"title;price\nVase;10\n", b"\x89PNG\r\n\x1a\n\x00", b'[{"id": 1}]'])
def test_a_file_that_is_no_jsonl_changes_nothing(floorwalker, tmp_path, database, content):
    path = tmp_path / "feed.jsonl"
    path.write_bytes(content)
    said = floorwalker("import", "jsonl", path)
    assert said.status == 1
    assert "nothing was changed" in said.err and str(path) in said.err
    with database.session() as db:
        assert list(catalogue.all_products(db)) == [] and catalogue.category_tree(db) == []


def test_a_compressed_file_that_breaks_off_is_loaded_up_to_there_and_reported(floorwalker, feed, tmp_path):
    whole = feed(*({"id": f"A{n}", "title": f"Vase number {n * 7919 % 10007}", "price": n + 1} for n in range(3000)),
                 name="feed.jsonl.gz").read_bytes()  # fmt: skip
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    report = floorwalker("import", "jsonl", path, "--json").json
    assert 500 < report["added"] < 3000
    assert "breaks off" in report["skipped"][-1]["reason"]


def test_an_endless_line_is_skipped(floorwalker, feed, database):
    endless = '{"id": "A1", "title": "' + "x" * 3_000_000 + '", "price": 1}'
    report = floorwalker(
        "import", "jsonl", feed(endless, {"id": "A2", "title": "Vase", "price": 1}), "--json"
    ).json
    assert report["added"] == 1
    assert [each["line"] for each in report["skipped"]] == [1]


def test_a_dry_run_counts_and_stores_nothing(floorwalker, feed, database):
    path = feed({"id": "A1", "title": "Vase", "price": 10, "category": "Vases"})
    said = floorwalker("import", "jsonl", path, "--dry-run", "--json")
    assert said.status == 0 and said.json["added"] == 1 and said.json["categories_added"] == ["Vases"]
    with database.session() as db:
        assert list(catalogue.all_products(db)) == [] and catalogue.category_tree(db) == []


def test_a_category_is_found_by_its_name_and_keeps_what_the_shop_gave_it(floorwalker, feed, shop):
    with shop.database.session() as db:
        catalogue.upsert_categories(db, [{"slug": "kitchen", "name": "Kitchen", "synonyms": ["cookware"]}])
    floorwalker("import", "jsonl", feed({"id": "A1", "title": "Ladle", "price": 10, "category": "KITCHEN"}))
    with shop.database.session() as db:
        kitchen = catalogue.category(db, "kitchen")
    assert kitchen.synonyms == ["cookware"] and product(shop.database, "A1").category == "kitchen"


def test_a_file_that_is_not_there_is_an_error_of_typing(floorwalker, tmp_path):
    said = floorwalker("import", "jsonl", tmp_path / "nowhere.jsonl")
    assert said.status == 2 and "nowhere.jsonl" in said.err


def test_text_of_a_catalogue_cannot_carry_control_characters(floorwalker, feed, database):
    floorwalker("import", "jsonl", feed({
        "id": "A1", "title": "Va\u0000se\u001b[31m", "price": 10, "attributes": {"a\u0007b": "c\ud800d"},
    }))  # fmt: skip
    vase = product(database, "A1")
    assert vase.title == "Vase[31m" and vase.attributes == {"ab": "cd"}
