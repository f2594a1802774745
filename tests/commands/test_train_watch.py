"""A trainer saves files while ``floorwalker train --watch`` runs: a process of its own, in a copy of the project.

The project is a bot that greets and tells the opening hours. In Rasa's place stands a program that speaks as
``bot/trainer.py`` does, and packs the sentences that it read; it waits while a file called ``hold`` is there.
"""
from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.project_copy import command, environment
from benchmarks.stack import free_ports
from models.registry import Registry
from shop.settings import ROOT

PATIENCE_SECONDS = 30
WATCHING = "Watching the trainers' files"
# The watcher's own code, which looks for the trainers' files beside itself.
ROOMS = ("bot", "commands", "models", "shop")

NLU = """version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - good morning
      - hi there
      - hey you
      - good evening
  - intent: hours
    examples: |
      - when do you open
      - are you open on sundays
      - opening times please
      - until when is the shop open
      - is the shop closed today
"""
RULES = """version: "3.1"
rules:
  - rule: Greet
    steps:
      - intent: greet
      - action: utter_greet
  - rule: Hours
    steps:
      - intent: hours
      - action: utter_hours
"""
DOMAIN = """version: "3.1"
intents:
  - greet
  - hours
responses:
  utter_greet:
    - text: Hello.
  utter_hours:
    - text: From nine to six.
"""
FILES = {"data/nlu/shop.yml": NLU, "data/rules/shop.yml": RULES, "domain.yml": DOMAIN, "config.yml": "recipe: x\n"}

STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys, time

print(json.dumps({{"ready": True}}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    if os.path.exists("die"):
        os.remove("die")
        sys.exit(3)
    read = pathlib.Path("data/nlu/shop.yml").read_text()
    pathlib.Path("begun").write_text(str(os.getpid()))
    while pathlib.Path("hold").exists():
        time.sleep(0.01)
    if "refuse this" in read:
        print(json.dumps({{"error": "the sentence was refused"}}), flush=True)
        continue
    out = pathlib.Path(job["out"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(read)
    print(json.dumps({{"seconds": {{"train": 0}}}}), flush=True)
"""


class Watched:
    """A project that is watched, and what the watcher prints."""

    def __init__(self, folder: Path, embedding: Path) -> None:
        self.folder = folder
        for room in ROOMS:
            shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
        for file, content in {**FILES, "bot/trainer.py": ""}.items():
            self.save(file, content)
        programs = folder / ".venv-rasa" / "bin"
        programs.mkdir(parents=True)
        for program in ("rasa", "python"):
            (programs / program).write_text(STAND_IN)
            (programs / program).chmod(0o755)
        self.registry = Registry(folder / "var" / "models")
        draft = self.registry.root / ".draft"
        draft.mkdir(parents=True)
        for file in embedding.iterdir():
            (draft / file.name).symlink_to(file)
        self.registry.publish("embedding", "e1", draft, {"fingerprint": "e1"})
        self._lines: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            command("train", "rasa", "--watch"), cwd=folder, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=environment(folder, {
                **os.environ, "FLOORWALKER_VAR": str(folder / "var"), "FLOORWALKER_RASA_PORT": str(*free_ports(1)),
            }),
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")  # it has ended

    def said(self) -> str:
        """What it printed since the last time, up to where it watches again."""
        lines = []
        while not (lines and lines[-1].startswith(WATCHING)):
            lines.append(self._lines.get(timeout=PATIENCE_SECONDS))
            assert lines[-1], f"The watcher ended:\n{''.join(lines)}"
        return "".join(lines)

    def save(self, file: str, content: str) -> None:
        """As most editors save: a new file takes the place of the old one."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".swp")
        draft.write_text(content, "utf-8")
        draft.replace(path)

    def teach(self, sentence: str) -> None:
        self.save("data/nlu/shop.yml", NLU.replace("- hello", f"- {sentence}"))

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "It did not come about."
            time.sleep(0.01)

    @contextlib.contextmanager
    def training_held(self) -> Iterator[None]:
        """The next training begins, and waits until the block ends; the block begins when it waits."""
        (self.folder / "begun").unlink(missing_ok=True)
        (self.folder / "hold").touch()
        yield
        (self.folder / "hold").unlink()

    @property
    def learnt(self) -> str:
        return (self.registry.require("rasa").directory / "rasa.tar.gz").read_text()


@pytest.fixture(scope="module")
def running(tmp_path_factory, embedding_folder) -> Iterator[Watched]:
    watched = Watched(tmp_path_factory.mktemp("watched") / "project", embedding_folder)
    try:
        watched.said()
        yield watched
    finally:
        watched.process.kill()
        watched.process.wait()


@pytest.fixture
def watched(running, request) -> Watched:
    """The one watcher of these tests, idle, after a good training."""
    running.teach(request.node.name)
    running.said()
    assert request.node.name in running.learnt
    return running


def test_what_is_saved_is_trained_and_published(watched):
    watched.teach("a very good day to you")
    assert "trained" in watched.said()
    assert "a very good day to you" in watched.learnt


def test_files_saved_together_are_trained_on_together(watched):
    watched.save("domain.yml", DOMAIN.replace("- hours", "- hours\n  - thank"))
    watched.save("data/rules/shop.yml", RULES + "  - rule: T\n    steps:\n      - intent: thank\n"
                                                "      - action: utter_greet\n")
    watched.save("data/nlu/shop.yml", NLU + "  - intent: thank\n    examples: |\n" + "".join(
        f"      - {words}\n" for words in ("thanks", "thank you", "cheers", "much obliged", "how kind of you")))
    said = watched.said()
    assert "error" not in said and "trained" in said
    assert "much obliged" in watched.learnt
    for file, content in FILES.items():
        watched.save(file, content)
    watched.said()


def test_a_broken_file_is_named_with_its_line_and_the_next_good_one_is_trained(watched):
    before = watched.registry.require("rasa").name
    watched.save("data/nlu/shop.yml", NLU.replace("  - intent: hours", "  - intent hours"))
    said = watched.said()
    assert "data/nlu/shop.yml:11: This is not YAML" in said and "the model in use stays" in said
    assert watched.registry.require("rasa").name == before
    watched.teach("good to see you")
    assert "trained" in watched.said()
    assert "good to see you" in watched.learnt


def test_a_training_that_fails_is_told_and_the_watch_goes_on(watched):
    watched.teach("refuse this")
    assert "the sentence was refused" in watched.said()
    watched.teach("take this")
    watched.said()
    assert "take this" in watched.learnt


def test_a_file_that_is_away_while_an_editor_replaces_it_ends_nothing(watched):
    path = watched.folder / "domain.yml"
    with watched.training_held():
        watched.teach("how do you do")
        watched.until((watched.folder / "begun").exists)
        path.rename(path.with_suffix(".away"))  # it goes in the middle of a training
    assert "domain.yml went away" in watched.said()
    path.with_suffix(".away").rename(path)  # and comes back just as it was
    assert "trained" in watched.said()
    assert "how do you do" in watched.learnt


def test_what_is_saved_during_a_training_is_trained_next(watched):
    with watched.training_held():
        watched.teach("the first wording")
        watched.until((watched.folder / "begun").exists)
        watched.teach("the second wording")
    assert "saved while Rasa was trained" in watched.said()
    assert "trained" in watched.said()
    assert "the second wording" in watched.learnt


def test_what_is_taken_back_during_a_training_is_not_taken_for_trained(watched):
    """What was trained on half of another version must not be published under the name of this one."""
    kept = watched.learnt
    with watched.training_held():
        watched.teach("a wording in between")
        watched.until((watched.folder / "begun").exists)
        watched.save("data/nlu/shop.yml", kept)
    watched.said()
    watched.said()
    assert watched.learnt == kept


def test_a_trainer_that_died_is_started_anew(watched):
    (watched.folder / "die").touch()
    watched.teach("are you still there")
    said = watched.said()
    assert "status 3; starting it anew" in said and "trained" in said
    assert "are you still there" in watched.learnt


def test_a_trainer_whose_code_was_changed_is_started_anew(watched):
    first = (watched.folder / "begun").read_text()
    watched.teach("once more with the same code")
    watched.said()
    assert (watched.folder / "begun").read_text() == first
    watched.save("bot/trainer.py", "# changed\n")
    watched.said()
    assert (watched.folder / "begun").read_text() != first


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_end_in_the_middle_of_a_training_leaves_nothing_behind(tmp_path, embedding_folder, by):
    watched = Watched(tmp_path / "project", embedding_folder)
    (watched.folder / "hold").touch()
    watched.until((watched.folder / "begun").exists)
    trainer = int((watched.folder / "begun").read_text())
    watched.process.send_signal(by)
    watched.process.wait(PATIENCE_SECONDS)
    with pytest.raises(ProcessLookupError):
        os.kill(trainer, 0)
    left = [path.name for path in watched.registry.root.iterdir() if path.is_dir() and path.name.startswith(".")]
    assert left == []
