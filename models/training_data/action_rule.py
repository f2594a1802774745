"""Another action for an intent: a rule where none answers it yet, else where to look."""
from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from models.training_data.edits import AddRule, Edit
from models.training_data.files import TrainingFiles
from models.training_data.problem import WARNING, Place, Problem
from models.training_data.yaml_tree import get, items, line, text

RULES = "data/rules"


@dataclass(frozen=True)
class ActionChange:
    """``hint``: what a trainer does by hand; "" where ``edits`` do it."""

    edits: list[Edit]
    problems: list[Problem]
    hint: str


def action_change(files: TrainingFiles, intent: str, action: str) -> ActionChange:
    """What makes ``action`` answer ``intent``.

    Only an intent without any rule gets one here. Where a rule says another action, or the intent opens a form, the
    two would contradict each other and nothing could be trained: a person has to decide.
    """
    answered = list(_answers(files, intent))
    for place, given in answered:
        if given == action:
            return ActionChange([], [], f"{place} answers “{intent}” with {action} already. If something else was "
                                "done, a form was open or a story went on: look at what was said before it.")
    if answered:
        place, given = answered[0]
        return ActionChange([], [], f"{place} answers “{intent}” with {given}. Change it there if {action} is right "
                            "for everyone who says such a thing; else give the sentence an intent of its own.")
    file = _file_of(files)
    known = {*files.domain_names("actions"), *files.domain_names("forms"), *files.domain_names("responses")}
    problems = [] if action in known else [Problem(
        "action-unknown", WARNING, file, 1, f"The domain does not name “{action}”.",
        "Write it into domain.yml under “actions:” or “responses:” first.",
    )]
    return ActionChange([AddRule(file, intent, action)], problems, "")


def _answers(files: TrainingFiles, intent: str) -> list[tuple[Place, str]]:
    """(where, action) of each rule that begins with ``intent``, be it one of several."""
    found = []
    for file, tree in files.data.items():
        for rule in items(get(tree, "rules")):
            steps = items(get(rule, "steps"))
            for step, behind in pairwise(steps):
                named = [text(get(each, "intent")) for each in (step, *items(get(step, "or")))]
                action = text(get(behind, "action"))
                if intent in named and action:
                    found.append((Place(file, line(rule)), action))
    return found


def _file_of(files: TrainingFiles) -> str:
    """The first file of rules that has any."""
    return next((file for file, tree in files.data.items()
                 if file.startswith(RULES) and items(get(tree, "rules"))), f"{RULES}/rules.yml")
