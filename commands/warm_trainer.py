"""The process that trains Rasa's model (``bot/trainer.py``), started for one training or kept for many.

Importing Rasa takes longer than a small training. ``kept()`` starts the process and keeps it; ``train`` then uses it,
and one that died or whose code was changed is started anew. Without ``kept()`` each training has a process of its own.
"""
from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
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


class TrainerDied(Exception):
    """The process ended without an answer. The message says with what status."""


class Trainer:
    """One process. It ends by itself when this one does, as its input ends then."""

    def __init__(self) -> None:
        self.code = _stamp(CODE)
        log = _log()
        with log.open("w", encoding="utf-8") as complaints:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                [str(serve.rasa_program().with_name("python")), "-m", "bot.trainer"], cwd=ROOT,
                env=serve.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
                text=True, encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for the watcher, which ends this one and what it split off
            )
        self._ready = False

    @property
    def usable(self) -> bool:
        """Whether it runs, with the code that stands on the disk."""
        return self._process.poll() is None and self.code == _stamp(CODE)

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """The answer to a job. Raises TrainerDied where there is none."""
        if not self._ready:
            self._ready = "ready" in self._answer()
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise self._died()
        return json.loads(line)

    def _died(self) -> TrainerDied:
        self.end()
        return TrainerDied(f"the process that trains ended with status {self._process.returncode}")

    def end(self) -> None:
        """End it, and a training that is under way with it."""
        with contextlib.suppress(BrokenPipeError):  # what it was never told is of no use any more
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()


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
    except TrainerDied as error:
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
