"""A copy of the project whose YAML may be changed, for tests and measurements of the trainers' commands."""
from __future__ import annotations

import shutil
import sys
from pathlib import Path

from shop.settings import ROOT

ENVIRONMENTS = (".venv", ".venv-rasa")


def copy_project(folder: Path) -> Path:
    """Copy what the project's commands need into ``folder``; returns it. The environments are the checkout's own."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "__pycache__", "var", "tests", "docs"))
    for environment in ENVIRONMENTS:
        (folder / environment).symlink_to(ROOT / environment)
    return folder


def command(*arguments: str) -> list[str]:
    """``floorwalker`` with ``arguments``; in a copy's folder, it is the copy's."""
    return [sys.executable, "-m", "commands", *arguments]


def environment(copy: Path, given: dict[str, str]) -> dict[str, str]:
    """``given`` as a process needs it to run the code of ``copy`` instead of the checkout's."""
    return {**given, "PYTHONPATH": str(copy)}
