"""What a message says to the order form: a number, a proof, an address, a line, a reason, a yes or a no.

Only what the form waits for, or what is unmistakable, is taken: the text of a digression is nobody's address.
"""
from __future__ import annotations

import re

from rapidfuzz import fuzz

from actions.addresses import has_postcode, looks_like_address
from actions.base import Turn
from shop.orders import OrderLine

ANSWERS = {"inform", "affirm", "deny", "nlu_fallback", "out_of_scope", "cannot_provide"}
"""Intents of a message that may be a bare answer; what is none of them asks for something else."""

SURE = 0.7
"""Below this confidence a message may be a bare answer too, whatever the classifier takes it for."""

SURE_YES = 0.85

COMPLAINING = {"complaint", "return_item", "get_refund", "refine_search", "payment_issue", "delete_account", "stop"}
"""Intents that a reason is easily mistaken for: "it came broken", "too small", "I changed my mind"."""

YES = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|sure|ok|okay|correct|right|exactly|confirm(?:ed)?|please do|go ahead|do it|y)\b",
    re.IGNORECASE,
)
NO = re.compile(r"^\W*(?:no|nope|nah|don'?t|do not|rather not|better not|n)\b", re.IGNORECASE)
OTHER_ONE = re.compile(
    r"\b(?:the )?(?:other|another|different|wrong) (?:one|order)\b|\bnot (?:that|this) (?:one|order)\b", re.IGNORECASE
)
POINTING = re.compile(r"\b(?:it|this|that|them|these|those|the (?:same )?(?:order|parcel))\b", re.IGNORECASE)
EVERYTHING = re.compile(r"\b(?:all(?: of (?:it|them))?|everything|both|the (?:whole|entire|lot))\b", re.IGNORECASE)
INSTEAD = re.compile(r"\b(?:instead|rather|actually)\b", re.IGNORECASE)
CORRECTION = re.compile(
    r"^\W*(?:(?:no|nope|sorry|wait|actually|well|oh|i mean|i meant|the reason (?:is|was)|because|rather)\b[\s,.:;-]*)+"
    r"(?:(?:that |it )?(?:should be|is because|was because)\s+)?",
    re.IGNORECASE,
)
EXCHANGE = re.compile(r"\b(?:exchang\w*|swap\w*|replace(?:ment|d)?|different (?:size|colour|color))\b", re.IGNORECASE)
ASKING = re.compile(
    r"\?\s*$|^\W*(?:what|how|why|when|where|which|who|do you|does|can you|could you|can i|is there|are there)\b",
    re.IGNORECASE,
)

ORDER_NUMBER = re.compile(r"^\d{6}$")
LONGEST_REASON_CHARS = 500


def is_payload(turn: Turn) -> bool:
    """Whether the message is a button's payload, whose text is nothing that a person said."""
    return turn.text.startswith("/")


def may_answer(turn: Turn) -> bool:
    """Whether a message in the middle of the form can be a bare answer, not a question or a wish of its own."""
    confidence = (turn.tracker.latest_message.get("intent") or {}).get("confidence") or 0.0
    return turn.intent in ANSWERS or (confidence < SURE and not ASKING.search(turn.text))


def order_numbers(turn: Turn) -> list[str]:
    """Well-formed order numbers of the message, in the order said. Values from outside, so their form is checked."""
    values = (str(value).lstrip("#") for value in turn.entities("order_number"))
    return [value for value in values if ORDER_NUMBER.match(value)]


def proof(turn: Turn) -> str | None:
    """An e-mail address or postcode, as the extractor found it; where both were said the address counts."""
    value = turn.entity("email") or turn.entity("postcode")
    return str(value)[:254] if value else None


def typed_proof(turn: Turn) -> str | None:
    """The whole message as a proof, where it is short and could be one: postcodes differ between countries."""
    text = turn.text.strip()
    if is_payload(turn) or not may_answer(turn):
        return None
    found = re.search(r"\S+@\S+\.\S+", text)
    if found:
        return found.group().strip(".,;")[:254]
    code = re.sub(r"^\W*(?:(?:my|the)\s+)?(?:post\s?code|zip(?: code)?|plz|code)?\s*(?:is|was|:)?\s*", "", text,
                  flags=re.IGNORECASE)
    return code if re.fullmatch(r"(?=.*\d)[A-Za-z\d][A-Za-z\d -]{2,9}", code) else None


def new_address(turn: Turn) -> str | None:
    """The message where it holds an address; asked for only while the form waits for one, or for the yes to it."""
    text = turn.text.strip()
    if is_payload(turn) or not looks_like_address(text):
        return None
    at_home = may_answer(turn) or turn.intent in ("set_shipping_address", "change_shipping_address")
    return text if at_home or has_postcode(text) else None


def return_line(turn: Turn, lines: list[OrderLine]) -> str | None:
    """Line id as text, or "all"; None where no line of the order is meant, or several could be."""
    ids = {str(line.line_id) for line in lines}
    pressed = turn.entity("order_line")
    if pressed is not None:
        return str(pressed) if str(pressed) in ids | {"all"} else None
    if is_payload(turn):
        return None
    if EVERYTHING.search(turn.text):
        return "all"
    ordinal = turn.entity("ordinal")
    if isinstance(ordinal, int) and lines:
        index = ordinal - 1 if ordinal > 0 else ordinal
        return str(lines[index].line_id) if -len(lines) <= index < len(lines) else None
    named = _named_line(turn.text, lines)
    return str(named.line_id) if named else None


def _named_line(text: str, lines: list[OrderLine]) -> OrderLine | None:
    """The one line whose name shares the most words with the text; None where none does, or two do equally."""
    said = set(re.findall(r"\w{3,}", text.lower()))
    shared = [
        sum(max((fuzz.ratio(word, other) for other in _words(line).split()), default=0) >= 85 for word in said)
        for line in lines
    ]
    best = max(shared, default=0)
    return lines[shared.index(best)] if best and shared.count(best) == 1 else None


def return_reason(turn: Turn) -> str | None:
    """A reason in the shopper's words; None for a question or a wish for something else."""
    pressed = turn.entity("return_reason")
    if pressed:
        return str(pressed)[:LONGEST_REASON_CHARS]
    text = turn.text.strip()
    if is_payload(turn) or ASKING.search(text) or not (may_answer(turn) or turn.intent in COMPLAINING):
        return None
    short = len(text.split()) < 4
    if short and turn.intent in ("stop", "affirm"):  # "I changed my mind" is a reason, "forget it" is not
        return None
    if short and turn.intent in ("deny", "cannot_provide"):
        return "No reason given"
    reason = CORRECTION.sub("", text).strip(" .")[:LONGEST_REASON_CHARS]
    return reason if len(reason) >= 3 else None


def is_sure_yes(turn: Turn) -> bool:
    """A yes that something may be changed upon: pressed, said in so many words, or understood beyond doubt."""
    if turn.intent != "affirm":
        return False
    confidence = turn.tracker.latest_message["intent"].get("confidence") or 0.0
    return is_payload(turn) or confidence >= SURE_YES or bool(YES.search(turn.text))


def confirmation(turn: Turn) -> bool | None:
    """Yes, no, or None for neither. Words count only where the classifier had no better idea."""
    if turn.intent == "affirm":
        return True if is_sure_yes(turn) else None
    if turn.intent == "deny":
        return False
    if not is_payload(turn) and turn.intent in ANSWERS and len(turn.text.split()) <= 6:
        if YES.search(turn.text):
            return True
        if NO.search(turn.text):
            return False
    return None


def _words(line: OrderLine) -> str:
    return " ".join(filter(None, (line.title, line.colour, line.size))).lower()
