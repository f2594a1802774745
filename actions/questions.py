"""Yes-or-no questions outside a form. A yes counts for the question that was asked just before, for no other."""
from __future__ import annotations

from collections.abc import Callable

from rasa_sdk.events import EventType, SlotSet

from actions.base import ShopAction, Turn
from actions.history import previous_message_id
from actions.order_message import is_sure_yes

YES_NO = ({"title": "Yes, please", "payload": "/affirm"}, {"title": "No, thank you", "payload": "/deny"})


def ask(turn: Turn, question: str, response: str, **facts: object) -> list[EventType]:
    """Ask ``response`` and remember what a yes would mean."""
    turn.say(response, buttons=list(YES_NO), **facts)
    return [SlotSet("pending_question", {"question": question, "asked_in": turn.message_id})]


class AnswerYesOrNo(ShopAction):
    """Do what the pending question was about, or leave it; asks again where the question lies further back."""

    action_name = "action_answer_yes_or_no"

    def act(self, turn: Turn) -> list[EventType]:
        pending = turn.slot("pending_question") or {}
        question = pending.get("question")
        if question not in ANSWERS:
            if not turn.tracker.active_loop_name:
                turn.say("utter_yes_to_what" if turn.intent == "affirm" else "utter_no_to_what")
            return []
        ask_again, on_yes = ANSWERS[question]
        if turn.intent == "deny":
            turn.say("utter_question_declined")
            return [SlotSet("pending_question", None)]
        if pending.get("asked_in") != previous_message_id(turn.tracker) or not is_sure_yes(turn):
            return ask_again(turn)
        on_yes(turn)
        return [SlotSet("pending_question", None)]


ANSWERS: dict[str, tuple[Callable[[Turn], list[EventType]], Callable[[Turn], None]]] = {}
"""Question -> (ask it again, do it). Filled by the modules that ask, through ``answers``."""


def answers(question: str, ask_again: Callable[[Turn], list[EventType]], on_yes: Callable[[Turn], None]) -> None:
    """Register what a yes to ``question`` does."""
    ANSWERS[question] = (ask_again, on_yes)
