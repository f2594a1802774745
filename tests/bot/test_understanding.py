"""Featurizer and intent classifier: trained, stored, loaded, asked."""
from __future__ import annotations

import numpy as np
import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.featurizer import SENTENCE_VECTOR, SentenceEmbeddingFeaturizer
from bot.intent_classifier import EmbeddingIntentClassifier
from tests.bot.conftest import EXAMPLES


@pytest.fixture
def trained(workbench, training_data):
    featurizer = workbench.create(SentenceEmbeddingFeaturizer)
    featurizer.train(training_data)
    featurizer.process_training_data(training_data)
    classifier = workbench.create(EmbeddingIntentClassifier)
    classifier.train(training_data)
    return featurizer, classifier


def understand(featurizer, classifier, text: str) -> Message:
    return classifier.process(featurizer.process([Message({TEXT: text})]))[0]


def test_a_new_wording_gets_the_intent_of_its_likes(trained):
    assert understand(*trained, "is my parcel on its way?").get(INTENT)["name"] == "track_order"
    assert understand(*trained, "good afternoon").get(INTENT)["name"] == "greet"


def test_confidences_are_probabilities_in_falling_order(trained):
    ranking = understand(*trained, "a pair of hiking boots").get(INTENT_RANKING_KEY)
    confidences = [guess["confidence"] for guess in ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1, abs=1e-5)


def test_what_was_trained_answers_the_same_after_loading(trained, workbench):
    again = workbench.load(SentenceEmbeddingFeaturizer), workbench.load(EmbeddingIntentClassifier)
    before, after = understand(*trained, "do you sell lamps"), understand(*again, "do you sell lamps")
    assert after.get(INTENT)["name"] == before.get(INTENT)["name"]
    assert after.get(INTENT)["confidence"] == pytest.approx(before.get(INTENT)["confidence"], abs=1e-2)


def test_a_message_is_embedded_once_for_all(trained):
    message = understand(*trained, "hello")
    (_, sentence) = message.get_dense_features(TEXT)
    assert np.array_equal(sentence.features[0], message.get(SENTENCE_VECTOR))
    parts = message.get(SENTENCE_VECTOR).reshape(-1, 384)
    assert np.linalg.norm(parts, axis=1) == pytest.approx(1, abs=1e-4)


def test_what_was_tuned_can_be_left_out(workbench, training_data):
    featurizer = workbench.create(SentenceEmbeddingFeaturizer, tuned=False)
    featurizer.process_training_data(training_data)
    classifier = workbench.create(EmbeddingIntentClassifier)
    classifier.train(training_data)
    message = understand(featurizer, classifier, "where is my parcel")
    assert message.get(SENTENCE_VECTOR).shape == (2 * 384,)
    assert message.get(INTENT)["name"] == "track_order"


def test_a_message_without_text_is_left_alone(trained):
    message = trained[1].process(trained[0].process([Message({TEXT: ""})]))[0]
    assert message.get(INTENT) is None


def test_two_intents_are_enough_and_one_is_not(workbench, training_data):
    featurizer = workbench.create(SentenceEmbeddingFeaturizer)
    two = TrainingData([each for each in training_data.training_examples if each.get(INTENT) != "greet"])
    featurizer.process_training_data(two)
    classifier = workbench.create(EmbeddingIntentClassifier)
    classifier.train(two)
    assert understand(featurizer, classifier, "where is my parcel").get(INTENT)["name"] == "track_order"
    assert understand(featurizer, classifier, "I need running shoes").get(INTENT)["name"] == "search_product"
    one = TrainingData([each for each in training_data.training_examples if each.get(INTENT) == "greet"])
    with pytest.raises(InvalidConfigException, match="1 intent"):
        workbench.create(EmbeddingIntentClassifier).train(one)


@pytest.mark.parametrize(("component", "setting", "value"), [
    (SentenceEmbeddingFeaturizer, "threads", 0),
    (SentenceEmbeddingFeaturizer, "threads", "two"),
    (SentenceEmbeddingFeaturizer, "tuned", "yes"),
    (EmbeddingIntentClassifier, "C", -1),
    (EmbeddingIntentClassifier, "ranking_length", 2.5),
])
def test_a_bad_setting_is_named_with_its_value(component, setting, value):
    with pytest.raises(InvalidConfigException, match=f"{setting} is {value!r}"):
        component.validate_config({**component.get_default_config(), setting: value})


def test_a_missing_embedding_is_named_with_the_remedy(workbench, tmp_path):
    with pytest.raises(InvalidConfigException, match="floorwalker train embedding"):
        workbench.create(SentenceEmbeddingFeaturizer, models=str(tmp_path))


def test_an_intent_of_few_examples_is_heard_beside_one_of_many(workbench):
    many = [f"{wish} {thing} {when}" for wish in ("where is", "track", "when comes", "what about")
            for thing in ("my parcel", "my order", "my package", "the delivery")
            for when in ("", "now", "today", "please")]
    few = ["can you sharpen my knife", "is there a grinding service", "my blade has gone dull"]
    messages = [Message({TEXT: text, INTENT: intent}) for intent, texts in (
        ("track_order", many), ("sharpening", few), ("greet", EXAMPLES["greet"]),
    ) for text in texts]
    featurizer = workbench.create(SentenceEmbeddingFeaturizer)
    data = featurizer.process_training_data(TrainingData(messages))
    classifier = workbench.create(EmbeddingIntentClassifier)
    classifier.train(data)
    asked = ["when is my knife sharp again", "what about my dull blade", "where is the grinding done"]
    assert [understand(featurizer, classifier, text).get(INTENT)["name"] for text in asked] == ["sharpening"] * 3
