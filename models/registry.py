"""The registry: every trained thing is a version in a folder of its part, and one of them is the champion.

``<root>/<part>/<version>/card.json`` says what a version was trained on, with which settings and how good it is.
``<root>/<part>/champion`` holds the version in use. The pointer is replaced in one step, so a reader sees the
old version or the new one, never half of one.
"""
from __future__ import annotations

import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.errors import NothingTrained, UnknownVersion

logger = logging.getLogger(__name__)

VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


@dataclass(frozen=True)
class Version:
    """One trained version of a part. ``card`` is what was written at publication."""

    part: str
    name: str
    directory: Path
    card: dict[str, Any]
    champion: bool

    def damaged_file(self) -> Path | None:
        """The first file that is gone or has another size than when it was published; None where all are there."""
        for name, size_bytes in self.card.get("files", {}).items():
            file = self.directory / name
            if not file.is_file() or file.stat().st_size != size_bytes:
                return file
        return None


class Registry:
    """The versions below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def publish(self, part: str, version: str, draft: Path, card: dict[str, Any], promote: bool = True) -> Path:
        """Move the folder ``draft`` in as ``version`` of ``part`` and, with ``promote``, make it the champion.

        ``card`` is stored beside the files with the time and the files' sizes in bytes added. ``draft`` must lie on
        the same file system. Publishing a version that exists already replaces its files. Returns the version's folder.
        """
        if not VERSION.fullmatch(version):
            raise ValueError(f"Version {version!r} is not a plain name. Use letters, digits, '.', '_' and '-'.")
        found = {file.relative_to(draft).as_posix(): file for file in sorted(draft.rglob("*")) if file.is_file()}
        card = {
            **card, "version": version, "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": {name: file.stat().st_size for name, file in found.items() if name != "card.json"},
        }  # fmt: skip
        (draft / "card.json").write_text(json.dumps(card, indent=2, sort_keys=True) + "\n", "utf-8")
        target = self.root / part / version
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            retired = target.with_name(f".{version}.retired.{os.getpid()}")
            target.rename(retired)
            draft.rename(target)
            shutil.rmtree(retired)
        else:
            draft.rename(target)
        if promote:
            self.promote(part, version)
        return target

    def promote(self, part: str, version: str) -> None:
        """Make ``version`` the champion and remember the one before for ``rollback``.

        Raises UnknownVersion where the registry does not hold it.
        """
        if not (self.root / part / version / "card.json").is_file():
            known = ", ".join(each.name for each in self.versions(part)) or "none"
            raise UnknownVersion(f"{part} has no version {version!r}. Known: {known}.")
        history = [name for name in self._history(part) if name != version]
        self._write(part, [*history, version])

    def rollback(self, part: str) -> str:
        """Make the champion's predecessor the champion again; returns its name.

        Raises NothingTrained where there is no predecessor.
        """
        history = self._history(part)
        if len(history) < 2:
            raise NothingTrained(f"{part} has no earlier version to go back to.")
        self._write(part, history[:-1])
        return history[-2]

    @contextmanager
    def draft(self, part: str) -> Iterator[Path]:
        """A new folder beside the versions, taken away at the end with whatever was not published out of it."""
        self.root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{part}.", dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def champion(self, part: str) -> Version | None:
        """The version in use, or None where nothing was trained yet."""
        history = self._history(part)
        return self._version(part, history[-1], True) if history else None

    def intact(self, part: str) -> Version | None:
        """The version in use where its files are those that were published: what a training may take for done.

        None where nothing was trained yet, and, with the reason logged, where a file is gone or has another size. A
        version published before sizes were noted is taken for whole.
        """
        try:
            version = self.champion(part)
        except UnknownVersion as error:
            logger.warning("%s", error)
            return None
        damaged = version.damaged_file() if version is not None else None
        if damaged is not None:
            logger.warning("%s is gone or has not the size it was published with.", damaged)
            return None
        return version

    def champion_name(self, part: str) -> str | None:
        """Name of the version in use, without looking at the version itself; None where nothing was trained yet."""
        return next(reversed(self._history(part)), None)

    def require(self, part: str) -> Version:
        """The version in use. Raises NothingTrained, naming the remedy, where there is none."""
        version = self.champion(part)
        if version is None:
            raise NothingTrained(f"There is no trained {part} in {self.root}. Make it with `floorwalker train {part}`.")
        return version

    def versions(self, part: str) -> list[Version]:
        """All versions of ``part``, oldest first; empty where there is none."""
        history = self._history(part)
        found = [
            self._version(part, directory.parent.name, bool(history) and directory.parent.name == history[-1])
            for directory in (self.root / part).glob("*/card.json")
            if VERSION.fullmatch(directory.parent.name)
        ]
        return sorted(found, key=lambda version: (version.card["published_at"], version.name))

    def parts(self) -> list[str]:
        """Names of the parts that have a version, sorted."""
        return sorted({card.parent.parent.name for card in self.root.glob("*/*/card.json")})

    def _version(self, part: str, name: str, champion: bool) -> Version:
        directory = self.root / part / name
        try:
            card = json.loads((directory / "card.json").read_text("utf-8"))
        except FileNotFoundError as error:
            raise UnknownVersion(
                f"The champion of {part} is {name!r}, but {directory} is gone. Run `floorwalker train {part}`."
            ) from error
        except ValueError as error:
            raise UnknownVersion(
                f"{directory / 'card.json'} cannot be read ({error}). Remove {directory} and run "
                f"`floorwalker train {part}`."
            ) from error
        return Version(part, name, directory, card, champion)

    def _history(self, part: str) -> list[str]:
        """Champions so far, the present one last."""
        try:
            return (self.root / part / "champion").read_text("utf-8").split()
        except FileNotFoundError:
            return []

    def _write(self, part: str, history: list[str]) -> None:
        pointer = self.root / part / "champion"
        draft = pointer.with_name(f".champion.{os.getpid()}")
        draft.write_text("\n".join(history) + "\n", "utf-8")
        os.replace(draft, pointer)
