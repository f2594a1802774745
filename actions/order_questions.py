"""What the order form asks, with buttons for the likely answers, and how it says that something is not allowed."""
from __future__ import annotations

from actions.addresses import one_line, read_address
from actions.base import Turn
from actions.form_talk import FormTalk
from actions.order_access import known_order, offered_orders
from actions.order_tasks import TASKS, button, returnable, unpaid_lines
from actions.order_wording import line_words, order_facts, order_title
from shop.errors import NotAllowed
from shop.orders import Order

PERSON = {"title": "Talk to a person", "payload": "/human_handoff"}
NO_NUMBER = {"title": "I don't have the number", "payload": "/cannot_provide"}
YES_NO = ({"title": "Yes, please", "payload": "/affirm"}, {"title": "No, leave it", "payload": "/deny"})

REASONS = ("Too small", "Too large", "Faulty or damaged", "Not as described", "I changed my mind")


def ask(talk: FormTalk, slot: str) -> None:
    """Ask for ``slot``, with what is in hand filled in."""
    QUESTIONS[slot](talk)


def _ask_order_number(talk: FormTalk) -> None:
    turn = talk.turn
    task = TASKS.get(talk["order_task"])
    offered = offered_orders(turn, task, avoid=talk.refused_order)
    if offered:
        buttons = [
            {"title": order_title(order), "payload": f'/inform{{"order_number": "{order.number}"}}'}
            for order in offered
        ]
        turn.say("utter_ask_which_order", buttons=buttons)
    else:
        turn.say("utter_request_order_number", buttons=[NO_NUMBER])


def _ask_order_proof(talk: FormTalk) -> None:
    talk.turn.say("utter_request_order_proof", number=talk["order_number"])


def _ask_new_address(talk: FormTalk) -> None:
    talk.turn.say("utter_request_new_address", number=talk["order_number"])


def _ask_return_line(talk: FormTalk) -> None:
    order = _order(talk)
    lines = returnable(order) if order else []
    buttons = [
        {"title": line_words(line)[:60], "payload": f'/inform{{"order_line": "{line.line_id}"}}'}
        for line in lines[:6]
    ]
    buttons.append({"title": "All of it", "payload": '/inform{"order_line": "all"}'})
    talk.turn.say("utter_request_return_line", number=talk["order_number"], buttons=buttons)


def _ask_return_reason(talk: FormTalk) -> None:
    buttons = [
        {"title": reason, "payload": f'/inform{{"return_reason": "{reason.lower().replace("i c", "I c")}"}}'}
        for reason in REASONS
    ]
    talk.turn.say("utter_request_return_reason", buttons=buttons)


def _ask_confirmed(talk: FormTalk) -> None:
    """Name exactly what a yes will do: the order, the item, the address."""
    order = _order(talk)
    if order is None:
        return
    facts = order_facts(order)
    if talk["order_task"] == "address":
        facts["address"] = one_line(read_address(talk["new_address"], order.address)[0])
    if talk["return_line"] and talk["return_line"] != "all":
        facts["items"] = next(
            (line_words(line) for line in order.lines if str(line.line_id) == talk["return_line"]), facts["items"]
        )
    if talk["order_task"] == "refund":
        facts["items"] = " and ".join(map(line_words, unpaid_lines(order)))
    facts["reason"] = talk["return_reason"] or ""
    talk.turn.say(f"utter_confirm_{talk['order_task']}", buttons=list(YES_NO), **facts)


QUESTIONS = {
    "order_number": _ask_order_number,
    "order_proof": _ask_order_proof,
    "new_address": _ask_new_address,
    "return_line": _ask_return_line,
    "return_reason": _ask_return_reason,
    "confirmed": _ask_confirmed,
}


def say_not_allowed(turn: Turn, refusal: NotAllowed, order: Order) -> None:
    """Why not, in the shop's words, and the nearest thing that is possible, as a button."""
    buttons = []
    if refusal.alternative in TASKS:
        buttons.append(button(refusal.alternative, order_number=order.number))
    buttons.append(PERSON)
    turn.say("utter_not_allowed", why=str(refusal.message), number=order.number, buttons=buttons)


def _order(talk: FormTalk) -> Order | None:
    return known_order(talk.turn, talk["order_number"], talk["verified_order"])
