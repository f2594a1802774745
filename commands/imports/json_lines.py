"""The lines of a JSONL file, plain or gzipped, one at a time: a broken one is reported and passed over."""
from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.imports.text_file import open_bytes

# A product with its description takes a few kB; a line beyond this is no product, and memory stays bounded.
MAX_LINE_BYTES = 1_048_576


@dataclass(frozen=True)
class Line:
    """A line that is not empty. ``content`` is its JSON object; where it has none, None, and ``reason`` says why."""

    number: int  # from 1
    content: dict[str, Any] | None
    reason: str = ""


def read_lines(path: Path, progress: Callable[[int], None] = lambda _: None) -> Iterator[Line]:
    """The lines of ``path`` in order, empty ones left out. A gzipped file is known by its content.

    ``progress`` is told the position in the file, in bytes as stored. A compressed file that breaks off ends with
    a Line that says so. Raises CommandError where the file cannot be opened.
    """
    raw, content, _ = open_bytes(path)
    with raw:
        number = 0
        try:
            while line := content.readline(MAX_LINE_BYTES + 1):
                number += 1
                progress(raw.tell())
                if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                    while (rest := content.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                        pass
                    yield Line(number, None, f"longer than {MAX_LINE_BYTES} bytes: one product a line is expected")
                elif text := line.strip(b" \t\r\n\xef\xbb\xbf"):
                    yield _parse(number, text)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield Line(number + 1, None, f"the compressed file breaks off here ({error}): fetch it again")


def _parse(number: int, text: bytes) -> Line:
    try:
        content = json.loads(text)
    except UnicodeDecodeError as error:
        return Line(number, None, f"not UTF-8 (byte {error.start})")
    except json.JSONDecodeError as error:
        return Line(number, None, f"not JSON ({error.msg}, column {error.colno})")
    except (ValueError, RecursionError):
        return Line(number, None, "not JSON that can be read (nested too deeply, or a number too long)")
    if not isinstance(content, dict):
        return Line(number, None, f"a JSON {type(content).__name__}, not an object")
    return Line(number, content)
