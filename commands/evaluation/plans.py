"""What is trained on and what is asked, for cross-validation and for a training and a test file."""
from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.typing_errors import disturb
from commands.errors import CommandError
from commands.evaluation.metrics import refusal_threshold
from commands.evaluation.pipeline import OUT_OF_SCOPE, REFUSALS, Answer, Round, RoundAnswers
from commands.evaluation.sentences import Sentence
from models.training_data.examples import same

# A tenth of the characters: about one typing error in every second word.
DISTURBED_SHARE = 0.1
# Held-out sentences on which a threshold is chosen; more would cost trainings and hardly move it.
THRESHOLD_SENTENCES = 1000


@dataclass
class Trial:
    """Answers of one seed. ``answers``, ``disturbed`` and ``thresholds`` go with ``asked``, row by row.

    ``thresholds``: confidence below which a sentence counts as out of scope, chosen without that sentence.
    ``threshold`` and ``out_of_scope`` are the threshold for the sentences of a file of its own, and their answers.
    """

    seed: int
    asked: list[Sentence]
    answers: list[Answer]
    disturbed: list[Answer]
    thresholds: list[float]
    train_seconds: float
    threshold: float
    out_of_scope: list[Answer] = field(default_factory=list)


def folds_of(sentences: Sequence[Sentence], folds: int, seed: int) -> list[int]:
    """The fold, 0 to ``folds`` - 1, of each sentence: each intent is spread evenly over the folds.

    A sentence that stands twice is in one fold only: a copy in the training data would give the answer away.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    of_intent: dict[str, list[str]] = defaultdict(list)
    for key, intent in {same(each.text): each.intent for each in sentences}.items():
        of_intent[intent].append(key)
    fold_of: dict[str, int] = {}
    for keys in of_intent.values():
        chance.shuffle(keys)
        # Dealt on from where the last intent ended, so that the remainders do not all fall to the first folds.
        for key in keys:
            fold_of[key] = len(fold_of) % folds
    return [fold_of[same(each.text)] for each in sentences]


def choose_shots(sentences: Sequence[Sentence], shots: int, seed: int) -> list[Sentence]:
    """``shots`` sentences of each intent by chance, all where it has fewer, in their old order."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    of_intent: dict[str, list[int]] = defaultdict(list)
    for row, sentence in enumerate(sentences):
        of_intent[sentence.intent].append(row)
    chosen = {row for rows in of_intent.values() for row in chance.sample(rows, min(shots, len(rows)))}
    return [sentence for row, sentence in enumerate(sentences) if row in chosen]


class CrossValidation:
    """Each fold is asked of a pipeline trained on the others; sentences of a file, of one trained on all."""

    def __init__(
        self, sentences: Sequence[Sentence], folds: int, seed: int, out_of_scope: Sequence[Sentence] = ()
    ) -> None:
        self.seed = seed
        fold_of = folds_of(sentences, folds, seed)
        self._parts = [
            [each for each, fold in zip(sentences, fold_of, strict=True) if fold == part] for part in range(folds)
        ]
        self._out_of_scope = out_of_scope
        self.rounds = []
        for part, asked in enumerate(self._parts):
            train = [each for each, fold in zip(sentences, fold_of, strict=True) if fold != part]
            if not asked or len({each.intent for each in train}) < 2:
                raise CommandError(f"{len(sentences)} sentences are too few for {folds} folds. Use fewer --folds.")
            self.rounds.append(Round(train, _texts(asked, seed), seed))
        if out_of_scope:
            self.rounds.append(Round(sentences, [each.text for each in out_of_scope], seed))

    def trial(self, results: Sequence[RoundAnswers]) -> Trial:
        """The answers to ``rounds``, put together."""
        by_part = [_halves(result.answers) for result in results[:len(self._parts)]]
        rows = [list(zip(part, whole, strict=True)) for part, (whole, _) in zip(self._parts, by_part, strict=True)]
        thresholds: list[float] = []
        for part in range(len(rows)):
            others = [row for number, each in enumerate(rows) for row in each if number != part]
            thresholds += [threshold(others)] * len(rows[part])
        return Trial(
            self.seed,
            [sentence for part in self._parts for sentence in part],
            [answer for whole, _ in by_part for answer in whole],
            [answer for _, disturbed in by_part for answer in disturbed],
            thresholds,
            sum(result.train_seconds for result in results[:len(self._parts)]) / len(self._parts),
            threshold([row for each in rows for row in each]),
            results[-1].answers if self._out_of_scope else [],
        )


class TrainAndTest:
    """One pipeline trained on all of ``train`` and asked ``test``.

    The threshold for what is out of scope is chosen on folds of ``train`` that were held out in further trainings,
    which are only made where there are sentences out of scope to judge it by.
    """

    def __init__(
        self,
        train: Sequence[Sentence],
        test: Sequence[Sentence],
        seed: int,
        folds: int,
        out_of_scope: Sequence[Sentence] = (),
    ) -> None:
        self.seed = seed
        self._test = list(test)
        self._out_of_scope = out_of_scope
        # In another order for each seed, for components that learn something else from another order.
        train = random.Random(seed).sample(train, len(train))  # noqa: S311 - no secret
        self.rounds = [Round(train, [*_texts(test, seed), *(each.text for each in out_of_scope)], seed)]
        self._held_out: list[list[Sentence]] = []
        if self.judges_out_of_scope:
            fold_of = folds_of(train, folds, seed)
            for part in range(folds):
                held_out = [each for each, fold in zip(train, fold_of, strict=True) if fold == part]
                rest = [each for each, fold in zip(train, fold_of, strict=True) if fold != part]
                if not held_out or sum(map(len, self._held_out)) >= THRESHOLD_SENTENCES:
                    break
                self._held_out.append(held_out)
                self.rounds.append(Round(rest, [each.text for each in held_out], seed))

    @property
    def judges_out_of_scope(self) -> bool:
        return bool(self._out_of_scope) or any(each.intent in REFUSALS for each in self._test)

    def trial(self, results: Sequence[RoundAnswers]) -> Trial:
        """The answers to ``rounds``, put together."""
        asked = 2 * len(self._test)
        whole, disturbed = _halves(results[0].answers[:asked])
        chosen = threshold([
            row for held_out, result in zip(self._held_out, results[1:], strict=True)
            for row in zip(held_out, result.answers, strict=True)
        ])
        return Trial(
            self.seed, self._test, whole, disturbed, [chosen] * len(whole), results[0].train_seconds, chosen,
            results[0].answers[asked:],
        )


def threshold(rows: Sequence[tuple[Sentence, Answer]]) -> float:
    """The confidence below which to refuse, by sentences that were held out; those out of scope do not decide."""
    rows = [(sentence, answer) for sentence, answer in rows if sentence.intent not in REFUSALS]
    return refusal_threshold(
        [answer.confidence for _, answer in rows],
        [answer.guess == sentence.intent for sentence, answer in rows],
        [answer.guess == OUT_OF_SCOPE for _, answer in rows],
    )


def _texts(sentences: Sequence[Sentence], seed: int) -> list[str]:
    """Each text as it is, then each with typing errors."""
    texts = [each.text for each in sentences]
    return texts + [disturb(text, DISTURBED_SHARE, seed) for text in texts]


def _halves(answers: Sequence[Answer]) -> tuple[list[Answer], list[Answer]]:
    middle = len(answers) // 2
    return list(answers[:middle]), list(answers[middle:])
