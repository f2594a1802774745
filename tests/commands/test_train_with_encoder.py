"""The encoder among the trained parts: a new one makes the index stale, one that is refused stops nothing."""
from __future__ import annotations

import shutil

import numpy as np
import pytest

from commands import setup, train
from commands.errors import CommandError
from models.customer_encoder.behaviour import BehaviourVectors
from models.customer_encoder.fitting import fit, save
from models.customer_encoder.sequences import CHOICE, History, hold_out
from models.customer_encoder.training import Settings
from models.embedding import SentenceEmbedding
from models.encoder_in_use import encoder_of_index
from models.product_search import ProductSearch
from models.product_text import document
from models.registry import Registry
from shop import catalogue

SMALL = Settings(width=16, heads=2, length=12, dropout=0.1, epochs=1, patience=1, factors=4, threads=1)


@pytest.fixture
def registry(trained_shop) -> Registry:
    return Registry(trained_shop.var / "models")


@pytest.fixture
def new_encoder(trained_shop, registry):
    """Publishes an encoder of the shop's products; returns its version."""

    def publish(seed: int) -> str:
        with trained_shop.database.session() as db:
            products = list(catalogue.all_products(db))
        embedding = registry.require("embedding")
        text = SentenceEmbedding.load(embedding.directory).embed([document(each) for each in products])
        chance = np.random.default_rng(seed)
        histories = []
        for _ in range(30):
            rows = chance.permutation(len(products))[:4]
            histories.append(History(rows, np.full(4, CHOICE), np.full(4, 5), np.arange(4)))
        train_on, asked = hold_out(histories)
        folder = registry.root / ".draft"
        fitted = fit(train_on, asked, len(products), text, SMALL, quiet=True)
        version = save(fitted, [each.product_id for each in products], text, folder)
        registry.publish("encoder", version, folder, {"embedding": embedding.name, "fingerprint": str(seed)})
        return version

    return publish


def test_a_new_encoder_makes_the_index_stale_and_is_in_the_next_one(registry, new_encoder, capsys):
    train.train(("index",))
    before = registry.require("index").name
    assert encoder_of_index(registry.root) is None
    version = new_encoder(1)
    train.train(("index",))
    index = registry.require("index")
    assert index.name != before and index.card["behaviour"] == version
    assert encoder_of_index(registry.root).version == version
    capsys.readouterr()
    train.train(("index",))
    assert "up to date" in capsys.readouterr().out
    assert new_encoder(2) != version
    train.train(("index",))
    assert registry.require("index").card["behaviour"] == registry.require("encoder").name


def test_an_index_taken_back_into_use_is_opened_with_the_encoder_of_its_time(registry, new_encoder):
    first = new_encoder(1)
    train.train(("index",))
    new_encoder(2)
    train.train(("index",))
    registry.rollback("index")
    assert encoder_of_index(registry.root).version == first


def test_an_index_made_again_for_an_encoder_has_the_texts_it_had(trained_shop, registry, new_encoder):
    """What was embedded before is taken over as it was."""
    new_encoder(1)
    train.train(("index",))
    with trained_shop.database.session() as db:
        products = list(catalogue.all_products(db))
    embedding = SentenceEmbedding.load(registry.require("embedding").directory)
    vectors = np.load(registry.require("index").directory / "vectors.npy")
    texts = embedding.embed([document(each) for each in products])
    assert np.allclose(vectors[:, : embedding.dimension], texts, atol=0.01)
    behaviour = BehaviourVectors.load(registry.require("encoder").directory).dimension
    assert vectors.shape[1] == embedding.dimension + behaviour


def test_an_encoder_that_is_refused_stops_no_other_part(registry, monkeypatch, capsys):
    def refuse(_registry: Registry, _force: bool) -> bool:
        raise CommandError("The new encoder is worse than what is popular")

    monkeypatch.setattr(train, "train_encoder", refuse)
    train.train(("encoder", "index"))
    said = capsys.readouterr().out
    assert "worse than what is popular" in said and f"index: trained {registry.require('index').name}" in said
    with pytest.raises(CommandError, match="worse than what is popular"):
        train.train(("encoder",))


def test_with_too_little_to_learn_from_that_is_said_and_the_index_is_made(registry, capsys):
    train.train(("encoder", "index"))
    assert "too little to learn from" in capsys.readouterr().out
    assert registry.champion("encoder") is None and registry.require("index").card["behaviour"] is None


def test_a_start_does_not_wait_for_events_to_be_learned_but_for_a_new_embedding(registry, new_encoder):
    assert "encoder" in setup.missing_parts(registry)
    new_encoder(1)
    assert setup.missing_parts(registry) == tuple(part for part in train.PARTS if part != "encoder")
    draft = registry.root / ".other"
    draft.mkdir()
    registry.publish("embedding", "other", draft, {})
    assert setup.missing_parts(registry) == train.PARTS


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_index_is_trained_again_though_nothing_changed(registry, trained_shop, capsys, cut):
    train.train(("index",))
    train.train(("index",))
    assert "up to date" in capsys.readouterr().out
    folder = registry.require("index").directory
    if cut:
        rows = folder / "rows.json"
        rows.write_bytes(rows.read_bytes()[:-9])
    else:
        shutil.rmtree(folder)
    train.train(("index",))
    assert "up to date" not in capsys.readouterr().out
    with trained_shop.database.session() as db:
        search = ProductSearch.open(registry.root, list(catalogue.all_products(db)))
    assert search.search("rain jacket", k=1)
