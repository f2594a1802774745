"""Learning from thumbs: of two replies to the same request, the one that shoppers liked becomes likelier (DPO).

Direct preference optimisation (Rafailov et al. 2023) by trl, on the model that was just fine-tuned; a share of the
plain loss keeps the liked text itself likely, not only likelier than the other.
"""
from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any, Protocol

import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.reply.acts import Acts
from models.reply.examples import placeholders
from models.reply.fine_tuning import LORA_FROM_PARAMETERS
from models.reply.meaning import Meaning
from models.reply.requests import meaning_of
from models.reply.sequences import NO_LOSS, Encoded, Pair, encode, tensors
from models.reply.tokenizer import save
from models.reply.training import Progress

logger = logging.getLogger(__name__)

FEWEST_PAIRS = 20  # fewer are somebody's mood
MOST_PAIRS_A_GROUP = 40  # so that one act that is rated all day does not outweigh the others


class Rated(Protocol):
    """A template that was said, and how many thumbs it got."""

    @property
    def act(self) -> str: ...
    @property
    def template(self) -> str: ...
    @property
    def up(self) -> int: ...
    @property
    def down(self) -> int: ...


@dataclass(frozen=True)
class Preference:
    """Two texts for one meaning, placeholders numbered."""

    meaning: Meaning
    chosen: str
    rejected: str


@dataclass(frozen=True)
class Preferring:
    """How to train on preferences. ``beta``: how dear it is to move away from the model as it was."""

    epochs: int = 2
    batch_pairs: int = 8
    rate: float = 2e-5
    beta: float = 0.1
    plain_loss: float = 0.2
    lora_rank: int = 16
    seed: int = 0


def preference_pairs(rated: Iterable[Rated], acts: Acts, tone: str) -> list[Preference]:
    """Each liked text with each disliked one of the same act and the same facts, as asked for in ``tone``.

    Acts that are told features or what was heard are left out: a text may have been disliked for what only they knew.
    """
    groups: dict[Meaning, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for each in sorted(rated, key=lambda one: (one.act, one.template)):
        act, facts = acts.acts.get(each.act), set(placeholders(each.template))
        if act is None or act.features or act.heard or each.up == each.down or acts.problems(act.name, facts, {}, tone):
            continue
        meaning = meaning_of(acts, act.name, facts, {}, tone)
        groups[meaning][0 if each.up > each.down else 1].append(meaning.to_numbers(each.template))
    return [
        Preference(meaning, chosen, rejected)
        for meaning, (liked, disliked) in groups.items()
        for chosen, rejected in islice(product(liked, disliked), MOST_PAIRS_A_GROUP)
    ]


def prefer(
    model: Path, pairs: Sequence[Preference], out: Path, settings: Preferring | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train the fine-tuned ``model`` on ``pairs`` and write it to ``out``; returns what the model's card says of it.

    ``margin_before`` and ``margin_after``: by how much a chosen text is likelier than its rejected one, in nats.
    Raises OSError where ``model`` cannot be loaded.
    """
    # Slow to import, and needed where there are preferences only.
    from datasets import Dataset  # noqa: PLC0415
    from huggingface_hub import constants  # noqa: PLC0415
    from trl import DPOConfig  # noqa: PLC0415

    settings = settings or Preferring()
    constants.HF_HUB_DISABLE_TELEMETRY = True  # trl reports each training to its makers otherwise
    started = time.monotonic()
    torch.manual_seed(settings.seed)
    tokenizer = AutoTokenizer.from_pretrained(model)
    policy = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    chosen, rejected = _encoded(pairs, tokenizer)
    before = _margin(policy, chosen, rejected, tokenizer.pad_token_id)
    lora = sum(each.numel() for each in policy.parameters()) > LORA_FROM_PARAMETERS
    rows = Dataset.from_list([
        {"prompt_ids": good.ids[: good.start].tolist(), "chosen_ids": good.ids[good.start :].tolist(),
         "rejected_ids": bad.ids[bad.start :].tolist()}
        for good, bad in zip(chosen, rejected, strict=True)
    ])  # fmt: skip
    arguments = DPOConfig(
        output_dir=str(out), num_train_epochs=settings.epochs, per_device_train_batch_size=settings.batch_pairs,
        learning_rate=settings.rate, lr_scheduler_type="cosine", beta=settings.beta, loss_type=["sigmoid", "sft"],
        loss_weights=[1.0, settings.plain_loss], seed=settings.seed, use_cpu=not torch.cuda.is_available(), bf16=False,
        gradient_checkpointing=False, save_strategy="no", report_to="none", disable_tqdm=True, logging_steps=1,
        dataloader_pin_memory=False, max_length=None,
    )
    trainer = _trainer()(
        policy, None if lora else AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32), arguments,
        train_dataset=rows, processing_class=tokenizer, callbacks=[_told(progress)] if progress else None,
        peft_config=_lora(settings) if lora else None,
    )
    trainer.remove_callback(_printer())
    trainer.train()
    tuned = trainer.model.merge_and_unload() if lora else trainer.model
    tuned = tuned.to("cpu").eval()
    after = _margin(tuned, chosen, rejected, tokenizer.pad_token_id)
    tuned.save_pretrained(out)
    save(tokenizer, out)
    return {
        "preference_pairs": len(chosen), "preference_seconds": round(time.monotonic() - started, 1),
        "margin_before": round(before, 3), "margin_after": round(after, 3),
    }


def log_probabilities(model, sequences: Sequence[Encoded], pad: int) -> torch.Tensor:
    """Of each reply as a whole, given its prompt: (n,) in nats."""
    with torch.inference_mode():
        ids, mask, labels = tensors(sequences, pad)
        logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1].float()
    loss = functional.cross_entropy(logits.transpose(1, 2), labels[:, 1:], ignore_index=NO_LOSS, reduction="none")
    return -loss.sum(dim=1)


def _encoded(pairs: Sequence[Preference], tokenizer) -> tuple[list[Encoded], list[Encoded]]:
    """The pairs as tokens, those left out of which a text is too long."""
    chosen, rejected = [], []
    for each in pairs:
        both: list[Pair] = [(each.meaning, each.chosen), (each.meaning, each.rejected)]
        found, too_long = encode(both, tokenizer)
        if not too_long:
            chosen.append(found[0])
            rejected.append(found[1])
    return chosen, rejected


def _margin(model, chosen: Sequence[Encoded], rejected: Sequence[Encoded], pad: int) -> float:
    model.eval()
    total = 0.0
    for start in range(0, len(chosen), 32):
        part = slice(start, start + 32)
        difference = log_probabilities(model, chosen[part], pad) - log_probabilities(model, rejected[part], pad)
        total += float(difference.sum())
    return total / max(len(chosen), 1)


def _trainer():
    from trl import DPOTrainer  # noqa: PLC0415

    class Trainer(DPOTrainer):
        """Takes the pairs as we encoded them: trl would put a beginning before the prompt where a tokenizer has one."""

        def _prepare_dataset(self, dataset, *_arguments):
            return dataset

    return Trainer


def _printer():
    from transformers import PrinterCallback  # noqa: PLC0415

    return PrinterCallback


def _lora(settings: Preferring):
    from peft import LoraConfig  # noqa: PLC0415 - for large models only

    return LoraConfig(
        r=settings.lora_rank, lora_alpha=2 * settings.lora_rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def _told(progress: Progress):
    from transformers import TrainerCallback  # noqa: PLC0415

    class Told(TrainerCallback):
        def on_log(self, arguments, state, control, logs=None, **_more) -> None:
            if logs and "loss" in logs:
                progress.step(state.global_step, state.max_steps, float(logs["loss"]))

    return Told()
