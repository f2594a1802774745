"""A better reply that staff wrote, as an example for the reply model or as one more wording of a response."""
from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from models.reply.acts import Acts
from models.reply.claims import Claims
from models.reply.errors import ReplyError
from models.reply.examples import Example, placeholders, read_examples, read_folder
from models.reply.gate import ClaimGate
from models.reply.vocabulary import Vocabulary
from models.training_data.edits import AddLine, AddResponse, Edit
from models.training_data.problem import ERROR, WARNING, Problem
from models.training_data.said_reply import PLACEHOLDER, Spoken, spoken, with_placeholders
from models.training_data.yaml_tree import YamlSyntaxError, compose, entries, get, items, line, text

FOLDER = "data/replies"
DOMAIN = "domain.yml"
TONE = "neutral"  # a trainer may change it in the file; the transcript does not say which was asked for


@dataclass(frozen=True)
class ReplyChange:
    """What a better reply becomes; no ``edits`` where it cannot be brought into a file."""

    edits: list[Edit]
    problems: list[Problem]
    template: str


class ReplyFiles:
    """The reply examples and responses of a project, read once. ``language``: of what may be claimed, as ``en``."""

    def __init__(self, root: Path, language: str = "en") -> None:
        self.root = root
        self._claims = root / "data" / "language" / f"claims_{language}.toml"

    @cached_property
    def _read(self) -> tuple[Acts, list[Example]] | None:
        try:
            acts, examples, _ = read_folder(self.root / FOLDER)
        except (ReplyError, OSError):
            return None
        return acts, examples

    @cached_property
    def responses(self) -> dict[str, tuple[int, list[str]]]:
        """response -> (its line in domain.yml, its wordings); empty where the domain cannot be read."""
        try:
            tree = compose(self.root / DOMAIN)
        except (YamlSyntaxError, OSError):
            return {}
        return {
            name.value: (line(name), [said for item in items(wordings) if (said := text(get(item, "text")))])
            for name, wordings in entries(get(tree, "responses"))
        }

    def change(
        self, said: str, wanted: str, written: Sequence[tuple[str, str]] = (), heard: str | None = None
    ) -> ReplyChange:
        """What becomes of ``wanted``, which should have been said instead of ``said``.

        ``written``: (act, template) of what the reply model wrote in that turn. ``heard``: what the shopper had
        said, without personal data, for acts that are told it.
        """
        wordings = [(name.removeprefix("utter_"), each)
                    for name, (_, texts) in self.responses.items() for each in texts]
        found = spoken(said, written) or spoken(said, wordings)
        if found is None:
            return ReplyChange([], [Problem(
                "reply-unknown", WARNING, FOLDER, 1,
                "What the bot said there comes from none of today's responses and examples.",
                "Keep the text for whoever writes the replies, and accept it as done by hand.",
            )], wanted)
        template = with_placeholders(" ".join(wanted.split()), found.facts)
        acts = self._read[0] if self._read else None
        if acts is not None and found.act in acts.acts:
            return self._example(found, template, heard)
        return self._response(found, template)

    def _example(self, found: Spoken, template: str, heard: str | None) -> ReplyChange:
        acts, examples = self._read
        samples: dict[str, str] = {}
        for example in examples:
            if example.act == found.act:
                for name, value in example.facts.items():
                    samples.setdefault(name, value)  # made-up values: the transcript's are a customer's
        row: dict[str, object] = {
            "act": found.act, "tone": TONE,
            "facts": {name: samples[name] for name in placeholders(template) if name in samples},
        }
        if acts.acts[found.act].heard and heard:
            row["heard"] = heard[:200]
        row["text"] = template
        file = self._file_of(found.act)
        edit = AddLine(file, row, f"an example of the reply “{found.act}” added", group="act")
        problems = [*_numbers_left(template, found, file)]
        example, wrong = _read(row, acts)
        if example is None:
            problems.append(Problem("reply-form", ERROR, file, 1, f"It is no good example: {wrong}.",
                                    "Have the reply reworded, or write it into the file by hand."))
        elif any((each.act, each.text) == (example.act, example.text) for each in examples):
            problems.append(Problem("reply-repeated", ERROR, file, 1, "This example is there already.",
                                    "Nothing needs to be written."))
        else:
            problems += self._refused(example, acts, examples, file)
        return ReplyChange([edit], problems, template)

    def _refused(self, example: Example, acts: Acts, examples: list[Example], file: str) -> list[Problem]:
        """What the claim gate would say of the example as a reply, were its words approved."""
        try:
            claims = Claims.load(self._claims)
        except ReplyError as error:
            return [Problem("reply-unjudged", WARNING, file, 1, f"The claim gate could not judge it: {error}",
                            "See for yourself that it claims nothing but its facts.")]
        gate = ClaimGate(acts, Vocabulary.of([*examples, example], claims.negates), claims)
        verdict = gate.check_template(acts.acts[example.act], example.text, set(example.facts), example.features)
        if verdict.ok:
            return []
        return [Problem("reply-refused", ERROR, file, 1,
                        f"The claim gate would refuse it: {verdict.reason} ({verdict.detail}).",
                        "docs/replies.md says what each reason means; have the reply reworded.")]

    def _response(self, found: Spoken, template: str) -> ReplyChange:
        response = f"utter_{found.act}"
        at, wordings = self.responses.get(response, (1, []))
        problems = [*_numbers_left(template, found, DOMAIN)]
        if not wordings:
            unknown = Problem("reply-unknown", WARNING, DOMAIN, 1, f"The domain has no response “{response}”.",
                              "Write it by hand.")
            return ReplyChange([], [unknown], template)
        if template in wordings:
            problems.append(Problem("reply-repeated", ERROR, DOMAIN, at, "This wording is there already.",
                                    "Nothing needs to be written."))
        known = {name for wording in wordings for name in PLACEHOLDER.findall(wording)}
        if unknown := set(PLACEHOLDER.findall(template)) - known:
            problems.append(Problem("reply-form", ERROR, DOMAIN, at, f"No wording has {sorted(unknown)}.",
                                    "Take what is in braces out."))
        return ReplyChange([AddResponse(DOMAIN, response, template)], [
            replace(problem, line=at) for problem in problems
        ], template)

    def _file_of(self, act: str) -> str:
        """The file that has most examples of ``act``."""
        counts = {
            path: sum(f'"act": "{act}"' in row for row in path.read_text("utf-8").splitlines())
            for path in sorted((self.root / FOLDER).glob("*.jsonl"))
        }
        return max(counts, key=counts.get).relative_to(self.root).as_posix()


def _read(row: dict[str, object], acts: Acts) -> tuple[Example | None, str]:
    """The example of a line, or None and what is wrong with it: read as the training reads it, from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.jsonl"
        path.write_text(json.dumps(row) + "\n", "utf-8")
        examples, problems = read_examples([path], acts)
    return (examples[0], "") if examples else (None, problems[0].what if problems else "")


def _numbers_left(template: str, found: Spoken, file: str) -> list[Problem]:
    """A number or address that is no placeholder would be said to every shopper."""
    left = [word for word in PLACEHOLDER.sub("", template).split() if any(map(str.isdigit, word)) or "@" in word]
    if not left or all(word in found.template for word in left):
        return []
    return [Problem("reply-value", ERROR, file, 1,
                    f"“{' '.join(left)}” is a value of this one conversation and would be said to everybody.",
                    "Have the reply reworded without it, or write it into the file by hand.")]
