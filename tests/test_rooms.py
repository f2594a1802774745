"""The house keeps its order: who may import whom, and how large a module may grow."""
from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("actions", "bot", "commands", "models", "shop", "web")
MAY_IMPORT = {
    "bot": {"models.embedding"},
    "actions": {"shop", "models"},
    "shop": set(),
    "models": set(),
    "web": {"shop", "models"},
    "commands": {"actions", "bot", "models", "shop", "web"},
}
# Standard library, and what both environments have: all that the module shared with Python 3.10 may use.
SHARED_MAY_IMPORT = {"numpy", "onnxruntime", "tokenizers"}
MAX_LINES = 450


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules that ``path`` imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(room: str, path: Path) -> list[str]:
    allowed = MAY_IMPORT[room] | {room}
    return [
        name for name in imports(path)
        if name.split(".")[0] in ROOMS and not any(name == each or name.startswith(f"{each}.") for each in allowed)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    assert {str(path): wrong for path in modules(room) if (wrong := wrong_imports(room, path))} == {}


def test_a_wrong_import_would_be_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def late():\n    from shop.orders import order\n", "utf-8")
    assert wrong_imports("models", path) == ["shop.orders.order"]
    assert wrong_imports("actions", path) == []


def test_the_module_shared_with_rasa_needs_nothing_else():
    used = {name.split(".")[0] for name in imports(ROOT / "models" / "embedding.py")}
    standard = {"__future__", "collections", "concurrent", "json", "pathlib"}
    assert used - standard <= SHARED_MAY_IMPORT


@pytest.mark.parametrize("room", ROOMS)
def test_modules_stay_short_enough_to_be_read_at_once(room):
    long = {str(path): lines for path in modules(room) if (lines := path.read_text("utf-8").count("\n")) > MAX_LINES}
    assert long == {}
