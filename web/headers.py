"""Security headers on every response, and CORS on the two things that other sites may load."""
from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CORS_MAX_AGE_S = 600


def content_security_policy(frame_ancestors: str) -> str:
    """The policy of all pages; ``frame_ancestors`` says who may show them inside a page of their own."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; "
        f"base-uri 'none'; frame-ancestors {frame_ancestors}"
    )


class SecurityHeaders:
    """Sets what a response does not set itself. Pages run no inline script and no code of other sites."""

    def __init__(self, app: ASGIApp, frame_ancestors: Sequence[str] = ()) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_security_policy(" ".join(["'self'", *frame_ancestors])),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class CorsHeaders:
    """Lets pages of ``origins`` fetch a session and the widget's files; nothing else, and never with cookies."""

    def __init__(self, app: ASGIApp, origins: Sequence[str] = ()) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_shared(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = origin in self._origins
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            preflight = Response(status_code=204 if allowed else 403)
            preflight.headers["Vary"] = "Origin"
            if allowed:
                preflight.headers.update({
                    "Access-Control-Allow-Origin": origin,
                    "Access-Control-Allow-Methods": "GET, POST",
                    "Access-Control-Allow-Headers": "Content-Type",
                    "Access-Control-Max-Age": str(CORS_MAX_AGE_S),
                })
            await preflight(scope, receive, send)
            return
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                response = MutableHeaders(scope=message)
                response.add_vary_header("Origin")
                if allowed:
                    response["Access-Control-Allow-Origin"] = origin
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_shared(path: str) -> bool:
    return path == "/api/session" or path.startswith("/static/")
