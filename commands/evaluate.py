"""``floorwalker evaluate``: how well messages are understood, products found, customers known and replies written.

``evaluate nlu`` asks the shipped pipeline sentences that it was not trained on. Without files the project's own
examples are cross-validated; with ``--train`` and ``--test``, any shop's sentences are measured with the same pipeline.
Each other evaluation stands in a module of its own, commands/evaluate_<what>.py.
"""
from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tqdm import tqdm

from commands.errors import CommandError
from commands.evaluate_entities import add_entity_arguments, run_entities
from commands.evaluate_proposal import add_proposal_arguments, run_proposal
from commands.evaluate_search import add_search_arguments, run_search
from commands.evaluation.arguments import positive
from commands.evaluation.figures import figures
from commands.evaluation.pipeline import run_rounds
from commands.evaluation.plans import CrossValidation, TrainAndTest, choose_shots
from commands.evaluation.recommend import add_recommend_arguments, run_recommend
from commands.evaluation.reply import add_reply_arguments, run_reply
from commands.evaluation.report import report
from commands.evaluation.sentences import Sentences, folded, read, with_names_of
from shop.settings import ROOT

OWN_DATA = ROOT / "data" / "nlu"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    _add_nlu_arguments(what.add_parser("nlu", help="what a message means: its intent"))
    add_entity_arguments(what.add_parser("entities", help="what is named in it: brands, prices, sizes, dates"))
    add_search_arguments(what.add_parser("search", help="how well products are found, on any catalogue"))
    add_recommend_arguments(what.add_parser("recommend", help="how often the next choice is recommended, on any data"))
    add_reply_arguments(what.add_parser("reply", help="how well replies are written, on any data-to-text set"))
    add_proposal_arguments(what.add_parser("proposal", help="what examples would change before they are written"))


def _add_nlu_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, metavar="FILE",
                        help="sentences to train on: CSV, JSONL or Rasa YAML, or a folder of them (the project's own)")
    parser.add_argument("--test", type=Path, metavar="FILE",
                        help="sentences to ask; without it the training sentences are cross-validated")
    parser.add_argument("--out-of-scope", type=Path, metavar="FILE",
                        help="sentences that no intent answers (a column “text” is enough)")
    parser.add_argument("--shots", type=positive, metavar="N",
                        help="train on N sentences of each intent, chosen by chance (all)")
    parser.add_argument("--seeds", type=positive, default=1, metavar="S",
                        help="repeat with S seeds and report the mean and the spread (1)")
    parser.add_argument("--seed", type=int, default=7, help="the first seed (7)")
    parser.add_argument("--folds", type=_folds, default=5, help="folds of the cross-validation (5)")
    parser.add_argument("--fold-names", action="store_true",
                        help="compare names of intents without case and punctuation")
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml", metavar="FILE",
                        help="the pipeline's configuration (the project's config.yml)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw the confusion matrix")


def run(arguments: argparse.Namespace) -> int:
    runs = {"nlu": _run_nlu, "entities": run_entities, "search": run_search,
            "recommend": run_recommend, "reply": run_reply, "proposal": run_proposal}
    return runs[arguments.what](arguments)


def _run_nlu(arguments: argparse.Namespace) -> int:
    if arguments.picture and not arguments.picture.resolve().parent.is_dir():
        raise CommandError(f"There is no folder {arguments.picture.resolve().parent} for the picture. Make it first.")
    found = evaluate(arguments)
    if arguments.picture:
        # Loaded only where something is drawn: matplotlib takes a second to import.
        from commands.evaluation.picture import draw_confusions  # noqa: PLC0415

        try:
            draw_confusions(found, arguments.picture)
        except OSError as error:
            raise CommandError(f"The picture cannot be written: {error}. Choose another file.") from error
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else report(found))
    return 0


def evaluate(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures of the evaluation that ``arguments`` ask for. Raises CommandError where it cannot be made."""
    if not arguments.config.is_file():
        raise CommandError(f"There is no configuration {arguments.config}. Check the path.")
    train = read(arguments.train or OWN_DATA)
    test = read(arguments.test) if arguments.test else None
    outside = read(arguments.out_of_scope, labelled=False) if arguments.out_of_scope else None
    if len(train.intents) < 2:
        only = train.good[0].intent
        raise CommandError(f"{arguments.train or OWN_DATA} has only the intent “{only}”. Two are needed.")
    if test is not None and arguments.fold_names:
        test.good = with_names_of(test.good, train.good)
    plans = []
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        chosen = choose_shots(train.good, arguments.shots, seed) if arguments.shots else train.good
        beyond = outside.good if outside else []
        if test is None:
            plans.append(CrossValidation(chosen, arguments.folds, seed, beyond))
        else:
            plans.append(TrainAndTest(chosen, test.good, seed, arguments.folds, beyond))
    rounds = [each for plan in plans for each in plan.rounds]
    beside = [Path(file) for file in train.hashes if file.endswith((".yml", ".yaml"))]
    with tqdm(total=sum(len(each.ask) for each in rounds), unit=" messages", disable=None, file=sys.stderr) as bar:
        results = iter(run_rounds(
            rounds, arguments.config, beside, lambda asked: bar.update(asked - bar.n),
            lambda number: bar.set_postfix_str(f"tuning the embedding, {number + 1} of {len(rounds)}"),
        ))
    trials = [plan.trial([next(results) for _ in plan.rounds]) for plan in plans]
    return {
        "method": _method(arguments, test),
        **figures(trials, train.intents),
        **_described(arguments, {"train": train, "test": test, "out_of_scope": outside}),
    }


def _method(arguments: argparse.Namespace, test: Sentences | None) -> str:
    trained_on = arguments.train or "the project's own sentences"
    shots = f", {arguments.shots} an intent" if arguments.shots else ""
    if test is None:
        return f"Cross-validation of {trained_on}{shots} in {arguments.folds} folds"
    return f"Trained on {trained_on}{shots}, asked {arguments.test}"


def _described(arguments: argparse.Namespace, read_files: dict[str, Sentences | None]) -> dict[str, Any]:
    """What the figures were made from: rows, bad rows, hashes, settings, and what the reader should know."""
    files = {use: each for use, each in read_files.items() if each is not None}
    bad = [row for each in files.values() for row in each.bad]
    return {
        "shots": arguments.shots,
        "folds": arguments.folds,
        "config": str(arguments.config),
        "rows": {use: {"read": len(each.good), "bad": len(each.bad)} for use, each in files.items()},
        "files": {use: each.hashes for use, each in files.items()},
        "bad_rows": [{"file": row.file, "line": row.line, "reason": row.reason} for row in bad],
        "warnings": _warnings(arguments, files),
    }


def _warnings(arguments: argparse.Namespace, files: dict[str, Sentences]) -> list[str]:
    train = files["train"]
    warnings = []
    counts = Counter(sentence.intent for sentence in train.good)
    wanted = arguments.shots or (0 if "test" in files else arguments.folds)
    scarce = sorted(intent for intent, count in counts.items() if count < wanted)
    if scarce:
        warnings.append(f"Fewer than {wanted} sentences to train on: {', '.join(scarce)}.")
    if "test" in files:
        test = files["test"]
        names = {folded(name) for name in train.intents}
        alike = sorted(name for name in test.intents - train.intents if folded(name) in names)
        if alike:
            warnings.append(
                f"{len(alike)} unknown intents differ from one of the training file only in case or punctuation, "
                f"such as “{alike[0]}”. --fold-names compares them without."
            )
        shared = {(each.text.casefold()) for each in train.good} & {each.text.casefold() for each in test.good}
        if shared:
            warnings.append(f"{len(shared)} sentences of the test file stand in the training file too.")
    return warnings


def _folds(text: str) -> int:
    number = positive(text)
    if number < 2:
        raise argparse.ArgumentTypeError("two folds are the fewest: one to train on, one to ask")
    return number
