"""``floorwalker evaluate entities``: how well brands, prices, sizes and the like are found in labelled sentences."""
from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from commands.errors import CommandError
from commands.evaluation.entities import Entity, compare, entity_figures, read_set
from commands.evaluation.entity_report import entity_report
from commands.evaluation.pipeline import converse
from commands.evaluation.sentences import read
from shop.settings import ROOT, settings

OWN_SET = ROOT / "tests" / "entities" / "test_set.jsonl"
OWN_DATA = ROOT / "data" / "nlu"
# The day on which the shipped sets are read: see tests/entities/README.md.
TODAY = date(2026, 11, 24)


def add_entity_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", type=Path, default=OWN_SET, metavar="FILE",
                        help="labelled sentences, JSONL (the shipped test set)")
    parser.add_argument("--vocabulary", type=Path, metavar="FILE",
                        help="the catalogue's words (vocabulary.json beside the set, or else the shop's own)")
    parser.add_argument("--today", type=date.fromisoformat, default=TODAY, metavar="DATE",
                        help=f"the day by which “yesterday” is understood ({TODAY})")
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml", metavar="FILE",
                        help="the pipeline's configuration (the project's config.yml)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_entities(arguments: argparse.Namespace) -> int:
    found = evaluate_entities(arguments)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else entity_report(found))
    return 0


def evaluate_entities(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures of the set that ``arguments`` name. Raises CommandError where they cannot be had."""
    if not arguments.config.is_file():
        raise CommandError(f"There is no configuration {arguments.config}. Check the path.")
    asked = read_set(arguments.set)
    vocabulary = _vocabulary(arguments)
    train = read(OWN_DATA)
    answers: list[list[Any]] = []
    converse("bot.entity_evaluation", {
        "config": str(arguments.config.resolve()),
        "train": [{"text": each.text, "intent": each.intent} for each in train.good],
        "ask": [each.text for each in asked.good],
        "settings": {"vocabulary": str(vocabulary.resolve()), "today": arguments.today.isoformat()},
    }, lambda line: answers.extend(line["answers"]))
    compared = [
        compare(sentence, [Entity(**each) for each in entities])
        for sentence, (entities, _) in zip(asked.good, answers, strict=True)
    ]
    return {
        **entity_figures(compared),
        "message_ms": median(took_ms for _, took_ms in answers),
        "set": str(arguments.set),
        "set_hash": asked.hash,
        "vocabulary": str(vocabulary),
        "today": arguments.today.isoformat(),
        "bad_rows": [{"file": row.file, "line": row.line, "reason": row.reason} for row in asked.bad],
    }


def _vocabulary(arguments: argparse.Namespace) -> Path:
    beside = arguments.set.with_name("vocabulary.json")
    path = arguments.vocabulary or (beside if beside.is_file() else settings.var / "vocabulary.json")
    if not path.is_file():
        raise CommandError(f"There is no vocabulary {path}. Name one with --vocabulary, or run "
                           "`floorwalker train index`.")
    return path
