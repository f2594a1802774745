"""Errors of the command line, and the rooms' errors that a command shows as one line instead of a traceback."""
from __future__ import annotations


class CommandError(Exception):
    """A command cannot run as it was typed, or something it needs is missing. The message names the remedy."""


def expected_errors() -> tuple[type[Exception], ...]:
    """Base errors of the rooms. Imported when asked for: the models' room loads slowly."""
    from models.embedding import EmbeddingError  # noqa: PLC0415
    from models.errors import ModelsError  # noqa: PLC0415
    from shop.errors import ShopError  # noqa: PLC0415
    from shop.settings import SettingError  # noqa: PLC0415

    return (ShopError, ModelsError, EmbeddingError, SettingError)
