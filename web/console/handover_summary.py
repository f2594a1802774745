"""What an agent must know before the first word, put together from what the shop recorded. Nothing in it is guessed."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from shop import catalogue, conversations, desk_queue
from shop.masking import Known, known_of, mask_text
from shop.message import Message
from web.console.desk_frames import moment

if TYPE_CHECKING:
    from shop.takeover import Standing
    from web.console.access import Member

LAST = 400  # messages that are looked at
MOST_ASKED, MOST_SHOWN, MOST_FAILED, MOST_ORDERS = 4, 5, 3, 3
WORDS_CHARS = 160
REASONS = {
    "asked": "The shopper asked for a person.",
    "failed": "The assistant did not understand, twice in a row.",
    "staff": "A colleague stepped in.",
}
# What answers a question of the bot's, or is no question: it says nothing about what the shopper came for.
NO_QUESTIONS = frozenset({
    "affirm", "deny", "inform", "cannot_provide", "stop", "greet", "goodbye", "thank", "human_handoff", "chitchat",
    "bot_challenge", "repeat", "nlu_fallback", "out_of_scope",
})  # fmt: skip
FAILED = ("nlu_fallback", "out_of_scope")


def summary(db: Session, conversation_id: str, standing: Standing, member: Member) -> dict[str, Any]:
    """The summary of a conversation; order numbers and an address only for who may see them.

    Keys: reason (a sentence or None), waiting_since, asked, failed (lists of intent, said, seq), products, page (both
    products: title, url, price_cents, currency), orders (numbers), contact, thumbs_down, messages (how many).
    """
    talk = conversations.get(db, conversation_id)
    said = conversations.messages_after(db, conversation_id, max(0, talk.last_seq - LAST), LAST)
    shopper = [message for message in said if message.sender == "shopper"]
    sees = member.sees_customers
    known = () if sees else known_of(db, talk.customer_id)
    return {
        "reason": REASONS.get(standing.reason or ""),
        "waiting_since": moment(standing.waiting_since),
        "asked": _asked(shopper, member, known),
        "failed": [_words(each, member, known) for each in shopper if each.intent in FAILED][-MOST_FAILED:],
        "products": _shown(said),
        "page": _page(db, shopper),
        "orders": _orders(said) if sees else [],
        "contact": desk_queue.contact_email(db, conversation_id) if sees else None,
        "thumbs_down": sum(message.feedback == "down" for message in said),
        "messages": talk.last_seq,
    }


def intent_words(intent: str) -> str:
    """``track_order`` -> "Track order"."""
    return intent.replace("_", " ").capitalize()


def _words(message: Message, member: Member, known: Known) -> dict[str, Any]:
    text = message.text if member.sees_customers else mask_text(message.text, message.entities, known)
    return {"intent": intent_words(message.intent), "said": text[:WORDS_CHARS], "seq": message.seq}


def _asked(shopper: list[Message], member: Member, known: Known) -> list[dict[str, Any]]:
    """What was asked last, each intent once, in the order of asking."""
    last = {message.intent: message for message in shopper if message.intent and message.intent not in NO_QUESTIONS}
    latest = sorted(last.values(), key=lambda message: message.seq)[-MOST_ASKED:]
    return [_words(message, member, known) for message in latest]


def _shown(said: list[Message]) -> list[dict[str, Any]]:
    """The products that were shown last, first the one shown first."""
    for message in reversed(said):
        if cards := (message.payload or {}).get("cards"):
            keys = ("title", "url", "price_cents", "currency")
            return [{key: card.get(key) for key in keys} for card in cards[:MOST_SHOWN]]
    return []


def _page(db: Session, shopper: list[Message]) -> dict[str, Any] | None:
    """The product whose page the shopper last wrote from; None for any other page."""
    page = (shopper[-1].payload or {}).get("page") or {} if shopper else {}
    product = catalogue.product(db, page["product_id"]) if page.get("product_id") else None
    if product is None:
        return None
    return {
        "title": product.title, "url": product.url, "price_cents": product.price_cents, "currency": product.currency,
    }


def _orders(said: list[Message]) -> list[str]:
    """Numbers of orders that were spoken of or shown, the last one first."""
    numbers: dict[str, None] = {}
    for message in reversed(said):
        if order := (message.payload or {}).get("order"):
            numbers.setdefault(str(order.get("number")), None)
        for entity in message.entities or ():
            if entity.get("entity") == "order_number":
                numbers.setdefault(str(entity.get("value")), None)
    return list(numbers)[:MOST_ORDERS]
