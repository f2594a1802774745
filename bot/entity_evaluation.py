"""The entity extractors of the shipped pipeline, asked sentences: Rasa's side of ``floorwalker evaluate entities``.

``python -m bot.entity_evaluation`` reads one job from standard input and writes JSON lines to standard output::

    {"config": "config.yml", "train": [{"text": "hi", "intent": "greet"}], "ask": ["red shoes"],
     "settings": {"vocabulary": "vocabulary.json", "today": "2026-11-24"}}

Of the pipeline only the extractors are trained and asked: ours read a message as it was typed, so what stands before
them changes nothing. ``settings`` are given to the shop's extractor in place of those in the configuration. The
answer::

    {"train_seconds": 0.9, "answers": [[[{"entity": "colour", "value": "red", "start": 0, "end": 3}], 0.8]]}

with the entities of each sentence and the milliseconds it took. Errors are said as in ``bot.evaluation``.
"""
from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_config_file

from bot.entity_extractor import ShopEntityExtractor
from bot.evaluation import TrainedPipeline, answer_job, training_data

TYPES = DefaultV1Recipe.ComponentType


def evaluate(job: dict[str, Any], write: Callable[[dict[str, Any]], None]) -> None:
    """Train the extractors of ``job``, ask them, and hand the answer to ``write``."""
    config = read_config_file(job["config"])
    config["pipeline"] = extractors(config.get("pipeline") or [], job.get("settings", {}))
    if not config["pipeline"]:
        raise InvalidConfigException(f"The pipeline of {job['config']} has no entity extractor.")
    with tempfile.TemporaryDirectory() as folder:
        pipeline = TrainedPipeline(config, training_data(job["train"], TrainingData()), Path(folder))
        answers = []
        for text in job["ask"]:
            message, took_ms = pipeline.understand(text)
            answers.append([[_plain(each) for each in message.get(ENTITIES) or []], took_ms])
    write({"train_seconds": pipeline.train_seconds, "answers": answers})


def extractors(pipeline: list[dict[str, Any]], settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The components of ``pipeline`` that find entities and nothing else, with ``settings`` for the shop's own."""
    found = []
    for component in pipeline:
        registered = DefaultV1Recipe._from_registry(component["name"])
        if TYPES.ENTITY_EXTRACTOR in registered.types and TYPES.INTENT_CLASSIFIER not in registered.types:
            ours = issubclass(registered.clazz, ShopEntityExtractor)
            found.append({**component, **settings} if ours else component)
    return found


def _plain(entity: dict[str, Any]) -> dict[str, Any]:
    return {key: entity[key] for key in ("entity", "value", "start", "end")}


if __name__ == "__main__":
    sys.exit(answer_job(evaluate))
