"""``floorwalker evaluate reply``: a model made here is fine-tuned, asked and scored; keys are as promised."""
from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from commands.errors import CommandError
from commands.evaluation import reply, reply_held_out
from commands.evaluation.reply import CANDIDATES, add_reply_arguments, best_texts, evaluate_reply, run_reply
from commands.evaluation.reply_figures import Said, distinct, held_out_figures
from commands.evaluation.reply_held_out import ask
from commands.evaluation.reply_report import data_to_text_report, held_out_report
from models.errors import NothingTrained
from models.reply.acts import Acts
from models.reply.claims import Claims
from models.reply.coverage import Coverage
from models.reply.errors import ReplyError
from models.reply.examples import read_examples
from models.reply.fine_tuning import FineTuning
from models.reply.gate import ClaimGate
from models.reply.meaning import Meaning
from models.reply.tokenizer import save, train_tokenizer
from models.reply.training import Schedule
from models.reply.vocabulary import Vocabulary
from models.reply.writer import ReplyWriter
from shop.settings import ROOT
from tests.models.reply.scripted import Scripted

VERBS = ("costs", "is yours for", "comes at")


def arguments(*typed: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_reply_arguments(parser)
    return parser.parse_args([str(each) for each in typed])


def write(path: Path, count: int, seed: int) -> Path:
    """Pairs about lamps and their prices, said in three ways."""
    chance = random.Random(seed)  # noqa: S311 - the same sentences in every run
    rows = []
    for _ in range(count):
        name, price = f"lamp {chance.randrange(1000)}", f"{chance.randrange(1000)} euros"
        rows.append(json.dumps({
            "meaning": f"inform(name={name};price={price})", "reply": f"the {name} {chance.choice(VERBS)} {price}",
        }))  # fmt: skip
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def one_thread():
    """Two threads only wait for each other in a model as small as this one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A Llama of 40,000 random weights with a tokenizer of its own."""
    folder = tmp_path_factory.mktemp("base")
    tokenizer = train_tokenizer([f"inform(name=<1>;price=<2>)<say>the <1> {verb} <2>" for verb in VERBS], 400)
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=256, tie_word_embeddings=True, pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id, bos_token_id=None,
    ))
    model.save_pretrained(folder)
    save(tokenizer, folder)
    return folder


def test_a_model_fine_tuned_on_pairs_is_scored_by_bleu_and_slot_error(tmp_path, base, one_thread, capsys, monkeypatch):
    quick = FineTuning(schedule=Schedule(epochs=10, batch_tokens=400, keep_best=True, bf16=False))
    monkeypatch.setattr(reply, "_settings", lambda: quick)
    train, test = write(tmp_path / "train.jsonl", 240, 1), write(tmp_path / "test.jsonl", 12, 2)
    test.write_text(test.read_text() + "{broken\n")
    typed = ("--train", train, "--test", test, "--base", base, "--seed", 3)
    assert run_reply(arguments(*typed, "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    for top in ("top1", "top5"):
        assert {"bleu", "slot_error", "spread"} == set(found[top])
        assert found[top]["slot_error"] == 0
        assert found[top]["bleu"] > 0.25  # there are but three ways to say it, so that two of five are odd
    assert found["top1"]["bleu"] > 0.5
    assert found["train_seconds"] > 0
    assert [each["seed"] for each in found["per_seed"]] == [3]
    assert found["rows"] == {"train": {"read": 240, "bad": 0}, "test": {"read": 12, "bad": 1}}
    assert found["bad_rows"][0]["line"] == 13
    assert found["references"]["slot_error"] == 0
    assert "line 13" in data_to_text_report(found)


@pytest.mark.parametrize("typed", [
    ("--base", "a"), ("--train", "a"), ("--test", "a"), ("--train", "a", "--on-validation"),
])  # fmt: skip
def test_files_that_belong_together_are_asked_for_together(typed):
    with pytest.raises(CommandError, match="--"):
        evaluate_reply(arguments(*typed))


def test_too_few_pairs_to_validate_with_are_named(tmp_path):
    few = write(tmp_path / "few.jsonl", 5, 1)
    with pytest.raises(CommandError, match="only 5 pairs"):
        evaluate_reply(arguments("--train", few, "--test", few))
    with pytest.raises(ReplyError, match="missing"):
        evaluate_reply(arguments("--train", tmp_path / "missing.jsonl", "--test", few))


@dataclass(frozen=True)
class Sample:
    text: str
    score: float


class Parrot:
    """Says the same to every prompt, and remembers what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = texts, []

    def sample(self, prompts: Sequence[str], candidates: int, **_: object) -> list[list[Sample]]:
        assert candidates == CANDIDATES
        self.asked += prompts
        return [[Sample(text, -1.0) for text in self.texts] for _ in prompts]


def test_the_model_never_sees_values_and_meanings_asked_alike_share_its_candidates():
    parrot = Parrot("<1>", "<1> for <2>")
    meanings = [Meaning.parse(f"inform(name=lamp {number};price={number} euros)") for number in (1, 2)]
    found = best_texts(parrot, meanings, Coverage(), seed=1)
    assert parrot.asked == ["inform(name=<1>;price=<2>)<say>"]
    assert found == [["lamp 1 for 1 euros", "lamp 1"], ["lamp 2 for 2 euros", "lamp 2"]]


def test_the_writer_is_asked_each_example_and_what_the_gate_refused_is_told():
    acts = Acts.load(ROOT / "data" / "replies" / "acts.toml")
    claims = Claims.load(ROOT / "data" / "language" / "claims_en.toml")
    examples, _ = read_examples(sorted((ROOT / "data" / "replies").glob("*.jsonl")), acts)
    some = [each for each in examples if each.act == "goodbye" and not each.facts][:2]
    source = Scripted([some[0].text, "Goodbye, that costs 5 euros."])
    gate = ClaimGate(acts, Vocabulary.of(examples, claims.negates), claims, ())
    said = ask(ReplyWriter(source, acts, gate), some)
    assert [each.template for each in said] == [some[0].text] * 2
    assert [sum(each.rejected.values()) for each in said] == [1, 1]
    assert held_out_figures(said)["fallback_share"] == 0


def test_a_name_that_the_writer_may_leave_out_is_no_slot_error_and_any_other_fact_is_one():
    acts = Acts.load(ROOT / "data" / "replies" / "acts.toml")
    claims = Claims.load(ROOT / "data" / "language" / "claims_en.toml")
    examples, _ = read_examples(sorted((ROOT / "data" / "replies").glob("*.jsonl")), acts)
    plain = next(each for each in examples if each.act == "goodbye" and not each.facts)
    named = replace(plain, facts={"first_name": "Ada"})
    gate = ClaimGate(acts, Vocabulary.of(examples, claims.negates), claims, ())
    said = ask(ReplyWriter(Scripted([plain.text]), acts, gate), [named])
    assert said[0].template == plain.text and held_out_figures(said)["slot_error"] == 0
    assert held_out_figures([replace(said[0], facts=frozenset({"price"}))])["slot_error"] == 1


def test_without_a_trained_reply_model_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(reply_held_out, "settings", SimpleNamespace(var=tmp_path))
    with pytest.raises(NothingTrained, match="floorwalker train reply"):
        run_reply(arguments())


def test_several_seeds_are_reported_as_mean_and_spread():
    trials = [{"top1": {"bleu": bleu, "slot_error": 0.0}} for bleu in (0.5, 0.7)]
    found = reply._means(trials, "top1")
    assert (found["bleu"], found["spread"]["bleu"]) == (pytest.approx(0.6), pytest.approx(0.1))


def test_held_out_examples_are_summed_up():
    facts = frozenset({"title", "price"})
    said = [
        Said(facts, "The {title} is {price}.", None, {}, 10.0),
        Said(facts, "The {title} is here.", None, {"digits": 1, "superlative": 1}, 30.0),
        Said(facts, None, "digits", {"digits": 2}, 20.0),
    ]
    found = held_out_figures(said)
    assert found["fallback_share"] == pytest.approx(1 / 3)
    assert found["fallback_reasons"] == {"digits": 1}
    assert found["gate_rejections"] == {"digits": 3, "superlative": 1}
    assert (found["slots"], found["slot_error"]) == (4, 0.25)
    assert found["words"] == {"mean": 4.0, "least": 4, "most": 4}
    assert found["ms_median"] == 20
    assert "digits 3" in held_out_report(found)
    with pytest.raises(ValueError, match="nothing"):
        held_out_figures([])


def test_where_nothing_was_written_there_is_no_length():
    found = held_out_figures([Said(frozenset(), None, "timeout", {}, 5.0)])
    assert (found["words"], found["fallback_share"], found["slot_error"]) == (None, 1, 0)
    assert "timeout 1" in held_out_report(found)


def test_distinct_ngrams_are_shared_out_over_all_texts():
    assert distinct(["a b a", "A b"], 1) == pytest.approx(2 / 5)
    assert distinct(["a b a", "A b"], 2) == pytest.approx(2 / 3)
    assert distinct([], 2) == 0
