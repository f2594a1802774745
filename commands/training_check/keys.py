"""Keys that Rasa does not know, and keys that stand twice in one mapping."""
from __future__ import annotations

import difflib
from collections.abc import Iterator

import yaml

from models.training_data.files import TrainingFiles
from models.training_data.problem import ERROR, Place, Problem
from models.training_data.yaml_tree import entries, get, items, line

# Rasa 3.6's own, from its schemas of NLU data, stories, rules and domains.
DATA = ("version", "nlu", "rules", "stories", "responses")
NLU = ("intent", "synonym", "regex", "lookup", "examples", "metadata")
EXAMPLE = ("text", "metadata")
RULE = ("rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata")
STORY = ("story", "steps", "metadata")
STEP = ("intent", "user", "entities", "action", "bot", "active_loop", "slot_was_set", "checkpoint", "or", "metadata")
DOMAIN = ("version", "intents", "entities", "slots", "responses", "actions", "forms", "e2e_actions", "config",
          "session_config")
SLOT = ("type", "influence_conversation", "values", "min_value", "max_value", "initial_value", "mappings")
MAPPING = ("type", "intent", "not_intent", "entity", "role", "group", "value", "action", "conditions")
FORM = ("required_slots", "ignored_intents")
VARIATION = ("text", "buttons", "quick_replies", "image", "attachment", "custom", "elements", "channel", "condition",
             "metadata", "id", "template_type", "button_type")


def check_keys(files: TrainingFiles) -> Iterator[Problem]:
    """A misspelt key would be left out or refused by Rasa, with a message that names neither line nor remedy."""
    for file, tree in files.data.items():
        for node, allowed, where in _parts_of_data(tree):
            yield from _unknown(file, node, allowed, where)
        yield from _repeated(file, tree)
    for file, tree in files.domain.items():
        for node, allowed, where in _parts_of_domain(tree):
            yield from _unknown(file, node, allowed, where)
        yield from _repeated(file, tree)


Part = tuple[yaml.Node | None, tuple[str, ...], str]  # a node, its allowed keys, what it is


def _parts_of_data(tree: yaml.Node | None) -> Iterator[Part]:
    yield tree, DATA, "a data file"
    for block in items(get(tree, "nlu")):
        yield block, NLU, "a block of nlu"
        for example in items(get(block, "examples")):
            yield example, EXAMPLE, "an example"
    for key, allowed in (("rules", RULE), ("stories", STORY)):
        for block in items(get(tree, key)):
            yield block, allowed, f"one of the {key}"
            for step in (*items(get(block, "condition")), *items(get(block, "steps"))):
                for part in (step, *items(get(step, "or"))):
                    yield part, STEP, "a step"


def _parts_of_domain(tree: yaml.Node | None) -> Iterator[Part]:
    yield tree, DOMAIN, "the domain"
    for _, response in entries(get(tree, "responses")):
        for variation in items(response):
            yield variation, VARIATION, "a response"
    for _, slot in entries(get(tree, "slots")):
        yield slot, SLOT, "a slot"
        for mapping in items(get(slot, "mappings")):
            yield mapping, MAPPING, "a slot's mapping"
    for _, form in entries(get(tree, "forms")):
        yield form, FORM, "a form"


def _unknown(file: str, node: yaml.Node | None, allowed: tuple[str, ...], where: str) -> Iterator[Problem]:
    for name, _ in entries(node):
        if name.value in allowed:
            continue
        alike = difflib.get_close_matches(str(name.value), allowed, n=1)
        yield Problem.at(
            Place(file, line(name)), "unknown-key", ERROR, f"“{name.value}” is no key of {where}.",
            f"Did you mean “{alike[0]}”?" if alike else f"Use one of: {', '.join(allowed)}.",
        )


def _repeated(file: str, tree: yaml.Node | None) -> Iterator[Problem]:
    waiting = [tree] if tree is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        first: dict[str, int] = {}
        for name, value in entries(node):
            waiting.append(value)
            if not isinstance(name, yaml.ScalarNode):
                continue
            if name.value in first:
                yield Problem.at(
                    Place(file, line(name)), "repeated-key", ERROR,
                    f"“{name.value}” stands already in line {first[name.value]}, and only one of them would count.",
                    "Put both together under one key, or rename one.",
                )
            first.setdefault(name.value, line(name))
