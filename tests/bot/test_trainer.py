"""The process that trains Rasa's model again and again: what it makes, what it says, and what it survives."""
from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rasa.core.agent import Agent

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """recipe: default.v1
language: en
assistant_id: tests
pipeline:
  - name: WhitespaceTokenizer
  - name: KeywordIntentClassifier
policies:
  - name: RulePolicy
"""
NLU = """version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
  - intent: hours
    examples: |
      - when are you open
"""
RULES = """version: "3.1"
rules:
  - rule: Greet
    steps:
      - intent: greet
      - action: utter_greet
"""
DOMAIN = """version: "3.1"
intents: [greet, hours, thank]
responses:
  utter_greet:
    - text: Hello.
"""
# A component of the trainer's own, which marks what it has seen.
OWN = """from __future__ import annotations
import os
from typing import Any
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe

@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Own(GraphComponent):
    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext,
    ) -> Own:
        return cls()
    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        {does}
        return training_data
    def process(self, messages: list[Message]) -> list[Message]:
        return messages
"""


class Project:
    """A small project in a folder, and the process that trains it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for file, content in {"config.yml": CONFIG, "domain.yml": DOMAIN, "data/nlu.yml": NLU,
                              "data/rules.yml": RULES}.items():
            self.write(file, content)
        self._count = 0
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.trainer"], cwd=folder, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=(folder / "complaints").open("w"),
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]), "TF_CPP_MIN_LOG_LEVEL": "3",
                 "OMP_NUM_THREADS": "1", "TMPDIR": str(self.temporary), "RASA_TELEMETRY_ENABLED": "false"},
        )
        assert self._said() == {"ready": True}

    def write(self, file: str, content: str) -> None:
        (self.folder / file).parent.mkdir(exist_ok=True)
        (self.folder / file).write_text(content, "utf-8")

    def use_own_component(self, does: str) -> None:
        self.write("own.py", OWN.format(does=does))
        self.write("config.yml", CONFIG.replace("  - name: KeywordI", "  - name: own.Own\n  - name: KeywordI"))

    def train(self, log: str = "log") -> dict:
        """The answer, with the archive's path under ``out``; what Rasa prints stands in the file ``log``."""
        self._count += 1
        out = self.folder / f"model{self._count}" / "rasa.tar.gz"
        self.process.stdin.write(json.dumps({
            "number": self._count, "config": "config.yml", "domain": "domain.yml", "data": ["data"], "out": str(out),
            "log": str(self.folder / log),
        }) + "\n")
        self.process.stdin.flush()
        answer = self._said()
        assert answer.pop("number") == self._count
        return {**answer, "out": out}

    def _said(self) -> dict:
        line = self.process.stdout.readline()
        assert line, (self.folder / "complaints").read_text()
        return json.loads(line)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("trained"))
    yield project
    project.process.stdin.close()
    assert project.process.wait(30) == 0  # it ends when its input does


@pytest.fixture
def project(running: Project) -> Project:
    """The one process of these tests, with the files as they were."""
    for file, content in {"config.yml": CONFIG, "domain.yml": DOMAIN, "data/nlu.yml": NLU,
                          "data/rules.yml": RULES}.items():
        running.write(file, content)
    return running


def understood(archive: Path, text: str) -> str:
    """The intent for which the trained model takes ``text``."""
    return asyncio.run(Agent.load(str(archive)).parse_message(text))["intent"]["name"]


def test_each_training_makes_a_model_of_what_stands_in_the_files(project):
    first = project.train()
    assert set(first["seconds"]) == {"read", "train", "pack"}
    assert understood(first["out"], "hello") == "greet"
    project.write("data/nlu.yml", NLU + "  - intent: thank\n    examples: |\n      - cheers\n")
    second = project.train()
    assert understood(second["out"], "cheers") == "thank"
    assert understood(first["out"], "cheers") != "thank"


def test_a_component_is_taken_as_it_stands_on_the_disk(project):
    for mark in ("first", "second"):
        project.use_own_component(f"open('seen', 'w').write('{mark}')")
        # Python takes a compiled file for fresh where size and second of the source are the same.
        os.utime(project.folder / "own.py", (0, len(mark)))
        assert "seconds" in project.train()
        assert (project.folder / "seen").read_text() == mark


def test_a_component_that_raises_is_told_and_the_next_training_goes_on(project):
    project.use_own_component("raise ValueError('seven is no colour')")
    answer = project.train()
    assert answer["error"] == "seven is no colour"
    assert "own.py" in (project.folder / "log").read_text()  # where it happened
    assert not answer["out"].exists()
    project.write("config.yml", CONFIG)
    assert "seconds" in project.train()


def test_a_training_that_crashes_is_told_and_the_next_one_goes_on(project):
    project.use_own_component("os.kill(os.getpid(), 9)")
    assert "status -9" in project.train()["error"]
    project.write("config.yml", CONFIG)
    assert "seconds" in project.train()


@pytest.mark.parametrize(("ends", "told"), [
    ("sys.stdout.close()", "closed file"),  # Rasa prints after that
    ("os.close(1)", "Bad file descriptor"),
    ("sys.stderr.close(); raise ValueError('seven is no colour')", "seven is no colour"),
])
def test_a_component_that_closes_its_output_is_answered_once(project, ends, told):
    project.use_own_component(f"import sys; print('not flushed yet', end=''); {ends}")
    assert told in project.train()["error"]
    project.write("config.yml", CONFIG)
    assert "seconds" in project.train()  # and not what was left of the training before


def test_a_log_on_a_full_disk_is_answered_once(project):
    assert "No space left" in project.train(log="/dev/full")["error"]
    assert "seconds" in project.train()


def test_a_training_that_is_killed_leaves_its_drafts_where_its_archive_would_be(project):
    project.use_own_component("os.kill(os.getpid(), 9)")
    answer = project.train()
    assert len(list(answer["out"].parent.iterdir())) == 1
    assert list(project.temporary.iterdir()) == []


def test_a_training_leaves_nothing_beside_its_archive(project):
    answer = project.train()
    assert list(answer["out"].parent.iterdir()) == [answer["out"]]
    assert list(project.temporary.iterdir()) == []


@pytest.mark.parametrize(("file", "content", "error"), [
    ("data/nlu.yml", 'version: "3.1"\nnlu: []\n', "no example sentences"),
    ("data/rules.yml", 'version: "3.1"\nrules: []\n', "no rules and stories"),
    ("data/rules.yml", RULES.replace("      - act", "      - slot_was_set:\n          - colour: red\n      - act"),
     "slots that the domain does not name: colour"),
    ("config.yml", CONFIG.replace("WhitespaceTokenizer", "WhitespaceTokeniser"), "WhitespaceTokeniser"),
    ("domain.yml", 'version: "3.1"\n', "no intents, actions and responses"),
    ("data/nlu.yml", "nlu: [", "nlu.yml"),
])
def test_what_cannot_be_trained_on_is_said(project, file, content, error):
    project.write(file, content)
    answer = project.train()
    assert error in answer["error"]
    assert not answer["out"].exists()


def test_it_prints_nothing_but_answers(project):
    project.use_own_component("print('not JSON')")
    assert "seconds" in project.train()
    assert "not JSON" in (project.folder / "log").read_text()
