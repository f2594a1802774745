"""Training fails without leaving anything behind, one training at a time, and a refused model does not stay in use."""
from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from commands import serve, train
from commands.errors import CommandError
from models.registry import Registry
from shop.secrets import secret
from shop.settings import settings


@pytest.fixture
def registry(var: Path, monkeypatch) -> Registry:
    """An embedding and a Rasa model in use; the trainers' files have a test of their own."""
    monkeypatch.setattr(train, "check", lambda root: [])
    registry = Registry(var / "models")
    for part, version in (("embedding", "e1"), ("rasa", "r1")):
        draft = registry.root / f".{part}"
        draft.mkdir(parents=True)
        registry.publish(part, version, draft, {"fingerprint": version})
    return registry


def rasa_program(folder: Path, script: str) -> Path:
    """A program in Rasa's place: ``$out`` is the folder where the model is wanted."""
    program = folder / "rasa"
    program.write_text(f'#!/bin/sh\nwhile [ "$1" != "--out" ]; do shift; done\nout=$2\n{script}\n')
    program.chmod(0o755)
    return program


def left_behind(registry: Registry) -> list[str]:
    return [path.name for path in registry.root.iterdir() if path.is_dir() and path.name.startswith(".")]


def test_a_training_that_fails_says_so_and_leaves_nothing_behind(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "RASA", rasa_program(tmp_path, "mkdir -p $out; echo no such intent; exit 1"))
    with pytest.raises(CommandError, match="no such intent"):
        train.train(("rasa",))
    assert left_behind(registry) == []
    assert registry.require("rasa").name == "r1"


def test_an_export_that_breaks_leaves_nothing_behind(registry, monkeypatch):
    def break_off(_model, folder: Path) -> None:
        folder.mkdir()
        raise OSError("the disk is full")

    monkeypatch.setattr(train, "export", break_off)
    with pytest.raises(OSError, match="disk is full"):
        train.train(("embedding",), force=True)
    assert left_behind(registry) == []


class Refusing(BaseHTTPRequestHandler):
    """A running Rasa that takes no model."""

    def do_PUT(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not on the terminal of the tests."""


@pytest.fixture
def refusing_rasa(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(settings, "rasa_port", server.server_port)
    yield server
    server.shutdown()
    server.server_close()


def test_a_model_that_the_running_rasa_refuses_is_not_loaded_at_the_next_start_either(
    registry, refusing_rasa, tmp_path, monkeypatch
):
    monkeypatch.setattr(serve, "RASA", rasa_program(tmp_path, "mkdir -p $out; echo model > $out/rasa.tar.gz"))
    with pytest.raises(CommandError, match="refused"):
        train.train(("rasa",))
    assert registry.require("rasa").name == "r1"
    assert left_behind(registry) == []


def test_no_proxy_sees_the_secret_of_rasas_interface(registry, refusing_rasa, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(CommandError, match="refused"):
        train.swap_rasa(registry)
    assert refusing_rasa.asked == [f"/model?token={secret('rasa-api')}"]


def test_two_trainings_at_once_take_turns(registry, capsys, monkeypatch):
    monkeypatch.setattr(train, "train_embedding", lambda registry, force: False)
    with (registry.root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=train.train, args=(("embedding",),))
        second.start()
        second.join(0.3)
        assert second.is_alive()
        fcntl.flock(lock, fcntl.LOCK_UN)
        second.join(10)
    assert not second.is_alive()
    assert capsys.readouterr().out.splitlines() == [
        "Another training is under way; waiting for it.", "embedding: up to date",
    ]


def test_an_empty_catalogue_does_not_empty_the_vocabulary(database, registry):
    vocabulary = settings.var / "vocabulary.json"
    vocabulary.write_text('{"brand": {"Halden": ["Halden"]}}')
    with pytest.raises(CommandError, match="catalogue is empty"):
        train.train(("index",))
    assert "Halden" in vocabulary.read_text()


def test_no_secret_stands_on_a_command_line(registry):
    words = [*serve.rasa(), *serve.actions(), *serve.web()]
    assert not any(secret(purpose) in word for purpose in ("rasa", "rasa-api", "api", "session") for word in words)
    assert serve.environment()["FLOORWALKER_RASA_API_TOKEN"] == secret("rasa-api")


def test_a_wrong_setting_is_one_line_and_no_traceback(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "commands", "doctor"], cwd=serve.ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "FLOORWALKER_PORT": "http", "FLOORWALKER_VAR": str(tmp_path)},
    )
    assert told.returncode == 2
    assert "FLOORWALKER_PORT" in told.stderr and "Traceback" not in told.stderr


def test_rasas_cache_of_one_embedding_is_not_used_with_another(var, tmp_path, monkeypatch):
    used = []

    def run(_command, *, env, **_):
        used.append(env["RASA_CACHE_DIRECTORY"])
        (tmp_path / "rasa.tar.gz").touch()
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(train.subprocess, "run", run)
    for embedding in ("e1", "e2"):
        train._run_rasa_train(tmp_path, embedding)
    assert used == [str(var / "rasa-cache" / "e1"), str(var / "rasa-cache" / "e2")]
