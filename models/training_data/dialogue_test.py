"""A conversation that took place, as a dialogue test: what was said, what should be understood and done.

The format is that of ``tests/conversations`` (its README explains the keys), so ``make test`` plays it through the
running bot. Personal data is replaced: by the demo shop's cast where it must fit together (an order's number and what
proves it), else by made-up values.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.training_data.block_file import json_text
from models.training_data.edits import AddConversation
from models.training_data.neutral_values import EMAIL, ORDER_NUMBER, POSTCODE, Personal, neutral_sentence
from models.training_data.problem import ERROR, WARNING, Problem
from models.training_data.written_example import one_line

FILE = "tests/conversations/reviewed.yml"
# Rasa's own steps, which say nothing of what the bot did.
NO_ACTIONS = frozenset({"action_listen", "action_session_start", "action_unlikely_intent"})
FALLBACK = "nlu_fallback"
# Whoever reaches the end of these leaves the shop another than they found it, and later tests need it as it was.
CHANGES_ORDERS = frozenset({"cancel_order", "change_order", "change_shipping_address", "return_item", "get_refund"})
MOST_STEPS = 40
NAME_CHARS = 120


@dataclass(frozen=True)
class Said:
    """A message of the shopper, with what was made of it after corrections.

    ``personal``: where personal data stands in ``text``. ``button``: ``text`` is the title of a button of the bot's
    last answer. ``intent`` None: it was never understood, as staff held the conversation.
    """

    text: str
    intent: str | None = None
    entities: Sequence[Mapping[str, Any]] = ()
    actions: Sequence[str] = ()
    personal: Sequence[Personal] = ()
    button: bool = False


@dataclass(frozen=True)
class Shopper:
    """Who speaks: ``role`` of the cast, and ``orders``, each number that was named -> its state (``shipped``)."""

    role: str = "guest"
    orders: Mapping[str, str] = field(default_factory=dict)


def dialogue_test(name: str, shopper: Shopper, said: Sequence[Said]) -> tuple[AddConversation, list[Problem]]:
    """The test as a change of its file, and what a trainer should know of it first.

    ``name``: a sentence about a person. An error among the problems means that there is nothing to test.
    """
    name = one_line(name)[:NAME_CHARS] or "a shopper is answered as they were"
    steps = [step for each in said[:MOST_STEPS] for step in _step(each, shopper)]
    if steps and steps[0].startswith("    - press"):  # the greeting's buttons are gone: its title says the same
        steps[0] = f"    - shopper: {json_text(one_line(said[0].text))}" + steps[0][steps[0].index("\n"):]
    lines = [f"- name: {json_text(name)}", f"  as: {shopper.role}", "  steps:", *steps]
    return AddConversation(FILE, name, "\n".join(lines) + "\n"), list(_problems(said, steps))


def _step(said: Said, shopper: Shopper) -> Iterator[str]:
    if said.intent is None:
        return
    if said.button:
        pieces = {said.text[each.start:each.end] for each in said.personal}
        text = neutral_sentence(said.text, said.personal, value_of=_of_cast(shopper, of_button=True))[0]
        pattern = "." if pieces and "{" not in text else _escaped(one_line(text))
        lines = [f"    - press: {json_text(pattern)}"]
    else:
        text = neutral_sentence(said.text, said.personal, value_of=_of_cast(shopper))[0]
        lines = [f"    - shopper: {json_text(one_line(text))}"]
        if said.intent != FALLBACK and "+" not in said.intent:
            lines.append(f"      intent: {said.intent}")
        names = list(dict.fromkeys(each["entity"] for each in said.entities))
        if names:
            lines.append(f"      entities: [{', '.join(names)}]")
    actions = [each for each in said.actions if each not in NO_ACTIONS]
    if actions:
        lines.append(f"      action: {actions[-1]}")
    yield "\n".join(lines)


def _of_cast(shopper: Shopper, of_button: bool = False):
    """The cast's placeholder for a piece of personal data; None where any value will do."""

    def value(personal: Personal, said: str) -> str | None:
        if personal.kind == ORDER_NUMBER:
            digits = "".join(filter(str.isdigit, said))
            state = "shipped" if shopper.role in ("guest", "one_order") else shopper.orders.get(digits, "shipped")
            return said.replace(digits, f"{{{shopper.role}.{state.replace(' ', '_')}}}") if digits in said else None
        if personal.kind in (EMAIL, POSTCODE) and not of_button:
            return f"{{{shopper.role}.{'email' if personal.kind == EMAIL else 'postcode'}}}"
        return None

    return value


def _escaped(title: str) -> str:
    """A regular expression that finds ``title`` and nothing longer; the cast's placeholders stay."""
    parts = re.split(r"(\{[a-z_]+\.[a-z_]+\})", title)
    return "^" + "".join(part if number % 2 else re.escape(part) for number, part in enumerate(parts)) + "$"


def _problems(said: Sequence[Said], steps: Sequence[str]) -> Iterator[Problem]:
    def problem(severity: str, message: str, remedy: str) -> Problem:
        return Problem("dialogue-test", severity, FILE, 1, message, remedy)

    if not steps:
        yield problem(ERROR, "The bot answered nothing in this conversation.", "There is nothing to test.")
    if len(said) > MOST_STEPS:
        yield problem(WARNING, f"Only the first {MOST_STEPS} messages are in the test.", "Shorten it to what matters.")
    if any(each.intent in CHANGES_ORDERS for each in said):
        yield problem(WARNING, "It may cancel, move or return an order, which other tests need as it is.",
                      "Leave that step out, or choose an order that no other test names.")
    if any(each.intent and (each.intent == FALLBACK or "+" in each.intent) for each in said):
        yield problem(WARNING, "A message was not understood, or held several requests: the test does not say as what.",
                      "Correct its intent first, or write it into the test.")
    if any(each.intent is None for each in said):
        yield problem(WARNING, "What was said to staff is left out.", "Look whether the rest still makes sense.")
