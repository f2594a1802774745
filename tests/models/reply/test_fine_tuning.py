"""Fine-tuning: one way for every architecture, all weights or LoRA, with tokens the model never knew before."""
from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.reply.fine_tuning import LORA_FROM_PARAMETERS, FineTuning, fine_tune
from models.reply.meaning import END, MARKS, PAD, SAY
from tests.models.reply.tiny_models import ARCHITECTURES, QUICK, checkpoint, pairs

FULL = FineTuning(method="full", schedule=QUICK)
LORA = FineTuning(method="lora", schedule=QUICK, lora_rank=16, lora_rate=2e-2)


def loaded(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), AutoTokenizer.from_pretrained(folder)


def said(folder, meaning) -> str:
    """What the saved model answers when it takes the likeliest token each time."""
    model, tokenizer = loaded(folder)
    prompt = tokenizer(meaning.prompt(), add_special_tokens=False, return_tensors="pt")
    with torch.inference_mode():
        found = model.generate(**prompt, max_new_tokens=40, do_sample=False, pad_token_id=tokenizer.pad_token_id)
    return tokenizer.decode(found[0, prompt["input_ids"].shape[1]:], skip_special_tokens=False)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("settings", [FULL, LORA], ids=["full", "lora"])
def test_any_architecture_learns_replies_and_is_saved_whole(architecture, settings, tmp_path):
    base = checkpoint(architecture, tmp_path / "base")
    report = fine_tune(base, pairs(), pairs()[:4], tmp_path / "tuned", settings)
    assert report["method"] == settings.method and report["examples"] == len(pairs()) and report["too_long"] == 0
    assert report["valid_losses"][-1] < 1.2 and report["valid_losses"][0] > 4
    model, tokenizer = loaded(tmp_path / "tuned")
    assert model.get_input_embeddings().num_embeddings == model.config.vocab_size == len(tokenizer)
    assert model.config.eos_token_id == tokenizer.convert_tokens_to_ids(END)
    assert model.config.pad_token_id == tokenizer.convert_tokens_to_ids(PAD)
    assert not any("lora" in name for name in model.state_dict())
    assert not list((tmp_path / "tuned").glob("adapter*"))
    # It says a placeholder, and ends its reply: both with tokens it never knew before.
    text = said(tmp_path / "tuned", pairs()[2][0])
    assert ("<1>" in text or "<2>" in text) and END in text
    # Where input and output were one matrix, they still are: CTranslate2 and others rely on what the model says of it.
    tied = model.get_input_embeddings().weight.data_ptr() == model.get_output_embeddings().weight.data_ptr()
    assert tied == (architecture != "llama") == model.config.tie_word_embeddings
    assert json.loads((tmp_path / "base" / "config.json").read_text())["eos_token_id"] != model.config.eos_token_id


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_lora_leaves_all_but_what_it_adapts_as_it_was(architecture, tmp_path):
    base = checkpoint(architecture, tmp_path / "base")
    fine_tune(base, pairs(), [], tmp_path / "tuned", replace(LORA, schedule=replace(QUICK, epochs=2)))
    before, after = (loaded(tmp_path / name)[0].state_dict() for name in ("base", "tuned"))
    norms = [name for name in before if "norm" in name or ".ln_" in name]
    assert norms and all(torch.equal(before[name], after[name]) for name in norms)
    assert any("norm" not in name and not torch.equal(before[name], after[name]) for name in before
               if before[name].shape == after[name].shape)


@pytest.mark.parametrize("settings", [FULL, LORA], ids=["full", "lora"])
def test_what_a_model_says_is_learned_too_where_input_and_output_tokens_are_apart(settings, tmp_path):
    """Llama's output layer is a matrix of its own, in which our tokens' rows are new."""
    base = checkpoint("llama", tmp_path / "base")
    fine_tune(base, pairs(), [], tmp_path / "tuned", replace(settings, schedule=replace(QUICK, epochs=3)))
    model, tokenizer = loaded(tmp_path / "tuned")
    rows = model.get_output_embeddings().weight.detach()
    ours = [tokenizer.convert_tokens_to_ids(token) for token in (END, *MARKS[:2])]
    average = rows[: len(tokenizer) - 30].mean(dim=0)
    assert all((rows[each] - average).abs().max() > 0.02 for each in ours)


def test_a_small_model_is_trained_whole_and_a_large_one_by_lora(tmp_path, monkeypatch):
    base = checkpoint("gpt2", tmp_path / "base")
    once = FineTuning(schedule=replace(QUICK, epochs=1))
    assert fine_tune(base, pairs(), [], tmp_path / "small", once)["method"] == "full"
    monkeypatch.setattr("models.reply.fine_tuning.LORA_FROM_PARAMETERS", 1000)
    assert fine_tune(base, pairs(), [], tmp_path / "large", once)["method"] == "lora"
    assert LORA_FROM_PARAMETERS > 15_000_000  # the shipped model is well below


def test_a_tuned_model_can_be_tuned_again(tmp_path):
    base = checkpoint("qwen2", tmp_path / "base")
    once = replace(FULL, schedule=replace(QUICK, epochs=1))
    fine_tune(base, pairs(), [], tmp_path / "first", once)
    fine_tune(tmp_path / "first", pairs(), [], tmp_path / "second", once)
    first, second = (loaded(tmp_path / name)[1] for name in ("first", "second"))
    assert len(first) == len(second)
    assert second.convert_tokens_to_ids(SAY) == first.convert_tokens_to_ids(SAY)


def test_the_same_training_gives_the_same_model_also_when_it_was_interrupted(tmp_path):
    base = checkpoint("gpt2", tmp_path / "base")  # with dropout
    settings = replace(FULL, schedule=replace(QUICK, epochs=4, checkpoint_seconds=0.0))
    fine_tune(base, pairs(), pairs()[:4], tmp_path / "whole", settings)

    class Interrupted(Exception):
        pass

    class Stop:
        def step(self, number, of, loss):
            if number == 6:
                raise Interrupted

    with pytest.raises(Interrupted):
        fine_tune(base, pairs(), pairs()[:4], tmp_path / "no", settings, Stop(), tmp_path / "state")
    assert not (tmp_path / "no").exists()
    fine_tune(base, pairs(), pairs()[:4], tmp_path / "resumed", settings, None, tmp_path / "state")
    whole, resumed = (loaded(tmp_path / name)[0].state_dict() for name in ("whole", "resumed"))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_base_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        fine_tune(tmp_path / "nowhere", pairs(), [], tmp_path / "tuned", FULL)
    assert not (tmp_path / "tuned").exists()
