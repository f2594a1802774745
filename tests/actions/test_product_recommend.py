from __future__ import annotations

from collections import Counter

from shop import catalogue, events

pytest_plugins = ["tests.actions.product_stage"]


def did(shopper, kind, *product_ids):
    with shopper.runtime.database.session() as db:
        for product_id in product_ids:
            events.record(
                db, kind, product_id, shopper.customer_id, None if shopper.customer_id else shopper.visitor_id
            )


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
    assert "Goes with your Iron frying pan" in [card["reason"] for card in reply.cards]


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
