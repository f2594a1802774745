"""Errors of this room.

ModelsError
├── NothingTrained      a part has no version yet; the message says which command makes one
├── UnknownVersion      a version was named that the registry does not hold
└── VersionMismatch     an index and an embedding do not belong together
"""
from __future__ import annotations


class ModelsError(Exception):
    """Base of all errors of the learned parts. None of them is cured by trying again."""


class NothingTrained(ModelsError):
    """A part was asked for before it was trained."""


class UnknownVersion(ModelsError):
    """A version was named that the registry does not hold."""


class VersionMismatch(ModelsError):
    """Vectors of one embedding would have been compared with vectors of another."""
