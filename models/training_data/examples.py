"""Example sentences of ``nlu:`` blocks, each with its line, its intent and its annotated entities."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from models.training_data.problem import Place
from models.training_data.yaml_tree import get, items, line, lines_of_block, text

# Rasa's own: [text](entity), [text](entity:value), [text]{"entity": ..., "role": ...}, [text][{...}, {...}]
ANNOTATION = re.compile(
    r"\[(?P<text>[^\]]+?)\](?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)|(?P<object>\{[^}]+?\})"
    r"|\[(?P<objects>.*?)\])"
)


@dataclass(frozen=True)
class Example:
    """A sentence as it is said (annotations taken out), and as the file has it (``written``).

    ``entities``: Rasa's ``{"start", "end", "value", "entity"}`` with ``role`` and ``group`` where given.
    """

    text: str
    intent: str
    place: Place
    entities: tuple[dict[str, Any], ...] = ()
    written: str = ""

    @property
    def key(self) -> str:
        """Equal for sentences that are the same but for case, spaces and punctuation at the end."""
        return same(self.text)


@dataclass(frozen=True)
class Malformed:
    """A line under ``examples`` that Rasa would leave out."""

    place: Place
    reason: str


def same(sentence: str) -> str:
    """What two spellings of one sentence have in common: no case, single spaces, no punctuation at the end."""
    return " ".join(sentence.casefold().split()).rstrip(" .!?…")


def intent_blocks(root: yaml.Node | None, file: str) -> Iterator[tuple[str, Place, yaml.Node]]:
    """(intent, place, block) of each intent's block in a file."""
    for block in items(get(root, "nlu")):
        named = get(block, "intent")
        if text(named):
            yield text(named), Place(file, line(named)), block


def examples_of(block: yaml.Node, intent: str, file: str) -> Iterator[Example | Malformed]:
    """What stands under ``examples`` of one block, in order."""
    examples = get(block, "examples")
    if isinstance(examples, yaml.SequenceNode):  # the longer form: a list of {text, metadata}
        for item in examples.value:
            written = get(item, "text")
            if text(written) is None:
                yield Malformed(Place(file, line(item)), "An example has no text")
                continue
            for number, content in lines_of_block(written):
                if content.strip():
                    yield read_example(content.strip().removeprefix("-").strip(), intent, Place(file, number))
        return
    if not isinstance(examples, yaml.ScalarNode):
        return
    for number, content in lines_of_block(examples):
        place = Place(file, number)
        if not content.strip():
            continue
        if not content.startswith("-"):
            yield Malformed(place, f"The example “{content.strip()[:60]}” does not begin with a dash")
        elif not content[1:].strip():
            yield Malformed(place, "An example is empty")
        else:
            yield read_example(content[1:].strip(), intent, place)


def read_example(written: str, intent: str, place: Place) -> Example | Malformed:
    """The sentence that ``written`` teaches, annotations read as Rasa reads them."""
    plain, entities, position = "", [], 0
    for found in ANNOTATION.finditer(written):
        plain += written[position:found.start()]
        position = found.end()
        start, end = len(plain), len(plain) + len(found["text"])
        plain += found["text"]
        try:
            for described in _described(found):
                entities.append({"start": start, "end": end, "value": found["text"], **described})
        except (ValueError, TypeError):
            return Malformed(place, f"The annotation “{found[0][:60]}” is not readable")
    return Example(plain + written[position:], intent, place, tuple(entities), written)


def _described(found: re.Match) -> list[dict[str, Any]]:
    if found["entity"]:
        return [{"entity": found["entity"], **({"value": found["value"]} if found["value"] else {})}]
    described = json.loads(found["object"] or f"[{found['objects']}]")
    described = described if isinstance(described, list) else [described]
    if not all(isinstance(each, dict) and isinstance(each.get("entity"), str) for each in described):
        raise ValueError("an entity has no name")
    return described
