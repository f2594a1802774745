"""What an agent could say next: dialogue acts with facts that the shop states now, for the end of a conversation."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from actions.order_answers import refund_words
from actions.order_wording import STATUS_WORDS, expected_sentence
from actions.policy_answers import NEEDED, shop_terms
from actions.small_talk import greeting_features
from models.reply.facts import Fact
from shop import conversations, customers, orders, policies
from shop.conversations import Conversation, Message
from shop.orders import Order

MOST = 3
LAST = 60  # messages that are looked at
# Intent -> acts that answer it with the shop's terms; an intent of the same name as an act of terms needs no line.
TERMS_OF = {
    "return_item": ("return_policy",), "get_refund": ("refund_policy",), "track_refund": ("refund_policy",),
    "cancel_order": ("cancellation_fee",), "track_order": ("delivery_period",),
}  # fmt: skip
TALK_OF = {
    "greet": ("greet",), "thank": ("thank", "goodbye"), "goodbye": ("goodbye",), "complaint": ("ask_complaint_text",),
}
SMALL_TALK = frozenset({"greet", "thank", "goodbye"})
ORDER_INTENTS = frozenset({"track_order", "change_order", "change_shipping_address", "cancel_order", "inform"})


@dataclass(frozen=True)
class SuggestedAct:
    """One thing that could be said, as ``models.reply.requests.Request`` takes it."""

    act: str
    facts: dict[str, Fact] = field(default_factory=dict)
    features: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """The end of a conversation. ``unread``: the shopper's words that nobody has understood yet, newest last."""

    conversation: Conversation
    said: Sequence[Message]
    unread: Sequence[Message]

    @property
    def intents(self) -> list[str]:
        """What was understood, newest first."""
        return [message.intent for message in reversed(self.said) if message.sender == "shopper" and message.intent]


def heard(db: Session, conversation_id: str) -> Heard | None:
    """The end of the conversation; None where there is none of that id."""
    talk = conversations.get(db, conversation_id)
    if talk is None:
        return None
    said = conversations.messages_after(db, conversation_id, max(0, talk.last_seq - LAST), LAST)
    answered = max((message.seq for message in said if message.sender == "staff"), default=0)
    unread = [each for each in said if each.sender == "shopper" and each.intent is None and each.seq > answered]
    return Heard(talk, said, unread)


def suggested_acts(
    db: Session, talk: Heard, intents: Sequence[str], numbers: Sequence[str], customers_too: bool
) -> list[SuggestedAct]:
    """Up to MOST acts, the likeliest first; empty where nothing is known that could be said.

    ``intents``: newest first; ``numbers``: of orders that were just named, newest last. Without ``customers_too``
    nothing is in them that only this customer's data tells.
    """
    facts = policies.facts(db)
    order = _order(db, talk, numbers) if customers_too else None
    found: dict[str, SuggestedAct] = {}
    for place, intent in enumerate(dict.fromkeys(intents)):
        for each in _for_intent(db, talk, intent, order, facts):
            # A greeting or a thank-you is answered at once or not at all.
            if place == 0 or each.act not in SMALL_TALK:
                found.setdefault(each.act, each)
        if len(found) >= MOST:
            break
    chosen = list(found.values())[:MOST]
    name = _first_name(db, talk) if customers_too else None
    if name and chosen:  # once is enough
        chosen[0] = SuggestedAct(chosen[0].act, {**chosen[0].facts, "first_name": name}, chosen[0].features)
    return chosen


def _for_intent(
    db: Session, talk: Heard, intent: str, order: Order | None, facts: dict[str, Any]
) -> list[SuggestedAct]:
    found = []
    if order is not None:
        if intent in ORDER_INTENTS:
            said = {"number": order.number, "status": STATUS_WORDS[order.status]}
            expected = expected_sentence(order)
            found.append(SuggestedAct("track", said | ({"expected": expected} if expected else {})))
        if intent in ("track_refund", "get_refund"):
            refunds = "; ".join(map(refund_words, orders.refund_status(db, order)))
            act, more = ("refund_status", {"refunds": refunds}) if refunds else ("refund_none", {})
            found.append(SuggestedAct(act, {"number": order.number, **more}))
    terms = shop_terms(facts)
    for act in (intent, *TERMS_OF.get(intent, ())):
        if act in NEEDED and not any(terms[name] is None for name in NEEDED[act]):
            found.append(SuggestedAct(act, {name: str(value) for name, value in terms.items() if value}))
    for act in TALK_OF.get(intent, ()):
        greets = act == "greet"
        features = greeting_features(db, talk.conversation.customer_id) if greets else {}
        found.append(SuggestedAct(act, {}, features))
    return found


def _order(db: Session, talk: Heard, numbers: Sequence[str]) -> Order | None:
    """The order spoken of last, where it is this shopper's: their own, or one that a guest has proven."""
    known = [*reversed(numbers)]
    for message in reversed(talk.said):
        shown = (message.payload or {}).get("order") or {}
        named = [each.get("value") for each in message.entities or () if each.get("entity") == "order_number"]
        known += [str(number) for number in (shown.get("number"), *named) if number]
    customer_id, visitor_id = talk.conversation.customer_id, talk.conversation.visitor_id
    for number in dict.fromkeys(known):
        found = orders.order(db, number, customer_id) if customer_id else orders.proven(db, number, visitor_id)
        if found is not None:
            return found
    return None


def _first_name(db: Session, talk: Heard) -> str | None:
    customer_id = talk.conversation.customer_id
    found = customers.customer(db, customer_id) if customer_id else None
    return found.first_name.strip() or None if found else None
