"""Tuning of the sentence model on labelled sentences: its upper layers learn what tells the intents apart.

The lower layers stay as they are, and so does the original upper part: the tuned layers are a branch beside it
(``export_tuned`` in ``models/embedding_export.py``), so that finding products, and intents that were taught later, lose
nothing. Training sees only the cached states of the lower layers, which makes it a matter of a minute on two cores.

Two losses are added: cross-entropy against a vector an intent (with the cosine, as in NormFace, Wang et al. 2017) and
the supervised contrastive loss (Khosla et al. 2020) between the sentences of a batch.
"""
from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer, PreTrainedModel

log = logging.getLogger(__name__)

# So many layers of the sentence model stay as they are.
SHARED_LAYERS = 4
# Longer sentences are cut off in training: what was meant stands in the first words, and padding is what costs.
MAX_TOKENS = 48
# Sentences of an intent that follow one another in a batch, so that the contrastive loss has pairs.
TOGETHER = 4
# A batch is run in so many parts of like length, which pads less.
LENGTH_GROUPS = 4


@dataclass(frozen=True)
class TuningSettings:
    """``sentence_passes``: sentences shown in all, which decides the epochs within ``min_epochs`` and ``max_epochs``.

    ``scale`` multiplies the cosines of the cross-entropy; ``temperature`` divides those of the contrastive loss.
    """

    sentence_passes: int = 24_000
    min_epochs: int = 2
    max_epochs: int = 8
    batch: int = 96
    learning_rate: float = 3e-4
    weight_decay: float = 0.1
    dropout: float = 0.2
    scale: float = 20.0
    temperature: float = 0.07
    seed: int = 7

    def epochs(self, sentences: int) -> int:
        return min(max(round(self.sentence_passes / max(sentences, 1)), self.min_epochs), self.max_epochs)


def tune(
    source: Path,
    texts: Sequence[str],
    intents: Sequence[str],
    settings: TuningSettings = TuningSettings(),
    threads: int = 1,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> torch.nn.ModuleList:
    """The upper layers of the sentence model in ``source``, tuned on ``texts`` of ``intents``, one for each text.

    ``on_progress`` is told how many batches are done, and of how many. The same input, settings and threads give the
    same layers.

    Raises ValueError where there are fewer than two intents or the lists differ in length.
    """
    names, labels = np.unique(np.asarray(intents, dtype=str), return_inverse=True)
    if len(texts) != len(intents) or len(names) < 2:
        raise ValueError(
            f"{len(texts)} texts with {len(intents)} labels of {len(names)} intents cannot be learnt from. "
            "Give each text one label, of two intents or more."
        )
    chance = np.random.default_rng(settings.seed)
    with _threads(threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        transformer = AutoModel.from_pretrained(source).eval()
        states, start = _shared_states(transformer, AutoTokenizer.from_pretrained(source), texts)
        layers = _upper_layers(transformer, settings.dropout)
        truth = torch.from_numpy(labels)  # (n,)
        # An intent's vector starts at the mean of its sentences in the untuned space: (c, d)
        prototypes = torch.nn.Parameter(torch.stack([start[truth == intent].mean(0) for intent in range(len(names))]))
        optimiser = torch.optim.AdamW([
            {"params": list(layers.parameters()), "lr": settings.learning_rate, "weight_decay": settings.weight_decay},
            {"params": [prototypes], "lr": 5 * settings.learning_rate, "weight_decay": 0.0},
        ])
        epochs = settings.epochs(len(texts))
        total = epochs * -(-len(texts) // settings.batch)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min(1.0, (step + 1) / (0.1 * total)) * max(0.0, 1 - step / total)
        )
        layers.train()
        done = 0
        for _ in range(epochs):
            for rows in _batches(labels, settings.batch, chance):
                vectors = _run(layers, [states[row] for row in rows])
                loss = _loss(vectors, truth[rows], prototypes, settings)
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                done += 1
                on_progress(done, total)
        log.info("Tuned on %d sentences of %d intents in %d epochs, last loss %.3f",
                 len(texts), len(names), epochs, loss.item())
    return layers.eval()


def _upper_layers(transformer: PreTrainedModel, dropout: float) -> torch.nn.ModuleList:
    layers = torch.nn.ModuleList(copy.deepcopy(layer) for layer in transformer.encoder.layer[SHARED_LAYERS:])
    for module in layers.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropout
    return layers


@torch.no_grad()
def _shared_states(transformer: PreTrainedModel, tokenizer, texts: Sequence[str]) -> tuple[list, torch.Tensor]:
    """What the shared layers make of each text, (tokens, d) each, and the untuned sentence vectors (n, d)."""
    states: list[torch.Tensor | None] = [None] * len(texts)
    vectors = torch.empty(len(texts), transformer.config.hidden_size)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    for begin in range(0, len(order), 64):
        rows = order[begin:begin + 64]
        batch = tokenizer(
            [texts[row] for row in rows], padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )
        hidden = transformer(**batch, output_hidden_states=True).hidden_states
        lengths = batch["attention_mask"].sum(1)
        for place, row in enumerate(rows):
            states[row] = hidden[SHARED_LAYERS][place, :lengths[place]].clone()
        vectors[rows] = _pool(hidden[-1], batch["attention_mask"].bool())
    return states, vectors


def _batches(labels: np.ndarray, size: int, chance: np.random.Generator) -> Iterator[list[int]]:
    """All rows once, in batches in which TOGETHER sentences of an intent stand together; the intents by chance."""
    waiting = {intent: chance.permutation(np.flatnonzero(labels == intent)).tolist() for intent in np.unique(labels)}
    order: list[int] = []
    while waiting:
        for intent in chance.permutation(list(waiting)):
            order += waiting[intent][:TOGETHER]
            del waiting[intent][:TOGETHER]
            if not waiting[intent]:
                del waiting[intent]
    for begin in range(0, len(order), size):
        yield order[begin:begin + size]


def _run(layers: torch.nn.ModuleList, states: Sequence[torch.Tensor]) -> torch.Tensor:
    """Sentence vectors (n, d) of length 1 that ``layers`` make of ``states`` ((tokens, d) each)."""
    order = sorted(range(len(states)), key=lambda row: len(states[row]))
    groups = [group.tolist() for group in np.array_split(order, min(LENGTH_GROUPS, len(order)))]
    vectors = torch.cat([_run_padded(layers, [states[row] for row in group]) for group in groups])
    return vectors[torch.from_numpy(np.argsort(np.concatenate(groups)))]


def _run_padded(layers: torch.nn.ModuleList, states: Sequence[torch.Tensor]) -> torch.Tensor:
    lengths = torch.tensor([len(state) for state in states])
    tokens = torch.nn.utils.rnn.pad_sequence(list(states), batch_first=True)  # (b, T, d)
    mask = torch.arange(tokens.shape[1])[None, :] < lengths[:, None]  # (b, T)
    for layer in layers:
        tokens = layer(tokens, mask[:, None, None, :])
    return _pool(tokens, mask)


def _pool(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask[..., None].to(tokens.dtype)
    return functional.normalize((tokens * weights).sum(1) / weights.sum(1), dim=1)


def _loss(
    vectors: torch.Tensor, truth: torch.Tensor, prototypes: torch.Tensor, settings: TuningSettings
) -> torch.Tensor:
    """Cross-entropy plus contrastive loss of ``vectors`` (b, d) whose intents are ``truth`` (b,)."""
    loss = functional.cross_entropy(settings.scale * vectors @ functional.normalize(prototypes, dim=1).T, truth)
    itself = torch.eye(len(vectors), dtype=torch.bool)
    likeness = (vectors @ vectors.T / settings.temperature).masked_fill(itself, -1e4)  # (b, b)
    alike = (truth[:, None] == truth[None, :]) & ~itself
    pairs = alike.sum(1)
    if (pairs > 0).any():
        log_probability = likeness - likeness.logsumexp(1, keepdim=True)
        mean = (log_probability * alike).sum(1)[pairs > 0] / pairs[pairs > 0]
        loss = loss - mean.mean()
    return loss


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """PyTorch on ``count`` threads; where others use the cores too, a second thread waits more than it helps."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
