"""The form for what a colleague reads later: a complaint, a review of a product, the wish for a person."""
from __future__ import annotations

import re

from actions.base import Turn
from actions.form_talk import FormBrain, FormTalk
from actions.order_message import ASKING, NO, is_payload, order_numbers
from shop import catalogue, limits, orders, policies, takeover
from shop.errors import BadInput

KIND_OF_INTENT = {"complaint": "complaint", "leave_review": "review", "human_handoff": "handover"}

NEEDS = {
    "complaint": ("ticket_text", "ticket_order", "contact_email"),
    "review": ("review_product", "rating", "ticket_text"),
    "handover": ("contact_email",),
}
FILLED = ("ticket_text", "ticket_order", "review_product", "rating", "contact_email")
NONE = "none"
"""Value of a slot that the shopper left out on purpose; None would be asked for again."""

LONGEST_TEXT_CHARS = 3000
STORY_WORDS = 9
"""A first message of this many words tells what happened; "I want to complain" does not."""

NEVER_TEXT = {"stop", "explain_why", "repeat", "human_handoff", "help", "bot_challenge", "greet", "goodbye", "thank"}
RATING = re.compile(r"\b([1-5])\s*(?:stars?|/\s*5|out of (?:5|five)|points?)", re.IGNORECASE)
NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
EMAIL = re.compile(r"\w[\w.!#$%&'*+/=?^`{|}~-]{0,63}@[\w.-]{1,190}\.\w{2,24}")


class TicketForm(FormBrain):
    action_name = "validate_ticket_form"
    form = "ticket_form"
    opened_by = frozenset(KIND_OF_INTENT)
    slots = FILLED

    def hear(self, talk: FormTalk) -> bool:
        turn = talk.turn
        kind = KIND_OF_INTENT.get(turn.intent)
        # A complaint may say "return" or "review": once the form is open only the wish for a person changes it.
        if kind and (talk.opening or kind == "handover"):
            if talk["ticket_kind"] != kind:
                talk.forget(*FILLED)
            talk["ticket_kind"] = kind
            if talk.opening:
                self._hear_opening(talk, kind)
            return True
        return self._hear_answer(talk)

    def plan(self, talk: FormTalk) -> str | None:
        kind = talk["ticket_kind"]
        nameless = kind == "review" and not talk["review_product"]
        if nameless and not self._is_spared(talk, kind, "review_product") and not reviewable(talk.turn):
            talk["ticket_kind"] = None
            talk.turn.say("utter_review_needs_page")
            return None
        for need in NEEDS.get(kind, ()):
            if talk[need] is None and not self._is_spared(talk, kind, need):
                self._ask(talk, need)
                return need
        return None

    def resume(self, talk: FormTalk, requested: str) -> None:
        self._ask(talk, requested)

    def _hear_opening(self, talk: FormTalk, kind: str) -> None:
        turn = talk.turn
        if is_payload(turn):
            return
        numbers = order_numbers(turn)
        if numbers:
            talk["ticket_order"] = numbers[-1]
        if kind == "review":
            talk["rating"] = _rating(turn, asked=False)
        if kind == "complaint" and len(turn.text.split()) >= STORY_WORDS:
            talk["ticket_text"] = turn.text.strip()[:LONGEST_TEXT_CHARS]

    def _hear_answer(self, talk: FormTalk) -> bool:
        turn, requested = talk.turn, talk.requested
        said = {
            "ticket_text": _text, "ticket_order": _order, "review_product": _product,
            "rating": _rating, "contact_email": _email,
        }.get(requested, lambda _: None)(turn)  # fmt: skip
        if said is None and requested == "ticket_text" and turn.intent == "deny" and talk["rating"]:
            said = ""  # a rating without words is a review too
        if said is not None:
            talk[requested] = said
        elif requested == "review_product" and turn.intent in ("deny", "cannot_provide"):
            talk["ticket_kind"] = None  # without a product there is nothing to review
            turn.say("utter_stopped")
            return True
        return said is not None

    def _is_spared(self, talk: FormTalk, kind: str, need: str) -> bool:
        """Whether a need is met without asking: the account's e-mail, a colleague who is there now, the product."""
        turn = talk.turn
        if need == "contact_email":
            free = takeover.prospect(turn.db, turn.conversation_id) == "free"
            return bool(turn.customer_id) or (kind == "handover" and free and not wants_email(turn))
        if need == "ticket_order" and talk["order_number"] and talk["order_number"] == talk["verified_order"]:
            talk["ticket_order"] = talk["order_number"]
            return True
        if need == "review_product":
            found = turn.page.get("product_id") or turn.slot("focus_product")
            if found and catalogue.product(turn.db, found):
                talk["review_product"] = found
                return True
        return False

    def _ask(self, talk: FormTalk, need: str) -> None:
        ASK[need](talk)


def _ask_text(talk: FormTalk) -> None:
    if talk["ticket_kind"] == "review":
        talk.turn.say("utter_ask_review_text", product=_title(talk))
    else:
        talk.turn.say("utter_ask_complaint_text")


def _ask_order(talk: FormTalk) -> None:
    buttons = [{"title": "It's not about an order", "payload": "/deny"}]
    if talk.turn.customer_id:
        recent = orders.orders_of(talk.turn.db, talk.turn.customer_id, limit=3)
        buttons = [
            {"title": f"#{order.number}", "payload": f'/inform{{"order_number": "{order.number}"}}'}
            for order in recent
        ] + buttons
    talk.turn.say("utter_request_ticket_order", buttons=buttons)


def reviewable(turn: Turn) -> dict[str, str]:
    """Products that the customer has received lately, id -> title; empty for a guest."""
    if not turn.customer_id:
        return {}
    received = [
        order for order in orders.orders_of(turn.db, turn.customer_id, limit=5) if order.status == "delivered"
    ]
    return {line.product_id: line.title for order in received for line in order.lines}


def _ask_product(talk: FormTalk) -> None:
    buttons = [
        {"title": title[:60], "payload": f'/inform{{"product_id": "{product_id}"}}'}
        for product_id, title in list(reviewable(talk.turn).items())[:4]
    ]
    talk.turn.say("utter_request_review_product", buttons=buttons)


def _ask_rating(talk: FormTalk) -> None:
    buttons = [
        {"title": "★" * stars, "payload": f'/inform{{"rating": "{stars}"}}'} for stars in range(5, 0, -1)
    ]
    talk.turn.say("utter_request_rating", product=_title(talk), buttons=buttons)


def wants_email(turn: Turn) -> bool:
    """Whether the shopper has pressed the offer of an e-mail instead of a chat."""
    return turn.entity("reply_by") == "email"


def opening_hours(turn: Turn) -> str:
    return policies.facts(turn.db).get("support_hours") or "on the contact page"


def _ask_email(talk: FormTalk) -> None:
    turn = talk.turn
    if talk["ticket_kind"] != "handover":
        skip = {"title": "Without an answer", "payload": "/deny"}
        turn.say("utter_request_contact_email", buttons=[skip])
    elif takeover.prospect(turn.db, turn.conversation_id) == "closed":
        turn.say("utter_ask_email_closed", hours=opening_hours(turn))
    else:
        turn.say("utter_ask_email_busy")


ASK = {
    "ticket_text": _ask_text, "ticket_order": _ask_order, "review_product": _ask_product,
    "rating": _ask_rating, "contact_email": _ask_email,
}  # fmt: skip


def _text(turn: Turn) -> str | None:
    """The message as the text of the ticket, unless it is one of the few things that no story begins with."""
    text, intent = turn.text.strip(), turn.intent
    if is_payload(turn) or intent in NEVER_TEXT or (intent in ("affirm", "deny") and len(text) < 12):
        return None
    if ASKING.search(text) and len(text.split()) <= 12:
        return None
    return text[:LONGEST_TEXT_CHARS] if len(text) >= 3 else None


def _order(turn: Turn) -> str | None:
    numbers = order_numbers(turn)
    if numbers:
        return numbers[-1]
    return NONE if _declines(turn) else None


def _product(turn: Turn) -> str | None:
    """A product that exists: from a button, or from the page the shopper has opened by now."""
    found = turn.entity("product_id") or turn.page.get("product_id")
    return str(found) if found and catalogue.product(turn.db, str(found)) else None


def _rating(turn: Turn, asked: bool = True) -> int | None:
    pressed = turn.entity("rating")
    if pressed in ("1", "2", "3", "4", "5"):
        return int(pressed)
    if is_payload(turn):
        return None
    text = turn.text.lower()
    for word, number in NUMBER_WORDS.items():
        text = re.sub(rf"\b{word}\b", str(number), text)
    found = RATING.search(text) or (re.search(r"\b([1-5])\b", text) if asked else None)
    if found:
        return int(found.group(1))
    stars = text.count("★") or text.count("⭐")
    return stars if 1 <= stars <= 5 else None


def _email(turn: Turn) -> str | None:
    value = turn.entity("email")
    found = EMAIL.search(str(value) if value else turn.text)
    if found and not is_payload(turn):
        try:
            return limits.email(found.group())
        except BadInput:
            return None  # "ada@..example.com": asked for again, rather than lost with the whole ticket
    return NONE if _declines(turn) else None


def _declines(turn: Turn) -> bool:
    """A no to what was asked: short, and a no by its words where the classifier hears something else."""
    if turn.intent in ("deny", "cannot_provide"):
        return True
    return not is_payload(turn) and len(turn.text.split()) <= 6 and bool(NO.search(turn.text))


def _title(talk: FormTalk) -> str:
    product = catalogue.product(talk.turn.db, talk["review_product"]) if talk["review_product"] else None
    return product.title if product else "it"


