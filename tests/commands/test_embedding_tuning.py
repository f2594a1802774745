"""The embedding is tuned on the trainers' sentences where the pipeline wants it, and untuned where it does not."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import embedding_tuning
from commands.embedding_tuning import exported_base, publish_tuned, publish_untuned, wants_tuning
from commands.errors import CommandError
from commands.evaluation import pipeline
from commands.evaluation.sentences import Sentence
from models.embedding import SentenceEmbedding
from models.registry import Registry
from shop.settings import ROOT

SAID = {
    "greet": ["hello there", "good morning", "hi, how are you"], "track_order": ["where is my parcel", "has it left"],
}


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(tmp_path / "models")


def write(folder: Path, content: str) -> Path:
    path = folder / "config.yml"
    path.write_text(content, "utf-8")
    return path


@pytest.mark.parametrize(("pipeline", "wanted"), [
    ("[{name: bot.featurizer.SentenceEmbeddingFeaturizer}]", True),
    ("[{name: bot.featurizer.SentenceEmbeddingFeaturizer, tuned: false}]", False),
    ("[{name: WhitespaceTokenizer}, {name: DIETClassifier}]", False),
    ("", False),
])
def test_only_a_pipeline_that_reads_it_is_tuned_for(tmp_path, pipeline, wanted):
    assert wants_tuning(write(tmp_path, f"pipeline: {pipeline}\n")) is wanted


def test_the_shipped_pipeline_is_tuned():
    assert wants_tuning(ROOT / "config.yml")


@pytest.mark.parametrize("content", [
    "pipeline: [", "- a list", "", "pipeline: [WhitespaceTokenizer]", "pipeline: {name: x}", "pipeline: 5",
    "pipeline: [~]",
])
def test_a_configuration_that_is_none_is_named(tmp_path, content):
    path = write(tmp_path, content)
    with pytest.raises(CommandError, match=str(path)):
        wants_tuning(path)


def test_tuned_and_untuned_versions_stand_beside_each_other(registry, embedding_folder):
    texts = [text for texts in SAID.values() for text in texts]
    intents = [intent for intent, texts in SAID.items() for _ in texts]
    tuned = publish_tuned(registry, embedding_folder, texts, intents, {"sentences": len(texts)})
    untuned = publish_untuned(registry, registry.require("embedding").directory, {})
    assert tuned != untuned == json.loads((embedding_folder / "embedding.json").read_text())["base"]
    widths = [
        SentenceEmbedding.load(registry.root / "embedding" / version).features(["hello"]).shape[1]
        for version in (tuned, untuned)
    ]
    assert widths == [3 * 384, 2 * 384]
    assert registry.require("embedding").name == untuned
    assert not [path for path in registry.root.iterdir() if path.name.startswith(".")]


def test_the_export_in_use_is_used_again(registry, embedding_folder, tmp_path):
    publish_untuned(registry, embedding_folder, {})
    assert exported_base(registry, tmp_path / "anew") == registry.require("embedding").directory
    assert not (tmp_path / "anew").exists()


def test_an_export_of_another_model_is_made_anew(registry, embedding_folder, tmp_path):
    publish_untuned(registry, embedding_folder, {})
    card = registry.require("embedding").directory / "embedding.json"
    card.write_text(card.read_text().replace(json.loads(card.read_text())["base"], "0123456789ab"))
    assert exported_base(registry, tmp_path / "anew") == tmp_path / "anew"
    assert SentenceEmbedding.load(tmp_path / "anew").dimension == 384


def test_an_evaluation_tunes_on_what_it_trains_on_and_nothing_else(monkeypatch, var, tmp_path):
    tuned_on: list[list[str]] = []
    monkeypatch.setattr(embedding_tuning, "exported_base", lambda _registry, folder: folder)
    monkeypatch.setattr(
        embedding_tuning, "publish_tuned", lambda _registry, _base, texts, *_: tuned_on.append(list(texts))
    )

    def converse(_module, job, take) -> Path:
        assert len({each["models"] for each in job["rounds"]}) == 2  # a registry for each
        for number, each in enumerate(job["rounds"]):
            answer = ["greet", 1.0, [["greet", 1.0]], 1.0]
            take({"round": number, "train_seconds": 0, "answers": [answer] * len(each["ask"])})
        return tmp_path

    monkeypatch.setattr(pipeline, "converse", converse)
    said = [
        [Sentence(text, intent, "", 1) for intent, texts in SAID.items() for text in texts[part:]] for part in (0, 1)
    ]
    pipeline.run_rounds(
        [pipeline.Round(train, ["good evening", "is it lost"], seed=1) for train in said], ROOT / "config.yml"
    )
    assert tuned_on == [[each.text for each in train] for train in said]


def test_one_intent_is_refused_with_the_remedy(registry, embedding_folder):
    with pytest.raises(CommandError, match=r"1 intent.*data/nlu"):
        publish_tuned(registry, embedding_folder, ["hello", "good morning"], ["greet", "greet"], {})
