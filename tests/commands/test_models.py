"""An operator chooses which trained version is in use, and cannot choose one that does not fit."""
from __future__ import annotations

import pytest

from models.registry import Registry


@pytest.fixture
def registry(var) -> Registry:
    """Two embeddings, an index of each, two Rasa models; the newer ones in use."""
    registry = Registry(var / "models")

    def publish(part: str, version: str, **card) -> None:
        draft = registry.root / f".{part}.{version}"
        draft.mkdir(parents=True)
        registry.publish(part, version, draft, card)

    publish("embedding", "e1")
    publish("index", "i1", embedding="e1")
    publish("rasa", "r1", embedding="e1")
    publish("embedding", "e2")
    publish("index", "i2", embedding="e2")
    publish("rasa", "r2", embedding="gone")
    publish("rasa", "r3", embedding="e2")
    return registry


def in_use(registry: Registry) -> list[str]:
    return [registry.require(part).name for part in ("embedding", "index", "rasa")]


def test_all_versions_are_listed_and_those_in_use_marked(registry, floorwalker):
    listed = floorwalker("models", "list", "--json").json
    assert [each["version"] for each in listed if each["champion"]] == ["e2", "i2", "r3"] and len(listed) == 7
    lines = floorwalker("models", "list").out.splitlines()
    assert any(line.startswith("* rasa") and "r3" in line for line in lines)


def test_where_nothing_is_trained_the_list_says_so(var, floorwalker):
    said = floorwalker("models", "list")
    assert said.status == 1 and "floorwalker train" in said.out


def test_a_version_is_promoted_and_taken_back(registry, floorwalker, monkeypatch):
    swapped = []
    monkeypatch.setattr("commands.train.swap_rasa", lambda registry: swapped.append(registry.require("rasa").name))
    assert floorwalker("models", "promote", "rasa", "r1").status == 0
    assert floorwalker("models", "rollback", "rasa").status == 0
    assert swapped == ["r1", "r3"] and in_use(registry) == ["e2", "i2", "r3"]


@pytest.mark.parametrize(
    "task",
    [("promote", "index", "i1"), ("rollback", "index"), ("promote", "rasa", "r2"), ("rollback", "rasa"),
     ("promote", "tent", "t1"), ("rollback", "tent")],
)  # fmt: skip
def test_a_version_that_does_not_fit_is_refused_and_changes_nothing(registry, floorwalker, task):
    assert floorwalker("models", *task).status == 2
    assert in_use(registry) == ["e2", "i2", "r3"]


def test_an_unknown_version_is_refused_with_those_there_are(registry, floorwalker):
    said = floorwalker("models", "promote", "rasa", "r9")
    assert said.status == 1 and "r1, r2, r3" in said.err


def test_an_embedding_that_the_index_was_not_made_with_is_promoted_with_a_warning(registry, floorwalker):
    said = floorwalker("models", "promote", "embedding", "e1")
    assert said.status == 0 and "floorwalker train index" in said.out
    assert floorwalker("models", "promote", "index", "i1").status == 0


@pytest.mark.parametrize("task", [("promote", "rasa", "r1"), ("rollback", "rasa")])
def test_a_model_that_the_running_rasa_refuses_does_not_stay_in_use(registry, floorwalker, monkeypatch, task):
    from commands.errors import CommandError  # noqa: PLC0415

    def refuse(registry):
        raise CommandError("The running Rasa refused the model.")

    if task[0] == "rollback":
        registry.promote("rasa", "r1")
        registry.promote("rasa", "r3")
    monkeypatch.setattr("commands.train.swap_rasa", refuse)
    assert floorwalker("models", *task).status == 2
    assert in_use(registry)[2] == "r3"
