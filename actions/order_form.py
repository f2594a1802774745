"""The one form about orders: which order, whose, and what a task needs, through all the turns that people take."""
from __future__ import annotations

import re

from actions import order_hearing as hearing
from actions.addresses import has_postcode, read_address
from actions.form_talk import FormBrain, FormTalk
from actions.order_access import is_somebody_elses, known_order, offered_orders, speaker
from actions.order_questions import PERSON, ask, say_not_allowed
from actions.order_tasks import ALTERED, TASK_OF_INTENT, TASKS, OrderTask, suits
from shop import orders
from shop.errors import NotAllowed, NotFound, TooManyTries
from shop.orders import Order, check_allowed

RETURNS = ("return", "exchange", "refund")
REASON_WORDS = re.compile(
    r"\b(?:too (?:small|big|large|tight|loose|long|short|wide|narrow|heavy)|broken|damaged|faulty|defect\w*|cracked|"
    r"torn|stain\w*|scratched|wrong (?:size|colour|color|item|one)|does ?n[o']t (?:fit|work)|do ?n[o']t (?:fit|like)|"
    r"never (?:came|arrived)|missing|changed my mind|not as described)\b",
    re.IGNORECASE,
)


class AskFor(Exception):
    """The form waits for this slot next."""

    def __init__(self, slot: str) -> None:
        super().__init__(slot)
        self.slot = slot


class Over(Exception):
    """There is nothing more to ask and nothing to do: the shopper was told why."""


class OrderForm(FormBrain):
    action_name = "validate_order_form"
    form = "order_form"
    slots = ("order_number", "order_proof", *ALTERED)

    # ---- what was said

    def hear(self, talk: FormTalk) -> bool:
        turn = talk.turn
        if is_somebody_elses(turn):
            talk.forget("order_number", "order_proof", "verified_order", "proven_for", *ALTERED)
            self._hear_task(talk)
            return True  # the message may answer a question that was put to somebody else
        # In this order: a task decides what counts, a number decides whose proof it is.
        heard = [
            self._hear_task(talk), self._hear_order(talk), self._hear_proof(talk), self._hear_needs(talk)
        ]
        return any(heard)

    def _hear_task(self, talk: FormTalk) -> bool:
        turn, was = talk.turn, talk["order_task"]
        task = TASK_OF_INTENT.get(turn.intent)
        if task is None:
            return False
        if task == "return" and (
            turn.entity("order_task") == "exchange"
            or (not hearing.is_payload(turn) and hearing.EXCHANGE.search(turn.text))
        ):
            task = "exchange"
        if talk.requested == "return_reason" and was in RETURNS and task in RETURNS:
            if not hearing.is_payload(turn) and not hearing.INSTEAD.search(turn.text):
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

    def _hear_order(self, talk: FormTalk) -> bool:
        turn, was = talk.turn, talk["order_number"]
        numbers = hearing.order_numbers(turn)
        number = numbers[-1] if numbers else self._ordinal_order(talk)
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
        if hearing.is_payload(turn) or talk.opening:
            return False
        if was and talk.requested != "return_line" and hearing.OTHER_ONE.search(turn.text):
            self._take_the_other(talk, was)
            return True
        if talk.requested == "order_number" and re.search(r"\d{3,}", turn.text) and "@" not in turn.text:
            if turn.intent in hearing.ANSWERS:
                turn.say("utter_order_number_form")
                talk["order_number"] = None
                return True
        return False

    def _ordinal_order(self, talk: FormTalk) -> str | None:
        """ "The second one" of the orders offered; "my last order" is the newest, which stands first."""
        ordinal = talk.turn.entity("ordinal")
        waits = talk.requested == "order_number" or (talk.opening and ordinal == -1)
        if not waits or not isinstance(ordinal, int):
            return None
        offered = offered_orders(talk.turn, TASKS.get(talk["order_task"]) if not talk.opening else None)
        index = 0 if ordinal == -1 else ordinal - 1
        return offered[index].number if 0 <= index < len(offered) else None

    def _take_the_other(self, talk: FormTalk, refused: str) -> None:
        others = offered_orders(talk.turn, TASKS.get(talk["order_task"]), avoid=refused)
        talk.forget("verified_order", "return_line", "confirmed")
        talk["order_number"] = others[0].number if len(others) == 1 else None
        if len(others) == 1:
            talk.turn.say("utter_order_corrected", number=others[0].number)

    def _hear_proof(self, talk: FormTalk) -> bool:
        turn = talk.turn
        if turn.customer_id or (talk["order_number"] and talk["verified_order"] == talk["order_number"]):
            return False
        said = hearing.proof(turn)
        if said is None and talk.requested == "order_proof":
            said = hearing.typed_proof(turn)
        if said:
            talk["order_proof"] = said
        return bool(said)

    def _hear_needs(self, talk: FormTalk) -> bool:
        task = TASKS.get(talk["order_task"])
        if task is None:
            return False
        heard = False
        if "new_address" in task.needs:
            heard |= self._hear_address(talk)
        if "return_reason" in task.needs:
            heard |= self._hear_reason(talk)
        if talk.requested == "return_line":
            line = hearing.return_line(talk.turn, self._returnable(talk))
            if line:
                talk["return_line"] = line
                heard = True
        if talk.requested == "confirmed" and not heard and "order_number" not in talk.changed:
            heard |= self._hear_confirmation(talk)
        return heard

    def _hear_address(self, talk: FormTalk) -> bool:
        turn = talk.turn
        if talk.requested in ("new_address", "confirmed"):
            said = hearing.new_address(turn)
        elif talk.opening and not hearing.is_payload(turn):
            said = re.split(r"\bto\b", turn.text)[-1].strip()
            said = said if has_postcode(said) else None
        else:
            said = None
        if said:
            talk["new_address"] = said
            talk["confirmed"] = None
        return bool(said)

    def _hear_reason(self, talk: FormTalk) -> bool:
        turn, said = talk.turn, None
        if talk.requested == "return_reason" or (talk.requested == "confirmed" and turn.intent == "inform"):
            if not hearing.order_numbers(turn):
                said = hearing.return_reason(turn)
        elif talk.opening and not hearing.is_payload(turn) and REASON_WORDS.search(turn.text):
            said = turn.text.strip()[: hearing.LONGEST_REASON_CHARS]
        if said:
            talk["return_reason"] = said
            talk["confirmed"] = None
        return bool(said)

    def _hear_confirmation(self, talk: FormTalk) -> bool:
        turn = talk.turn
        answer = hearing.confirmation(turn)
        if answer is None and TASK_OF_INTENT.get(turn.intent) == talk["order_task"]:
            # "yes, cancel it" is a yes, though the classifier hears the task again.
            if hearing.YES.search(turn.text):
                answer = True
            elif hearing.NO.search(turn.text):
                answer = False
        if answer is not None:
            talk["confirmed"] = answer
        return answer is not None

    # ---- what follows from it

    def plan(self, talk: FormTalk) -> str | None:
        try:
            task = TASKS.get(talk["order_task"])
            if task is None:
                raise Over
            order = self._order(talk, task)
            self._check(talk, task, order)
            if task.name == "refund" and not outstanding(order):
                talk["order_task"] = "refund_status"  # it is under way already: say how it stands
                return None
            for need in task.needs:
                self._need(talk, need, order)
        except AskFor as wanted:
            ask(talk, wanted.slot)
            return wanted.slot
        except Over:
            talk.forget("order_task", *ALTERED)
        return None

    def resume(self, talk: FormTalk, requested: str) -> None:
        ask(talk, requested)

    def _order(self, talk: FormTalk, task: OrderTask) -> Order:
        """The order that this person may see. Raises AskFor where number or proof are wanted, Over where none is."""
        turn = talk.turn
        if turn.customer_id:
            return self._own_order(talk, task)
        number = talk["order_number"]
        if not number:
            raise AskFor("order_number")
        known = known_order(turn, number, talk["verified_order"])
        if known is not None:
            if talk.opening and "order_number" not in talk.changed:
                turn.say("utter_order_remembered", number=number)
            return known
        if not talk["order_proof"]:
            raise AskFor("order_proof")
        try:
            order = orders.prove(turn.db, number, talk["order_proof"], turn.visitor_id)
        except NotFound:
            talk.forget("order_proof", "verified_order")
            turn.say("utter_proof_mismatch", number=number)
            raise AskFor("order_proof") from None
        except TooManyTries as limit:
            talk.forget("order_proof", "verified_order")
            turn.say("utter_too_many_tries", minutes=max(1, round(limit.retry_after_s / 60)), buttons=[PERSON])
            raise Over from None
        talk["verified_order"] = number
        talk["proven_for"] = speaker(turn)
        return order

    def _own_order(self, talk: FormTalk, task: OrderTask) -> Order:
        turn, number = talk.turn, talk["order_number"]
        if number:
            order = orders.order(turn.db, number, turn.customer_id)
            if order is None:
                talk["order_number"] = None
                turn.say("utter_order_not_found", number=number)
                raise AskFor("order_number")
            fresh = "order_number" in talk.changed
            if not talk.opening or fresh or suits(task, order):
                talk["proven_for"] = speaker(turn)
                if talk.opening and not fresh:
                    turn.say("utter_order_remembered", number=number)
                return order
            talk["order_number"] = None  # left over from an earlier task that this one does not fit
        offered = offered_orders(turn, task)
        if not offered:
            turn.say("utter_no_orders")
            raise Over
        if len(offered) > 1 or not suits(task, offered[0]):
            raise AskFor("order_number")
        talk["order_number"] = offered[0].number
        talk["proven_for"] = speaker(turn)
        turn.say("utter_order_taken", number=offered[0].number)
        return offered[0]

    def _check(self, talk: FormTalk, task: OrderTask, order: Order) -> None:
        """Say no at once where the shop's rules forbid the task, before anybody types an address in vain."""
        if task.name == "change":
            return  # what can still be changed is the answer itself
        try:
            check_allowed(talk.turn.db, order, task.name)
        except NotAllowed as refusal:
            say_not_allowed(talk.turn, refusal, order)
            raise Over from None

    def _need(self, talk: FormTalk, need: str, order: Order) -> None:
        """Raises AskFor where the slot is still wanted."""
        if need == "return_line" and not talk["return_line"]:
            lines = [line for line in order.lines if not line.returned]
            said = hearing.return_line(talk.turn, lines) if talk.opening else None
            if len(lines) == 1:
                said = str(lines[0].line_id)
            if said is None:
                raise AskFor("return_line")
            talk["return_line"] = said
        elif need == "new_address":
            if not talk["new_address"]:
                raise AskFor("new_address")
            _, missing = read_address(talk["new_address"], order.address)
            if missing:
                talk["new_address"] = None
                talk.turn.say("utter_address_incomplete", missing=" and ".join(missing))
                raise AskFor("new_address")
        elif need == "confirmed" and talk["confirmed"] is False:
            talk.turn.say("utter_left_as_it_is", number=order.number)
            raise Over
        elif not talk[need]:
            raise AskFor(need)

    def _returnable(self, talk: FormTalk) -> list:
        order = known_order(talk.turn, talk["order_number"], talk["verified_order"])
        return [line for line in order.lines if not line.returned] if order else []


def outstanding(order: Order) -> bool:
    """Whether something was sent back for which no money is on its way yet, as with an exchange."""
    refunded = {refund.return_id for refund in order.refunds}
    return any(item.return_id not in refunded for item in order.returns)
