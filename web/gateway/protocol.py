"""Frames that clients send: parsed and checked, nothing else. Pure functions over one text.

Every frame becomes one of the dataclasses below or raises BadFrame with one of the protocol's error codes.
``docs/protocol.md`` describes the frames for those who write a client.
"""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shop.satisfaction import HIGHEST, LOWEST
from web.errors import BadFrame
from web.gateway.cleaning import MAX_TEXT_CHARS, clean_line, clean_text

MAX_FRAME_BYTES = 16_384
MAX_SEQ = 2**31 - 1  # what an INTEGER column of PostgreSQL holds
MAX_BUTTONS = 64
MAX_PAGE_KEYS = 8
MAX_PAGE_VALUE_CHARS = 200

ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PRODUCT = re.compile(r"[A-Za-z0-9_-]{1,32}")
_PAGE_KEY = re.compile(r"[a-z][a-z_]{0,31}")


@dataclass(frozen=True)
class Hello:
    """First frame of a connection. ``after``: the highest seq that the client has, 0 for none."""

    token: str
    after: int = 0
    page: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """The shopper typed ``text`` (cleaned, 1 to 2000 characters)."""

    id: str
    text: str


@dataclass(frozen=True)
class Choice:
    """The shopper pressed button ``button`` (from 0) of message ``seq``; seq 0 is the greeting."""

    id: str
    seq: int
    button: int


@dataclass(frozen=True)
class Feedback:
    """A thumb for the bot's message ``seq``: "up", "down", or None to take it back."""

    seq: int
    value: str | None


@dataclass(frozen=True)
class Click:
    """The shopper opened a product that message ``seq`` showed."""

    seq: int
    product_id: str


@dataclass(frozen=True)
class Page:
    """The shopper is on another page of the shop now."""

    page: dict[str, str]


@dataclass(frozen=True)
class Typing:
    """The shopper is typing."""


@dataclass(frozen=True)
class Read:
    """The shopper has seen everything up to message ``seq``."""

    seq: int


@dataclass(frozen=True)
class Csat:
    """How satisfied the shopper is with what staff have just finished: 1 (not at all) to 5 (very)."""

    value: int


@dataclass(frozen=True)
class Ping:
    """Are you there? Answered with a pong."""


Frame = Hello | Message | Choice | Feedback | Click | Page | Typing | Read | Csat | Ping


def parse(text: str) -> Frame:
    """The frame in ``text``. Raises BadFrame: too_large, bad_json, unknown_type or bad_field."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_FRAME_BYTES:
        raise BadFrame("too_large", f"The frame has {size} bytes. Send at most {MAX_FRAME_BYTES}.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        known = isinstance(error, json.JSONDecodeError)
        reason = str(error) if known else "nested too deeply, or a number too long"
        raise BadFrame("bad_json", f"The frame is not JSON ({reason}). Send one JSON object.") from error
    if not isinstance(content, dict):
        raise BadFrame("bad_json", f"The frame is a JSON {_kind(content)}. Send one JSON object.")
    return _Fields(content).frame()


class _Fields:
    """The fields of one frame, each fetched with its check; errors carry the frame's id where it has one."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        frame_id = content.get("id")
        self.frame_id = frame_id if isinstance(frame_id, str) and ID.fullmatch(frame_id) else None

    def frame(self) -> Frame:
        kind = self.content.get("type")
        make = _FRAMES.get(kind) if isinstance(kind, str) else None
        if make is None:
            known = ", ".join(_FRAMES)
            raise BadFrame(
                "unknown_type", f"The frame's type is {_shown(kind)}. Use one of {known}.", self.frame_id
            )
        return make(self)

    def wrong(self, name: str, remedy: str) -> BadFrame:
        value = _shown(self.content.get(name)) if name in self.content else "missing"
        return BadFrame("bad_field", f'The field "{name}" is {value}. {remedy}', self.frame_id)

    def id(self) -> str:
        if self.frame_id is None:
            raise self.wrong("id", "Send 8 to 64 of the characters A-Z a-z 0-9 _ -, new for each message.")
        return self.frame_id

    def token(self) -> str:
        token = self.content.get("token")
        if not isinstance(token, str):
            raise self.wrong("token", "Send the token from POST /api/session.")
        return token

    def number(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self.content.get(name, default)
        # JSON's true is an int to Python, and no number to anybody else.
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(name, f"Send a whole number from {low} to {high}.")
        return value

    def text(self) -> str:
        text = self.content.get("text")
        if not isinstance(text, str):
            raise self.wrong("text", "Send a text.")
        if len(text) > MAX_TEXT_CHARS:
            raise BadFrame(
                "bad_field",
                f'The field "text" has {len(text)} characters. Send at most {MAX_TEXT_CHARS}.', self.frame_id,
            )
        cleaned = clean_text(text)
        if not cleaned:
            raise self.wrong("text", "Send at least one visible character.")
        if len(cleaned) > MAX_TEXT_CHARS:  # some letters are two or three once they are written in the standard way
            raise self.wrong("text", f"In Unicode's form NFC it has {len(cleaned)} characters. Send less.")
        return cleaned

    def thumb(self) -> str | None:
        value = self.content.get("value")
        if value not in ("up", "down", None) or "value" not in self.content:
            raise self.wrong("value", 'Send "up", "down" or null.')
        return value

    def product_id(self) -> str:
        value = self.content.get("product_id")
        if not isinstance(value, str) or not _PRODUCT.fullmatch(value):
            raise self.wrong("product_id", "Send the product_id of a card, such as P00123.")
        return value

    def page(self, required: bool) -> dict[str, str]:
        page = self.content.get("page")
        if page is None and not required:
            return {}
        remedy = (
            f"Send an object of at most {MAX_PAGE_KEYS} short texts, "
            'such as {"kind": "product", "product_id": "P00123"}.'
        )
        if not isinstance(page, dict) or len(page) > MAX_PAGE_KEYS:
            raise self.wrong("page", remedy)
        for key, value in page.items():
            if not _PAGE_KEY.fullmatch(key) or not isinstance(value, str):
                raise self.wrong("page", remedy)
            if len(value) > MAX_PAGE_VALUE_CHARS:
                raise self.wrong("page", remedy)
        return {key: clean_line(value, MAX_PAGE_VALUE_CHARS) for key, value in page.items()}


_FRAMES: dict[str, Callable[[_Fields], Frame]] = {
    "hello": lambda f: Hello(f.token(), f.number("after", 0, MAX_SEQ, 0), f.page(required=False)),
    "message": lambda f: Message(f.id(), f.text()),
    "choice": lambda f: Choice(f.id(), f.number("seq", 0, MAX_SEQ), f.number("button", 0, MAX_BUTTONS - 1)),
    "feedback": lambda f: Feedback(f.number("seq", 1, MAX_SEQ), f.thumb()),
    "click": lambda f: Click(f.number("seq", 1, MAX_SEQ), f.product_id()),
    "page": lambda f: Page(f.page(required=True)),
    "typing": lambda f: Typing(),
    "read": lambda f: Read(f.number("seq", 0, MAX_SEQ)),
    "csat": lambda f: Csat(f.number("value", LOWEST, HIGHEST)),
    "ping": lambda f: Ping(),
}


def _kind(value: object) -> str:
    kinds = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")


def _shown(value: object) -> str:
    """The value as an error quotes it: short, and never a whole frame."""
    shown = json.dumps(value, ensure_ascii=True, default=str)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
