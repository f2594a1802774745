"""The error tree of ``web``.

WebError
├── BadToken            a token or cookie is forged, damaged, expired or not ours
├── BadFrame            a frame of a client breaks the protocol; carries the protocol's error code
├── Refused             an HTTP request is refused; carries the status and a code
├── OidcRefused         signing in with the company's account failed; the reason is for the log
├── RasaUnavailable     Rasa did not answer (away, too slow, an error of its own): retrying can help
├── RasaReplyInvalid    Rasa answered, but not as the contract says: retrying rarely helps
└── GatewayClosed       the client gave up on the gateway; raised by ``web.gateway.client`` only
"""
from __future__ import annotations


class WebError(Exception):
    """Base of everything that ``web`` raises on purpose."""


class BadToken(WebError):
    """A token or cookie cannot be trusted. The remedy is always a new one from ``POST /api/session``."""


class BadFrame(WebError):
    """A client's frame breaks the protocol.

    ``code`` is one of the protocol's error codes, ``frame_id`` the client's id where the frame had a usable
    one, ``retry_after_ms`` the wait after which the same frame can be sent again (None: it never can).
    """

    def __init__(
        self, code: str, message: str, frame_id: str | None = None, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.frame_id = frame_id
        self.retry_after_ms = retry_after_ms

    def frame(self) -> dict[str, object]:
        """The error as a frame for the client."""
        frame: dict[str, object] = {"type": "error", "code": self.code, "message": self.message}
        if self.frame_id is not None:
            frame["id"] = self.frame_id
        if self.retry_after_ms is not None:
            frame["retry_after_ms"] = self.retry_after_ms
        return frame


class Refused(WebError):
    """An HTTP request is refused with ``status`` and the one JSON shape of errors."""

    def __init__(self, status: int, code: str, message: str, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_ms = retry_after_ms


class OidcRefused(WebError):
    """The company's provider is away, or what it sent is not to be trusted. The message is not for the visitor."""


class RasaUnavailable(WebError):
    """Rasa gave no answer; the same message may be sent again under the same id.

    ``answered`` is True where Rasa was there and failed by itself (HTTP 500, 4xx), so that a message which
    it can never digest is told apart from a Rasa that is away.
    """

    def __init__(self, message: str, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


class RasaReplyInvalid(WebError):
    """Rasa's answer is not what the contract says."""


class GatewayClosed(WebError):
    """The gateway refused the client for good (a bad token, say), or the client was closed."""
