"""Training fails without leaving anything behind, one training at a time, and a refused model does not stay in use."""
from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

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


def rasa_that(folder: Path, does: str) -> Path:
    """Rasa's program; beside it a Python that answers one training as ``bot/trainer.py`` does. ``job`` is the job."""
    python = folder / "python"
    python.write_text(
        f"#!{sys.executable}\nimport json, os, pathlib, sys\n"
        f"print('{{\"ready\": true}}', flush=True)\njob = json.loads(input())\nout = pathlib.Path(job['out'])\n{does}\n"
    )
    python.chmod(0o755)
    (folder / "rasa").touch()
    return folder / "rasa"


PACKS = "out.parent.mkdir(); out.touch(); print('{\"seconds\": {}}')"


def left_behind(registry: Registry) -> list[str]:
    return [path.name for path in registry.root.iterdir() if path.is_dir() and path.name.startswith(".")]


def test_a_training_that_fails_says_so_and_leaves_nothing_behind(registry, tmp_path, monkeypatch):
    refuses = "pathlib.Path(job['log']).write_text('at node 7'); print('{\"error\": \"no such intent\"}')"
    monkeypatch.setattr(serve, "RASA", rasa_that(tmp_path, f"out.parent.mkdir(); {refuses}"))
    with pytest.raises(CommandError, match=r"(?s)no such intent.*at node 7"):
        train.train(("rasa",))
    assert left_behind(registry) == []
    assert registry.require("rasa").name == "r1"


def test_a_training_that_dies_says_so_and_leaves_nothing_behind(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "RASA", rasa_that(tmp_path, "print('out of memory', file=sys.stderr); sys.exit(9)"))
    with pytest.raises(CommandError, match=r"(?s)ended with status 9.*out of memory"):
        train.train(("rasa",))
    assert left_behind(registry) == []


def test_a_training_that_says_it_is_done_and_made_nothing_is_not_believed(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "RASA", rasa_that(tmp_path, "print('{\"seconds\": {}}')"))
    with pytest.raises(CommandError, match="no archive"):
        train.train(("rasa",))
    assert registry.require("rasa").name == "r1"


def test_an_export_that_breaks_leaves_nothing_behind(registry, monkeypatch):
    def break_off(_registry, folder: Path) -> None:
        folder.mkdir()
        raise OSError("the disk is full")

    monkeypatch.setattr(train, "exported_base", break_off)
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
    monkeypatch.setattr(serve, "RASA", rasa_that(tmp_path, PACKS))
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
