"""The extractors as `floorwalker evaluate entities` asks them."""
from __future__ import annotations

import pytest
from rasa.shared.exceptions import InvalidConfigException

from bot import entity_evaluation
from tests.bot.conftest import EXAMPLES

SENTENCES = [{"text": text, "intent": intent} for intent, texts in EXAMPLES.items() for text in texts]


def test_entities_come_with_their_places_and_the_time(vocabulary):
    written: list[dict] = []
    settings = {"vocabulary": str(vocabulary), "today": "2026-11-24"}
    entity_evaluation.evaluate({"config": "config.yml", "train": SENTENCES, "ask": ["red, yesterday", "hello"],
                                "settings": settings}, written.append)
    (answer,) = written
    (found, took_ms), (nothing, _) = answer["answers"]
    assert found == [{"entity": "colour", "value": "red", "start": 0, "end": 3},
                     {"entity": "date", "value": "2026-11-23", "start": 5, "end": 14}]
    assert nothing == []
    assert took_ms > 0


def test_only_extractors_are_kept_and_only_the_shops_gets_the_settings():
    kept = entity_evaluation.extractors([
        {"name": "bot.spelling.SpellingCorrector"}, {"name": "RegexEntityExtractor"}, {"name": "DIETClassifier"},
        {"name": "bot.entity_extractor.ShopEntityExtractor", "language": "en"},
    ], {"today": "2026-11-24"})
    assert kept == [{"name": "RegexEntityExtractor"}, {"name": "bot.entity_extractor.ShopEntityExtractor",
                                                       "language": "en", "today": "2026-11-24"}]


def test_a_pipeline_without_an_extractor_is_refused(tmp_path):
    config = tmp_path / "config.yml"
    config.write_text("recipe: default.v1\nlanguage: en\npipeline: []\n")
    with pytest.raises(InvalidConfigException, match="no entity extractor"):
        entity_evaluation.evaluate({"config": str(config), "train": [], "ask": []}, print)
