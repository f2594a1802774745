"""Conversations with all that a page may show of them: what was understood, written, shown, clicked and noted."""
from __future__ import annotations

from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from shop import conversation_notes, conversations, replies
from shop.owner import Owner
from shop.replies import ReplyRecord
from tests.web.shop_visit import EVIL

ADA, BEN = "C00001", "C00002"
SAID = "🎉 a red jacket for Ada Stone, ada@example.com, about 30 euros"
FALLBACK = "blorg the thing"
_numbers = count()


def entity(name: str, words: str, value: Any = None, text: str = SAID) -> dict[str, Any]:
    """An entity as Rasa reports it, where ``words`` stand in ``text``."""
    start = text.index(words)
    return {"entity": name, "value": words if value is None else value, "start": start, "end": start + len(words)}


ENTITIES = [
    entity("colour", "red"), entity("email", "ada@example.com"), entity("price_min", "about 30 euros", 2400),
    entity("price_max", "30 euros", 3600),
]  # fmt: skip


def turn(intent: str = "product_details", confidence: float = 0.51, **more: Any) -> dict[str, Any]:
    """A turn as ``bot/channel.py`` reports it."""
    return {
        "intent": intent, "confidence": confidence, "entities": [],
        "intent_ranking": [
            {"name": intent, "confidence": confidence}, {"name": "search_product", "confidence": 0.33},
            {"name": "recommend", "confidence": 0.08},
        ],
        "actions": ["action_product_details"], "model_version": "0123456789abcdef", "duration_ms": 48.0,
        "steps": [
            {"step": "understand", "ms": 12.4}, {"step": "action_product_details", "policy": "RulePolicy", "ms": 31.0},
        ],
        "form": None, "thresholds": {"confidence": 0.6, "ambiguity": 0.05}, **more,
    }  # fmt: skip


def say(
    db: Session, talk: str, text: str, said: list[dict[str, Any]] | None = None, payload: dict | None = None,
    **understood: Any,
) -> int:
    """One turn of the conversation; returns the number of the shopper's message."""
    asked, _ = conversations.add_shopper_message(db, talk, f"client-{next(_numbers)}", text, payload)
    conversations.add_bot_reply(db, talk, asked.seq, said or [{"text": "Here it is."}], turn(**understood))
    return asked.seq


def conversation_of_ada(db: Session, customer_id: str = ADA) -> str:
    """Messages 1 to 6: a question with cards, offer and order; a button; one that was not understood; a script."""
    talk = conversations.open_conversation(db, Owner(customer_id)).id
    asked, _ = conversations.add_shopper_message(db, talk, "first-message", SAID)
    replies.record(db, [
        ReplyRecord(
            talk, f"{talk}-{asked.seq}", "search_found", "Here is what I found for {wanted}.", None, 4,
            {"digits": 1}, 210.0, "reply-7", ("wanted", "title"),
            ({"template": "{wanted} for 49.95.", "reason": "digits"},
             {"template": "I found {wanted}.", "reason": None}),
        ),
        ReplyRecord(talk, f"{talk}-{asked.seq}", "offer", None, "superlative", 4, {"superlative": 4}, 90.0, "reply-7"),
    ])  # fmt: skip
    shown = {
        "cards": [{"product_id": "P00001", "title": "Runner 1", "price_cents": 4100, "currency": "EUR"},
                  {"product_id": "P00099", "title": f"Café mug {EVIL}", "price_cents": 1250, "currency": "EUR"}],
        "buttons": [{"title": "Order #104312", "payload": "/inform"}],
        "offer": {"title": "Ten per cent", "code": "SPRING10"},
        "order": {"number": "104312", "status_text": "on its way"},
        "exposures": [
            {"product_id": "P00001", "position": 0, "probability": 0.75, "source": "search"},
            {"product_id": "P00099", "position": 1, "probability": 0.125, "source": "recommend"},
        ],
    }  # fmt: skip
    conversations.add_bot_reply(
        db, talk, asked.seq, [{"text": "Dear Ada Stone, here is what I found.", "payload": shown}],
        turn(entities=ENTITIES),
    )
    conversations.add_click(db, talk, 2, "P00099")
    conversations.set_feedback(db, talk, 2, "down")
    say(db, talk, "Show more", payload={"payload": "/show_more"}, intent="show_more", confidence=1.0)
    ranking = [{"name": "nlu_fallback", "confidence": 0.7}, {"name": "help", "confidence": 0.3}]
    say(db, talk, FALLBACK, intent="nlu_fallback", confidence=0.7, intent_ranking=ranking, read_as="along the thing")
    say(db, talk, f"{EVIL} is my name", intent="out_of_scope", confidence=0.9)
    return talk


def note(db: Session, talk: str, staff_id: int, text: str, seq: int | None = None) -> int:
    return conversation_notes.add(db, talk, staff_id, text, seq).note_id
