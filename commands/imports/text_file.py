"""A text file in whatever encoding it has, plain or gzipped, read twice: once to find that out, then by line.

Finding out first costs a second, and means that a file which is no text is refused before anything is stored.
"""
from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from commands.errors import CommandError
from commands.imports.report import BrokenFile

GZIP_MAGIC = b"\x1f\x8b"
CHUNK_BYTES = 1 << 20
MAX_LINE_CHARS = 1 << 20
# A gzipped file may hold a thousand times what it weighs: no export of a shop is larger than this.
MAX_FILE_BYTES = 20 << 30
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What is no UTF-8 comes out of Python's "surrogateescape" as one of these.
_STRAY = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True)
class TextFile:
    """``encoding``: Python's name for it. ``notes``: what a report says about how the file was read."""

    path: Path
    encoding: str
    packed: bool
    notes: tuple[str, ...] = ()


def open_bytes(path: Path) -> tuple[IO[bytes], IO[bytes], bool]:
    """(file as stored, its content, whether it is gzipped). Raises CommandError where it cannot be opened."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}). Check the path and its permissions.") from error
    packed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    raw.seek(0)
    return raw, gzip.GzipFile(fileobj=raw) if packed else raw, packed


def chunks(path: Path, progress: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
    """The content in pieces of CHUNK_BYTES; ``progress`` is told the position in the file, in bytes as stored.

    Raises BrokenFile where a gzipped file breaks off, or unpacks to more than MAX_FILE_BYTES.
    """
    raw, content, _ = open_bytes(path)
    total = 0
    with raw:
        try:
            while chunk := content.read(CHUNK_BYTES):
                total += len(chunk)
                if total > MAX_FILE_BYTES:
                    raise BrokenFile(f"it has more than {MAX_FILE_BYTES >> 30} GiB")
                progress(raw.tell())
                yield chunk
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BrokenFile(f"the compressed file breaks off ({error}): fetch it again") from error


def examine(path: Path) -> TextFile:
    """Which encoding the file has: UTF-8, UTF-16 with its mark, or else Windows-1252.

    A file with a few stray bytes among much good UTF-8 is UTF-8. Raises BrokenFile for what is no text.
    """
    raw, content, packed = open_bytes(path)
    with raw:
        try:
            beginning = content.read(4)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BrokenFile(f"it is no gzip file ({error}): fetch it again") from error
    marked = next((name for mark, name in BYTE_ORDER_MARKS if beginning.startswith(mark)), None)
    if not beginning:
        raise BrokenFile("it is empty")
    if marked == "utf-16":
        for _ in chunks(path):  # which refuses what unpacks to too much
            pass
        return TextFile(path, "utf-16", packed, ("in UTF-16",))
    good, stray = _count(path)
    if stray == 0:
        return TextFile(path, "utf-8-sig", packed)
    if marked or good >= stray:
        return TextFile(path, "utf-8-sig", packed, (f"{stray:,} bytes are no UTF-8 and became �",))
    decoder = codecs.getincrementaldecoder("cp1252")()
    try:
        for chunk in chunks(path):
            decoder.decode(chunk)
    except UnicodeDecodeError as error:
        raise BrokenFile(
            f"its text is neither UTF-8 nor Windows-1252 (byte 0x{error.object[error.start]:02x}); export it in UTF-8"
        ) from error
    return TextFile(path, "cp1252", packed, ("not in UTF-8: read as Windows-1252 (Latin-1)",))


def lines(file: TextFile, progress: Callable[[int], None] = lambda _: None) -> Iterator[str]:
    """The physical lines with their line ends, none longer than MAX_LINE_CHARS: of a longer one its beginning."""
    raw, content, _ = open_bytes(file.path)
    with raw:
        text = io.TextIOWrapper(content, file.encoding, errors="replace", newline="")
        try:
            while line := text.readline(MAX_LINE_CHARS):
                progress(raw.tell())
                yield line
                while len(line) == MAX_LINE_CHARS and not line.endswith(("\r", "\n")):
                    line = text.readline(MAX_LINE_CHARS)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BrokenFile(f"the compressed file breaks off ({error}): fetch it again") from error
        finally:
            text.detach()


def _count(path: Path) -> tuple[int, int]:
    """(characters beyond ASCII, bytes that are no UTF-8). Raises BrokenFile where there are NUL bytes: no text."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = stray = 0
    for chunk in chunks(path):
        if b"\x00" in chunk:
            raise BrokenFile("it is no text (it has NUL bytes); export it as CSV or text in UTF-8")
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(chunk)
        found = len(_STRAY.findall(text))
        stray += found
        good += len(_NOT_ASCII.findall(text)) - found
    return good, stray + len(decoder.decode(b"", final=True))
