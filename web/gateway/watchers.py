"""What the gateway tells staff's consoles: the interface of ``web.console.live.Live``, and nobody in its place."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from shop.takeover import Standing


class Watchers(Protocol):
    """Who of staff looks on. All are called on the event loop, never wait and never raise."""

    def message(self, conversation_id: str, frame: dict[str, Any]) -> None:
        """A message was stored, or the question for a rating answered: ``web.gateway.frames.staff_frame`` of it."""

    def standing(self, conversation_id: str, standing: Standing) -> None:
        """The conversation changed hands."""

    def typing(self, conversation_id: str, who: str, on: bool) -> None:
        """``who`` ("shopper", "bot", or a name of staff) began or stopped writing."""

    def read(self, conversation_id: str, seq: int) -> None:
        """The shopper has seen everything up to ``seq``."""


class NobodyWatches:
    """A gateway without a console."""

    def message(self, conversation_id: str, frame: dict[str, Any]) -> None:
        return

    def standing(self, conversation_id: str, standing: Standing) -> None:
        return

    def typing(self, conversation_id: str, who: str, on: bool) -> None:
        return

    def read(self, conversation_id: str, seq: int) -> None:
        return
