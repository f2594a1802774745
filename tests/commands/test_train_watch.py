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
from commands import serve, warm_trainer
from commands.errors import CommandError
from shop.settings import ROOT
from tests.commands.published import publish_embedding

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
        print(json.dumps({{"number": job["number"], "error": "the sentence was refused"}}), flush=True)
        continue
    out = pathlib.Path(job["out"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(read)
    print(json.dumps({{"number": job["number"], "seconds": {{"train": 0}}}}), flush=True)
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
        self.registry = publish_embedding(folder / "var" / "models", embedding, "e1", {"fingerprint": "e1"})
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

    def line(self) -> str:
        """The next line that it prints."""
        return self._lines.get(timeout=PATIENCE_SECONDS)

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
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        watched = Watched(tmp_path_factory.mktemp("watched") / "project", embedding_folder)
    finally:
        signal.signal(signal.SIGHUP, before)
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


def test_a_folder_that_is_called_like_a_file_ends_nothing(watched):
    folder = watched.folder / "bot" / "x.yml"
    folder.mkdir()
    watched.teach("a folder stands among the files")
    assert "trained" in watched.said()
    folder.rmdir()
    among_sentences = watched.folder / "data" / "nlu" / "x.yml"
    among_sentences.mkdir()
    watched.teach("a folder stands among the sentences")
    watched.said()
    among_sentences.rmdir()
    watched.teach("a folder stood among the sentences")
    assert "trained" in watched.said()


def test_a_file_that_may_not_be_read_is_named_and_ends_nothing(watched):
    watched.save("bot/own.py", "mark = 1\n")
    watched.said()
    own = watched.folder / "bot" / "own.py"
    own.chmod(0)
    if os.access(own, os.R_OK):
        own.unlink()
        watched.said()
        pytest.skip("root may read everything")
    watched.teach("a file may not be read")
    assert "own.py cannot be used: Permission denied" in watched.said()
    own.unlink()
    assert "trained" in watched.said()


def test_a_file_that_cannot_be_read_is_named_and_ends_nothing(watched):
    """A link that leads to itself stands for what even root may not read."""
    path = watched.folder / "config.yml"
    path.unlink()
    path.symlink_to(path)
    assert "config.yml cannot be looked at" in watched.line()
    watched.save("config.yml", FILES["config.yml"])
    watched.teach("it can be read again")
    assert "trained" in watched.said()


def test_with_nohup_it_outlives_its_terminal(watched):
    watched.process.send_signal(signal.SIGHUP)
    watched.teach("the terminal is gone")
    assert "trained" in watched.said()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_end_in_the_middle_of_a_training_leaves_nothing_behind(tmp_path, embedding_folder, by):
    if signal.getsignal(by) == signal.SIG_IGN:
        pytest.skip("whoever started the tests ignores this signal, and what they start inherits that")
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


def stand_in(folder: Path, does: str, monkeypatch) -> None:
    """From now on, do this for each ``line`` of a job, in the place of a training; ``number`` is its number."""
    python = folder / "python"
    python.write_text(
        f"#!{sys.executable}\nimport json, os, signal, sys\nprint('{{\"ready\": true}}', flush=True)\n"
        f"for line in sys.stdin:\n    number = json.loads(line)['number']\n    {does}\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(serve, "RASA", folder / "rasa")
    (folder / "rasa").touch()


def test_a_second_answer_to_a_training_is_not_taken_for_that_to_the_next(var, tmp_path, monkeypatch):
    says = "print(json.dumps({'number': number, 'told': line}), flush=True)"
    stand_in(tmp_path, f"for _ in range(2): {says}", monkeypatch)
    trainer = warm_trainer.Trainer()
    try:
        for wanted in ("first", "second", "third"):
            assert wanted in trainer.ask({"wanted": wanted})["told"]
    finally:
        trainer.end()


def test_a_training_that_hangs_is_ended_and_said_and_the_next_one_goes_on(var, tmp_path, monkeypatch):
    monkeypatch.setattr(warm_trainer, "ANSWERS_WITHIN_SECONDS", 2)
    monkeypatch.setattr(warm_trainer, "ENDS_WITHIN_SECONDS", 0.2)
    pid, out = tmp_path / "pid", tmp_path / "rasa.tar.gz"
    out.touch()
    # It takes no hint, and what it split off holds its output open.
    stand_in(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN); child = os.fork(); "
             f"open({str(pid)!r}, 'a').write(f'{{os.getpid()}} '); signal.pause()", monkeypatch)
    with warm_trainer.kept():
        with pytest.raises(CommandError, match="no answer for 2 seconds"):
            warm_trainer.train("config.yml", "domain.yml", ("data",), out)
        hung = [int(each) for each in pid.read_text().split()]
        assert len(hung) == 2
        # Who is killed lets go of its output a moment before it is gone.
        deadline = time.monotonic() + 5
        while any(runs(each) for each in hung) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not any(runs(each) for each in hung)
        stand_in(tmp_path, "print(json.dumps({'number': number, 'seconds': {}}), flush=True)", monkeypatch)
        assert warm_trainer.train("config.yml", "domain.yml", ("data",), out) == {}


def runs(pid: int) -> bool:
    """Whether the process is there and is more than an entry that nobody has taken note of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_complaints_and_trainings_stand_in_one_log_without_overwriting_each_other(var, tmp_path, monkeypatch):
    stand_in(tmp_path, "log = os.open(json.loads(line)['log'], os.O_WRONLY | os.O_TRUNC | os.O_APPEND); "
             "os.write(2, b'one '); os.write(log, b'two '); os.write(2, b'three'); "
             "print(json.dumps({'number': number, 'error': 'no'}), flush=True)", monkeypatch)
    with pytest.raises(CommandError, match="one two three"):
        warm_trainer.train("config.yml", "domain.yml", ("data",), tmp_path / "out")
