"""Errors of the reply model.

ReplyError
├── BadActs        the table of acts cannot be read
├── BadMeaning     a meaning is not ``act(slot=value;…)``
└── EndpointError  a model behind a URL did not answer as it should; ``retry`` says whether asking again can help
"""
from __future__ import annotations

from models.errors import ModelsError


class ReplyError(ModelsError):
    """Root of this tree."""


class BadActs(ReplyError):
    """``data/replies/acts.toml`` is broken; the message names the file, the act and the remedy."""


class BadMeaning(ReplyError):
    """A meaning cannot be read; the message quotes it."""


class EndpointError(ReplyError):
    """The model server failed. ``retry``: whether the same request may succeed later."""

    def __init__(self, message: str, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry
