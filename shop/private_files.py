"""Files of customers' data: made so that nobody but the user who runs Floorwalker can read them."""
from __future__ import annotations

import os
from pathlib import Path

OTHERS = 0o077  # every right of the group and of everybody else


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` with mode 0700 where it is missing; one that is there keeps its mode. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make an empty file with mode 0600 where there is none; one that is there keeps its mode. Raises OSError."""
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))


def open_to_others(var: Path) -> list[Path]:
    """The var folder and the databases in it, with what SQLite keeps beside them, that other users have a right to.

    Empty where all is closed, or nothing is there yet.
    """
    paths = [var, *sorted(var.glob("*.db")), *sorted(var.glob("*.db-*"))]
    return [path for path in paths if path.exists() and path.stat().st_mode & OTHERS]


def close_to_others(var: Path) -> None:
    """Take their rights away: an older release left databases as the umask made them. Raises OSError."""
    for path in open_to_others(var):
        path.chmod(path.stat().st_mode & ~OTHERS & 0o7777)
