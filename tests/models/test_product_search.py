"""Finding products: words, filters, likeness, a customer's taste; the index saved, opened, updated."""
from __future__ import annotations

import sys
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import product_search, product_store, product_text
from models.errors import ModelsError, NothingTrained, VersionMismatch
from models.facets import FacetTable, Filters
from models.lexical_index import LexicalIndex
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


def test_a_reader_sees_the_old_catalogue_or_the_new_one_and_never_half_of_one(search, catalogue):
    """Two products change places again and again, in one step each time, while others search."""
    kettle, vase = (StockedProduct("A", "Whistling kettle"), StockedProduct("B", "Tall glass vase"))
    swapped = (replace(kettle, product_id="B"), replace(vase, product_id="A"))
    search.apply([kettle, vase])
    seen, done = [], threading.Event()

    def read() -> None:
        while not done.is_set():
            hits = search.search("whistling kettle", k=len(catalogue) + 2)
            seen.append((hits[0].product_id, len({hit.product_id for hit in hits})))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        search.apply(swapped if turn % 2 == 0 else (kettle, vase))
    done.set()
    for reader in readers:
        reader.join()
    assert {count for _, count in seen} == {len(catalogue) + 2}
    assert {first for first, _ in seen} <= {"A", "B"}


def test_a_part_number_is_found_first_however_it_is_written(search):
    search.apply([
        StockedProduct("T1", "Brother TN-2110 toner cartridge", "Brother"),
        StockedProduct("T2", "Brother TN-2120 toner cartridge", "Brother"),
        StockedProduct("T3", "HP CF244A toner", "HP"),
        StockedProduct("T4", "HP Pavilion dv7-1211ea notebook", "HP"),
    ])
    for said, wanted in (("tn-2110", "T1"), ("TN2110", "T1"), ("toner tn 2120", "T2"), ("CF244A", "T3"),
                         ("dv7-1211ea", "T4"), ("dv71211ea", "T4")):
        assert ids(search.search(said, k=1)) == [wanted], said


def test_words_are_found_together_or_apart(search):
    search.apply([StockedProduct("N", "Norrland note book"), StockedProduct("M", "Norrland powerbank 250gb")])
    assert ids(search.search("notebook", k=1)) == ["N"]
    assert ids(search.search("power bank", k=1)) == ["M"]


def test_a_change_of_price_or_stock_embeds_nothing_and_is_there_at_once(search, catalogue):
    tent = next(each for each in catalogue if each.product_id == "P3")
    before = search.search("tent", k=1)[0]
    sold_out = tuple(replace(each, price_cents=5, stock=0) for each in tent.variants)
    assert search.apply([replace(tent, variants=sold_out)]) == 0
    assert search.search("tent", Filters(price_max_cents=5))[0].cosine == pytest.approx(before.cosine)
    assert "P3" not in ids(search.search("tent", Filters(in_stock=True)))


def test_what_is_gone_is_gone_and_may_come_back(search, catalogue):
    search.apply([], ["P3", "never heard of"])
    assert len(search) == 4
    assert "P3" not in ids(search.search("two-person tent", k=9))
    assert search.similar("P3") == []
    assert search.apply([catalogue[2]]) == 1
    assert ids(search.search("two-person tent", k=1)) == ["P3"]


def test_many_changes_are_joined_to_the_large_part(search, monkeypatch):
    monkeypatch.setattr(product_search, "FRESH_PRODUCTS", 3)
    for number in range(9):
        search.apply([StockedProduct(f"N{number % 5}", f"Lantern of model X{number}00")])
    assert len(search) == 10
    assert ids(search.search("X800", k=1)) == ["N3"]
    assert search.totals == (10, 11, 9, 75_590)


class Fame:
    """Behaviour in two columns: what one kind of customer likes, and what the other does."""

    dimension, version = 2, "fame-1"

    def products(self, products, text_vectors) -> np.ndarray:
        assert text_vectors.shape == (len(products), 384)
        liked = [[each.brand == "Kestrel", each.brand == "Loom"] for each in products]
        return np.array(liked, dtype=np.float32).reshape(-1, 2)


def test_behaviour_stands_beside_the_text_in_the_same_index(catalogue, embedding, embedding_folder, tmp_path):
    search = ProductSearch.build(catalogue, embedding, Fame())
    assert set(ids(search.recommend(np.array([1, 0]), k=2))) == {"P1", "P3"}
    assert ids(search.recommend(np.array([0, 1]), k=1)) == ["P5"]
    alone, known = (
        {hit.product_id: hit.score for hit in search.search("shoe or boot", k=5, customer=customer)}
        for customer in (None, np.array([0, 1]))
    )
    assert {each for each in alone if known[each] > alone[each] + 0.1} == {"P5"}
    search.apply([StockedProduct("P6", "Kite", "Loom")])
    assert set(ids(search.recommend(np.array([0, 1]), k=2))) == {"P5", "P6"}
    with pytest.raises(ValueError, match="neither the text"):
        search.recommend(np.zeros(3))
    publish_embedding(Registry(tmp_path), embedding_folder, embedding.version)
    search.save(tmp_path)
    assert len(ProductSearch.open(tmp_path, catalogue, Fame())) == 5
    with pytest.raises(VersionMismatch, match="behaviour"):
        ProductSearch.open(tmp_path, catalogue)


class Wide(Fame):
    """Behaviour of as many columns as the text has."""

    dimension, version = 384, "wide-1"

    def products(self, products, text_vectors) -> np.ndarray:
        return np.pad(super().products(products, text_vectors), ((0, 0), (0, 382)))

    def customer(self, events) -> np.ndarray:
        return np.eye(1, 384, 1, dtype=np.float32)[0]  # likes what Loom makes

    def bought_together(self, product_id) -> np.ndarray:
        return np.eye(1, 384, 0, dtype=np.float32)[0]  # with everything goes what Kestrel makes


def test_behaviour_as_wide_as_the_text_is_not_taken_for_a_text(catalogue, embedding):
    search = ProductSearch.build(catalogue, embedding, Wide())
    customer = search.customer_vector([SimpleNamespace(kind="view", product_id="P1")])
    (best,) = search.recommend(customer, k=1)
    assert (best.product_id, best.score, best.cosine) == ("P5", 1.0, 0.0)
    assert [(hit.product_id, hit.score) for hit in search.bought_together("P1")] == [("P3", 1.0)]


def test_many_may_ask_at_once(search, monkeypatch):
    monkeypatch.setattr(product_search, "ASKED_KEPT", 1)
    monkeypatch.setattr(search.embedding, "embed", lambda texts: np.zeros((len(texts), 384), dtype=np.float32))
    failed = []

    def ask(first: int) -> None:
        try:
            for number in range(first, first + 1_500):
                search.search(str(number), Filters(price_max_cents=number), k=1)
        except RuntimeError as error:
            failed.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        askers = [threading.Thread(target=ask, args=(first * 10_000,)) for first in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
    finally:
        sys.setswitchinterval(interval)
    assert failed == []


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


def test_a_catalogue_trained_again_embeds_only_what_is_new(search, catalogue, embedding, embedding_folder, tmp_path):
    registry = Registry(tmp_path)
    publish_embedding(registry, embedding_folder, embedding.version)
    assert product_store.text_vectors(tmp_path, embedding) == {}
    search.save(tmp_path)
    known = product_store.text_vectors(tmp_path, embedding)
    other = [np.ones((len(catalogue), 384), dtype=np.float32) for _ in range(99)]  # takes what memory is free again
    original = search.vectors([each.product_id for each in catalogue], text_only=True)
    taken = np.stack([known[product_text.digest(each)] for each in catalogue])
    assert np.array_equal(taken, original) and len(other) == 99
    marked = {digest: np.zeros(384, dtype=np.float32) for digest in known}  # to see which vectors are taken over
    again = ProductSearch.build([*catalogue, StockedProduct("P6", "Kettle")], embedding, known=marked)
    assert {hit.product_id for hit in again.search("kettle", k=9) if hit.cosine != 0} == {"P6"}


def test_a_broken_index_does_not_keep_the_next_from_being_trained(
    search, embedding, embedding_folder, tmp_path, caplog
):
    publish_embedding(Registry(tmp_path), embedding_folder, embedding.version)
    search.save(tmp_path)
    vectors = Registry(tmp_path).require("index").directory / "vectors.npy"
    vectors.write_bytes(b"\0" * vectors.stat().st_size)  # as a crash may leave it
    assert product_store.text_vectors(tmp_path, embedding) == {}
    assert "All texts are embedded again" in caplog.text
    vectors.write_bytes(b"half of it")
    assert product_store.text_vectors(tmp_path, embedding) == {}
    assert "vectors.npy is gone or has not the size" in caplog.text


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


@pytest.mark.parametrize("file", ["vectors.npy", "index.json", "words.npz", "rows.json"])
def test_an_index_of_which_a_file_is_broken_is_refused(search, catalogue, embedding, embedding_folder, tmp_path, file):
    registry = Registry(tmp_path)
    publish_embedding(registry, embedding_folder, embedding.version)
    search.save(tmp_path)
    path = registry.require("index").directory / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelsError, match="floorwalker train index"):
        ProductSearch.open(tmp_path, catalogue)
    path.unlink()
    with pytest.raises(ModelsError, match="floorwalker train index"):
        ProductSearch.open(tmp_path, catalogue)


def test_files_of_two_catalogues_are_refused(search, catalogue, embedding, embedding_folder, tmp_path):
    registry = Registry(tmp_path)
    publish_embedding(registry, embedding_folder, embedding.version)
    search.save(tmp_path)
    ProductIndex.build(np.eye(384, dtype=np.float32)).save(registry.require("index").directory)
    with pytest.raises(ModelsError, match="different catalogues"):
        ProductSearch.open(tmp_path, catalogue)


def test_a_save_that_breaks_off_leaves_the_index_in_use_as_it_was(
    search, catalogue, embedding, embedding_folder, tmp_path, monkeypatch
):
    registry = Registry(tmp_path)
    publish_embedding(registry, embedding_folder, embedding.version)
    version = search.save(tmp_path)
    search.apply([StockedProduct("P6", "Whistling kettle")])

    def disk_full(self, path) -> None:
        path.write_bytes(b"half of it")
        raise OSError("No space left on device")

    monkeypatch.setattr(LexicalIndex, "save", disk_full)
    with pytest.raises(OSError, match="No space"):
        search.save(tmp_path)
    assert registry.require("index").name == version
    assert len(ProductSearch.open(tmp_path, catalogue)) == 5
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".index")] == []


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


TITLES = ("Red kettle", "Oak table TX-200", "Wool scarf", "Camping lantern 9")
stocked = st.builds(
    StockedProduct, product_id=st.sampled_from("abcdef"), title=st.sampled_from(TITLES),
    brand=st.sampled_from(["A", "B"]), category=st.sampled_from(["c", "d"]),
    variants=st.lists(variants, max_size=2).map(tuple),
)
steps = st.lists(st.tuples(st.lists(stocked, max_size=3), st.lists(st.sampled_from("abcdef"), max_size=2)), max_size=5)


@given(steps, filters, st.sampled_from(["kettle", "TX 200", "something to wear"]), st.integers(1, 7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_catalogue_changed_step_by_step_is_searched_as_one_that_was_always_so(embedding, taken, wanted, said, k):
    search = ProductSearch.build([], embedding)
    shelf: dict[str, StockedProduct] = {}
    for drawn, removed in taken:
        changed = {product.product_id: product for product in drawn if product.product_id not in removed}
        search.apply(changed.values(), removed)
        shelf.update(changed)
        for product_id in removed:
            shelf.pop(product_id, None)
    hits = search.search(said, wanted, k)
    fitting = {product_id for product_id, product in shelf.items() if meets(product, wanted)}
    assert len(hits) == len({hit.product_id for hit in hits}) == min(k, len(fitting))
    assert {hit.product_id for hit in hits} <= fitting
    fresh = ProductSearch.build(list(shelf.values()), embedding)
    cosines = sorted((hit.cosine for hit in fresh.search(said, wanted, 9)), reverse=True)
    found = sorted((hit.cosine for hit in search.search(said, wanted, 9)), reverse=True)
    assert found == pytest.approx(cosines, abs=1e-5)
    assert search.totals == fresh.totals


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
