"""The action server follows the catalogue: what changed is in the next answer, without reading all of it again."""
from __future__ import annotations

import shutil
import threading
from dataclasses import replace

import pytest
from sqlalchemy import update

from actions import runtime as runtime_module
from actions.runtime import Runtime
from models.product_search import Filters, ProductSearch
from models.registry import Registry
from shop import catalogue, catalogue_changes, schema
from shop.settings import settings
from tests.actions.product_stage import PRODUCTS

pytest_plugins = ["tests.actions.product_stage"]


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch):
    monkeypatch.setattr(runtime_module, "CHECK_SECONDS", 0.0)


@pytest.fixture
def following(product_database, sentence_embedding) -> Runtime:
    with product_database.session() as db:
        search = ProductSearch.build(list(catalogue.all_products(db)), sentence_embedding)
        return Runtime(product_database, search, catalogue_changes.mark(db))


def refreshed(runtime: Runtime) -> ProductSearch:
    with runtime.database.session() as db:
        runtime.refresh(db)
    runtime.wait()
    return runtime.search


def change(runtime: Runtime, **values) -> str:
    row = PRODUCTS[0] | values
    with runtime.database.session() as db:
        catalogue.upsert_products(db, [row])
    return row["product_id"]


def test_a_new_title_is_found_in_the_next_answer_and_only_that_product_is_read(following, monkeypatch):
    def read_everything(db):
        raise AssertionError("the whole catalogue was read for one product")

    monkeypatch.setattr(catalogue, "all_products", read_everything)
    product_id = change(following, title="Quibberwick lantern ZX-81")
    assert refreshed(following).search("zx81", k=1)[0].product_id == product_id
    change(following, active=False)
    assert product_id not in {hit.product_id for hit in refreshed(following).search("zx81", k=9)}


def test_what_is_sold_out_by_an_order_is_not_offered_in_the_next_answer(following):
    product_id = PRODUCTS[0]["product_id"]
    wanted = Filters(in_stock=True)
    assert product_id in {hit.product_id for hit in following.search.search("", wanted, 999)}
    with following.database.session() as db:
        db.execute(update(schema.variants).where(schema.variants.c.product_id == product_id).values(stock=0))
        db.execute(schema.orders.insert().values(
            number="999001", status="placed", subtotal_cents=1, total_cents=1, currency="EUR", payment_method="card",
            email="a@example.com", name="A", street="B", postcode="C", city="D", country="E"))
        db.execute(schema.order_lines.insert().values(
            order_number="999001", sku="x", product_id=product_id, title="x", quantity=1, price_cents=1))
    assert product_id not in {hit.product_id for hit in refreshed(following).search("", wanted, 999)}


def test_many_changes_are_taken_over_beside_the_answers(following, monkeypatch):
    monkeypatch.setattr(runtime_module, "AT_ONCE", 0)
    product_id = change(following, title="Quibberwick lantern ZX-81")
    assert refreshed(following).search("zx81", k=1)[0].product_id == product_id


def test_stock_changed_by_another_system_is_noticed_by_and_by(following, monkeypatch):
    with following.database.session() as db:
        db.execute(update(schema.variants).values(stock=0))
    assert refreshed(following).search("", Filters(in_stock=True), 5)
    monkeypatch.setattr(runtime_module, "COMPARE_SECONDS", 0.0)
    assert refreshed(following).search("", Filters(in_stock=True), 5) == []


def test_a_newly_trained_index_is_in_use_without_a_restart_and_answers_meanwhile(
    product_database, sentence_embedding, tmp_path
):
    models = tmp_path / "models"
    shutil.copytree(settings.var / "models" / "embedding", models / "embedding")
    with product_database.session() as db:
        products = list(catalogue.all_products(db))
        ProductSearch.build(products, sentence_embedding).save(models)
        following = Runtime(product_database, ProductSearch.open(models, products), catalogue_changes.mark(db), models)
    first = following.search
    assert refreshed(following) is first
    others = [replace(products[0], title="Another title"), *products[1:]]
    ProductSearch.build(others, sentence_embedding).save(models)
    assert refreshed(following) is not first
    assert len(following.search) == len(products)
    Registry(models).rollback("index")
    assert refreshed(following).search("", None, 1)


def test_a_change_that_cannot_be_taken_over_is_told_and_the_old_catalogue_answers(following, monkeypatch, caplog):
    monkeypatch.setattr(runtime_module, "AT_ONCE", 0)
    change(following, title="Quibberwick lantern ZX-81")

    def broken(self, *_):
        raise RuntimeError("no memory")

    with monkeypatch.context() as now:
        now.setattr(ProductSearch, "apply", broken)
        assert refreshed(following).search("lantern", k=1)
    assert "could not be taken over" in caplog.text
    assert refreshed(following).search("zx81", k=1)[0].product_id == PRODUCTS[0]["product_id"]
    assert threading.active_count() < 20
