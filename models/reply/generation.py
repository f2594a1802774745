"""Sampling replies from a fine-tuned model with CTranslate2, int8, on the CPU."""
from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ctranslate2
from ctranslate2.converters import TransformersConverter
from tokenizers import Tokenizer

from models.reply.meaning import END

logger = logging.getLogger(__name__)

TOKENIZER = "tokenizer.json"
MOST_TOKENS = 96  # of a reply; the longest example has 57


@dataclass(frozen=True)
class Candidate:
    """One reply the model might give: its text, placeholders numbered, and the mean log-probability of its tokens."""

    text: str
    score: float


def convert(model: Path, out: Path, quantization: str = "int8") -> None:
    """Write a Hugging Face model as CTranslate2's, beside its tokenizer. ``out`` must not hold anything yet.

    Raises what the converter raises for an architecture that CTranslate2 does not know.
    """
    TransformersConverter(str(model)).convert(str(out), quantization=quantization)
    shutil.copyfile(model / TOKENIZER, out / TOKENIZER)


class Generator:
    """A model in memory. Safe to be asked from several threads at once: ``workers`` of them are served in parallel."""

    def __init__(self, load: Callable[[], ctranslate2.Generator], tokenizer: Tokenizer) -> None:
        self._load, self._tokenizer = load, tokenizer
        self._model = load()

    @classmethod
    def open(cls, folder: Path, threads: int = 1, workers: int = 1) -> Generator:
        """``threads``: of one generation. For a model of this size one is faster than two.

        Raises RuntimeError or OSError where the folder holds no model.
        """
        load = partial(
            ctranslate2.Generator, str(folder), device="cpu", compute_type="int8", intra_threads=threads,
            inter_threads=workers,
        )
        described = (folder / TOKENIZER).read_text(encoding="utf-8")
        try:
            tokenizer = Tokenizer.from_str(described)
        except Exception as error:  # the library raises no other
            raise RuntimeError(f"{folder / TOKENIZER} is no tokenizer: {error}") from error
        return cls(load, tokenizer)

    def sample(
        self, prompts: Sequence[str], candidates: int, *, seed: int | None = None, temperature: float = 0.8,
        top_p: float = 0.95, most_tokens: int = MOST_TOKENS,
    ) -> list[list[Candidate]]:
        """For each prompt so many candidates, in no order, some of them perhaps alike.

        ``seed`` makes these and the samples after them repeatable: for evaluation, not for serving several threads.
        """
        if seed is not None:
            ctranslate2.set_random_seed(seed)
            self._model = self._load()  # a worker takes the seed over when it begins, and never again
        tokens = [self._tokenizer.encode(prompt, add_special_tokens=False).tokens for prompt in prompts]
        results = self._model.generate_batch(
            tokens, max_length=most_tokens, sampling_topk=0 if temperature > 0 else 1, sampling_topp=top_p,
            sampling_temperature=temperature or 1.0, num_hypotheses=candidates, end_token=END,
            include_prompt_in_result=False, return_scores=True,
        )
        return [
            [Candidate(self._text(ids), score) for ids, score in zip(each.sequences_ids, each.scores, strict=True)]
            for each in results
        ]

    def _text(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(list(ids), skip_special_tokens=False).replace(END, "").strip()
