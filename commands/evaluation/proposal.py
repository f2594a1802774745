"""Examples that are only proposed: what they are like, and what they would do to sentences that were held out."""
from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.errors import CommandError
from commands.evaluation.pipeline import OUT_OF_SCOPE, REFUSALS
from commands.evaluation.sentences import Sentence
from commands.training_check.near_duplicates import NEAR, Embed, nearest_elsewhere
from models.training_data.examples import Example, same
from models.training_data.problem import Place

NEIGHBOURS = 3
# Below it two sentences have little in common but being said in a shop.
LIKE = 0.5
Answered = tuple[str, str]  # (intent given, best guess)


@dataclass(frozen=True)
class Change:
    """Sentences that one proposal adds, and such that it takes out."""

    change_id: str
    add: list[Sentence]
    remove: list[Sentence]


def read_changes(content: str) -> list[Change]:
    """``{"changes": [{"id", "add": [{"text", "intent"}], "remove": [{"text", "intent"}]}]}``.

    ``entities`` of an added sentence are Rasa's. Raises CommandError, naming the change, for anything else.
    """
    try:
        listed = json.loads(content)["changes"]
        changes = [
            Change(str(each["id"]), [_sentence(row) for row in each.get("add", [])],
                   [_sentence(row) for row in each.get("remove", [])])
            for each in listed
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CommandError(f"The changes cannot be read ({type(error).__name__}: {error}). docs/evaluation.md shows "
                           "their form.") from error
    if len({change.change_id for change in changes}) < len(changes):
        raise CommandError("Two changes have the same id. Give each its own.")
    return changes


def _sentence(row: dict[str, Any]) -> Sentence:
    text, intent = row["text"], row["intent"]
    if not all(isinstance(each, str) and each.strip() for each in (text, intent)):
        raise ValueError("a sentence has a text and an intent")
    return Sentence(text.strip(), intent.strip(), "", 0, tuple(row.get("entities") or ()))


def with_changes(sentences: Sequence[Sentence], changes: Sequence[Change]) -> list[Sentence]:
    """``sentences`` as they would be once ``changes`` are made."""
    gone = {(same(each.text), each.intent) for change in changes for each in change.remove}
    kept = [each for each in sentences if (same(each.text), each.intent) not in gone]
    return [*kept, *(each for change in changes for each in change.add)]


def conflicts(
    changes: Sequence[Change], examples: Sequence[Example], embed: Embed
) -> dict[str, list[dict[str, Any]]]:
    """By change: its added sentences, each with the likest examples of other intents, the likest first.

    What the same changes take out is no conflict. A likeness of NEAR and more is one that a trainer has to decide.
    """
    gone = {(same(each.text), each.intent) for change in changes for each in change.remove}
    stay = [each for each in examples if (each.key, each.intent) not in gone]
    added = [Example(each.text, each.intent, Place("", 0)) for change in changes for each in change.add]
    near = iter(nearest_elsewhere(added, stay, embed, NEIGHBOURS) if added and stay else [[] for _ in added])
    return {
        change.change_id: [
            {"text": each.text, "intent": each.intent, "near": [
                {"text": found.example.text, "intent": found.example.intent, "file": found.example.place.file,
                 "line": found.example.place.line, "likeness": round(found.likeness, 4),
                 "too_like": found.likeness >= NEAR}
                for found in next(near) if found.likeness >= LIKE
            ]}
            for each in change.add
        ]
        for change in changes
    }


def effect(
    held_out: Sequence[Sentence], learnt: Sequence[Sentence], before: Sequence[Answered], after: Sequence[Answered]
) -> dict[str, Any]:
    """Figures before and after, and the sentences that are taken for something else.

    ``before`` and ``after``: the answers to ``held_out`` and then to ``learnt``, in order. A held-out sentence
    without an intent is out of scope. ``better``, ``worse``: answered rightly only after, only before; ``otherwise``:
    wrongly both times; ``learnt``: what becomes of the proposed sentences themselves.
    """
    rows = list(zip(held_out, before, after, strict=False))
    changed: dict[str, list[dict[str, Any]]] = {"better": [], "worse": [], "otherwise": [], "learnt": []}
    for sentence, was, will_be in rows:
        if was[0] != will_be[0]:
            right_before, right_after = _right(sentence, was), _right(sentence, will_be)
            if right_before and right_after:
                continue  # refused, in another way
            kind = "better" if right_after else "worse" if right_before else "otherwise"
            changed[kind].append(_changed(sentence, was, will_be))
    start = len(held_out)
    changed["learnt"] = [
        _changed(*each) for each in zip(learnt, before[start:], after[start:], strict=True)
    ]
    return {
        "sentences": len(held_out),
        "before": _figures([(sentence, was) for sentence, was, _ in rows]),
        "after": _figures([(sentence, will_be) for sentence, _, will_be in rows]),
        **changed,
    }


def _changed(sentence: Sentence, was: Answered, will_be: Answered) -> dict[str, Any]:
    return {"text": sentence.text, "intent": sentence.intent or OUT_OF_SCOPE, "before": was[0], "after": will_be[0]}


def _right(sentence: Sentence, answered: Answered) -> bool:
    if not sentence.intent or sentence.intent in REFUSALS:
        return answered[0] in REFUSALS
    return answered[0] == sentence.intent


def _figures(rows: Sequence[tuple[Sentence, Answered]]) -> dict[str, float | None]:
    """Shares of 1, None where there is no such sentence. ``accuracy``: of best guesses; ``refused``: out of scope."""
    inside = [(sentence, answer) for sentence, answer in rows if sentence.intent]
    outside = [answer for sentence, answer in rows if not sentence.intent]
    return {
        "accuracy": _share(answer[1] == sentence.intent for sentence, answer in inside),
        "answered_rightly": _share(_right(sentence, answer) for sentence, answer in inside),
        "refused": _share(answer[0] in REFUSALS for answer in outside),
    }


def _share(right: Iterator[bool]) -> float | None:
    counted = list(right)
    return sum(counted) / len(counted) if counted else None


@dataclass
class Remembered:
    """``value`` None: nothing is known yet."""

    value: Any = None


@contextmanager
def remembered(path: Path, key: Any) -> Iterator[Remembered]:
    """What was last kept in the file at ``path`` under ``key``; what it is set to is kept, but for errors."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    known = Remembered()
    try:
        stored = json.loads(path.read_text("utf-8"))
        known.value = stored["value"] if stored["key"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        known.value = None  # missing, or not what was written here: it is worked out anew
    yield known
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"key": digest, "value": known.value}), "utf-8")
    os.replace(draft, path)
