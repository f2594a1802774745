"""The trainers' files of a project, read once for all checks."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from models.training_data.examples import Example, Malformed, examples_of, intent_blocks
from models.training_data.problem import ERROR, Place, Problem
from models.training_data.yaml_tree import YamlSyntaxError, compose, entries, get, items, line, text

DATA_FOLDERS = ("data/nlu", "data/rules", "data/stories")
# A domain is one file, or a folder of them.
DOMAIN = ("domain.yml", "domain")


@dataclass
class TrainingFiles:
    """What stands in the files below ``root``. A file that is no YAML is a problem and counts as empty."""

    root: Path
    data: dict[str, yaml.Node | None] = field(default_factory=dict)  # file -> its tree
    domain: dict[str, yaml.Node | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    nlu_intents: dict[str, Place] = field(default_factory=dict)  # intent -> its first block

    @classmethod
    def read(cls, root: Path) -> TrainingFiles:
        """Read all files below ``root``; folders that are missing hold nothing."""
        files = cls(root)
        for folder in DATA_FOLDERS:
            for path in _yaml_files(root / folder):
                files.data[path.relative_to(root).as_posix()] = files._compose(path)
        for entry in DOMAIN:
            for path in _yaml_files(root / entry):
                files.domain[path.relative_to(root).as_posix()] = files._compose(path)
        for file, tree in files.data.items():
            for intent, place, block in intent_blocks(tree, file):
                files.nlu_intents.setdefault(intent, place)
                for found in examples_of(block, intent, file):
                    (files.examples if isinstance(found, Example) else files.malformed).append(found)
        return files

    def _compose(self, path: Path) -> yaml.Node | None:
        file = path.relative_to(self.root).as_posix()
        try:
            return compose(path)
        except YamlSyntaxError as error:
            self.problems.append(Problem(
                "yaml-syntax", ERROR, file, error.line, f"This is not YAML: {error.reason}.",
                "Look at this line and the one above: indentation, a missing colon, or a quote or bracket left open.",
            ))
        except OSError as error:
            self.problems.append(Problem(
                "unreadable", ERROR, file, 1, f"The file cannot be read: {error.strerror}.", "Check its permissions.",
            ))
        return None

    def domain_names(self, key: str) -> dict[str, Place]:
        """Names under ``key`` of the domain, be it a list or a mapping, with the place where each first stands."""
        names: dict[str, Place] = {}
        for file, tree in self.domain.items():
            listed = get(tree, key)
            for item in items(listed):
                for node in [item] if isinstance(item, yaml.ScalarNode) else [name for name, _ in entries(item)][:1]:
                    names.setdefault(node.value, Place(file, line(node)))
            for name, _ in entries(listed):
                names.setdefault(name.value, Place(file, line(name)))
        return names

    def domain_values(self, key: str) -> Iterator[tuple[str, str, yaml.Node]]:
        """(file, name, value) of the mapping under ``key`` of the domain."""
        for file, tree in self.domain.items():
            for name, value in entries(get(tree, key)):
                yield file, name.value, value

    def steps(self) -> Iterator[tuple[Place, str, str]]:
        """(place, kind, name) of what rules and stories name; kind is ``intent`` or ``action``."""
        for file, tree in self.data.items():
            for block in (*items(get(tree, "rules")), *items(get(tree, "stories"))):
                for step in (*items(get(block, "condition")), *items(get(block, "steps"))):
                    for part in (step, *items(get(step, "or"))):
                        for kind in ("intent", "action"):
                            named = get(part, kind)
                            if text(named):
                                yield Place(file, line(named)), kind, text(named)


def _yaml_files(path: Path) -> list[Path]:
    """Hidden files are no one's, to Rasa too: editors keep their locks and drafts in them."""
    if path.is_dir():
        return sorted(
            each for each in path.rglob("*")
            if each.suffix in (".yml", ".yaml") and not each.name.startswith(".") and not each.is_dir()
        )
    return [path] if path.is_file() else []
