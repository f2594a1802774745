"""``floorwalker train reply``: bad examples train nothing, a worse candidate is refused, what is unchanged is left."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import models.reply.fine_tuning as tuning
import models.reply.preferences as preferring
from commands import train_reply as command
from models.registry import Registry
from models.reply import pretraining
from models.reply.examples import read_examples
from models.reply.preferences import Preferring
from models.reply.requests import Request
from models.reply.tokenizer import save, train_tokenizer
from models.reply.training import CHECKPOINT, Schedule
from models.reply.writer import ReplyWriter
from shop import conversations, replies
from shop.owner import Owner
from shop.replies import ReplyRecord
from shop.settings import ROOT

ACTS = ("thank", "goodbye", "sold_out")
SIZE = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 2}
SETTINGS, TOLERANCE = tuning.FineTuning, command.TOLERANCE
QUICK = Schedule(epochs=4, batch_tokens=600, muon_rate=0.02, adam_rate=1e-2, warmup=0.05, bf16=False, keep_best=True)


@pytest.fixture(scope="module")
def own_examples(tmp_path_factory) -> Path:
    """Three of the shop's acts with their examples: enough to learn to say thanks."""
    folder = tmp_path_factory.mktemp("data") / "replies"
    folder.mkdir()
    files = sorted((ROOT / "data" / "replies").glob("*.jsonl"))
    lines = [line for path in files for line in path.read_text("utf-8").splitlines()]
    rows = [line for line in lines if json.loads(line)["act"] in ACTS]
    (folder / "talk.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "acts.toml").write_text((ROOT / "data" / "replies" / "acts.toml").read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def base(own_examples, tmp_path_factory) -> Path:
    """A base model with random weights that knows the examples' words."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pretraining, "SIZE", SIZE)
        texts = [json.loads(line)["text"] for line in (own_examples / "talk.jsonl").read_text().splitlines()]
        tokenizer = train_tokenizer(texts, size=600)
        torch.manual_seed(1)
        pretraining.base_model(len(tokenizer), tokenizer.pad_token_id, tokenizer.eos_token_id).save_pretrained(folder)
    save(tokenizer, folder)
    return folder


@pytest.fixture
def trainers(own_examples, base, var, tmp_path, monkeypatch) -> Path:
    """The trainers' folder of reply examples, a copy of its own; what is trained here is small and quick."""
    folder = tmp_path / "replies"
    folder.mkdir()
    for path in own_examples.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(command, "REPLIES", folder)
    monkeypatch.setattr(command, "BASE", base)
    monkeypatch.setattr(command, "FEWEST_EXAMPLES", 20)
    monkeypatch.setattr(command, "TOLERANCE", 1.0)  # so small a model is good by chance only
    monkeypatch.setattr(tuning, "FineTuning", lambda: SETTINGS(schedule=QUICK))
    return folder


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """A trained version as files, made by the first test that needs one."""
    return {}


@pytest.fixture
def trained(trainers, var, floorwalker, made) -> Registry:
    """A registry with a reply model in use."""
    registry = Registry(var / "models")
    if not made:
        assert floorwalker("train", "reply").status == 0
        made.update({str(path.relative_to(registry.root)): path.read_bytes()
                     for path in (registry.root / "reply").rglob("*") if path.is_file()})  # fmt: skip
    for name, content in made.items():
        (registry.root / name).parent.mkdir(parents=True, exist_ok=True)
        (registry.root / name).write_bytes(content)
    return registry


def left_behind(registry: Registry) -> list[str]:
    return [path.name for path in registry.root.iterdir() if path.name.startswith(".reply")]


def test_a_trained_model_is_published_whole_and_writes(trained, trainers):
    version = trained.require("reply")
    card = version.card
    assert card["version"] == card["fingerprint"] and card["base"] == "shipped" and card["method"] == "full"
    assert card["preferences"] is None and 0 <= card["fallback_share"] <= 1 and 0 <= card["accepted_candidates"] <= 1
    writer = ReplyWriter.open(version.directory)
    assert writer.version == version.name
    assert writer.write([Request("thank", tone="warm")] * 8)  # whatever it says, the gate decides
    stored = json.loads((version.directory / "reply.json").read_text())
    examples, _ = read_examples([trainers / "talk.jsonl"], writer.acts)
    assert stored["examples"] == len(examples) and set(stored["tones"]) == set(ACTS)
    assert left_behind(trained) == []


def test_what_did_not_change_is_not_trained_again(trained, trainers, floorwalker):
    before = trained.require("reply").card
    assert "reply: up to date" in floorwalker("train", "reply").out
    assert trained.require("reply").card == before


def test_a_new_example_is_learned(trained, trainers, floorwalker):
    before = trained.require("reply").name
    with (trainers / "talk.jsonl").open("a") as file:
        file.write('{"act": "thank", "tone": "warm", "text": "It was a pleasure to help you."}\n')
    said = floorwalker("train", "reply")
    assert said.status == 0 and f"reply: trained {trained.require('reply').name}" in said.out
    assert trained.require("reply").name != before and left_behind(trained) == []


def test_bad_lines_are_named_and_nothing_is_trained(trained, trainers, floorwalker, monkeypatch):
    monkeypatch.setattr(tuning, "fine_tune", None)  # would fail where it were asked
    lines = (trainers / "talk.jsonl").read_text().splitlines()
    bad = ["{", '{"act": "thank", "tone": "warm", "text": "Thanks for {price}."}', '{"act": "nod", "tone": "warm", '
           '"text": "Yes."}', lines[0]]  # fmt: skip
    (trainers / "talk.jsonl").write_text("\n".join([*lines, *bad]) + "\n", "utf-8")
    before = trained.require("reply").card
    said = floorwalker("train", "reply")
    assert said.status == 2 and "4 lines of the reply examples are wrong. Nothing was trained." in said.err
    reasons = ("not JSON", "the text has ['price']", "no act 'nod'", "the same text stands")
    for number, what in enumerate(reasons, 1):
        assert any(f"data/replies/talk.jsonl:{len(lines) + number}: " in line and what in line
                   for line in said.out.splitlines())  # fmt: skip
    assert trained.require("reply").card == before


def test_too_few_examples_train_nothing(trainers, floorwalker, monkeypatch):
    monkeypatch.setattr(command, "FEWEST_EXAMPLES", 10_000)
    said = floorwalker("train", "reply")
    assert said.status == 2 and "at least 10000 are needed" in said.err


def test_a_language_without_a_table_of_claims_is_named(trainers, floorwalker, monkeypatch):
    monkeypatch.setattr(command.settings, "locale", "xx-XX")
    said = floorwalker("train", "reply")
    assert said.status == 2 and "claims_xx.toml is missing" in said.err


def test_a_worse_candidate_is_refused_and_leaves_nothing_behind(trained, trainers, floorwalker, monkeypatch):
    before = trained.require("reply").card
    monkeypatch.setattr(command, "TOLERANCE", TOLERANCE)
    shares = iter([0.90, 0.97])  # the candidate, then the model in use
    monkeypatch.setattr(
        command, "acceptance", lambda writer, examples: {"accepted_candidates": next(shares), "fallback_share": 0.0})
    said = floorwalker("train", "reply", "--force")
    assert said.status == 2
    assert all(each in said.err for each in ("90.0%", "97.0%", "It was refused; the model in use stays"))
    assert trained.require("reply").card == before and left_behind(trained) == []


def test_a_candidate_that_is_about_as_good_is_taken(trained, trainers, floorwalker, monkeypatch):
    monkeypatch.setattr(command, "TOLERANCE", TOLERANCE)
    shares = iter([0.96, 0.97])
    monkeypatch.setattr(
        command, "acceptance", lambda writer, examples: {"accepted_candidates": next(shares), "fallback_share": 0.0})
    assert floorwalker("train", "reply", "--force").status == 0
    assert trained.require("reply").card["accepted_candidates"] == 0.96


def test_a_model_in_use_that_cannot_be_opened_is_replaced(trained, trainers, floorwalker, monkeypatch, caplog):
    monkeypatch.setattr(command, "TOLERANCE", TOLERANCE)
    table = trained.require("reply").directory / "claims.toml"
    table.write_text(table.read_text("utf-8").replace("told_apart", "told_about"), "utf-8")  # as of an earlier release
    said = floorwalker("train", "reply", "--force")
    assert said.status == 0 and "cannot be opened and is not compared with" in caplog.text
    assert ReplyWriter.open(trained.require("reply").directory).knows("thank")


class Interrupted(Exception):
    pass


class Watched:
    """Stands at the bar of a training: notes the steps, and kills it at one of them."""

    def __init__(self, kill_at: int | None = None) -> None:
        self.steps: list[int] = []
        self._kill_at = kill_at

    def step(self, number: int, of: int, loss: float) -> None:
        self.steps.append(number)
        if number == self._kill_at:
            raise Interrupted


def test_an_interrupted_training_goes_on_and_one_of_other_examples_begins_anew(trained, trainers, monkeypatch):
    each_step_stored = replace(QUICK, epochs=2, checkpoint_seconds=0.0)
    monkeypatch.setattr(tuning, "FineTuning", lambda: SETTINGS(schedule=each_step_stored))

    def train(bar: Watched, force: bool) -> list[int]:
        monkeypatch.setattr(command, "_progress", lambda _: bar)
        command.train_reply(trained, force)
        return bar.steps

    with pytest.raises(Interrupted):
        train(Watched(kill_at=8), force=True)
    [kept] = left_behind(trained)
    assert (trained.root / kept / CHECKPOINT).exists()
    assert train(Watched(), force=True)[0] == 8 and left_behind(trained) == []
    with pytest.raises(Interrupted):
        train(Watched(kill_at=8), force=True)
    with (trainers / "talk.jsonl").open("a") as file:
        file.write('{"act": "thank", "tone": "warm", "text": "It was a pleasure to help you."}\n')
    assert train(Watched(), force=False)[0] == 1 and left_behind(trained) == []


def liked(database, ups, downs) -> None:
    """Shoppers who gave thumbs to these ways of saying that something is sold out."""
    with database.session() as db:
        talk = conversations.open_conversation(db, Owner(visitor_id="a" * 32)).id
        for number, (template, thumb) in enumerate([(each, "up") for each in ups] + [(each, "down") for each in downs]):
            asked, _ = conversations.add_shopper_message(db, talk, f"message-{number}", "have you got it")
            turn = f"{talk}-{asked.seq}"
            replies.record(db, [ReplyRecord(talk, turn, "sold_out", template, None, 4, {}, 9.0, "v1")])
            [said] = conversations.add_bot_reply(db, talk, asked.seq, [{"text": "…"}], {})
            conversations.set_feedback(db, talk, said.seq, thumb)


def test_with_enough_thumbs_it_learns_from_them_too(trained, trainers, database, floorwalker, monkeypatch):
    monkeypatch.setattr(preferring, "Preferring", lambda: Preferring(epochs=2, rate=1e-3))
    examples, _ = read_examples([trainers / "talk.jsonl"], command.Acts.load(trainers / "acts.toml"))
    texts = [each.text for each in examples if each.act == "sold_out" and set(each.facts) == {"title"}]
    liked(database, texts[:5], texts[5:10])
    said = floorwalker("train", "reply", "--preferences")
    version = trained.require("reply")
    assert said.status == 0 and "thumbs" not in said.out
    assert version.name == f"{version.card['fingerprint']}-{version.card['preferences']}"
    assert version.card["preference_pairs"] == 25
    assert version.card["margin_after"] > version.card["margin_before"]
    assert ReplyWriter.open(version.directory).version == version.name
    # Neither asks for it again, nor does a training without the option take it back.
    assert "up to date" in floorwalker("train", "reply", "--preferences").out
    assert "up to date" in floorwalker("train", "reply").out


def test_with_too_few_thumbs_that_is_said_and_the_examples_alone_count(trained, trainers, database, floorwalker):
    liked(database, ["The {title} is gone, I'm afraid."], ["We have no {title} left."])
    said = floorwalker("train", "reply", "--preferences")
    assert "thumbs give 1 pairs" in said.out and "20 are needed" in said.out and "up to date" in said.out


def test_preferences_are_for_the_reply_model_only(trainers, floorwalker):
    said = floorwalker("train", "rasa", "--preferences")
    assert said.status == 2 and "--preferences is for the reply model" in said.err
