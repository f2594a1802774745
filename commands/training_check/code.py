"""Python files of a room, as far as they may name what stands in the trainers' files."""
from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from models.training_data.problem import ERROR, Problem


def trees(root: Path, folder: str, containing: str) -> Iterator[tuple[str, ast.Module | Problem]]:
    """(file, its syntax tree) of each Python file below ``folder`` whose source has the text ``containing``.

    A file that is no Python gives the problem instead of a tree.
    """
    for path in sorted((root / folder).rglob("*.py")):
        source = path.read_text("utf-8")
        if containing not in source:
            continue
        file = path.relative_to(root).as_posix()
        try:
            yield file, ast.parse(source)
        except SyntaxError as error:
            yield file, Problem("code-syntax", ERROR, file, error.lineno or 1, f"This is not Python: {error.msg}.",
                                "Mend it: what this file utters could not be checked.")
