"""What is recommended, why, and what the shop has a say in."""
from __future__ import annotations

import os
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from actions import product_candidates, product_personal
from actions import runtime as runtime_module
from actions.runtime import Runtime
from models.customer_encoder.behaviour import BehaviourVectors
from models.customer_encoder.fitting import fit, save
from models.customer_encoder.sequences import CHOICE, History, hold_out
from models.customer_encoder.training import Settings
from models.encoder_in_use import encoder_for_new_index, encoder_of_index
from models.errors import ModelsError, VersionMismatch
from models.product_search import ProductSearch
from models.product_text import document
from models.registry import Registry
from shop import carts, catalogue, catalogue_changes, events, orders, schema
from shop.clock import utc_now
from shop.order import ADDRESS
from shop.owner import Owner
from shop.settings import settings
from tests.actions.product_stage import PRODUCTS, Shopper, thing

pytest_plugins = ["tests.actions.product_stage"]

SMALL = Settings(width=16, heads=2, length=12, dropout=0.1, learning_rate=5e-3, epochs=3, factors=8, threads=1)
# In this shop who buys a pan buys a tent next, and with it a stove; who buys shoes buys a jacket next.
HABITS = (("P00033", "P00040", "P00041"), ("P00034", "P00040", "P00041"), ("P00001", "P00020", "P00021"),
          ("P00003", "P00020", "P00022"))  # fmt: skip


def did(shopper, kind, *product_ids, days_ago=0):
    with shopper.runtime.database.session() as db:
        for product_id in product_ids:
            events.record(
                db, kind, product_id, shopper.customer_id, None if shopper.customer_id else shopper.visitor_id,
                at=utc_now() - timedelta(days=days_ago),
            )  # fmt: skip


def ordered_together(runtime, product_ids, people):
    with runtime.database.session() as db:
        for number in range(people):
            order = f"{900000 + number}"
            db.execute(schema.orders.insert().values(
                number=order, status="delivered", placed_at=utc_now() - timedelta(days=3), subtotal_cents=1,
                total_cents=1, currency="EUR", payment_method="card", email=f"p{number}@example.com", name="A",
                street="B", postcode="C", city="D", country="E"))
            for product_id in product_ids:
                db.execute(schema.order_lines.insert().values(
                    order_number=order, sku="x", product_id=product_id, title="x", quantity=1, price_cents=1))


@pytest.fixture
def rules(product_runtime, tmp_path):
    """Sets the shop's rules, as somebody who saves the file does."""
    path = tmp_path / "merchandising.toml"
    path.write_text("", "utf-8")
    product_runtime.merchandising.path = path
    saved = [0]

    def write(text: str) -> None:
        path.write_text(text, "utf-8")
        saved[0] += 1
        os.utime(path, ns=(saved[0], saved[0]))

    return write


@pytest.fixture(scope="session")
def published(tmp_path_factory, sentence_embedding, filled_product_shop) -> Path:
    """A registry with the embedding, an encoder that learned HABITS, and an index of both."""
    folder = tmp_path_factory.mktemp("habits") / "models"
    shutil.copytree(settings.var / "models" / "embedding", folder / "embedding")
    database_file, _ = filled_product_shop
    database = runtime_module.open_database(f"sqlite:///{database_file}")
    with database.session() as db:
        products = list(catalogue.all_products(db))
    database.close()
    ids = [each.product_id for each in products]
    chance = np.random.default_rng(1)
    histories = []
    for _ in range(160):
        first, *basket = [ids.index(each) for each in HABITS[chance.integers(len(HABITS))]]
        rows = [*chance.permutation(len(ids))[: chance.integers(0, 2)], first, *basket]
        visits = [*range(len(rows) - 1), len(rows) - 2]  # the last two in one basket
        histories.append(History(np.array(rows), np.full(len(rows), CHOICE), np.full(len(rows), 5), np.array(visits)))
    text = sentence_embedding.embed([document(each) for each in products])
    train_on, asked = hold_out(histories)
    fitted = fit([*train_on, *histories], asked, len(products), text, SMALL, quiet=True)
    registry = Registry(folder)
    version = save(fitted, ids, text, folder / ".draft")
    registry.publish("encoder", version, folder / ".draft", {"embedding": registry.require("embedding").name})
    ProductSearch.build(products, sentence_embedding, BehaviourVectors.load(folder / "encoder" / version)).save(folder)
    return folder


@pytest.fixture
def learned(published, product_runtime) -> Runtime:
    """The shop's runtime, with what the encoder learned."""
    with product_runtime.database.session() as db:
        product_runtime.search = ProductSearch.open(
            published, list(catalogue.all_products(db)), encoder_of_index(published)
        )
    return product_runtime


def kinds(shopper, reply):
    with shopper.runtime.database.session() as db:
        return Counter(each.kind for each in catalogue.products(db, reply.ids))


def test_a_customer_is_recommended_what_suits_their_history(ada_shopper):
    did(ada_shopper, "view", "P00033", "P00034")
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert reply.responses == ["utter_recommend_personal"]
    assert {"P00035", "P00030"} & set(reply.ids[:3])
    assert "Because you looked at the" in reply.card("P00035")["reason"]


def test_what_a_customer_has_bought_is_not_recommended_again(ada_shopper):
    did(ada_shopper, "purchase", "P00033")
    reply = ada_shopper.say("recommend", "any recommendations?")
    assert "P00033" not in reply.ids
    assert "Because you bought the Iron frying pan" in [card["reason"] for card in reply.cards]


def test_no_more_than_two_of_a_kind_are_recommended_together(ada_shopper):
    did(ada_shopper, "view", "P00001", "P00002")
    reply = ada_shopper.say("recommend", "suggest something for me")
    assert max(kinds(ada_shopper, reply).values()) <= 2


def test_without_consent_the_history_is_left_alone(noa_shopper):
    did(noa_shopper, "view", "P00033", "P00034", "P00035")
    reply = noa_shopper.say("recommend", "what do you recommend")
    assert reply.responses == ["utter_recommend_popular"]
    assert not any("you looked at" in (card["reason"] or "") for card in reply.cards)


def test_a_guest_is_recommended_by_what_they_saw_in_this_visit(guest_shopper):
    did(guest_shopper, "view", "P00040")
    reply = guest_shopper.say("recommend", "what do you recommend")
    assert reply.responses == ["utter_recommend_personal"]
    assert "P00040" not in reply.ids


def test_what_a_guest_saw_in_an_earlier_visit_is_left_alone(guest_shopper):
    did(guest_shopper, "view", "P00033", days_ago=1)
    reply = guest_shopper.say("recommend", "what do you recommend")
    assert reply.responses == ["utter_recommend_popular"]
    assert not any("ooked at" in (card["reason"] or "") for card in reply.cards)


def test_a_visit_lasts_as_long_as_something_is_done(guest_shopper):
    for minutes, product_id in ((110, "P00007"), (70, "P00033"), (45, "P00040"), (20, "P00040")):
        did(guest_shopper, "view", product_id, days_ago=minutes / 1440)
    reply = guest_shopper.say("recommend", "what do you recommend")
    assert reply.responses == ["utter_recommend_personal"]
    reasons = [card["reason"] for card in reply.cards]
    assert "Because you looked at the Iron frying pan" in reasons
    assert "Because you looked at the Harrow Ridge" not in reasons


def test_all_that_meets_a_narrow_wish_is_recommended_however_far_down_it_is(guest_shopper, monkeypatch):
    monkeypatch.setattr(product_candidates, "DEPTH", 2)
    assert set(guest_shopper.say("recommend", "/recommend", price_max=3000).ids) == {"P00009", "P00031", "P00034"}
    cheapest = guest_shopper.say("recommend", "/recommend", price_max=3000, sort="price_asc")
    assert cheapest.ids == ["P00031", "P00034", "P00009"]
    dearest = guest_shopper.say("recommend", "/recommend", price_max=3000, sort="price_desc")
    assert dearest.ids == ["P00009", "P00034", "P00031"]


def test_what_is_in_another_order_is_not_called_popular_or_explained_by_a_taste(guest_shopper):
    did(guest_shopper, "view", "P00033")
    for reply in (guest_shopper.say("recommend", "what is popular"),
                  guest_shopper.say("recommend", "recommend something cheap", sort="price_asc")):
        assert {"P00030", "P00034"} & set(reply.ids)
        assert not any("Because you" in (card["reason"] or "") for card in reply.cards)
    assert reply.responses == ["utter_recommend_range"]


def test_a_guests_idea_is_found_by_its_words_and_explained_by_nothing_else(guest_shopper):
    did(guest_shopper, "view", "P00033")
    reply = guest_shopper.say("recommend", "can you suggest a frying pan", category="kitchen")
    assert reply.responses == ["utter_recommend_for"] and "P00034" in reply.ids
    assert not any("Because you" in (card["reason"] or "") for card in reply.cards)


def test_a_guest_who_saw_nothing_gets_what_is_popular(guest_shopper):
    reply = guest_shopper.say("recommend", "what do you recommend")
    assert reply.responses == ["utter_recommend_popular"]
    assert reply.ids[0] == "P00001"
    assert reply.cards[0]["reason"] == "Rated 4.6 of 5 by 120 shoppers"


def test_what_cannot_be_bought_is_not_recommended(guest_shopper):
    seen = []
    reply = guest_shopper.say("recommend", "what do you recommend")
    while reply.cards:
        assert all(card["in_stock"] for card in reply.cards)
        seen += reply.ids
        reply = guest_shopper.say("show_more", "something else")
    assert reply.responses == ["utter_no_more_recommendations"]
    assert len(seen) == len(set(seen))
    assert "P00042" not in seen and "P00006" not in seen


def test_an_idea_for_a_purpose_is_found_by_its_words(guest_shopper):
    reply = guest_shopper.say("recommend", "can you suggest something for camping in the hills")
    assert reply.responses == ["utter_recommend_for"]
    assert {"P00040", "P00041"} & set(reply.ids[:2])


def test_something_similar_is_like_the_product_discussed(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00033"}
    reply = guest_shopper.say("recommend", "show me something similar to this")
    assert set(reply.ids[:2]) == {"P00034", "P00035"}
    assert {each["source"] for each in reply.drawn["exposures"]} == {"similar"}


def test_a_recommendation_can_be_refined(guest_shopper):
    guest_shopper.say("recommend", "what do you recommend")
    reply = guest_shopper.say("refine_search", "under 30 euros", price_max=3000)
    assert reply.cards and max(card["price_cents"] for card in reply.cards) <= 3000


def test_the_customers_taste_brings_what_suits_them_forward_in_a_search(ada_shopper, guest_shopper):
    did(ada_shopper, "purchase", "P00022", "P00020", "P00021")
    plain = guest_shopper.say("search_product", "something useful")
    hers = ada_shopper.say("search_product", "something useful")
    jackets = {"P00020", "P00021", "P00022"}
    assert len(jackets & set(hers.ids)) > len(jackets & set(plain.ids))


def test_what_others_do_next_is_recommended_with_the_purchase_that_speaks_for_it(learned, ada_shopper):
    did(ada_shopper, "purchase", "P00031", days_ago=9)
    did(ada_shopper, "purchase", "P00033", days_ago=2)
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert reply.responses == ["utter_recommend_personal"]
    assert "P00040" in reply.ids[:3]
    assert reply.card("P00040")["reason"] == "Because you bought the Iron frying pan"


def test_without_consent_nothing_that_others_do_next_is_recommended_by_the_history(learned, noa_shopper):
    did(noa_shopper, "purchase", "P00033", days_ago=2)
    reply = noa_shopper.say("recommend", "what would you recommend")
    assert reply.responses == ["utter_recommend_popular"]
    assert not any("you" in (card["reason"] or "") for card in reply.cards)
    assert reply.ids == Shopper(learned).say("recommend", "what would you recommend").ids


def test_a_guest_is_known_by_what_they_looked_at_and_not_by_habits(learned, guest_shopper, ada_shopper):
    did(guest_shopper, "view", "P00033")
    asked = []
    real = learned.search.behaviour.customer
    learned.search.behaviour.customer = lambda done: asked.append(done) or real(done)
    reply = guest_shopper.say("recommend", "what would you recommend")
    assert set(reply.ids[:2]) == {"P00034", "P00035"}
    assert reply.card("P00034")["reason"] == "Because you looked at the Iron frying pan"
    assert asked == []
    did(ada_shopper, "view", "P00033")
    ada_shopper.say("recommend", "what would you recommend")
    assert asked


def test_every_reason_is_true_of_what_the_shopper_did(learned, ada_shopper):
    did(ada_shopper, "view", "P00001", days_ago=3)
    did(ada_shopper, "purchase", "P00033", days_ago=2)
    told = {
        "Because you bought the Iron frying pan", "Because you looked at the Brisa Glide", "You looked at this before",
    }
    seen = set()
    reply = ada_shopper.say("recommend", "what would you recommend")
    while reply.cards:
        seen |= {card["reason"] for card in reply.cards if "you" in (card["reason"] or "")}
        reply = ada_shopper.say("show_more", "something else")
    assert "Because you bought the Iron frying pan" in seen
    assert seen <= told


def test_a_product_that_came_today_is_recommended_today(learned, ada_shopper):
    row = thing("P00099", "Copper frying pan", "Oven & Oak", "kitchen", "frying pan", 5200, material="copper")
    with learned.database.session() as db:
        catalogue.upsert_products(db, [row])
        learned.search.apply(catalogue.products(db, ["P00099"]))
    did(ada_shopper, "view", "P00033", "P00034", days_ago=1)
    ids, reply = [], ada_shopper.say("recommend", "what would you recommend")
    while reply.cards:
        ids += reply.ids
        reply = ada_shopper.say("show_more", "something else")
    assert "P00099" in ids
    assert learned.search.similar("P00033", k=3)[0].product_id in {"P00034", "P00035", "P00099"}


def test_what_goes_with_a_product_is_what_is_bought_with_it(learned, guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00040"}
    ordered_together(learned, ["P00040", "P00041"], people=3)
    reply = guest_shopper.say("recommend", "what goes well with this")
    assert reply.responses == ["utter_recommend_with"]
    assert reply.ids[0] == "P00041" and "P00040" not in reply.ids
    assert reply.card("P00041")["reason"] == "Often bought together with the Cairn tent"
    assert "Cairn tent" in reply.text


def test_what_goes_with_a_product_is_counted_where_nothing_was_learned(product_runtime, guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00040"}
    nothing = guest_shopper.say("recommend", "what goes with it")
    assert nothing.responses == ["utter_no_more_recommendations"]
    ordered_together(product_runtime, ["P00040", "P00031"], people=2)
    reply = guest_shopper.say("recommend", "what goes with it")
    assert reply.ids == ["P00031"]
    assert reply.cards[0]["reason"] is None  # two people are not often


def test_what_is_counted_to_go_with_a_product_is_of_the_department_asked_for(product_runtime, guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00040"}
    ordered_together(product_runtime, ["P00040", "P00031", "P00020"], people=2)
    reply = guest_shopper.say("recommend", "which jacket goes with this tent", category=["jackets", "outdoor"])
    assert reply.ids == ["P00020"]


def test_of_which_jacket_goes_with_this_tent_only_jackets_are_meant(learned, guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00040"}
    reply = guest_shopper.say("recommend", "which jacket goes with this tent", category=["jackets", "outdoor"])
    assert set(reply.ids) <= {"P00020", "P00021", "P00022"}


def test_popular_is_what_several_people_bought_this_month(product_runtime, guest_shopper):
    ordered_together(product_runtime, ["P00009"], people=3)
    reply = guest_shopper.say("recommend", "what is popular right now")
    assert reply.ids[0] == "P00009"
    assert reply.cards[0]["reason"] == "Popular this month"
    assert "Popular this month" not in [card["reason"] for card in reply.cards[1:]]


def test_each_product_shown_is_recorded_at_its_place_with_certainty(ada_shopper):
    did(ada_shopper, "view", "P00033", "P00001", days_ago=1)
    first = ada_shopper.say("recommend", "what would you recommend")
    second = ada_shopper.say("show_more", "something else")
    shown = first.drawn["exposures"] + second.drawn["exposures"]
    assert [each["product_id"] for each in shown] == first.ids + second.ids
    assert [each["position"] for each in shown] == list(range(1, len(shown) + 1))
    assert {each["probability"] for each in shown} == {1.0}
    assert first.ids == ada_shopper.say("recommend", "what would you recommend").ids


def test_shoes_bought_lately_keep_other_shoes_of_the_kind_away_until_they_are_asked_for(rules, ada_shopper):
    rules('[[again]]\ncategory = "shoes"\nproduct_days = 365\nkind_days = 180\n')
    did(ada_shopper, "purchase", "P00001", days_ago=100)
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert "running shoe" not in kinds(ada_shopper, reply)
    asked_for = ada_shopper.say("recommend", "recommend me some running shoes", category="shoes")
    assert "running shoe" in kinds(ada_shopper, asked_for) and "P00001" not in asked_for.ids


def test_who_looked_at_much_since_is_not_offered_what_they_bought_before(rules, ada_shopper, monkeypatch):
    rules('[[again]]\ncategory = "shoes"\nproduct_days = 365\nkind_days = 180\n')
    monkeypatch.setattr(product_personal, "HISTORY_EVENTS", 6)
    did(ada_shopper, "view", *["P00007", "P00008"] * 3, days_ago=1)
    assert "running shoe" in kinds(ada_shopper, ada_shopper.say("recommend", "what would you recommend"))
    did(ada_shopper, "purchase", "P00001", days_ago=100)
    assert "running shoe" not in kinds(ada_shopper, ada_shopper.say("recommend", "what would you recommend"))


def bought(shopper, product_id):
    """An order of one thing, placed as the shop's own pages place it."""
    with shopper.runtime.database.session() as db:
        owner = Owner(shopper.customer_id)
        carts.add(db, owner, f"{product_id}-ONE")
        return orders.place(db, owner, "ada@example.com", dict.fromkeys(ADDRESS, "x"), "invoice", uuid4().hex)


def delivered(shopper, order):
    with shopper.runtime.database.session() as db:
        db.execute(schema.orders.update().where(schema.orders.c.number == order.number).values(
            status="delivered", delivered_at=utc_now()))  # fmt: skip


def reasons(reply):
    return " ".join(card["reason"] or "" for card in reply.cards)


def test_a_cancelled_order_is_neither_a_reason_nor_kept_from_the_shopper(rules, ada_shopper):
    rules('[[again]]\ncategory = "kitchen"\nproduct_days = 365\n')
    order = bought(ada_shopper, "P00033")
    did(ada_shopper, "view", "P00034", days_ago=1)
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert "P00033" not in reply.ids and "you bought the Iron frying pan" in reasons(reply)
    with ada_shopper.runtime.database.session() as db:
        orders.cancel(db, order, "request-1")
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert "P00033" in reply.ids and "bought" not in reasons(reply)


def test_what_was_sent_back_is_no_reason_and_not_offered_again_but_its_like_is(rules, ada_shopper):
    rules('[[again]]\ncategory = "kitchen"\nproduct_days = 365\nkind_days = 180\n')
    order = bought(ada_shopper, "P00033")
    did(ada_shopper, "view", "P00034", days_ago=1)
    assert "frying pan" not in kinds(ada_shopper, ada_shopper.say("recommend", "what would you recommend"))
    delivered(ada_shopper, order)
    with ada_shopper.runtime.database.session() as db:
        orders.start_return(db, order, None, "too heavy", "request-1")
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert "P00033" not in reply.ids and "bought" not in reasons(reply)
    assert "frying pan" in kinds(ada_shopper, reply)


def test_where_the_rules_refuse_all_that_is_near_something_else_is_recommended(rules, ada_shopper, monkeypatch):
    monkeypatch.setattr(product_candidates, "DEPTH", 2)
    rules('[[again]]\ncategory = "kitchen"\nkind_days = 180\n')
    did(ada_shopper, "purchase", "P00033", days_ago=1)
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert reply.responses == ["utter_recommend_popular"] and "P00001" in reply.ids


def test_what_is_used_up_is_recommended_again(rules, ada_shopper):
    rules('[[again]]\nkind = "frying pan"\nproduct_days = 0\n')
    did(ada_shopper, "purchase", "P00033", days_ago=1)
    reply = ada_shopper.say("recommend", "what would you recommend")
    assert reply.card("P00033")["reason"] == "You bought this before"


def test_a_pinned_product_stands_at_its_place_if_it_can_be_bought(rules, guest_shopper, ada_shopper):
    rules('[[pin]]\nproduct = "P00031"\nplace = 2\n[[pin]]\nproduct = "P00042"\nplace = 1\n')
    reply = guest_shopper.say("recommend", "what do you recommend")
    assert reply.ids[1] == "P00031"
    assert "P00042" not in reply.ids  # sold out
    did(ada_shopper, "view", "P00001", days_ago=2)
    assert ada_shopper.say("recommend", "what do you recommend").ids[1] == "P00031"


def test_a_pinned_product_of_another_department_stays_away(rules, guest_shopper):
    rules('[[pin]]\nproduct = "P00031"\nplace = 1\n')
    reply = guest_shopper.say("recommend", '/recommend{"category": "shoes"}', category="shoes")
    assert reply.responses == ["utter_recommend_popular"] and "P00031" not in reply.ids
    reply = guest_shopper.say("recommend", '/recommend{"category": "kitchen"}', category="kitchen")
    assert reply.ids[0] == "P00031"


def test_what_the_shop_hides_is_not_recommended_and_still_found(rules, guest_shopper):
    rules('[[hide]]\nbrand = "Brisa"\n[[hide]]\nproduct = "P00003"\n')
    seen, reply = [], guest_shopper.say("recommend", "what do you recommend")
    while reply.cards:
        seen += reply.ids
        reply = guest_shopper.say("show_more", "something else")
    assert seen and not {"P00001", "P00002", "P00011", "P00003"} & set(seen)
    assert "P00001" in guest_shopper.say("search_product", "brisa glide").ids


def test_a_rule_is_in_force_with_the_next_answer_and_a_broken_file_changes_nothing(rules, guest_shopper, caplog):
    first = guest_shopper.say("recommend", "what do you recommend").ids[0]
    rules(f'[[hide]]\nproduct = "{first}"\n')
    assert first not in guest_shopper.say("recommend", "what do you recommend").ids
    rules("[[hide]]\nproduct = 7\n")
    assert first not in guest_shopper.say("recommend", "what do you recommend").ids
    assert "hide[1].product is 7" in caplog.text


def test_an_index_is_opened_with_the_encoder_it_was_built_with(published, product_database, tmp_path):
    with product_database.session() as db:
        products = list(catalogue.all_products(db))
    with pytest.raises(VersionMismatch, match="floorwalker train index"):
        ProductSearch.open(published, products)
    models = tmp_path / "models"
    shutil.copytree(published, models)
    version = Registry(models).require("encoder").name
    shutil.rmtree(models / "encoder" / version)
    with pytest.raises(ModelsError, match=rf"(?s){version}.*floorwalker train index"):
        encoder_of_index(models)


def test_an_encoder_of_another_embedding_is_left_out_of_a_new_index(published, tmp_path, caplog):
    models = tmp_path / "models"
    shutil.copytree(published, models)
    registry = Registry(models)
    assert encoder_for_new_index(registry).name == registry.require("encoder").name
    shutil.copytree(registry.require("embedding").directory, models / ".other")
    registry.publish("embedding", "other", models / ".other", {})
    assert encoder_for_new_index(registry) is None
    assert "floorwalker train encoder" in caplog.text


def test_a_newly_trained_encoder_is_in_use_without_a_restart(
    published, product_database, sentence_embedding, tmp_path, monkeypatch
):
    monkeypatch.setattr(runtime_module, "CHECK_SECONDS", 0.0)
    models = tmp_path / "models"
    shutil.copytree(published, models)
    with product_database.session() as db:
        products = list(catalogue.all_products(db))
        ProductSearch.build(products, sentence_embedding).save(models)
        runtime = Runtime(product_database, ProductSearch.open(models, products), catalogue_changes.mark(db), models)
    assert runtime.search.behaviour is None
    encoder = BehaviourVectors.load(Registry(models).require("encoder").directory)
    ProductSearch.build(products, sentence_embedding, encoder).save(models)
    with product_database.session() as db:
        runtime.refresh(db)
    runtime.wait()
    assert runtime.search.behaviour.version == encoder.version
    ada = Shopper(runtime, customer_id="C00001")
    did(ada, "purchase", "P00033", days_ago=2)
    assert "P00040" in ada.say("recommend", "what would you recommend").ids[:3]


def test_the_shop_of_these_tests_has_what_they_speak_of():
    assert {each for habit in HABITS for each in habit} <= {row["product_id"] for row in PRODUCTS}
