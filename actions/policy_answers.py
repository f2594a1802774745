"""Questions about the shop's terms, answered from the shop's own facts. What no policy states is not made up.

What a response does not say may stand on the policy's page: then that is quoted (actions/policy_passages.py).
"""
from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions.base import ShopAction, Turn
from actions.order_questions import PERSON
from actions.order_tasks import button
from actions.policy_passages import quoted, quoted_instead
from actions.wording import money
from shop import policies
from shop.opening_hours import is_open

# Intent -> slugs of policies that tell more, the first that the shop has is linked; and buttons that lead on.
MORE: dict[str, tuple[tuple[str, ...], tuple[dict[str, str], ...]]] = {
    "refund_policy": (("refunds", "returns"), (button("refund_status"),)),
    "return_policy": (("returns",), (button("return"),)),
    "cancellation_fee": (("cancellation", "returns"), (button("cancel"),)),
    "delivery_options": (("delivery", "shipping"), ()),
    "delivery_period": (("delivery", "shipping"), (button("track"),)),
    "shipping_cost": (("delivery", "shipping"), ()),
    "payment_methods": (("payment",), ()),
    "payment_issue": (("payment",), (PERSON,)),
    "place_order": (("ordering", "orders", "payment"), ({"title": "Find a product", "payload": "/search_product"},)),
    "warranty": (("warranty",), ()),
    "contact": (("contact", "support"), (PERSON,)),
    "opening_hours": (("contact", "support"), (PERSON,)),
    "privacy_policy": (("privacy",), ({"title": "What you know about me", "payload": "/my_data"},)),
}


class AnswerPolicy(ShopAction):
    action_name = "action_answer_policy"

    def act(self, turn: Turn) -> list[EventType]:
        slugs, buttons = MORE[turn.intent]
        pages = [found for found in (policies.policy(turn.db, slug) for slug in slugs) if found]
        link = {"title": pages[0].title, "url": f"/policy/{pages[0].slug}"} if pages else None
        terms = shop_terms(policies.facts(turn.db))
        # In the middle of a form its own buttons come next; more of them would only distract.
        shown = [] if turn.tracker.active_loop_name else list(buttons)
        if any(terms[name] is None for name in NEEDED.get(turn.intent, ())):
            if not quoted(turn, [each for each in shown if each != PERSON]):
                turn.say("utter_terms_unknown", buttons=[PERSON], link=link)
        elif not quoted_instead(turn, pages, terms, [each for each in shown if each != PERSON]):
            turn.say(f"utter_{turn.intent}", buttons=shown, link=link, **terms)
        return []


# Intent -> terms without which its responses would have a hole.
NEEDED: dict[str, tuple[str, ...]] = {
    "refund_policy": ("refund_time",),
    "return_policy": ("return_days",),
    "cancellation_fee": ("cancellation",),
    "delivery_options": ("delivery_choices",),
    "delivery_period": ("delivery_days",),
    "shipping_cost": ("shipping",),
    "payment_methods": ("payment_methods",),
    "payment_issue": ("payment_methods",),
    "warranty": ("warranty",),
    "contact": ("email", "phone", "hours"),
    "opening_hours": ("hours",),
}


DELIVERY_BACK = "If you send back everything in time, standard delivery is paid back too."


def shop_terms(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as the responses' placeholders; None for what the shop does not state."""
    return {
        "return_days": facts.get("return_days"),
        "refund_time": _refund_time(facts),
        "delivery_back": DELIVERY_BACK if facts.get("refund_delivery") else "",
        "cancellation": _cancellation(facts),
        "delivery_choices": _choices(facts),
        "delivery_days": _days(facts.get("delivery_days_min"), facts.get("delivery_days_max")),
        "shipping": _shipping(facts),
        "payment_methods": _listed(facts.get("payment_methods"), "or"),
        "warranty": _months(facts.get("warranty_months")),
        "email": facts.get("support_email"),
        "phone": facts.get("support_phone"),
        "hours": facts.get("support_hours"),
        "open_now": "Somebody is there now." if is_open(facts) else "Just now nobody is there.",
    }


def _refund_time(facts: dict[str, Any]) -> str | None:
    days = facts.get("refund_days")
    return None if days is None else f"within {days} days"


def _cancellation(facts: dict[str, Any]) -> str:
    fee = facts["cancellation_fee_cents"]
    return f"Cancelling costs {money(fee)}." if fee else "Cancelling costs nothing."


def _days(low: int | None, high: int | None) -> str | None:
    if low is None or high is None:
        return None
    return str(low) if low == high else f"{low} to {high}"


def _shipping(facts: dict[str, Any]) -> str:
    fee, free_from = facts["shipping_cents"], facts["free_shipping_from_cents"]
    if not fee:
        return "standard delivery is free."
    words = f"standard delivery costs {money(fee)}"
    if free_from:
        words += f", and nothing from {money(free_from)}"
    express = facts.get("express_cents")
    return f"{words}; express costs {money(express)}." if express is not None else f"{words}."


def _choices(facts: dict[str, Any]) -> str | None:
    days = _days(facts.get("delivery_days_min"), facts.get("delivery_days_max"))
    if days is None:
        return None
    fee = facts["shipping_cents"]
    choices = [f"standard in {days} working days ({money(fee) if fee else 'free'})"]
    express = facts.get("express_cents")
    if express is not None:
        express_days = _days(facts.get("express_days_min"), facts.get("express_days_max"))
        speed = f" in {express_days} working day{'' if express_days == '1' else 's'}" if express_days else ""
        choices.append(f"express{speed} ({money(express)})")
    return f"{_listed(choices, 'or')}."


def _listed(words: list[str] | None, last: str) -> str | None:
    if not words:
        return None
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _months(months: int | None) -> str | None:
    if months is None:
        return None
    years, rest = divmod(months, 12)
    if rest:
        return f"{months} months"
    return "one year" if years == 1 else f"{years} years"
