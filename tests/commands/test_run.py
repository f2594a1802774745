"""``floorwalker run`` starts with what is there, and says what keeps it from starting."""
from __future__ import annotations

import os
import socket

import pytest

from commands import run
from commands.errors import CommandError
from models.registry import Registry
from shop.settings import settings
from tests.web.gateway_stage import free_port


class Started(Exception):
    """In place of the process manager, which would replace the tests."""


@pytest.fixture(autouse=True)
def ports(var, monkeypatch):
    def start(program: str, _arguments: list[str], _environment: dict[str, str]) -> None:
        raise Started(program)

    monkeypatch.setattr(os, "execve", start)
    monkeypatch.chdir(var)  # it changes to the installation's own folder
    for name in ("port", "rasa_port", "actions_port"):
        monkeypatch.setattr(settings, name, free_port())


@pytest.fixture
def broken_file(monkeypatch):
    """A trainer has saved a file that nothing can be trained on."""
    def refuse() -> None:
        raise CommandError("orders.yml is broken")

    monkeypatch.setattr(run, "prepare", refuse)


def test_a_broken_file_of_the_trainers_does_not_keep_a_trained_shop_from_opening(var, floorwalker, broken_file, capsys):
    registry = Registry(var / "models")
    for part in ("embedding", "index", "rasa"):
        draft = registry.root / f".{part}"
        draft.mkdir(parents=True)
        registry.publish(part, "v1", draft, {})
    with pytest.raises(Started, match="supervisord"):
        floorwalker("run")
    assert "orders.yml is broken" in capsys.readouterr().err


def test_without_a_trained_model_there_is_nothing_to_start(var, floorwalker, broken_file):
    said = floorwalker("run")
    assert said.status == 2 and "orders.yml is broken" in said.err


def test_a_port_that_is_taken_is_named_before_anything_is_made(var, floorwalker):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", settings.rasa_port))
        taken.listen()
        said = floorwalker("run")
    assert said.status == 2 and f"Port {settings.rasa_port} is taken" in said.err
    assert list(var.iterdir()) == []


@pytest.mark.parametrize("command", [("serve", "web"), ("run", "--no-setup")])
def test_what_the_processes_write_is_nobody_elses(var, floorwalker, command):
    before = os.umask(0o022)
    try:
        with pytest.raises(Started):
            floorwalker(*command)
    finally:
        left = os.umask(before)
    assert left == 0o077
