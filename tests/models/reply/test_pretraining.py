"""Making a base model from nothing: tiny corpora, a tiny model, a folder that Hugging Face's classes load."""
from __future__ import annotations

import gzip
import json

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.reply import pretraining
from models.reply.acts import Acts
from models.reply.examples import read_examples
from models.reply.meaning import END, PAD, SAY, SPECIAL, Meaning
from models.reply.training import CHECKPOINT, Schedule

TINY = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
SCHEDULE = Schedule(epochs=1, batch_tokens=1500, muon_rate=0.01, adam_rate=4e-3, bf16=False, checkpoint_seconds=0.0)


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    """A folder of corpora as the command expects it, and a project without sentences of its own."""
    monkeypatch.setattr(pretraining, "SIZE", TINY)
    monkeypatch.setattr(pretraining, "ROOT", tmp_path / "project")
    monkeypatch.setattr(pretraining.corpus, "own_pairs", lambda root: iter([(Meaning("greet"), "Hello.")]))
    replies = tmp_path / "project" / "data" / "replies"
    replies.mkdir(parents=True)
    (replies / "acts.toml").write_text('tones = ["warm"]\n[acts.thank]\n', "utf-8")
    texts = [f"You are welcome{mark}" for mark in (".", ", always glad.", " here.", " indeed.", ", of course.")]
    (replies / "talk.jsonl").write_text(
        "".join(json.dumps({"act": "thank", "tone": "warm", "text": text}) + "\n" for text in texts), "utf-8"
    )
    folder = tmp_path / "corpora"
    (folder / "rnnlg").mkdir(parents=True)
    turns = [
        {"who": "assistant", "acts": [["OFFER", "name", [f"Mill {number}"]]],
         "text": f"There is a place called Mill {number}, with {number} tables."}
        for number in range(60)
    ]  # fmt: skip
    with gzip.open(folder / "sgd_train_dialogues.jsonl.gz", "wt") as file:
        file.write(json.dumps({"turns": turns}) + "\n")
    with gzip.open(folder / "rnnlg" / "laptop_train.jsonl.gz", "wt") as file:
        for number in range(40):
            file.write(json.dumps({"meaning": f"inform(name=sat {number})", "reply": f"Sat {number} is nice."}) + "\n")
    return folder


def tensors(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict


def test_all_corpora_and_the_projects_examples_are_read_and_repetitions_are_not(corpora):
    pairs = pretraining.corpus_pairs(corpora)
    texts = [text for _, text in pairs]
    assert {"Hello.", "There is a place called <1>, with 7 tables."} <= set(texts)
    assert texts.count("<1> is nice.") == 2  # forty rows, all alike once their values are placeholders
    held_out = {each.text for each in read_examples(
        [corpora.parent / "project" / "data" / "replies" / "talk.jsonl"],
        Acts.load(corpora.parent / "project" / "data" / "replies" / "acts.toml"))[0] if each.held_out}
    assert {text for text in texts if text.startswith("You are")}.isdisjoint(held_out)


def test_a_model_is_made_that_loads_as_any_other(corpora, tmp_path):
    report = pretraining.pretrain(corpora, tmp_path / "work", tmp_path / "base", SCHEDULE)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "base")
    assert model.config.vocab_size == len(tokenizer) <= 4096
    assert tokenizer.convert_ids_to_tokens(range(len(SPECIAL))) == list(SPECIAL)
    assert (model.config.eos_token_id, model.config.pad_token_id) == tuple(
        tokenizer.convert_tokens_to_ids(token) for token in (END, PAD))
    assert report["parameters"] == sum(each.numel() for each in model.parameters())
    assert json.loads((tmp_path / "base" / "pretraining.json").read_text()) == report
    assert report["pairs"] > 60 and report["tokens"] > 1000 and report["epochs"] == 1
    stored = tensors(tmp_path / "base")
    assert {each.dtype for each in stored.values()} == {torch.bfloat16}
    assert "lm_head.weight" not in stored  # the same matrix as the embedding, stored once
    ids = tokenizer(f"thank(tone=warm){SAY}", return_tensors="pt")
    assert model(**ids).logits.shape[-1] == len(tokenizer)


def test_an_interrupted_pretraining_goes_on_with_its_own_tokenizer_to_the_same_model(corpora, tmp_path, monkeypatch):
    two = Schedule(**{**SCHEDULE.__dict__, "epochs": 2})
    pretraining.pretrain(corpora, tmp_path / "w1", tmp_path / "whole", two)

    class Interrupted(Exception):
        pass

    def stop(step, of, loss):
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(pretraining, "Progress", lambda report: Killed(stop, at=3))
        with pytest.raises(Interrupted):
            pretraining.pretrain(corpora, tmp_path / "w2", tmp_path / "resumed", two)
    assert (tmp_path / "w2" / CHECKPOINT).exists() and not (tmp_path / "resumed").exists()
    monkeypatch.setattr(pretraining, "train_tokenizer", None)  # a new one would be another language
    pretraining.pretrain(corpora, tmp_path / "w2", tmp_path / "resumed", two)
    whole, resumed = tensors(tmp_path / "whole"), tensors(tmp_path / "resumed")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


class Killed:
    """Calls ``then`` at step ``at``."""

    def __init__(self, then, at):
        self._then, self._at = then, at

    def step(self, number, of, loss):
        if number == self._at:
            self._then(number, of, loss)


def test_the_command_needs_a_folder_of_corpora(capsys):
    with pytest.raises(SystemExit) as ended:
        pretraining.main(["--work", "w"])
    assert ended.value.code == 2 and "--corpora" in capsys.readouterr().err


def test_the_command_trains_and_reports(corpora, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pretraining, "SCHEDULE", SCHEDULE)
    monkeypatch.setattr(pretraining.torch, "set_num_threads", lambda count: None)
    status = pretraining.main(["--corpora", str(corpora), "--work", str(tmp_path / "w"), "--out", str(tmp_path / "b")])
    report = json.loads(capsys.readouterr().out)
    assert status == 0 and report["epochs"] == 1 and (tmp_path / "b" / "model.safetensors").exists()


def test_the_shipped_size_is_what_a_shop_can_carry():
    """At most 32 MB in bfloat16, tokens included."""
    parameters = sum(each.numel() for each in pretraining.base_model(4096, 0, 2).parameters())
    assert 5e6 < parameters < 15e6
