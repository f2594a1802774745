"""``floorwalker evaluate proposal``: what examples would change, before they are written into the trainers' files.

Two questions: which examples of other intents they are like, and what the held-out sentences would be taken for. The
pipeline is trained twice, with the files as they are and as they would be, on the embedding in use: as the next
``floorwalker train`` would do it.
"""
from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from commands.errors import CommandError
from commands.evaluation.pipeline import Round, run_rounds
from commands.evaluation.proposal import Change, conflicts, effect, read_changes, remembered, with_changes
from commands.evaluation.sentences import Sentence, Sentences, read
from commands.training_check import embedding_in_use
from models.registry import Registry
from models.training_data.examples import Example
from models.training_data.problem import Place
from shop.settings import ROOT, settings

OWN_DATA = ROOT / "data" / "nlu"
HELD_OUT = ROOT / "tests" / "conversations" / "held_out_nlu.csv"
OUT_OF_SCOPE = ROOT / "tests" / "conversations" / "held_out_out_of_scope.csv"
SEED = 7
# Beside the files that trainings and checks keep, as one process at a time may write one.
VECTORS = {"proposal-sentences.npz": "sentence-vectors.npz", "proposal-check.npz": "training-check.npz"}


def add_proposal_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("changes", type=Path, metavar="FILE",
                        help="the examples, JSON as docs/evaluation.md describes it; - reads standard input")
    parser.add_argument("--conflicts", action="store_true", help="only look for like examples; nothing is trained")
    parser.add_argument("--train", type=Path, default=OWN_DATA, metavar="FILE",
                        help="the sentences as they are: CSV, JSONL, Rasa YAML, or a folder (the project's own)")
    parser.add_argument("--test", type=Path, default=HELD_OUT, metavar="FILE",
                        help="held-out sentences with their intents (the project's own)")
    parser.add_argument("--out-of-scope", type=Path, default=OUT_OF_SCOPE, metavar="FILE",
                        help="held-out sentences that no intent answers (the project's own)")
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml", metavar="FILE",
                        help="the pipeline's configuration (the project's config.yml)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_proposal(arguments: argparse.Namespace) -> int:
    found = evaluate_proposal(arguments)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else report(found))
    return 0


def evaluate_proposal(arguments: argparse.Namespace) -> dict[str, Any]:
    """The conflicts, and unless ``--conflicts`` was given the effect. Raises CommandError where they cannot be had."""
    changes = read_changes(sys.stdin.read() if str(arguments.changes) == "-" else _content(arguments.changes))
    settings.var.mkdir(parents=True, exist_ok=True)
    with (settings.var / "proposal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go of when the file is closed
        for own, other in VECTORS.items():
            if not (settings.var / own).exists() and (settings.var / other).exists():
                shutil.copy(settings.var / other, settings.var / own)
        data = read(arguments.train)
        found: dict[str, Any] = {"conflicts": _conflicts(changes, data)}
        if not arguments.conflicts:
            found["effect"] = _effect(changes, data, arguments)
    return found


def _conflicts(changes: list[Change], data: Sentences) -> dict[str, list[dict[str, Any]]]:
    embed = embedding_in_use("proposal-check.npz")
    if embed is None:
        raise CommandError("There is no sentence embedding yet. Make it with `floorwalker train embedding`.")
    return conflicts(changes, [
        Example(each.text, each.intent, Place(_shown(each.file), each.line)) for each in data.good
    ], embed)


def _shown(file: str) -> str:
    """The file as a trainer knows it: from the project's folder on, where it lies in there."""
    path = Path(file).resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else file


def _effect(changes: list[Change], data: Sentences, arguments: argparse.Namespace) -> dict[str, Any]:
    if not arguments.config.is_file():
        raise CommandError(f"There is no configuration {arguments.config}. Check the path.")
    held_out, outside = _held_out(arguments.test), _held_out(arguments.out_of_scope, labelled=False)
    after = with_changes(data.good, changes)
    asked = [*held_out.good, *outside.good]
    learnt = [each for change in changes for each in change.add]
    texts = [each.text for each in (*asked, *learnt)]
    beside = [Path(file) for file in data.hashes if file.endswith((".yml", ".yaml"))]
    registry = Registry(settings.var / "models")
    key = [data.hashes, held_out.hashes, outside.hashes, texts, registry.require("embedding").name,
           arguments.config.read_text("utf-8")]

    def trained(*rounds: list[Sentence]) -> list[list[Any]]:
        answers = run_rounds([Round(each, texts, SEED) for each in rounds], arguments.config, beside,
                             vectors=settings.var / "proposal-sentences.npz")
        return [[(answer.intent, answer.guess) for answer in each.answers] for each in answers]

    with remembered(settings.var / "proposal-before.json", key) as known:
        if known.value is None and after == data.good:
            [known.value] = trained(data.good)
            predicted = known.value
        elif known.value is None:
            known.value, predicted = trained(data.good, after)
        else:
            [predicted] = trained(after) if after != data.good else [known.value]
        before = [tuple(each) for each in known.value]
    found = effect(asked, learnt, before, [tuple(each) for each in predicted])
    found["files"] = {**held_out.hashes, **outside.hashes}
    return found


def _held_out(path: Path, labelled: bool = True) -> Sentences:
    """A shop without held-out sentences is told what would change for the examples themselves."""
    if not path.is_file() and path in (HELD_OUT, OUT_OF_SCOPE):
        return Sentences()
    return read(path, labelled)


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}. Check the path.") from error


def report(found: dict[str, Any]) -> str:
    """The object that ``evaluate_proposal`` makes, as lines to read."""
    lines = []
    for each in found["conflicts"].values():
        for sentence in each:
            lines.append(f"“{sentence['text']}” ({sentence['intent']}) is like")
            lines += [f"  {near['likeness']:.2f}  “{near['text']}” ({near['intent']}, {near['file']}:{near['line']})"
                      for near in sentence["near"]]
    if "effect" in found:
        shown = found["effect"]
        before, after = shown["before"], shown["after"]
        lines.append(f"held out        {shown['sentences']} sentences")
        for name, what in (("accuracy", "accuracy"), ("answered_rightly", "as shipped"), ("refused", "out of scope")):
            if before[name] is not None:
                lines.append(f"{what:15} {before[name]:.2%} -> {after[name]:.2%}")
        for name in ("better", "worse", "otherwise", "learnt"):
            lines += [f"{name:10} “{each['text']}” ({each['intent']}): {each['before']} -> {each['after']}"
                      for each in shown[name]]
    return "\n".join(lines) or "No examples: nothing would change."
