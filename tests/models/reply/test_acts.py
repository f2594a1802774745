"""The table of acts: what the model may be asked to say, and what is said about a table that is wrong."""
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from models.reply.acts import Acts
from models.reply.errors import BadActs

from .conftest import DATA

GOOD = """
tones = ["neutral", "warm"]
anywhere = ["first_name"]
[acts.greet]
features = { time = ["morning", "evening"] }
[acts.track]
facts = ["number", "status"]
may_have = ["expected"]
[acts.chitchat]
heard = true
"""


def load(tmp_path: Path, text: str) -> Acts:
    path = tmp_path / "acts.toml"
    path.write_text(text, "utf-8")
    return Acts.load(path)


def test_a_trainer_reads_back_what_the_table_says(tmp_path):
    acts = load(tmp_path, GOOD)
    track = acts.acts["track"]
    assert acts.tones == ("neutral", "warm")
    assert (track.facts, track.may_have) == (("number", "status"), ("expected",))
    assert (track.features, track.heard) == ({}, False)
    assert acts.known(track) == ("number", "status", "expected", "first_name")
    assert track.response == "utter_track"
    assert acts.acts["chitchat"].heard
    assert acts.acts["greet"].features == {"time": ("morning", "evening")}


@pytest.mark.parametrize(("wrong", "right", "said"), [
    ('tones = ["neutral", "warm"]', "", "tones"),
    ('tones = ["neutral", "warm"]', "tones = []", "tones"),
    ('anywhere = ["first_name"]', 'anywhere = "first_name"', "anywhere"),
    ('facts = ["number", "status"]', 'facts = ["number", "number"]', "number is named twice"),
    ('facts = ["number", "status"]', 'facts = ["number", "first_name"]', "first_name is named twice"),
    ('facts = ["number", "status"]', 'facts = ["number", "tone"]', "tone is named twice"),
    ('facts = ["number", "status"]', 'facts = ["Number"]', "track.*facts"),
    ('may_have = ["expected"]', 'maybe = ["expected"]', "track.*maybe"),
    ("heard = true", 'heard = "yes"', "chitchat.*true or false"),
    ('{ time = ["morning", "evening"] }', "{ time = [] }", "greet.*features"),
    ("[acts.greet]", "[acts.Greet]", "small letters"),
    ("[acts.greet]", "[acts.greet", "cannot be read"),
])  # fmt: skip
def test_a_trainer_is_told_what_is_wrong_and_where(wrong, right, said, tmp_path):
    assert wrong in GOOD
    with pytest.raises(BadActs, match=rf"acts\.toml.*{said}|{said}"):
        load(tmp_path, GOOD.replace(wrong, right, 1))


def test_a_trainer_without_a_table_is_told_its_name(tmp_path):
    with pytest.raises(BadActs, match=r"nothing\.toml"):
        Acts.load(tmp_path / "nothing.toml")


@pytest.mark.parametrize(("act", "facts", "features", "tone", "said"), [
    ("track", ["number", "status"], {}, "warm", None),
    ("track", ["number", "status", "expected", "first_name"], {}, "neutral", None),
    ("greet", [], {"time": "morning"}, "warm", None),
    ("dance", [], {}, "warm", "no act 'dance'"),
    ("track", ["number"], {}, "warm", "'status', which is missing"),
    ("track", ["number", "status", "price"], {}, "warm", "no fact 'price'"),
    ("greet", [], {"time": "noon"}, "warm", "time = 'noon'"),
    ("track", ["number", "status"], {"time": "morning"}, "warm", "no feature time"),
    ("greet", [], {}, "angry", "no tone 'angry'"),
])  # fmt: skip
def test_what_is_wrong_with_a_request_is_said(act, facts, features, tone, said, tmp_path):
    problems = load(tmp_path, GOOD).problems(act, facts, features, tone)
    assert (problems == []) if said is None else any(said in each for each in problems)


def test_every_act_can_be_said_by_the_domain_when_the_model_may_not(acts):
    domain = yaml.safe_load((DATA.parent / "domain.yml").read_text("utf-8"))
    assert [act.response for act in acts.acts.values() if act.response not in domain["responses"]] == []


def test_a_response_needs_no_fact_that_its_act_does_not_know(acts):
    """What is said instead of a written reply is filled from the action's own facts, which may be more."""
    assert all(len(acts.known(act)) == len(set(acts.known(act))) for act in acts.acts.values())
    assert len(acts.acts) >= 70
