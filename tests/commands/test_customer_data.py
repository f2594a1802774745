"""A customer's data is handed over whole, erased everywhere, and backed up without being lost."""
from __future__ import annotations

import json
import sqlite3
import stat

import pytest

from models.registry import Registry
from shop import conversations, customers
from shop.settings import settings


def rasa_senders(var) -> set[str]:
    with sqlite3.connect(var / "rasa.db") as rasa:
        found = {row[0] for row in rasa.execute("SELECT sender_id FROM events")}
    rasa.close()
    return found


def test_everything_of_a_customer_is_exported_into_a_file_of_the_operators_own(floorwalker, shop, tmp_path):
    path = tmp_path / "ada.json"
    assert floorwalker("export", "--customer", shop.ada, "--output", path).status == 0
    content = json.loads(path.read_text())
    assert content["customer"]["email"] == "ada@example.com" and len(content["events"]) == 3
    assert content["conversations"][0]["messages"][0]["text"] == f"hello from {shop.ada}"
    assert "ben@example.com" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_export_overwrites_no_file(floorwalker, shop, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("mine")
    assert floorwalker("export", "--customer", shop.ada, "--output", path).status == 2
    assert path.read_text() == "mine"


def test_an_unknown_customer_is_neither_exported_nor_erased(floorwalker, shop):
    for command in (("export",), ("erase", "--yes")):
        said = floorwalker(*command, "--customer", "C09999")
        assert said.status == 1 and "C09999" in said.err


def test_an_erased_customer_is_gone_from_the_shop_and_from_rasa_and_the_others_are_not(floorwalker, shop):
    said = floorwalker("erase", "--customer", shop.ada, "--yes")
    assert said.status == 0
    with shop.database.session() as db:
        assert customers.customer(db, shop.ada) is None
        assert conversations.get(db, shop.talks[shop.ada]) is None
        assert customers.customer(db, shop.ben).email == "ben@example.com"
    assert rasa_senders(shop.var) == {shop.talks[shop.ben]}
    assert f"{shop.ada} said".encode() not in (shop.var / "rasa.db").read_bytes()
    assert "No trained part has learned from customers' data" in said.out


def test_erasing_names_the_trained_parts_that_learned_from_customers(floorwalker, shop):
    registry = Registry(shop.var / "models")
    for part, card in (("encoder", {"customer_data": True}), ("index", {})):
        draft = shop.var / "models" / f".{part}"
        draft.mkdir(parents=True)
        registry.publish(part, "v1", draft, card)
    said = floorwalker("erase", "--customer", shop.ada, "--yes")
    assert "encoder v1" in said.out and "index v1" not in said.out


def test_nothing_is_erased_where_nobody_can_be_asked(floorwalker, shop):
    assert floorwalker("erase", "--customer", shop.ada).status == 2
    with shop.database.session() as db:
        assert customers.customer(db, shop.ada) is not None


@pytest.mark.parametrize(("answer", "gone"), [("no", False), ("", False), ("yes", True)])
def test_an_operator_is_asked_before_a_customer_is_erased(floorwalker, shop, monkeypatch, answer, gone):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert floorwalker("erase", "--customer", shop.ada).status == (0 if gone else 1)
    with shop.database.session() as db:
        assert (customers.customer(db, shop.ada) is None) == gone


def test_a_customer_stays_whole_where_rasas_memory_cannot_be_changed(floorwalker, shop):
    (shop.var / "rasa.db").write_bytes(b"this is no database, and long enough to be seen as none" * 100)
    assert floorwalker("erase", "--customer", shop.ada, "--yes").status == 2
    with shop.database.session() as db:
        assert customers.customer(db, shop.ada) is not None


def test_a_backup_made_while_the_shop_writes_is_whole_and_private(floorwalker, shop, tmp_path):
    with shop.database.session() as db:
        conversations.add_shopper_message(db, shop.talks[shop.ada], "not-committed-yet", "still being written")
        report = floorwalker("backup", "--to", tmp_path / "copies", "--json").json
    (folder,) = (tmp_path / "copies").iterdir()
    assert report["directory"] == str(folder) and report["complete"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["models.json", "rasa.db", "shop.db"]
    with sqlite3.connect(folder / "shop.db") as copy:
        assert [row[0] for row in copy.execute("SELECT text FROM messages ORDER BY text")] == [
            f"hello from {shop.ada}", f"hello from {shop.ben}"
        ]
    copy.close()
    with sqlite3.connect(folder / "rasa.db") as copy:
        assert copy.execute("SELECT count(*) FROM events").fetchone() == (6,)
    copy.close()


def test_a_backup_says_that_the_key_is_not_in_it(floorwalker, shop, tmp_path):
    assert "secret.key" in floorwalker("backup", "--to", tmp_path / "copies").out


def test_a_backup_that_fails_leaves_nothing_behind(floorwalker, shop, tmp_path):
    (shop.var / "rasa.db").write_bytes(b"this is no database, and long enough to be seen as none" * 100)
    assert floorwalker("backup", "--to", tmp_path / "copies").status == 2
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_backup_beside_postgresql_says_how_to_dump_that_and_is_not_called_complete(
    floorwalker, shop, tmp_path, monkeypatch
):
    monkeypatch.setattr(settings, "database_url", "postgresql+psycopg://shop:hidden@db.example.com/shop")
    said = floorwalker("backup", "--to", tmp_path / "copies", "--json")
    assert said.status == 1 and not said.json["complete"] and "rasa.db" in said.json["bytes_of_file"]
    assert "pg_dump" in said.err and "postgresql://shop:***@db.example.com/shop" in said.err
    assert "hidden" not in said.err
