"""What every form shares: which values are in hand, which were heard now, and how Rasa is told.

Rasa calls ``validate_<form>`` at three moments: when the form opens, for each message while it waits for an answer,
and once more after a digression was served by a rule, then with the same message again. The third must not read
the message a second time, or a digression's text would end up as an address.
"""
from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa_sdk.events import ActionExecuted, EventType, SlotSet

from actions.base import ShopAction, Turn


class FormTalk:
    """The slots of one form in one turn: read through it, changed through it, reported to Rasa at the end."""

    def __init__(self, turn: Turn, form: str, slots: tuple[str, ...]) -> None:
        self.turn = turn
        self.form = form
        self.slots = slots
        self.changed: dict[str, Any] = {}
        self._since_message = _events_since_message(turn.tracker.events)
        self.opening = any(
            event["event"] == "active_loop" and event.get("name") == form for event in self._since_message
        ) or turn.tracker.active_loop_name != form
        # Something else answered this message already: the form refused it, and a rule took it.
        self.resuming = not self.opening and any(
            event["event"] in ("action", "action_execution_rejected") and _is_step(event, form)
            for event in self._since_message
        )
        self.refused_order: str | None = None
        requested = turn.slot("requested_slot")
        self.requested: str | None = requested if requested in slots and not self.opening else None

    def __getitem__(self, name: str) -> Any:
        return self.changed[name] if name in self.changed else self.turn.slot(name)

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a slot, also to the value it has: that counts as heard, so the form does not refuse the message."""
        self.changed[name] = value

    def forget(self, *names: str) -> None:
        for name in names:
            self[name] = None

    def answer(self, requested: str | None) -> list[EventType]:
        """Events that report the changes and ask for ``requested`` next; None ends the form."""
        return [SlotSet(name, value) for name, value in self.changed.items()] + [
            SlotSet("requested_slot", requested)
        ]


class FormBrain(ShopAction):
    """Base of the ``validate_<form>`` actions. It plans the form itself, so Rasa need not post its domain along."""

    form: str
    slots: tuple[str, ...]
    opened_by: frozenset[str]
    """Intents that open the form. Said in its middle they are its own too: no rule answers them there."""

    @abstractmethod
    def hear(self, talk: FormTalk) -> bool:
        """Take from the message what concerns the form. False: nothing did, the rules answer and the form waits."""

    @abstractmethod
    def plan(self, talk: FormTalk) -> str | None:
        """Check what is in hand and ask for the next slot; returns its name, or None where the form is over."""

    @abstractmethod
    def resume(self, talk: FormTalk, requested: str) -> None:
        """Ask again after a digression was answered."""

    def act(self, turn: Turn) -> list[EventType]:
        talk = FormTalk(turn, self.form, self.slots)
        if talk.resuming:
            if talk.requested:
                self.resume(talk, talk.requested)
            return [SlotSet("requested_slot", talk.requested)]
        heard = self.hear(talk)
        if not heard and not talk.opening and turn.intent not in self.opened_by:
            return []
        return talk.answer(self.plan(talk))


def waits(turn: Turn) -> list[EventType]:
    """Events that end the turn inside a form without its asking once more, as what was said asks already.

    Rasa takes the form for the one that acted last, so it listens, and gives the next message to the form first.
    """
    form = turn.tracker.active_loop_name
    return [ActionExecuted(form)] if form else []


def _is_step(event: dict, form: str) -> bool:
    """Whether the event is the form's own refusal, or another action's execution."""
    if event["event"] == "action_execution_rejected":
        return event.get("name") == form
    return event.get("name") not in (form, "action_listen")


def _events_since_message(events: list[dict]) -> list[dict]:
    """Events after the shopper's latest message, oldest first; all where there was no message yet."""
    for index in range(len(events) - 1, -1, -1):
        if events[index]["event"] == "user":
            return events[index + 1 :]
    return events
