"""``floorwalker evaluate nlu``: the real pipeline, trained in Rasa's environment on a shop's own few sentences."""
from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from commands import serve
from commands.evaluation.picture import matrix
from tests.commands.published import publish_embedding

pytestmark = pytest.mark.skipif(not serve.RASA.is_file(), reason="Rasa's environment is not installed: make setup")

GREETINGS = ["hello", "good morning", "hi there", "hey", "good evening to you", "hello again"]
PARCELS = ["where is my parcel", "has my order left yet", "track my package", "when does my parcel arrive",
           "my delivery has not come", "is the package on its way"]
SHOES = ["I need running shoes", "do you have hiking boots", "looking for sandals", "show me blue sneakers",
         "trainers in size 42", "warm slippers please"]
ASKED = [("good afternoon", "greet"), ("hi", "greet"), ("has my package been sent", "track_order"),
         ("shipping status of my parcel", "track_order"), ("winter boots for men", "search_product")]
WEATHER = ["will it rain in Oslo", "who won the match", "what is the square root of two", "sing me a song"]


@pytest.fixture
def bench(var, embedding_folder, tmp_path) -> SimpleNamespace:
    """A var folder with the embedding, and a shop's files: training, test, and sentences no shop answers."""
    publish_embedding(var / "models", embedding_folder)
    train, test, outside = tmp_path / "train.jsonl", tmp_path / "test.csv", tmp_path / "outside.csv"
    train.write_text("".join(
        json.dumps({"text": text, "intent": intent}) + "\n"
        for intent, texts in (("greet", GREETINGS), ("track_order", PARCELS), ("search_product", SHOES))
        for text in texts
    ))
    test.write_text("text,category\n" + "".join(f"{text},{intent}\n" for text, intent in ASKED) + ",greet\n")
    outside.write_text("text\n" + "\n".join(WEATHER) + "\n")
    return SimpleNamespace(train=train, test=test, outside=outside, folder=tmp_path)


def test_a_shop_judges_the_pipeline_on_its_own_sentences(bench, floorwalker):
    ran = floorwalker("evaluate", "nlu", "--train", bench.train, "--test", bench.test,
                      "--out-of-scope", bench.outside, "--folds", 3, "--json")
    assert ran.status == 0
    found = ran.json
    assert found["accuracy"] >= 0.8
    assert found["macro_f1"] >= 0.7
    assert [each["seed"] for each in found["per_seed"]] == [7]
    assert found["train_seconds"] > 0
    assert 0 < found["message_ms"] < 1000
    outside = found["out_of_scope"]
    assert outside["sentences"] == len(WEATHER)
    assert 0 <= outside["recall"] <= 1
    assert 0 < outside["threshold"] <= 1
    assert outside["in_scope_accuracy"] <= outside["best_in_scope_accuracy"] == found["accuracy"]
    assert found["rows"] == {"train": {"read": 18, "bad": 0}, "test": {"read": 5, "bad": 1},
                             "out_of_scope": {"read": 4, "bad": 0}}
    assert found["bad_rows"] == [{"file": str(bench.test), "line": 7, "reason": "the text is empty"}]
    assert len(found["files"]["test"][str(bench.test)]) == 12
    assert found["unknown_intents"] == {}


def test_few_shots_are_measured_with_several_seeds(bench, floorwalker):
    found = floorwalker("evaluate", "nlu", "--train", bench.train, "--test", bench.test,
                        "--shots", 2, "--seeds", 2, "--json").json
    assert [each["seed"] for each in found["per_seed"]] == [7, 8]
    assert found["accuracy"] == pytest.approx(sum(each["accuracy"] for each in found["per_seed"]) / 2)
    assert found["out_of_scope"] is None
    assert found["shots"] == 2


def test_cross_validation_reports_every_intent_and_draws_what_is_confused(bench, floorwalker):
    picture = bench.folder / "confusions.png"
    ran = floorwalker("evaluate", "nlu", "--train", bench.train, "--folds", 3, "--picture", picture)
    assert ran.status == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    for line in ("Cross-validation", "accuracy", "macro F1", "disturbed", "expected calibration error", "train "):
        assert line in ran.out
    for intent in ("greet", "track_order", "search_product"):
        assert intent in ran.out


def test_intents_that_were_never_taught_are_named_and_names_can_be_folded(bench, floorwalker):
    bench.test.write_text("text,intent\ngood afternoon,Greet?\nwhere is my package,track_order\npay now,pay\n")
    command = ("evaluate", "nlu", "--train", bench.train, "--test", bench.test, "--json")
    plain = floorwalker(*command).json
    assert plain["unknown_intents"] == {"Greet?": 1, "pay": 1}
    assert any("--fold-names" in warning for warning in plain["warnings"])
    assert plain["accuracy"] == pytest.approx(1 / 3)
    folded = floorwalker(*command, "--fold-names").json
    assert folded["unknown_intents"] == {"pay": 1}
    assert folded["accuracy"] == pytest.approx(2 / 3)
    assert "“pay” is not among" in floorwalker(*command[:-1], "--fold-names").out


def test_a_pipeline_that_cannot_be_trained_is_reported_with_its_reason(bench, floorwalker):
    config = bench.folder / "config.yml"
    config.write_text("recipe: default.v1\nlanguage: en\npipeline:\n"
                      "  - name: bot.featurizer.SentenceEmbeddingFeaturizer\n    threads: 0\n")
    ran = floorwalker("evaluate", "nlu", "--train", bench.train, "--test", bench.test, "--config", config)
    assert ran.status == 2
    assert "threads is 0" in ran.err


@pytest.mark.parametrize(("arguments", "message"), [
    (("--config", "none.yml"), "There is no configuration none.yml"),
    (("--picture", "no/such/folder/a.png"), "There is no folder"),
    (("--folds", "19"), "too few for 19 folds"),
])
def test_what_cannot_be_done_is_said_before_anything_is_trained(bench, floorwalker, arguments, message):
    ran = floorwalker("evaluate", "nlu", "--train", bench.train, *arguments)
    assert ran.status == 2
    assert message in ran.err


def test_one_intent_alone_cannot_be_judged(bench, floorwalker):
    bench.train.write_text('{"text": "hi", "intent": "greet"}\n')
    assert "only the intent “greet”" in floorwalker("evaluate", "nlu", "--train", bench.train).err


@pytest.mark.parametrize("arguments", [("--folds", "1"), ("--shots", "0"), ("--seeds", "-1"), ("--folds", "two")])
def test_impossible_numbers_are_refused(floorwalker, arguments):
    with pytest.raises(SystemExit):
        floorwalker("evaluate", "nlu", *arguments)


def test_the_matrix_counts_what_was_understood_and_what_was_confused():
    names, counts = matrix({
        "intents": {"greet": {"support": 5}, "thank": {"support": 2}},
        "confusions": [{"intent": "greet", "taken_for": "stop", "count": 2}],
    })
    assert names == ["greet", "stop", "thank"]
    assert counts.tolist() == [[3, 2, 0], [0, 0, 0], [0, 0, 2]]
