"""Predictions of what proposed examples would do, made one at a time by a process of its own in the background.

Training takes the better part of a minute of one core. It runs as ``floorwalker evaluate proposal``, at the lowest
priority, so that shoppers' messages do not wait for it. What was predicted once is remembered by what it was about.
"""
from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.training_data.edits import AddExample, RemoveExample
from models.training_data.examples import Example, read_example
from models.training_data.problem import Place
from models.training_data.proposal import Proposal
from shop.settings import Settings

log = logging.getLogger(__name__)

MOST_REMEMBERED = 64
MOST_SECONDS = 15 * 60
NICE = 15
LAST_LINES = 4  # of what a failed command complained of


@dataclass
class Prediction:
    """``state``: "waiting", "running", "done" (``result`` holds what the command printed) or "failed" (``message``)."""

    key: str
    job: str
    effect: bool
    state: str = "waiting"
    result: dict[str, Any] | None = None
    message: str = ""


class Predictions:
    """The background worker of one web process. It starts with the first prediction and ends with the process."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root = root
        self._settings = settings
        self._known: OrderedDict[str, Prediction] = OrderedDict()
        self._lock = threading.Condition()
        self._worker: threading.Thread | None = None

    def ask(self, proposals: Sequence[Proposal], effect: bool) -> Prediction:
        """The prediction for ``proposals``, begun where it is not known yet; ``effect``: of held-out sentences, too.

        One that failed is begun anew. The one asked for last comes first.
        """
        job = json.dumps({"changes": [_change(each) for each in proposals]}, sort_keys=True)
        key = hashlib.sha256(f"{effect} {job} {_stamp(self._root)}".encode()).hexdigest()[:24]
        with self._lock:
            known = self._known.get(key)
            if known is None or known.state == "failed":
                known = self._known[key] = Prediction(key, job, effect)
                while len(self._known) > MOST_REMEMBERED:
                    self._known.popitem(last=False)
                if self._worker is None:
                    self._worker = threading.Thread(target=self._work, name="predictions", daemon=True)
                    self._worker.start()
                self._lock.notify()
            self._known.move_to_end(key)
        return known

    def find(self, key: str) -> Prediction | None:
        """The prediction of that key; None where it was never asked for, or long ago."""
        with self._lock:
            return self._known.get(key)

    def _work(self) -> None:
        while True:
            with self._lock:
                while (next_ := self._next()) is None:
                    self._lock.wait()
                next_.state = "running"
            try:
                next_.result = self._run(next_)
                next_.state = "done"
            except Exception as error:
                log.exception("A prediction failed")
                next_.message, next_.state = str(error), "failed"

    def _next(self) -> Prediction | None:
        """The one asked for last: who asked before it has chosen otherwise since."""
        waiting = [each for each in self._known.values() if each.state == "waiting"]
        return waiting[-1] if waiting else None

    def _run(self, prediction: Prediction) -> dict[str, Any]:
        command = [sys.executable, "-m", "commands", "evaluate", "proposal", "-", "--json"]
        if not prediction.effect:
            command.append("--conflicts")
        environment = {
            **os.environ, "PYTHONPATH": str(self._root), "OMP_NUM_THREADS": "1",
            "FLOORWALKER_VAR": str(self._settings.var), "FLOORWALKER_DATABASE_URL": self._settings.database_url,
        }
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            ["nice", "-n", str(NICE), *command], cwd=self._root, env=environment, text=True, encoding="utf-8",  # noqa: S607
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )

        def end() -> None:
            with contextlib.suppress(ProcessLookupError):  # it and all that it started have ended
                os.killpg(process.pid, signal.SIGTERM)

        atexit.register(end)  # where the web process ends first, nobody waits for the answer
        try:
            output, complaints = process.communicate(prediction.job, timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired as error:
            end()
            process.communicate()
            raise RuntimeError(f"It took more than {MOST_SECONDS // 60} minutes and was ended.") from error
        finally:
            atexit.unregister(end)
        if process.returncode:
            last = "\n".join(complaints.strip().splitlines()[-LAST_LINES:])
            raise RuntimeError(last or f"The command ended with status {process.returncode}.")
        return json.loads(output)


def _change(proposal: Proposal) -> dict[str, Any]:
    """What the command is told of a proposal: the sentences that it adds and takes out."""
    added, removed = [], []
    for edit in proposal.edits:
        if isinstance(edit, AddExample):
            example = read_example(edit.written, edit.intent, Place(edit.file, 1))
            if isinstance(example, Example):
                added.append({"text": example.text, "intent": edit.intent, "entities": list(example.entities)})
        elif isinstance(edit, RemoveExample):
            removed.append({"text": edit.sentence, "intent": edit.intent})
    return {"id": str(proposal.wish.wish_id), "add": added, "remove": removed}


def _stamp(root: Path) -> str:
    """Another for every content of the files that a prediction depends on."""
    digest = hashlib.sha256()
    for path in sorted([*(root / "data" / "nlu").rglob("*.y*ml"), root / "config.yml"]):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
