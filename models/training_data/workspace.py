"""The project's folder as the place where changes are shown and written.

Nothing is written that was not shown: the writer hands back the digests of the files as they were then.
"""
from __future__ import annotations

import contextlib
import difflib
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from models.training_data.edits import Edit
from models.training_data.errors import CannotEdit, FileChanged, NotWritable

# What may be written at all, whatever a change names.
WRITABLE = ("data", "domain.yml", "tests/conversations", "tests/entities")
CONTEXT_LINES = 3
NOTHING = "new"  # the digest of a file that is not there


class Workspace:
    """The files below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def content(self, file: str) -> str:
        """The file as text, its line ends as they are; "" where there is none. Raises CannotEdit."""
        try:
            return self._path(file).read_bytes().decode("utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise CannotEdit(file, "It is not UTF-8.", "Save it as UTF-8 first.") from error
        except OSError as error:
            raise NotWritable(f"{file} cannot be read: {error.strerror}. Check its permissions.") from error

    def digest(self, file: str) -> str:
        """12 hex digits that are others for every content."""
        content = self.content(file)
        return hashlib.sha256(content.encode()).hexdigest()[:12] if content else NOTHING

    def digests(self, edits: Iterable[Edit]) -> dict[str, str]:
        """The digest of each file that ``edits`` change."""
        return {file: self.digest(file) for file in dict.fromkeys(edit.file for edit in edits)}

    def changed(self, edits: Iterable[Edit]) -> dict[str, tuple[str, str]]:
        """file -> (content now, content with all ``edits``, made one upon the other). Raises CannotEdit."""
        contents: dict[str, tuple[str, str]] = {}
        for edit in edits:
            before, after = contents.get(edit.file) or (self.content(edit.file),) * 2
            contents[edit.file] = (before, edit.apply(after))
        return contents

    def diff(self, edits: Iterable[Edit]) -> str:
        """What ``edits`` change, as a unified diff of all files. Raises CannotEdit."""
        return "".join(
            unified(file, before, after) for file, (before, after) in self.changed(edits).items()
        )

    def write(self, edits: Sequence[Edit], shown: Mapping[str, str]) -> list[str]:
        """Make ``edits``; returns the files written. Each file is replaced in one step, and all or none are begun.

        ``shown``: file -> its digest when the change was shown. Raises FileChanged, CannotEdit or NotWritable; then
        nothing was written.
        """
        self.require_writable()
        with self._alone():
            for file, digest in self.digests(edits).items():
                if shown.get(file) != digest:
                    raise FileChanged(file)
            contents = {file: after for file, (before, after) in self.changed(edits).items() if before != after}
            drafts: dict[Path, Path] = {}
            try:
                for file, content in contents.items():
                    path = self._path(file)
                    drafts[path] = _draft(path, content)
                for path, draft in drafts.items():
                    os.replace(draft, path)
            except OSError as error:
                raise NotWritable(
                    f"{error.filename or 'A file'} cannot be written: {error.strerror}. Check its permissions."
                ) from error
            finally:
                for draft in drafts.values():
                    draft.unlink(missing_ok=True)
        return list(contents)

    def require_writable(self) -> None:
        """Raises NotWritable, with the reason, where the trainers' files cannot be changed from here."""
        data = self.root / "data"
        if not (data / "nlu").is_dir():
            raise NotWritable(f"There is no folder {data / 'nlu'}: the trainers' files are not on this machine. "
                              "Run the console where the project's files are.")
        if not os.access(data / "nlu", os.W_OK):
            raise NotWritable(f"This process may not write into {data / 'nlu'}. Give its user the right to, or make "
                              "the change in an editor.")

    def _path(self, file: str) -> Path:
        path = (self.root / file).resolve()
        allowed = any(path == each or path.is_relative_to(each)
                      for each in ((self.root / name).resolve() for name in WRITABLE))
        if not allowed:
            raise NotWritable(f"{file} is none of the trainers' files.")
        return path

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait while another one writes: between the comparison and the replacement nobody else may."""
        folder = os.open(self.root / "data", os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)  # which lets go of the lock


def unified(file: str, before: str, after: str) -> str:
    """A unified diff as git shows it; "" where nothing differs."""
    lines = difflib.unified_diff(
        _lines(before), _lines(after), f"a/{file}" if before else "/dev/null", f"b/{file}", n=CONTEXT_LINES,
    )
    return "".join(each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in lines)


def _lines(content: str) -> list[str]:
    return [f"{line}\n" for line in content.split("\n")[:-1]] + [last for last in content.split("\n")[-1:] if last]


def _draft(path: Path, content: str) -> Path:
    """The content, safe on the disk, under a hidden name beside ``path``, which neither Rasa nor the watch reads."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with draft.open("wb") as file:
        file.write(content.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        os.chmod(draft, stat.S_IMODE(path.stat().st_mode))
    return draft
