"""Errors over HTTP: one JSON shape for all of them."""
from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.errors import Refused


def error_response(
    status: int, code: str, message: str, retry_after_ms: int | None = None
) -> JSONResponse:
    """The one JSON shape of errors: {"error": {"code", "message", "retry_after_ms"?}}."""
    error: dict[str, object] = {"code": code, "message": message}
    headers = {"Cache-Control": "no-store"}
    if retry_after_ms is not None:
        error["retry_after_ms"] = retry_after_ms
        headers["Retry-After"] = str(-(-retry_after_ms // 1000))
    return JSONResponse({"error": error}, status, headers)


async def refused(request: Request, error: Exception) -> Response:
    response = error_response(error.status, error.code, error.message, error.retry_after_ms)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def http_error(request: Request, error: Exception) -> Response:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    response = error_response(error.status_code, code, f"{error.detail}: {request.method} {request.url.path}")
    response.headers.update(error.headers or {})
    return response


async def crashed(request: Request, error: Exception) -> Response:
    # Starlette raises it on to the server's log, so it is not logged twice here.
    return error_response(500, "internal_error", "Something broke here. The log of the web process says what.")


HANDLERS = {Refused: refused, HTTPException: http_error, Exception: crashed}
