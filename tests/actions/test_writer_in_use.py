"""The action server follows the registry's reply model: what is promoted writes, what is broken costs only words."""
from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from actions import writer_in_use
from actions.writer_in_use import WriterInUse
from models.registry import Registry
from models.reply.writer import ACTS, CARD, CLAIMS, VOCABULARY, ReplyWriter
from tests.models.reply.conftest import DATA, acts, claims, examples, vocabulary

__all__ = ["acts", "claims", "examples", "vocabulary"]

NOBODY = "http://127.0.0.1:1"  # a server's address, so that the versions need no model of their own


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def publish(registry, vocabulary):
    """``publish(version, card=…)``: a version is the champion; ``card`` is what stands in its reply.json."""

    def make(version: str, card: dict | None = None) -> None:
        with registry.draft("reply") as folder:
            draft: Path = folder / "draft"
            draft.mkdir()
            vocabulary.save(draft / VOCABULARY)
            shutil.copyfile(DATA / "language" / "claims_en.toml", draft / CLAIMS)
            shutil.copyfile(DATA / "replies" / "acts.toml", draft / ACTS)
            card = {"version": version, "tones": {}} if card is None else card
            (draft / CARD).write_text(json.dumps(card), "utf-8")
            registry.publish("reply", version, draft, {})

    return make


@pytest.fixture
def following(registry, monkeypatch):
    """``following(names=…)``: what the action server has."""
    monkeypatch.setattr(writer_in_use, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(writer_in_use.settings, "reply_model", NOBODY)
    return lambda names=list: WriterInUse(registry.root, names)


def writes(replies: WriterInUse, version: str | None) -> bool:
    """Whether ``version`` writes before long."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        writer = replies.writer
        if (writer and writer.version) == version:
            return True
        time.sleep(0.01)
    return False


def test_without_a_model_nothing_is_written(following):
    replies = following()
    replies.load()
    assert replies.writer is None


def test_what_is_promoted_and_rolled_back_writes_without_a_restart(following, publish, registry):
    publish("one")
    replies = following()
    replies.load()
    assert replies.writer.version == "one"
    publish("two")
    assert writes(replies, "two")
    registry.rollback("reply")
    assert writes(replies, "one")


def test_connections_to_a_model_server_are_kept_from_version_to_version(following, publish):
    publish("one")
    replies = following()
    replies.load()
    source = replies.writer._source
    publish("two")
    assert writes(replies, "two") and replies.writer._source is source


@pytest.mark.parametrize("card", [{"version": "two"}, {}, []])
def test_a_broken_version_leaves_the_one_before_and_is_named(following, publish, caplog, card):
    publish("one")
    replies = following()
    replies.load()
    publish("two", card)
    replies.load()
    assert replies.writer.version == "one" and "The reply model two cannot be used" in caplog.text


def test_whatever_breaks_at_the_start_the_action_server_starts_without_it(following, publish, monkeypatch, caplog):
    publish("one")
    monkeypatch.setattr(ReplyWriter, "open", lambda *_, **__: {}["format"])
    replies = following()
    replies.load()
    assert replies.writer is None and "KeyError" in caplog.text


def test_a_database_that_is_away_for_a_moment_does_not_keep_the_model_away(following, publish):
    publish("one")
    answers = iter([RuntimeError("away"), ["Fell boot"]])

    def names():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    replies = following(names)
    replies.load()
    assert writes(replies, "one")
    gate = replies.writer.gate
    assert gate.check_template(replies.writer.acts.acts["thank"], "You're welcome, Fell boot.", []).reason == "name"


def test_the_gate_learns_new_names_of_the_catalogue(following, publish):
    publish("one")
    listed = ["Fell boot"]
    replies = following(lambda: listed)
    replies.load()
    listed.append("Zibberquill")
    thank = replies.writer.acts.acts["thank"]
    replies.take_names()
    verdict = replies.writer.gate.check_template(thank, "You're welcome, Zibberquill.", [])
    assert verdict.reason == "name"


def test_of_many_conversations_the_last_replies_are_remembered(following, monkeypatch):
    monkeypatch.setattr(writer_in_use, "CONVERSATIONS", 2)
    replies = following()
    for talk in "abc":
        for number in range(8):
            replies.remember(talk, f"{talk}{number}")
    assert replies.recent("a") == frozenset()
    assert replies.recent("c") == {f"c{number}" for number in range(2, 8)}
