"""Intents: a logistic regression on the sentence vector, with calibrated confidence."""
from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.featurizer import SENTENCE_VECTOR, SentenceEmbeddingFeaturizer

FOLDS = 5
# One number is fitted on the sentences held out; with this many it no longer moves, and more folds are only slower.
ENOUGH_TO_CALIBRATE = 500


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmbeddingIntentClassifier(IntentClassifier, GraphComponent):
    """One linear layer on the sentence vector.

    The regularised regression alone is far too modest with dozens of intents: its best guess may be right nine
    times in ten and still carry a probability of 0.3. A temperature, fitted on sentences that the regression was
    not trained on (cross-validation), makes a confidence of 0.8 mean right in four of five.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [SentenceEmbeddingFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``C``: inverse of the regularisation's strength. ``ranking_length``: intents reported, 0 for all.
        ``random_state``: seed of the folds.
        """
        return {"C": 10.0, "ranking_length": 10, "random_state": 7}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException, naming the value, where ``C`` or ``ranking_length`` is impossible."""
        strength, length = config.get("C", 10.0), config.get("ranking_length", 10)
        if not isinstance(strength, (int, float)) or strength <= 0:
            raise InvalidConfigException(f"EmbeddingIntentClassifier: C is {strength!r}. It must be above 0.")
        if not isinstance(length, int) or length < 0:
            raise InvalidConfigException(
                f"EmbeddingIntentClassifier: ranking_length is {length!r}. It must be a whole number, 0 for all."
            )

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._intents: list[str] = []
        self._weights = np.empty((0, 0), np.float32)  # (dimension, intents), already divided by the temperature
        self._bias = np.empty(0, np.float32)  # (intents,)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmbeddingIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the layer and its temperature. Raises InvalidConfigException with fewer than two intents."""
        examples = [each for each in training_data.intent_examples if each.get(TEXT)]
        intents = np.array([each.get(INTENT) for each in examples])
        if len(set(intents)) < 2:
            raise InvalidConfigException(
                f"EmbeddingIntentClassifier: the training data has {len(set(intents))} intent(s). Two are needed."
            )
        vectors = np.stack([each.get(SENTENCE_VECTOR) for each in examples])  # (n, dimension)
        regression = LogisticRegression(C=self._config["C"], max_iter=1000)
        regression.fit(vectors, intents)
        temperature = self._fit_temperature(regression, vectors, intents)
        coefficients, bias = regression.coef_, regression.intercept_
        if len(regression.classes_) == 2:  # scikit-learn keeps one row for two classes
            coefficients, bias = np.vstack([-coefficients, coefficients]) / 2, np.array([-bias[0], bias[0]]) / 2
        self._intents = [str(intent) for intent in regression.classes_]
        self._weights = (coefficients.T / temperature).astype(np.float32)
        self._bias = (bias / temperature).astype(np.float32)
        self._persist()
        return self._resource

    def _fit_temperature(self, regression: LogisticRegression, vectors: np.ndarray, intents: np.ndarray) -> float:
        """The temperature under which held-out sentences are likeliest (Guo et al. 2017); 1 with too few examples."""
        classes, labels, counts = np.unique(intents, return_inverse=True, return_counts=True)
        folds = min(FOLDS, counts.min())
        if folds < 2 or len(classes) < 3:
            return 1.0
        split = StratifiedKFold(folds, shuffle=True, random_state=self._config["random_state"])
        logits, held_out = [], []
        for seen, unseen in split.split(vectors, labels):
            logits.append(clone(regression).fit(vectors[seen], labels[seen]).decision_function(vectors[unseen]))
            held_out.extend(unseen)
            if len(held_out) >= ENOUGH_TO_CALIBRATE:
                break
        logits, labels = np.concatenate(logits), labels[held_out]  # (n, intents), (n,)

        def surprise(log_temperature: float) -> float:
            scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
            return -scaled[np.arange(len(labels)), labels].mean()

        return float(np.exp(minimize_scalar(surprise, bounds=(-3, 3), method="bounded").x))

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets ``intent`` and ``intent_ranking``, best first, on each message that carries a vector."""
        length = self._config["ranking_length"] or len(self._intents)
        for message in messages:
            vector = message.get(SENTENCE_VECTOR)
            if vector is None or not self._intents:
                continue
            confidence = softmax(vector @ self._weights + self._bias)  # (intents,)
            ranking = [
                {INTENT_NAME_KEY: self._intents[i], "confidence": float(confidence[i])}
                for i in np.argsort(-confidence)[:length]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / "head.npz", weights=self._weights, bias=self._bias, intents=np.array(self._intents))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EmbeddingIntentClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            head = np.load(folder / "head.npz", allow_pickle=False)
            component._weights, component._bias = head["weights"], head["bias"]
            component._intents = [str(intent) for intent in head["intents"]]
        return component
