"""An order number with a verb says what is wanted, however unsure the classifier is: "104312 cancelled, please"."""
from __future__ import annotations

import re

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.base import Turn
from actions.order_message import is_payload, order_numbers

# Most telling first: "track my refund" is about the refund, "cancel and refund" about the cancelling.
TASK_WORDS = {
    "cancel": r"cancel",
    "refund": r"refund|money back|reimburs",
    "exchange": r"exchang|swap",
    "return": r"return|(?:send\w*|sent|give|go\w*)(?: (?:it|this|that|them))? back",
    "invoice": r"invoice|receipt|\bbill\b",
    "address": r"address",
    "change": r"\bchange|\bmodif|\balter",
    "track": r"track|trace|where|follow|status|arriv|deliver|how far",
}
_PATTERNS = {task: re.compile(words, re.IGNORECASE) for task, words in TASK_WORDS.items()}


def rescue(turn: Turn) -> list[EventType]:
    """Events that open the order form for the task that the words name; empty where no number or no verb was said.

    Only for a message that nothing was waiting for. What changes an order is still asked back by the form.
    """
    if turn.tracker.active_loop_name or is_payload(turn) or not order_numbers(turn):
        return []
    task = next((task for task, pattern in _PATTERNS.items() if pattern.search(turn.text)), None)
    return [SlotSet("order_task", task), FollowupAction("order_form")] if task else []
