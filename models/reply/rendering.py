"""Facts into the places that a template leaves for them.

A template is read once: what stands in a value is never looked at again, so nothing in a product's title can become
a placeholder.
"""
from __future__ import annotations

import re
from collections.abc import Mapping

from models.reply.errors import ReplyError
from models.reply.facts import Article, Fact, Locale, in_words

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BLANKS = re.compile(r"\s+")
_BLANK_BEFORE_MARK = re.compile(r"\s+(?=[.,;:?!])")
_SENTENCE_ENDS = re.compile(r"[.?!…][\"”’')]*\s+[\"“‘'(]*\Z")
_NEW_SENTENCE = re.compile(r"((?:\A|[.?!]\s)[\"“‘'(]*)([a-zà-ÿ])")
_LATER_SENTENCE = re.compile(r"([.?!]\s[\"“‘'(]*)([a-zà-ÿ])")
_DOUBLED = re.compile(r"([\"”’')]?)\.")
_PLAIN_WORD = re.compile(r"[a-zà-ÿ]+(?:[-'’][a-zà-ÿ]+)*(?![\w@./])")
ENDS = (".", "?", "!", "…")


class MissingFact(ReplyError):
    """A template has a placeholder for which no fact was given; the message names both."""


def render(template: str, facts: Mapping[str, Fact], locale: Locale) -> str:
    """``template`` with every placeholder filled. Facts without a placeholder are left out.

    An article before a value follows its sound, a full stop is not doubled behind a value that brings its own, and a
    sentence begins with a capital. Raises MissingFact.
    """
    return fill(template, {name: in_words(facts[name], locale) for name in _needed(template, facts)}, locale.article)


def fill(template: str, values: Mapping[str, str], article: Article | None = None) -> str:
    """As ``render``, with values that are in words already. Raises MissingFact."""
    _needed(template, values)
    parts = PLACEHOLDER.split(template)  # literal, name, literal, name, ..., literal
    text = ""
    for place, part in enumerate(parts):
        if place % 2:
            value = values[part]
            if article:
                text = agreed(text, value, article)
            text += capital(value) if begins_sentence(text) else value
            continue
        literal = _BLANK_BEFORE_MARK.sub("", _BLANKS.sub(" ", part))
        if place == 0:
            literal = _NEW_SENTENCE.sub(_capital_letter, literal.lstrip())
        else:  # behind a value only what begins inside the literal begins a sentence
            literal = _LATER_SENTENCE.sub(_capital_letter, literal)
        doubled = _DOUBLED.match(literal) if text.endswith(ENDS) else None
        text += doubled[1] + literal[doubled.end() :] if doubled else literal
    return text.rstrip()


def agreed(before: str, value: str, article: Article) -> str:
    """``before``, whose last word is made to agree where it is an indefinite article: "a " -> "an "."""
    found = re.search(rf"(?<!\w)({article.consonant}|{article.vowel})( [\"“‘']?)\Z", before, re.IGNORECASE)
    if not found:
        return before
    word = article.before(value)
    return before[: found.start()] + (word.capitalize() if found[1][0].isupper() else word) + found[2]


def begins_sentence(before: str) -> bool:
    """Whether what follows ``before`` begins a sentence."""
    return not before.strip("\"“‘'( ") or _SENTENCE_ENDS.search(before) is not None


def capital(value: str) -> str:
    """``value`` with a capital where it begins with a plain word; an address, a code or "iPad" stays."""
    return value[:1].upper() + value[1:] if _PLAIN_WORD.match(value) else value


def _capital_letter(found: re.Match[str]) -> str:
    return found[1] + found[2].upper()


def _needed(template: str, facts: Mapping[str, object]) -> list[str]:
    names = PLACEHOLDER.findall(template)
    for name in names:
        if name not in facts:
            raise MissingFact(f"{template[:120]!r} needs {name!r}, which is not among the facts {sorted(facts)}.")
    return names
