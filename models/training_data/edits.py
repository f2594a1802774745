"""Changes of the trainers' files, each of one file: what it does to the file's content, and how it is told."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Protocol

from models.training_data import block_file, nlu_file


class Edit(Protocol):
    """A change of ``file`` (relative to the project's root)."""

    @property
    def file(self) -> str: ...

    def apply(self, content: str) -> str:
        """The content of the file after the change. Raises CannotEdit where it cannot be made."""

    def told(self) -> str:
        """What it does, as a phrase: ``“where is it” added to track_order``."""


@dataclass(frozen=True)
class AddExample:
    """``written``: one line, annotations included, as ``written_example`` makes it."""

    file: str
    intent: str
    written: str

    def apply(self, content: str) -> str:
        return nlu_file.add_example(content, self.intent, self.written, self.file)

    def told(self) -> str:
        return f"“{self.written}” added to {self.intent}"


@dataclass(frozen=True)
class RemoveExample:
    file: str
    intent: str
    sentence: str

    def apply(self, content: str) -> str:
        return nlu_file.remove_example(content, self.intent, self.sentence, self.file)

    def told(self) -> str:
        return f"“{self.sentence}” taken out of {self.intent}"


@dataclass(frozen=True)
class AddLine:
    """A JSON object as a line of a JSONL file: behind the last whose ``group`` is the same, else at the end.

    ``what``: how it is told.
    """

    file: str
    row: dict
    what: str
    group: str | None = None

    def apply(self, content: str) -> str:
        lines = re.findall(r"[^\n]*\n|[^\n]+", content)
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        mine = [number for number, line in enumerate(lines, 1) if self._is_of_group(line)]
        lines.insert(mine[-1] if mine else len(lines), json.dumps(self.row, ensure_ascii=False) + "\n")
        return "".join(lines)

    def _is_of_group(self, line: str) -> bool:
        try:
            return self.group is not None and json.loads(line).get(self.group) == self.row[self.group]
        except (ValueError, AttributeError):
            return False  # no line of ours: `floorwalker train` names it

    def told(self) -> str:
        return self.what


@dataclass(frozen=True)
class AddResponse:
    """One more wording of a response of the domain."""

    file: str
    response: str
    text: str

    def apply(self, content: str) -> str:
        return block_file.add_response(content, self.response, self.text, self.file)

    def told(self) -> str:
        return f"a wording of {self.response} added"


@dataclass(frozen=True)
class AddRule:
    """A rule that answers an intent with an action."""

    file: str
    intent: str
    action: str

    def apply(self, content: str) -> str:
        return block_file.add_rule(content, self.intent, self.action, self.file)

    def told(self) -> str:
        return f"a rule added: {self.intent} is answered by {self.action}"


@dataclass(frozen=True)
class AddConversation:
    """A conversation, as YAML, as the last one of a file of dialogue tests."""

    file: str
    name: str
    conversation: str

    def apply(self, content: str) -> str:
        return block_file.add_conversation(content, self.name, self.conversation, self.file)

    def told(self) -> str:
        return f"the test “{self.name}” added"
