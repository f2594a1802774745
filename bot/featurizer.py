"""Sentence features: the shared embedding as a Rasa graph component."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import remembered_vectors
from bot.models_in_use import open_embedding
from bot.spelling import CORRECTED_TEXT

# Under this key a message carries its features, (2 or 3 times dimension,) float32, for every component that needs them.
SENTENCE_VECTOR = "sentence_vector"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """Embeds a message once; the vector is both a Rasa feature and ``SENTENCE_VECTOR`` on the message.

    A trained model remembers the version of the embedding it was trained with and loads that one, whatever
    version is in use by then: a classifier must never see vectors of another space.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``models``: folder of the registry; empty: ``models`` in ``$FLOORWALKER_VAR`` (``var``).
        ``threads``: cores that embedding one message may use. ``tuned``: use what a tuned embedding has learnt of the
        intents; `floorwalker train embedding` tunes it only where this is true.
        """
        return {**DenseFeaturizer.get_default_config(), "models": "", "threads": 1, "tuned": True}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException, naming the value, where ``threads`` is not a positive whole number."""
        threads = config.get("threads", 1)
        if not isinstance(threads, int) or threads < 1:
            raise InvalidConfigException(
                f"SentenceEmbeddingFeaturizer: threads is {threads!r}. It must be a whole number, 1 or more."
            )
        if not isinstance(config.get("tuned", True), bool):
            raise InvalidConfigException(
                f"SentenceEmbeddingFeaturizer: tuned is {config['tuned']!r}. It must be true or false."
            )

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
        version: str | None = None,
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._embedding = open_embedding(config["models"], version, config["threads"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddingFeaturizer:
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEmbeddingFeaturizer:
        """Raises EmbeddingError where the version that the model was trained with is gone."""
        with model_storage.read_from(resource) as folder:
            version = (folder / "version").read_text("utf-8")
        return cls(config, execution_context.node_name, model_storage, resource, version)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns nothing; remembers the embedding's version."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "version").write_text(self._embedding.version, "utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        version = f"{self._embedding.version}, tuned: {self._config['tuned']}"
        self._add(training_data.training_examples, partial(remembered_vectors.features, self._embed, version))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the vector to every message that has a text."""
        return self._add(messages, self._embed)

    def _embed(self, texts: list[str]) -> np.ndarray:
        return self._embedding.features(texts, self._config["tuned"])

    def _add(self, messages: list[Message], embed: Callable[[list[str]], np.ndarray]) -> list[Message]:
        written = [message for message in messages if message.get(TEXT)]
        vectors = embed([message.get(CORRECTED_TEXT) or message.get(TEXT) for message in written])
        for message, vector in zip(written, vectors, strict=True):
            message.set(SENTENCE_VECTOR, vector)
            message.add_features(
                Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"])  # (1, dimension)
            )
        return messages
