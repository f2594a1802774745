"""The filters of the list of conversations, as they stand in an address, on the page and in a saved view."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from shop import customer_lookup, limits
from shop.conversation_outcomes import OUTCOMES
from shop.conversation_search import NOBODY, Filters
from shop.errors import BadInput
from shop.masking import mask_text
from shop.periods import Period, bounds
from shop.staff import Member
from web.console.conversation_view import REASON_TEXTS
from web.errors import Refused
from web.rendering import query

VALUE_CHARS = 120
MOST = 999_999_999
STATUS_TEXTS = {"bot": "with the bot", "waiting": "waiting", "staff": "with staff", "resolved": "resolved"}
REVIEW_TEXTS = {"none": "nothing to review", "open": "to review", "done": "reviewed"}
FEEDBACK_TEXTS = {"up": "thumb up", "down": "thumb down", "none": "no thumb"}
# name in the address -> how its chip begins
FIELDS = {
    "q": "Words", "from": "From", "to": "To", "intent": "Intent", "status": "Status", "feedback": "Feedback",
    "customer": "Customer", "review": "Review", "reason": "Reason", "tag": "Tag", "outcome": "Outcome",
    "assigned": "Assigned to", "below": "Confidence below", "above": "Confidence from", "action": "Action",
    "entity": "Entity", "act": "Reply about", "model": "Model", "channel": "Channel",
    "length_min": "Messages, at least", "length_max": "Messages, at most", "opened_from": "Begun from",
    "opened_to": "Begun until", "last_from": "Last message from", "last_to": "Last message until",
}  # fmt: skip
FOLDED = tuple(FIELDS)[6:]  # behind "More filters"
NAMED = {"intent", "action", "entity", "act", "model", "channel", "tag"}  # any name: what nobody has finds nothing
CHOICES = {
    "status": STATUS_TEXTS, "review": REVIEW_TEXTS, "feedback": FEEDBACK_TEXTS, "reason": REASON_TEXTS,
    "outcome": OUTCOMES,
}


@dataclass(frozen=True)
class Chip:
    """A filter that is set. ``path``: the list without it."""

    label: str
    text: str
    path: str


class Asked:
    """What an address asks for: ``values`` has the filters that are set, each as its text."""

    def __init__(self, params: Mapping[str, str]) -> None:
        """Raises BadInput for a value that is too long."""
        self.values: dict[str, str] = {}
        for name, label in FIELDS.items():
            value = limits.line(label, params.get(name, ""), VALUE_CHARS, required=False)
            if value:
                self.values[name] = value

    def path(self, **changes: str) -> str:
        """The list with these filters; ``changes`` win, an empty one takes its filter away."""
        return f"/console/conversations{query(**(self.values | changes))}"

    @property
    def query(self) -> str:
        """As it stands in an address, without the question mark."""
        return query(**self.values)[1:]

    def filters(self, db: Session, member: Member, zone: ZoneInfo) -> Filters:
        """Raises BadInput for a value that does not fit, Refused for one about customers who may not be seen."""
        values = self.values
        if not member.sees_customers:
            _refuse_personal(values)
        opened_from, active_from = self._day("opened_from", zone, 0), self._day("last_from", zone, 0)
        opened_until, active_until = self._day("opened_to", zone, 1), self._day("last_to", zone, 1)
        # "From" and "to" are about what went on in between, as the overview counts it.
        since, until = self._day("from", zone, 0), self._day("to", zone, 1)
        return Filters(
            q=values.get("q", ""), opened_from=opened_from, active_until=active_until,
            opened_until=min(filter(None, (opened_until, until)), default=None),
            active_from=max(filter(None, (active_from, since)), default=None),
            **{name: values.get(name, "") for name in NAMED},
            **{name: self._choice(name) for name in ("status", "feedback", "reason", "outcome")},
            review_state=self._choice("review"),
            confidence_below=self._number("below", float, 0, 100, 100), assigned_to=self._assigned(member),
            confidence_from=self._number("above", float, 0, 100, 100),
            length_min=self._number("length_min", int, 0, MOST), length_max=self._number("length_max", int, 0, MOST),
            customer_ids=customer_lookup.matching(db, values["customer"]) if "customer" in values else None,
        )

    def chips(self, colleagues: Mapping[int, str]) -> list[Chip]:
        """The filters that are set, in the order of the form. ``colleagues``: names by staff id."""
        return [
            Chip(label, self._text(name, colleagues), self.path(**{name: ""}))
            for name, label in FIELDS.items() if name in self.values
        ]

    def _text(self, name: str, colleagues: Mapping[int, str]) -> str:
        value = self.values[name]
        if name in ("below", "above"):
            return f"{value} %"
        if name == "assigned":
            names = {"me": "me", "nobody": "nobody"} | {str(key): each for key, each in colleagues.items()}
            return names.get(value, value)
        return CHOICES.get(name, {}).get(value, value)

    def _choice(self, name: str) -> str:
        value = self.values.get(name, "")
        if value and value not in CHOICES[name]:
            raise BadInput(FIELDS[name], value, f"use one of {', '.join(CHOICES[name])}.")
        return value

    def _number(self, name: str, kind: Callable, low: int, high: int, of: int = 1):
        """None where nothing is asked."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            number = kind(value)
            fits = low <= number <= high  # "nan" is neither above nor below
        except (ValueError, OverflowError):
            fits = False
        if not fits:
            raise BadInput(FIELDS[name], value, f"use a number from {low} to {high}.")
        return number / of if of != 1 else number

    def _assigned(self, member: Member) -> int | None:
        value = self.values.get("assigned")
        if value == "me":
            return member.staff_id
        return NOBODY if value == "nobody" else self._number("assigned", int, 1, MOST)

    def _day(self, name: str, zone: ZoneInfo, later: int) -> datetime | None:
        """The first moment of the day that was asked for, or (``later`` = 1) the first after it, in UTC."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if not 2000 <= day.year <= 2100:
            raise BadInput(FIELDS[name], value, "use a day such as 2026-11-24.")
        return bounds(Period(day, day), zone)[later]


def _refuse_personal(values: Mapping[str, str]) -> None:
    """Whoever may not see customers' data cannot ask whether it is there either."""
    if "customer" in values or mask_text(values.get("q", "")) != values.get("q", ""):
        raise Refused(403, "no_customers", "You do not see customers' data, so you cannot search by it. "
                      "An administrator can change that.")
