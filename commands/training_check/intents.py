"""Intents: named in the domain, taught by examples, answered by a rule or story."""
from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import yaml

from commands.training_check.code import trees
from models.training_data.files import TrainingFiles
from models.training_data.problem import ERROR, WARNING, Place, Problem
from models.training_data.yaml_tree import entries, get, items, text

# Fewer tell a classifier little about what may vary.
FEWEST_EXAMPLES = 5
# Rasa's own; a rule may name them although no domain does.
RASA_INTENTS = {"restart", "back", "out_of_scope", "session_start", "nlu_fallback"}
PAYLOAD = re.compile(r"/([a-z_][a-z0-9_]*)", re.IGNORECASE)


def check_intents(files: TrainingFiles) -> Iterator[Problem]:
    """Where an intent is missing from the domain, the examples or the rules, and where its examples are too few."""
    domain = files.domain_names("intents")
    asked_for = {name for _, kind, name in files.steps() if kind == "intent"}
    handled = {_base(name) for name in asked_for} | _of_slots(files)
    counts = Counter(example.intent for example in files.examples)
    known = {_base(intent) for intent in files.nlu_intents}
    yield from _missing_in_domain(files, domain)
    untaught = {intent: place for intent, place in domain.items() if intent not in {*known, *RASA_INTENTS}}
    of_buttons = _payloads(files) if untaught else set()
    for intent, place in untaught.items():
        if intent not in of_buttons:
            yield Problem.at(
                place, "intent-without-examples", WARNING, f"No sentence teaches the intent “{intent}”.",
                f"Write at least {FEWEST_EXAMPLES} examples of it in data/nlu, or delete it here.",
            )
    for intent, place in {**domain, **{_base(name): at for name, at in files.nlu_intents.items()}}.items():
        if intent not in handled:
            yield Problem.at(
                place, "intent-unanswered", ERROR, f"No rule and no story answers the intent “{intent}”.",
                "Write a rule in data/rules that begins with it, or delete the intent.",
            )
    for intent, place in files.nlu_intents.items():
        if counts[intent] < FEWEST_EXAMPLES:
            yield Problem.at(
                place, "few-examples", WARNING,
                f"The intent “{intent}” has {counts[intent]} example{'' if counts[intent] == 1 else 's'}.",
                f"Write at least {FEWEST_EXAMPLES}, as different from each other as shoppers are.",
            )
    for place, kind, name in files.steps():
        if kind == "intent" and _base(name) not in {*domain, *known, *RASA_INTENTS}:
            yield Problem.at(
                place, "intent-unknown", ERROR, f"The intent “{name}” stands in no domain and has no examples.",
                "Correct its spelling, or add it to the domain and write examples of it.",
            )


def _missing_in_domain(files: TrainingFiles, domain: dict[str, Place]) -> Iterator[Problem]:
    for intent, place in files.nlu_intents.items():
        if _base(intent) not in domain:
            yield Problem.at(
                place, "intent-not-in-domain", ERROR, f"The domain does not name the intent “{_base(intent)}”.",
                f"Add “- {_base(intent)}” under “intents:” in domain.yml.",
            )


def _base(intent: str) -> str:
    """Retrieval intents (``faq/hours``) stand in the domain and in rules by their first part."""
    return intent.split("/", 1)[0]


def _of_slots(files: TrainingFiles) -> set[str]:
    """Intents that fill a slot: they are answered by the form that asks for it."""
    found = set()
    for _, _, slot in files.domain_values("slots"):
        for mapping in items(get(slot, "mappings")):
            wanted = get(mapping, "intent")
            found |= {each for each in map(text, [wanted, *items(wanted)]) if each}
    return found


def _payloads(files: TrainingFiles) -> set[str]:
    """Intents that a button names: they need no sentences, as nobody types them."""
    found: set[str] = set()
    waiting = [response for _, _, response in files.domain_values("responses")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        for name, value in entries(node):
            waiting.append(value)
            if name.value == "payload" and text(value) and (named := PAYLOAD.match(text(value))):
                found.add(named[1])
    for _, tree in trees(files.root, "actions", "/"):
        if isinstance(tree, Problem):
            continue  # responses.py reports it
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and (named := PAYLOAD.match(node.value)):
                found.add(named[1])
    return found
