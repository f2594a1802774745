"""Small talk: greetings, thanks and the like."""
from __future__ import annotations

from typing import Any

from actions.base import ShopAction, Turn
from actions.opening_hours import local_time
from shop import orders, policies

MORNING_FROM, AFTERNOON_FROM, EVENING_FROM = 5, 12, 18


class SmallTalk(ShopAction):
    """Answer what asks for nothing. One action for all such intents: each has the response of its name."""

    action_name = "action_small_talk"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        features = _greeting(turn) if turn.intent == "greet" else {}
        turn.say(f"utter_{turn.intent}", features=features)
        return []


def _greeting(turn: Turn) -> dict[str, str]:
    hour = local_time(policies.facts(turn.db)).hour
    time = "evening"
    if MORNING_FROM <= hour < EVENING_FROM:
        time = "morning" if hour < AFTERNOON_FROM else "afternoon"
    returning = bool(turn.customer_id and orders.orders_of(turn.db, turn.customer_id, 1))
    return {"time": time, "returning": "yes" if returning else "no"}
