"""Reply examples: what trainers and staff show the model. JSON lines of act, facts, text with placeholders.

``python -m models.reply.examples FILE…`` names the lines that break the rules.
"""
from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.reply.acts import Acts

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
TEXT_CHARS, VALUE_CHARS, HEARD_CHARS, MOST_HEARD = 600, 600, 200, 8
KEYS = {"act", "tone", "facts", "features", "heard", "text"}
HELD_OUT_PERCENT = 10


@dataclass(frozen=True)
class Example:
    """A reply somebody wrote. ``facts`` holds sample values, ``text`` their placeholders."""

    act: str
    tone: str
    facts: dict[str, str]
    features: dict[str, str]
    heard: str | None
    text: str

    @property
    def held_out(self) -> bool:
        """Whether it is kept for evaluation: about one of ten, by its text, whatever stands around it."""
        digest = hashlib.sha256(f"{self.act}\n{self.text}".encode()).digest()
        return int.from_bytes(digest[:4], "big") % 100 < HELD_OUT_PERCENT


@dataclass(frozen=True)
class Problem:
    """A line that is not used, and what to do about it."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def read_examples(paths: Iterable[Path], acts: Acts) -> tuple[list[Example], list[Problem]]:
    """All good examples of the files in order, and the lines that are not good. Raises OSError."""
    examples: list[Example] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], str] = {}
    for path in paths:
        for number, line in _lines(path):
            found = _examples(line, acts)
            if isinstance(found, str):
                problems.append(Problem(path.name, number, found))
                continue
            key = (found[0].act, found[0].text)
            if key in seen and not found[0].heard:
                problems.append(Problem(path.name, number, f"the same text stands in {seen[key]}; write another one"))
                continue
            seen[key] = f"{path.name}:{number}"
            examples += found
    return examples, problems


def read_folder(folder: Path) -> tuple[Acts, list[Example], list[Problem]]:
    """The acts of ``folder`` and all its example files, by name. Raises BadActs and OSError."""
    acts = Acts.load(folder / "acts.toml")
    return acts, *read_examples(sorted(folder.glob("*.jsonl")), acts)


def placeholders(text: str) -> list[str]:
    """Names in braces, in order."""
    return PLACEHOLDER.findall(text)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line


def _examples(line: str, acts: Acts) -> list[Example] | str:
    """The example of one line, one for each way in which the shopper put it, or what is wrong with it."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return f"not JSON ({error}); one object a line"
    wrong = _wrong_form(row) or _wrong_content(row, acts)
    if wrong:
        return wrong
    facts, features = dict(row.get("facts", {})), dict(row.get("features", {}))
    return [Example(row["act"], row["tone"], facts, features, heard, row["text"]) for heard in _heard(row) or [None]]


def _wrong_form(row: Any) -> str | None:
    if not isinstance(row, dict) or not {"act", "tone", "text"} <= set(row) or set(row) - KEYS:
        return f"an example has act, tone, text and may have facts, features, heard; here: {_keys(row)}"
    text, heard = row["text"], row.get("heard")
    if not isinstance(text, str) or not 0 < len(text) <= TEXT_CHARS or "\n" in text or text != text.strip():
        return f"`text` is one line of 1 to {TEXT_CHARS} characters without blanks around it"
    if not all(_strings(row.get(name, {}), VALUE_CHARS) for name in ("facts", "features")):
        return f"`facts` and `features` are objects of strings of at most {VALUE_CHARS} characters"
    if heard is not None and not (
        isinstance(heard, str | list) and 0 < len(_heard(row)) <= MOST_HEARD
        and all(isinstance(each, str) and 0 < len(each) <= HEARD_CHARS for each in _heard(row))
    ):  # fmt: skip
        return (
            f"`heard` is what the shopper said, 1 to {HEARD_CHARS} characters, or a list of up to {MOST_HEARD} ways to "
            "say it"
        )
    return None


def _heard(row: dict[str, Any]) -> list[Any]:
    heard = row.get("heard")
    return heard if isinstance(heard, list) else [] if heard is None else [heard]


def _wrong_content(row: dict[str, Any], acts: Acts) -> str | None:
    facts, text = row.get("facts", {}), row["text"]
    wrong = acts.problems(str(row["act"]), facts, row.get("features", {}), str(row["tone"]))
    if wrong:
        return "; ".join(wrong)
    if bool(row.get("heard")) != acts.acts[row["act"]].heard:
        return f"act {row['act']} is {'' if acts.acts[row['act']].heard else 'not '}told what was heard"
    used = placeholders(text)
    if sorted(used) != sorted(facts):
        return f"the text has {used}, the facts are {sorted(facts)}: each fact stands in the text exactly once"
    if re.search("[{}]", PLACEHOLDER.sub("", text)):
        return "braces are for placeholders only"
    return None


def _keys(row: Any) -> str:
    return ", ".join(sorted(row)) if isinstance(row, dict) else type(row).__name__


def _strings(value: Any, most: int) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) and 0 < len(each) <= most for each in value.values())


def main(files: list[str]) -> int:
    """Check example files; returns 1 where a line is bad."""
    paths = [Path(file) for file in files]
    root = Path(__file__).resolve().parents[2]
    examples, problems = read_examples(paths, Acts.load(root / "data" / "replies" / "acts.toml"))
    for problem in problems:
        print(problem)
    print(f"{len(examples)} good examples, {len(problems)} bad lines.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
