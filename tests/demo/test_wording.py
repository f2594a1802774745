"""Which sentences may stand in a description, and how their placeholders are filled."""
from __future__ import annotations

import re
from collections import Counter

import pytest

from shop.demo.chance import pick_several, shares, stream, subset
from shop.demo.pricing import natural
from shop.demo.queries import plural
from shop.demo.texts import fill_in, money
from shop.demo.vocabulary import read_vocabulary
from shop.demo.wording import fill, listing, sentence
from shop.errors import BadInput

FACTS = {
    "weight_g": 1450, "waterproof": True, "material": "wool", "material_said": "wool", "pockets": 2, "drop_mm": 4.5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("", True), ("waterproof=yes", True), ("waterproof=no", False), ("material=linen|wool", True),
        ("material!=wool", False), ("weight_g<1450", False), ("weight_g>1400 & drop_mm<5", True),
        ("!weight_g>1400", False), ("lining=none", False), ("lining!=none", True), ("capacity_l>1", False),
    ],
)  # fmt: skip
def test_a_sentence_stands_only_where_its_conditions_hold(when, holds):
    assert sentence("detail", when, "True.").holds(FACTS) is holds


def test_a_sentence_about_a_fact_that_is_missing_does_not_stand():
    assert not sentence("detail", "", "It holds {capacity_l} l.").holds(FACTS)


def test_a_condition_that_cannot_be_read_names_itself_and_the_remedy():
    with pytest.raises(ValueError, match=r"'waterproof'.*name=value"):
        sentence("detail", "waterproof", "Dry.")


def test_placeholders_are_written_as_numbers_words_and_with_a_capital():
    assert fill("{weight_g} g, {drop_mm} mm, {pockets:word} pockets", FACTS) == "1,450 g, 4.5 mm, two pockets"
    assert fill("{material:Cap} with {pockets:Word} pocket{pockets:s}", FACTS) == "Wool with Two pockets"
    assert fill("a {material} cap, a {lid} and a one-off", {"material_said": "aluminium", "lid": "open lid"}) == (
        "an aluminium cap, an open lid and a one-off"
    )


def test_no_sentence_of_the_vocabulary_hides_a_number_of_its_own():
    for kind in read_vocabulary().kinds.values():
        for each in kind.sentences:
            bare = re.sub(r"\{.*?\}", "", each.text).replace("size 42", "")
            assert not re.search(r"\d", bare), each.text


def test_every_kind_has_enough_sentences_of_each_role_and_a_sentence_for_each_feature():
    for kind in read_vocabulary().kinds.values():
        roles = Counter(each.role for each in kind.sentences)
        assert roles["opening"] >= 5 and roles["detail"] >= 7 and roles["use"] >= 3 and roles["limit"] >= 3, kind.name
        for feature in kind.features:
            if feature.name:
                facts = {"feature": feature.name}
                own = [each for each in kind.sentences if "feature" in each.about and each.conditions[0](facts)]
                assert own, (kind.name, feature.name)


def test_kinds_go_with_kinds_that_exist():
    kinds = read_vocabulary().kinds
    assert all(set(kind.goes_with) <= kinds.keys() for kind in kinds.values())


@pytest.mark.parametrize(
    ("cents", "price"),
    [(120, 195), (437, 445), (1_812, 1_790), (5_949, 5_895), (12_300, 12_500), (24_700, 24_500), (24_800, 24_900)],
)
def test_prices_end_as_prices_do(cents, price):
    assert natural(cents) == price


@pytest.mark.parametrize(
    ("kind", "many"),
    [("chef's knife", "chef's knives"), ("summer dress", "summer dresses"), ("jeans", "jeans"),
     ("bed linen", "bed linen"), ("wristwatch", "wristwatches"), ("mug", "mugs"),
     ("hiking trousers", "hiking trousers")],
)  # fmt: skip
def test_a_query_for_several_is_spelt_as_people_spell_it(kind, many):
    assert plural(kind) == many


def test_lists_and_money_are_written_for_people():
    assert listing(["red"]) == "red"
    assert listing(["red", "green", "blue"]) == "red, green and blue"
    assert (money(495), money(5000), money(123_456)) == ("€4.95", "€50", "€1,234.56")


def test_a_policy_that_names_an_unknown_fact_is_refused_by_name():
    with pytest.raises(BadInput, match=r"policy returns.*\{retrn_days\}"):
        fill_in("returns", "Within {retrn_days} days.", {"return_days": 30})


def test_chance_gives_everything_out_and_no_more_than_there_is_room_for():
    chance = stream(1, "test")
    given = shares(chance, 40, [1.0, 0.0, 5.0, 1.0], 20)
    assert sum(given) == 40 and given[1] == 0 and max(given) <= 20
    assert len(pick_several(chance, {"a": 1.0, "b": 2.0, "c": 0.0}, 3)) == 2
    assert subset(chance, [3, 1, 2], 5) == [3, 1, 2]
    with pytest.raises(ValueError, match="do not fit"):
        shares(chance, 40, [1.0], 20)
