"""Fine-tuning any Hugging Face causal LM on reply pairs: all weights of a small one, LoRA for a large one."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.reply.sequences import Pair, encode
from models.reply.tokenizer import save, with_special_tokens
from models.reply.training import Progress, Schedule, train

logger = logging.getLogger(__name__)

LORA_FROM_PARAMETERS = 60_000_000  # a model above this is adapted by LoRA unless told otherwise


@dataclass(frozen=True)
class FineTuning:
    """How to fine-tune. ``method``: full, lora, or auto for what the model's size asks for."""

    method: str = "auto"
    schedule: Schedule = field(default_factory=lambda: Schedule(
        epochs=2, batch_tokens=2048, muon_rate=0.004, adam_rate=4e-4, warmup=0.05,
    ))
    lora_rank: int = 16
    lora_rate: float = 4e-4


def fine_tune(
    base: Path | str, pairs: Sequence[Pair], valid: Sequence[Pair], out: Path, settings: FineTuning | None = None,
    progress: Progress | None = None, checkpoint: Path | None = None,
) -> dict[str, Any]:
    """Fine-tune ``base`` (a folder or a hub's name) and write it to ``out`` as a Hugging Face model.

    Returns the training's report and what was left out. Raises OSError where ``base`` cannot be loaded.
    """
    settings = settings or FineTuning()
    torch.manual_seed(settings.schedule.seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    if with_special_tokens(tokenizer):
        model.resize_token_embeddings(len(tokenizer))
    model.config.eos_token_id, model.config.pad_token_id = tokenizer.eos_token_id, tokenizer.pad_token_id
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    train_set, too_long = encode(pairs, tokenizer)
    valid_set, _ = encode(valid, tokenizer)
    parameters = sum(each.numel() for each in model.parameters())
    lora = settings.method == "lora" or (settings.method == "auto" and parameters > LORA_FROM_PARAMETERS)
    schedule = settings.schedule
    if lora:
        model = _with_lora(model, settings)
        schedule = replace(schedule, muon_rate=settings.lora_rate, adam_rate=settings.lora_rate)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    report = train(model, train_set, valid_set, tokenizer.pad_token_id, schedule, progress, checkpoint, device)
    if lora:
        model = model.merge_and_unload()
    model.to("cpu").save_pretrained(out)
    save(tokenizer, out)
    return report | {
        "method": "lora" if lora else "full", "parameters": parameters, "examples": len(train_set),
        "too_long": too_long, "device": device,
    }


def _with_lora(model, settings: FineTuning):
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - slow to import, and needed for large models only

    adapted = get_peft_model(model, LoraConfig(
        r=settings.lora_rank, lora_alpha=2 * settings.lora_rank, target_modules="all-linear", task_type="CAUSAL_LM",
    ))
    # Our special tokens are new rows that no large model knows, to be read and to be said: both matrices are trained as
    # a whole. Where they are one matrix they stay one, as peft's copies of them (modules_to_save) would not under
    # every name that architectures give them.
    for layer in (model.get_input_embeddings(), model.get_output_embeddings()):
        layer.weight.requires_grad_(True)
    return adapted
