"""How well and how soon sentences are understood: a new intent from saved to answered, and BANKING77.

``python -m benchmarks.understanding live_intent`` or ``… banking77 FOLDER`` runs one of them; ``live_intent(stack)`` is
also for ``python -m benchmarks``.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.project_copy import command, copy_project, environment
from benchmarks.stack import WIDE_LIMITS, Stack
from shop.settings import ROOT
from web.gateway.client import GatewayClient, open_session

PATIENCE_SECONDS = 300
ASKED_EVERY_SECONDS = 0.25
SEEDS = 3
DEFAULT_CONFIG = ROOT / "benchmarks" / "rasa_default_config.yml"


@dataclass(frozen=True)
class Lesson:
    """A new intent, and a sentence that asks for it and is none of its examples."""

    intent: str
    examples: tuple[str, ...]
    response: str
    question: str


LESSONS = (
    Lesson("sharpening_service", (
        "can you sharpen my old knives", "do you sharpen blunt blades in the shop", "my chef's knife has gone dull",
        "is there a grinding service for kitchen knives", "I'd like the edge of my blade redone",
    ), "Bring your knives on a Tuesday and we sharpen them while you wait.",
        "could somebody sharpen a blunt knife for me?"),
    Lesson("engraving", (
        "can you engrave a name on it", "I want initials engraved on the back", "do you do engraving",
        "put a date on the inside by engraving", "is an engraved message possible",
    ), "We engrave up to twenty letters, which takes two days.", "could you engrave our wedding date?"),
    Lesson("pottery_course", (
        "do you run a pottery class", "I would like to learn throwing clay", "is there a ceramics workshop at yours",
        "when is the next pottery course", "can beginners join a clay workshop",
    ), "Our pottery evenings are on the first Friday of the month.", "may a beginner come to the pottery class?"),
)


def live_intent(stack: Stack, _seconds: int = 0) -> None:
    """Seconds from saving a new intent with five examples until a shopper in the running bot has its answer.

    The intent, its rule and its response are written into a copy of the project that ``floorwalker train --watch``
    watches; the bot is ``stack``'s. A shopper goes on asking in one conversation until the new answer comes.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_project(Path(folder) / "project")
        with watching(copy, stack) as watcher:
            rows = asyncio.run(_teach_and_ask(copy, stack, watcher))
    stack.floorwalker("train", "rasa")  # what the next measurement talks to is what was there before
    seconds = [row["seconds"] for row in rows]
    print("### A new intent with five examples, from saved to answered\n")
    print("| intent | seconds | of these until published | asked before |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['intent']} | {row['seconds']:.1f} | {row['published']:.1f} | {row['asked']} |")
    middle = statistics.median(seconds)
    print(f"\nMedian {middle:.1f} s, from {min(seconds):.1f} to {max(seconds):.1f} s.\n", flush=True)


class Watcher:
    """``floorwalker train --watch``, and when it last said that it watches again."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.lines: list[str] = []
        self.watched_at = 0.0
        self.idle = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("Watching"):
                self.watched_at = time.perf_counter()
                self.idle.set()
        self.idle.set()  # it has ended, which ``wait`` notices

    def wait(self) -> None:
        """Until it watches. Raises AssertionError, with what it said, where it ended or does not come to it."""
        if not self.idle.wait(PATIENCE_SECONDS) or self.process.poll() is not None:
            raise AssertionError(f"The watcher does not watch. It said:\n{''.join(self.lines)}")


@contextmanager
def watching(copy: Path, stack: Stack) -> Iterator[Watcher]:
    """Watch the project in ``copy`` and swap its models into ``stack``; begins when the first look is done."""
    process = subprocess.Popen(
        command("train", "--watch"), cwd=copy, env=environment(copy, stack.environment), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    try:
        watcher = Watcher(process)
        watcher.wait()
        yield watcher
    finally:
        process.terminate()
        process.wait()


def teach(copy: Path, lesson: Lesson) -> None:
    """Write an intent into the files of ``copy`` as docs/trainers.md says, the examples last."""
    domain = copy / "domain.yml"
    text = domain.read_text("utf-8").replace("\nintents:\n", f"\nintents:\n  - {lesson.intent}\n", 1)
    response = f"  utter_{lesson.intent}:\n    - text: {json.dumps(lesson.response)}\n"
    domain.write_text(text.replace("\nresponses:\n", f"\nresponses:\n{response}", 1), "utf-8")
    with (copy / "data" / "rules" / "policies.yml").open("a", encoding="utf-8") as rules:
        rules.write(f"  - rule: Tell about {lesson.intent}\n    steps:\n      - intent: {lesson.intent}\n"
                    f"      - action: utter_{lesson.intent}\n")
    with (copy / "data" / "nlu" / "policies.yml").open("a", encoding="utf-8") as examples:
        examples.write(f"\n  - intent: {lesson.intent}\n    examples: |\n")
        examples.writelines(f"      - {example}\n" for example in lesson.examples)


async def _teach_and_ask(copy: Path, stack: Stack, watcher: Watcher) -> list[dict[str, Any]]:
    async with GatewayClient(stack.url, await open_session(stack.url)) as client:
        await client.connected()
        incoming = client.messages()
        rows = []
        for lesson in LESSONS:
            watcher.idle.clear()
            teach(copy, lesson)
            saved, asked = time.perf_counter(), 0
            while await _ask(client, incoming, lesson.question) != lesson.response:
                asked += 1
                if time.perf_counter() - saved > PATIENCE_SECONDS:
                    raise AssertionError(f"{lesson.intent} is never answered. The watcher:\n{''.join(watcher.lines)}")
                await asyncio.sleep(ASKED_EVERY_SECONDS)
            answered = time.perf_counter()
            await asyncio.to_thread(watcher.wait)
            rows.append({"intent": lesson.intent, "seconds": answered - saved, "asked": asked,
                         "published": watcher.watched_at - saved})
        return rows


async def _ask(client: GatewayClient, incoming: Any, text: str) -> str:
    """The first text of the answer to ``text``."""
    seq = (await client.send(text)).seq
    async for message in incoming:
        if message.get("in_reply_to") == seq:
            return message.get("text") or ""
    raise AssertionError("The gateway has closed the conversation.")


def banking77(folder: Path) -> None:
    """Accuracy on the test sentences of BANKING77 after few and many examples; Rasa's default pipeline beside ours.

    ``folder`` holds ``train_5.jsonl``, ``train_10.jsonl``, ``train.csv`` and ``test.csv``. What a pipeline draws by
    chance is drawn anew in each of three rounds.
    """
    rows = [
        {"trained on": name, "pipeline": pipeline, **evaluate_nlu(
            "--train", str(folder / file), "--test", str(folder / "test.csv"), "--fold-names",
            "--seeds", str(SEEDS), *more)}
        for name, file, pipeline, more in (
            ("5 an intent", "train_5.jsonl", "ours", ()),
            ("10 an intent", "train_10.jsonl", "ours", ()),
            ("10 an intent", "train_10.jsonl", "Rasa's default", ("--config", str(DEFAULT_CONFIG))),
            ("all", "train.csv", "ours", ()),
        )
    ]
    print("### BANKING77\n\n| trained on | pipeline | accuracy | of each seed | macro F1 | training | one message |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        each = ", ".join(f"{seed['accuracy']:.1%}" for seed in row["per_seed"])
        accuracy = f"{row['accuracy']:.1%} ± {row['accuracy_spread']:.1%}"
        print(f"| {row['trained on']} | {row['pipeline']} | {accuracy} | {each} | {row['macro_f1']:.1%} "
              f"| {row['train_seconds']:.0f} s | {row['message_ms']:.1f} ms |")
    print(flush=True)


def evaluate_nlu(*arguments: str) -> dict[str, Any]:
    """What ``floorwalker evaluate nlu --json`` prints."""
    return json.loads(subprocess.run(
        command("evaluate", "nlu", "--json", *arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding", description=__doc__)
    parser.add_argument("name", choices=("live_intent", "banking77"))
    parser.add_argument("folder", type=Path, nargs="?", help="where BANKING77 is")
    arguments = parser.parse_args()
    if arguments.name == "banking77":
        if arguments.folder is None:
            parser.error("banking77 needs the folder of its files.")
        banking77(arguments.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), **WIDE_LIMITS)
        stack.prepare()
        stack.start()
        try:
            live_intent(stack)
        finally:
            stack.stop()


if __name__ == "__main__":
    sys.exit(main())
