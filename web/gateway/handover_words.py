"""What the house says to a shopper when a conversation changes hands: every sentence, and what is pressed below it.

A name is of a member of staff as the shop has it. It is text like any other: who draws it escapes it.
"""
from __future__ import annotations

from typing import Any

from shop.satisfaction import ASKS

# Nothing that Rasa knows: the gateway itself carries it out.
BACK_TO_BOT = "gateway:back_to_bot"
CARRY_ON = {"title": "Carry on with the assistant", "payload": BACK_TO_BOT}
WRITE_TO_ME = {"title": "Write to me by e-mail", "payload": '/human_handoff{"reply_by": "email"}'}

Said = tuple[str, dict[str, Any] | None]
"""A sentence with its payload."""


def waiting() -> Said:
    text = "While you wait I keep quiet: what you write goes to my colleagues. You can come back to me at any time."
    return text, {"buttons": [CARRY_ON]}


def joined(name: str) -> Said:
    return f"{name} from our team has joined.", None


def given_back(name: str) -> Said:
    return f"{name} has handed you back to the assistant.", None


def resolved(name: str) -> Said:
    return f"{name} has finished this conversation. How satisfied are you with the help you had?", dict(ASKS)


def passed_on(name: str, colleague: str) -> Said:
    return f"{name} has handed you on to {colleague}.", None


def put_back(name: str) -> Said:
    return f"{name} has handed you on to whoever of our team is free next.", {"buttons": [CARRY_ON]}


def carried_on(waited: bool) -> Said:
    if waited:
        return "Here I am again. My colleagues know that you need nobody just now.", None
    return "I am here. What can I do for you?", None


def nobody_came(name: str | None, reference: str | None, address: str | None) -> Said:
    """``name``: who had joined and is gone, None where nobody had; ``reference`` of the ticket and the ``address``
    for its answer, None where there is none.
    """
    sorry = f"I am sorry, {name} is not there any more." if name else "I am sorry, nobody was free to join us."
    if reference and address:
        written = f"A colleague will write to you at {address} instead; your request is number {reference}."
        return f"{sorry} {written} Until then the assistant is here again.", None
    offer = "If you like, a colleague writes to you by e-mail instead. The assistant is here again as well."
    return f"{sorry} {offer}", {"buttons": [WRITE_TO_ME]}
