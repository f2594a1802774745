"""The reply model's words in place of a response: written when the action is done, filled in when they are sent.

The response of the domain stands in the message from the beginning, so whatever goes wrong, it is what is said. What
was written, or why nothing was, is recorded.
"""
from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.reply.facts import Fact, values
from models.reply.rendering import fill
from models.reply.requests import Request
from models.reply.writer import ReplyWriter, Written
from shop import customers, replies
from shop.replies import ReplyRecord
from shop.settings import settings

if TYPE_CHECKING:
    from actions.base import Turn

logger = logging.getLogger(__name__)

NAMED_EVERY = 3  # a customer's first name in every reply would be tiresome: in one of so many turns
OFTEN_ENOUGH = 3  # so often a turn is worked out anew because the shop changed meanwhile
PRIVATE = re.compile(r"\S*[@\d]\S*")  # addresses and numbers of what was heard: small talk needs none


@dataclass(frozen=True)
class Said:
    """One response that an action said: at which place among the messages, with which facts."""

    place: int
    response: str
    facts: dict[str, Any]
    features: dict[str, str] = field(default_factory=dict)

    @property
    def act(self) -> str:
        return self.response.removeprefix("utter_")


Events = list[dict[str, Any]]


async def put_in_own_words(
    turn: Turn, events: Events, domain: dict[str, Any], again: Callable[[], tuple[Turn, Events]]
) -> Events:
    """Replace the turn's responses by written ones; returns the events of the turn that is answered.

    While the model writes, prices, stock and offers may change. Then the turn is worked out ``again`` and the words
    already written are filled with what is true now; every action does twice what it does once.
    """
    try:
        writer = turn.runtime.replies.writer
        wanted = _requests(turn, writer) if writer is not None and _is_written(turn.conversation_id) else []
    except Exception:
        logger.exception("Nothing could be asked of the reply model. The domain's responses are said.")
        return events
    if writer is None or not wanted:
        return events
    writing = asyncio.get_running_loop().run_in_executor(
        turn.runtime.replies.pool, writer.write, [each for _, each in wanted]
    )
    try:
        # Also where many wait for a slow model: who has waited so long is not asked for any more.
        written = await asyncio.wait_for(writing, settings.reply_timeout_ms / 1000)
    except TimeoutError:
        logger.warning("No reply was written within %d ms. The domain's responses are said.", settings.reply_timeout_ms)
        written = [Written(None, "too_late")] * len(wanted)
    except Exception:
        # What the action did is stored already, so the shopper must hear of it.
        logger.exception("The reply model failed. The domain's responses are said.")
        written = [Written(None, "model_failed")] * len(wanted)
    for attempt in range(OFTEN_ENOUGH):
        said = list(turn.dispatcher.messages)
        try:
            if not _is_out_of_date(turn, attempt):
                break
            turn, events = again()
        except Exception:
            logger.exception("A turn could not be worked out again. It is answered as it was worked out before.")
            turn.dispatcher.messages[:] = said
            break
    _say_written(turn, writer, wanted, written, domain)
    return events


def _requests(turn: Turn, writer: ReplyWriter) -> list[tuple[Said, Request]]:
    """What of this turn the model may say, in the order it was said."""
    name = _first_name(turn)
    before = turn.runtime.replies.recent(turn.conversation_id)
    found = []
    for said in turn.said:
        if not writer.knows(said.act):
            continue
        act = writer.acts.acts[said.act]
        facts = _facts(said, writer)
        if name and not found:  # once in a turn
            facts["first_name"] = name
        heard = PRIVATE.sub("", turn.text) if act.heard and not turn.text.startswith("/") else None
        found.append((said, Request(said.act, facts, said.features, _tone(turn), heard, before)))
    return found


def _is_written(conversation_id: str) -> bool:
    """Whether the model writes in this conversation: all of it or nothing, so that the two kinds can be compared."""
    return _number(conversation_id) % 100 < settings.reply_share


def _facts(said: Said, writer: ReplyWriter) -> dict[str, Fact]:
    """The facts of what was said that its act may state. One without a value is nothing to state."""
    known = writer.acts.known(writer.acts.acts[said.act])
    return {name: _fact(value) for name, value in said.facts.items() if name in known and value not in (None, "")}


def _fact(value: Any) -> Fact:
    return str(value) if isinstance(value, (int, float)) else value


def _first_name(turn: Turn) -> str | None:
    """The customer's first name in some of the turns; in a greeting always."""
    if not turn.customer_id:
        return None
    chosen = _lot(turn) % NAMED_EVERY == 0
    if not chosen and turn.intent != "greet":
        return None
    with turn.runtime.database.session() as db:
        found = customers.customer(db, turn.customer_id)
    return found.first_name.strip() or None if found else None


def _tone(turn: Turn) -> str:
    """One of the shop's tones, the same for all that is said in a turn."""
    return settings.reply_tones[_lot(turn) // NAMED_EVERY % len(settings.reply_tones)]


def _lot(turn: Turn) -> int:
    """A number drawn for this turn: the same when it is worked out again."""
    return _number(turn.message_id)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _is_out_of_date(turn: Turn, attempt: int) -> bool:
    """Whether a product or an offer that this turn speaks of may have changed since it was worked out."""
    drawn = [turn.dispatcher.messages[said.place].get("custom") or {} for said in turn.said]
    # Nothing tells when a promotion was changed or ended, so what offers one is worked out twice in any case.
    if attempt == 0 and any(each.get("offer") for each in drawn):
        return True
    changed = turn.runtime.changed_since(turn.mark)
    if not changed:
        return False
    shown = {card["product_id"] for each in drawn for card in each.get("cards") or []}
    # Of a total or a status that stands without cards nobody knows which products it depends on.
    bare = any(said.facts and not each.get("cards") for said, each in zip(turn.said, drawn, strict=True))
    return bare or bool(shown & changed)


def _say_written(
    turn: Turn, writer: ReplyWriter, wanted: Sequence[tuple[Said, Request]], written: Sequence[Written],
    domain: dict[str, Any],
) -> None:
    """Fill the templates with the facts of ``turn`` and put them in its messages."""
    templates = {_key(said): (request, found) for (said, request), found in zip(wanted, written, strict=True)}
    records = []
    for said in turn.said:
        if not writer.knows(said.act):
            continue
        request, found = templates.get(_key(said), (None, Written(None, "changed_meanwhile")))
        text, reason = None, found.reason
        if request is not None and found.template is not None:
            try:
                text, reason = _filled(turn, writer, said, request, found.template)
            except Exception:
                logger.exception("%s could not be filled. The domain's response is said.", said.response)
                reason = "not_filled"
        if text is not None:
            message = turn.dispatcher.messages[said.place]
            message |= {"text": text, "response": None, "template": None}
            message["buttons"] = message.get("buttons") or _buttons(domain, said.response)
            turn.runtime.replies.remember(turn.conversation_id, found.template)
        records.append(ReplyRecord(
            turn.conversation_id, turn.message_id, said.act, found.template if text else None, reason,
            found.candidates, found.rejected, found.ms, writer.version,
            tuple(request.facts if request is not None else _facts(said, writer)), found.tried,
        ))
    try:
        with turn.runtime.database.session() as db:
            replies.record(db, records)
    except Exception:
        logger.exception("How %d replies were written could not be recorded; they are sent.", len(records))


def _filled(
    turn: Turn, writer: ReplyWriter, said: Said, request: Request, template: str
) -> tuple[str | None, str | None]:
    """The text, or None and the reason why it must not leave."""
    facts = _facts(said, writer)
    if "first_name" in request.facts:
        facts["first_name"] = request.facts["first_name"]
    if facts.keys() != request.facts.keys() or said.features != request.features:
        return None, "changed_meanwhile"
    words = values(facts, turn.runtime.replies.locale)
    text = fill(template, words, turn.runtime.replies.locale.article)
    verdict = writer.gate.check_text(writer.acts.acts[said.act], template, words, text)
    return (text, None) if verdict.ok else (None, verdict.reason)


def _key(said: Said) -> tuple[int, str]:
    return said.place, said.response


def _buttons(domain: dict[str, Any], response: str) -> list[dict[str, str]]:
    """The buttons that the domain gives a response; those an action gives stand in its message already."""
    variants = (domain.get("responses") or {}).get(response) or [{}]
    return [dict(each) for each in variants[0].get("buttons") or []]
