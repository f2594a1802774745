"""Checkpoints small enough to be trained in a test: three architectures, random weights, each with its own tokenizer.

They stand for the large models that an operator may name: none of them has ever heard of our special tokens.
"""
from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from models.reply.meaning import Meaning
from models.reply.sequences import Pair
from models.reply.training import Schedule

torch.set_num_threads(1)  # so small that threads cost more than they bring

ARCHITECTURES = ("gpt2", "llama", "qwen2")
SENTENCES = (
    ("offer", ("title", "code"), "There is {title} for you. The code is {code}."),
    ("offer", ("title", "code"), "Take {code} with you: it stands for {title}."),
    ("track", ("number", "status"), "Order {number} is {status}."),
    ("track", ("number", "status"), "I looked it up. {number} is {status} now."),
    ("track", ("number",), "Order {number} is on its way to you."),
    ("sold_out", ("title",), "I'm sorry, we have sold all of the {title}."),
    ("sold_out", ("title",), "The {title} is gone, I'm afraid."),
    ("thank", (), "You are welcome. I am here if you need me."),
    ("thank", (), "With pleasure."),
    ("goodbye", (), "Goodbye, and come back when you like."),
    ("cart", ("pieces", "total"), "Your basket holds {pieces}, which comes to {total}."),
    ("cart", ("total", "pieces"), "That is {total} for {pieces} in your basket."),
)
QUICK = Schedule(epochs=40, batch_tokens=300, muon_rate=0.02, adam_rate=1e-2, warmup=0.05, bf16=False)


def pairs() -> list[Pair]:
    """A dozen meanings and replies, placeholders numbered."""
    made = []
    for act, names, text in SENTENCES:
        meaning = Meaning(act, (*((name, None) for name in names), ("tone", "neutral")))
        made.append((meaning, meaning.to_numbers(text)))
    return made


def checkpoint(architecture: str, folder: Path) -> Path:
    """Write a model with random weights and a tokenizer that knows none of our tokens; returns ``folder``."""
    tokenizer = _with_word_starts() if architecture == "llama" else _of_bytes()
    size = len(tokenizer)
    torch.manual_seed(3)
    if architecture == "gpt2":
        model = GPT2LMHeadModel(GPT2Config(
            vocab_size=size, n_positions=128, n_embd=48, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0,
        ))
    elif architecture == "llama":  # input and output embedding apart, as in the large ones
        model = LlamaForCausalLM(LlamaConfig(
            vocab_size=size, max_position_embeddings=128, hidden_size=48, intermediate_size=96, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False,
        ))
    else:  # with more rows than tokens, as the published ones have
        model = Qwen2ForCausalLM(Qwen2Config(
            vocab_size=size + 64, max_position_embeddings=128, hidden_size=48, intermediate_size=96,
            num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, bos_token_id=0, eos_token_id=0,
            tie_word_embeddings=True,
        ))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@cache
def _texts() -> tuple[str, ...]:
    return tuple(f"{act} {' '.join(names)} {text}".translate({123: None, 125: None}) for act, names, text in SENTENCES)


def _of_bytes() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(_texts(), trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    ))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>"
    )


def _with_word_starts() -> PreTrainedTokenizerFast:
    """As SentencePiece makes them: a word begins with ▁, and <s> is put in front of every text."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0),
    ])
    tokenizer.train_from_iterator(_texts(), trainers.BpeTrainer(
        vocab_size=500, show_progress=False,
        special_tokens=["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))],
    ))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )
