"""Meaning and reply as token sequences, and batches of about the same length and the same number of tokens."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from models.reply.meaning import END, Meaning

Pair = tuple[Meaning, str]  # a meaning and its reply, placeholders numbered
NO_LOSS = -100  # what torch's cross-entropy leaves out
MOST_TOKENS = 256


@dataclass(frozen=True)
class Encoded:
    """One example: token ids of prompt and reply, the reply beginning at ``start``."""

    ids: np.ndarray  # (n,) int32
    start: int


def encode(
    pairs: Sequence[Pair], tokenizer: PreTrainedTokenizerBase, most_tokens: int = MOST_TOKENS
) -> tuple[list[Encoded], int]:
    """The pairs as tokens, and how many were left out because they are longer than ``most_tokens``."""
    if not pairs:
        return [], 0
    prompts = tokenizer([meaning.prompt() for meaning, _ in pairs], add_special_tokens=False)["input_ids"]
    replies = tokenizer([f"{text}{END}" for _, text in pairs], add_special_tokens=False)["input_ids"]
    found = [
        Encoded(np.array(prompt + reply, dtype=np.int32), len(prompt))
        for prompt, reply in zip(prompts, replies, strict=True)
        if len(prompt) + len(reply) <= most_tokens
    ]
    return found, len(pairs) - len(found)


def batches(
    sequences: Sequence[Encoded], tokens: int, generator: np.random.Generator | None = None
) -> Iterator[list[Encoded]]:
    """Groups of at most ``tokens`` tokens with padding, of like length; in random order where there is a generator."""
    order = np.arange(len(sequences)) if generator is None else generator.permutation(len(sequences))
    # Stable, so that within a length the order stays random.
    by_length = sorted(order, key=lambda place: len(sequences[place].ids))
    groups: list[list[int]] = [[]]
    for place in by_length:
        if groups[-1] and len(sequences[place].ids) * (len(groups[-1]) + 1) > tokens:
            groups.append([])
        groups[-1].append(place)
    if generator is not None:
        generator.shuffle(groups)
    for group in groups:
        if group:
            yield [sequences[place] for place in group]


def tensors(batch: Sequence[Encoded], pad: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, attention mask and labels, each (b, n) int64; only the reply has labels."""
    width = max(len(each.ids) for each in batch)
    ids = torch.full((len(batch), width), pad, dtype=torch.long)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    labels = torch.full((len(batch), width), NO_LOSS, dtype=torch.long)
    for row, each in enumerate(batch):
        tokens = torch.from_numpy(each.ids).long()
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
        labels[row, each.start : len(tokens)] = tokens[each.start :]
    return ids, mask, labels
