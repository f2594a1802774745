"""Where the gateway is, as ``--url`` names it, and a token for it."""
from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from commands.errors import CommandError
from shop.secrets import secret
from shop.settings import settings
from web.gateway.client import open_session

_HTTP_OF = {"ws": "http", "wss": "https", "http": "http", "https": "https"}


def base_url(url: str | None) -> str:
    """``ws://host:8000/ws`` or ``http://host:8000`` as ``http://host:8000``; None: the gateway of the settings.

    Raises CommandError for anything else.
    """
    if url is None:
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    parts = urlsplit(url)
    if parts.scheme not in _HTTP_OF or not parts.netloc or parts.path.rstrip("/") not in ("", "/ws"):
        raise CommandError(f"--url is {url!r}. Write it like ws://127.0.0.1:8000/ws.")
    return f"{_HTTP_OF[parts.scheme]}://{parts.netloc}"


async def session_token(base: str, customer_id: str | None) -> str:
    """A session token of the gateway at ``base`` for the customer, or for a new visitor.

    Raises CommandError where the gateway does not answer or refuses.
    """
    # The secret lifts the limit on new sessions too. It goes to another machine only where a customer is asked for.
    trusted = customer_id is not None or urlsplit(base).hostname in ("127.0.0.1", "::1", "localhost", settings.host)
    try:
        return await open_session(base, api_secret=secret("api") if trusted else None, customer_id=customer_id)
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.UNAUTHORIZED:
            reason = "it has another secret key. Use the FLOORWALKER_VAR with which it was started."
        else:
            reason = error.response.text[:300]
        raise CommandError(f"{base} gives no session: {reason}") from error
    except httpx.HTTPError as error:
        raise CommandError(f"{base} does not answer ({type(error).__name__}). Start it with `make run`.") from error
