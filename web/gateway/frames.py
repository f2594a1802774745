"""Frames that the gateway sends, and how a reply of Rasa becomes stored messages. Pure functions."""
from __future__ import annotations

import json
import logging
import math
from typing import TYPE_CHECKING, Any

from web.gateway.cleaning import clean_line, clean_text, without_half_pairs

if TYPE_CHECKING:
    from shop.conversations import Message
    from shop.takeover import Standing
    from web.gateway.rasa_client import Reply

logger = logging.getLogger(__name__)

SHOWN_KEYS = ("cards", "offer", "table", "order", "link")
OF_THE_HOUSE = ("name", "csat")  # of who writes for staff; of the question for a rating, and its answer
LINK_KEYS = ("url", "picture", "tracking_url")
EXPOSURE_SOURCES = ("search", "recommend", "similar")
MAX_BUTTON_CHARS = 80

APOLOGY = (
    "I am sorry, I could not work out an answer to that. Please try saying it in other words, "
    "or ask me for a person and I will fetch a colleague."
)
BOT_AWAY = (
    "I have stepped away for a moment. Your message is safe, and I will answer it as soon as I am back."
)
BOT_BACK = "I am back. Thank you for waiting."
BOT_NOT_NEEDED = "You need not wait for me any more: a colleague is here."
RATE_LIMITED = "That was a little fast for me. Please wait {seconds} s before the next message."


def encode(frame: dict[str, Any]) -> str:
    """The frame as the text that goes over the socket."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def message_frame(message: Message) -> dict[str, Any]:
    """A stored message as clients see it: payloads of buttons stay on the server."""
    payload = message.payload or {}
    frame: dict[str, Any] = {
        "type": "message", "seq": message.seq, "sender": message.sender, "text": message.text,
        "at": message.at.isoformat(),
    }
    if message.sender == "shopper":
        frame["id"] = message.client_id
    else:
        shown = SHOWN_KEYS if message.sender == "bot" else SHOWN_KEYS + OF_THE_HOUSE
        frame |= {key: payload[key] for key in shown if payload.get(key) is not None}
        if buttons := payload.get("buttons"):
            frame["buttons"] = [{"title": button["title"]} for button in buttons]
        frame["in_reply_to"] = message.in_reply_to
        frame["feedback"] = message.feedback
    return frame


def staff_frame(message: Message, understood: Message | None = None) -> dict[str, Any]:
    """A stored message as consoles see it: the widget's frame, and how it was understood.

    ``understood``: the shopper's message that a reply answers, as it is understood only then.
    """
    source = understood or message
    return message_frame(message) | {
        "id": message.client_id, "intent": source.intent, "confidence": source.intent_confidence,
        "entities": source.entities,
    }


def standing_frame(standing: Standing) -> dict[str, Any]:
    """Who has the conversation, as the widget's header says it."""
    return {"type": "standing", "status": standing.status, "agent": standing.agent}


def ack_frame(message: Message) -> dict[str, Any]:
    return {"type": "ack", "id": message.client_id, "seq": message.seq, "at": message.at.isoformat()}


def notice_frame(code: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "notice", "code": code, "text": text, **more}


def prepare_reply(reply: Reply) -> list[dict[str, Any]]:
    """The messages to store, as ``shop.conversations.add_bot_reply`` takes them; none where nothing is shown.

    Exposures stay in the payload: the shop records them and takes them out of what is stored.
    """
    messages = []
    for said in reply.messages:
        custom = said.get("custom") if isinstance(said.get("custom"), dict) else {}
        text = clean_text(said["text"]) if isinstance(said.get("text"), str) else ""
        payload = {key: _safe_content(custom[key]) for key in SHOWN_KEYS if custom.get(key) is not None}
        if buttons := _buttons(said.get("buttons")):
            payload["buttons"] = buttons
        if text or payload:
            payload["exposures"] = _exposures(custom.get("exposures"))
            messages.append({"text": text, "payload": payload})
    return messages


def _buttons(buttons: Any) -> list[dict[str, str]]:
    found = []
    for button in buttons if isinstance(buttons, list) else []:
        title = button.get("title") if isinstance(button, dict) else None
        if not isinstance(title, str) or not (title := clean_line(title, MAX_BUTTON_CHARS)):
            logger.error("a button without a title was left out: %.200r", button)
            continue
        payload = button.get("payload")
        found.append({"title": title, "payload": payload if isinstance(payload, str) and payload else title})
    return found


def _exposures(exposures: Any) -> list[dict[str, Any]]:
    found = []
    for exposure in exposures if isinstance(exposures, list) else []:
        if _is_exposure(exposure):
            keys = ("product_id", "position", "probability", "source")
            found.append({key: exposure[key] for key in keys})
        else:
            logger.error("an exposure that cannot be credited was left out: %.200r", exposure)
    return found


def _is_exposure(exposure: Any) -> bool:
    if not isinstance(exposure, dict):
        return False
    probability = exposure.get("probability")
    return (
        isinstance(exposure.get("product_id"), str) and len(exposure["product_id"]) <= 32
        and isinstance(exposure.get("position"), int) and 0 <= exposure["position"] < 10_000
        and isinstance(probability, int | float) and math.isfinite(probability) and 0 <= probability <= 1
        and exposure.get("source") in EXPOSURE_SOURCES
    )


def _safe_content(content: Any) -> Any:
    """What is drawn, without what no frame can hold and without links that a page must not follow."""
    if isinstance(content, str):
        return without_half_pairs(content)
    if isinstance(content, float):
        return content if math.isfinite(content) else None  # JSON knows no NaN, though Python writes one
    if isinstance(content, list):
        return [_safe_content(part) for part in content]
    if not isinstance(content, dict):
        return content
    safe = {}
    for key, value in content.items():
        if key in LINK_KEYS and isinstance(value, str) and not _is_safe_link(value):
            logger.error("a link that a page must not follow was left out: %s %.100r", key, value)
            safe[key] = None
        else:
            safe[without_half_pairs(key)] = _safe_content(value)
    return safe


def _is_safe_link(url: str) -> bool:
    # "//host" and "/\host" leave the shop though they begin like a path.
    return url.startswith(("https://", "http://")) or (url.startswith("/") and url[1:2] not in ("/", "\\"))
