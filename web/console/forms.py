"""What a browser sends: a form or JSON, read within limits."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request

from web.errors import Refused

LIMIT_BYTES = 65_536
LIMIT_FIELDS = 400


@dataclass(frozen=True)
class Body:
    """A request's body: a form (each field's last value, and all of them), or JSON."""

    form: dict[str, str] = field(default_factory=dict)
    form_lists: dict[str, list[str]] = field(default_factory=dict)
    json_body: dict[str, Any] | None = None


async def read_body(request: Request) -> Body:
    """The body by its content type. Raises Refused (400, 413, 415) for what is neither a form nor a JSON object."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "application/json"):
        raise Refused(415, "bad_form", f"The body is of type {kind or 'none'}: send a form or JSON.")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LIMIT_BYTES:
            raise Refused(413, "too_large", f"The form is longer than {LIMIT_BYTES} bytes: shorten what you wrote.")
    try:
        text = raw.decode()
        if kind == "application/json":
            content = json.loads(text)
            if not isinstance(content, dict):
                raise ValueError("no object")
            return Body(json_body=content)
        lists = parse_qs(text, keep_blank_values=True, max_num_fields=LIMIT_FIELDS)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "bad_form", "The form cannot be read. Reload the page and try again.") from error
    return Body({name: values[-1] for name, values in lists.items()}, lists)
