"""Which response or template a reply of the bot was made of, and which facts it was filled with.

A transcript keeps the words, not the facts. But they stand in the words, where the template has its placeholders.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
ARTICLE = re.compile(r"\b(a|an)(?=\\? )", re.IGNORECASE)
LONGEST_FACT = 600  # characters


@dataclass(frozen=True)
class Spoken:
    """``act``: of the template or response (without ``utter_``). ``facts``: name -> how it was said."""

    act: str
    template: str
    facts: dict[str, str]


def spoken(text: str, templates: Iterable[tuple[str, str]]) -> Spoken | None:
    """The first of ``templates`` (act, template) that says ``text`` when it is filled; None where none does.

    Those with more words of their own come first: "{text}" alone would say anything.
    """
    by_words = sorted(templates, key=lambda each: -len(PLACEHOLDER.sub("", each[1])))
    for act, template in by_words:
        if PLACEHOLDER.sub("", template).strip() and (found := _pattern(template).fullmatch(text.strip())):
            return Spoken(act, template, {name: value.strip() for name, value in found.groupdict().items()})
    return None


def with_placeholders(text: str, facts: dict[str, str]) -> str:
    """``text`` with each fact's first occurrence as its placeholder, the longest first; others stay as they are.

    A number is one only as a whole: 12 does not stand in 120.
    """
    for name, value in sorted(facts.items(), key=lambda fact: -len(fact[1])):
        said = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE) if value else None
        # A replacement in a string that holds placeholders must not look into them.
        parts = re.split(r"(\{[a-z0-9_]+\})", text)
        for place in range(0, len(parts), 2):
            if said and (found := said.search(parts[place])):
                parts[place] = f"{parts[place][:found.start()]}{{{name}}}{parts[place][found.end():]}"
                break
        text = "".join(parts)
    return text


def _pattern(template: str) -> re.Pattern[str]:
    """The renderer makes articles agree, begins a sentence with a capital and doubles no full stop."""
    parts, seen = [], set()
    for number, part in enumerate(PLACEHOLDER.split(template)):
        if number % 2 == 0:
            literal = ARTICLE.sub("an?", re.escape(part))
            doubled = number and literal.startswith("\\.")
            parts.append(f"(?:\\.|(?<=[.!?…])){literal[2:]}" if doubled else literal)
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>.{{1,{LONGEST_FACT}}}?)")
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
