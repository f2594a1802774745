"""A small shop with real products, and a shopper who talks to the product actions in it.

The database is a real one, and products are found by the real sentence embedding. What Rasa would do between two
messages (understanding, slots) is done here by hand: a test says the intent and the entities itself.

A plugin for the test modules of the product actions, so its fixtures bear names of their own.
"""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ShopAction, Turn
from actions.patterns import DeclineOutOfScope
from actions.product_availability import CheckAvailability
from actions.product_cart import RemoveFromCart, ShowCart
from actions.product_cart_add import AddToCart
from actions.product_cart_answer import AnswerCartQuestion
from actions.product_compare import CompareProducts
from actions.product_details import ProductDetails
from actions.product_offers import AskOffers
from actions.product_recommend import Recommend
from actions.product_search import RefineSearch, SearchProducts, ShowMore
from actions.runtime import Runtime
from models.embedding import SentenceEmbedding
from models.product_search import ProductSearch
from models.registry import Registry
from shop import catalogue, customers, policies
from shop.database import Database, open_database
from shop.owner import Owner
from shop.settings import ROOT, settings

ACTIONS: dict[str, type[ShopAction]] = {
    "search_product": SearchProducts, "refine_search": RefineSearch, "show_more": ShowMore,
    "product_details": ProductDetails, "compare_products": CompareProducts, "check_availability": CheckAvailability,
    "recommend": Recommend, "ask_offers": AskOffers, "add_to_cart": AddToCart, "show_cart": ShowCart,
    "remove_from_cart": RemoveFromCart, "inform": AnswerCartQuestion,
    "affirm": AnswerCartQuestion, "nlu_fallback": AnswerCartQuestion, "out_of_scope": DeclineOutOfScope,
}  # fmt: skip
RESPONSES = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["responses"]
ASKS_SIZE = ("utter_cart_ask_size", "utter_variant_not_available")
VISITOR = "5f0c8a9e3b1d4c6f8a7b9c0d1e2f3a4b"

CATEGORIES = [
    {"slug": "shoes", "name": "Shoes", "position": 1, "synonyms": ["footwear", "trainers"]},
    {"slug": "jackets", "name": "Jackets & coats", "position": 2},
    {"slug": "kitchen", "name": "Kitchen", "position": 3},
    {"slug": "outdoor", "name": "Camping & outdoor", "position": 4},
]


def shoe(
    product_id: str, title: str, brand: str, kind: str, price_cents: int, material: str, stock: dict, **more
) -> dict:
    """``stock``: {(colour, size): pieces}."""
    variants = [
        {"sku": f"{product_id}-{colour[:3].upper()}-{size}", "colour": colour, "size": size, "material": material,
         "price_cents": price_cents, "stock": pieces}
        for (colour, size), pieces in stock.items()
    ]  # fmt: skip
    row = {"product_id": product_id, "title": title, "brand": brand, "category": "shoes", "kind": kind,
           "description": f"A {kind} for every day. The sole is stitched, and the laces are waxed.",
           "attributes": {}, "rating": 4.0, "rating_count": 20, "variants": variants}  # fmt: skip
    return row | more


def thing(product_id: str, title: str, brand: str, category: str, kind: str, price_cents: int, **more) -> dict:
    """A product of one form, ten in stock unless ``stock`` says otherwise."""
    variant = {"sku": f"{product_id}-ONE", "colour": more.pop("colour", ""), "size": more.pop("size", ""),
               "material": more.pop("material", ""), "price_cents": price_cents, "stock": more.pop("stock", 10),
               "was_cents": more.pop("was_cents", None)}  # fmt: skip
    row = {"product_id": product_id, "title": title, "brand": brand, "category": category, "kind": kind,
           "description": f"A good {kind}.", "attributes": {}, "rating": 4.2, "rating_count": 15,
           "variants": [variant]}  # fmt: skip
    return row | more


def all_sizes(colour: str, pieces: int = 5, sold_out: tuple[str, ...] = ()) -> dict:
    return {(colour, size): 0 if size in sold_out else pieces for size in ("40", "41", "42", "43", "44")}


PRODUCTS = [
    shoe("P00001", "Brisa Glide", "Brisa", "running shoe", 8900, "nylon", all_sizes("blue", sold_out=("42",)),
         attributes={"weight_g": 260, "waterproof": False, "sole": "rubber"}, rating=4.6, rating_count=120),
    shoe("P00002", "Brisa Peak Trail", "Brisa", "running shoe", 11900, "nylon", all_sizes("red"),
         attributes={"weight_g": 310, "waterproof": True, "sole": "rubber"}, rating=4.1),
    shoe("P00003", "Alder Swift", "Alder", "running shoe", 5900, "polyester", all_sizes("blue") | all_sizes("black"),
         attributes={"weight_g": 245, "waterproof": False}, rating=3.9),
    shoe("P00004", "Alder Marathon", "Alder", "running shoe", 7900, "polyester", {("red", "42"): 2, ("red", "43"): 4}),
    shoe("P00005", "Tern Flyer", "Tern", "running shoe", 6900, "nylon", all_sizes("black")),
    shoe("P00006", "Tern Classic", "Tern", "running shoe", 4900, "nylon", all_sizes("white", pieces=0)),
    shoe("P00007", "Harrow Ridge", "Harrow", "hiking boot", 14900, "leather", all_sizes("brown"),
         attributes={"waterproof": True, "care": "wax it now and then"}),
    shoe("P00008", "Harrow Moor", "Harrow", "hiking boot", 12900, "suede", all_sizes("grey")),
    shoe("P00009", "Kelp Beach", "Kelp", "sandal", 2900, "leather", all_sizes("brown")),
    shoe("P00010", "Alder Tempo", "Alder", "running shoe", 9900, "nylon", all_sizes("black")),
    shoe("P00011", "Brisa Dawn", "Brisa", "running shoe", 9500, "nylon", all_sizes("blue")),
    thing("P00020", "Sleet rain jacket", "Harrow", "jackets", "rain jacket", 9900, colour="navy", size="M",
          material="nylon", attributes={"waterproof": True}),
    thing("P00021", "Fell fleece", "Harrow", "jackets", "fleece jacket", 6900, colour="green", size="M",
          material="fleece"),
    thing("P00022", "Drift down jacket", "Alder", "jackets", "down jacket", 18900, colour="black", size="M",
          material="down"),
    thing("P00030", "Copper saucepan {0[title]}", "Oven & Oak", "kitchen", "saucepan", 7900,
          material="stainless steel"),
    thing("P00031", "Stoneware mug", "Oven & Oak", "kitchen", "mug", 1200, material="ceramic", stock=3),
    thing("P00032", "Tall teapot", "Oven & Oak", "kitchen", "teapot", 3900, material="ceramic", was_cents=4900),
    thing("P00033", "Iron frying pan", "Oven & Oak", "kitchen", "frying pan", 4500, material="cast iron"),
    thing("P00034", "Little frying pan", "Oven & Oak", "kitchen", "frying pan", 2500, material="cast iron"),
    thing("P00035", "Wide frying pan", "Oven & Oak", "kitchen", "frying pan", 5500, material="cast iron"),
    thing("P00040", "Cairn tent", "Harrow", "outdoor", "tent", 24900, attributes={"persons": 2, "weight_kg": 2.4}),
    thing("P00041", "Ember stove", "Harrow", "outdoor", "camping stove", 5900),
    thing("P00042", "Brook bottle", "Kelp", "outdoor", "water bottle", 1900, stock=0),
]  # fmt: skip
DELIVERY = "---\ntitle: Delivery\nshipping_cents: 495\nfree_shipping_from_cents: 5000\n---\nTwo to four days.\n"


class Reply:
    """What the bot said in one turn, drawn things included, its texts filled as Rasa fills them."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages
        self.responses = [message["response"] for message in messages]
        self.drawn = {key: value for message in messages for key, value in (message["custom"] or {}).items()}
        self.cards = self.drawn.get("cards", [])
        self.ids = [card["product_id"] for card in self.cards]
        self.buttons = [button for message in messages for button in message["buttons"]]
        self.titles = [button["title"] for button in self.buttons]

    @property
    def text(self) -> str:
        return " ".join(self.in_all_wordings()[0])

    def in_all_wordings(self) -> list[list[str]]:
        """The texts of all messages in each of the domain's variations. Fails where a placeholder has no fact."""
        return [
            [variations[number % len(variations)]["text"].format_map(message)
             for message in self.messages for variations in [RESPONSES[message["response"]]]]
            for number in range(3)
        ]  # fmt: skip

    def card(self, product_id: str) -> dict[str, Any]:
        return next(card for card in self.cards if card["product_id"] == product_id)


class Shopper:
    """Says things and presses buttons; keeps the slots as Rasa would."""

    def __init__(self, runtime: Runtime, customer_id: str | None = None, visitor_id: str | None = VISITOR) -> None:
        self.runtime = runtime
        self.customer_id, self.visitor_id = customer_id, visitor_id
        self.slots: dict[str, Any] = {}
        self.page: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []

    @property
    def owner(self) -> Owner:
        return Owner(self.customer_id, self.visitor_id)

    def say(
        self, intent: str, text: str = "", message_id: str | None = None, confidence: float = 0.6, **entities: Any
    ) -> Reply:
        """Say ``text``, understood as ``intent`` with ``entities`` (a list for several of one name).

        An entity's place in the text is where its value stands there, if it does.
        """
        found = []
        for name, values in entities.items():
            for value in values if isinstance(values, list) else [values]:
                start = text.lower().find(str(value).lower())
                place = {"start": start, "end": start + len(str(value))} if start >= 0 else {}
                found.append({"entity": name, "value": value, **place})
        metadata = {
            "message_id": message_id or uuid4().hex, "conversation_id": "c" * 32, "customer_id": self.customer_id,
            "visitor_id": self.visitor_id, "page": self.page,
        }  # fmt: skip
        understood = {"name": intent, "confidence": confidence}
        message = {"text": text, "intent": understood, "entities": found, "metadata": metadata}
        self.events.append({"event": "user", "text": text, "metadata": metadata, "parse_data": message})
        tracker = Tracker("c" * 32, {**self.slots}, message, self.events, False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        with self.runtime.database.session() as db:
            events = ACTIONS[intent]().act(Turn(dispatcher, tracker, db, self.runtime))
        for event in events:
            self.slots[event["name"]] = event["value"]
        self.events += events
        reply = Reply(dispatcher.messages)
        reply.in_all_wordings()
        for message in reply.messages:  # of sizes there may be a whole ladder
            assert len(message["buttons"]) <= (12 if message["response"] in ASKS_SIZE else 4)
        return reply

    def hear(self, intent: str, text: str) -> None:
        """A message that a rule answers without any of these actions."""
        self.events.append({"event": "user", "text": text, "parse_data": {"text": text, "intent": {"name": intent}}})

    def press(self, reply: Reply, title: str) -> Reply:
        """Press the button with this title: what it sends is understood without any classifier."""
        payload = next(button["payload"] for button in reply.buttons if button["title"] == title)
        intent, _, entities = payload.removeprefix("/").partition("{")
        return self.say(intent, payload, **(yaml.safe_load("{" + entities) if entities else {}))


@pytest.fixture(scope="session")
def sentence_embedding() -> SentenceEmbedding:
    return SentenceEmbedding.load(Registry(settings.var / "models").require("embedding").directory)


@pytest.fixture(scope="session")
def filled_product_shop(tmp_path_factory, sentence_embedding) -> tuple[Path, ProductSearch]:
    folder = tmp_path_factory.mktemp("products")
    (folder / "delivery.md").write_text(DELIVERY, "utf-8")
    database = open_database(f"sqlite:///{folder / 'shop.db'}")
    database.migrate()
    with database.session() as db:
        catalogue.upsert_categories(db, CATEGORIES)
        catalogue.upsert_products(db, PRODUCTS)
        policies.load_policies(db, folder)
        for email, agreed in (("ada@example.com", True), ("noa@example.com", False)):
            person = customers.create(db, email, "A", "Shopper")
            customers.set_consent(db, person.customer_id, "personalisation", agreed)
    with database.session() as db:
        search = ProductSearch.build(list(catalogue.all_products(db)), sentence_embedding)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "shop.db", search


@pytest.fixture
def product_database(filled_product_shop, tmp_path) -> Iterator[Database]:
    shutil.copy(filled_product_shop[0], tmp_path / "shop.db")
    opened = open_database(f"sqlite:///{tmp_path / 'shop.db'}")
    yield opened
    opened.close()


@pytest.fixture
def product_runtime(filled_product_shop, product_database) -> Runtime:
    return Runtime(product_database, filled_product_shop[1])


@pytest.fixture
def guest_shopper(product_runtime) -> Shopper:
    return Shopper(product_runtime)


@pytest.fixture
def ada_shopper(product_runtime) -> Shopper:
    """A customer who agreed to personal suggestions."""
    return Shopper(product_runtime, customer_id="C00001")


@pytest.fixture
def noa_shopper(product_runtime) -> Shopper:
    """A customer who did not."""
    return Shopper(product_runtime, customer_id="C00002")
