"""Example sentences: written twice, written under two intents, or not readable as an example."""
from __future__ import annotations

from collections.abc import Iterator

from models.training_data.examples import Example
from models.training_data.files import TrainingFiles
from models.training_data.problem import ERROR, WARNING, Problem


def check_sentences(files: TrainingFiles) -> Iterator[Problem]:
    """Each repeated sentence is reported where it stands again, with the place where it stood first."""
    for malformed in files.malformed:
        yield Problem.at(
            malformed.place, "example-malformed", ERROR, f"{malformed.reason}, so Rasa would leave it out.",
            "Write each example as “- sentence” on a line of its own.",
        )
    first: dict[str, Example] = {}
    first_of_intent: dict[tuple[str, str], Example] = {}
    for example in files.examples:
        earlier = first_of_intent.get((example.key, example.intent))
        other = first.setdefault(example.key, example)
        first_of_intent.setdefault((example.key, example.intent), example)
        if earlier is not None:
            yield Problem.at(
                example.place, "example-repeated", WARNING,
                f"“{example.text}” stands already in {earlier.place}, also under “{example.intent}”.",
                "Delete one of them, or say it in other words.",
            )
        elif other.intent != example.intent:
            yield Problem.at(
                example.place, "example-in-two-intents", ERROR,
                f"“{example.text}” teaches “{example.intent}” here and “{other.intent}” in {other.place}.",
                "Decide what a shopper wants who says this, and delete the other.",
            )
