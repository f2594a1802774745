"""The demo's products: enough of each, told apart, and described truly."""
from __future__ import annotations

import re
from collections import Counter, defaultdict

from sqlalchemy import func, select

from shop import catalogue, schema
from shop.demo.vocabulary import read_vocabulary
from shop.demo.wording import fill, listing
from tests.demo.conftest import NOW, SIZES

# Sizes are no attributes: the weight of a shoe is told for one size.
SIZE_TOLD = "42"


def said_numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in re.findall(r"(?<!\d)(?<!\d )-?\d+(?:,\d{3})*(?:\.\d+)?", text)}


def test_a_shopper_finds_as_many_products_as_were_asked_for_in_every_category(db):
    found = list(catalogue.all_products(db))
    assert len(found) == SIZES["products"]
    assert {product.category for product in found} == set(read_vocabulary().categories)
    assert all(product.variants for product in found)


def test_no_two_products_have_the_same_title(db):
    titles = Counter(db.execute(select(schema.products.c.title)).scalars())
    assert [title for title, count in titles.items() if count > 1] == []


def test_near_twins_of_one_line_have_descriptions_of_their_own(db):
    families = defaultdict(list)
    for product in catalogue.all_products(db):
        families[product.brand, product.title.split()[0], product.kind].append(product)
    twins = [family for family in families.values() if len(family) > 1]
    assert len(twins) > 30
    assert all(len({twin.description for twin in family}) == len(family) for family in twins)
    assert all(twin.attributes != family[0].attributes for family in twins for twin in family[1:])


def test_a_description_gives_no_number_that_the_attributes_do_not_have(db):
    for product in catalogue.all_products(db):
        known = set()
        for value in product.attributes.values():
            if isinstance(value, str):
                known |= said_numbers(value)
            elif not isinstance(value, bool):
                known.add(f"{value:.10g}")
        said = said_numbers(product.description)
        assert said <= known | {SIZE_TOLD}, product.description


def facts_of(product) -> dict:
    """The product's attributes and what else a sentence may depend on, taken from its title and variants."""
    words = read_vocabulary()
    kind = words.kinds[product.kind]
    endings = {feature.title.format(kind=kind.name): feature for feature in kind.features}
    ending = max((each for each in endings if product.title.endswith(f" {each}")), key=len)
    others = [name for name in product.materials if name != product.attributes["material"]]
    return product.attributes | {
        "feature": endings[ending].name, "line": product.title.removesuffix(f" {ending}"), "brand": product.brand,
        "kind": kind.name, "material_said": words.materials[product.attributes["material"]].said, "made": kind.made,
        "colours": listing(product.colours), "colour_count": len(product.colours),
        "second_material": "".join(words.materials[name].said for name in others),
    }  # fmt: skip


def test_a_description_tells_only_what_is_true_and_at_least_one_thing_of_this_very_product(db):
    kinds = read_vocabulary().kinds
    for product in catalogue.all_products(db):
        facts, rest, told = facts_of(product), product.description, set()
        for each in sorted(kinds[product.kind].sentences, key=lambda each: -len(each.text)):
            if each.holds(facts) and fill(each.text, facts) in rest:
                rest = rest.replace(fill(each.text, facts), "")
                told |= each.about
        assert not rest.strip(), f"{product.title}: {rest} is not true of {facts}"
        assert told & (product.attributes.keys() | {"feature", "colours"}), product.description


def test_a_description_has_two_to_five_sentences_and_no_hole(db):
    for product in catalogue.all_products(db):
        sentences = re.findall(r"[.!?](?:\s|$)", product.description)
        assert 2 <= len(sentences) <= 5, product.description
        assert not re.search(r"[{}]|\bNone\b|  ", product.description), product.description


def test_descriptions_hardly_repeat_each_other(db):
    texts = list(db.execute(select(schema.products.c.description)).scalars())
    assert len(set(texts)) == len(texts)
    openings = Counter(text.split(". ")[0] for text in texts)
    assert openings.most_common(1)[0][1] <= 4


def test_colours_sizes_and_materials_are_those_of_the_vocabulary(db):
    words = read_vocabulary()
    for item in db.execute(select(schema.variants)):
        assert item.colour in words.colours
        assert item.material in words.materials
        assert item.sku.startswith(f"{item.product_id}-{words.colour_codes[item.colour]}-")
    for product in catalogue.all_products(db):
        assert product.attributes["material"] in product.materials


def test_prices_rise_with_the_size_and_a_reduced_price_is_lower_than_before(db):
    for product in catalogue.all_products(db):
        for variant in product.variants:
            assert 100 <= variant.price_cents <= 100_000
            assert variant.was_cents is None or variant.was_cents > variant.price_cents
            assert variant.price_cents % 10 in (0, 5)
    towel = next(each for each in catalogue.all_products(db) if each.kind == "towel")
    first = towel.variants[0]
    same = [each for each in towel.variants if (each.colour, each.material) == (first.colour, first.material)]
    assert [each.size for each in same] == ["30 x 50 cm", "50 x 100 cm", "70 x 140 cm"]
    assert [each.price_cents for each in same] == sorted(each.price_cents for each in same)


def test_some_products_are_sold_out_and_most_are_not(db):
    found = list(catalogue.all_products(db))
    sold_out = sum(not product.in_stock for product in found)
    assert 0 < sold_out < len(found) * 0.12


def test_nothing_in_the_catalogue_comes_from_the_future(db):
    assert db.execute(select(func.max(schema.products.c.added_at))).scalar() < NOW
