"""The form of a template, whatever its words say: length, ending, characters, placeholders, repetition.

Every rule yields what it refuses, the gravest first; a good template yields nothing.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise

from models.reply.claims import ActClaims, Claims, Token
from models.reply.facts import UNSEEN
from models.reply.rendering import PLACEHOLDER
from models.reply.verdict import Verdict, refused
from models.reply.vocabulary import SENTENCE_MARKS

STRAY = re.compile(r"[{}]|<\d*>?")
MARKUP = frozenset("<>[]|*_`~^\\=+$@/")
LINK = re.compile(
    r"\w@\w|://|www\.|\b\w+\.(?:com|net|org|shop|de|eu|uk|co|io|info|biz|fr|nl|app|ly|me)\b", re.IGNORECASE
)
CLOSING = "\"”’')"
OPENING = "\"“‘'("
FINISHED = re.compile(rf"[.?!][{CLOSING}]*\Z")
ENDS_IN_FACT = re.compile(rf"\{{(\w+)\}}[{CLOSING}]*\Z")
MAY_FOLLOW = frozenset([*CLOSING, *".,;:?!", " ", ""])
MAY_PRECEDE = frozenset([*OPENING, "#", " ", ""])
ENDS_CLAUSE = frozenset(",;:?!-–—")
RUN = 4  # words; a reply that says so many twice has come into a loop


def whole(template: str, words: list[str], claims: ActClaims, table: Claims) -> Iterator[Verdict]:
    """Length, marks that are left over, how it ends."""
    limits = table.limits
    if not words:
        yield refused("empty", "the reply says nothing")
    if len(template) > limits["template_chars"] or len(words) > limits["words"]:
        yield refused("too_long", f"{len(template)} characters, {len(words)} words")
    stray = STRAY.search(PLACEHOLDER.sub("", template))
    if stray:
        yield refused("stray_mark", f"{stray[0]!r} is left over")
    if template.count("!") > limits["exclamation_marks"]:
        yield refused("exclamation", f"{template.count('!')} exclamation marks")
    if FINISHED.search(template) or (template.endswith(":") and claims.may_end_in_colon):
        return
    fact = ENDS_IN_FACT.search(template)
    if not fact or fact[1] not in claims.sentences | table.own_ends:
        yield refused("unfinished", f"ends in {template[-12:]!r}")


def characters(template: str, table: Claims) -> Iterator[Verdict]:
    """Only letters and marks of the language: no digits in any alphabet, no signs, nothing unseen, no lookalikes."""
    rest = PLACEHOLDER.sub(" ", template)
    link = LINK.search(rest)
    if link:
        yield refused("link", f"{link[0]!r} looks like an address")
    if table.meant_characters.fullmatch(rest):
        return
    for each in rest:
        if table.meant_characters.fullmatch(each):
            continue
        category = unicodedata.category(each)
        if each.isnumeric():
            yield refused("digits", repr(each))
        elif category == "Sc":
            yield refused("currency", repr(each))
        elif "PERCENT" in unicodedata.name(each, "") or "PER MILLE" in unicodedata.name(each, ""):
            yield refused("percent", repr(each))
        elif category in UNSEEN:
            yield refused("unseen_character", f"U+{ord(each):04X}")
        else:
            yield refused("markup" if each in MARKUP else "foreign_character", f"{each!r} (U+{ord(each):04X})")


def placeholders(
    template: str, found: list[Token], given: Collection[str], claims: ActClaims, table: Claims
) -> Iterator[Verdict]:
    """Each fact that was handed over stands once, with blanks around it, and a whole sentence stands alone."""
    said: set[str] = set()
    for place, token in enumerate(found):
        if not token.is_placeholder:
            continue
        name = token.text[1:-1]
        if name not in given:
            yield refused(f"unknown_fact:{name}", "was not handed over")
        if name in said:
            yield refused(f"fact_twice:{name}", "stands twice")
        said.add(name)
        before, behind = template[max(token.start - 1, 0) : token.start], template[token.end : token.end + 1]
        if before not in MAY_PRECEDE or behind not in MAY_FOLLOW:
            yield refused(f"place:{name}", f"{(before + token.text + behind)!r}")
        if before == "#" and name not in table.hash_before:
            yield refused("markup", f"# before {token.text}")
        if name in claims.sentences and not _stands_alone(found, place, claims):
            yield refused(f"inside_sentence:{name}", "is a whole sentence, and stands inside another one")
    for name in sorted(set(given) - said):
        yield refused(f"missing_fact:{name}", "was handed over and is not said")
    if "#" in PLACEHOLDER.sub("", template.replace("#{", "{")):
        yield refused("markup", "'#' stands by itself")


def repetition(found: list[Token], words: list[str], table: Claims) -> Iterator[Verdict]:
    """A word, a run of words or a sentence that is said twice."""
    for first, second in pairwise(found):
        if first.is_word and first.text == second.text and first.text not in table.may_double:
            yield refused("repetition", f"{first.text} {second.text}")
    runs = [tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)]
    if len(set(runs)) < len(runs):
        yield refused("repetition", " ".join(next(run for run in runs if runs.count(run) > 1)))
    sentences: list[list[str]] = [[]]
    for token in found:
        if token.text in SENTENCE_MARKS:
            sentences.append([])
        elif token.is_word or token.is_placeholder:
            sentences[-1].append(token.text)
    said = [" ".join(each) for each in sentences if each]
    if len(set(said)) < len(said):
        yield refused("repetition", "a sentence stands twice")


def _stands_alone(found: list[Token], place: int, claims: ActClaims) -> bool:
    before = next((token for token in reversed(found[:place]) if token.text not in OPENING), None)
    if before and before.text not in SENTENCE_MARKS and before.text[1:-1] not in claims.sentences:
        return False
    behind = next((token for token in found[place + 1 :] if token.text not in CLOSING), None)
    return not (behind and behind.text in ENDS_CLAUSE)
