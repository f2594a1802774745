"""Small talk: greetings, thanks and the like."""
from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.base import ShopAction, Turn
from shop import orders, policies
from shop.opening_hours import local_time

MORNING_FROM, AFTERNOON_FROM, EVENING_FROM = 5, 12, 18


class SmallTalk(ShopAction):
    """Answer what asks for nothing. One action for all such intents: each has the response of its name."""

    action_name = "action_small_talk"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        features = greeting_features(turn.db, turn.customer_id) if turn.intent == "greet" else {}
        turn.say(f"utter_{turn.intent}", features=features)
        return []


def greeting_features(db: Session, customer_id: str | None) -> dict[str, str]:
    """The time of day in the shop, and whether this is somebody who has bought here."""
    hour = local_time(policies.facts(db)).hour
    time = "evening"
    if MORNING_FROM <= hour < EVENING_FROM:
        time = "morning" if hour < AFTERNOON_FROM else "afternoon"
    returning = bool(customer_id and orders.orders_of(db, customer_id, 1))
    return {"time": time, "returning": "yes" if returning else "no"}
