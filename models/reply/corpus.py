"""What the base model is pretrained on: dialogues given by a path, and the project's own text.

Every turn becomes a data-to-text pair, in the form that the fine-tuned model is asked in later: its dialogue acts and
slots are the meaning, and values found in the text become placeholders.
"""
from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from models.reply.data_to_text import with_placeholders
from models.reply.meaning import MOST_SLOTS, Meaning
from models.reply.sequences import Pair

HEARD_WORDS = 16  # the last words of the other side are given for a part of the turns, no more of them than this
HEARD_SHARE = 0.25
SHOPPER_SHARE = 0.5  # of the shopper's own turns: they teach the language, but it is the assistant who will speak
VALID_PERCENT = 1


def dialogue_pairs(path: Path, seed: int = 0) -> Iterator[Pair]:
    """Turns of JSON lines ``{"turns": [{"who", "acts": [[act, slot, values]], "text"}]}``.

    Raises OSError, and ValueError for a line that is not JSON.
    """
    chance = random.Random(seed)  # noqa: S311 - a choice of training turns
    for row in _json_lines(path):
        before = ""
        for turn in row["turns"]:
            said, shopper = str(turn["text"]).strip(), turn["who"] != "assistant"
            if said and not (shopper and chance.random() > SHOPPER_SHARE):
                heard = before if before and chance.random() < HEARD_SHARE else None
                yield _delexicalised(turn["acts"], said, "shopper" if shopper else "", heard)
            before = said


def meaning_pairs(path: Path) -> Iterator[Pair]:
    """Lines ``{"meaning": "act(slot=value;…)", "reply": "…"}``, values that the reply quotes as placeholders."""
    for row in _json_lines(path):
        yield with_placeholders(Meaning.parse(row["meaning"]), str(row["reply"]))


def own_pairs(root: Path) -> Iterator[Pair]:
    """The project's own sentences: canned responses, policies, product descriptions and what shoppers may say."""
    domain = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
    for response, variants in domain["responses"].items():
        for variant in variants:
            yield from _numbered(response.removeprefix("utter_"), variant["text"])
    for path in sorted((root / "data" / "demo" / "policies").glob("*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if len(line.split()) > 4 and not line.startswith(("#", "-", "|")):
                yield from _numbered("policy", line.strip())
    for path in sorted((root / "data" / "nlu").glob("*.yml")):
        for intent in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in str(intent.get("examples", "")).splitlines():
                yield Meaning("shopper", (("wants", intent["intent"]),)), _unannotated(line.removeprefix("- ").strip())


def _numbered(act: str, text: str) -> Iterator[Pair]:
    """A text with placeholders of its own; none where it has more of them than there are numbers."""
    names = tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))
    if len(names) <= MOST_SLOTS:
        meaning = Meaning(act, tuple((name, None) for name in names))
        yield meaning, meaning.to_numbers(text)


def for_validation(pair: Pair) -> bool:
    """Whether the pair is kept for the validation loss: by its text, the same in every run."""
    return int.from_bytes(hashlib.sha256(pair[1].encode()).digest()[:4], "big") % 100 < VALID_PERCENT


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number} is not JSON: {error}. Was it cut off?") from error


def _delexicalised(acts: Iterable[list[Any]], text: str, who: str, heard: str | None) -> Pair:
    slots: list[tuple[str, str | None]] = []
    for _, slot, values in acts:
        for value in values or [""]:
            if slot:
                slots.append((slot, str(value)))
    kinds = "+".join(dict.fromkeys(str(act).lower() for act, _, _ in acts)) or "say"
    meaning, numbered = with_placeholders(Meaning(f"{who}_{kinds}" if who else kinds, tuple(slots)), text)
    if heard:
        words = " ".join(heard.split()[-HEARD_WORDS:])
        meaning = Meaning(meaning.act, (*meaning.slots, ("heard", words)))
    return meaning, numbered


def _unannotated(line: str) -> str:
    """``[boots](category)`` -> ``boots``."""
    return re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line)
