"""A conversation as its page shows it: each message with everything that is known of it. Pure functions.

Whoever may not see customers' data gets it masked here: no template decides about that.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shop.conversation_notes import Note
from shop.masking import mask_entities, mask_json
from shop.message import Message
from shop.review_queue import Reason
from shop.review_reasons import NO_INTENT, guesses
from shop.reviews import Correction
from shop.transcript import Transcript, WrittenReply
from web.console.marked_text import Eyes, Piece, in_stored_text

GUESSES = 3
# What of an offer, an order and a link tells which one it was.
DRAWN = {"offer": ("title", "code"), "order": ("number", "status_text"), "table": (), "link": ("title",)}
SENDERS = {"shopper": "Shopper", "bot": "Assistant", "staff": "Staff", "system": "House"}
REASON_TEXTS = {
    "low_confidence": "unsure", "out_of_scope": "out of scope", "thumbs_down": "thumb down",
    "repeated": "asked again", "abandoned_form": "form abandoned", "gate_rejected": "written replies refused",
    "disagreement": "two intents close", "handover_failed": "nobody came",
}
FALLBACKS = {
    "too_late": "it came too late", "no_model": "there was no model", "model_failed": "the model failed",
    "changed_meanwhile": "the shop changed meanwhile", "not_filled": "it could not be filled in",
    "nothing_written": "nothing was written", "bad_request": "it was asked for something no model can write",
}


@dataclass(frozen=True)
class Guess:
    """An intent that was thought of. ``percent``: of a bar's length."""

    name: str
    confidence: float

    @property
    def percent(self) -> int:
        return round(100 * max(0.0, min(1.0, self.confidence)))


@dataclass(frozen=True)
class Step:
    name: str
    ms: float
    policy: str | None = None


@dataclass(frozen=True)
class Understanding:
    """How a message was understood, and why the bot did what it did.

    ``intent``: where the bot was unsure, the likeliest guess with its confidence.
    """

    intent: str
    confidence: float | None
    ranking: list[Guess]
    unsure_because: str
    entities: list[dict[str, Any]]  # as it was understood, each with entity and value
    read_as: str
    actions: list[str]
    form: str
    steps: list[Step]
    total_ms: float | None
    answered_after_s: float | None
    model_version: str
    written: list[WrittenReply]


@dataclass(frozen=True)
class Showing:
    """A product that was shown. ``title`` is its id where no card names it."""

    title: str
    product_id: str
    position: int
    probability: float
    source: str
    clicked: bool


@dataclass(frozen=True)
class Entry:
    """One message. ``correctable``: kinds of correction that it can have."""

    seq: int
    sender: str
    who: str
    at: Any
    pieces: list[Piece]
    pressed: bool
    understanding: Understanding | None
    payload: dict[str, Any]
    showings: list[Showing]
    clicked: set[str]  # ids of products
    feedback: str | None
    corrections: list[Correction]
    correctable: tuple[str, ...]
    notes: list[Note] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def entries(found: Transcript, reasons: Sequence[Reason], eyes: Eyes) -> list[Entry]:
    """Every message in order, as ``eyes`` may see it."""
    replies = {each.in_reply_to: each for each in reversed(found.messages) if each.sender in ("bot", "system")}
    return [_entry(message, found, replies.get(message.seq), reasons, eyes) for message in found.messages]


def entities_now(message: Message, corrected: Correction | None) -> list[dict[str, Any]]:
    """The entities that count: a reviewer's, else those that were understood, each where it stands in the text."""
    if corrected is not None:
        return list(corrected.after["entities"])
    return in_stored_text(message.text, message.entities)


def kinds_of(message: Message) -> tuple[str, ...]:
    """Which corrections ``shop.reviews`` takes for this message."""
    if message.sender == "shopper" and message.turn is not None:
        return ("action",) if (message.payload or {}).get("payload") else ("intent", "entities", "action")
    if message.sender in ("bot", "system") and message.in_reply_to is not None:
        return ("reply",)
    return ()


def told(correction: Correction, eyes: Eyes) -> tuple[str, str]:
    """What stood before a correction and what is proposed, in words."""
    return _told(correction.kind, correction.before, eyes), _told(correction.kind, correction.after, eyes)


def gate_verdict(written: WrittenReply) -> str:
    """What became of a reply that the model was asked for, in one sentence."""
    refused = sum(written.rejected.values())
    of = f"{refused} of {written.candidates} candidates refused" if refused else f"{written.candidates} candidates"
    if written.template is not None:
        return f"Said; {of}." if written.candidates else "Said."
    why = FALLBACKS.get(written.reason or "", f"the claim gate refused it ({written.reason})")
    return f"The domain's response was said, as {why}; {of}."


def waiting_reasons(reasons: Sequence[Reason]) -> list[tuple[str, int]]:
    """Why the conversation is worth a look: (text, how often), in the order of REASON_TEXTS."""
    counted = Counter(each.name for each in reasons)
    return [(text, counted[name]) for name, text in REASON_TEXTS.items() if counted[name]]


def _entry(message: Message, found: Transcript, reply: Message | None, reasons: Sequence[Reason], eyes: Eyes) -> Entry:
    mine = [found.corrections[message.seq, kind] for kind in kinds_of(message)
            if (message.seq, kind) in found.corrections]  # fmt: skip
    marks = entities_now(message, next((each for each in mine if each.kind == "entities"), None))
    understood = in_stored_text(message.text, message.entities)
    payload = message.payload or {}
    titles = {each.get("product_id"): each.get("title") for each in _list(payload.get("cards"))}
    clicked = found.clicked.get(message.seq, set())
    return Entry(
        message.seq, message.sender, _who(message), message.at,
        eyes.pieces(message.text, marks if message.sender == "shopper" else [], understood),
        bool(payload.get("payload")), _understanding(message, found, reply, eyes), _payload(payload, eyes),
        [
            Showing(titles.get(each.product_id) or each.product_id, each.product_id, each.position + 1,
                    each.probability, each.source, each.product_id in clicked)
            for each in found.exposures.get(message.seq, ())
        ],
        clicked, message.feedback, mine, kinds_of(message),
        [each for each in found.notes if each.seq == message.seq],
        [REASON_TEXTS[each.name] for each in reasons if each.seq == message.seq],
    )  # fmt: skip


def _who(message: Message) -> str:
    name = (message.payload or {}).get("name") if message.sender == "staff" else None
    return name if isinstance(name, str) and name else SENDERS.get(message.sender, message.sender)


def _understanding(message: Message, found: Transcript, reply: Message | None, eyes: Eyes) -> Understanding | None:
    if message.sender != "shopper" or message.turn is None:
        return None
    turn = message.turn
    ranked = [Guess(each["name"], float(each["confidence"])) for each in guesses(turn)]
    understood = in_stored_text(message.text, message.entities)
    steps = [
        Step(each["step"], float(each["ms"]), each.get("policy"))
        for each in _list(turn.get("steps")) if isinstance(each.get("step"), str) and _is_number(each.get("ms"))
    ]  # fmt: skip
    intent, confidence = message.intent or "", message.intent_confidence
    if intent == NO_INTENT and ranked:
        intent, confidence = ranked[0].name, ranked[0].confidence
    return Understanding(
        intent, confidence, ranked[:GUESSES], _unsure_because(turn, ranked),
        understood if eyes.sees else mask_entities(understood), eyes.text(turn.get("read_as")),
        list(message.actions or []), turn.get("form") or "", steps, message.duration_ms,
        (reply.at - message.at).total_seconds() if reply else None, message.model_version or "",
        found.written.get(message.seq, []),
    )


def _unsure_because(turn: Mapping[str, Any], ranked: Sequence[Guess]) -> str:
    """Which threshold made the bot ask again; "" where it did not."""
    if turn.get("intent") != NO_INTENT:
        return ""
    limits = turn.get("thresholds") or {}
    low, near = limits.get("confidence"), limits.get("ambiguity")
    if ranked and low is not None and ranked[0].confidence < low:
        return f"The likeliest was below {low:.2f}, so the bot asked again."
    if len(ranked) > 1 and near is not None and ranked[0].confidence - ranked[1].confidence < near:
        return f"The first two were within {near:.2f} of each other, so the bot asked again."
    return "No intent was sure enough, so the bot asked again."


def _payload(payload: Mapping[str, Any], eyes: Eyes) -> dict[str, Any]:
    """What was drawn beside the text: cards, titles of buttons, and the rest in words; no addresses to follow."""
    keys = ("product_id", "title", "brand", "price_cents", "currency", "note")
    return {
        "cards": [{key: each.get(key) for key in keys} for each in _list(payload.get("cards"))],
        "buttons": [eyes.text(str(each.get("title", ""))) for each in _list(payload.get("buttons"))],
        "drawn": [words for words in (_drawn(key, payload.get(key), eyes) for key in DRAWN) if words],
    }


def _drawn(key: str, content: Any, eyes: Eyes) -> str:
    """An offer, order, table or link in a few words; "" where there is none."""
    if not isinstance(content, Mapping) or not content:
        return ""
    known = content if eyes.sees else mask_json(content, eyes.known)
    if key == "table":
        told = [str(each) for each in known.get("columns") or ()]
        return f"Table with {len(known.get('rows') or ())} rows: {' · '.join(told)}"
    told = [str(known[each]) for each in DRAWN[key] if known.get(each)]
    return f"{key.capitalize()}: {' · '.join(told)}" if told else ""


def _told(kind: str, content: Mapping[str, Any], eyes: Eyes) -> str:
    if kind == "intent":
        return content.get("intent") or "nothing"
    if kind == "action":
        return content.get("action") or ", ".join(content.get("actions") or ()) or "nothing"
    if kind == "entities":
        found = content.get("entities") or []
        found = found if eyes.sees else mask_entities(found)
        return ", ".join(f"{each.get('entity')} {eyes.text(str(each.get('value')))}" for each in found) or "none"
    return eyes.text(content.get("text"))


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
