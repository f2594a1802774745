"""The last step of the ticket form: store what a colleague shall read, and say honestly what happens next."""
from __future__ import annotations

from rasa_sdk.events import EventType, SlotSet

from actions.base import ShopAction, Turn
from actions.history import misunderstood_before
from actions.order_tasks import TASKS
from actions.ticket_form import FILLED, NONE, opening_hours, wants_email
from shop import catalogue, conversations, customers, takeover, tickets
from shop.tickets import Ticket

FAILED_AFTER = 2  # messages in a row that led nowhere: then the bot offers a person (actions/patterns.py)


class FileTicket(ShopAction):
    action_name = "action_file_ticket"

    def act(self, turn: Turn) -> list[EventType]:
        kind = turn.slot("ticket_kind")
        if kind not in SAID:
            return []
        ticket = _asked_before(turn) if kind == "handover" else None
        ticket = ticket or tickets.open_ticket(
            turn.db, kind, turn.slot("ticket_text") or DEFAULT_TEXT[kind], turn.message_id,
            customer_id=turn.customer_id, visitor_id=turn.visitor_id, conversation_id=turn.conversation_id,
            order_number=_given(turn, "ticket_order"),
            product_id=_given(turn, "review_product") if kind == "review" else None,
            rating=int(turn.slot("rating")) if kind == "review" else None, contact_email=_reply_to(turn),
        )  # fmt: skip
        if address := _reply_to(turn):
            conversations.set_contact_email(turn.db, turn.conversation_id, address)
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
    """A colleague is called into the chat, or it is said who writes where: nobody is promised who does not come."""
    # Who was asked for an address, given or not, was told that nobody can come.
    if turn.slot("contact_email") is None and not wants_email(turn) and _is_called(turn):
        turn.say("utter_handover_waiting", ticket=ticket.reference)
        return
    reply_to = _reply_to(turn) or "this chat, where you find it when you come back"
    if takeover.prospect(turn.db, turn.conversation_id) == "closed":
        turn.say("utter_handover_closed", ticket=ticket.reference, hours=opening_hours(turn), reply_to=reply_to)
    else:
        turn.say("utter_handover_busy", ticket=ticket.reference, reply_to=reply_to)


def _is_called(turn: Turn) -> bool:
    """Call somebody of staff into the conversation; False where none can come."""
    if not turn.seq:
        return False
    reason = "failed" if misunderstood_before(turn.tracker) >= FAILED_AFTER else "asked"
    standing = takeover.request(turn.db, turn.conversation_id, reason, turn.seq)
    return standing.status in ("waiting", "staff")


SAID = {"complaint": _said_complaint, "review": _said_review, "handover": _said_handover}

DEFAULT_TEXT = {
    "complaint": "No text was given.", "review": "", "handover": "The shopper would like to talk to a person.",
}  # fmt: skip


def _asked_before(turn: Turn) -> Ticket | None:
    """The open wish for a person of this conversation: asked again it is the same one, with the newest address."""
    ticket = next(iter(tickets.of_conversation(turn.db, turn.conversation_id, "handover")), None)
    address = _reply_to(turn)
    if ticket is not None and address and ticket.contact_email != address:
        tickets.set_contact_email(turn.db, ticket.ticket_id, address)
    return ticket


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
