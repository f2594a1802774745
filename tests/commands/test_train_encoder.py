"""``floorwalker train encoder``: learned from whom it may be, refused where worse, and nothing from too little."""
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert, update

from commands import train_encoder as command
from commands.errors import CommandError
from models.customer_encoder.behaviour import BehaviourVectors
from models.customer_encoder.training import Settings
from models.registry import Registry
from shop import catalogue, customers, events
from shop.database import Database
from shop.events_export import training_histories
from shop.schema import events as events_table
from shop.schema import products
from tests.commands.published import publish_embedding

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
THINGS = ("rain jacket", "saucepan", "tent", "candle")
EACH = 8
SMALL = Settings(width=16, heads=2, length=20, dropout=0.1, learning_rate=5e-3, epochs=4, factors=8, threads=1)


@pytest.fixture
def registry(database: Database, var: Path, embedding_folder: Path, monkeypatch) -> Registry:
    """A catalogue of four kinds of things and an embedding; nobody has been here yet."""
    monkeypatch.setattr(command, "settings_of_shop", lambda: SMALL)
    with database.session() as db:
        catalogue.upsert_categories(db, [{"slug": "all", "name": "Everything"}])
        catalogue.upsert_products(db, [
            {
                "product_id": f"{thing[:2]}{number}", "title": f"{name} {thing}", "brand": "Halden", "category": "all",
                "kind": thing, "description": f"A {thing}.", "rating": 4.0, "rating_count": 9,
                "variants": [{"sku": f"{thing[:2]}{number}-1", "price_cents": 1000, "stock": 3}],
            }
            for thing in THINGS
            for number, name in enumerate(("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Oak"))
        ])  # fmt: skip
    return publish_embedding(var / "models", embedding_folder, "e1", {"fingerprint": "e1"})


def visit(database: Database, people: int, seed: int = 1, faithful: bool = True) -> None:
    """So many visitors each look at and buy things of one kind, or, unfaithful, of any."""
    chance = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        kind = chance.integers(len(THINGS))
        for step in range(5):
            kind = kind if faithful else chance.integers(len(THINGS))
            rows.append({
                "kind": "purchase" if step % 2 else "view", "visitor_id": f"{seed:04d}{person:028d}",
                "product_id": f"{THINGS[kind][:2]}{chance.integers(EACH)}", "at": START + timedelta(days=step),
            })  # fmt: skip
    with database.session() as db:
        db.execute(insert(events_table), rows)


def test_it_is_trained_once_and_its_card_tells_how(registry, database):
    visit(database, 320)
    assert command.train_encoder(registry, force=False) is True
    card = registry.require("encoder").card
    assert "NaN" not in (registry.require("encoder").directory / "card.json").read_text("utf-8")
    assert card["hr_at_5"] > 1.5 * card["rivals"]["what is popular"]["hr_at_5"]
    assert card["customers"] and card["fingerprint"] and card["embedding"] == "e1"
    assert (card["settings"]["seed"], card["settings"]["width"]) == (7, 16)
    assert BehaviourVectors.load(registry.require("encoder").directory).dimension >= 16
    served, judged = (
        BehaviourVectors.load(registry.require("encoder").directory / each).version for each in ("", command.JUDGED)
    )
    assert served != judged  # what is served has learned from the last purchases, what was judged has not
    assert command.train_encoder(registry, force=False) is False
    assert command.train_encoder(registry, force=True) is True  # the same again is no worse
    assert [each.name for each in registry.root.iterdir() if each.name.startswith(".encoder")] == []


def test_with_too_little_data_nothing_is_trained_and_that_is_no_error(registry, database, capsys):
    visit(database, 40)
    assert command.train_encoder(registry, force=True) is False
    assert registry.champion("encoder") is None
    assert "too little to learn from (40 histories of at least 300" in capsys.readouterr().out


def test_a_candidate_that_is_worse_is_refused(registry, database, monkeypatch):
    visit(database, 320)
    command.train_encoder(registry, force=False)
    before = registry.require("encoder").name

    class Indifferent(BehaviourVectors):
        """The candidate likes everything alike; the encoder in use is as it was judged."""

        @classmethod
        def load(cls, directory):
            opened = super().load(directory)
            opened.likes = before in directory.parts
            return opened

        def customer(self, events):
            return super().customer(events) * self.likes

    monkeypatch.setattr(command, "BehaviourVectors", Indifferent)
    monkeypatch.setattr(command, "settings_of_shop", lambda: replace(SMALL, seed=8, epochs=1))
    with pytest.raises(CommandError, match=r"worse than what is popular .* and was refused"):
        command.train_encoder(registry, force=True)
    monkeypatch.setattr(command, "popularity", lambda histories, products: np.zeros(products))
    with pytest.raises(CommandError, match=rf"worse than the encoder in use \({before}\)"):
        command.train_encoder(registry, force=True)
    assert registry.require("encoder").name == before
    assert [each.name for each in registry.root.iterdir() if each.name.startswith(".encoder")] == []


def test_only_those_who_agreed_and_visitors_without_a_name_are_learned_from(registry, database):
    with database.session() as db:
        people = [customers.create(db, f"{name}@example.com", name, "Stone").customer_id for name in ("Ada", "Ben")]
        customers.set_consent(db, people[0], "personalisation", True)
        for person in people:
            events.record(db, "view", "ra1", person)
            events.record(db, "view", "ra2", person, visitor_id="ab" * 16)  # in a browser that a guest uses, too
        events.record(db, "view", "ra3", visitor_id="ab" * 16)
    with database.session() as db:
        histories = list(training_histories(db))
    assert [[each.product_id for each in done] for done in histories] == [["ra1", "ra2"], ["ra3"]]
    assert {each.customer_id for done in histories for each in done} == {people[0], None}


def test_visitors_are_read_in_batches_and_each_once(database, monkeypatch):
    monkeypatch.setattr("shop.events_export.BATCH", 7)
    visit(database, 30)
    with database.session() as db:
        histories = list(training_histories(db))
    assert len(histories) == 30
    assert all(len({each.visitor_id for each in done}) == 1 and len(done) == 5 for done in histories)


def test_what_changes_in_the_shop_is_trained_anew(registry, database):
    visit(database, 10)
    before = command.shop_data(registry).fingerprint
    assert command.shop_data(registry).fingerprint == before
    visit(database, 1, seed=2)
    after = command.shop_data(registry).fingerprint
    assert after != before
    with database.session() as db:
        catalogue.upsert_products(db, [{
            "product_id": "ra1", "title": "Yew rain jacket", "brand": "Halden", "category": "all",
            "kind": "rain jacket",
            "variants": [{"sku": "ra1-1", "price_cents": 1000, "stock": 3}],
        }])  # fmt: skip
    assert command.shop_data(registry).fingerprint not in (before, after)


def test_without_a_catalogue_the_remedy_is_named(database, var, registry):
    with database.session() as db:
        db.execute(update(products).values(active=False))
    with pytest.raises(CommandError, match="floorwalker import"):
        command.shop_data(registry)
