"""A shopper who talks to the forms and actions in a real shop, with Rasa's part played by hand.

The database, the shop, the rules in ``data/rules`` and the responses in ``domain.yml`` are the real ones. Only what
Rasa does between them stands here: a form gets a message first, a rule answers what the form refuses, the form asks
again. The test says the intent and the entities itself; conversations through the whole bot are in
``tests/conversations``.
"""
from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.base import ShopAction, Turn
from actions.runtime import Runtime
from models.embedding import SentenceEmbedding
from models.product_search import ProductSearch
from models.registry import Registry
from shop import catalogue
from shop.database import Database
from shop.settings import ROOT, settings
from tests.shop.conftest import ADA, VISITOR

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
RULES = [
    rule for path in sorted((ROOT / "data" / "rules").glob("*.yml"))
    for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]
]  # fmt: skip


@cache
def sentence_embedding() -> SentenceEmbedding:
    return SentenceEmbedding.load(Registry(settings.var / "models").require("embedding").directory)


def registered_actions() -> dict[str, ShopAction]:
    """The actions as the action server finds them, by name."""
    executor = ActionExecutor()
    executor.register_package("actions")
    return {name: run.__self__ for name, run in executor.actions.items()}


ACTIONS = registered_actions()


def intents_of(step: dict[str, Any]) -> list[str]:
    return [each["intent"] for each in step.get("or", [step]) if "intent" in each]


RULE_OF_INTENT = {
    intent: next(step["action"] for step in rule["steps"] if "action" in step)
    for rule in RULES if "condition" not in rule for intent in intents_of(rule["steps"][0])
}  # fmt: skip
AFTER_FORM = {
    rule["condition"][0]["active_loop"]: rule["steps"][-1]["action"]
    for rule in RULES if "active_loop" in rule.get("condition", [{}])[0]
}  # fmt: skip


class Reply:
    """What was said in one turn. Every wording of every response is filled, so a missing fact is noticed."""

    def __init__(self, messages: list[dict[str, Any]], slots: dict[str, Any]) -> None:
        self.responses = [message["response"] for message in messages if message.get("response")]
        self.buttons = [
            button for message in messages
            for button in (message.get("buttons") or []) + _of_domain(message.get("response"))
        ]  # fmt: skip
        self.drawn = [message.get("custom") or {} for message in messages]
        self.texts = [message["text"] for message in messages if message.get("text")]
        for message in messages:
            if message.get("response"):
                wordings = DOMAIN["responses"][message["response"]]
                self.texts += [_filled(wording["text"], slots | message) for wording in wordings]

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


class Shopper:
    """Somebody in a conversation; ``customer_id`` and ``visitor_id`` may change between two messages."""

    def __init__(self, database: Database, customer_id: str | None, visitor_id: str = VISITOR) -> None:
        with database.session() as db:
            search = ProductSearch.build(list(catalogue.all_products(db)), sentence_embedding())
        self.runtime = Runtime(database, search)
        self.customer_id, self.visitor_id, self.conversation_id = customer_id, visitor_id, "c" * 32
        self.seq = 0  # of the message in its conversation, where it has one in the shop's transcripts
        self.page: dict[str, Any] = {}
        self.slots: dict[str, Any] = {}
        self.loop: str | None = None
        self.events: list[dict[str, Any]] = []

    def say(
        self, intent: str, text: str = "", message_id: str | None = None, confidence: float = 0.95,
        guesses: tuple[str, ...] = (), **entities: Any
    ) -> Reply:
        metadata = {
            "message_id": message_id or uuid4().hex, "conversation_id": self.conversation_id, "seq": self.seq,
            "customer_id": self.customer_id,
            "visitor_id": self.visitor_id, "page": self.page,
        }  # fmt: skip
        found = [{"entity": name, "value": value} for name, value in entities.items()]
        self.message = {
            "text": text or f"/{intent}", "intent": {"name": intent, "confidence": confidence}, "entities": found,
            "metadata": metadata, "intent_ranking": [{"name": name, "confidence": 0.4} for name in (intent, *guesses)],
        }  # fmt: skip
        self.events.append({"event": "user", "parse_data": self.message, "metadata": metadata, "text": text})
        self.said: list[dict[str, Any]] = []
        self._turn(intent)
        texts = [each.get("text") or each.get("response") for each in self.said]
        self.events += [{"event": "bot", "text": text, "data": {}} for text in texts]
        return Reply(self.said, self.slots)

    def press(self, reply: Reply, title: str, **options: Any) -> Reply:
        payload = next(each["payload"] for each in reply.buttons if re.search(title, each["title"], re.IGNORECASE))
        intent, brace, rest = payload.removeprefix("/").partition("{")
        return self.say(intent, payload, **options, **(json.loads(brace + rest) if brace else {}))

    def _turn(self, intent: str) -> None:
        if self.loop and self._form(self.loop):
            return
        action = RULE_OF_INTENT[intent]
        while action:
            if action in AFTER_FORM:
                self.loop = action
                self.events.append({"event": "active_loop", "name": action})
                self._form(action)
                return
            action = self._run(action)
        if self.loop and self.events[-1].get("name") != self.loop:
            self._form(self.loop)

    def _form(self, form: str) -> bool:
        """Give the form the message; False where it refuses it, as nothing in it was for the form."""
        known = len(self.events)
        self._run(f"validate_{form}")
        changes = [event for event in self.events[known:] if event["event"] == "slot"]
        resumed = any(event["event"] == "action_execution_rejected" for event in self._since_message())
        if not changes or (not resumed and all(event["name"] == "requested_slot" for event in changes)):
            self.events.append({"event": "action_execution_rejected", "name": form})
            return False
        self.events.append({"event": "action", "name": form})
        if self.slots.get("requested_slot") is None:
            self.loop = None
            self.events.append({"event": "active_loop", "name": None})
            self._run(AFTER_FORM[form])
        return True

    def _run(self, action: str) -> str | None:
        """Run an action; returns the action that it wants to follow, if any."""
        if action.startswith("utter_"):
            self.said.append({"response": action})
            self.events.append({"event": "action", "name": action})
            return None
        loop = {"name": self.loop} if self.loop else {}
        dispatcher = CollectingDispatcher()
        tracker = Tracker(
            self.conversation_id, {**self.slots}, self.message, [*self.events], False, None, loop, "action_listen"
        )
        with self.runtime.database.session() as db:
            events = ACTIONS[action].act(Turn(dispatcher, tracker, db, self.runtime))
        self.said += dispatcher.messages
        if not action.startswith("validate_"):
            self.events.append({"event": "action", "name": action})
        for event in events:
            self.events.append(event)
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "active_loop":
                self.loop = event["name"]
        return next((event["name"] for event in events if event["event"] == "followup"), None)

    def _since_message(self) -> list[dict[str, Any]]:
        last = max(index for index, event in enumerate(self.events) if event["event"] == "user")
        return self.events[last + 1 :]


def _of_domain(response: str | None) -> list[dict[str, str]]:
    return DOMAIN["responses"][response][0].get("buttons", []) if response else []


def _filled(text: str, facts: dict[str, Any]) -> str:
    def value(name: re.Match[str]) -> str:
        assert facts.get(name[1]) is not None, f"{text!r} lacks the fact {name[1]}"
        return str(facts[name[1]])

    return re.sub(r"\{(\w+)\}", value, text)


@pytest.fixture
def ada(database) -> Shopper:
    return Shopper(database, ADA)


@pytest.fixture
def guest(database) -> Shopper:
    return Shopper(database, None)


@pytest.fixture
def stored(database):
    """``stored(function, *arguments)``: what the shop says, asked in a session of its own."""

    def ask(function, *arguments: Any, **options: Any) -> Any:
        with database.session() as db:
            return function(db, *arguments, **options)

    return ask


