"""A shop of its own for each test, in a temporary folder, and the command line to run in it.

Ada agreed to personalisation and looks at jackets; Ben agreed to nothing. Both have talked to the bot.
"""
from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

import commands
from models.embedding import SentenceEmbedding
from models.embedding_export import export, shipped_model
from models.product_search import ProductSearch
from shop import catalogue, conversations, customers, events
from shop.database import Database, open_database
from shop.owner import Owner
from shop.settings import settings
from tests.commands.published import publish_embedding

PRODUCTS = [
    ("P00001", "Fell rain jacket", "jackets", "rain jacket", "navy", 8900, 5),
    ("P00002", "Harbour rain jacket", "jackets", "rain jacket", "red", 6900, 4),
    ("P00003", "Alder down jacket", "jackets", "down jacket", "black", 15900, 3),
    ("P00004", "Copper saucepan", "kitchen", "saucepan", "gold", 5900, 9),
    ("P00005", "Stoneware mug", "kitchen", "mug", "white", 1400, 20),
    ("P00006", "Oak mixing bowl", "kitchen", "mixing bowl", "brown", 3200, 0),
]


@pytest.fixture
def var(tmp_path: Path, monkeypatch) -> Path:
    """An empty var folder that the settings point to."""
    monkeypatch.setattr(settings, "var", tmp_path / "var")
    monkeypatch.setattr(settings, "database_url", f"sqlite:///{tmp_path / 'var' / 'shop.db'}")
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


@pytest.fixture
def database(var: Path):
    opened = open_database()
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def shop(database: Database, var: Path) -> SimpleNamespace:
    """Products, two customers, a conversation each, and Rasa's events of both conversations."""
    with database.session() as db:
        catalogue.upsert_categories(
            db, [{"slug": "jackets", "name": "Jackets & coats"}, {"slug": "kitchen", "name": "Kitchen"}]
        )
        catalogue.upsert_products(db, [
            {
                "product_id": product_id, "title": title, "brand": "Halden", "category": category, "kind": kind,
                "description": f"A {kind} that lasts.", "rating": 4.4, "rating_count": 31,
                "variants": [{"sku": f"{product_id}-1", "colour": colour, "price_cents": cents, "stock": stock}],
            }
            for product_id, title, category, kind, colour, cents, stock in PRODUCTS
        ])  # fmt: skip
        ada = customers.create(db, "ada@example.com", "Ada", "Stone").customer_id
        ben = customers.create(db, "ben@example.com", "Ben", "Marsh").customer_id
        customers.set_consent(db, ada, "personalisation", True)
        for product_id in ("P00001", "P00001", "P00003"):
            events.record(db, "view", product_id, ada)
        talks = {}
        for person in (ada, ben):
            talks[person] = conversations.open_conversation(db, Owner(person)).id
            conversations.add_shopper_message(db, talks[person], f"message-{person}", f"hello from {person}")
    with sqlite3.connect(var / "rasa.db") as rasa:
        rasa.execute("PRAGMA journal_mode = WAL")
        rasa.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
        for person, talk in talks.items():
            rasa.executemany(
                "INSERT INTO events (sender_id, data) VALUES (?, ?)", [(talk, f"{person} said {n}") for n in range(3)]
            )
    rasa.close()
    return SimpleNamespace(database=database, var=var, ada=ada, ben=ben, talks=talks)


@pytest.fixture(scope="session")
def embedding_folder(tmp_path_factory) -> Path:
    """The real sentence embedding, exported once."""
    folder = tmp_path_factory.mktemp("embedding") / "exported"
    export(shipped_model(), folder)
    return folder


@pytest.fixture
def trained_shop(shop: SimpleNamespace, embedding_folder: Path) -> SimpleNamespace:
    """The shop with its embedding and its index in the registry."""
    version = json.loads((embedding_folder / "embedding.json").read_text())["version"]
    registry = publish_embedding(shop.var / "models", embedding_folder, version, {"fingerprint": version})
    with shop.database.session() as db:
        products = list(catalogue.all_products(db))
    ProductSearch.build(products, SentenceEmbedding.load(embedding_folder)).save(registry.root)
    return shop


@pytest.fixture
def floorwalker(var: Path, capsys):
    """Run ``floorwalker`` with these arguments; returns its status, output, errors, and the JSON of its output."""

    def run(*arguments: object) -> SimpleNamespace:
        capsys.readouterr()
        status = commands.main([str(each) for each in arguments])
        said = capsys.readouterr()
        parsed = json.loads(said.out) if "--json" in arguments and said.out else None
        return SimpleNamespace(status=status, out=said.out, err=said.err, json=parsed)

    return run
