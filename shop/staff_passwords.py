"""Passwords of staff: argon2id, and what a password must be."""
from __future__ import annotations

import functools
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shop.errors import BadInput

MIN_CHARS = 12
MAX_CHARS = 256
MIN_DIFFERENT_CHARS = 5
# Each hash takes 64 MiB for a moment: a crowd at the door waits, instead of taking the machine's memory.
_turn = threading.BoundedSemaphore(2)
_hasher = PasswordHasher()


def checked(password: str, *personal: str) -> str:
    """The password, normalised (NFKC), so that every keyboard writes the same.

    ``personal``: name and e-mail address, which it must not be made of. Raises BadInput, without the password in it.
    """
    password = normal(password)
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise BadInput("password", "…", f"it must have {MIN_CHARS} to {MAX_CHARS} characters.")
    if len(set(password)) < MIN_DIFFERENT_CHARS:
        raise BadInput("password", "…", f"it must have at least {MIN_DIFFERENT_CHARS} different characters.")
    rest = password.casefold()
    for word in sorted(_words(personal), key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < MIN_CHARS // 2:
        raise BadInput("password", "…", "it must not be made of your name or e-mail address.")
    return password


def normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """The argon2id hash of a password that was ``checked``, with its salt and parameters."""
    with _turn:
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one of the hash ``stored``. As slow where there is none: time tells nothing."""
    password = normal(password)[:MAX_CHARS + 1]
    nobody = stored is None
    with _turn:
        try:
            _hasher.verify(_nobodys() if nobody else stored, password)
        except (VerificationError, InvalidHashError):
            return False
    return not nobody


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than are in use now."""
    return _hasher.check_needs_rehash(stored)


@functools.cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody at all")


_nobodys()  # now, as the first stranger at the door would otherwise wait twice as long as somebody known


def _words(personal: tuple[str, ...]) -> set[str]:
    words = {text.casefold() for text in personal}
    for text in personal:
        words.update("".join(char if char.isalnum() else " " for char in text.casefold()).split())
    return {word for word in words if len(word) >= 3}
