"""``floorwalker evaluate search``: figures worked by hand, bad rows, and the whole way on a small catalogue."""
from __future__ import annotations

import gzip
import json
import math

import pytest

from commands.errors import CommandError
from commands.evaluate_search import half_of
from commands.evaluation.judgements import figures, ndcg, read_judgements
from shop import catalogue

CATALOGUE = [
    {"id": "k1", "title": "Red whistling kettle", "price": 29.95, "description": "Boils a litre in no time"},
    {"id": "k2", "title": "Glass kettle", "price": 39.95},
    {"id": "t1", "title": "Brother TN-2110 toner", "price": 59.0},
    {"id": "t2", "title": "Brother TN-2120 toner", "price": 59.0},
    {"id": "b 1", "title": "Wool blanket", "price": 79.0},
]
JUDGEMENTS = """query,product_id,grade
kettle,k1,3
kettle,k2,3
kettle,t1,0
tn2110,t1,3
tn2110,t2,0
something warm,b 1,2
dishwasher,t1,0
kettle,zz,3
kettle,k1,1
kettle,k2,good
,k2,1
"""


@pytest.fixture
def files(tmp_path):
    shelf, judgements = tmp_path / "catalogue.jsonl.gz", tmp_path / "judgements.csv"
    lines = [*map(json.dumps, CATALOGUE), '{"id": "x", "title": "No price"}', "no JSON"]
    shelf.write_bytes(gzip.compress("\n".join(lines).encode()))
    judgements.write_text(JUDGEMENTS, "utf-8")
    return shelf, judgements


def test_the_gain_doubles_with_the_grade_and_what_is_not_judged_gains_nothing():
    grades = {"a": 3, "b": 1, "c": 0}
    assert ndcg(["a", "b", "c"], grades) == 1
    assert ndcg(["x", "a", "b"], grades) == pytest.approx((7 / math.log2(3) + 1 / 2) / (7 + 1 / math.log2(3)))
    assert ndcg(["c", "x"], grades) == 0
    assert figures(["x", "a", "y", "b"], grades) == {"ndcg_at_10": ndcg(["x", "a", "y", "b"], grades),
                                                     "ndcg_at_10_judged": 1, "recall_at_100": 1}
    assert figures(["x"] * 100 + ["a", "b"], grades)["recall_at_100"] == 0


def test_a_bad_row_is_named_and_the_rest_counts(files):
    found = read_judgements(files[1], {"k1", "k2", "t1", "t2"})
    assert found.grades["kettle"] == {"k1": 3, "k2": 3, "t1": 0}
    assert found.scored == ["kettle", "tn2110"]
    assert [row.line for row in found.bad] == [7, 9, 10, 11, 12]
    assert "no product 'zz'" in found.bad[1].reason
    assert "already" in found.bad[2].reason


@pytest.mark.parametrize(("content", "told"), [
    (b"query,id\n", "no column product_id, grade"), (b"query,product_id,grade\nq,k1,0\n", "no query with a product"),
    (b"\xff\xfe\x00", "cannot be read"), (b"\x1f\x8bbroken", "cannot be read"),
])
def test_a_file_that_holds_no_judgements_is_refused_with_its_reason(tmp_path, content, told):
    path = tmp_path / "judgements.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=told):
        read_judgements(path, {"k1"})


def test_any_catalogue_is_measured_with_the_search_as_shipped(trained_shop, floorwalker, files):
    said = floorwalker("evaluate", "search", "--catalogue", files[0], "--judgements", files[1], "--json")
    found = said.json
    assert said.status == 0
    assert (found["products"], found["queries"]) == (5, 3)
    assert found["ndcg_at_10"] == found["ndcg_at_10_judged"] == found["recall_at_100"] == 1
    assert found["baseline"]["ndcg_at_10"] < 1  # "tn2110" and "something warm" stand nowhere word for word
    assert found["without_a_fit"] == ["dishwasher"]
    assert found["rows"] == {"catalogue": {"read": 7, "bad": 2}, "judgements": {"read": 11, "bad": 4}}
    assert {row["line"] for row in found["bad_rows"]} == {6, 7, 9, 10, 11, 12}
    assert {each["query"]: each["half"] for each in found["per_query"]} == {
        query: half_of(query) for query in ("kettle", "tn2110", "something warm")}
    with trained_shop.database.session() as db:
        assert catalogue.product(db, "k1") is None  # the shop's own catalogue stays as it was


def test_the_table_names_the_worst_query_first_and_the_bad_rows(trained_shop, floorwalker, files):
    said = floorwalker("evaluate", "search", "--catalogue", files[0], "--judgements", files[1])
    assert "3 queries, 5 products" in said.out
    assert "NDCG@10 judged" in said.out and "tn2110" in said.out
    assert f"{files[1]}:9: the catalogue has no product 'zz'" in said.out
    assert "Not scored, as no product fits: dishwasher." in said.out


def test_a_missing_catalogue_is_named(trained_shop, floorwalker, tmp_path, files):
    said = floorwalker("evaluate", "search", "--catalogue", tmp_path / "none", "--judgements", files[1])
    assert said.status != 0
    assert "There is no catalogue" in said.err
