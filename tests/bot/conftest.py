"""Rasa's environment, without Rasa's server: model storage, and components made as Rasa makes them.

These tests run on Python 3.10 (`make test` starts them there) with the sentence embedding that `make setup` made.
"""
from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

pytest.importorskip("rasa", reason="tests/bot runs in Rasa's environment: .venv-rasa/bin/python -m pytest tests/bot")

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

VOCABULARY = {
    "category": {"shoes": ["Shoes", "trainers", "running shoe"], "outdoor": ["Camping & outdoor", "tent"]},
    "brand": {"Harrow Trail": ["Harrow Trail"], "Kestrel": ["Kestrel"]},
    "colour": {"blue": ["blue"], "light blue": ["light blue"], "red": ["red"]},
    "size": {"42": ["42"], "XL": ["XL"], "S": ["S"], "200 x 200 cm": ["200 x 200 cm"], "0.5 l": ["0.5 l"]},
    "material": {"leather": ["leather"], "merino wool": ["merino wool"], "wool": ["wool"]},
}
EXAMPLES = {
    "greet": ["hello", "good morning", "hi there", "hey", "good evening to you"],
    "track_order": ["where is my parcel", "has my order left yet", "track my package", "when does it arrive",
                    "my delivery has not come"],
    "search_product": ["I need running shoes", "do you have tents", "looking for a warm jumper",
                       "show me blue backpacks", "a gift for my brother"],
}


class Workbench:
    """Makes, trains and loads a component the way Rasa's graph does."""

    def __init__(self, folder: Path) -> None:
        self.storage = LocalModelStorage.create(folder)
        self.context = ExecutionContext(GraphSchema({}), node_name="component")

    def config(self, component: type, **changes) -> dict:
        return {"alias": "component", **component.get_default_config(), **changes}

    def create(self, component: type, **changes):
        return component.create(
            self.config(component, **changes), self.storage, Resource(component.__name__), self.context
        )

    def load(self, component: type, **changes):
        return component.load(
            self.config(component, **changes), self.storage, Resource(component.__name__), self.context
        )


@pytest.fixture
def workbench(tmp_path) -> Workbench:
    folder = tmp_path / "storage"
    folder.mkdir()
    return Workbench(folder)


@pytest.fixture
def vocabulary(tmp_path) -> Path:
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps(VOCABULARY), "utf-8")
    return path


@pytest.fixture
def training_data() -> TrainingData:
    return TrainingData(
        [Message({TEXT: text, INTENT: intent}) for intent, texts in EXAMPLES.items() for text in texts]
    )


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
