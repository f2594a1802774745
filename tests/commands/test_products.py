"""An operator searches and gets recommendations as the bot would give them."""
from __future__ import annotations

import pytest


def ids(report) -> list[str]:
    return [product["product_id"] for product in report.json["products"]]


def test_words_find_what_they_describe(trained_shop, floorwalker):
    found = floorwalker("search", "something to drink coffee from", "--category", "Kitchen", "-k", 1, "--json")
    assert found.status == 0 and ids(found) == ["P00005"]


def test_filters_narrow_what_is_found(trained_shop, floorwalker):
    found = floorwalker("search", "rain jacket", "--max-price", "70", "--colour", "red", "--json")
    assert ids(found) == ["P00002"]
    assert found.json["filters"] == {"colour": ["red"], "price_max_cents": 7000} and found.json["left_out"] == []


def test_what_had_to_be_left_out_is_said(trained_shop, floorwalker):
    said = floorwalker("search", "rain jacket", "--max-price", "1")
    assert said.status == 0 and "Without --max-price:" in said.out


def test_what_is_sold_out_comes_last_and_can_be_left_out(trained_shop, floorwalker):
    every = ids(floorwalker("search", "mixing bowl", "--category", "kitchen", "--json"))
    assert "P00006" in every
    in_stock = floorwalker("search", "mixing bowl", "--category", "kitchen", "--in-stock", "--json")
    assert "P00006" not in ids(in_stock)


def test_an_unknown_category_is_answered_with_those_there_are(trained_shop, floorwalker):
    said = floorwalker("search", "rain jacket", "--category", "boats")
    assert said.status == 2 and "'boats'" in said.err and "jackets, kitchen" in said.err


@pytest.mark.parametrize("option", [
    ("--max-price", "cheap"), ("-k", "0"), ("--max-price", "nan"), ("--min-price", "29.999"),
])  # fmt: skip
def test_a_value_that_is_none_is_refused(trained_shop, floorwalker, option):
    with pytest.raises(SystemExit) as leaving:
        floorwalker("search", "rain jacket", *option)
    assert leaving.value.code == 2


def test_a_customer_who_agreed_gets_what_suits_them_and_not_what_they_know(trained_shop, floorwalker):
    found = floorwalker("recommend", "--customer", trained_shop.ada, "--json")
    assert found.json["basis"] == "personal"
    assert ids(found)[0] == "P00002" and not {"P00001", "P00003"} & set(ids(found))


def test_a_customer_who_did_not_agree_gets_what_is_popular(trained_shop, floorwalker):
    found = floorwalker("recommend", "--customer", trained_shop.ben, "-k", 2, "--json")
    assert found.json["basis"] == "popular" and len(ids(found)) == 2


def test_nothing_is_recommended_to_somebody_unknown(trained_shop, floorwalker):
    assert floorwalker("recommend", "--customer", "C09999").status == 1
    assert floorwalker("search", "rain jacket", "--customer", "C09999").status == 1


def test_people_read_an_aligned_table(trained_shop, floorwalker):
    lines = floorwalker("search", "rain jacket", "-k", 2).out.splitlines()
    prices = [line.index("€") for line in lines if "€" in line]
    assert len(prices) == 2 and len(set(prices)) == 1


def test_without_an_index_the_remedy_is_named(shop, floorwalker):
    said = floorwalker("search", "rain jacket")
    assert said.status == 1 and "floorwalker train embedding" in said.err
