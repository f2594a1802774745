"""A shop brings its catalogue as a Google Merchant feed or as WooCommerce exports it."""
from __future__ import annotations

from pathlib import Path

from shop import catalogue
from tests.commands.test_import_shopify import product, write_table

FILES = Path(__file__).parent / "import_files"


def skipped_lines(report):
    return [each["line"] for each in report["skipped"]]


# ---- Google Merchant


def test_items_of_a_group_are_variants_of_one_product(floorwalker, database):
    report = floorwalker("import", "google", FILES / "google.tsv", "--json").json
    assert (report["read"], report["added"], skipped_lines(report)) == (6, 2, [5, 6, 7])
    sock = product(database, "SOCK")
    assert sock.title == "Hill sock, navy" and sock.category_name == "Socks"
    assert [(each.sku, each.size, each.material, each.price_cents, each.was_cents, each.in_stock)
            for each in sock.variants] == [
        ("SOCK-NAV-S", "S", "merino wool", 1190, 1490, True), ("SOCK-NAV-L", "L", "merino wool", 1490, None, False),
    ]  # fmt: skip
    assert sock.attributes == {
        "shipping_weight_kg": 0.2, "cushioning": "full", "country_of_origin": "Portugal", "gtin": "4006381000031",
    }  # fmt: skip
    lamp = product(database, "LAMP-9")
    assert lamp.price_cents == 3990 and not lamp.in_stock  # what can only be ordered ahead is not there
    assert lamp.attributes["shipping_weight_g"] == 1500 and lamp.category_name == "Lamps"


def test_a_feed_as_rss_is_read_item_by_item(floorwalker, database):
    report = floorwalker("import", "google", FILES / "google.xml", "--json").json
    assert (report["read"], report["added"], skipped_lines(report)) == (4, 2, [43])
    tent = product(database, "TENT")
    assert tent.title == "Becks tent & pegs - green" and tent.category_name == "Tents"
    assert tent.description == "Stands in four minutes.\n\nTwo entrances. Stands on its own"
    # The reduced price ended long ago.
    assert [(each.size, each.price_cents, each.was_cents) for each in tent.variants] == [
        ("2 persons", 24900, None), ("4 persons", 34900, None),
    ]  # fmt: skip
    assert tent.attributes["water_column"] == "3000 mm" and tent.attributes["shipping_weight_kg"] == 2.4
    assert product(database, "PEG-1").price_cents == 150
    again = floorwalker("import", "google", FILES / "google.xml", "--json").json
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)


def test_an_atom_feed_is_read_too(floorwalker, tmp_path, database):
    path = tmp_path / "feed.xml"
    path.write_text(
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
        "<title>Shop</title><entry><g:id>A1</g:id><title>Vase</title><g:price>9.90 EUR</g:price></entry></feed>",
        "utf-8",
    )
    assert floorwalker("import", "google", path, "--json").json["added"] == 1
    assert product(database, "A1").title == "Vase"


def test_a_feed_without_line_ends_is_read_whole(floorwalker, tmp_path, database):
    items = "".join(
        f"<item><g:id>S{size}</g:id><g:item_group_id>S</g:item_group_id><title>Sock {size}</title>"
        f"<g:size>{size}</g:size><g:price>5.00 EUR</g:price></item><item><g:id>M{size}</g:id><title>Mug {size}</title>"
        f"<g:product_type>Cups, mugs &gt; Large mugs</g:product_type><g:price>5.00 EUR</g:price></item>"
        for size in "123"
    )
    path = tmp_path / "feed.xml"
    path.write_text(f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{items}</channel></rss>', "utf-8")
    report = floorwalker("import", "google", path, "--json").json
    assert (report["read"], report["added"], report["skipped_count"]) == (6, 4, 0)
    assert [each.size for each in product(database, "S").variants] == ["1", "2", "3"]
    assert product(database, "M2").category_name == "Large mugs"


# ---- WooCommerce


def test_variations_find_their_product_by_sku_or_id_wherever_they_stand(floorwalker, database):
    report = floorwalker("import", "woocommerce", FILES / "woocommerce.csv", "--json").json
    assert (report["read"], report["added"], skipped_lines(report)) == (8, 3, [6, 7, 9])
    cushion = product(database, "11")
    assert cushion.title == "Moss cushion" and cushion.category_name == "Cushions"
    assert {(each.sku, each.colour, each.size, each.price_cents, each.was_cents, each.stock)
            for each in cushion.variants} == {
        ("CUSH-RED", "red", "", 2490, 2990, 8), ("11-green-60-cm", "green", "60 cm", 2750, None, 0),
    }  # fmt: skip


def test_numbers_and_texts_are_read_as_woocommerce_writes_them(floorwalker, database):
    floorwalker("import", "woocommerce", FILES / "woocommerce.csv")
    lamp = product(database, "10")
    assert (lamp.price_cents, lamp.variants[0].stock, lamp.brand) == (123450, 1250, "Orrin")
    assert lamp.description == "Bends where you want it.\nStands where you put it."
    assert lamp.category_name == "Table lamps" and lamp.variants[0].material == "brass"
    assert lamp.attributes == {
        "weight_kg": 1.5, "height_cm": 45, "material": "Brass", "bulb": "E27, warm white", "gtin": "4006381000024",
        "tags": "brass",
    }  # fmt: skip
    hidden = product(database, "16")
    # The apostrophe only kept spreadsheets from taking the name for a formula.
    assert hidden.title == "=SUM(A1)" and hidden.active is False and hidden.price_cents == 129900


def test_a_german_shop_with_semicolons_and_latin_letters_is_understood(floorwalker, database):
    report = floorwalker("import", "woocommerce", FILES / "woocommerce_german.csv", "--json").json
    assert report["added"] == 1
    assert any("Windows-1252" in note for note in report["file_notes"])
    hat = product(database, "21")
    assert hat.title == "Wollmütze" and hat.description == "Hält die Ohren warm." and hat.category_name == "Mützen"
    [small] = hat.variants
    assert (small.sku, small.size, small.price_cents, small.stock) == ("MUETZE-M", "M", 1990, 3)
    assert hat.attributes["weight_kg"] == 0.12


def test_a_product_without_variations_and_two_with_one_number_are_refused_alone(floorwalker, tmp_path, database):
    path = write_table(
        tmp_path / "w.csv", ["ID", "Type", "Name", "Regular price"],
        ["1", "variable", "Childless", ""], ["2", "simple", "Jug", "5"], ["3", "simple", "Pot", "6"],
        ["3", "simple", "Pot again", "7"],
    )  # fmt: skip
    report = floorwalker("import", "woocommerce", path, "--json").json
    assert report["added"] == 1 and skipped_lines(report) == [2, 4]
    with database.session() as db:
        assert [each.title for each in catalogue.all_products(db)] == ["Jug"]
