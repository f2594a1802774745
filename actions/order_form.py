"""The one form about orders: which order, whose, and what a task needs, through all the turns that people take."""
from __future__ import annotations

from actions import order_message as message
from actions.addresses import read_address
from actions.form_talk import FormBrain, FormTalk
from actions.order_access import is_somebody_elses, known_order, offered_orders, speaker
from actions.order_form_slots import hear_needs, hear_order, hear_proof, hear_task
from actions.order_questions import PERSON, ask, say_not_allowed
from actions.order_tasks import ALTERED, TASK_OF_INTENT, TASKS, OrderTask, returnable, suits, unpaid_lines
from shop import orders
from shop.errors import NotAllowed, NotFound, TooManyTries
from shop.orders import Order, check_allowed


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
    opened_by = frozenset(TASK_OF_INTENT)
    slots = ("order_number", "order_proof", *ALTERED)

    def hear(self, talk: FormTalk) -> bool:
        turn = talk.turn
        if talk.opening:
            talk["confirmed"] = None  # a yes is worth nothing after the form was left, as by a failure
        if is_somebody_elses(turn):
            talk.forget("order_number", "order_proof", "verified_order", "proven_for", *ALTERED)
            hear_task(talk)
            hear_order(talk)
            hear_proof(talk)
            return True  # anything else in the message may answer a question that was put to somebody else
        # In this order: a task decides what counts, a number decides whose proof it is.
        return any([hear_task(talk), hear_order(talk), hear_proof(talk), hear_needs(talk)])

    def plan(self, talk: FormTalk) -> str | None:
        try:
            task = TASKS.get(talk["order_task"])
            if task is None:  # its opening was lost to a failure: ask what it was about
                talk.turn.say("utter_what_about_it")
                raise Over
            order = self._order(talk, task)
            task = self._exchange_instead(talk, task, order)
            self._check(talk, task, order)
            if task.name == "refund" and not unpaid_lines(order):
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
        if known is not None and self._is_meant(talk, task, known):
            return known
        if known is not None:
            talk["order_number"] = None
            raise AskFor("order_number")
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
            if self._is_meant(talk, task, order):
                talk["proven_for"] = speaker(turn)
                return order
            talk["order_number"] = None
        offered = offered_orders(turn, task, avoid=talk.refused_order)
        if not offered:
            turn.say("utter_no_orders")
            raise Over
        offered = self._named(talk, task, offered)
        if len(offered) > 1 or talk.refused_order or not suits(turn.db, task, offered[0]):
            raise AskFor("order_number")
        talk["order_number"] = offered[0].number
        talk["proven_for"] = speaker(turn)
        turn.say("utter_order_taken", number=offered[0].number)
        return offered[0]

    def _exchange_instead(self, talk: FormTalk, task: OrderTask, order: Order) -> OrderTask:
        """ "Swap it for another size" changes an order that has not left, and exchanges what has arrived."""
        words = "" if message.is_payload(talk.turn) else talk.turn.text
        if task.name == "change" and order.status == "delivered" and message.EXCHANGE.search(words):
            talk["order_task"] = "exchange"
        return TASKS[talk["order_task"]]

    def _named(self, talk: FormTalk, task: OrderTask, offered: list[Order]) -> list[Order]:
        """Of the orders that suit, the one with the item that the opening sentence names; all where none does."""
        if not talk.opening or "return_line" not in task.needs:
            return offered
        named = [order for order in offered if message.return_line(talk.turn, returnable(order)) not in (None, "all")]
        return named if len(named) == 1 else offered

    def _is_meant(self, talk: FormTalk, task: OrderTask, order: Order) -> bool:
        """Whether a new task is about the order in hand: named now, called "it", or left over and fitting."""
        if not talk.opening or "order_number" in talk.changed:
            return True
        if not suits(talk.turn.db, task, order) and not message.POINTING.search(talk.turn.text):
            return False
        talk.turn.say("utter_order_remembered", number=order.number)
        return True

    def _check(self, talk: FormTalk, task: OrderTask, order: Order) -> None:
        """Say no at once where the shop's rules forbid the task, before anybody types an address in vain."""
        if task.name == "change":
            return  # what can still be changed is the answer itself
        try:
            check_allowed(talk.turn.db, order, task.name)
        except NotAllowed as refusal:
            if orders.done_by(talk.turn.db, order, talk.turn.message_id):
                return  # by this message, whose answer was lost: carried out again it changes nothing, and tells
            say_not_allowed(talk.turn, refusal, order)
            raise Over from None

    def _need(self, talk: FormTalk, need: str, order: Order) -> None:
        """Raises AskFor where the slot is still wanted."""
        if need == "return_line" and not talk["return_line"]:
            lines = returnable(order)
            said = message.return_line(talk.turn, lines) if talk.opening else None
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
