"""Typing errors: a message as it was probably meant, for the sentence embedding.

The sentence model reads word pieces, and one wrong letter makes a familiar word a heap of strange pieces. So a message
is read as the likeliest sentence that hands may have turned into it: how is in ``spelling_decoder``. The entities are
still found in the message as it was typed.
"""
from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.models_in_use import open_embedding
from bot.spelling_decoder import SpellingDecoder
from bot.spelling_errors import KEYBOARDS, TypingErrors
from bot.vocabulary import Vocabulary
from bot.word_model import WordModel, count

# Under this key a message carries its corrected text.
CORRECTED_TEXT = "corrected_text"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SpellingCorrector(GraphComponent):
    """Puts the corrected text on each message, under ``CORRECTED_TEXT``; stands before the featurizer.

    Learns from the examples which words people use and in which order. Words of the catalogue and whatever holds a
    digit are left alone; other words change only where what is gained outweighs the errors that it takes.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``models``: folder of the registry, as for the featurizer. ``vocabulary``: the catalogue's words, as for
        the entity extractor. ``keyboard``: which keys are neighbours, one of ``KEYBOARDS``.
        """
        return {"models": "", "vocabulary": "", "keyboard": "qwerty"}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException, naming the value, where ``keyboard`` is none that is known."""
        keyboard = config.get("keyboard", "qwerty")
        if keyboard not in KEYBOARDS:
            raise InvalidConfigException(
                f"SpellingCorrector: keyboard is {keyboard!r}. It must be one of {', '.join(KEYBOARDS)}."
            )

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._vocabulary = Vocabulary.of_shop(config["vocabulary"])
        self._decoder: SpellingDecoder | None = None  # until the component is trained or loaded

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpellingCorrector:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SpellingCorrector:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            learned = json.loads((folder / "words.json").read_text("utf-8"))
        component._learn(learned)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        learned = count(example.get(TEXT) or "" for example in training_data.intent_examples)
        learned["ranked"] = open_embedding(self._config["models"]).words()
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(learned, sort_keys=True), "utf-8")
        self._learn(learned)
        return self._resource

    def _learn(self, learned: dict[str, Any]) -> None:
        model = WordModel(
            learned["words"], learned["pairs"], learned["triples"], learned["ranked"], self._vocabulary.has_word
        )
        self._decoder = SpellingDecoder(model, TypingErrors(self._config["keyboard"]), learned["forms"])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                typed = message.get(TEXT)
                read = self._decoder.correct(typed)
                message.set(CORRECTED_TEXT, read, add_to_output=read != typed)  # for the transcript
        return messages
