"""The base model's tokenizer: byte-level BPE, small, as most of a shop's talk is a few thousand word pieces."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from models.reply.meaning import END, PAD, SPECIAL

VOCABULARY = 4096


def train_tokenizer(texts: Iterable[str], size: int = VOCABULARY) -> PreTrainedTokenizerFast:
    """A byte-level BPE of ``size`` tokens, ``SPECIAL`` first. No text is unknown to it: bytes are its last resort."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=_special(), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, bos_token=END, pad_token=PAD)


def with_special_tokens(tokenizer: PreTrainedTokenizerBase) -> int:
    """Teach a tokenizer of any model our special tokens; returns how many were new.

    The end and padding tokens become ours, so that a reply ends where we say, whatever the model was trained on.
    """
    added = tokenizer.add_tokens(_special(), special_tokens=True)
    tokenizer.eos_token, tokenizer.pad_token = END, PAD
    # CTranslate2 wants these named, though no prompt of ours begins with one, nor has anything unknown in it.
    if tokenizer.bos_token is None:
        tokenizer.bos_token = END
    if tokenizer.unk_token is None:
        tokenizer.unk_token = END
    return added


def _special() -> list[AddedToken]:
    # Not normalised and never stripped: "<1>," must come back as it was.
    return [AddedToken(token, normalized=False, special=True) for token in SPECIAL]


def save(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write the tokenizer as every Hugging Face model carries it."""
    tokenizer.save_pretrained(folder)
