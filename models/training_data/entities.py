"""Annotated entities: one piece of text should be the same entity wherever it stands."""
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from models.training_data.examples import Example
from models.training_data.files import TrainingFiles
from models.training_data.problem import WARNING, Place, Problem


def check_entities(files: TrainingFiles) -> Iterator[Problem]:
    """Texts annotated as different entities, and texts annotated here and left bare there."""
    labels: dict[str, dict[str, Place]] = defaultdict(dict)  # text -> entity -> where it first is that
    for example in files.examples:
        for entity in example.entities:
            labels[_spoken(example, entity)].setdefault(_label(entity), example.place)
    if not labels:
        return
    for spoken, places in labels.items():
        (usual, first), *others = places.items()
        for label, place in others:
            yield Problem.at(
                place, "entity-contradiction", WARNING,
                f"“{spoken}” is annotated as “{label}” here and as “{usual}” in {first}.",
                "Annotate it alike in both, or tell the two apart by a role.",
            )
    yield from _left_bare(files.examples, labels)


def _left_bare(examples: list[Example], labels: dict[str, dict[str, Place]]) -> Iterator[Problem]:
    # Longest first: "light blue" is no "blue" that was forgotten.
    words = "|".join(re.escape(spoken) for spoken in sorted(labels, key=lambda spoken: -len(spoken)))
    anywhere = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    for example in examples:
        annotated = [(entity["start"], entity["end"]) for entity in example.entities]
        for found in anywhere.finditer(example.text):
            if any(start < found.end() and found.start() < end for start, end in annotated):
                continue
            label, place = next(iter(labels[found[0].casefold()].items()))
            yield Problem.at(
                example.place, "entity-not-annotated", WARNING,
                f"“{found[0]}” is not annotated here, and is “{label}” in {place}.",
                f"Write “[{found[0]}]({label.split(' ')[0]})”, or take the other annotation away.",
            )


def _spoken(example: Example, entity: dict) -> str:
    return example.text[entity["start"]:entity["end"]].casefold()


def _label(entity: dict) -> str:
    """An entity's name with what distinguishes it: ``city (role: from)``."""
    more = [f"{key}: {entity[key]}" for key in ("role", "group") if entity.get(key)]
    return f"{entity['entity']} ({', '.join(more)})" if more else entity["entity"]
