"""The greeting of a conversation: shown by the client, not stored; its buttons are choices of message 0."""
from __future__ import annotations

from typing import Any

# Titles are what the shopper is shown to have said; payloads go to Rasa and never to the client.
BUTTONS = (
    {"title": "Recommend something", "payload": "/recommend"},
    {"title": "Show me today's offers", "payload": "/ask_offers"},
    {"title": "Where is my order?", "payload": "/track_order"},
    {"title": "Talk to a person", "payload": "/human_handoff"},
)


def greeting(shop_name: str, first_name: str | None) -> dict[str, Any]:
    """The greeting as the welcome frame carries it."""
    hello = f"Hello {first_name}, welcome back to {shop_name}." if first_name else f"Welcome to {shop_name}."
    return {
        "text": f"{hello} Tell me what you are looking for, or ask me about an order.",
        "buttons": [{"title": button["title"]} for button in BUTTONS],
    }
