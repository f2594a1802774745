"""Questions about the shop's terms, answered from the shop's own facts."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa_sdk.events import EventType

from actions.base import ShopAction, Turn
from actions.opening_hours import is_open
from actions.order_tasks import button
from shop import policies

PERSON = {"title": "Talk to a person", "payload": "/human_handoff"}
