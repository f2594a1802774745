"""Secrets of this installation: all derived from one random key in the var folder.

Nothing has a default password: the key is made at first use and readable by its owner alone. Deleting it
signs everybody out and invalidates every API token, which is the way to revoke them all at once.
"""
from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from shop.private_files import make_private_folder
from shop.settings import settings

KEY_BYTES = 32


def _key(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        make_private_folder(path.parent)
    # Written whole under a name of its own and then linked, so that of three processes that start together
    # one makes the key and the others read it.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        draft.unlink()
    return path.read_bytes()


def secret(purpose: str) -> str:
    """The secret for ``purpose`` ("session", "rasa", "api"): 64 hex digits, the same on every call."""
    return hmac.new(_key(settings.var / "secret.key"), purpose.encode(), hashlib.sha256).hexdigest()
