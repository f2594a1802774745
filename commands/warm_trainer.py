"""The process that trains Rasa's model (``bot/trainer.py``), started for one training or kept for many.

Importing Rasa takes longer than a small training. ``kept()`` starts the process and keeps it; ``train`` then uses it,
and one that died or whose code was changed is started anew. Without ``kept()`` each training has a process of its own.
"""
from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commands import serve
from commands.errors import CommandError
from shop.settings import ROOT, settings

CODE = ROOT / "bot" / "trainer.py"
LOG = "rasa-train.log"
VECTORS = "sentence-vectors.npz"
ENDS_WITHIN_SECONDS = 5
# Beyond any training of a shop's sentences. One that hangs would keep all others waiting for its lock.
ANSWERS_WITHIN_SECONDS = 15 * 60
READ_BYTES = 65_536


class TrainerDied(Exception):
    """The process ended without an answer. The message says with what status."""


class TrainerHung(Exception):
    """The process gave no answer in time, and was ended."""


class Trainer:
    """One process. It ends by itself when this one does, as its input ends then."""

    def __init__(self) -> None:
        self.code = _stamp(CODE)
        log = _log()
        log.write_bytes(b"")
        with log.open("ab") as complaints:  # trainings write the same file
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                [str(serve.rasa_program().with_name("python")), "-m", "bot.trainer"], cwd=ROOT,
                env=serve.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
                start_new_session=True,  # Ctrl-C is for the watcher, which ends this one and what it split off
            )
        self._ready = False
        self._asked = 0
        self._unread = b""

    @property
    def usable(self) -> bool:
        """Whether it runs, with the code that stands on the disk."""
        return self._process.poll() is None and self.code == _stamp(CODE)

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """The answer to a job.

        Raises TrainerDied or TrainerHung where there is none. The process is ended then, as it is where this one is
        interrupted: what it writes must not outlive its job.
        """
        try:
            return self._ask(job)
        except BaseException:
            self.end()
            raise

    def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + ANSWERS_WITHIN_SECONDS
        if not self._ready:
            self._ready = "ready" in self._answer(deadline)
        self._asked += 1
        try:
            self._process.stdin.write(json.dumps({"number": self._asked, **job}).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        while True:
            answer = self._answer(deadline)
            if answer.get("number", self._asked) == self._asked:  # else it is the second answer to an earlier job
                return answer

    def _answer(self, deadline: float) -> dict[str, Any]:
        """The next line that it says, at the latest at ``deadline`` (time.monotonic)."""
        while b"\n" not in self._unread:
            if not select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TrainerHung(
                    f"the process that trains gave no answer for {ANSWERS_WITHIN_SECONDS:g} seconds and was ended; a "
                    "training that needs longer needs another ANSWERS_WITHIN_SECONDS in commands/warm_trainer.py"
                )
            piece = os.read(self._process.stdout.fileno(), READ_BYTES)
            if not piece:
                raise self._died()
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        try:
            return json.loads(line)
        except ValueError:  # a training was killed in the middle of its answer
            raise self._died() from None

    def _died(self) -> TrainerDied:
        self.end()
        return TrainerDied(f"the process that trains ended with status {self._process.returncode}")

    def end(self) -> None:
        """End it, and a training that is under way with it. Nothing happens where that was done."""
        if self._process.stdout.closed:
            return
        with contextlib.suppress(BrokenPipeError):  # what it was never told is of no use any more
            self._process.stdin.close()
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.killpg(self._process.pid, how)
            if self._gone_within(ENDS_WITHIN_SECONDS):
                break
        self._process.wait()
        self._process.stdout.close()

    def _gone_within(self, seconds: float) -> bool:
        """Whether it ends in that time, and its output too: the training, which has the same one, is gone then."""
        deadline = time.monotonic() + seconds
        while select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not os.read(self._process.stdout.fileno(), READ_BYTES):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(max(0.0, deadline - time.monotonic()))
                return self._process.returncode is not None
        return False


class _Kept:
    """The process that ``kept`` keeps, if it does."""

    on = False
    trainer: Trainer | None = None


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Keep one process for all trainings within, from now on; it is ended at the end."""
    _Kept.on = True
    try:
        _usable_trainer()
        yield
    finally:
        _Kept.on = False
        if _Kept.trainer is not None:
            _Kept.trainer.end()
            _Kept.trainer = None


def train(config: str, domain: str, data: tuple[str, ...], out: Path) -> dict[str, float]:
    """Make the model archive ``out``; returns the seconds of each step.

    Raises CommandError with the reason and the end of Rasa's log where that fails.
    """
    log = _log()
    job = {"config": config, "domain": domain, "data": list(data), "out": str(out), "log": str(log),
           "vectors": str(settings.var / VECTORS)}
    try:
        answer = _ask(job)
    except (TrainerDied, TrainerHung) as error:
        raise _failed(f"{error}", log) from error
    if "error" in answer or not out.is_file():
        raise _failed(answer.get("error", "there is no archive"), log)
    return answer["seconds"]


def _ask(job: dict[str, Any]) -> dict[str, Any]:
    if not _Kept.on:
        trainer = Trainer()
        try:
            return trainer.ask(job)
        finally:
            trainer.end()
    trainer = _usable_trainer()
    try:
        return trainer.ask(job)
    except TrainerDied as error:
        # It may have died of something that happened since its last training, and not of this one: once more.
        print(f"{error}; starting it anew, ", end="", flush=True)
        return _usable_trainer().ask(job)


def _usable_trainer() -> Trainer:
    if _Kept.trainer is not None and not _Kept.trainer.usable:
        _Kept.trainer.end()
        _Kept.trainer = None
    if _Kept.trainer is None:
        _Kept.trainer = Trainer()
    return _Kept.trainer


def _stamp(file: Path) -> int | None:
    """When ``file`` was changed, in ns; None while an editor replaces it."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _log() -> Path:
    log = settings.var / "log" / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    return log


def _failed(reason: str, log: Path) -> CommandError:
    tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:]) if log.exists() else ""
    return CommandError(f"Rasa could not be trained ({reason}); the model in use stays. The end of {log}:\n{tail}")
