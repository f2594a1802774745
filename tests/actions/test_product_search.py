from __future__ import annotations

pytest_plugins = ["tests.actions.product_stage"]

RUNNING_SHOES = {"P00001", "P00002", "P00003", "P00004", "P00005", "P00010", "P00011"}


def running_shoes(shopper):
    return shopper.say("search_product", "I'm looking for running shoes", category="shoes")


def test_a_shopper_who_wants_running_shoes_sees_running_shoes_only(guest_shopper):
    reply = running_shoes(guest_shopper)
    assert len(reply.ids) == 6
    assert set(reply.ids) <= RUNNING_SHOES
    assert "running shoes" in reply.text


def test_what_is_shown_is_recorded_as_an_exposure_with_its_place(guest_shopper):
    first = running_shoes(guest_shopper)
    more = guest_shopper.say("show_more", "more")
    assert [each["product_id"] for each in first.drawn["exposures"]] == first.ids
    assert [each["position"] for each in first.drawn["exposures"]] == [1, 2, 3, 4, 5, 6]
    assert more.drawn["exposures"][0] == {
        "product_id": more.ids[0], "position": 7, "probability": 1.0, "source": "search"
    }  # fmt: skip


def test_more_shows_others_and_at_the_end_says_that_was_all(guest_shopper):
    first = running_shoes(guest_shopper)
    more = guest_shopper.say("show_more", "more please")
    assert more.ids and not set(more.ids) & set(first.ids)
    assert guest_shopper.say("show_more", "more").responses == ["utter_no_more"]


def test_what_is_sold_out_comes_last_and_says_so(guest_shopper):
    running_shoes(guest_shopper)
    reply = guest_shopper.say("show_more", "more")
    assert reply.ids[-1] == "P00006"
    assert reply.card("P00006")["note"] == "Sold out at the moment"
    assert not reply.card("P00006")["in_stock"]


def test_a_shoe_that_is_sold_out_in_the_size_names_the_sizes_there_are(guest_shopper):
    reply = guest_shopper.say("search_product", "blue running shoes in 42", category="shoes", colour="blue", size="42")
    assert reply.ids[-1] == "P00001"
    assert reply.card("P00001")["note"] == "Sold out in 42, there is 41 and 43"


def test_few_pieces_left_are_said_on_the_card(guest_shopper):
    reply = guest_shopper.say("search_product", "red running shoes in 42", category="shoes", colour="red", size="42")
    assert reply.card("P00004")["note"] == "Only 2 left in 42"


def test_where_the_price_is_too_low_the_shopper_hears_the_nearest_one(guest_shopper):
    reply = guest_shopper.say("search_product", "running shoes under 50 euros", category="shoes", price_max=5000)
    assert reply.responses == ["utter_search_relaxed_price"]
    assert "€59.00" in reply.text
    assert reply.ids[0] == "P00003"


def test_where_a_colour_does_not_exist_it_is_left_out_and_that_is_said(guest_shopper):
    reply = guest_shopper.say("search_product", "purple hiking boots", category="shoes", colour="purple")
    assert reply.responses == ["utter_search_relaxed"]
    assert "the colour purple" in reply.text
    assert set(reply.ids) == {"P00007", "P00008"}


def test_where_something_was_left_out_no_more_is_promised_than_there_is(guest_shopper):
    reply = guest_shopper.say("search_product", "purple shoes", category="shoes", colour="purple")
    assert reply.responses == ["utter_search_relaxed"] and len(reply.ids) == 6
    assert "Show more" not in reply.titles
    assert guest_shopper.say("show_more", "more").responses == ["utter_no_more"]


def test_what_a_shopper_does_not_want_is_given_up_last(guest_shopper):
    reply = guest_shopper.say(
        "search_product", "hiking boots, no leather, from Brisa",
        category="shoes", not_material="leather", brand="Brisa",
    )
    assert "the brand Brisa" in reply.text
    assert reply.ids == ["P00008"]


def test_for_something_the_shop_does_not_have_the_bot_does_not_pretend(guest_shopper):
    reply = guest_shopper.say("search_product", "do you sell laptops")
    assert reply.responses == ["utter_search_far"]


def test_asking_for_nothing_in_particular_gets_a_question_and_departments(guest_shopper):
    reply = guest_shopper.say("search_product", "I'm looking for something")
    assert reply.responses == ["utter_ask_what_to_search"]
    assert "Shoes" in reply.titles
    assert guest_shopper.press(reply, "Shoes").cards


def test_a_shopper_refines_step_by_step(guest_shopper):
    running_shoes(guest_shopper)
    assert set(guest_shopper.say("refine_search", "in blue", colour="blue").ids) == {"P00001", "P00003", "P00011"}
    assert set(guest_shopper.say("refine_search", "rather black", colour="black").ids) == {"P00003", "P00005", "P00010"}
    assert guest_shopper.say("refine_search", "not from Tern or Alder", not_brand=["Tern", "Alder"]).responses == [
        "utter_search_relaxed"
    ]


def test_cheaper_means_below_the_middle_of_what_is_shown(guest_shopper):
    prices = sorted(card["price_cents"] for card in running_shoes(guest_shopper).cards)
    cheaper = [
        card["price_cents"] for card in guest_shopper.say("refine_search", "cheaper", sort="price_asc").cards
        if card["in_stock"]
    ]  # fmt: skip
    assert cheaper == sorted(cheaper)
    assert cheaper and max(cheaper) < prices[len(prices) // 2]


def test_the_cheapest_sets_no_limit(guest_shopper):
    running_shoes(guest_shopper)
    guest_shopper.say("refine_search", "the cheapest", sort="price_asc")
    assert "price_max_cents" not in guest_shopper.slots["search"]["filters"]


def test_another_brand_leaves_out_the_brands_shown(guest_shopper):
    first = guest_shopper.say("search_product", "hiking boots", category="shoes")
    assert {card["brand"] for card in first.cards} == {"Harrow"}
    reply = guest_shopper.say("refine_search", "another brand please")
    assert guest_shopper.slots["search"]["filters"]["not_brand"] == ["Harrow"]
    assert reply.responses == ["utter_search_relaxed"]  # there is no other brand of boots, and it says so


def test_a_new_category_starts_a_new_search(guest_shopper):
    guest_shopper.say("search_product", "blue running shoes", category="shoes", colour="blue")
    reply = guest_shopper.say("refine_search", "and frying pans?", category="kitchen")
    assert guest_shopper.slots["search"]["filters"] == {"category": ["kitchen"]}
    assert set(reply.ids) == {"P00033", "P00034", "P00035"}


def test_a_refinement_without_a_search_is_a_search(guest_shopper):
    assert guest_shopper.say("refine_search", "something in green", colour="green").ids == ["P00021"]


def test_cheaper_about_the_product_discussed_is_below_its_price(guest_shopper):
    running_shoes(guest_shopper)
    guest_shopper.say("product_details", "tell me about the Tern Flyer")
    reply = guest_shopper.say("refine_search", "do you have it cheaper", sort="price_asc")
    assert {card["product_id"] for card in reply.cards if card["in_stock"]} == {"P00003"}


def test_the_buttons_under_a_list_work(guest_shopper):
    reply = running_shoes(guest_shopper)
    assert reply.titles == ["Show more", "Cheaper ones", "Best rated first", "Compare the first two"]
    assert guest_shopper.press(reply, "Compare the first two").responses == ["utter_compare"]
    rated = guest_shopper.press(reply, "Best rated first")
    assert rated.ids[0] == "P00001"


def test_a_title_with_braces_is_shown_as_it_is(guest_shopper):
    reply = guest_shopper.say("search_product", "a saucepan")
    assert reply.cards[0]["title"] == "Copper saucepan {0[title]}"
    told = guest_shopper.say("product_details", "tell me more about it")
    assert "0[" not in told.text  # Rasa would take that for a placeholder it failed to fill
    assert "saucepan {0 [title]}" in told.text


def test_the_card_shows_the_colour_and_price_that_were_asked_for(guest_shopper):
    card = guest_shopper.say("search_product", "black Alder Swift", colour="black", brand="Alder").card("P00003")
    assert card["picture"].endswith("colour=black")
    assert card.keys() == {
        "product_id", "title", "brand", "price_cents", "currency", "was_cents", "picture", "url", "rating",
        "rating_count", "in_stock", "note", "reason",
    }  # fmt: skip


def test_waterproof_shoes_are_those_that_are(guest_shopper):
    reply = guest_shopper.say("search_product", "waterproof running shoes", category="shoes")
    assert reply.ids[0] == "P00002"
    assert not {"P00001", "P00003"} & set(reply.ids)  # the catalogue says that these are not


def test_a_wish_that_only_sounds_like_something_is_answered_with_care(guest_shopper):
    reply = guest_shopper.say("search_product", "a gift for somebody who cooks a lot")
    assert reply.responses == ["utter_search_near"]
