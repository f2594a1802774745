"""The shipped pipeline, trained on some sentences and asked others: Rasa's side of ``floorwalker evaluate nlu``.

``python -m bot.evaluation`` reads one job from standard input and writes JSON lines to standard output. The job::

    {"config": "config.yml", "beside": ["data/nlu/orders.yml"],
     "rounds": [{"seed": 7, "train": [{"text": "hi", "intent": "greet", "entities": []}], "ask": ["hello"]}]}

``beside`` names Rasa files whose synonyms, patterns and lookup tables belong to the training data of each round. A
round may name in ``models`` a registry of its own, with the embedding to use. ``vectors`` may name a file that keeps
the sentences' vectors from one job to the next.

The answer of a round, after lines ``{"progress": {"round": 0, "asked": 100}}``::

    {"round": 0, "train_seconds": 1.2, "answers": [["greet", 0.93, [["greet", 0.93], ["thank", 0.02]], 3.1]]}

An answer is the intent as the pipeline gives it, its confidence, the ranking best first, and the milliseconds that the
whole pipeline took for this one message. ``{"error": "..."}`` and exit status 1 say that the pipeline could not be
made or trained.

The pipeline runs as Rasa's own training and prediction graphs. What is left out of ``rasa train`` is the cache of
earlier runs and the packing of an archive, neither of which changes an answer.
"""
from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_IMPORTER, PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.recipe import Recipe
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.data import TrainingType
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path
from rasa.shared.utils.io import read_config_file

from bot import remembered_vectors

PROGRESS_EVERY = 50  # messages


class GivenSentences(TrainingDataImporter):
    """Training data that is already in memory, where Rasa expects something that reads files."""

    def __init__(self, config: dict[str, Any], training_data: TrainingData) -> None:
        self._config = config
        self._training_data = training_data

    def get_config(self) -> dict[str, Any]:
        return self._config

    def get_config_file_for_auto_config(self) -> None:
        return None

    def get_domain(self) -> Domain:
        return Domain.from_dict({
            "intents": sorted(self._training_data.intents), "entities": sorted(self._training_data.entities),
        })

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph([])

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._training_data


class TrainedPipeline:
    """The pipeline of a configuration, trained and loaded, in ``folder``.

    Raises RasaException where the configuration is wrong or a component refuses the data.
    """

    def __init__(self, config: dict[str, Any], training_data: TrainingData, folder: Path) -> None:
        started = time.perf_counter()
        graphs = Recipe.recipe_for_name(config.get("recipe")).graph_config_for_recipe(
            config, {}, training_type=TrainingType.NLU
        )
        storage = LocalModelStorage.create(folder)
        DaskGraphRunner.create(
            graphs.train_schema, storage, ExecutionContext(graphs.train_schema)
        ).run(inputs={PLACEHOLDER_IMPORTER: GivenSentences(config, training_data)})
        self._runner = DaskGraphRunner.create(graphs.predict_schema, storage, ExecutionContext(graphs.predict_schema))
        self._target = graphs.nlu_target
        self._tracker = DialogueStateTracker.from_events("evaluation", [])
        self.train_seconds = time.perf_counter() - started

    def understand(self, text: str) -> tuple[Message, float]:
        """One message, alone, as the running bot gets it: the message with all that was found, and milliseconds."""
        started = time.perf_counter()
        message = self._runner.run(
            inputs={PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: self._tracker},
            targets=[self._target],
        )[self._target][0]
        return message, (time.perf_counter() - started) * 1000

    def ask(self, text: str) -> list[Any]:
        """The answer of one message: [intent, confidence, ranking, milliseconds]."""
        message, took_ms = self.understand(text)
        intent = message.get(INTENT) or {}
        ranking = [
            [guess[INTENT_NAME_KEY], guess[PREDICTED_CONFIDENCE_KEY]] for guess in message.get(INTENT_RANKING_KEY) or []
        ]
        return [intent.get(INTENT_NAME_KEY), intent.get(PREDICTED_CONFIDENCE_KEY, 0.0), ranking, took_ms]


def evaluate(job: dict[str, Any], write: Callable[[dict[str, Any]], None]) -> None:
    """Run the rounds of ``job`` in order, handing each line of the answer to ``write``."""
    config = read_config_file(job["config"])
    if job.get("vectors"):
        remembered_vectors.keep_in(Path(job["vectors"]))
    beside = TrainingData()
    for path in job.get("beside", []):
        beside = beside.merge(load_data(path))
    for number, round_ in enumerate(job["rounds"]):
        # What a component draws without a seed of its own is drawn alike in every run.
        random.seed(round_["seed"])
        np.random.seed(round_["seed"])
        with tempfile.TemporaryDirectory() as folder:
            pipeline = TrainedPipeline(
                with_models(config, round_.get("models")), training_data(round_["train"], beside), Path(folder)
            )
            write({"progress": {"round": number, "asked": 0}})
            answers = []
            for text in round_["ask"]:
                answers.append(pipeline.ask(text))
                if len(answers) % PROGRESS_EVERY == 0:
                    write({"progress": {"round": number, "asked": len(answers)}})
        write({"round": number, "train_seconds": pipeline.train_seconds, "answers": answers})


def with_models(config: dict[str, Any], models: str | None) -> dict[str, Any]:
    """``config`` with the registry ``models`` for each component that reads one; as it is for None."""
    if models is None:
        return config
    return {**config, "pipeline": [
        {**component, "models": models} if "models" in _defaults(component["name"]) else component
        for component in config["pipeline"]
    ]}


def _defaults(name: str) -> dict[str, Any]:
    # Rasa's own components are named without their module; none of them knows our registry.
    return class_from_module_path(name).get_default_config() if "." in name else {}


def training_data(sentences: list[dict[str, Any]], beside: TrainingData) -> TrainingData:
    """Rasa's training data of ``sentences``, with the synonyms, patterns and lookup tables of ``beside``."""
    return TrainingData(
        [Message.build(each["text"], each["intent"], each.get("entities") or None) for each in sentences],
        entity_synonyms=beside.entity_synonyms,
        regex_features=beside.regex_features,
        lookup_tables=beside.lookup_tables,
    )


def answer_job(answer: Callable[[dict[str, Any], Callable[[dict[str, Any]], None]], None]) -> int:
    """Have ``answer`` answer the job on standard input; returns the exit status."""
    # Rasa and its libraries print what they like: everything but our lines goes to standard error.
    lines: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def write(line: dict[str, Any]) -> None:
        lines.write(json.dumps(line) + "\n")
        lines.flush()

    try:
        answer(json.load(sys.stdin), write)
    except RasaException as error:
        # A component's own error stands below the graph's, which only names the node.
        write({"error": str(error.__cause__ or error)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(answer_job(evaluate))
