"""The frame of every action: one turn with its facts, one open database session, one place for failures.

An action says responses of the domain. When it is done and its session is closed, the reply model may put its own words
in their place (actions/written_replies.py).
"""
from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions import server_plugin  # noqa: F401 - it adds a route to the action server
from actions.entities import checked
from actions.runtime import Runtime, runtime
from actions.wording import day, money
from actions.written_replies import Said, put_in_own_words
from models.product_search import ProductSearch
from shop.carts import Owner

logger = logging.getLogger(__name__)


@dataclass
class Turn:
    """One message of a shopper, as an action sees it.

    Who is speaking stands in the metadata that the gateway signed for; slots and text never decide that.
    """

    dispatcher: CollectingDispatcher
    tracker: Tracker
    db: Session
    runtime: Runtime
    said: list[Said] = field(default_factory=list)
    again: bool = False  # the same message was answered a moment ago, and what it did is stored

    def __post_init__(self) -> None:
        # A new index may be taken into use at any moment; one turn is answered from one.
        self.search: ProductSearch = self.runtime.search
        # How far the catalogue was read for it: a later change may concern what this turn says.
        self.mark = self.runtime.mark

    @property
    def metadata(self) -> dict[str, Any]:
        return self.tracker.latest_message.get("metadata") or {}

    @property
    def customer_id(self) -> str | None:
        return self.metadata.get("customer_id")

    @property
    def visitor_id(self) -> str | None:
        return self.metadata.get("visitor_id")

    @property
    def owner(self) -> Owner:
        return Owner(self.customer_id, self.visitor_id)

    @property
    def message_id(self) -> str:
        """Idempotency key of everything this turn writes: a repeated turn writes nothing twice."""
        return self.metadata["message_id"]

    @property
    def seq(self) -> int:
        """Number of the message in its conversation; 0 on a channel other than the gateway's."""
        return self.metadata.get("seq") or 0

    @property
    def conversation_id(self) -> str:
        return self.tracker.sender_id

    @property
    def page(self) -> dict[str, Any]:
        """The page of the shop that the shopper looks at; empty where the widget did not say."""
        return self.metadata.get("page") or {}

    @property
    def intent(self) -> str | None:
        """What was understood; ``nlu_fallback`` where that is not sure."""
        return (self.tracker.latest_message.get("intent") or {}).get("name")

    @property
    def text(self) -> str:
        return self.tracker.latest_message.get("text") or ""

    @property
    def all_entities(self) -> list[dict[str, Any]]:
        """What was recognised in the latest message, in the order said, each as in Rasa and checked."""
        return checked(self.tracker.latest_message.get("entities") or [])

    def entities(self, name: str) -> list[int | str]:
        """Values of an entity in the latest message, in the order said; empty where there is none."""
        return [entity["value"] for entity in self.all_entities if entity["entity"] == name]

    def entity(self, name: str) -> int | str | None:
        """The last value said, as people correct themselves forwards; None where there is none."""
        values = self.entities(name)
        return values[-1] if values else None

    def slot(self, name: str) -> Any | None:
        return self.tracker.get_slot(name)

    def say(
        self, response: str, *, buttons: list[dict] | None = None, features: Mapping[str, str] | None = None,
        **content: Any,
    ) -> None:
        """Utter a response of the domain, with what the widget draws beside it.

        ``cards``, ``offer``, ``table``, ``order``, ``exposures`` and ``link`` are drawn; everything else fills
        the response's placeholders. ``features``: what the reply model is told besides (data/replies/acts.toml).
        """
        drawn = {key: content.pop(key) for key in DRAWN if content.get(key) is not None}
        facts = {key: _harmless(value) for key, value in content.items() if key not in DRAWN}
        self.said.append(Said(len(self.dispatcher.messages), response, facts, dict(features or {})))
        self.dispatcher.utter_message(
            response=response, buttons=buttons or [], json_message=drawn or None, **facts
        )

    def money(self, cents: int) -> str:
        return money(cents)

    def date(self, moment) -> str:
        return day(moment)


def _harmless(fact: Any) -> Any:
    """A fact as it may fill a placeholder, whoever wrote it: the catalogue, the shopper or staff.

    Rasa takes a filled response that contains ``0[`` for one that it failed to fill, and would show the shopper its
    raw placeholders. Braces are harmless: values are not filled a second time.
    """
    return fact.replace("0[", "0 [") if isinstance(fact, str) else fact


DRAWN = ("cards", "offer", "table", "order", "exposures", "link")


class ShopAction(Action, ABC):
    """Base of all actions. Subclasses set ``action_name`` and write ``act``."""

    action_name: str

    def name(self) -> str:
        return self.action_name

    @abstractmethod  # the SDK registers only classes that are not abstract
    def act(self, turn: Turn) -> list[dict[str, Any]]:
        """Do the work of one turn; returns Rasa events. Raising rolls the database back."""

    async def run(self, dispatcher, tracker, domain) -> list[dict[str, Any]]:
        try:
            opened = runtime()
            turn, events = self._turn(opened, dispatcher, tracker)
            if turn.said:
                again = partial(self._turn, opened, dispatcher, tracker, again=True)
                events = await put_in_own_words(turn, events, domain, again)
            return events
        except Exception:
            # The shopper gets a plain answer and the way to a person; the operator gets the traceback.
            logger.exception("%s failed in conversation %s", self.action_name, tracker.sender_id)
            dispatcher.messages.clear()
            dispatcher.utter_message(response="utter_internal_error")
            return []

    def _turn(
        self, opened: Runtime, dispatcher, tracker, again: bool = False
    ) -> tuple[Turn, list[dict[str, Any]]]:
        """One turn from beginning to end, from what the shop knows now; what it writes is stored.

        ``again``: it was worked out before. Changes are looked for also where somebody did so a moment ago.
        """
        dispatcher.messages.clear()
        with opened.database.session() as db:
            opened.refresh(db, at_once=again)
            turn = Turn(dispatcher, tracker, db, opened, again=again)
            return turn, self.act(turn)
