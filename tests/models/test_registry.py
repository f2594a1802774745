"""Versions, the champion, and the way back."""
from __future__ import annotations

import json

import pytest

from models.errors import NothingTrained, UnknownVersion
from models.registry import Registry


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(tmp_path / "models")


def publish(registry: Registry, version: str, content: str = "", promote: bool = True):
    registry.root.mkdir(exist_ok=True)
    draft = registry.root / ".draft"
    draft.mkdir()
    (draft / "weights").write_text(content or version, "utf-8")
    return registry.publish("index", version, draft, {"loss": 1}, promote)


def test_the_latest_published_is_the_champion(registry):
    publish(registry, "one")
    publish(registry, "two")
    champion = registry.champion("index")
    assert champion.name == "two"
    assert (champion.directory / "weights").read_text("utf-8") == "two"
    assert champion.card["loss"] == 1
    assert [(each.name, each.champion) for each in registry.versions("index")] == [("one", False), ("two", True)]
    assert registry.parts() == ["index"]


def test_going_back_brings_the_champion_before(registry):
    publish(registry, "one")
    publish(registry, "two")
    assert registry.rollback("index") == "one"
    assert registry.require("index").name == "one"
    with pytest.raises(NothingTrained, match="no earlier version"):
        registry.rollback("index")


def test_a_candidate_is_kept_aside_until_it_is_promoted(registry):
    publish(registry, "one")
    publish(registry, "two", promote=False)
    assert registry.champion("index").name == "one"
    registry.promote("index", "two")
    assert registry.champion("index").name == "two"


def test_publishing_a_version_again_replaces_its_files(registry):
    publish(registry, "one", "old")
    target = publish(registry, "one", "new")
    assert (target / "weights").read_text("utf-8") == "new"
    assert [each.name for each in target.parent.iterdir() if each.is_dir()] == ["one"]


def test_what_is_missing_is_named_with_the_remedy(registry):
    assert registry.champion("index") is None
    with pytest.raises(NothingTrained, match="floorwalker train index"):
        registry.require("index")
    publish(registry, "one")
    with pytest.raises(UnknownVersion, match=r"'three'. Known: one"):
        registry.promote("index", "three")


@pytest.mark.parametrize("version", ["", "../up", "a/b", ".hidden", "x" * 65])
def test_a_version_cannot_leave_its_folder(registry, version):
    with pytest.raises(ValueError, match="not a plain name"):
        publish(registry, version)


@pytest.mark.parametrize("damage", [
    lambda folder: (folder / "weights").unlink(),
    lambda folder: (folder / "weights").write_text("tw", "utf-8"),
    lambda folder: (folder / "card.json").write_text("", "utf-8"),
    lambda folder: (folder / "card.json").unlink(),
])  # fmt: skip
def test_a_version_whose_files_were_damaged_is_not_intact_and_the_log_says_why(registry, damage, caplog):
    publish(registry, "one")
    target = publish(registry, "two")
    assert registry.intact("index").name == "two" and not caplog.records
    damage(target)
    assert registry.intact("index") is None
    assert "two" in caplog.text and target.as_posix() in caplog.text
    publish(registry, "two")
    assert registry.intact("index").name == "two"


def test_a_version_published_before_sizes_were_noted_is_taken_for_whole(registry):
    target = publish(registry, "one")
    card = json.loads((target / "card.json").read_text("utf-8"))
    del card["files"]
    (target / "card.json").write_text(json.dumps(card), "utf-8")
    assert registry.intact("index").name == "one"
