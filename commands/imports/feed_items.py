"""The items of an RSS or Atom feed, one at a time. XML that declares or fetches anything is refused.

Only the text of the item under way is held; what lies outside items is passed over.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from commands.imports import text_file
from commands.imports.report import BrokenFile

ITEMS = ("item", "entry")
MAX_DEPTH = 50
MAX_ITEM_CHARS = 1 << 20
MAX_ITEM_FIELDS = 5000
MAX_TOKEN_BYTES = 4 << 20  # of a tag or a comment, which the parser holds until it ends

Fields = dict[str, list[Any]]  # name -> its values: text, or fields again for what has parts


def items(path: Path, progress: Callable[[int], None] = lambda _: None) -> Iterator[tuple[int, Fields | None, str]]:
    """(line, fields by name without namespace, ""), or (line, None, why the item cannot be read).

    Raises BrokenFile where the file is no well-formed XML, declares a document type or entities, or has no items.
    """
    target = _Items()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.line = lambda: parser.parser.CurrentLineNumber
    anything = False
    fed = understood = 0
    try:
        for chunk in text_file.chunks(path, progress):
            # In small steps: what an item may take is counted while it is read.
            for start in range(0, len(chunk), 1 << 16):
                piece = chunk[start : start + (1 << 16)]
                parser.feed(piece)
                fed += len(piece)
                understood = max(understood, parser.parser.CurrentByteIndex)  # -1 while it waits for more
                if fed - understood > MAX_TOKEN_BYTES:
                    raise BrokenFile(f"its XML has a tag or a comment of more than {MAX_TOKEN_BYTES:,} bytes")
                anything = anything or bool(target.found)
                yield from target.take()
        parser.close()
    except DefusedXmlException as error:
        raise BrokenFile(
            f"its XML declares a document type or entities, or refers to other files ({type(error).__name__}), which "
            "no product feed needs and which is not followed; export it without"
        ) from error
    except (ParseError, ValueError) as error:
        raise BrokenFile(f"it is no well-formed XML ({error})") from error
    yield from target.take()
    if not anything:
        raise BrokenFile(f"it has no <{ITEMS[0]}> and no <{ITEMS[1]}>: an RSS or Atom feed is expected")


class _Items:
    """Target of the parser: gathers what lies inside items."""

    def __init__(self) -> None:
        self.found: list[tuple[int, Fields | None, str]] = []
        self.line: Callable[[], int] = lambda: 0
        self._depth = 0
        self._item_depth = 0
        self._began = 0
        self._chars = self._fields = 0
        self._open: list[tuple[str, Fields, list[str]]] = []

    def take(self) -> list[tuple[int, Fields | None, str]]:
        taken, self.found = self.found, []
        return taken

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"line {self.line()}: elements are nested more than {MAX_DEPTH} deep")
        name = tag.rpartition("}")[2].casefold()
        if not self._open:
            if name not in ITEMS:
                return
            self._item_depth, self._began, self._chars, self._fields = self._depth, self.line(), 0, 0
        self._fields += 1
        # An Atom link has its address in an attribute.
        text = [attributes["href"]] if name == "link" and "href" in attributes else []
        self._open.append((name, {}, text))

    def data(self, text: str) -> None:
        if self._open:
            self._chars += len(text)
            if self._chars <= MAX_ITEM_CHARS:
                self._open[-1][2].append(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        name, fields, text = self._open.pop()
        if self._open:
            if self._fields <= MAX_ITEM_FIELDS and self._chars <= MAX_ITEM_CHARS:
                value = "".join(text).strip()
                if fields or value:
                    self._open[-1][1].setdefault(name, []).append(fields or value)
            return
        if self._chars > MAX_ITEM_CHARS or self._fields > MAX_ITEM_FIELDS:
            self.found.append((
                self._began, None,
                f"an item of more than {MAX_ITEM_CHARS:,} characters or {MAX_ITEM_FIELDS:,} fields",
            ))  # fmt: skip
        else:
            self.found.append((self._began, fields, ""))

    def close(self) -> None:
        """Nothing is kept."""
