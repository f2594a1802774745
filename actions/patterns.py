"""What people do in any conversation: stop, ask why, ask again, not know, not be understood, change the subject."""
from __future__ import annotations

import json
import re

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet

from actions.base import ShopAction, Turn
from actions.form_talk import waits
from actions.history import last_reply, misunderstood_in_a_row
from actions.intent_titles import INTENT_TITLES
from actions.order_access import is_somebody_elses, offered_orders
from actions.order_fallback import rescue
from actions.order_form import OrderForm
from actions.order_message import order_numbers, proof
from actions.order_questions import PERSON
from actions.order_tasks import TASKS, button
from actions.order_wording import order_title
from actions.policy_passages import quoted
from actions.product_answer import answer
from actions.product_fallback import named_search

SIGN_IN = {"title": "How do I sign in?", "payload": "/switch_account"}

OF_ONE_TASK = (
    "order_task", "new_address", "return_line", "return_reason", "confirmed",
    "ticket_kind", "ticket_text", "ticket_order", "review_product", "rating", "contact_email", "pending_question",
)  # fmt: skip

CANCEL = re.compile(r"\bcancel", re.IGNORECASE)


class Stop(ShopAction):
    """Leave what was begun. The order that was proven stays proven: that was work, and it is no task."""

    action_name = "action_stop"

    def act(self, turn: Turn) -> list[EventType]:
        busy = turn.tracker.active_loop_name or turn.slot("order_task") or turn.slot("pending_question")
        number = None if is_somebody_elses(turn) else turn.slot("order_number")
        if not busy and number and CANCEL.search(turn.text):
            # "Cancel it", right after an order was looked at, means the order; it is asked, not done.
            turn.say(
                "utter_cancel_that_order", number=number, buttons=[button("cancel", "Cancel the order", number)]
            )
            return []
        turn.say("utter_stopped" if busy else "utter_nothing_to_stop")
        return [
            ActiveLoop(None), SlotSet("requested_slot", None), *(SlotSet(name, None) for name in OF_ONE_TASK)
        ]


class ExplainWhy(ShopAction):
    """Why the bot asks what it asks; the form then asks again."""

    action_name = "action_explain_why"

    def act(self, turn: Turn) -> list[EventType]:
        requested = turn.slot("requested_slot") if turn.tracker.active_loop_name else None
        if requested:
            turn.say(f"utter_why_{requested}")
        elif turn.slot("shown_products"):
            turn.say("utter_why_products")
        else:
            turn.say("utter_why")
        return []


class Repeat(ShopAction):
    """Say the last reply again, drawings and buttons included."""

    action_name = "action_repeat"

    def act(self, turn: Turn) -> list[EventType]:
        reply = last_reply(turn.tracker)
        if not reply:
            turn.say("utter_nothing_to_repeat")
        for event in reply:
            data = event.get("data") or {}
            turn.dispatcher.utter_message(
                text=event.get("text"), buttons=data.get("buttons") or [], json_message=data.get("custom")
            )
        return waits(turn)


class OfferAnotherWay(ShopAction):
    """The shopper cannot, or will not, give what was asked for: there is always another way, and a person."""

    action_name = "action_offer_another_way"

    def act(self, turn: Turn) -> list[EventType]:
        loop = turn.tracker.active_loop_name
        requested = turn.slot("requested_slot") if loop else None
        if loop == OrderForm.form and requested == "order_number":
            offered = offered_orders(turn, TASKS.get(turn.slot("order_task")))
            if offered:
                buttons = [
                    {"title": order_title(order), "payload": f'/inform{{"order_number": "{order.number}"}}'}
                    for order in offered
                ]
                turn.say("utter_pick_an_order", buttons=[*buttons, PERSON])
            else:
                turn.say("utter_find_order_number", buttons=[SIGN_IN, PERSON])
        elif loop == OrderForm.form and requested == "order_proof":
            turn.say("utter_without_proof", buttons=[SIGN_IN, PERSON])
        elif loop:
            turn.say("utter_take_your_time", buttons=[{"title": "Stop this", "payload": "/stop"}, PERSON])
        else:
            turn.say("utter_no_need_to_know", buttons=[PERSON])
        return waits(turn)


class TakeLooseValue(ShopAction):
    """A bare value that nothing was waiting for: an order number is worth a choice of what to do with it."""

    action_name = "action_take_loose_value"

    def act(self, turn: Turn) -> list[EventType]:
        if turn.tracker.active_loop_name:
            turn.say("utter_not_what_i_asked")
            return []
        rescued = rescue(turn)
        if rescued:
            return rescued
        numbers = order_numbers(turn)
        if not numbers:
            turn.say("utter_what_about_it")
            return []
        number = numbers[-1]
        facts = json.dumps({"order_number": number})
        titles = {"track_order": "Where is it?", "cancel_order": "Cancel it", "return_item": "Return something",
                  "get_invoice": "Invoice"}
        turn.say(
            "utter_what_about_order", number=number,
            buttons=[{"title": title, "payload": f"/{intent}{facts}"} for intent, title in titles.items()],
        )
        said = proof(turn)  # "104312, postcode 10110": it will be asked for next, so it is kept
        return [SlotSet("order_proof", said)] if said and not turn.customer_id else []


class AskAgain(ShopAction):
    """Not understood: first offer the nearest guesses, the second time in a row a person.

    What the catalogue names is a search; what a policy page answers is answered with its words.
    """

    action_name = "action_ask_again"

    def act(self, turn: Turn) -> list[EventType]:
        rescued = rescue(turn)
        if rescued:
            return rescued
        named = named_search(turn)
        if named is not None:
            return answer(turn, named)
        if quoted(turn):
            return []
        if misunderstood_in_a_row(turn.tracker) >= 2:
            return _offer_person(turn)
        guesses = [
            {"title": INTENT_TITLES[guess["name"]], "payload": f"/{guess['name']}"}
            for guess in turn.tracker.latest_message.get("intent_ranking") or []
            if guess["name"] in INTENT_TITLES
        ][:3]
        turn.say("utter_did_you_mean" if guesses else "utter_say_it_differently", buttons=[*guesses])
        return []


class DeclineOutOfScope(ShopAction):
    """Say no to what the shop does not do; the second time in a row offer a person, who may know better.

    What the catalogue names, or a policy page answers, is never out of scope.
    """

    action_name = "action_out_of_scope"

    def act(self, turn: Turn) -> list[EventType]:
        named = named_search(turn)
        if named is not None:
            return answer(turn, named)
        if quoted(turn):
            return []
        if misunderstood_in_a_row(turn.tracker) >= 2:
            return _offer_person(turn)
        turn.say("utter_out_of_scope")
        return []


def _offer_person(turn: Turn) -> list[EventType]:
    turn.say("utter_offer_person", buttons=[PERSON, {"title": "What can you do?", "payload": "/help"}])
    return waits(turn)


class DefaultFallback(AskAgain):
    """Rasa's own last resort would unsay the message; asking again loses nothing, and then it is the shopper's turn."""

    action_name = "action_default_fallback"

    def act(self, turn: Turn) -> list[EventType]:
        # Without this Rasa, which knew no next step before, knows none now and comes here again.
        return [*super().act(turn), FollowupAction("action_listen")]
