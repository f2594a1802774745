"""``floorwalker models``: the trained versions, which of them are in use, and how to change that."""
from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from commands.errors import CommandError
from models.registry import Registry, Version
from shop.settings import settings

# How a running process comes to use another version.
RESTART = "Restart the action server so that it takes effect (`floorwalker run` starts it again when it ends)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", metavar="TASK", required=True)
    listing = tasks.add_parser("list", help="all versions, the ones in use marked")
    listing.add_argument("--json", action="store_true", help="write JSON")
    promote = tasks.add_parser("promote", help="use a version")
    promote.add_argument("part", metavar="PART", help="embedding, encoder, index or rasa")
    promote.add_argument("version", metavar="VERSION", help="its name, from the list")
    rollback = tasks.add_parser("rollback", help="go back to the version that was in use before")
    rollback.add_argument("part", metavar="PART", help="embedding, encoder, index or rasa")


def run(arguments: argparse.Namespace) -> int:
    registry = Registry(settings.var / "models")
    if arguments.task == "list":
        return list_versions(registry, arguments.json)
    _require_part(registry, arguments.part)
    before = registry.champion(arguments.part)
    if arguments.task == "promote":
        version = _promote(registry, arguments.part, arguments.version)
    else:
        version = _roll_back(registry, arguments.part)
    print(f"{version} is in use" + (f" instead of {before.name}." if before and before.name != version else "."))
    if arguments.part == "embedding":
        print("Run `floorwalker train index rasa` next: both were made with another version." if _stale(registry)
              else RESTART)
    elif arguments.part == "encoder":
        print("Run `floorwalker train index` next: the index was made with another version.")
    elif arguments.part == "index":
        print(RESTART)
    return 0


def _promote(registry: Registry, part: str, version: str) -> str:
    target = next((each for each in registry.versions(part) if each.name == version), None)
    if target is not None:
        _require_match(registry, target)
    registry.promote(part, version)
    _swap(registry, part, undo=lambda: registry.rollback(part))
    return version


def _roll_back(registry: Registry, part: str) -> str:
    before = registry.require(part)
    version = registry.rollback(part)
    try:
        _require_match(registry, registry.require(part))
    except CommandError:
        registry.promote(part, before.name)
        raise
    _swap(registry, part, undo=lambda: registry.promote(part, before.name))
    return version


def _swap(registry: Registry, part: str, undo: Callable[[], object]) -> None:
    """Hand the version to the running process, where it can be; ``undo`` where the process refuses it."""
    if part != "rasa":
        return
    from commands.train import swap_rasa  # noqa: PLC0415 - loads PyTorch, which takes seconds

    try:
        swap_rasa(registry)
    except CommandError:
        undo()
        raise


def list_versions(registry: Registry, as_json: bool) -> int:
    """1 where nothing is trained."""
    rows: list[dict[str, Any]] = [
        {"part": part, "version": each.name, "champion": each.champion, "directory": str(each.directory), **each.card}
        for part in registry.parts()
        for each in registry.versions(part)
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        parts, names = (max(len(str(row[key])) for row in rows) for key in ("part", "version"))
        for row in rows:
            known = ("part", "version", "champion", "directory", "published_at", "fingerprint", "files")
            card = ", ".join(f"{key} {value}" for key, value in row.items() if key not in known)
            mark = "*" if row["champion"] else " "
            print(f"{mark} {row['part']:<{parts}}  {row['version']:<{names}}  {row['published_at']}  {card}")
        print("\n* in use")
    else:
        print(f"Nothing is trained in {registry.root}. Run `floorwalker train`.")
    return 0 if rows else 1


def _require_part(registry: Registry, part: str) -> None:
    if part not in registry.parts():
        known = ", ".join(registry.parts()) or "none is trained; run `floorwalker train`"
        raise CommandError(f"There is no trained part {part!r}. Parts: {known}.")


def _require_match(registry: Registry, version: Version) -> None:
    """Raises CommandError where ``version`` needs an embedding that is not there, or not in use."""
    needed = version.card.get("embedding")
    in_use = registry.champion("embedding")
    if version.part == "index" and needed and (in_use is None or in_use.name != needed):
        raise CommandError(
            f"The index {version.name} was made with the embedding {needed}, but {in_use.name if in_use else 'none'} "
            f"is in use; nothing was changed. First `floorwalker models promote embedding {needed}`."
        )
    if version.part == "rasa" and needed and needed not in {each.name for each in registry.versions("embedding")}:
        raise CommandError(
            f"The model {version.name} needs the embedding {needed}, which is gone; nothing was changed. "
            "Run `floorwalker train rasa`."
        )


def _stale(registry: Registry) -> bool:
    champion = registry.require("embedding").name
    index = registry.champion("index")
    return index is not None and index.card.get("embedding") != champion
