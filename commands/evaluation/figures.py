"""The figures of an evaluation as one JSON object, from the answers of its trials."""
from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from statistics import mean, median, pstdev
from typing import Any

from commands.evaluation import metrics
from commands.evaluation.pipeline import OUT_OF_SCOPE, REFUSALS, Answer
from commands.evaluation.plans import DISTURBED_SHARE, Trial


def figures(trials: Sequence[Trial], learnt: Iterable[str]) -> dict[str, Any]:
    """All figures. ``learnt``: the intents of the training data.

    Accuracy, macro F1, robustness and the figures out of scope are means over the trials; intents, confusions and
    calibration are taken over the answers of all trials together. A sentence counts as understood where the best
    real intent is right; what the shipped threshold for asking again makes of it stands under ``as_shipped``.
    """
    rows = [row for trial in trials for row in zip(trial.asked, trial.answers, strict=True)]
    truth, guesses = [sentence.intent for sentence, _ in rows], [answer.guess for _, answer in rows]
    right = [intent == guess for intent, guess in zip(truth, guesses, strict=True)]
    bins = metrics.reliability([answer.confidence for _, answer in rows], right)
    learnt = set(learnt)
    per_seed = [_per_seed(trial) for trial in trials]
    return {
        "accuracy": mean(each["accuracy"] for each in per_seed),
        "accuracy_spread": pstdev(each["accuracy"] for each in per_seed),
        "macro_f1": mean(each["macro_f1"] for each in per_seed),
        "per_seed": per_seed,
        "train_seconds": mean(trial.train_seconds for trial in trials),
        "message_ms": median(answer.took_ms for _, answer in rows),
        "as_shipped": _as_shipped(rows),
        "robustness": _robustness(trials),
        "out_of_scope": _out_of_scope(trials),
        "calibration": {"ece": metrics.expected_calibration_error(bins), "bins": metrics.as_rows(bins)},
        "intents": {name: asdict(each) for name, each in metrics.intent_figures(truth, guesses).items()},
        "confusions": metrics.as_rows(metrics.confusions([sentence.text for sentence, _ in rows], truth, guesses)),
        # Of one trial: every trial asks the same sentences.
        "unknown_intents": dict(sorted(Counter(
            sentence.intent for sentence in trials[0].asked if sentence.intent not in learnt
        ).items())),
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
    }


def _per_seed(trial: Trial) -> dict[str, float]:
    truth, guesses = [each.intent for each in trial.asked], [each.guess for each in trial.answers]
    return {
        "seed": trial.seed,
        "accuracy": metrics.accuracy(truth, guesses),
        "macro_f1": metrics.macro_f1(truth, guesses),
        "train_seconds": trial.train_seconds,
        "message_ms": median(answer.took_ms for answer in trial.answers),
    }


def _as_shipped(rows: Sequence[tuple]) -> dict[str, float]:
    """What the pipeline does with its own threshold: answers, rightly or wrongly, or asks again."""
    in_scope = [(sentence, answer) for sentence, answer in rows if sentence.intent not in REFUSALS]
    answered = [(sentence, answer) for sentence, answer in in_scope if not answer.refused]
    right = sum(answer.intent == sentence.intent for sentence, answer in answered)
    return {
        "answered_rightly": right / len(in_scope) if in_scope else 0.0,
        "answered_wrongly": (len(answered) - right) / len(in_scope) if in_scope else 0.0,
        "refused": (len(in_scope) - len(answered)) / len(in_scope) if in_scope else 0.0,
    }


def _robustness(trials: Sequence[Trial]) -> dict[str, float]:
    def share_right(answers: list[Answer], trial: Trial) -> float:
        return metrics.accuracy([each.intent for each in trial.asked], [each.guess for each in answers])

    disturbed = mean(share_right(trial.disturbed, trial) for trial in trials)
    whole = mean(share_right(trial.answers, trial) for trial in trials)
    return {
        "disturbed_share": DISTURBED_SHARE, "accuracy": disturbed, "points_lost": (whole - disturbed) * 100,
    }


def _out_of_scope(trials: Sequence[Trial]) -> dict[str, Any] | None:
    """None where no sentence out of scope was asked."""
    per_trial = [each for each in map(_refusals, trials) if each is not None]
    if not per_trial:
        return None

    def together(key: str) -> float:
        return mean(each[key] for each in per_trial)

    return {
        "recall": together("recall"),
        "in_scope_accuracy": together("in_scope_accuracy"),
        "best_in_scope_accuracy": together("best_in_scope_accuracy"),
        "threshold": together("threshold"),
        "sentences": per_trial[0]["sentences"],
        "as_shipped": {
            "recall": together("shipped_recall"), "in_scope_accuracy": together("shipped_in_scope_accuracy"),
        },
    }


def _refusals(trial: Trial) -> dict[str, float] | None:
    rows = list(zip(trial.asked, trial.answers, trial.thresholds, strict=True))
    inside = [row for row in rows if row[0].intent not in REFUSALS]
    outside = [(answer, limit) for sentence, answer, limit in rows if sentence.intent in REFUSALS]
    outside += [(answer, trial.threshold) for answer in trial.out_of_scope]
    if not outside or not inside:
        return None

    def refused(answer: Answer, limit: float) -> bool:
        return answer.guess == OUT_OF_SCOPE or answer.confidence < limit

    right = [(answer, limit) for sentence, answer, limit in inside if answer.guess == sentence.intent]
    return {
        "recall": sum(refused(*each) for each in outside) / len(outside),
        "in_scope_accuracy": sum(not refused(*each) for each in right) / len(inside),
        "best_in_scope_accuracy": len(right) / len(inside),
        "threshold": trial.threshold,
        "sentences": len(outside),
        "shipped_recall": sum(answer.refused for answer, _ in outside) / len(outside),
        "shipped_in_scope_accuracy": sum(not answer.refused for answer, _ in right) / len(inside),
    }
