"""The pipeline as `floorwalker evaluate nlu` runs it: trained on given sentences, asked others, one line an answer."""
from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from rasa.shared.exceptions import RasaException

from bot import evaluation
from tests.bot.conftest import EXAMPLES

SENTENCES = [{"text": text, "intent": intent} for intent, texts in EXAMPLES.items() for text in texts]


def lines(job: dict) -> list[dict]:
    written: list[dict] = []
    evaluation.evaluate(job, written.append)
    return written


def job(*asked: str, **more) -> dict:
    return {"config": "config.yml", "rounds": [{"seed": 7, "train": SENTENCES, "ask": list(asked)}], **more}


def test_the_shipped_pipeline_answers_with_intent_ranking_and_time():
    *progress, result = lines(job("is my parcel on its way?", *["good afternoon"] * evaluation.PROGRESS_EVERY))
    assert progress[-1] == {"progress": {"round": 0, "asked": evaluation.PROGRESS_EVERY}}
    intent, confidence, ranking, took_ms = result["answers"][0]
    assert intent == "track_order"
    assert ranking[0] == [intent, confidence]
    assert took_ms > 0
    assert len(result["answers"]) == evaluation.PROGRESS_EVERY + 1
    json.dumps(result)


def test_below_the_threshold_it_asks_again_and_the_best_guess_is_still_seen(tmp_path):
    config = tmp_path / "config.yml"
    with open("config.yml", encoding="utf-8") as shipped:  # no confidence reaches 1.1
        config.write_text(re.sub(r" threshold: [\d.]+", " threshold: 1.1", shipped.read()), "utf-8")
    result = lines({**job("hello shoes parcel"), "config": str(config)})[-1]
    intent, _, ranking, _ = result["answers"][0]
    assert intent == "nlu_fallback"
    assert ranking[0][0] == "nlu_fallback"
    assert ranking[1][0] in EXAMPLES


def test_synonyms_and_lookup_tables_of_files_are_learnt_too(tmp_path):
    path = tmp_path / "more.yml"
    path.write_text("nlu:\n  - synonym: navy\n    examples: |\n      - dark blue\n"
                    "  - lookup: brand\n    examples: |\n      - Kestrel\n", "utf-8")
    beside = evaluation.load_data(str(path))
    learnt = evaluation.training_data([{"text": "hi", "intent": "greet"}], beside)
    assert learnt.entity_synonyms == {"dark blue": "navy"}
    assert [table["name"] for table in learnt.lookup_tables] == ["brand"]
    assert [message.get("intent") for message in learnt.training_examples] == ["greet"]


def test_one_intent_is_refused():
    alone = job("hi")
    alone["rounds"][0]["train"] = [each for each in SENTENCES if each["intent"] == "greet"]
    with pytest.raises(RasaException):
        lines(alone)


def test_a_refusal_becomes_one_line_with_the_reason_and_nothing_else():
    alone = job("hi")
    alone["rounds"][0]["train"] = [each for each in SENTENCES if each["intent"] == "greet"]
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.evaluation"], input=json.dumps(alone),
        capture_output=True, text=True, check=False,
    )
    assert ran.returncode == 1
    assert "1 intent(s). Two are needed." in json.loads(ran.stdout)["error"]
