"""A correction becomes a proposed change of the trainers' files: edits, their diff, and what speaks against them."""
from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from models.training_data.action_rule import action_change
from models.training_data.edits import AddExample, AddLine, Edit, RemoveExample
from models.training_data.entities import check_entities
from models.training_data.errors import CannotEdit, CannotWrite, NotWritable
from models.training_data.examples import Example, read_example, same
from models.training_data.files import TrainingFiles
from models.training_data.neutral_values import Personal, neutral_sentence
from models.training_data.problem import ERROR, WARNING, Place, Problem
from models.training_data.reply_example import ReplyFiles
from models.training_data.workspace import Workspace
from models.training_data.written_example import one_line, written_example

# Sentences that understanding is measured by; one that was learnt measures nothing any more.
HELD_OUT = ("tests/conversations/held_out_nlu.csv", "tests/conversations/held_out_out_of_scope.csv")
ENTITY_SET = "tests/entities/development.jsonl"
ENTITY_TEST_SET = "tests/entities/test_set.jsonl"
# Of Rasa's components those that learn from annotations.
LEARN_ENTITIES = ("DIETClassifier", "CRFEntityExtractor", "RegexEntityExtractor", "EntitySynonymMapper")


@dataclass(frozen=True)
class Wish:
    """A correction, as far as files are concerned. ``kind``: "intent", "entities", "action" or "reply".

    ``text``: the shopper's words; of a reply, what the bot said. ``personal``: where personal data stands in
    ``text``. ``intent`` and ``entities``: as they should be, corrected where somebody did. ``wanted``: the action's
    name, or the better reply, in which ``wanted_personal`` is personal data. ``heard`` and ``written``: see
    ``ReplyFiles.change``.
    """

    wish_id: int
    kind: str
    text: str
    intent: str | None = None
    entities: Sequence[Mapping[str, Any]] = ()
    personal: Sequence[Personal] = ()
    wanted: str = ""
    wanted_personal: Sequence[Personal] = ()
    heard: str | None = None
    written: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Proposal:
    """What a wish becomes.

    ``sentence``: without personal data. ``diff``: of ``edits``, unified, "" where there are none. ``digests``: file
    -> digest as the diff shows it. ``hint``: what is left to do by hand, or "".
    """

    wish: Wish
    sentence: str
    edits: Sequence[Edit]
    diff: str
    digests: Mapping[str, str]
    problems: Sequence[Problem] = ()
    hint: str = ""

    @property
    def refused(self) -> bool:
        """Whether an error among the problems forbids to write it."""
        return any(problem.severity == ERROR for problem in self.problems)

    @property
    def file(self) -> str:
        """The file under which it is listed; "" where it changes none."""
        return next((edit.file for edit in reversed(self.edits)), "")

    @property
    def fingerprint(self) -> str:
        """12 hex digits: another for whatever else accepting it would write, or leave to be done by hand."""
        return hashlib.sha256(f"{self.diff}\0{self.hint}\0{self.told}".encode()).hexdigest()[:12]

    @property
    def told(self) -> str:
        """What accepting it writes, as a sentence."""
        return "; ".join(f"{edit.file}: {edit.told()}" for edit in self.edits) or "By hand."


@dataclass
class _Draft:
    edits: list[Edit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    hint: str = ""


class Proposer:
    """Makes proposals from the files as they are now: one for each look at them, as it reads them once.

    ``language``: that of the replies, as in ``data/language/claims_en.toml``.
    """

    def __init__(self, root: Path, language: str = "en") -> None:
        self.root = root
        self._language = language
        self.workspace = Workspace(root)

    @cached_property
    def files(self) -> TrainingFiles:
        return TrainingFiles.read(self.root)

    @cached_property
    def replies(self) -> ReplyFiles:
        return ReplyFiles(self.root, self._language)

    @cached_property
    def by_key(self) -> dict[str, list[Example]]:
        """Examples by what they say."""
        found: dict[str, list[Example]] = {}
        for example in self.files.examples:
            found.setdefault(example.key, []).append(example)
        return found

    @cached_property
    def held_out(self) -> dict[str, str]:
        """What held-out sentences say -> the file that holds them out; empty where this project has none."""
        found: dict[str, str] = {}
        for file in HELD_OUT:
            for row in _csv(self.root / file):
                found[same(row.get("text") or "")] = file
        for row in _jsonl(self.root / ENTITY_TEST_SET):
            found.setdefault(same(str(row.get("text"))), ENTITY_TEST_SET)
        return found

    @cached_property
    def learns_entities(self) -> bool:
        """Whether the pipeline of ``config.yml`` learns entities from annotations."""
        try:
            pipeline = yaml.safe_load((self.root / "config.yml").read_text("utf-8"))["pipeline"]
            return any(str(each["name"]).rpartition(".")[2] in LEARN_ENTITIES for each in pipeline)
        except (OSError, yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError):
            return False  # `floorwalker train` says what is wrong with it

    def propose(self, wish: Wish) -> Proposal:
        """The proposal; what cannot be brought into a file is said among its problems or in its hint."""
        text, entities = neutral_sentence(wish.text, wish.personal, wish.entities, wish.wish_id)
        sentence = one_line(text)
        make = {"intent": self._intent, "entities": self._entities, "action": self._action, "reply": self._reply}
        try:
            draft = make[wish.kind](wish, text, entities)
            diff = self.workspace.diff(draft.edits)
            digests = self.workspace.digests(draft.edits)
        except (CannotEdit, CannotWrite, NotWritable) as error:
            problem = Problem("not-written", ERROR, getattr(error, "file", ""), 1, str(error), "")
            return Proposal(wish, sentence, (), "", {}, (problem,))
        return Proposal(wish, sentence, draft.edits, diff, digests, draft.problems, draft.hint)

    def _intent(self, wish: Wish, text: str, entities: list[dict[str, Any]]) -> _Draft:
        intent = wish.intent or ""
        if "+" in intent:
            return _Draft(hint="A message with several requests teaches none of them. Write each request as an "
                               "example of its own where it was not understood.")
        written = written_example(text, entities if self.learns_entities else ())
        place = self._place_of(intent)
        if place is None:
            return _Draft(hint=f"“{intent}” has no examples yet. Begin it as docs/trainers.md says under “Add an "
                               f"intent”, with “{written}” among its first five.")
        draft = _Draft()
        for other in self.by_key.get(same(one_line(text)), ()):
            if other.intent == intent:
                draft.hint = f"It stands already in {other.place}, under “{intent}”: `make train` may be all it needs."
            else:
                draft.edits.append(RemoveExample(other.place.file, other.intent, other.text))
                draft.problems.append(Problem.at(
                    other.place, "example-in-two-intents", WARNING, f"It teaches “{other.intent}” today.",
                    "Accepting it moves it from there.",
                ))
        if draft.hint and not draft.edits:
            return draft
        if not draft.hint:
            draft.edits.append(AddExample(place.file, intent, written))
        draft.problems += self._held_out(text)
        draft.problems += self._inconsistent(written, intent, place)
        return draft

    def _place_of(self, intent: str) -> Place | None:
        """Where the intent's first example stands; None where it has none."""
        return next((example.place for example in self.files.examples if example.intent == intent), None)

    def _held_out(self, text: str) -> Iterator[Problem]:
        file = self.held_out.get(same(one_line(text)))
        if file is not None:
            yield Problem("held-out", ERROR, file, 1, "This very sentence is held out there, to measure by.",
                          "Refuse it, or write it in other words; a sentence that was learnt measures nothing.")

    def _inconsistent(self, written: str, intent: str, place: Place) -> Iterator[Problem]:
        """What the check before training would say of this example's annotations."""
        example = read_example(written, intent, Place(place.file, 0))
        if isinstance(example, Example) and example.entities:
            beside = TrainingFiles(self.root, examples=[*self.files.examples, example])
            for problem in check_entities(beside):
                if problem.line == 0 and problem.file == place.file:
                    yield Problem(problem.code, problem.severity, place.file, place.line, problem.message,
                                  problem.remedy)

    def _entities(self, wish: Wish, text: str, entities: list[dict[str, Any]]) -> _Draft:
        if self.learns_entities:
            draft = self._intent(wish, text, entities)
            known = [each for each in self.by_key.get(same(one_line(text)), ()) if each.intent == wish.intent]
            written = written_example(text, entities)
            if known and known[0].written != written:  # there already, marked otherwise
                draft.hint = ""
                draft.edits = [RemoveExample(known[0].place.file, known[0].intent, known[0].text),
                               AddExample(known[0].place.file, known[0].intent, written)]
            return draft
        line = one_line(text)
        marks = read_example(written_example(text, entities), "", Place("", 1)).entities  # at their places in the line
        values = [each.get("value") for each in sorted(entities, key=lambda each: (each["start"], each["end"]))]
        row = {"text": line, "entities": [
            {"entity": mark["entity"], "value": value, "start": mark["start"], "end": mark["end"]}
            for mark, value in zip(marks, values, strict=True)
        ]}
        known = {same(str(each.get("text"))): each for each in _jsonl(self.root / ENTITY_SET)}.get(same(line))
        if known is not None:
            return _Draft(hint=f"This sentence is labelled in {ENTITY_SET} already. Compare the labels there.")
        return _Draft(
            [AddLine(ENTITY_SET, row, f"“{line}” added, labelled")], list(self._held_out(text)),
            "Entities are found by the catalogue's words and the patterns of the language, not learnt from examples. "
            "What is accepted counts in `floorwalker evaluate entities --set " + ENTITY_SET + "`: its mistakes are "
            "what rules are mended by. A missing word belongs into the catalogue or data/language.",
        )

    def _action(self, wish: Wish, text: str, entities: list[dict[str, Any]]) -> _Draft:
        change = action_change(self.files, (wish.intent or "").partition("+")[0], wish.wanted)
        return _Draft(change.edits, change.problems, change.hint)

    def _reply(self, wish: Wish, text: str, entities: list[dict[str, Any]]) -> _Draft:
        change = self.replies.change(wish.text, wish.wanted, wish.written, wish.heard)
        if change.edits:
            return _Draft(change.edits, [*change.problems, *_left_in(change.template, wish, change.edits[0].file)])
        # Shown to be kept, not written: here personal data has no placeholder.
        neutral = neutral_sentence(wish.wanted, wish.wanted_personal, (), wish.wish_id)[0]
        return _Draft(problems=change.problems, hint=f"The better reply: “{one_line(neutral)}”")


def _left_in(template: str, wish: Wish, file: str) -> Iterator[Problem]:
    """Personal data for which the reply has no placeholder."""
    left = [wish.wanted[each.start:each.end] for each in wish.wanted_personal]
    if any(each in template for each in left):
        yield Problem("reply-value", ERROR, file, 1, "It holds personal data that no placeholder stands for.",
                      "Have the reply reworded without it.")


def _csv(path: Path) -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            yield from csv.DictReader(file)


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    for line in path.read_text("utf-8", "replace").split("\n"):
        try:
            row = json.loads(line)
        except ValueError:
            continue  # an empty line, or one that `floorwalker evaluate entities` names
        if isinstance(row, dict):
            yield row
