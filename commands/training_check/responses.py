"""Responses: each is uttered somewhere, and whatever is uttered exists."""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from commands.training_check.code import trees
from commands.training_check.intents import RASA_INTENTS
from models.training_data.files import TrainingFiles
from models.training_data.problem import ERROR, WARNING, Place, Problem
from models.training_data.yaml_tree import entries, get, items, text

RESPONSE = re.compile(r"utter_\w*\w(?<!_)")
# Rasa utters these by itself where the domain has them.
RASA_RESPONSES = {"utter_default", "utter_restart", "utter_back", "utter_ask_rephrase"}
# Where responses are uttered from, and where else code may name one.
ACTIONS = "actions"
CODE = (ACTIONS, "bot", "commands", "shop", "web")


def check_responses(files: TrainingFiles) -> Iterator[Problem]:
    """Responses that nothing utters, and responses that rules, stories or actions name but no domain has.

    Code may put a name together (``f"utter_why_{slot}"``). A placeholder that is called ``intent`` stands for any
    intent, any other one for anything, so that no response is called unused that may be uttered.
    """
    responses = files.domain_names("responses")
    intents = {*files.domain_names("intents"), *files.nlu_intents, *RASA_INTENTS}
    actions = {*files.domain_names("actions"), *files.domain_names("forms")}
    uttered = RASA_RESPONSES | _of_forms(files)
    for place, kind, name in files.steps():
        if kind == "action" and name.startswith("utter_") and name not in actions:
            uttered.add(name)
            if name not in {response.split("/", 1)[0] for response in responses}:
                yield _undefined(place, f"The response “{name}”")
    patterns: list[re.Pattern] = []
    for folder in CODE:
        for found in _in_code(files, folder, intents):
            if isinstance(found, Problem):
                yield found
                continue
            place, name, pattern = found
            patterns.append(pattern)
            if folder == ACTIONS and not any(map(pattern.fullmatch, {*responses, *actions})):
                yield _undefined(place, f"The response “{name}”" if name else "A response that this code puts together")
    for response, place in responses.items():
        base = response.split("/", 1)[0]
        if base not in uttered and not any(pattern.fullmatch(response) for pattern in patterns):
            yield Problem.at(
                place, "response-unused", WARNING, f"Nothing utters the response “{response}”.",
                "Name it in a rule, a story or an action, or delete it.",
            )


def _undefined(place: Place, what: str) -> Problem:
    return Problem.at(place, "response-undefined", ERROR, f"{what} is not in the domain.",
                      "Correct its spelling, or write it under “responses:” in domain.yml.")


def _of_forms(files: TrainingFiles) -> set[str]:
    """Responses by which Rasa's forms ask for their slots."""
    found = set()
    for _, form, description in files.domain_values("forms"):
        for slot in items(get(description, "required_slots")):
            found |= {f"utter_ask_{text(slot)}", f"utter_ask_{form}_{text(slot)}"}
        for slot, _ in entries(get(description, "required_slots")):  # as Rasa 2 wrote it
            found |= {f"utter_ask_{slot.value}", f"utter_ask_{form}_{slot.value}"}
    return found


Uttered = tuple[Place, str | None, re.Pattern]  # where, its name or None where it is put together, what it may be


def _in_code(files: TrainingFiles, folder: str, intents: set[str]) -> Iterator[Uttered | Problem]:
    """Responses that the code of a room names."""
    any_intent = "|".join(map(re.escape, sorted(intents)))
    for file, tree in trees(files.root, folder, "utter_"):
        if isinstance(tree, Problem):
            yield tree
            continue
        within_f_strings = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
                            for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                pattern = _pattern(node, any_intent)
                if pattern is not None:
                    yield Place(file, node.lineno), None, pattern
            elif (isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within_f_strings
                    and RESPONSE.fullmatch(node.value)):
                yield Place(file, node.lineno), node.value, re.compile(re.escape(node.value))


def _pattern(joined: ast.JoinedStr, any_intent: str) -> re.Pattern | None:
    """What an f-string that begins with ``utter_`` may become; None for other f-strings."""
    first = joined.values[0]
    if not (isinstance(first, ast.Constant) and str(first.value).startswith("utter_")):
        return None
    parts = []
    for part in joined.values:
        if isinstance(part, ast.Constant):
            parts.append(re.escape(part.value))
        else:
            named = getattr(part.value, "attr", getattr(part.value, "id", ""))
            parts.append(f"(?:{any_intent})" if named == "intent" and any_intent else r"\w+")
    pattern = "".join(parts)
    return re.compile(pattern) if re.fullmatch(r"[\w|()?:\\+]+", pattern) else None
