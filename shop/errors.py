"""Errors of the shop, all in one tree. Each names the thing, the value and the remedy.

ShopError
├── NotFound        the thing does not exist, or is not this person's: the two are never told apart
├── NotAllowed      the shop's rules forbid it now; carries a code, a sentence and an alternative
├── BadInput        a value from outside does not fit; carries the field
├── TooManyTries    a limit on tries is reached; carries the seconds to wait (a later retry can help)
├── AlreadyAnswered a second reply to the same message was refused; the first one stands
└── NotReady        the database has no tables, or those of another release; ``migrate()`` helps
"""
from __future__ import annotations


class ShopError(Exception):
    """Base of everything that the shop refuses."""


class NotFound(ShopError):
    """``thing`` ("order") with ``value`` ("104312") does not exist for the one who asks."""

    def __init__(self, thing: str, value: object) -> None:
        super().__init__(f"There is no {thing} {value!r} here. Check it, or ask for the list.")
        self.thing = thing
        self.value = value


class NotAllowed(ShopError):
    """The rules forbid it.

    ``code``: stable word for programs ("already_shipped"); ``message``: a sentence a shopper may read;
    ``alternative``: name of the task that helps instead ("return", "human_handoff"), or None.
    """

    def __init__(self, code: str, message: str, alternative: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.alternative = alternative


class BadInput(ShopError):
    """``field`` has a ``value`` that does not fit; ``remedy`` says what does."""

    def __init__(self, field: str, value: object, remedy: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}…"
        super().__init__(f"{field} is {shown}: {remedy}")
        self.field = field
        self.value = value
        self.remedy = remedy


class TooManyTries(ShopError):
    """The limit on tries of ``what`` is reached; it opens again after ``retry_after_s`` seconds."""

    def __init__(self, what: str, retry_after_s: int) -> None:
        super().__init__(f"Too many tries at {what}. Try again in {retry_after_s} s, or ask for a person.")
        self.what = what
        self.retry_after_s = retry_after_s


class AlreadyAnswered(ShopError):
    """The shopper's message ``seq`` of ``conversation_id`` has its reply already; nothing was written."""

    def __init__(self, conversation_id: str, seq: int) -> None:
        super().__init__(
            f"Message {seq} of conversation {conversation_id} is answered already. Send the stored reply."
        )
        self.conversation_id = conversation_id
        self.seq = seq


class NotReady(ShopError):
    """The database lacks the tables of this release."""

    def __init__(self, url: str, found: str | None, wanted: str) -> None:
        super().__init__(
            f"The database {url} is at version {found or 'none'}, this release needs {wanted}. "
            "Run Database.migrate(), which `make run` does first."
        )
        self.found = found
        self.wanted = wanted
