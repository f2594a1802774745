"""The last step of the ticket form: store what a colleague shall read, and say honestly what happens next."""
from __future__ import annotations

from rasa_sdk.events import EventType, SlotSet

from actions.base import ShopAction, Turn
from actions.opening_hours import is_open
from actions.order_tasks import TASKS
from actions.ticket_form import FILLED, NONE
from shop import catalogue, conversations, customers, policies, tickets
from shop.tickets import Ticket


class FileTicket(ShopAction):
    action_name = "action_file_ticket"

    def act(self, turn: Turn) -> list[EventType]:
        kind = turn.slot("ticket_kind")
        if kind not in SAID:
            return []
        if kind == "handover" and _waits_already(turn):
            turn.say("utter_handover_again")
            return [SlotSet(name, None) for name in ("ticket_kind", *FILLED)]
        ticket = tickets.open_ticket(
            turn.db, kind, turn.slot("ticket_text") or DEFAULT_TEXT[kind], turn.message_id,
            customer_id=turn.customer_id, visitor_id=turn.visitor_id, conversation_id=turn.conversation_id,
            order_number=_given(turn, "ticket_order"),
            product_id=_given(turn, "review_product") if kind == "review" else None,
            rating=int(turn.slot("rating")) if kind == "review" else None, contact_email=_reply_to(turn),
        )  # fmt: skip
        SAID[kind](turn, ticket)
        _offer_to_resume(turn)
        return [SlotSet(name, None) for name in ("ticket_kind", *FILLED)]


def _said_complaint(turn: Turn, ticket: Ticket) -> None:
    address = _reply_to(turn)
    reply_to = f"You will get the answer at {address}." if address else "Without an address we can't write back."
    turn.say("utter_complaint_filed", ticket=ticket.reference, reply_to=reply_to)


def _said_review(turn: Turn, ticket: Ticket) -> None:
    product = catalogue.product(turn.db, ticket.product_id)
    stars = "one star" if ticket.rating == 1 else f"{ticket.rating} stars"
    turn.say("utter_review_filed", product=product.title if product else "it", stars=stars)


def _said_handover(turn: Turn, ticket: Ticket) -> None:
    facts = policies.facts(turn.db)
    conversations.set_status(turn.db, turn.conversation_id, "waiting", expected=("bot", "resolved"))
    if is_open(facts):
        turn.say("utter_handover_open", ticket=ticket.reference)
        return
    turn.say(
        "utter_handover_closed", ticket=ticket.reference, hours=facts.get("support_hours") or "on the contact page",
        reply_to=_reply_to(turn) or "this chat, where you find it when you come back",
    )


SAID = {"complaint": _said_complaint, "review": _said_review, "handover": _said_handover}

DEFAULT_TEXT = {
    "complaint": "No text was given.", "review": "", "handover": "The shopper would like to talk to a person.",
}  # fmt: skip


def _waits_already(turn: Turn) -> bool:
    """Whether a colleague was called by an earlier message; this one may have been carried out before as well."""
    conversation = conversations.get(turn.db, turn.conversation_id)
    waits = conversation is not None and conversation.status == "waiting"
    return waits and tickets.of_request(turn.db, turn.message_id, "handover") is None


def _given(turn: Turn, slot: str) -> str | None:
    value = turn.slot(slot)
    return None if value in (None, "", NONE) else value


def _reply_to(turn: Turn) -> str | None:
    """A signed-in customer's own address, else the one that was typed; None where none was given."""
    if turn.customer_id:
        found = customers.customer(turn.db, turn.customer_id)
        return found.email if found else None
    return _given(turn, "contact_email")


def _offer_to_resume(turn: Turn) -> None:
    """An order task that was put aside for this is still in hand: one press, and its form goes on."""
    task = TASKS.get(turn.slot("order_task") or "")
    if task:
        turn.say("utter_resume_order", buttons=[{"title": task.title, "payload": f"/{task.intent}"}])
