"""Typing errors: a message as it was probably meant, for the sentence embedding.

The sentence model reads word pieces, and one wrong letter makes a familiar word a heap of strange pieces. So words
that nobody uses are replaced by the nearest ones that shoppers of this shop do use. The entities are still found in
the message as it was typed.
"""
from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.models_in_use import open_embedding
from bot.vocabulary import Vocabulary

# Under this key a message carries its corrected text.
CORRECTED_TEXT = "corrected_text"

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
PAIR = re.compile(r"\b([^\W\d_]+) ([^\W\d_]+)\b")
LONG_RUN = re.compile(r"(\w)\1{2,}")
# Shorter words are too near to each other: "on", "in", "is".
MIN_LETTERS = 3
# From so many letters on, two errors may be in a word.
TWO_ERRORS_FROM = 6
# Words run together are taken apart from so many letters on.
SPLIT_FROM = 6
# A word in fewer examples than this may itself be a typing error that trainers left in on purpose.
FAMILIAR_FROM = 3
# Short words of a single example are more often slang ("yep", "plz") than errors.
TRUSTED_TO = 4
MAX_CHARACTERS = 1000


class Speller:
    """Knows the words of the examples with their counts, and other words that exist, which it leaves alone."""

    def __init__(self, counts: dict[str, int], exists: Callable[[str], bool] = lambda word: False) -> None:
        self._counts = counts
        self._exists = exists
        familiar = [word for word, count in counts.items() if count >= FAMILIAR_FROM and len(word) >= MIN_LETTERS]
        # By length: a word is compared only with those that so few errors can make of it.
        self._by_length: dict[int, list[str]] = {}
        for word in familiar:
            self._by_length.setdefault(len(word), []).append(word)
        self._parts = set(familiar) | {word for word, count in counts.items() if len(word) < MIN_LETTERS < count}

    def correct(self, text: str) -> str:
        """``text`` with each unknown word replaced by the nearest familiar one, if one is near enough."""
        text = PAIR.sub(lambda found: self._pair(found[1], found[2]), text[:MAX_CHARACTERS])
        return WORD.sub(lambda found: self._word(found[0]), text)

    def _known(self, word: str) -> bool:
        if len(word) < MIN_LETTERS or self._exists(word):
            return True
        if self._counts.get(word, 0) >= (1 if len(word) <= TRUSTED_TO else FAMILIAR_FROM):
            return True
        stem = re.sub(r"'?s$", "", word)  # "invoices", "neighbour's"
        return stem != word and (stem in self._parts or self._exists(stem))

    def _pair(self, first: str, second: str) -> str:
        """``m yorder`` -> ``my order``: a space that was typed a letter early or late."""
        if not (first.lower() in self._parts and second.lower() in self._parts):
            for left, right in ((first + second[0], second[1:]), (first[:-1], first[-1] + second)):
                if left.lower() in self._parts and right.lower() in self._parts:
                    return f"{left} {right}"
        return f"{first} {second}"

    def _word(self, typed: str) -> str:
        word = typed.lower().replace("’", "'")
        if self._known(word):
            return typed
        short = LONG_RUN.sub(r"\1", word)
        return self._nearest(short) or self._split(word) or self._split_misspelt(word) or typed

    def _nearest(self, word: str) -> str | None:
        errors = 2 if len(word) >= TWO_ERRORS_FROM else 1
        candidates = [
            each for length in range(len(word) - errors, len(word) + errors + 1)
            for each in self._by_length.get(length, ())
        ]
        found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=errors, limit=None)
        if not found:
            return None
        # The fewest errors; then the first letter, which is seldom mistyped; then the commonest word.
        best = min(found, key=lambda match: (match[1], match[0][0] != word[0], -self._counts[match[0]]))
        return best[0]

    def _split(self, word: str) -> str | None:
        """``whereismyorder`` -> ``where is my order``; None where it is not made of familiar words alone."""
        if len(word) < SPLIT_FROM:
            return None
        # best[i]: fewest words that make word[:i], and the words
        best: list[tuple[int, list[str]] | None] = [(0, [])] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 16), end):
                before = best[start]
                if before is not None and word[start:end] in self._parts:
                    count = before[0] + 1
                    if best[end] is None or count < best[end][0]:
                        best[end] = (count, [*before[1], word[start:end]])
        return " ".join(best[-1][1]) if best[-1] else None

    def _split_misspelt(self, word: str) -> str | None:
        """``runningsheos`` -> ``running shoes``: two words run together, one of them misspelt."""
        for cut in range(MIN_LETTERS, len(word) - MIN_LETTERS + 1):
            left, right = word[:cut], word[cut:]
            if left in self._parts and (mended := self._nearest(right)):
                return f"{left} {mended}"
            if right in self._parts and (mended := self._nearest(left)):
                return f"{mended} {right}"
        return None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SpellingCorrector(GraphComponent):
    """Puts the corrected text on each message, under ``CORRECTED_TEXT``; stands before the featurizer.

    Left alone are the words of the examples, those that the sentence model knows, and those of the catalogue.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``models``: folder of the registry, as for the featurizer. ``vocabulary``: the catalogue's words, as for
        the entity extractor.
        """
        return {"models": "", "vocabulary": ""}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._vocabulary = Vocabulary.of_shop(config["vocabulary"])
        self._speller = Speller({})

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpellingCorrector:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SpellingCorrector:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            learned = json.loads((folder / "words.json").read_text("utf-8"))
        component._learn(learned["counts"], frozenset(learned["existing"]))
        return component

    def train(self, training_data: TrainingData) -> Resource:
        counts = count_words(example.get(TEXT) or "" for example in training_data.intent_examples)
        existing = open_embedding(self._config["models"]).words()
        with self._model_storage.write_to(self._resource) as folder:
            learned = {"counts": counts, "existing": sorted(existing)}
            (folder / "words.json").write_text(json.dumps(learned, sort_keys=True), "utf-8")
        self._learn(counts, existing)
        return self._resource

    def _learn(self, counts: dict[str, int], existing: frozenset[str]) -> None:
        self._speller = Speller(counts, lambda word: word in existing or self._vocabulary.has_word(word))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                message.set(CORRECTED_TEXT, self._speller.correct(message.get(TEXT)))
        return messages


def count_words(texts: Iterable[str]) -> dict[str, int]:
    """Word, in lower case -> number of texts that it stands in."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word.lower().replace("’", "'") for word in WORD.findall(text)})
    return dict(counts)
