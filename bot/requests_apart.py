"""Two requests in one message: "cancel my order and where is my refund?" is taken apart, to be served one by one.

A message is cut at its joints ("and", a full stop, "by the way": ``joints`` in the language file), and each clause is
understood by the model as if it had come alone. It counts as several requests only where each part is beyond doubt
one of its own; in every other case the message stays whole, as a request torn in two is worse than one that has to
be said again. A message without a joint costs one search with a regular expression.
"""
from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from bot.language import Language, language_file

Parse = Callable[[str], Awaitable[dict[str, Any]]]

# Confidences are calibrated. Of clauses that are requests, 19 in 20 are above 0.9. Of the shop's 5,700 examples, each
# of one request, 33 came apart at 0.75 by the meaning alone; with the rules on telling and pointing clauses 9 at 0.6
# and 3 at 0.75.
SURE = 0.75
MOST_REQUESTS = 3
# What has more clauses or characters tells a story, and the story is about one thing.
MOST_CLAUSES = 6
LONGEST_CHARS = 500
# "Please", "thanks", "socks": one word is no request beside another one.
FEWEST_WORDS = 2

# These ask for nothing by themselves: they belong to the request beside them, and alone they make none. An intent that
# is not listed here is a request, as a trainer's new intent will be.
NO_REQUESTS = frozenset({
    "greet", "goodbye", "thank", "affirm", "deny", "help", "bot_challenge", "chitchat", "explain_why", "repeat",
    "inform", "cannot_provide", "refine_search", "show_more", "nlu_fallback",
})
# With one of these the whole message is for whoever hears it: a complaint is its whole story, a person reads it all,
# and what is none of the shop's business makes the rest doubtful too.
ALWAYS_WHOLE = frozenset({"complaint", "leave_review", "human_handoff", "stop", "out_of_scope"})
# Two sides of one wish: who sends a thing back wants the money for it, and a search may say what the thing must do.
ONE_WISH = frozenset(map(frozenset, (
    ("cancel_order", "get_refund"), ("return_item", "get_refund"), ("return_item", "change_order"),
    ("return_policy", "refund_policy"), ("change_order", "change_shipping_address"),
    ("change_shipping_address", "set_shipping_address"), ("track_order", "delivery_period"),
    ("place_order", "payment_methods"), ("place_order", "delivery_period"), ("check_availability", "add_to_cart"),
    ("compare_products", "recommend"), ("return_item", "refund_policy"),
    ("refund_policy", "track_refund"),
    ("search_product", "recommend"), ("search_product", "product_details"), ("search_product", "check_availability"),
    ("search_product", "compare_products"), ("product_details", "compare_products"),
)))
# A number that is named once counts for each of these.
ABOUT_AN_ORDER = frozenset({
    "track_order", "cancel_order", "change_order", "change_shipping_address", "return_item", "get_refund",
    "track_refund", "get_invoice",
})


@dataclass(frozen=True)
class Request:
    """One request of a message: its text, where that begins in the message (characters), and what the model made of it.

    ``parse`` is Rasa's parse data of ``text`` alone; ``borrowed`` are entities that another request names for it.
    """

    text: str
    start: int
    parse: dict[str, Any]
    borrowed: tuple[dict[str, Any], ...] = ()

    @property
    def intent(self) -> str:
        return self.parse["intent"]["name"]


@dataclass
class _Part:
    """Neighbouring clauses that belong together, while the message is taken apart; ``parse`` once it is a request."""

    start: int
    end: int
    parse: dict[str, Any] | None = None
    clauses: int = 1


@lru_cache(maxsize=4)
def language_of(code: str) -> Language:
    """The language file ``code``, read once. Raises LanguageError where it is missing or wrong."""
    return Language.load(language_file(code))


async def requests_apart(text: str, language: Language, parse: Parse) -> list[Request]:
    """The requests of a message, 2 to 3 in the order said; an empty list where the message is to be handled whole.

    ``parse`` understands a text; it is awaited only where there are two clauses of two words.
    """
    clauses = _clauses(text, language.joint)
    if sum(len(text[start:end].split()) >= FEWEST_WORDS for start, end in clauses) < 2 or len(clauses) > MOST_CLAUSES:
        return []
    parts: list[_Part] = []
    for start, end in clauses:
        said = text[start:end]
        heard = await parse(said) if len(said.split()) >= FEWEST_WORDS else None
        if heard and _name(heard) in ALWAYS_WHOLE:
            return []
        leans = language.telling.match(said) or (parts and language.pointing_back.search(said))
        _add(parts, _Part(start, end, heard if _is_request(heard) and not leans else None))
    if not 2 <= len(parts) <= MOST_REQUESTS:
        return []
    requests = []
    for part in parts:
        said = text[part.start:part.end]
        heard = part.parse if part.clauses == 1 else await parse(said)
        if not _is_request(heard):
            return []
        requests.append(Request(said, part.start, heard))
    if any(_belong_together(one.parse, other.parse) for one, other in pairwise(requests)):
        return []
    return _sharing_the_order_number(requests)


def _clauses(text: str, joint: re.Pattern) -> list[tuple[int, int]]:
    """Start and end of each clause that has a letter or digit; empty for a long message.

    Empty too where a clause begins with "/": alone it would be a button's payload, which nobody may type.
    """
    if len(text) > LONGEST_CHARS:
        return []
    joints = [found.span() for found in joint.finditer(text)]
    starts = [0, *(end for _, end in joints)]
    ends = [*(start for start, _ in joints), len(text)]
    spans = list(zip(starts, ends, strict=True))
    if any(text[start:end].lstrip().startswith("/") for start, end in spans):
        return []
    return [(start, end) for start, end in spans if any(letter.isalnum() for letter in text[start:end])]


def _add(parts: list[_Part], clause: _Part) -> None:
    """Put a clause to the part before it, or begin a new part with it."""
    last = parts[-1] if parts else None
    apart = last and last.parse and clause.parse and not _belong_together(last.parse, clause.parse)
    if last is None or apart:
        parts.append(clause)
        return
    last.end = clause.end
    last.clauses += 1
    last.parse = last.parse or clause.parse


def _belong_together(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return _name(one) == _name(other) or frozenset((_name(one), _name(other))) in ONE_WISH


def _is_request(heard: dict[str, Any] | None) -> bool:
    if heard is None:
        return False
    sure = (heard["intent"].get("confidence") or 0.0) >= SURE
    return sure and _name(heard) not in NO_REQUESTS and _name(heard) not in ALWAYS_WHOLE


def _name(heard: dict[str, Any]) -> str | None:
    return heard["intent"].get("name")


def _sharing_the_order_number(requests: list[Request]) -> list[Request]:
    """The only order number of a message counts for each of its requests about an order that names none itself.

    Nothing else is shared: a colour or a postcode beside another request is not meant for this one.
    """
    numbers = [entity for each in requests for entity in each.parse["entities"] if entity["entity"] == "order_number"]
    if len({entity["value"] for entity in numbers}) != 1:
        return requests
    return [
        replace(each, borrowed=({**numbers[0], "start": len(each.text), "end": len(each.text)},))
        if each.intent in ABOUT_AN_ORDER and not any(number in numbers for number in each.parse["entities"])
        else each
        for each in requests
    ]
