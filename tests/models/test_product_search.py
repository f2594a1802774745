"""Finding products: words, filters, likeness, a customer's taste; the index saved, opened, updated."""
from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelsError, NothingTrained, VersionMismatch
from models.facets import FacetTable, Filters
from models.product_index import ProductIndex
from models.product_search import ProductSearch
from models.registry import Registry

from .conftest import StockedProduct, StockedVariant


@pytest.fixture
def search(catalogue, embedding) -> ProductSearch:
    return ProductSearch.build(catalogue, embedding)


def ids(hits) -> list[str]:
    return [hit.product_id for hit in hits]


def test_a_described_thing_is_found(search):
    assert ids(search.search("something for jogging in the woods", k=1)) == ["P1"]
    assert ids(search.search("keeps me warm while I watch television", k=1)) == ["P5"]


def test_a_narrow_filter_still_gives_all_there_are(search):
    assert set(ids(search.search("frying pan", Filters(category=["shoes"]), k=5))) == {"P1", "P2"}


def test_conditions_hold_for_one_variant_together(search):
    # P1 is red, but only in 41, and that is sold out.
    assert ids(search.search("shoe", Filters(colour=["red"], size=["42"]))) == []
    assert ids(search.search("shoe", Filters(colour=["red"], in_stock=True))) == []
    assert ids(search.search("shoe", Filters(colour=["red"]))) == ["P1"]


def test_words_of_a_filter_are_read_without_regard_to_case(search):
    assert ids(search.search("shoe", Filters(brand=["KESTREL"], category=["Shoes"]))) == ["P1"]


def test_dropping_a_condition_widens_the_search(search):
    narrow = Filters(category=["shoes"], colour=["purple"])
    assert search.search("shoe", narrow) == []
    assert set(ids(search.search("shoe", narrow.without("colour")))) == {"P1", "P2"}


def test_similar_products_leave_out_the_product_itself(search):
    hits = search.similar("P1", k=2)
    assert ids(hits)[0] == "P2"
    assert "P1" not in ids(hits)
    assert search.similar("unknown") == []


def test_a_search_under_way_goes_on_with_the_old_catalogue(search, catalogue):
    class Rows(dict):
        def get(self, product_id):
            search.update(catalogue[:1])  # as another thread may, right now
            return super().get(product_id)

    before = ids(search.similar("P2", k=2))
    search._state.row_of_id = Rows(search._state.row_of_id)
    assert ids(search.similar("P2", k=2)) == before


def test_a_customer_is_near_what_they_bought(search):
    history = [SimpleNamespace(kind="view", product_id="P4"), SimpleNamespace(kind="purchase", product_id="P3")]
    customer = search.customer_vector(history)
    assert np.linalg.norm(customer) == pytest.approx(1, abs=1e-5)
    assert ids(search.recommend(customer, k=1)) == ["P3"]
    assert ids(search.recommend(customer, Filters(exclude_ids=["P3"], in_stock=True), k=9))[0] != "P3"


@pytest.mark.parametrize("history", [[], [SimpleNamespace(kind="view", product_id="gone")],
                                     [SimpleNamespace(kind="search", product_id="P1")]])
def test_a_customer_without_a_history_has_no_vector(search, history):
    assert search.customer_vector(history) is None


def test_a_known_taste_decides_among_equals(embedding):
    twins = [StockedProduct(f"P{i}", "Linen cushion", brand) for i, brand in enumerate(("Loom", "Ember"))]
    search = ProductSearch.build([*twins, StockedProduct("P9", "Ember candle", "Ember")], embedding)
    customer = search.customer_vector([SimpleNamespace(kind="purchase", product_id="P9")])
    assert ids(search.search("linen cushion", customer=customer, k=2)) == ["P1", "P0"]


def test_the_saved_index_is_opened_with_the_catalogue_of_today(
    search, catalogue, embedding, embedding_folder, tmp_path
):
    registry = Registry(tmp_path)
    publish_embedding(registry, embedding_folder, embedding.version)
    search.save(tmp_path)
    today = [replace(catalogue[0], title="Trail running shoe, now waterproof"), *catalogue[2:],
             StockedProduct("P6", "Whistling kettle", category="kitchen")]
    opened = ProductSearch.open(tmp_path, today)
    assert len(opened) == 5
    assert ids(opened.search("kettle", k=1)) == ["P6"]
    assert "P2" not in ids(opened.search("leather ankle boot", k=9))


def test_only_reworded_products_are_embedded_again(search, catalogue):
    dearer = [replace(each, variants=(StockedVariant(price_cents=1),)) if each.product_id == "P3" else each
              for each in catalogue]
    assert search.update([*dearer, StockedProduct("P6", "Kettle")]) == 2  # P3's colours are part of its text
    assert search.update([*dearer, StockedProduct("P6", "Kettle")]) == 0
    assert ids(search.search("tent", Filters(price_max_cents=1))) == ["P3"]
    assert search.update([]) == 0
    assert search.search("tent") == []


def test_an_index_of_another_embedding_is_refused(search, embedding, embedding_folder, tmp_path):
    registry = Registry(tmp_path)
    with pytest.raises(NothingTrained, match="train embedding"):
        ProductSearch.open(tmp_path, [])
    publish_embedding(registry, embedding_folder, embedding.version)
    with pytest.raises(NothingTrained, match="train index"):
        ProductSearch.open(tmp_path, [])
    search.save(tmp_path)
    index = registry.require("index").directory
    card = (index / "card.json").read_text("utf-8").replace(embedding.version, "another")
    (index / "card.json").write_text(card, "utf-8")
    with pytest.raises(VersionMismatch, match="floorwalker train index"):
        ProductSearch.open(tmp_path, [])


def test_half_an_index_file_is_refused(tmp_path):
    path = tmp_path / "products.faiss"
    ProductIndex.build(np.eye(4, dtype=np.float32)).save(path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ModelsError, match="floorwalker train index"):
        ProductIndex.load(path)
    with pytest.raises(ModelsError, match="floorwalker train index"):
        ProductIndex.load(tmp_path / "none")


def publish_embedding(registry: Registry, folder, version: str) -> None:
    registry.root.mkdir(exist_ok=True)
    draft = registry.root / ".draft"
    draft.mkdir()
    for file in folder.iterdir():
        (draft / file.name).write_bytes(file.read_bytes())
    registry.publish("embedding", version, draft, {})


WORDS = {"colour": ["red", "blue", "green"], "size": ["S", "M"], "material": ["wool", "linen"]}
variants = st.builds(
    StockedVariant, colour=st.sampled_from(WORDS["colour"]), size=st.sampled_from(WORDS["size"]),
    material=st.sampled_from(WORDS["material"]), price_cents=st.integers(1, 5), stock=st.integers(0, 1),
)
products = st.builds(
    StockedProduct, product_id=st.just(""), title=st.just("x"), brand=st.sampled_from(["A", "B"]),
    category=st.sampled_from(["c", "d"]), variants=st.lists(variants, max_size=3).map(tuple),
)


def some(words: list[str]):
    return st.none() | st.lists(st.sampled_from([*words, "unheard of"]), max_size=2)


filters = st.builds(
    Filters, category=some(["c", "d"]), brand=some(["A", "B"]), colour=some(WORDS["colour"]),
    size=some(WORDS["size"]), material=some(WORDS["material"]), price_min_cents=st.none() | st.integers(1, 5),
    price_max_cents=st.none() | st.integers(1, 5), not_category=some(["c"]), not_brand=some(["A"]),
    not_colour=some(WORDS["colour"]), not_material=some(WORDS["material"]), in_stock=st.booleans(),
    exclude_ids=st.lists(st.sampled_from(["0", "1", "99"])),
)


def meets(product: StockedProduct, wanted: Filters) -> bool:
    """The filter said in plain words, one product at a time."""

    def fits(variant: StockedVariant) -> bool:
        return (
            (not wanted.colour or variant.colour in wanted.colour)
            and (not wanted.size or variant.size in wanted.size)
            and (not wanted.material or variant.material in wanted.material)
            and variant.colour not in (wanted.not_colour or ())
            and variant.material not in (wanted.not_material or ())
            and (wanted.price_min_cents is None or variant.price_cents >= wanted.price_min_cents)
            and (wanted.price_max_cents is None or variant.price_cents <= wanted.price_max_cents)
            and (not wanted.in_stock or variant.stock > 0)
        )

    return (
        any(fits(variant) for variant in product.variants)
        and (not wanted.category or product.category in wanted.category)
        and (not wanted.brand or product.brand in wanted.brand)
        and product.category not in (wanted.not_category or ())
        and product.brand not in (wanted.not_brand or ())
        and product.product_id not in wanted.exclude_ids
    )


@given(st.lists(products, max_size=8), filters)
@settings(max_examples=300, deadline=None)
def test_filters_agree_with_looking_at_each_product(drawn, wanted):
    shelf = [replace(product, product_id=str(number)) for number, product in enumerate(drawn)]
    assert FacetTable(shelf).allowed(wanted).tolist() == [meets(product, wanted) for product in shelf]


@given(st.integers(1, 40), st.integers(0, 50), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_index_agrees_with_sorting_everything(count, k, seed):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 8)).astype(np.float32)
    allowed = random.random(count) < 0.5
    rows, scores = ProductIndex.build(vectors).search(vectors[0], k, allowed)
    exact = vectors @ vectors[0]
    best = sorted(np.flatnonzero(allowed), key=lambda row: -exact[row])[:k]
    assert scores == pytest.approx(exact[best], abs=1e-4)
    assert set(rows) <= set(np.flatnonzero(allowed))
