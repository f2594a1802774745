"""Replies for an agent to take over, in the reply model's words where it writes, else in the domain's. None is sent.

Every suggestion has passed the claim gate, as a reply of the bot has (actions/written_replies.py).
"""
from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import httpx
import yaml

from actions.runtime import Runtime
from actions.suggested_acts import Heard, SuggestedAct, heard, suggested_acts
from models.reply.facts import Locale, values
from models.reply.rendering import PLACEHOLDER, fill
from models.reply.requests import Request
from models.reply.writer import ReplyWriter
from shop.secrets import secret
from shop.settings import ROOT, settings

logger = logging.getLogger(__name__)

DOMAIN = ROOT / "domain.yml"
UNDERSTOOD = 2  # of the shopper's last words to staff that Rasa is asked about
PARSE_TIMEOUT_S = 2.0
# The bot draws cards with what it says; below an agent's words there is nothing.
DRAWN = re.compile(r"\b(?:below|underneath)\b", re.IGNORECASE)
SURE = 0.4  # below it an intent is a guess, and nothing is suggested for it


@dataclass(frozen=True)
class Suggestion:
    """``written``: by the reply model; else it is the domain's response."""

    act: str
    text: str
    written: bool


async def suggest(runtime: Runtime, conversation_id: str, customers_too: bool) -> list[Suggestion]:
    """Up to three suggestions for the end of a conversation; empty where nothing is known that could be said.

    Without ``customers_too`` nothing is in them that only this customer's data tells.
    """
    loop, pool = asyncio.get_running_loop(), runtime.replies.pool
    talk = await asyncio.to_thread(_heard, runtime, conversation_id)
    if talk is None:
        return []
    intents, numbers = await _understood(talk)
    acts = await asyncio.to_thread(_acts, runtime, talk, [*intents, *talk.intents], numbers, customers_too)
    writer = runtime.replies.writer
    written: dict[str, str] = {}
    if writer is not None and acts:
        try:
            writing = loop.run_in_executor(pool, _written, writer, runtime.replies.locale, acts)
            written = await asyncio.wait_for(writing, settings.reply_timeout_ms / 1000)
        except TimeoutError:
            logger.warning("No suggestion was written within %d ms. The domain's are shown.", settings.reply_timeout_ms)
        except Exception:
            logger.exception("The reply model failed. The domain's responses are suggested.")
    found = []
    for each in acts:
        text = written.get(each.act) or _from_domain(each, runtime.replies.locale)
        if text:
            found.append(Suggestion(each.act, text, each.act in written))
    return found


def _heard(runtime: Runtime, conversation_id: str) -> Heard | None:
    with runtime.database.session() as db:
        return heard(db, conversation_id)


def _acts(
    runtime: Runtime, talk: Heard, intents: Sequence[str], numbers: Sequence[str], customers_too: bool
) -> list[SuggestedAct]:
    with runtime.database.session() as db:
        return suggested_acts(db, talk, intents, numbers, customers_too)


def _written(writer: ReplyWriter, locale: Locale, acts: Sequence[SuggestedAct]) -> dict[str, str]:
    """Act -> text, of those that the model wrote and the gate let through."""
    known = [(each, _request(writer, each)) for each in acts if writer.knows(each.act)]
    found = {}
    for (each, request), written in zip(known, writer.write([request for _, request in known]), strict=True):
        if written.template is None:
            continue
        words = values(request.facts, locale)
        text = fill(written.template, words, locale.article)
        verdict = writer.gate.check_text(writer.acts.acts[each.act], written.template, words, text)
        if verdict.ok and not DRAWN.search(text):
            found[each.act] = text
        else:
            reason = verdict.reason or "it points at what is not there"
            logger.info("A suggestion for %s was refused: %s", each.act, reason)
    return found


def _request(writer: ReplyWriter, each: SuggestedAct) -> Request:
    known = writer.acts.known(writer.acts.acts[each.act])
    facts = {name: value for name, value in each.facts.items() if name in known}
    return Request(each.act, facts, each.features, settings.reply_tones[0])


async def _understood(talk: Heard) -> tuple[list[str], list[str]]:
    """Intents (newest first) and order numbers (newest last) of what was said to staff: the bot never answered it,
    so Rasa is asked what it means. Empty where Rasa is away."""
    intents, numbers = [], []
    asked = [message.text for message in talk.unread[-UNDERSTOOD:]]
    if not asked:
        return [], []
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PARSE_TIMEOUT_S) as http:
            for text in asked:
                answer = await http.post(
                    f"http://127.0.0.1:{settings.rasa_port}/model/parse", params={"token": secret("rasa-api")},
                    json={"text": text.lstrip("/") or "?"},
                )
                answer.raise_for_status()
                content = answer.json()
                intent = content.get("intent") or {}
                if intent.get("name") and (intent.get("confidence") or 0) >= SURE:
                    intents.insert(0, intent["name"])
                numbers += [str(each["value"]) for each in content.get("entities") or ()
                            if each.get("entity") == "order_number"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("What was said to staff could not be understood: %s", str(error) or type(error).__name__)
    return intents, numbers


def _from_domain(each: SuggestedAct, locale: Locale) -> str | None:
    """The domain's first response for which all facts are there; None where there is none."""
    words = values(each.facts, locale)
    for text in _responses(DOMAIN.stat().st_mtime_ns).get(f"utter_{each.act}", ()):
        optional = {name: "" for name in PLACEHOLDER.findall(text) if name in ("expected", "delivery_back")}
        if set(PLACEHOLDER.findall(text)) <= {*words, *optional}:
            return fill(text, {**optional, **words}, locale.article)
    return None


@cache
def _responses(changed_at_ns: int) -> dict[str, list[str]]:
    """Response -> its texts, as the domain has them since it was changed."""
    domain = yaml.load(DOMAIN.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return {
        name: [variant["text"] for variant in variants if variant.get("text")]
        for name, variants in (domain.get("responses") or {}).items()
    }
