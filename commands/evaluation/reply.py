"""``floorwalker evaluate reply``: how well replies are written, on the shop's own examples or on any data-to-text set.

With ``--train`` and ``--test`` the base model is fine-tuned on pairs of meaning and reply and asked the meanings of the
test, and scored as the RNNLG benchmark scores: BLEU-4 and slot error of the best of twenty candidates and of the best
five. Without files the writer that is in use is asked the part of data/replies that training never sees.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, pstdev
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from commands.errors import CommandError
from commands.evaluation.arguments import positive
from commands.evaluation.reply_held_out import evaluate_held_out
from commands.evaluation.reply_report import data_to_text_report, held_out_report
from models.reply.bleu import corpus_bleu
from models.reply.coverage import Coverage
from models.reply.data_to_text import DataPair, DataSet, asked, read_pairs, refill, values, with_placeholders
from models.reply.meaning import Meaning
from models.reply.ranking import rank
from models.reply.references import grouped_references, scored_text
from models.reply.slot_error import SlotErrors, SlotWords, read_slot_words, slot_errors, words_of_set
from shop.settings import ROOT

if TYPE_CHECKING:
    from models.reply.fine_tuning import FineTuning

SLOT_WORDS = ROOT / "data" / "language" / "slot_words_en.toml"
CANDIDATES = 20  # of which the best one and the best five are scored, as in the benchmark
TOP = {"top1": 1, "top5": 5}
TEMPERATURE, TOP_P = 0.5, 0.95  # chosen on the validation part of RNNLG's laptops, of 0.4 to 1.0 and 0.95 and 1
MOST_TOKENS = 160
AT_ONCE = 16  # meanings in one call of the generator
VALID_EVERY = 10  # every so many-th pair of the training file, where no file is given to validate with
SHOWN_BAD_ROWS = 20


@dataclass(frozen=True)
class Task:
    """What is trained on, and what is asked."""

    train: Sequence[DataPair]
    valid: Sequence[DataPair]
    test: Sequence[DataPair]
    base: Path | str
    words: SlotWords


def add_reply_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, metavar="FILE",
                        help="JSON lines of `meaning`, act(slot=value;…), and `reply` to fine-tune on")
    parser.add_argument("--valid", type=Path, metavar="FILE",
                        help="pairs that say when to stop (a tenth of the training file)")
    parser.add_argument("--test", type=Path, metavar="FILE", help="pairs whose meanings are asked")
    parser.add_argument("--on-validation", action="store_true",
                        help="ask the meanings of --valid, to compare settings without looking at the test")
    parser.add_argument("--base", metavar="MODEL",
                        help="folder or name of the model to fine-tune (the base model that ships with the project)")
    parser.add_argument("--seeds", type=positive, default=1, metavar="N",
                        help="repeat with N seeds and report the mean and the spread (1)")
    parser.add_argument("--seed", type=int, default=7, metavar="S", help="the first seed (7)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_reply(arguments: argparse.Namespace) -> int:
    if any((arguments.train, arguments.valid, arguments.test, arguments.on_validation, arguments.base)):
        found, report = evaluate_reply(arguments), data_to_text_report
    else:
        found, report = evaluate_held_out(arguments.seed), held_out_report
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else report(found))
    return 0


def evaluate_reply(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures. Raises CommandError or ReplyError where the files cannot be used."""
    if arguments.train is None or (arguments.test is None and not arguments.on_validation):
        raise CommandError("Name both --train and --test, or neither: a model is trained on one and asked the other.")
    if arguments.on_validation and arguments.valid is None:
        raise CommandError("--on-validation asks the meanings of --valid. Name that file, too.")
    files = {"train": read_pairs(arguments.train)}
    if arguments.valid:
        files["valid"] = read_pairs(arguments.valid)
    files["test"] = files["valid"] if arguments.on_validation else read_pairs(arguments.test)
    train, valid = _training(files)
    words = words_of_set(read_slot_words(SLOT_WORDS), (each.meaning for each in (*train, *files["test"].pairs)))
    task = Task(train, valid, files["test"].pairs, arguments.base or _shipped_base(), words)
    trials = [_trial(task, seed) for seed in range(arguments.seed, arguments.seed + arguments.seeds)]
    return {
        **{top: _means(trials, top) for top in TOP},
        "train_seconds": mean(each["train_seconds"] for each in trials),
        "generate_seconds": mean(each["generate_seconds"] for each in trials),
        "references": {"slot_error": _slot_error(task, [[each.reply] for each in task.test])},
        "per_seed": trials,
        "asked": len(task.test),
        "candidates": CANDIDATES,
        "base": str(task.base),
        "asked_of": "the validation file" if arguments.on_validation else "the test file",
        "rows": {use: {"read": len(each.pairs), "bad": len(each.bad)} for use, each in files.items()},
        "files": {use: each.hash for use, each in files.items()},
        "bad_rows": [{"file": use, **asdict(row)} for use, each in files.items() for row in each.bad[:SHOWN_BAD_ROWS]],
    }


def _training(files: dict[str, DataSet]) -> tuple[list[DataPair], list[DataPair]]:
    pairs = files["train"].pairs
    if "valid" in files:
        return pairs, files["valid"].pairs
    if len(pairs) < VALID_EVERY:
        raise CommandError(
            f"The training file has only {len(pairs)} pairs. Name pairs to validate with by --valid, or add some."
        )
    return (
        [each for place, each in enumerate(pairs) if place % VALID_EVERY], pairs[::VALID_EVERY]
    )  # fmt: skip


def _trial(task: Task, seed: int) -> dict[str, Any]:
    """The figures of one seed: fine-tuned, converted, sampled, ranked and scored."""
    # Loaded only where something is trained: PyTorch takes seconds to import.
    from models.reply.fine_tuning import fine_tune  # noqa: PLC0415
    from models.reply.generation import Generator, convert  # noqa: PLC0415
    from models.reply.training import Progress  # noqa: PLC0415

    settings = _settings()
    settings = replace(settings, schedule=replace(settings.schedule, seed=seed))
    train = [with_placeholders(each.meaning, each.reply) for each in task.train]
    valid = [with_placeholders(each.meaning, each.reply) for each in task.valid]
    with tempfile.TemporaryDirectory() as folder, tqdm(desc="training", disable=None, file=sys.stderr) as bar:
        started = time.perf_counter()
        report = fine_tune(task.base, train, valid, Path(folder) / "model", settings, Progress(_told(bar)))
        train_seconds = time.perf_counter() - started
        convert(Path(folder) / "model", Path(folder) / "served")
        generator = Generator.open(Path(folder) / "served", threads=os.cpu_count() or 1)
        started = time.perf_counter()
        texts = best_texts(generator, [each.meaning for each in task.test], Coverage.learn(train), seed)
        generate_seconds = time.perf_counter() - started
    return {
        "seed": seed,
        **{top: _scored(task, [each[:most] for each in texts]) for top, most in TOP.items()},
        "train_seconds": train_seconds,
        "generate_seconds": generate_seconds,
        "epochs": report["epochs"],
        "valid_losses": report["valid_losses"],
        "too_long": report["too_long"],
    }


def best_texts(generator: Any, meanings: Sequence[Meaning], coverage: Coverage, seed: int) -> list[list[str]]:
    """For each meaning the candidates as texts with its values, best first. Meanings asked alike share candidates."""
    prompts = {asked(each).prompt(): asked(each) for each in meanings}
    ranked: dict[str, list[str]] = {}
    waiting = sorted(prompts, key=lambda prompt: (len(prompt), prompt))  # of like length, so that little is padding
    for start in tqdm(range(0, len(waiting), AT_ONCE), desc="asking", disable=None, file=sys.stderr, leave=False):
        batch = waiting[start : start + AT_ONCE]
        sampled = generator.sample(
            batch, CANDIDATES, seed=seed + start, temperature=TEMPERATURE, top_p=TOP_P, most_tokens=MOST_TOKENS
        )
        for prompt, candidates in zip(batch, sampled, strict=True):
            ranked[prompt] = [each.text for each in rank(prompts[prompt], candidates, coverage)]
    return [[refill(text, values(each)) for text in ranked[asked(each).prompt()]] for each in meanings]


def _scored(task: Task, texts: Sequence[Sequence[str]]) -> dict[str, float]:
    references = grouped_references(task.test)
    hypotheses = [[scored_text(each) for each in some] for some in texts]
    return {
        "bleu": corpus_bleu(zip(hypotheses, references, strict=True)), "slot_error": _slot_error(task, texts),
    }  # fmt: skip


def _slot_error(task: Task, texts: Sequence[Sequence[str]]) -> float:
    total = SlotErrors()
    for pair, some in zip(task.test, texts, strict=True):
        for text in some:
            total += slot_errors(pair.meaning, text, task.words)
    return total.rate


def _means(trials: Sequence[dict[str, Any]], top: str) -> dict[str, Any]:
    found = {key: [trial[top][key] for trial in trials] for key in trials[0][top]}
    return {key: mean(each) for key, each in found.items()} | {
        "spread": {key: pstdev(each) for key, each in found.items()}
    }


def _told(bar: tqdm):
    def told(step: int, of: int, loss: float) -> None:
        bar.total = of
        bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
        bar.update(step - bar.n)

    return told


def _settings() -> FineTuning:
    from models.reply.fine_tuning import FineTuning  # noqa: PLC0415 - imports PyTorch
    from models.reply.training import Schedule  # noqa: PLC0415

    # The base model knows the shop's own examples, but nothing of these pairs: more epochs at higher rates, until the
    # validation loss rises.
    return FineTuning(schedule=Schedule(
        epochs=5, batch_tokens=4096, muon_rate=0.01, adam_rate=1e-3, warmup=0.05, patience=1, keep_best=True,
    ))


def _shipped_base() -> Path:
    from models.reply.pretraining import BASE  # noqa: PLC0415 - imports PyTorch

    return BASE
