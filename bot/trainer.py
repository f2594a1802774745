"""Rasa's model, trained as ``rasa train`` does it, by a process that stays: it imports Rasa once and trains when asked.

``python -m bot.trainer`` says ``{"ready": true}`` on standard output, then takes jobs from standard input, a JSON line
each, until that ends::

    {"number": 1, "config": "config.yml", "domain": "domain.yml", "data": ["data/nlu", "data/rules"],
     "out": "/folder/rasa.tar.gz", "log": "/folder/rasa-train.log", "vectors": "/folder/vectors.npz"}

and answers each with a line: ``{"number": 1, "seconds": {"read": 1.2, "train": 3.4, "pack": 0.5}}`` or
``{"number": 1, "error": "…"}``. The number is the job's, as a training that crashes right after its answer is answered
twice. What Rasa prints meanwhile stands in ``log``; vectors of sentences are kept in ``vectors`` for the next training.
What a training makes stands beside ``out`` until that is there, and stays there where the training is killed.

Each training runs in a process of its own, split off from this one: nothing of one training is left for the next, what
breaks there does not end this process, and the components in ``bot/`` are always those that stand on the disk, as only
the split-off process imports them.

Left out of ``rasa train`` is the cache of earlier runs. It spares a component whose input is the same as before. Where
a sentence was added that is none of ours, but to find that out Rasa writes each vector out as text, which takes longer
than all training.
"""
from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import rasa.engine.validation
from rasa.engine.constants import PLACEHOLDER_IMPORTER
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.recipe import Recipe
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.model_training import get_unresolved_slots
from rasa.shared.core.domain import Domain
from rasa.shared.data import TrainingType
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.importer import E2EImporter, ResponsesSyncImporter, TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method
from rasa.shared.utils.io import read_model_configuration

# What components import beside Rasa: here once rather than at each training. What is missing here is only slower.
BESIDE_RASA = (
    "rasa.engine.recipes.default_recipe", "onnxruntime", "rapidfuzz.process", "scipy.optimize",
    "sklearn.linear_model", "sklearn.model_selection", "tokenizers",
)


class FilesReadOnce(RasaFileImporter):
    """Rasa's own reading of YAML files, of which it would read each two or three times."""

    @cached_method
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return super().get_nlu_data(language)

    @cached_method
    def get_domain(self) -> Domain:
        return super().get_domain()


def train(job: dict[str, Any]) -> dict[str, float]:
    """Make the model archive ``job["out"]``; returns the seconds of each step.

    Raises RasaException, or whatever a component raises, where files, configuration or data are wrong; there is no
    archive then.
    """
    from bot import remembered_vectors  # noqa: PLC0415 - only in the process that is split off, see above

    out = Path(job["out"])
    remembered_vectors.keep_in(Path(job["vectors"]) if job.get("vectors") else None)
    began = time.perf_counter()
    importer = _importer(job["config"], job["domain"], job["data"])
    training_type = _what_to_train(importer)
    config = importer.get_config()
    recipe = Recipe.recipe_for_name(config.get("recipe"))
    config, _, _ = recipe.auto_configure(importer.get_config_file_for_auto_config(), config, training_type)
    graphs = recipe.graph_config_for_recipe(config, {}, training_type=training_type)
    rasa.engine.validation.validate(graphs)
    read = time.perf_counter()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        storage = LocalModelStorage.create(Path(folder))
        DaskGraphRunner.create(graphs.train_schema, storage, ExecutionContext(graphs.train_schema)).run(
            inputs={PLACEHOLDER_IMPORTER: importer}
        )
        trained = time.perf_counter()
        with _drafts_in(out.parent):
            storage.create_model_package(out, graphs, importer.get_domain())
    return {
        "read": round(read - began, 3), "train": round(trained - read, 3),
        "pack": round(time.perf_counter() - trained, 3),
    }


@contextlib.contextmanager
def _drafts_in(folder: Path) -> Iterator[None]:
    """Rasa packs in a temporary folder of its own choice: choose this one."""
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = None


def _importer(config: str, domain: str, data: list[str]) -> TrainingDataImporter:
    """What reads the files, each once; importers that the configuration names are taken as they are."""
    if read_model_configuration(config).get("importers"):
        return TrainingDataImporter.load_from_config(config, domain, data)
    return E2EImporter(ResponsesSyncImporter(FilesReadOnce(config, domain, data)))


def _what_to_train(importer: TrainingDataImporter) -> TrainingType:
    """Raises RasaException where there is nothing to train on, which Rasa would only warn of."""
    sentences, stories, domain = importer.get_nlu_data(), importer.get_stories(), importer.get_domain()
    for empty, what in (
        (sentences.contains_no_pure_nlu_data(), "example sentences"), (stories.is_empty(), "rules and stories"),
        (domain.is_empty(), "intents, actions and responses (the domain)"),
    ):
        if empty:
            raise RasaException(f"There are no {what} to train on.")
    unknown = get_unresolved_slots(domain, stories)
    if unknown:
        raise RasaException(f"Rules or stories set slots that the domain does not name: {', '.join(sorted(unknown))}.")
    return TrainingType.END_TO_END if sentences.has_e2e_examples() else TrainingType.BOTH


def serve(jobs: TextIO, answers: TextIO) -> None:
    """Train each job in a process of its own and answer it, until ``jobs`` ends."""
    _write(answers, {"ready": True})
    for line in jobs:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _train_and_leave(job, answers)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:  # it ended before it could answer: out of memory, a crash in a library
            _write(answers, {"number": job["number"], "error": f"The training ended by itself with status {status}."})


def _train_and_leave(job: dict[str, Any], answers: TextIO) -> None:
    """The split-off process: train, answer, and end without going back into the loop of the process it came from."""
    status = 1
    try:
        # Appended to, as what the process it came from complains of may stand in the same file.
        log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.dup2(log, sys.stdout.fileno())
        os.dup2(log, sys.stderr.fileno())
        try:
            answer: dict[str, Any] = {"seconds": train(job)}
        except (Exception, SystemExit) as error:
            # A component's own error stands below the graph's, which only names the node.
            answer = {"error": str(error.__cause__ or error) or type(error).__name__}
            with contextlib.suppress(Exception):  # as below
                traceback.print_exc()
        for stream in (sys.stdout, sys.stderr):
            # The disk may be full, or a component closed it: the log ends earlier then, and the answer still counts.
            with contextlib.suppress(Exception):
                stream.flush()
        _write(answers, {"number": job["number"], **answer})
        status = 0
    finally:
        os._exit(status)


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def main() -> None:
    # Rasa and its libraries print what they like: everything but our lines goes to standard error.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for module in BESIDE_RASA:
        importlib.import_module(module)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
