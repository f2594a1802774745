"""What a message changes in the order form: its task, its order, the proof, and what the task needs."""
from __future__ import annotations

import re

from actions import order_message as message
from actions.addresses import has_postcode
from actions.form_talk import FormTalk
from actions.order_access import known_order, offered_orders
from actions.order_tasks import ALTERED, TASK_OF_INTENT, TASKS, returnable
from shop.orders import OrderLine

RETURNS = ("return", "exchange", "refund")
REASON_WORDS = re.compile(
    r"\b(?:too (?:small|big|large|tight|loose|long|short|wide|narrow|heavy)|broken|damaged|faulty|defect\w*|cracked|"
    r"torn|stain\w*|scratched|wrong (?:size|colour|color|item|one)|does ?n[o']t (?:fit|work)|do ?n[o']t (?:fit|like)|"
    r"never (?:came|arrived)|missing|changed my mind|not as described)\b",
    re.IGNORECASE,
)
MISTYPED = re.compile(r"^[^@]*\d{3,}[^@]*$")


def hear_task(talk: FormTalk) -> bool:
    """An intent that names a task: the one that opens the form, or another in the middle of it."""
    turn, was = talk.turn, talk["order_task"]
    task = TASK_OF_INTENT.get(turn.intent)
    if task is None:
        return False
    if task == "return" and (
        turn.entity("order_task") == "exchange"
        or (not message.is_payload(turn) and message.EXCHANGE.search(turn.text))
    ):
        task = "exchange"
    gives_reason = was in RETURNS and task in RETURNS and (
        talk.requested == "return_reason"
        or (talk.requested == "confirmed" and bool(REASON_WORDS.search(turn.text)))
    )
    if gives_reason and not message.is_payload(turn) and not message.INSTEAD.search(turn.text):
        return False  # "it arrived broken, I want my money back" is the reason that was asked for
    talk["order_task"] = task
    if task == was:
        return True
    if not (was in RETURNS and task in RETURNS):
        talk.forget(*ALTERED)
    talk["confirmed"] = None
    if not talk.opening:
        turn.say("utter_order_task_switched", task=TASKS[task].title.lower())
    return True


def hear_order(talk: FormTalk) -> bool:
    """A number, a place in the list that was offered, or "the other one"; also a correction of what was said before."""
    turn, was = talk.turn, talk["order_number"]
    numbers = message.order_numbers(turn)
    number = numbers[-1] if numbers else _ordinal_order(talk)
    if number:
        if number != was:
            talk["order_number"] = number
            if talk["verified_order"] != number:
                talk["verified_order"] = None  # an e-mail address in hand may well prove this one too
            talk.forget("return_line", "confirmed")
            if was and not talk.opening:
                turn.say("utter_order_corrected", number=number)
        else:
            talk["order_number"] = number
        return True
    if turn.entities("order_number") and (talk.opening or talk.requested == "order_number"):
        turn.say("utter_order_number_form")
        talk["order_number"] = None
        return True
    if message.is_payload(turn) or talk.opening:
        return False
    if was and talk.requested != "return_line" and message.OTHER_ONE.search(turn.text):
        _take_the_other(talk, was)
        return True
    if talk.requested == "order_number" and turn.intent in message.ANSWERS and MISTYPED.search(turn.text):
        turn.say("utter_order_number_form")
        talk["order_number"] = None
        return True
    return False


def _ordinal_order(talk: FormTalk) -> str | None:
    """ "The second one" of the orders offered; "my last order" is the newest, which stands first."""
    ordinal = talk.turn.entity("ordinal")
    waits = talk.requested == "order_number" or (talk.opening and ordinal == -1)
    if not waits or not isinstance(ordinal, int):
        return None
    offered = offered_orders(talk.turn, TASKS.get(talk["order_task"]) if not talk.opening else None)
    index = 0 if ordinal == -1 else ordinal - 1
    return offered[index].number if 0 <= index < len(offered) else None


def _take_the_other(talk: FormTalk, refused: str) -> None:
    others = offered_orders(talk.turn, TASKS.get(talk["order_task"]), avoid=refused)
    talk.forget("verified_order", "return_line", "confirmed")
    talk.refused_order = refused
    talk["order_number"] = others[0].number if len(others) == 1 else None
    if len(others) == 1:
        talk.turn.say("utter_order_corrected", number=others[0].number)


def hear_proof(talk: FormTalk) -> bool:
    """A guest's e-mail address or postcode, as long as the order in hand is not proven."""
    turn = talk.turn
    if turn.customer_id or (talk["order_number"] and talk["verified_order"] == talk["order_number"]):
        return False
    said = message.proof(turn)
    if said is None and talk.requested == "order_proof":
        said = message.typed_proof(turn)
    if said:
        talk["order_proof"] = said
    return bool(said)


def hear_needs(talk: FormTalk) -> bool:
    """What the task needs beyond the order, where the form waits for it or the opening sentence holds it."""
    task = TASKS.get(talk["order_task"])
    if task is None:
        return False
    heard = False
    if "new_address" in task.needs:
        heard |= _hear_address(talk)
    if "return_reason" in task.needs:
        heard |= _hear_reason(talk)
    if talk.requested == "return_line":
        line = message.return_line(talk.turn, _returnable(talk))
        if line:
            talk["return_line"] = line
            heard = True
    if talk.requested == "confirmed" and not heard and "order_number" not in talk.changed:
        heard |= _hear_confirmation(talk)
    return heard


def _hear_address(talk: FormTalk) -> bool:
    turn = talk.turn
    if talk.requested in ("new_address", "confirmed"):
        said = message.new_address(turn)
    elif talk.opening and not message.is_payload(turn):
        said = re.split(r"\bto\b", turn.text)[-1].strip()
        said = said if has_postcode(said) else None
    else:
        said = None
    if said:
        talk["new_address"] = said
        talk["confirmed"] = None
    return bool(said)


def _hear_reason(talk: FormTalk) -> bool:
    turn, said = talk.turn, None
    if talk.requested == "return_reason" or (talk.requested == "confirmed" and _corrects_reason(talk)):
        if not message.order_numbers(turn):
            said = message.return_reason(turn)
    elif talk.opening and not message.is_payload(turn) and REASON_WORDS.search(turn.text):
        said = turn.text.strip()[: message.LONGEST_REASON_CHARS]
    if said:
        talk["return_reason"] = said
        talk["confirmed"] = None
    return bool(said)


def _corrects_reason(talk: FormTalk) -> bool:
    """Whether a message that came instead of a yes or no gives another reason: "actually it was damaged"."""
    turn = talk.turn
    if turn.intent == "inform":
        return True
    return turn.intent in message.COMPLAINING - {"stop"} and bool(REASON_WORDS.search(turn.text))


def _hear_confirmation(talk: FormTalk) -> bool:
    turn = talk.turn
    answer = message.confirmation(turn)
    if answer is None and TASK_OF_INTENT.get(turn.intent) == talk["order_task"]:
        # "yes, cancel it" is a yes, though the classifier hears the task again.
        if message.YES.search(turn.text):
            answer = True
        elif message.NO.search(turn.text):
            answer = False
    if answer is not None:
        talk["confirmed"] = answer
    return answer is not None


def _returnable(talk: FormTalk) -> list[OrderLine]:
    order = known_order(talk.turn, talk["order_number"], talk["verified_order"])
    return returnable(order) if order else []
