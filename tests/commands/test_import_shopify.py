"""A shop moves in from Shopify with its products, whatever the headers of its export are called."""
from __future__ import annotations

import csv
from pathlib import Path

import pytest

from shop import catalogue

FILES = Path(__file__).parent / "import_files"


def product(database, product_id):
    with database.session() as db:
        return catalogue.product(db, product_id)


def write_table(path: Path, head: list[str], *rows: list[object], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(head)
        writer.writerows(rows)
    return path


def test_a_product_is_put_together_from_its_rows(floorwalker, database):
    report = floorwalker("import", "shopify", FILES / "shopify_new.csv", "--json").json
    assert (report["read"], report["added"], report["skipped_count"]) == (6, 3, 0)
    jacket = product(database, "tarn-rain-jacket")
    assert (jacket.title, jacket.brand, jacket.kind) == ("Tarn rain jacket", "Loughrigg", "Rain jacket")
    assert jacket.category_name == "Coats & Jackets"
    assert [(each.sku, each.colour, each.size, each.price_cents, each.was_cents, each.stock)
            for each in jacket.variants] == [
        ("TRJ-NAV-M", "navy", "M", 8900, 11900, 4),
        ("TRJ-NAV-L", "navy", "L", 8900, None, 0),
        ("tarn-rain-jacket-red-m", "red", "M", 7900, None, 0),
    ]  # fmt: skip
    assert jacket.attributes["weight_g"] == 340 and jacket.attributes["care"] == "Wash at 30 °C, line dry"
    assert jacket.attributes["gtin"] == "4006381000017" and jacket.attributes["gender"] == "unisex"


def test_the_html_of_a_description_becomes_text_that_can_be_read_out(floorwalker, database):
    floorwalker("import", "shopify", FILES / "shopify_new.csv")
    assert product(database, "tarn-rain-jacket").description == (
        "Keeps the drizzle out & folds into its own pocket.\n\ntaped seams\n\ntwo pockets"
    )
    assert product(database, "enamel-mug").description == "A mug for the hills.\nIt may be dropped."


def test_what_is_not_counted_is_in_stock_and_a_draft_is_not_shown(floorwalker, database):
    floorwalker("import", "shopify", FILES / "shopify_new.csv")
    mug = product(database, "enamel-mug")
    assert mug.in_stock and mug.variants[0].stock == 100
    assert (mug.price_cents, mug.variants[0].colour, mug.variants[0].size) == (123450, "white", "")
    assert product(database, "gift-wrap-trial").active is False


def test_old_headers_give_the_same_products_as_new_ones(floorwalker, database):
    floorwalker("import", "shopify", FILES / "shopify_old.csv")
    jacket = product(database, "tarn-rain-jacket")
    assert [(each.sku, each.colour, each.size, each.stock) for each in jacket.variants] == [
        ("TRJ-NAV-M", "navy", "M", 4), ("TRJ-NAV-L", "navy", "L", 0),
    ]  # fmt: skip
    assert jacket.category_name == "Jackets" and jacket.attributes["weight_g"] == 340
    lantern = product(database, "garden-lantern")
    # Sold beyond its stock: it can be bought though there are none.
    assert [(each.size, each.in_stock) for each in lantern.variants] == [("30 cm", True), ("45 cm", True)]


def test_new_headers_after_old_ones_change_only_what_is_new(floorwalker, database):
    floorwalker("import", "shopify", FILES / "shopify_old.csv")
    report = floorwalker("import", "shopify", FILES / "shopify_new.csv", "--json").json
    assert (report["added"], report["changed"]) == (2, 1)
    again = floorwalker("import", "shopify", FILES / "shopify_new.csv", "--json").json
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)


def test_rows_of_one_product_may_stand_anywhere(floorwalker, tmp_path, database):
    path = write_table(
        tmp_path / "p.csv", ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"],
        ["a", "", "", "M", "A-M", "10"], ["b", "Jug", "", "", "B", "5"], ["a", "Tee", "Size", "S", "A-S", "10"],
    )  # fmt: skip
    report = floorwalker("import", "shopify", path, "--json").json
    assert report["added"] == 2
    tee = product(database, "a")
    assert tee.title == "Tee" and [each.size for each in tee.variants] == ["M", "S"]


def test_a_missing_handle_is_made_of_the_title_and_a_row_of_nobody_is_named(floorwalker, tmp_path, database):
    path = write_table(
        tmp_path / "p.csv", ["Handle", "Title", "Variant SKU", "Variant Price"],
        ["", "Größe Vase, blau", "V1", "10"], ["", "", "V2", "10"], ["untitled", "", "V3", "10"],
    )  # fmt: skip
    report = floorwalker("import", "shopify", path, "--json").json
    assert product(database, "grosse-vase-blau").title == "Größe Vase, blau"
    assert {each["line"]: each["reason"][:12] for each in report["skipped"]} == {3: "neither a ha", 4: "title is Non"}


def test_a_sku_that_stands_twice_costs_nobody_their_product(floorwalker, tmp_path, database):
    path = write_table(
        tmp_path / "p.csv", ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"],
        ["tee", "Tee", "Size", "S", "TBD", "10"], ["tee", "", "", "M", "TBD", "10"], ["jug", "Jug", "", "", "TBD", "9"],
    )  # fmt: skip
    report = floorwalker("import", "shopify", path, "--json").json
    assert report["added"] == 2 and report["skipped_count"] == 0
    assert [each.sku for each in product(database, "tee").variants] == ["TBD", "tee-2-TBD"]
    assert [each.sku for each in product(database, "jug").variants] == ["jug-TBD"]
    assert sum(count for note, count in report["notes"].items() if "renamed" in note) == 2
    assert floorwalker("import", "shopify", path, "--json").json["unchanged"] == 2


def test_a_variant_with_a_broken_price_is_named_and_the_others_stay(floorwalker, tmp_path, database):
    path = write_table(
        tmp_path / "p.csv", ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"],
        ["tee", "Tee", "Size", "S", "T-S", "10.00"], ["tee", "", "", "M", "T-M", "ask us"],
        ["bad", "Bad", "", "", "B", "$"],
    )  # fmt: skip
    report = floorwalker("import", "shopify", path, "--json").json
    assert [each.sku for each in product(database, "tee").variants] == ["T-S"]
    assert [each["line"] for each in report["skipped"]] == [3, 4] and report["added"] == 1


@pytest.mark.parametrize(("prices", "cents"), [
    (["1,234.50", "1,299"], [123450, 129900]), (["1.234,50", "1.299"], [123450, 129900]), (["12,95", "7"], [1295, 700]),
])  # fmt: skip
def test_a_price_is_read_as_the_rest_of_the_file_writes_its_prices(floorwalker, tmp_path, database, prices, cents):
    path = write_table(
        tmp_path / "p.csv", ["Handle", "Title", "Variant SKU", "Variant Price"],
        *([f"p{number}", f"Lamp {number}", f"L{number}", price] for number, price in enumerate(prices)),
    )  # fmt: skip
    floorwalker("import", "shopify", path)
    assert [product(database, f"p{number}").price_cents for number in range(len(cents))] == cents


def test_a_price_that_nothing_in_the_file_explains_is_refused(floorwalker, tmp_path):
    path = write_table(tmp_path / "p.csv", ["Handle", "Title", "Variant Price"], ["a", "Lamp", "1.299"])
    said = floorwalker("import", "shopify", path, "--json")
    assert said.status == 1 and "two ways" in said.json["skipped"][0]["reason"]


def test_a_dry_run_says_what_would_happen_and_stores_nothing(floorwalker, database):
    said = floorwalker("import", "shopify", FILES / "shopify_new.csv", "--dry-run")
    assert "nothing was stored" in said.out and said.status == 0
    with database.session() as db:
        assert list(catalogue.all_products(db)) == [] and catalogue.category_tree(db) == []


def test_ratings_and_own_fields_are_read_from_metafields(floorwalker, tmp_path, database):
    head = ["URL handle", "Title", "Price", "Rating (product.metafields.reviews.rating)",
            "Rating count (product.metafields.reviews.rating_count)", "Capacity (product.metafields.custom.capacity_l)",
            "Twin (product.metafields.custom.twin)"]  # fmt: skip
    rating = '{"value": "4.5", "scale_min": "1.0", "scale_max": "5.0"}'
    path = write_table(tmp_path / "p.csv", head, ["jug", "Jug", "9.90", rating, "31", "1.5", "gid://shopify/Product/1"])
    floorwalker("import", "shopify", path)
    jug = product(database, "jug")
    assert (jug.rating, jug.rating_count, jug.attributes) == (4.5, 31, {"capacity": "1.5"})


def test_a_sku_that_moves_to_a_product_further_up_is_moved_at_once(floorwalker, tmp_path, database):
    head = ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"]
    rows = [[f"p{number:04}", f"Vase {number}", "", "", f"S{number}", "5"] for number in range(700)]
    old = write_table(tmp_path / "old.csv", head, *rows)
    floorwalker("import", "shopify", old)
    rows[3][4], rows[650][4] = "S650", "S650-new"
    report = floorwalker("import", "shopify", write_table(tmp_path / "new.csv", head, *rows), "--json").json
    assert (report["changed"], report["skipped_count"]) == (2, 0)
    assert [product(database, each).variants[0].sku for each in ("p0003", "p0650")] == ["S650", "S650-new"]


def test_two_products_that_change_their_skus_with_each_other_are_both_stored(floorwalker, tmp_path, database):
    head = ["Handle", "Title", "Variant SKU", "Variant Price"]
    rows = [[f"p{number:04}", f"Vase {number}", f"S{number}", "5"] for number in range(700)]
    floorwalker("import", "shopify", write_table(tmp_path / "old.csv", head, *rows))
    rows[3][2], rows[650][2] = rows[650][2], rows[3][2]
    report = floorwalker("import", "shopify", write_table(tmp_path / "new.csv", head, *rows), "--json").json
    assert (report["changed"], report["skipped_count"]) == (2, 0)
    assert [product(database, each).variants[0].sku for each in ("p0003", "p0650")] == ["S650", "S3"]


def test_a_file_of_nothing_but_categories_does_not_flood_the_shop(floorwalker, tmp_path, database, monkeypatch):
    monkeypatch.setattr("commands.imports.product_load.MAX_CATEGORIES", 3)
    path = write_table(tmp_path / "p.csv", ["Handle", "Title", "Type", "Variant Price"],
                       *([f"p{number}", f"Vase {number}", f"Kind {number}", "5"] for number in range(8)))  # fmt: skip
    report = floorwalker("import", "shopify", path, "--json").json
    assert report["added"] == 8 and report["categories_added"] == ["General range", "Kind 0", "Kind 1", "Kind 2"]
    assert product(database, "p7").kind == "Kind 7"
