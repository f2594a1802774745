"""Whether a rendered text is its template with the values of the facts, and nothing else.

Reads the text along the template without rendering it again: what the reply says, a value, what it says, to the end.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from models.reply.claims import Claims, tokens
from models.reply.facts import UNSEEN
from models.reply.rendering import ENDS, PLACEHOLDER, capital
from models.reply.verdict import Verdict, refused

NUMBER = re.compile(r"\d[\d.,]*")
ARTICLE = re.compile(r"an?(?=\s)", re.IGNORECASE)
CLOSING = "\"”’')"


def values(facts: Mapping[str, str], table: Claims) -> Iterator[Verdict]:
    """Values that no reply may state: none at all, and none left of what it would offer."""
    for name, value in facts.items():
        if not value.strip():
            yield refused(f"empty_value:{name}", "a fact without a value is not handed over")
        number = NUMBER.search(value) if name in table.not_zero else None
        if number and not number[0].strip("0.,"):
            yield refused(f"zero:{name}", value[:80])


def readable(text: str, table: Claims) -> Iterator[Verdict]:
    """Length, and nothing that a reader does not see."""
    if len(text) > table.limits["text_chars"]:
        yield refused("too_long", f"{len(text)} characters")
    if not (text.isascii() and text.isprintable()):
        for each in text:
            if unicodedata.category(each) in UNSEEN:
                yield refused("unseen_character", f"U+{ord(each):04X}")


def filled(template: str, facts: Mapping[str, str], text: str) -> Iterator[Verdict]:
    """Values are there as they are (a capital where one begins a sentence), and everything else is the template's."""
    place = 0
    for number, part in enumerate(PLACEHOLDER.split(template)):
        if number % 2 == 0:
            here = _literal(part, text, place, behind_value=number > 0)
            if here is None:
                yield refused("wrong_text", f"{text[place : place + 40]!r} is not {part[:40]!r}")
                return
            place = here
        elif part not in facts:
            yield refused(f"missing_fact:{part}", "no value was handed over")
            return
        elif not text.startswith((facts[part], capital(facts[part])), place):
            yield refused(f"wrong_value:{part}", f"{text[place : place + 60]!r} is not {facts[part][:60]!r}")
            return
        else:
            place += len(facts[part])
    if place < len(text):
        yield refused("wrong_text", f"{text[place : place + 40]!r} was added")


def _literal(part: str, text: str, place: int, behind_value: bool) -> int | None:
    """Where ``part`` ends in ``text`` from ``place`` on; None where something else stands there."""
    for token in tokens(part):
        place = _behind_blanks(text, place)
        word = part[token.start : token.end]
        article = ARTICLE.match(text, place) if token.text in ("a", "an") else None
        if article:
            place = article.end()
        elif text[place : place + len(word)].lower() == word.lower():
            place += len(word)
        elif not (token.text == "." and behind_value and text[:place].rstrip(CLOSING + " ").endswith(ENDS)):
            return None  # the value did not bring this full stop
        behind_value = behind_value and token.text in CLOSING
    return _behind_blanks(text, place)


def _behind_blanks(text: str, place: int) -> int:
    return place + 1 if text[place : place + 1] == " " else place
