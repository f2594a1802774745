"""The customer's account, newsletter and data: the way there, and for what staff must do a ticket, once."""
from __future__ import annotations

from rasa_sdk.events import EventType

from actions.base import ShopAction, Turn
from actions.order_questions import PERSON
from actions.questions import answers, ask
from shop import customers, policies, tickets

SIGN_IN_LINK = {"title": "Sign in", "url": "/sign-in"}


class AnswerAccount(ShopAction):
    """Explains the way in the shop; differs only by whether somebody is signed in."""

    action_name = "action_answer_account"

    def act(self, turn: Turn) -> list[EventType]:
        who = "customer" if turn.customer_id else "guest"
        turn.say(
            f"utter_{turn.intent}_{who}", buttons=BUTTONS.get((turn.intent, who), []),
            link=None if turn.customer_id else SIGN_IN_LINK, email=_support_email(turn),
        )
        return []


BUTTONS = {
    ("registration_problem", "guest"): [PERSON],
    ("forgotten_password", "guest"): [PERSON],
    ("edit_account", "customer"): [PERSON],
    ("set_shipping_address", "customer"): [
        {"title": "Change an order's address", "payload": "/change_shipping_address"}, PERSON
    ],
    ("set_shipping_address", "guest"): [
        {"title": "Change an order's address", "payload": "/change_shipping_address"}
    ],
}


class AskAccountChange(ShopAction):
    """Newsletter, closing the account, erasing data: asked back before anything changes; guests are told the way."""

    action_name = "action_ask_account_change"

    def act(self, turn: Turn) -> list[EventType]:
        if not turn.customer_id:
            turn.say(f"utter_{turn.intent}_guest", link=SIGN_IN_LINK, email=_support_email(turn))
            return []
        return ASKING[turn.intent](turn)


class TellMyData(ShopAction):
    """What the shop stores about the one who asks, as a table; an export on request."""

    action_name = "action_tell_my_data"

    def act(self, turn: Turn) -> list[EventType]:
        if not turn.customer_id:
            turn.say("utter_my_data_guest", link=SIGN_IN_LINK, email=_support_email(turn))
            return []
        known = customers.summary(turn.db, turn.customer_id)
        tastes = known["tastes"]["categories"] + known["tastes"]["brands"]
        rows = [
            ["Name", known["name"] or "not given"],
            ["E-mail", known["email"]],
            ["Customer since", turn.date(known["since"]) + f" {known['since'].year}"],
            ["Address", _address(known["address"])],
            ["Orders", f"{known['orders']} ({turn.money(known['spent_cents'])})"],
            ["Views, searches and purchases", str(known["events"])],
            ["What you seem to like", ", ".join(tastes) or "nothing noted"],
            ["Newsletter", "yes" if known["consents"]["newsletter"] else "no"],
            ["Personal suggestions", "yes" if known["consents"]["personalisation"] else "no"],
        ]
        turn.say("utter_my_data_customer", table={"columns": ["What", "Stored"], "rows": rows})
        return _ask_export(turn)


def _support_email(turn: Turn) -> str:
    return str(policies.facts(turn.db).get("support_email") or "the address on our contact page")


def _address(address: dict[str, str] | None) -> str:
    if not address:
        return "none saved"
    return f"{address['street']}, {address['postcode']} {address['city']}, {address['country']}"


def _ask_newsletter(turn: Turn) -> list[EventType]:
    return _ask_consent(turn, True)


def _ask_no_newsletter(turn: Turn) -> list[EventType]:
    return _ask_consent(turn, False)


def _ask_consent(turn: Turn, wanted: bool) -> list[EventType]:
    if customers.consent(turn.db, turn.customer_id, "newsletter") is wanted:
        turn.say("utter_newsletter_already_on" if wanted else "utter_newsletter_already_off")
        return []
    if not wanted:
        # Leaving must be as easy as it can be: no question, and a way back.
        customers.set_consent(turn.db, turn.customer_id, "newsletter", False, source="chat")
        turn.say("utter_newsletter_off")
        return []
    found = customers.customer(turn.db, turn.customer_id)
    return ask(turn, "newsletter_subscribe", "utter_ask_newsletter_on", email=found.email if found else "")


def _newsletter_on(turn: Turn) -> None:
    if _signed_in(turn):
        customers.set_consent(turn.db, turn.customer_id, "newsletter", True, source="chat")
        turn.say("utter_newsletter_on")


def _ask_delete_account(turn: Turn) -> list[EventType]:
    return ask(turn, "delete_account", "utter_ask_delete_account")


def _ask_delete_data(turn: Turn) -> list[EventType]:
    return ask(turn, "delete_my_data", "utter_ask_delete_my_data")


def _ask_export(turn: Turn) -> list[EventType]:
    return ask(turn, "export_my_data", "utter_ask_export")


def _opens_ticket(text: str, response: str):
    def open_it(turn: Turn) -> None:
        if _signed_in(turn):
            ticket = tickets.open_ticket(
                turn.db, "account", text, turn.message_id, customer_id=turn.customer_id,
                visitor_id=turn.visitor_id, conversation_id=turn.conversation_id,
            )
            turn.say(response, ticket=ticket.reference)

    return open_it


def _signed_in(turn: Turn) -> bool:
    """A yes of somebody who signed out in between is nobody's yes."""
    if not turn.customer_id:
        turn.say("utter_sign_in_first", link=SIGN_IN_LINK)
    return bool(turn.customer_id)


ASKING = {
    "newsletter_subscribe": _ask_newsletter,
    "newsletter_unsubscribe": _ask_no_newsletter,
    "delete_account": _ask_delete_account,
    "delete_my_data": _ask_delete_data,
}

answers("newsletter_subscribe", _ask_newsletter, _newsletter_on)
answers(
    "delete_account", _ask_delete_account,
    _opens_ticket("Asks to close the account.", "utter_delete_account_ticket"),
)
answers(
    "delete_my_data", _ask_delete_data,
    _opens_ticket("Asks for all personal data to be erased.", "utter_erasure_ticket"),
)
answers(
    "export_my_data", _ask_export,
    _opens_ticket("Asks for a full copy of the stored data.", "utter_export_ticket"),
)
