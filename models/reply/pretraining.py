"""Making the base model from nothing: ``python -m models.reply.pretraining --corpora FOLDER``.

The corpora are not part of the project; only the weights are (models/reply/base, with a model card). Interrupted, the
same command goes on where it was.
"""
from __future__ import annotations

import argparse
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerBase

from models.reply import corpus
from models.reply.examples import read_folder
from models.reply.requests import example_pairs, named
from models.reply.sequences import MOST_TOKENS, Pair, encode
from models.reply.tokenizer import save, train_tokenizer
from models.reply.training import Progress, Schedule, train

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
BASE = Path(__file__).resolve().parent / "base"
MOST_REPEATS = 2  # "Goodbye." a thousand times teaches no more than twice
SIZE = {"hidden_size": 320, "intermediate_size": 864, "num_hidden_layers": 6, "num_attention_heads": 5}
SCHEDULE = Schedule(epochs=1, batch_tokens=6144)
# Afterwards it learns the project's reply examples by heart: text of a shop has the last word, and `floorwalker train
# reply`, which a setup waits for, has only to go over it.
OWN_SCHEDULE = Schedule(epochs=7, batch_tokens=2048, muon_rate=0.01, adam_rate=1e-3, keep_best=False)


def base_model(vocabulary: int, pad: int, end: int) -> LlamaForCausalLM:
    """A Llama-shaped model with random weights, input and output embedding shared."""
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=vocabulary, max_position_embeddings=2 * MOST_TOKENS, tie_word_embeddings=True,
        pad_token_id=pad, eos_token_id=end, bos_token_id=None, attention_bias=False, **SIZE,
    ))


def corpus_pairs(folder: Path) -> list[Pair]:
    """Every pair of the corpora in ``folder`` and of the project, none more than MOST_REPEATS times."""
    pairs: list[Pair] = list(corpus.dialogue_pairs(folder / "sgd_train_dialogues.jsonl.gz"))
    for path in sorted((folder / "rnnlg").glob("*.jsonl.gz")):
        pairs += corpus.meaning_pairs(path)
    pairs += corpus.own_pairs(ROOT)
    pairs += own_examples()
    return list(_repeated_at_most(pairs, MOST_REPEATS))


def own_examples() -> list[Pair]:
    """The project's reply examples, without those held out for evaluation."""
    acts, examples, _ = read_folder(ROOT / "data" / "replies")
    return example_pairs(named([each for each in examples if not each.held_out], acts), acts)


def _repeated_at_most(pairs: Iterable[Pair], times: int) -> Iterable[Pair]:
    seen: Counter[tuple[str, str]] = Counter()
    for meaning, text in pairs:
        key = (meaning.prompt(), text)
        seen[key] += 1
        if seen[key] <= times:
            yield meaning, text


def pretrain(
    folder: Path, work: Path, out: Path, schedule: Schedule = SCHEDULE, own_epochs: int = OWN_SCHEDULE.epochs
) -> dict:
    """Train the base model on ``folder``, keeping the state in ``work``; writes ``out`` and returns the report."""
    pairs = corpus_pairs(folder)
    held = [each for each in pairs if corpus.for_validation(each)]
    learned = [each for each in pairs if not corpus.for_validation(each)]
    tokenizer = _tokenizer(work, learned)
    train_set, too_long = encode(learned, tokenizer)
    valid_set, _ = encode(held, tokenizer)
    torch.manual_seed(schedule.seed)
    model = base_model(len(tokenizer), tokenizer.pad_token_id, tokenizer.eos_token_id)
    parameters = sum(each.numel() for each in model.parameters())
    tokens = sum(len(each.ids) for each in train_set)
    logger.info("%d pairs (%d too long), %.2f M tokens, %.2f M parameters", len(train_set), too_long, tokens / 1e6,
                parameters / 1e6)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    report = train(model, train_set, valid_set, tokenizer.pad_token_id, schedule, Progress(_log), work, device)
    own, _ = encode(own_examples(), tokenizer)
    own_schedule = replace(OWN_SCHEDULE, epochs=own_epochs)
    report["own_examples"] = train(
        model, own, [], tokenizer.pad_token_id, own_schedule, Progress(_log), work / "own", device
    )
    report |= {"pairs": len(train_set), "tokens": tokens, "parameters": parameters, "device": device,
               "threads": torch.get_num_threads()}
    model.to(device="cpu", dtype=torch.bfloat16).save_pretrained(out)
    save(tokenizer, out)
    (out / "pretraining.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _tokenizer(work: Path, pairs: list[Pair]) -> PreTrainedTokenizerBase:
    """The tokenizer of an interrupted run, or a new one: going on with another would be another language."""
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415 - slow to import, and needed here only

    if (work / "tokenizer.json").exists():
        return PreTrainedTokenizerFast.from_pretrained(work)
    tokenizer = train_tokenizer(f"{meaning.prompt()}{text}" for meaning, text in pairs)
    work.mkdir(parents=True, exist_ok=True)
    save(tokenizer, work)
    return tokenizer


def _log(step: int, of: int, loss: float) -> None:
    logger.info("step %d of %d, loss %.3f", step, of, loss)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.reply.pretraining", description=__doc__.split("\n")[0])
    parser.add_argument("--corpora", type=Path, required=True, help="folder with the corpora")
    parser.add_argument("--work", type=Path, required=True, help="folder for the state of the run")
    parser.add_argument("--out", type=Path, default=BASE, help="folder of the model")
    parser.add_argument("--epochs", type=int, default=SCHEDULE.epochs)
    parser.add_argument("--own-epochs", type=int, default=OWN_SCHEDULE.epochs, help="of the project's reply examples")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    schedule = replace(SCHEDULE, epochs=options.epochs)
    print(json.dumps(pretrain(options.corpora, options.work, options.out, schedule, options.own_epochs)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
