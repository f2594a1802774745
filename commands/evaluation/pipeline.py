"""The pipeline of a configuration, trained and asked in Rasa's environment."""
from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import serve
from commands.errors import CommandError
from commands.evaluation.sentences import Sentence
from models.registry import Registry
from shop.settings import ROOT, settings

# Names under which the pipeline refuses to answer: the first is Rasa's, given by the FallbackClassifier, the second
# an intent that trainers may teach.
FALLBACK = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"
REFUSALS = (FALLBACK, OUT_OF_SCOPE)


@dataclass(frozen=True)
class Round:
    """Train on ``train``, then ask each of ``ask``."""

    train: Sequence[Sentence]
    ask: Sequence[str]
    seed: int


@dataclass(frozen=True)
class Answer:
    """``intent``: what the pipeline gave, ``nlu_fallback`` where it would ask again. ``guess``: the best real intent,
    with its ``confidence``. ``took_ms``: for this message through the whole pipeline.
    """

    intent: str
    guess: str
    confidence: float
    took_ms: float

    @property
    def refused(self) -> bool:
        return self.intent in REFUSALS


@dataclass(frozen=True)
class RoundAnswers:
    """``train_seconds``: from the sentences to a pipeline that answers, the embedding's tuning included, the start of
    Python not.
    """

    train_seconds: float
    answers: list[Answer]


def run_rounds(
    rounds: Sequence[Round],
    config: Path,
    beside: Sequence[Path] = (),
    on_progress: Callable[[int], None] = lambda _: None,
    on_tuning: Callable[[int], None] = lambda _: None,
    vectors: Path | None = None,
) -> list[RoundAnswers]:
    """The answers of each round, in order. ``beside``: Rasa files whose synonyms and lookup tables are learnt too.

    Each round's embedding is tuned on its own sentences alone, as that of a shop with these sentences would be. With
    ``vectors``, a file that keeps the sentences' vectors, the embedding in use is taken as it is instead: what the
    next ``floorwalker train`` would do.

    ``on_tuning`` is told which round's embedding is being tuned, ``on_progress`` how many messages were asked so far,
    over all rounds.

    Raises CommandError, with the reason, where the pipeline cannot be made or trained.
    """
    job: dict[str, Any] = {
        "config": str(config.resolve()),
        "beside": [str(path.resolve()) for path in beside],
        "rounds": [
            {
                "seed": each.seed, "ask": list(each.ask),
                "train": [{"text": s.text, "intent": s.intent, "entities": list(s.entities)} for s in each.train],
            }
            for each in rounds
        ],
    }
    if vectors is not None:
        job["vectors"] = str(vectors.resolve())
    results: list[RoundAnswers] = []
    before = 0
    tuning_seconds = [0.0] * len(rounds)

    def take(line: dict[str, Any]) -> None:
        nonlocal before
        if "progress" in line:
            on_progress(before + line["progress"]["asked"])
            return
        seconds = line["train_seconds"] + tuning_seconds[line["round"]]
        results.append(RoundAnswers(seconds, [_answer(*answer) for answer in line["answers"]]))
        before += len(rounds[line["round"]].ask)
        on_progress(before)

    with tempfile.TemporaryDirectory() as folder:
        if vectors is None:
            for number, (models, seconds) in enumerate(_tuned(rounds, config, Path(folder), on_tuning)):
                tuning_seconds[number] = seconds
                job["rounds"][number]["models"] = str(models)
        log = converse("bot.evaluation", job, take)
    if len(results) != len(rounds):
        raise _failed(log)
    return results


def _tuned(
    rounds: Sequence[Round], config: Path, folder: Path, on_tuning: Callable[[int], None]
) -> Iterator[tuple[Path, float]]:
    """For each round a new registry with an embedding tuned on its sentences, and the seconds that took.

    Nothing where the pipeline of ``config`` has no use for a tuned one.
    """
    # Loaded only where something may be tuned: PyTorch takes seconds to import.
    from commands.embedding_tuning import exported_base, publish_tuned, wants_tuning  # noqa: PLC0415

    if not wants_tuning(config):
        return
    base = exported_base(Registry(settings.var / "models"), folder / "base")
    for number, round_ in enumerate(rounds):
        on_tuning(number)
        started = time.perf_counter()
        texts, intents = [each.text for each in round_.train], [each.intent for each in round_.train]
        publish_tuned(
            Registry(folder / str(number)), base, texts, intents, {"sentences": len(texts)}, round_.seed
        )
        yield folder / str(number), time.perf_counter() - started


def converse(module: str, job: dict[str, Any], take: Callable[[dict[str, Any]], None]) -> Path:
    """Run ``module`` in Rasa's environment on ``job``, handing each line of its answer to ``take``.

    Returns the log of what it complained of. Raises CommandError, with the reason, where it fails.
    """
    python = serve.rasa_program().with_name("python")
    log = settings.var / "log" / "evaluate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as complaints:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            [str(python), "-m", module], cwd=ROOT, env=serve.environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True, encoding="utf-8",
        )
        # In a thread of its own: a process that fails before it has read all must not leave us writing for ever.
        writer = threading.Thread(target=_write, args=(process, json.dumps(job)), daemon=True)
        writer.start()
        try:
            for content in process.stdout:
                line = json.loads(content)
                if "error" in line:
                    raise CommandError(f"The pipeline could not be trained: {line['error']}")
                take(line)
        except BaseException:
            process.terminate()
            raise
        finally:
            process.wait()
            writer.join()
    if process.returncode:
        raise _failed(log)
    return log


def _failed(log: Path) -> CommandError:
    tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
    return CommandError(f"The pipeline could not be evaluated. The end of {log}:\n{tail}")


def _write(process: subprocess.Popen, job: str) -> None:
    try:
        process.stdin.write(job)
        process.stdin.close()
    except BrokenPipeError:
        return  # it ended early: its exit status and its log say why


def _answer(intent: str | None, confidence: float, ranking: list, took_ms: float) -> Answer:
    best = next(((name, sure) for name, sure in ranking if name != FALLBACK), (intent or FALLBACK, confidence))
    # Single precision makes 1.0000001 of a certain guess.
    return Answer(intent or FALLBACK, best[0] or FALLBACK, min(max(float(best[1]), 0.0), 1.0), took_ms)
