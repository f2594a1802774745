"""One training loop for pretraining and fine-tuning: next-token loss on the reply, Muon and AdamW, resumable.

Muon (Jordan et al. 2024, torch.optim.Muon) orthogonalises the update of each weight matrix; at this size it needs about
two thirds of AdamW's steps to the same loss. Embeddings and norms stay with AdamW.
"""
from __future__ import annotations

import ctypes
import json
import logging
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.reply.sequences import NO_LOSS, Encoded, batches, tensors

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
# mallopt's M_TRIM_THRESHOLD and M_MMAP_THRESHOLD (malloc.h), and the most that they take.
TRIM_THRESHOLD, MMAP_THRESHOLD, MOST_BYTES = -1, -3, 2**31 - 1


@dataclass(frozen=True)
class Schedule:
    """How to train. ``batch_tokens`` counts padding; rates are those after the warm-up."""

    epochs: int = 3
    batch_tokens: int = 4096
    muon_rate: float = 0.02
    adam_rate: float = 3e-3
    weight_decay: float = 0.01
    warmup: float = 0.03  # share of all steps
    label_smoothing: float = 0.0
    patience: int = 0  # epochs without a better validation loss after which it stops; 0: never
    keep_best: bool = False  # end with the weights of the best epoch
    seed: int = 0
    bf16: bool = True
    checkpoint_seconds: float = 120.0


class Progress:
    """What a caller may be told: a step's number of all, and the loss since the last report."""

    def __init__(self, report: Callable[[int, int, float], None] | None = None, every: int = 20) -> None:
        self._report, self._every, self._losses = report, every, []

    def step(self, number: int, of: int, loss: float) -> None:
        self._losses.append(loss)
        if self._report and (number % self._every == 0 or number == of):
            self._report(number, of, float(np.mean(self._losses)))
            self._losses = []


def train(
    model: nn.Module, train_set: Sequence[Encoded], valid_set: Sequence[Encoded], pad: int, schedule: Schedule,
    progress: Progress | None = None, checkpoint: Path | None = None, device: str = "cpu",
) -> dict[str, Any]:
    """Train ``model`` in place; returns epochs, steps, seconds, losses of each epoch and the last ``valid_loss``.

    ``checkpoint``: a folder in which the state is kept, and from which an interrupted run goes on with the next step,
    to the same weights. It is refused where it was made by another schedule. Without a ``valid_set`` no epoch is better
    than another: all are trained, and the last one counts.
    """
    progress = progress or Progress()
    _keep_freed_memory()
    model.to(device).train()
    if device == "cpu":
        # The backward pass of the fused attention is slow on a CPU: at 30 tokens, 2,950 tokens a second against 4,100.
        model.set_attn_implementation("eager")
    optimizers = _optimizers(model, schedule)
    plan = _Plan(train_set, schedule)
    state = _State(checkpoint, schedule, len(train_set))
    state.load(model, optimizers)
    started = saved = time.monotonic()
    patience, keep_best = (schedule.patience, schedule.keep_best) if valid_set else (0, False)
    while state.epoch < schedule.epochs and not (patience and state.valid and _stale(state.valid) >= patience):
        for place, batch in enumerate(plan.epoch(state.epoch)):
            if place < state.place:
                continue
            rate = plan.rate(state.epoch, place)
            # Dropout is drawn alike whether or not the run was interrupted before this step.
            torch.manual_seed(schedule.seed + plan.done(state.epoch, place))
            loss = _step(model, batch, pad, schedule, optimizers, rate, device)
            state.place = place + 1
            progress.step(plan.done(state.epoch, place), plan.steps, loss)
            if time.monotonic() - saved > schedule.checkpoint_seconds:
                state.save(model, optimizers, time.monotonic() - started)
                saved = time.monotonic()
        valid_loss = evaluate(model, valid_set, pad, schedule, device) if valid_set else float("nan")
        state.valid.append(valid_loss)
        state.epoch, state.place = state.epoch + 1, 0
        logger.info("Epoch %d of %d: validation loss %.4f", state.epoch, schedule.epochs, valid_loss)
        if keep_best and _stale(state.valid) == 0:
            state.best = {name: value.detach().clone() for name, value in model.state_dict().items()}
        state.save(model, optimizers, time.monotonic() - started)
    if state.best is not None:
        model.load_state_dict(state.best)
    model.eval()
    return {
        "epochs": state.epoch, "steps": plan.steps, "seconds": round(state.seconds + time.monotonic() - started, 1),
        "valid_losses": [round(each, 4) for each in state.valid if not math.isnan(each)], "schedule": asdict(schedule),
    }


@torch.inference_mode()
def evaluate(
    model: nn.Module, sequences: Sequence[Encoded], pad: int, schedule: Schedule, device: str = "cpu"
) -> float:
    """Mean loss of a reply's token, in nats."""
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    for batch in batches(sequences, schedule.batch_tokens):
        ids, mask, labels = (each.to(device) for each in tensors(batch, pad))
        tokens = int((labels[:, 1:] != NO_LOSS).sum())
        total += float(_loss(model, ids, mask, labels, schedule, smoothing=0.0)) * tokens
        count += tokens
    model.train(was_training)
    return total / max(count, 1)


def _keep_freed_memory() -> None:
    """Let glibc keep what a step frees for the next one; elsewhere nothing happens.

    It would give each large tensor back to the kernel and fault its pages in again, which took half of all time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, MOST_BYTES)
        mallopt(TRIM_THRESHOLD, MOST_BYTES)


def _step(model, batch, pad, schedule, optimizers, rate, device) -> float:
    ids, mask, labels = (each.to(device) for each in tensors(batch, pad))
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["base_rate"] * rate
    loss = _loss(model, ids, mask, labels, schedule, schedule.label_smoothing)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _loss(model, ids, mask, labels, schedule: Schedule, smoothing: float) -> torch.Tensor:
    with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=schedule.bf16):
        logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits  # (b, n, vocabulary)
    wanted = labels[:, 1:].reshape(-1)
    said = wanted != NO_LOSS  # the prompt's positions need no softmax in single precision
    found = logits[:, :-1].reshape(-1, logits.shape[-1])[said].float()
    return functional.cross_entropy(found, wanted[said], label_smoothing=smoothing)


def _optimizers(model: nn.Module, schedule: Schedule) -> list[torch.optim.Optimizer]:
    matrices, others = [], []
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            inner = weight.ndim == 2 and "embed" not in name and "lm_head" not in name and "wte" not in name
            (matrices if inner and "wpe" not in name else others).append(weight)
    made: list[torch.optim.Optimizer] = []
    if matrices:
        made.append(torch.optim.Muon(matrices, lr=schedule.muon_rate, weight_decay=schedule.weight_decay))
    made.append(torch.optim.AdamW(others, lr=schedule.adam_rate, betas=(0.9, 0.95), weight_decay=0.0))
    rates = [schedule.muon_rate] * bool(matrices) + [schedule.adam_rate]
    for optimizer, rate in zip(made, rates, strict=True):
        for group in optimizer.param_groups:
            group["base_rate"] = rate
    return made


class _Plan:
    """Which batches come when, the same in every run with the same seed, so that a resumed run goes on where it was."""

    def __init__(self, sequences: Sequence[Encoded], schedule: Schedule) -> None:
        self._sequences, self._schedule = sequences, schedule
        self._counts = [sum(1 for _ in self.epoch(number)) for number in range(schedule.epochs)]
        self.steps = sum(self._counts)

    def epoch(self, number: int):
        generator = np.random.default_rng((self._schedule.seed, number))
        return batches(self._sequences, self._schedule.batch_tokens, generator)

    def done(self, epoch: int, place: int) -> int:
        return sum(self._counts[:epoch]) + place + 1

    def rate(self, epoch: int, place: int) -> float:
        """Share of the full rate: linear warm-up, then a cosine down to a twentieth."""
        share = self.done(epoch, place) / max(self.steps, 1)
        if share < self._schedule.warmup:
            return share / self._schedule.warmup
        after = (share - self._schedule.warmup) / (1 - self._schedule.warmup)
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * after))


class _State:
    """Where the training stands; kept in a file that is replaced whole."""

    def __init__(self, folder: Path | None, schedule: Schedule, sequences: int) -> None:
        self._folder = folder
        self._mark = json.dumps([asdict(schedule), sequences], sort_keys=True)
        self.epoch, self.place, self.seconds = 0, 0, 0.0
        self.valid: list[float] = []
        self.best: dict[str, torch.Tensor] | None = None  # weights of the epoch with the lowest loss, where it is kept

    def load(self, model: nn.Module, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        if self._folder is None or not (self._folder / CHECKPOINT).exists():
            return
        stored = torch.load(self._folder / CHECKPOINT, weights_only=True)
        if stored["mark"] != self._mark:
            raise ValueError(
                f"{self._folder / CHECKPOINT} is of another training (settings or data differ). Delete it to start anew"
            )
        model.load_state_dict(stored["model"])
        for optimizer, state in zip(optimizers, stored["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.epoch, self.place, self.valid = stored["epoch"], stored["place"], stored["valid"]
        self.seconds, self.best = stored["seconds"], stored.get("best")
        logger.info("Going on from epoch %d, step %d", self.epoch + 1, self.place)

    def save(self, model: nn.Module, optimizers: Sequence[torch.optim.Optimizer], seconds: float) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{CHECKPOINT}.part"
        torch.save(
            {
                "mark": self._mark, "model": model.state_dict(), "epoch": self.epoch, "place": self.place,
                "optimizers": [each.state_dict() for each in optimizers], "valid": self.valid,
                "seconds": self.seconds + seconds, "best": self.best,
            },
            partial,
        )
        os.replace(partial, self._folder / CHECKPOINT)


def _stale(losses: Sequence[float]) -> int:
    """How many epochs ago the lowest loss was."""
    return len(losses) - 1 - int(np.argmin(losses))
