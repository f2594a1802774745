"""A catalogue that is not ours: no kinds, departments, ratings or sizes, loaded as ``floorwalker import`` loads it."""
from __future__ import annotations

import json

import pytest

from actions.runtime import Runtime
from commands.imports.json_lines import read_lines
from commands.imports.product_load import load
from models.product_search import ProductSearch
from shop import catalogue
from shop.database import open_database
from tests.actions.product_stage import Shopper

pytest_plugins = ["tests.actions.product_stage"]

PRODUCTS = [
    {"id": "k1", "name": "Red whistling kettle", "price": 29.95},
    {"id": "k2", "name": "Glass kettle with a filter", "price": 39.95, "description": "Boils a litre in no time"},
    {"id": "u1", "name": "USB cable A to B, 2 m", "price": 4.95, "brand": "Kabelwerk"},
    {"id": "u2", "name": "USB cable, short", "price": 2.95, "brand": "Kabelwerk"},
    {"id": "n1", "name": "Norrland 14 notebook PC", "price": 449, "brand": "Norrland"},
    {"id": "n2", "name": "Norrland tower PC", "price": 399, "brand": "Norrland", "in_stock": False},
    *({"id": f"x{n}", "name": f"{what} no. {n}", "price": 10 + n} for n, what in enumerate(
        ("Stapler", "Paper tray", "Desk fan", "Label printer", "Monitor arm", "Whiteboard", "Bin", "Shredder"), 1)),
]  # fmt: skip


@pytest.fixture
def stranger(tmp_path, sentence_embedding):
    """``stranger(rows)``: a shopper in a shop that has this catalogue alone."""
    def open_shop(rows: list[dict]) -> Shopper:
        file = tmp_path / "catalogue.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
        database = open_database(f"sqlite:///{tmp_path / 'shop.db'}")
        database.migrate()
        assert load(database, read_lines(file), "EUR").skipped_count == 0
        with database.session() as db:
            search = ProductSearch.build(list(catalogue.all_products(db)), sentence_embedding)
        opened.append(database)
        return Shopper(Runtime(database, search))

    opened = []
    yield open_shop
    for database in opened:
        database.close()


@pytest.mark.parametrize("intent", ["search_product", "out_of_scope", "nlu_fallback"])
@pytest.mark.parametrize("said", ["do you have a red kettle?", "red kettle"])
def test_a_shop_of_two_products_answers_for_what_it_has_whatever_the_classifier_thinks(stranger, intent, said):
    reply = stranger(PRODUCTS[:2]).say(intent, said)
    assert reply.ids[0] == "k1"
    assert reply.responses[0].startswith("utter_search_found")


@pytest.mark.parametrize("said", ["can you repair my kettle?", "how do I clean a kettle", "who won the football?"])
def test_what_names_no_product_stays_out_of_scope(stranger, said):
    assert stranger(PRODUCTS).say("out_of_scope", said).responses == ["utter_out_of_scope"]


def test_a_classifier_that_is_certain_is_believed(stranger):
    reply = stranger(PRODUCTS).say("out_of_scope", "I want to buy a kettle", confidence=0.97)
    assert reply.responses == ["utter_out_of_scope"]


def test_two_of_them_are_compared_by_what_they_have(stranger):
    shopper = stranger(PRODUCTS)
    assert shopper.say("search_product", "a usb cable").ids[:2] in (["u1", "u2"], ["u2", "u1"])
    table = shopper.say("compare_products", "the first two", ordinal=[1, 2]).drawn["table"]
    rows = {row[0]: row[1:] for row in table["rows"]}
    assert "Price" in rows and "Rating" not in rows
    assert not any("sold out" in cells for cells in rows.values())


def test_one_that_is_sold_out_is_said_to_be_so_beside_another(stranger):
    shopper = stranger(PRODUCTS)
    shopper.slots["shown_products"] = ["n1", "n2"]
    rows = shopper.say("compare_products", "compare both", ordinal=[1, 2]).drawn["table"]["rows"]
    assert ["In stock", "yes", "sold out"] in rows


def test_a_product_without_sizes_is_not_asked_about_them(stranger):
    shopper = stranger(PRODUCTS)
    shopper.page = {"kind": "product", "product_id": "k2"}
    reply = shopper.say("product_details", "tell me about it")
    assert "Boils a litre in no time." in reply.text
    assert "Which sizes are there?" not in reply.titles and "Is it in stock?" in reply.titles


def test_a_brand_alone_does_not_make_a_thing_of_another_name_the_one_wanted(stranger):
    reply = stranger(PRODUCTS).say("search_product", "a norrland dishwasher", brand="Norrland")
    assert reply.responses == ["utter_search_near"]


def test_nobody_is_told_of_favourites_where_nothing_is_rated(stranger):
    reply = stranger(PRODUCTS).say("recommend", "recommend me something")
    assert reply.responses == ["utter_recommend_range"]
    assert len(reply.ids) == 6


def test_an_order_by_ratings_that_nobody_gave_is_owned_up_to(stranger):
    shopper = stranger(PRODUCTS)
    assert "Best rated first" not in shopper.say("search_product", "a usb cable").titles
    assert shopper.say("refine_search", "best rated", sort="rating").responses[0] == "utter_nothing_rated"


def test_cheaper_than_the_product_on_the_page_is_looked_for_among_its_like(stranger):
    shopper = stranger(PRODUCTS)
    shopper.page = {"kind": "product", "product_id": "u1"}
    assert shopper.say("refine_search", "do you have that cheaper?", sort="price_asc").ids[0] == "u2"


def test_another_kettle_is_nearer_to_a_red_kettle_than_another_red_thing(stranger):
    red = {"id": "h1", "name": "Hole punch", "price": 9.95, "colour": "red"}
    reply = stranger([*PRODUCTS, red]).say("search_product", "a red kettle", colour="red")
    assert set(reply.ids[:2]) == {"k1", "k2"}
    assert reply.responses == ["utter_search_relaxed"] and "red" in reply.text
