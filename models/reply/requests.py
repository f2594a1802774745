"""What the model is asked to say, in the form it learned from: a request or an example as a meaning."""
from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.reply.acts import Acts
from models.reply.examples import Example
from models.reply.facts import Fact
from models.reply.meaning import Meaning

NAME = "first_name"
# A word and the full stop or question mark behind it; not behind a placeholder, which may be a sentence of its own.
SOMEBODY = "Ada"
_SENTENCE_END = re.compile(r"(?<=[a-z])[.?](?=\s|\Z)")
HEARD_WORDS = 16  # the last words of a shopper that the model is told, the last of them


@dataclass(frozen=True)
class Request:
    """One thing to say: an act with its facts, the shop's tone, and for small talk what was heard.

    ``avoid``: texts, placeholders and all, that were said in this conversation and are not said again soon.
    """

    act: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    features: Mapping[str, str] = field(default_factory=dict)
    tone: str = "neutral"
    heard: str | None = None
    avoid: frozenset[str] = frozenset()

    @classmethod
    def of(cls, example: Example) -> Request:
        """What an example answers."""
        return cls(example.act, example.facts, example.features, example.tone, example.heard)


def meaning_of(
    acts: Acts, act: str, facts: Collection[str], features: Mapping[str, str], tone: str, heard: str | None = None
) -> Meaning:
    """The facts in the act's own order, then what colours the reply. ``act`` must be known."""
    known = acts.acts[act]
    slots: list[tuple[str, str | None]] = [(name, None) for name in acts.known(known) if name in facts]
    slots += [(name, features[name]) for name in known.features if name in features]
    slots.append(("tone", tone))
    if heard and known.heard:
        slots.append(("heard", " ".join(heard.split()[-HEARD_WORDS:])))
    return Meaning(act, tuple(slots))


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


def example_pairs(examples: Sequence[Example], acts: Acts) -> list[tuple[Meaning, str]]:
    """What the model learns from: each example's meaning, and its text with numbered placeholders."""
    pairs = []
    for each in examples:
        meaning = meaning_of(acts, each.act, each.facts, each.features, each.tone, each.heard)
        pairs.append((meaning, meaning.to_numbers(each.text)))
    return pairs
