"""The last step of the order form: exactly one thing, for exactly one order, of the one who may have it."""
from __future__ import annotations

import logging
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.addresses import one_line, read_address
from actions.base import ShopAction, Turn
from actions.order_access import is_somebody_elses, known_order
from actions.order_questions import PERSON, say_not_allowed
from actions.order_tasks import ALTERED, TASKS, button
from actions.order_wording import STATUS_WORDS, expected_sentence, line_words, order_card, order_facts
from actions.wording import money
from shop import order_states, orders, policies
from shop.errors import BadInput, NotAllowed, NotFound
from shop.orders import Order, Refund

logger = logging.getLogger(__name__)

REFUND_WORDS = {
    "requested": "asked for and waiting for a check",
    "approved": "approved, the money is on its way",
    "paid": "paid",
    "refused": "refused",
}


class DoOrderTask(ShopAction):
    """Carry out the task of the form. A form that ended early has no task left, and nothing is done."""

    action_name = "action_order_task"

    def act(self, turn: Turn) -> list[EventType]:
        task = turn.slot("order_task")
        if task not in TASKS:
            return []
        done = [SlotSet(name, None) for name in ("order_task", "order_proof", *ALTERED)]
        number = turn.slot("order_number")
        order = None if is_somebody_elses(turn) else known_order(turn, number, turn.slot("verified_order"))
        if order is None:
            turn.say("utter_order_gone")
            return done
        if "confirmed" in TASKS[task].needs and turn.slot("confirmed") is not True:
            logger.error("Task %s of order %s came without a yes; nothing was changed", task, order.number)
            turn.say("utter_left_as_it_is", number=order.number)
            return done
        try:
            ANSWERS[task](turn, order)
        except NotAllowed as refusal:  # the order moved on between the question and the yes
            say_not_allowed(turn, refusal, order)
        except (BadInput, NotFound) as refusal:
            logger.warning("Task %s of order %s was refused: %s", task, order.number, refusal)
            turn.say("utter_task_refused", buttons=[PERSON], number=order.number)
        return done


def _track(turn: Turn, order: Order) -> None:
    link = {"title": "Follow the parcel", "url": order.tracking_url} if order.tracking_url else None
    turn.say(
        "utter_track", order=order_card(order), link=link, buttons=_next_steps(order),
        expected=expected_sentence(order), **order_facts(order),
    )


def _next_steps(order: Order) -> list[dict[str, str]]:
    """What may be done with the order as it is."""
    if order_states.allows(order, "cancel"):
        return [button("address", "Change the address", order.number), button("cancel", "Cancel it", order.number)]
    if order_states.allows(order, "return"):
        return [button("return", "Return something", order.number), button("invoice", "Invoice", order.number)]
    if order.refunds:
        return [button("refund_status", "How is my refund?", order.number)]
    return []


def _cancel(turn: Turn, order: Order) -> None:
    cancelled = orders.cancel(turn.db, order, turn.message_id)
    back = sum(refund.amount_cents for refund in cancelled.refunds if refund.return_id is None)
    refund = f"You get {money(back, cancelled.currency)} back the way you paid." if back else (
        "Nothing was paid, so there is nothing to pay back."
    )
    turn.say("utter_order_cancelled", number=order.number, refund=refund, order=order_card(cancelled))


def _change(turn: Turn, order: Order) -> None:
    facts = {"number": order.number, "status": STATUS_WORDS[order.status]}
    if order_states.allows(order, "address"):
        steps = [*_next_steps(order), PERSON]
        turn.say("utter_change_options", order=order_card(order), buttons=steps, **facts)
    else:
        steps = [*_next_steps(order), PERSON]
        turn.say("utter_change_too_late", buttons=steps, **facts)


def _address(turn: Turn, order: Order) -> None:
    address, _ = read_address(turn.slot("new_address"), order.address)
    changed = orders.change_address(turn.db, order, address, turn.message_id)
    turn.say(
        "utter_address_changed", number=order.number, address=one_line(changed.address), order=order_card(changed)
    )


def _return(turn: Turn, order: Order, exchange: bool = False) -> None:
    chosen = turn.slot("return_line")
    line_id = None if chosen == "all" else int(chosen)
    before = {line.line_id for line in order.lines if line.returned}
    changed = orders.start_return(
        turn.db, order, line_id, turn.slot("return_reason"), turn.message_id, exchange=exchange
    )
    sent = [line for line in changed.lines if line.line_id == line_id or (line_id is None and line.returned)]
    sent = [line for line in sent if line.line_id not in before] or sent
    ids = {line.line_id for line in sent}
    registered = [item for item in changed.returns if item.line_id in ids]
    back = sum(
        refund.amount_cents for refund in changed.refunds
        if refund.return_id in {item.return_id for item in registered}
    )
    turn.say(
        "utter_exchange_started" if exchange else "utter_return_started",
        number=order.number, items=" and ".join(line_words(line) for line in sent),
        reference=" and ".join(item.reference for item in registered), amount=money(back, changed.currency),
        return_days=policies.facts(turn.db)["return_days"],
    )


def _exchange(turn: Turn, order: Order) -> None:
    _return(turn, order, exchange=True)


def _refund(turn: Turn, order: Order) -> None:
    before = {refund.refund_id for refund in order.refunds}
    refunds = orders.request_refund(turn.db, order, turn.message_id)
    added = [refund for refund in refunds if refund.refund_id not in before] or refunds
    amount = money(sum(refund.amount_cents for refund in added), order.currency)
    turn.say("utter_refund_requested", number=order.number, amount=amount)


def _refund_status(turn: Turn, order: Order) -> None:
    refunds = orders.refund_status(turn.db, order)
    if not refunds:
        steps = [button("return", "Return something", order.number)] if order.status == "delivered" else []
        turn.say("utter_refund_none", number=order.number, buttons=steps)
        return
    turn.say("utter_refund_status", number=order.number, refunds="; ".join(map(refund_words, refunds)))


def refund_words(refund: Refund) -> str:
    """"€20.00 paid on 3 November"."""
    words = f"{money(refund.amount_cents, refund.currency)} {REFUND_WORDS[refund.status]}"
    return f"{words} on {refund.paid_at:%d %B}" if refund.paid_at else words


def _invoice(turn: Turn, order: Order) -> None:
    invoice = orders.invoice(turn.db, order)
    turn.say(
        "utter_invoice", number=order.number, invoice=invoice.number,
        total=money(order.total_cents, order.currency),
        link={"title": f"Invoice {invoice.number}", "url": invoice.url} if turn.customer_id else None,
    )
    if not turn.customer_id:
        # The page is behind the sign-in; a guest's copy goes to the address that they proved or that is on the order.
        turn.say("utter_invoice_guest", buttons=[PERSON])


ANSWERS: dict[str, Any] = {
    "track": _track, "cancel": _cancel, "change": _change, "address": _address, "return": _return,
    "exchange": _exchange, "refund": _refund, "refund_status": _refund_status, "invoice": _invoice,
}  # fmt: skip


class ShowOrderHistory(ShopAction):
    """A customer's latest orders, as a table and as buttons; a guest is told the two ways there are."""

    action_name = "action_order_history"

    def act(self, turn: Turn) -> list[EventType]:
        if not turn.customer_id:
            turn.say(
                "utter_order_history_guest", buttons=[button("track")], link={"title": "Sign in", "url": "/sign-in"}
            )
            return []
        found = orders.orders_of(turn.db, turn.customer_id, limit=10)
        if not found:
            turn.say("utter_no_orders")
            return []
        rows = [
            [
                f"#{order.number}", turn.date(order.placed_at), STATUS_WORDS[order.status],
                money(order.total_cents, order.currency),
            ]
            for order in found
        ]
        turn.say(
            "utter_order_history", table={"columns": ["Order", "Placed", "State", "Total"], "rows": rows},
            buttons=[button("track", f"#{order.number}", order.number) for order in found[:4]],
        )
        return []
