"""Which pages may talk to the gateway: the shop's own, and those of the setting ``allowed_origins``."""
from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers


def is_same_origin(headers: Headers) -> bool:
    """Whether a browser sent this from a page of this very host.

    The scheme is not compared: behind a proxy that ends TLS, the gateway does not know it.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc == headers.get("host")


def is_allowed_origin(headers: Headers, allowed: Collection[str]) -> bool:
    """Whether a socket may be opened from there.

    Every browser names the origin of a socket; where there is none, a program speaks, and its token decides.
    """
    origin = headers.get("origin")
    return origin is None or origin in allowed or is_same_origin(headers)
