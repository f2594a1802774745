"""More to learn from what trainers wrote: examples with the customer's name, and sentences of two examples together.

Both make texts that nobody wrote and anybody might have written. Without them the model knows the examples by heart,
and customers who ask the same hear the same.
"""
from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from models.reply.acts import Acts
from models.reply.examples import Example, placeholders

NAME = "first_name"
SOMEBODY = "Ada"
# A word and the full stop or question mark behind it; not behind a placeholder, which may be a sentence of its own.
_SENTENCE_END = re.compile(r"(?<=[a-z])[.?](?=\s|\Z)")
# Where a sentence ends in a statement and the next one begins. A question wants its own answer behind it.
_BETWEEN = re.compile(r"(?<=[a-z0-9}]\.)\s+(?=[A-Z{])")
# What follows goes on with what was said before, and with nothing else.
_LEANS = re.compile(
    r"(They|Them|It|Its|He|She|That|This|Those|These|There|Then|And|But|So|Or|Still|Also|Too|Next|Otherwise|Instead|"
    r"Another|Others?|The others?|Either|Neither|Both|Once|As (?:an alternative|you)|What)\b"
)
# Which tones go together: a joke is carried through to its end.
RECOMBINED_TONES = ("neutral", "warm", "brisk")
PARTNERS = 2  # further texts that each example begins
KNOWN = "examples.txt"  # of a base model: marks of the examples that it has learned
FRESH_TIMES = 4


def augmented(examples: Sequence[Example], acts: Acts) -> list[Example]:
    """The examples and all that is made of them."""
    return named([*examples, *recombined(examples)], acts)


def lesson(examples: Sequence[Example], acts: Acts, known: Collection[str] = ()) -> list[Example]:
    """What fine-tuning goes over. ``known``: marks of the examples that the base model has learned already.

    Of those each is heard in one of its phrasings, for a reminder; what is new comes FRESH_TIMES in all of them.
    """
    fresh = [each for each in examples if each.mark not in known]
    reminders = in_one_phrasing([each for each in examples if each.mark in known])
    return [*augmented([*reminders, *fresh], acts), *fresh * (FRESH_TIMES - 1)]


def in_one_phrasing(examples: Sequence[Example]) -> list[Example]:
    """Each text once, small talk as the answer to one of the ways in which it was asked for."""
    same: dict[tuple[str, str, frozenset[str]], list[Example]] = defaultdict(list)
    for each in examples:
        same[each.act, each.text, frozenset(each.facts)].append(each)
    return [alike[int(alike[0].mark, 16) % len(alike)] for alike in same.values()]


def named(examples: Sequence[Example], acts: Acts) -> list[Example]:
    """The examples, and those without the customer's name once more with it: "… , {first_name}." after a sentence.

    Which sentences a name goes with is else known from a third of the examples only. Where acts know no name, and of
    sentences that a name does not fit behind, there is nothing more.
    """
    found = list(examples)
    for each in examples if NAME in acts.anywhere else ():
        end = _SENTENCE_END.search(each.text)
        if NAME not in each.facts and end:
            text = f"{each.text[: end.start()]}, {{{NAME}}}{each.text[end.start() :]}"
            found.append(replace(each, text=text, facts={**each.facts, NAME: SOMEBODY}))
    return found


def recombined(examples: Sequence[Example]) -> list[Example]:
    """New texts: the first sentence of one example and the rest of another, of one act, tone and features.

    Both must state the same facts in the same halves, so each new text states what either did. Small talk answers one
    remark and is left out. Which ones are put together depends on the texts alone.
    """
    groups: dict[tuple, list[tuple[Example, str, str]]] = defaultdict(list)
    for each in examples:
        halves = _BETWEEN.split(each.text, maxsplit=1)
        if each.heard or each.tone not in RECOMBINED_TONES or len(halves) != 2 or _LEANS.match(halves[1]):
            continue
        first, rest = halves
        features = tuple(sorted(each.features.items()))
        stated = tuple(sorted(placeholders(first))), tuple(sorted(placeholders(rest)))
        groups[each.act, each.tone, features, stated].append((each, first, rest))
    written = {(each.act, each.text) for each in examples}
    found = []
    for group in groups.values():
        for each, first, _ in group:
            others = [rest for other, _, rest in group if other is not each]
            chance = random.Random(hashlib.sha256(each.text.encode()).digest())  # noqa: S311 - which, not what
            for rest in chance.sample(others, min(PARTNERS, len(others))):
                text = f"{first} {rest}"
                if (each.act, text) not in written:
                    written.add((each.act, text))
                    found.append(replace(each, text=text))
    return found
