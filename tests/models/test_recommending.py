"""The shop's rules: variety, what was bought before, pins, boosts, floors; and the file that sets them."""
from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.merchandising import BadRules, RulesFile, read_rules
from models.recommending import About, Again, Bought, Rules, ordered, too_soon
from shop.settings import ROOT

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PAGE = 4


@dataclass(frozen=True)
class Form:
    price_cents: int = 1000
    stock: int = 5


@dataclass(frozen=True)
class Thing:
    product_id: str
    kind: str = "mug"
    brand: str = "Harrow"
    category: str = "kitchen"
    category_name: str = "Kitchen"
    attributes: dict = field(default_factory=dict)
    variants: tuple[Form, ...] = (Form(),)

    @property
    def price_cents(self) -> int:
        return self.variants[0].price_cents


def ids(products) -> list[str]:
    return [each.product_id for each in products]


def in_order(products, rules, vectors=None, pins=(), page=PAGE) -> list[str]:
    """The ids as shown; without ``vectors`` no two products are alike."""
    scores = -np.arange(len(products), dtype=float)
    return ids(ordered(products, scores, np.eye(len(products)) if vectors is None else vectors, rules, page, pins))


def test_without_rules_the_best_comes_first():
    things = [Thing(f"P{number}", kind=f"kind {number}") for number in range(6)]
    assert in_order(things, Rules()) == ids(things)


def test_no_page_has_more_than_so_many_of_a_kind_and_the_rest_comes_later():
    things = [Thing(f"M{number}") for number in range(4)] + [Thing(f"T{number}", kind="teapot") for number in range(4)]
    shown = in_order(things, Rules(same_kind=2))
    assert shown[:PAGE] == ["M0", "M1", "T0", "T1"] and shown[PAGE:] == ["M2", "M3", "T2", "T3"]


def test_no_page_has_more_than_so_many_of_a_brand():
    brands = ["Harrow"] * 4 + ["Kelp"] * 2
    things = [Thing(f"P{number}", kind=f"kind {number}", brand=brand) for number, brand in enumerate(brands)]
    assert in_order(things, Rules(same_brand=3))[:PAGE] == ["P0", "P1", "P2", "P4"]


def test_a_shop_of_one_brand_or_one_kind_still_fills_its_pages():
    things = [Thing(f"P{number}", kind=f"kind {number}") for number in range(6)]
    assert in_order(things, Rules(same_brand=1)) == ids(things)
    mugs = [Thing(f"M{number}") for number in range(6)]
    assert in_order(mugs, Rules(same_kind=2)) == ids(mugs)


def test_near_twins_give_way_to_something_else_the_more_the_shop_wishes_it():
    things = [Thing(f"P{number}", kind=f"kind {number}") for number in range(4)]
    vectors = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert in_order(things, Rules(diversity=0.0), vectors) == ["P0", "P1", "P2", "P3"]
    assert in_order(things, Rules(diversity=0.6), vectors) == ["P0", "P3", "P1", "P2"]


def test_a_boost_brings_forward_and_a_negative_one_takes_back():
    brands = ["Harrow", "Harrow", "Kelp", "Harrow", "Harrow"]
    things = [Thing(f"P{number}", kind=f"kind {number}", brand=brand) for number, brand in enumerate(brands)]
    assert in_order(things, Rules(boosts=((About(brand="kelp"), 0.6),)))[0] == "P2"
    assert in_order(things, Rules(boosts=((About(product="P0"), -0.6),))) == ["P1", "P2", "P0", "P3", "P4"]


def test_a_pin_stands_at_its_place_once_whether_or_not_it_was_found():
    things = [Thing(f"P{number}", kind=f"kind {number}") for number in range(5)]
    rules = Rules(pins=(("P3", 1), ("X", 3)))
    assert in_order(things, rules, pins=[things[3], Thing("X", kind="lamp")]) == ["P3", "P0", "X", "P1", "P2", "P4"]
    assert in_order([], rules, pins=[Thing("X", kind="lamp")]) == ["X"]


def test_what_is_hidden_or_hardly_in_stock_or_earns_too_little_is_refused():
    rules = Rules(hidden=(About(category="garden"),), least_pieces=3, least_margin_percent=20)
    assert rules.refusal(Thing("P")) is None
    assert rules.refusal(Thing("P", category="garden")) == "hidden"
    assert rules.refusal(Thing("P", variants=(Form(stock=1), Form(stock=1)))) == "stock"
    assert rules.refusal(Thing("P", attributes={"cost_cents": 801})) == "margin"
    assert rules.refusal(Thing("P", attributes={"cost_cents": 800})) is None
    assert rules.refusal(Thing("P", attributes={"cost_cents": "about eight"})) is None


def test_what_is_sold_out_is_refused_without_any_rule():
    assert Rules().refusal(Thing("P", variants=(Form(stock=0),))) == "stock"
    assert Rules().refusal(Thing("P", variants=())) == "stock"


def test_a_product_and_its_kind_come_again_when_their_days_are_over():
    shoe, other = Thing("S1", "running shoe", category="shoes"), Thing("S2", "running shoe", category="shoes")
    rules = Rules(again=(Again(About(category="shoes"), product_days=365, kind_days=180), Again(product_days=0)))
    for days, refused in ((10, {"S1", "S2"}), (200, {"S1"}), (400, set())):
        soon = too_soon(rules, [Bought(shoe, NOW - timedelta(days=days))], NOW)
        assert {each.product_id for each in (shoe, other) if soon(each)} == refused
    candle = Thing("C1", "candle")
    assert not too_soon(rules, [Bought(candle, NOW)], NOW)(candle)


def test_what_was_sent_back_is_not_offered_again_but_others_of_its_kind_are():
    shoe, other = Thing("S1", "running shoe", category="shoes"), Thing("S2", "running shoe", category="shoes")
    rules = Rules(again=(Again(About(category="shoes"), product_days=365, kind_days=180),))
    soon = too_soon(rules, [Bought(shoe, NOW - timedelta(days=10), kept=False)], NOW)
    assert soon(shoe) and not soon(other)
    assert Rules(again=(Again(kind_days=400), Again(product_days=30))).longest_again_days == 400


def test_in_a_catalogue_without_kinds_one_purchase_does_not_close_the_department():
    tent, stove = (Thing(each, "Outdoor", category="outdoor", category_name="Outdoor") for each in ("T", "S"))
    soon = too_soon(Rules(again=(Again(kind_days=180),)), [Bought(tent, NOW)], NOW)
    assert soon(tent) and not soon(stove)


def test_the_rules_that_are_shipped_can_be_read():
    rules = read_rules(ROOT / "data" / "merchandising.toml")
    assert rules.again_of(Thing("C1", "candle", category="home")).product_days == 0
    assert rules.again_of(Thing("S1", "running shoe", category="shoes")).kind_days == 180
    assert rules.diversity > 0 and rules.hidden == () and rules.pins == ()


@pytest.mark.parametrize(("text", "said"), [
    ("[diversity]\nstrength = 2", r"diversity\.strength is 2\. Write a number from 0 to 1"),
    ("[diversity]\nstrenght = 0.5", r"no key 'strenght' in diversity \(value 0\.5\)\. Use one of strength"),
    ("[stock]\nleast_pieces = 1.5", r"stock\.least_pieces is 1\.5\. Write a whole number"),
    ("[margin]\nleast_percent = true", r"margin\.least_percent is True"),
    ("[margin]\ncost_attribute = 3", r"margin\.cost_attribute is 3\. Write a word in quotes"),
    ("[[again]]\ncategory = \"shoes\"\nkind_days = -1", r"again\[1\]\.kind_days is -1"),
    ("[[pin]]\nbrand = \"Kelp\"", r"a pin names brand 'Kelp'"),
    ("[[pin]]\nproduct = \"a\"\n[[pin]]\nproduct = \"b\"", r"two products are pinned to place 1"),
    ("[[boost]]\nbrand = \"Kelp\"", r"boost\[1\] has no by"),
    ("[[hide]]", r"hide\[1\] names nothing"),
    ("[[hide]]\nbrand = \"a\"\nkind = \"b\"", r"hide\[1\] names brand, kind"),
    ("[hide]\nbrand = \"a\"", r"hide must be a list"),
    ("diversity = 3", r"diversity is 3; write it as a section"),
    ("[gender]\nfemale = 1", r"no key 'gender'"),
    ("= 3", r"is not TOML: .*line 1"),
])  # fmt: skip
def test_what_is_wrong_with_the_file_is_named_with_key_value_and_remedy(tmp_path, text, said):
    path = tmp_path / "merchandising.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadRules, match=said) as caught:
        read_rules(path)
    assert str(path) in str(caught.value)


def test_a_file_that_breaks_while_serving_leaves_the_last_good_rules_and_is_told_once(tmp_path, caplog):
    path = tmp_path / "merchandising.toml"
    file = RulesFile(path)
    assert file.rules() == Rules() and "cannot be read" in caplog.text
    for moment, text, pieces in ((1, "[stock]\nleast_pieces = 7", 7), (2, "[stock]\nleast_pieces = no", 7),
                                 (3, "[stock]\nleast_pieces = 9", 9)):  # fmt: skip
        path.write_text(text, "utf-8")
        os.utime(path, ns=(moment, moment))
        assert [file.rules().least_pieces for _ in range(3)] == [pieces] * 3
    assert caplog.text.count("is not TOML") == 1
    path.unlink()
    assert file.rules().least_pieces == 9
