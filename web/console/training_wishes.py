"""What is stored of a correction or a conversation, as the trainers' files need it: with what is personal marked."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from models.training_data.dialogue_test import Said, Shopper
from models.training_data.neutral_values import neutral_sentence
from models.training_data.proposal import Wish
from shop import conversations, orders, reviews
from shop.conversations import Message
from shop.correction_decisions import ToDecide
from shop.errors import NotFound
from shop.masking import ORDER_NUMBER, Known, known_of, personal
from shop.reviews import Correction
from web.console.marked_text import in_stored_text

MOST_MESSAGES = 400


def wishes(db: Session, waiting: Sequence[ToDecide]) -> list[Wish]:
    """The wish of each correction, in order."""
    known = {each.customer_id: known_of(db, each.customer_id) for each in waiting}
    return [wish(each, known[each.customer_id]) for each in waiting]


def wish(item: ToDecide, known: Known) -> Wish:
    """``known``: what is stored of the customer, see ``known_of``."""
    correction, said = item.correction, item.said
    if correction.kind == "reply":
        wanted = correction.after["text"]
        return Wish(
            correction.correction_id, "reply", said.text, wanted=wanted, wanted_personal=personal(wanted, None, known),
            personal=personal(said.text, None, known), written=item.written,
            heard=_neutral(item.heard, known, correction.correction_id) if item.heard else None,
        )
    made = [*item.beside, correction]
    entities = _entities(said, made)
    return Wish(
        correction.correction_id, correction.kind, said.text, _intent(said, made), entities,
        personal(said.text, [*entities, *in_stored_text(said.text, said.entities)], known),
        wanted=correction.after["action"] if correction.kind == "action" else "",
    )


def said_in(db: Session, conversation_id: str) -> tuple[Shopper, list[Said]]:
    """Who speaks in the conversation, and what they said, as corrected. Raises NotFound where there is none."""
    conversation = conversations.get(db, conversation_id)
    if conversation is None:
        raise NotFound("conversation", conversation_id)
    known = known_of(db, conversation.customer_id)
    made: dict[int, list[Correction]] = {}
    for correction in reviews.of_conversation(db, conversation_id):
        if correction.status != "refused":
            made.setdefault(correction.seq, []).append(correction)
    said = [
        _said(message, made.get(message.seq, ()), known)
        for message in conversations.messages_after(db, conversation_id, 0, MOST_MESSAGES)
        if message.sender == "shopper"
    ]
    return _shopper(db, conversation.customer_id, said), said


def _said(message: Message, made: Iterable[Correction], known: Known) -> Said:
    made = list(made)
    entities = _entities(message, made)
    kinds = {each.kind: each for each in made}
    if "action" in kinds:
        actions = [kinds["action"].after["action"]]
    else:  # what was done for a wrong reason is nothing to test for
        actions = [] if "intent" in kinds else message.actions or []
    return Said(
        message.text, _intent(message, made), entities, actions,
        personal(message.text, [*entities, *in_stored_text(message.text, message.entities)], known),
        button=bool((message.payload or {}).get("payload")),
    )


def _shopper(db: Session, customer_id: str | None, said: Sequence[Said]) -> Shopper:
    if customer_id is None:
        return Shopper("guest")
    if not orders.orders_of(db, customer_id, 1):
        return Shopper("new")
    states: dict[str, str] = {}
    for each in said:
        for piece in each.personal:
            digits = "".join(filter(str.isdigit, each.text[piece.start:piece.end]))
            if piece.kind == ORDER_NUMBER and (order := orders.order(db, digits, customer_id)):
                states[digits] = order.status
    return Shopper("ada", states)


def _intent(message: Message, made: Iterable[Correction]) -> str | None:
    return next((each.after["intent"] for each in made if each.kind == "intent"), message.intent)


def _entities(message: Message, made: Iterable[Correction]) -> list[Mapping[str, Any]]:
    """Those that stand in the text: a button's have no place there."""
    found = next((each.after["entities"] for each in made if each.kind == "entities"), None)
    if found is None:
        found = in_stored_text(message.text, message.entities)
    return [each for each in found if isinstance(each.get("start"), int) and isinstance(each.get("end"), int)
            and 0 <= each["start"] < each["end"] <= len(message.text)]  # fmt: skip


def _neutral(message: Message, known: Known, seed: int) -> str:
    return neutral_sentence(message.text, personal(message.text, message.entities, known), (), seed)[0]
