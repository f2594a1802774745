"""Frames that a console sends, read and checked. Pure functions."""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web.errors import BadFrame
from web.gateway.cleaning import MAX_TEXT_CHARS, clean_text
from web.gateway.protocol import MAX_FRAME_BYTES, MAX_SEQ

ID = re.compile(r"[A-Za-z0-9_-]{8,58}")
_CONVERSATION = re.compile(r"[0-9a-f]{32}")
MAX_STAFF_ID = 2**31 - 1


@dataclass(frozen=True)
class Frame:
    """One frame. What its type has no use for is None, "" or False."""

    type: str
    conversation: str | None = None
    id: str | None = None
    text: str = ""
    on: bool = False
    after: int = 0
    staff: int | None = None


def parse(text: str) -> Frame:
    """The frame in ``text``. Raises BadFrame: too_large, bad_json, unknown_type or bad_field."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_FRAME_BYTES:
        raise BadFrame("too_large", f"The frame has {size} bytes. Send at most {MAX_FRAME_BYTES}.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("bad_json", "The frame is not JSON. Send one JSON object.") from error
    if not isinstance(content, dict):
        raise BadFrame("bad_json", "The frame is not a JSON object. Send one.")
    kind = content.get("type")
    fields = _FRAMES.get(kind) if isinstance(kind, str) else None
    if fields is None:
        raise BadFrame("unknown_type", f"The frame's type is unknown. Use one of {', '.join(_FRAMES)}.")
    frame_id = content.get("id")
    known = frame_id if isinstance(frame_id, str) and ID.fullmatch(frame_id) else None
    try:
        return Frame(kind, **{name.rstrip("?"): _FIELDS[name](content.get(name.rstrip("?"))) for name in fields})
    except _Wrong as wrong:
        raise BadFrame("bad_field", str(wrong), known) from wrong


class _Wrong(ValueError):
    """A field does not fit; the message says what does."""


def _conversation(value: Any) -> str:
    if not isinstance(value, str) or not _CONVERSATION.fullmatch(value):
        raise _Wrong('The field "conversation" must be the id of a conversation: 32 hex digits.')
    return value


def _conversation_or_none(value: Any) -> str | None:
    return None if value is None else _conversation(value)


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise _Wrong('The field "id" must be 8 to 58 of the characters A-Z a-z 0-9 _ -, new for each message.')
    return value


def _text(value: Any) -> str:
    cleaned = clean_text(value) if isinstance(value, str) and len(value) <= 2 * MAX_TEXT_CHARS else ""
    if not cleaned or len(cleaned) > MAX_TEXT_CHARS:
        raise _Wrong(f'The field "text" must be 1 to {MAX_TEXT_CHARS} visible characters.')
    return cleaned


def _on(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong('The field "on" must be true or false.')
    return value


def _number(name: str, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        value = 0 if value is None else value
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise _Wrong(f'The field "{name}" must be a whole number from 0 to {most}.')
        return value

    return read


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "conversation": _conversation, "conversation?": _conversation_or_none, "id": _id, "text": _text, "on": _on,
    "after": _number("after", MAX_SEQ), "staff": _number("staff", MAX_STAFF_ID),
}
_FRAMES: dict[str, tuple[str, ...]] = {
    "watch": ("conversation", "after"), "unwatch": (), "looking": ("conversation?",),
    "take": ("conversation",), "give_back": ("conversation",), "resolve": ("conversation",),
    "assign": ("conversation", "staff"), "say": ("conversation", "id", "text"), "typing": ("conversation", "on"),
    "available": ("on",), "suggest": ("conversation",), "ping": (),
}
