"""Intents: a linear head and the nearest examples, on the sentence vector, with calibrated confidence."""
from __future__ import annotations

import re
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
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot.featurizer import SENTENCE_VECTOR, SentenceEmbeddingFeaturizer
from bot.intent_head import IntentHead
from bot.models_in_use import open_embedding

NOT_A_WORD = re.compile(r"[\W_]+")
FOLDS = 5
# Two numbers are fitted on the sentences held out; with this many they no longer move, and more folds are only slower.
ENOUGH_TO_CALIBRATE = 500
# Largest element of the gradient at which the fit ends: a smaller one moves no score by a hundredth.
TOLERANCE = 1e-2
# Where too few examples are there to fit them: what large sets come to.
DEFAULT_SCALE, DEFAULT_NEIGHBOUR_WEIGHT = 1.0, 5.0


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmbeddingIntentClassifier(IntentClassifier, GraphComponent):
    """A regularised linear head, and the likeness to the nearest examples of each intent.

    The head sees what an intent's examples have in common; the neighbours know the odd wording that only two of them
    have. How much the neighbours count, and how sure the sum may be, is fitted on sentences that neither was fitted
    on (cross-validation), so that a confidence of 0.8 means right in four of five.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [SentenceEmbeddingFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``models``: folder of the registry, as for the featurizer. ``C``: inverse of the regularisation's
        strength. ``ranking_length``: intents reported, 0 for all. ``random_state``: seed of the folds.
        """
        return {"models": "", "C": 20.0, "ranking_length": 10, "random_state": 7}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException, naming the value, where ``C`` or ``ranking_length`` is impossible."""
        strength, length = config.get("C", 20.0), config.get("ranking_length", 10)
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
        self._head: IntentHead | None = None

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
        """Fit head and calibration. Raises InvalidConfigException with fewer than two intents."""
        examples = [each for each in training_data.intent_examples if each.get(TEXT)]
        intents, labels = np.unique([each.get(INTENT) for each in examples], return_inverse=True)
        if len(intents) < 2:
            raise InvalidConfigException(
                f"EmbeddingIntentClassifier: the training data has {len(intents)} intent(s). Two are needed."
            )
        vectors = np.stack([each.get(SENTENCE_VECTOR) for each in examples])  # (n, features)
        scale, neighbour_weight, nearly = self._calibrate(vectors, labels, len(intents))
        # An intent's name says in a word or two what its examples are about: one more example, and not the worst.
        names = open_embedding(self._config["models"]).features([NOT_A_WORD.sub(" ", name) for name in intents])
        names = names[:, :vectors.shape[1]]  # without the last part where the featurizer leaves it out, too
        vectors, labels = np.concatenate([vectors, names]), np.concatenate([labels, np.arange(len(intents))])
        self._head = self._fit(vectors, labels, [str(intent) for intent in intents], nearly)
        self._head.scale, self._head.neighbour_weight = scale, neighbour_weight
        with self._model_storage.write_to(self._resource) as folder:
            self._head.save(folder / "head.npz")
        return self._resource

    def _fit(
        self, vectors: np.ndarray, labels: np.ndarray, intents: list[str], nearly: IntentHead | None = None
    ) -> IntentHead:
        """``nearly``: a head of most of these examples, from which the fit starts; it needs half the steps then."""
        mean = vectors.mean(axis=0)
        head = IntentHead(intents, mean, vectors, labels)
        # Balanced: else an intent taught yesterday by five examples would hardly be heard beside one with a hundred.
        regression = LogisticRegression(
            C=self._config["C"], max_iter=1000, tol=TOLERANCE, class_weight="balanced", warm_start=True
        )
        if nearly is not None and len(intents) > 2:
            regression.coef_, regression.intercept_ = nearly.weights.T.copy(), nearly.bias.copy()
        regression.fit(head.centred(vectors), labels)
        coefficients, bias = regression.coef_, regression.intercept_
        if len(intents) == 2:  # scikit-learn keeps one row for two classes
            coefficients, bias = np.vstack([-coefficients, coefficients]) / 2, np.array([-bias[0], bias[0]]) / 2
        head.weights, head.bias = coefficients.T.astype(np.float32), bias.astype(np.float32)
        return head

    def _calibrate(
        self, vectors: np.ndarray, labels: np.ndarray, intents: int
    ) -> tuple[float, float, IntentHead | None]:
        """Scale and weight of the neighbours under which held-out sentences are likeliest (Guo et al. 2017).

        The third is a head that was fitted on the way, None where there are too few examples for any.
        """
        folds = min(FOLDS, np.bincount(labels).min())
        if folds < 2:
            return DEFAULT_SCALE, DEFAULT_NEIGHBOUR_WEIGHT, None
        split = StratifiedKFold(folds, shuffle=True, random_state=self._config["random_state"])
        scores, likeness, held_out, head = [], [], [], None
        for seen, unseen in split.split(vectors, labels):
            head = self._fit(vectors[seen], labels[seen], [str(label) for label in range(intents)], head)
            for row in unseen:
                scores.append(head.scores(vectors[row]))
                likeness.append(head.likeness(vectors[row]))
            held_out.extend(unseen)
            if len(held_out) >= ENOUGH_TO_CALIBRATE:
                break
        scores, likeness, truth = np.stack(scores), np.stack(likeness), labels[held_out]  # (m, intents) twice, (m,)

        # Each intent counts alike here as well.
        share = 1 / np.bincount(truth, minlength=intents)[truth]  # (m,)
        share /= share.sum()

        def surprise(parameters: np.ndarray) -> float:
            log_scale, weight = parameters
            log_likelihood = log_softmax(np.exp(log_scale) * (scores + weight * likeness), axis=1)
            return -log_likelihood[np.arange(len(truth)), truth] @ share

        start = (np.log(DEFAULT_SCALE), DEFAULT_NEIGHBOUR_WEIGHT)
        log_scale, weight = minimize(surprise, start, method="L-BFGS-B", bounds=((-3, 3), (0, 50))).x
        return float(np.exp(log_scale)), float(weight), head

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets ``intent`` and ``intent_ranking``, best first, on each message that carries a vector."""
        if self._head is None:
            return messages
        length = self._config["ranking_length"] or len(self._head.intents)
        for message in messages:
            vector = message.get(SENTENCE_VECTOR)
            if vector is None:
                continue
            confidence = softmax(self._head.logits(vector))  # (intents,)
            ranking = [
                {INTENT_NAME_KEY: self._head.intents[i], "confidence": float(confidence[i])}
                for i in np.argsort(-confidence)[:length]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

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
            component._head = IntentHead.load(folder / "head.npz")
        return component
