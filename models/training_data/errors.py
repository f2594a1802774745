"""Errors of the trainers' files.

TrainingDataError
├── CannotEdit     the file's form leaves no safe place for the change; the message says what to do by hand
├── CannotWrite    a sentence cannot stand in a file of examples
├── FileChanged    a file is no longer as it was when the change was shown; showing it again helps
└── NotWritable    the folder is not there, or this process may not write into it
"""
from __future__ import annotations

from models.errors import ModelsError


class TrainingDataError(ModelsError):
    """Root of this tree."""


class CannotEdit(TrainingDataError):
    """``file`` cannot be changed line by line for ``reason``."""

    def __init__(self, file: str, reason: str, remedy: str = "Make this change in an editor.") -> None:
        super().__init__(f"{file}: {reason} {remedy}")
        self.file = file


class CannotWrite(TrainingDataError):
    """A sentence, or its entities, cannot be written as an example."""


class FileChanged(TrainingDataError):
    """Somebody saved ``file`` after the change was shown. Nothing was written."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} was changed since this page was shown. Nothing was written; look at it again.")
        self.file = file


class NotWritable(TrainingDataError):
    """The project's files cannot be written by this process."""
