from __future__ import annotations

from sqlalchemy import update

from shop import carts, catalogue, events, schema
from tests.actions.product_stage import shoe

pytest_plugins = ["tests.actions.product_stage"]


def basket(shopper) -> dict[str, int]:
    with shopper.runtime.database.session() as db:
        return {line.sku: line.quantity for line in carts.cart(db, shopper.owner).lines}


def test_a_thing_of_one_form_goes_straight_into_the_basket(guest_shopper):
    guest_shopper.say("search_product", "an iron frying pan")
    reply = guest_shopper.say("add_to_cart", "add the iron frying pan to my basket")
    assert basket(guest_shopper) == {"P00033-ONE": 1}
    assert "€45.00" in reply.text
    assert "free with €5.00 more" in reply.text


def test_for_a_shoe_the_bot_asks_size_and_colour(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00003"}
    asked = guest_shopper.say("add_to_cart", "I'll take this")
    assert asked.responses == ["utter_cart_ask_size"]
    assert "40, 41, 42, 43 and 44" in asked.text
    asked = guest_shopper.press(asked, "42")
    assert asked.titles == ["blue", "black"]
    reply = guest_shopper.press(asked, "black")
    assert "black, size 42" in reply.text
    assert basket(guest_shopper) == {"P00003-BLA-42": 1}


def test_size_and_colour_may_be_typed_instead_of_pressed(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00003"}
    guest_shopper.say("add_to_cart", "two of these please", quantity=2)
    assert guest_shopper.say("inform", "44.").responses == ["utter_cart_ask_colour"]
    assert guest_shopper.say("refine_search", "in black", colour="black").responses == ["utter_added_to_cart"]
    assert basket(guest_shopper) == {"P00003-BLA-44": 2}
    assert guest_shopper.slots["cart_question"] is None


def test_a_bare_size_is_understood_though_no_intent_is(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00004"}
    assert guest_shopper.say("add_to_cart", "I'll take this").responses == ["utter_cart_ask_size"]
    assert guest_shopper.say("nlu_fallback", "43").responses == ["utter_added_to_cart"]
    assert basket(guest_shopper) == {"P00004-RED-43": 1}


def test_what_is_no_size_is_not_taken_for_one(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00004"}
    guest_shopper.say("add_to_cart", "I'll take this")
    assert guest_shopper.say("nlu_fallback", "flurble 4300").responses[0] in (
        "utter_did_you_mean", "utter_say_it_differently"
    )  # fmt: skip
    assert basket(guest_shopper) == {}
    assert guest_shopper.slots["cart_question"]


def test_talking_of_something_else_drops_the_question(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00003"}
    guest_shopper.say("add_to_cart", "I'll take this")
    assert guest_shopper.slots["cart_question"]
    guest_shopper.say("search_product", "a mug")
    assert guest_shopper.slots["cart_question"] is None


def test_the_size_searched_for_is_the_size_that_goes_in(guest_shopper):
    guest_shopper.say("search_product", "black running shoes in 43", category="shoes", colour="black", size="43")
    reply = guest_shopper.say("add_to_cart", "the Tern Flyer goes into my basket")
    assert "black, size 43" in reply.text
    assert basket(guest_shopper) == {"P00005-BLA-43": 1}


def test_what_is_sold_out_in_the_size_is_not_added(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00001"}
    reply = guest_shopper.say("add_to_cart", "add this in 42", size="42")
    assert reply.responses == ["utter_variant_not_available"]
    assert basket(guest_shopper) == {}
    assert "41" in reply.titles
    guest_shopper.press(reply, "41")
    assert basket(guest_shopper) == {"P00001-BLU-41": 1}


def test_what_is_sold_out_altogether_is_not_added(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00042"}
    assert guest_shopper.say("add_to_cart", "put it in my basket").responses == ["utter_cart_sold_out"]
    assert basket(guest_shopper) == {}


def test_no_more_than_there_is_goes_in(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00031"}
    reply = guest_shopper.say("add_to_cart", "five of these", quantity=5)
    assert reply.responses == ["utter_added_fewer"]
    assert "3 pieces" in reply.text
    assert guest_shopper.say("add_to_cart", "one more of it").responses == ["utter_cart_no_more_of_it"]
    assert basket(guest_shopper) == {"P00031-ONE": 3}


def test_a_message_answered_twice_adds_once(guest_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00033"}
    for _ in range(2):
        guest_shopper.say("add_to_cart", "into the basket with it", message_id="m" * 32)
    assert basket(guest_shopper) == {"P00033-ONE": 1}


def test_add_without_saying_what_asks(guest_shopper):
    guest_shopper.say("search_product", "hiking boots", category="shoes")
    reply = guest_shopper.say("add_to_cart", "add to cart")
    assert reply.responses == ["utter_ask_which_product"]
    assert basket(guest_shopper) == {}


def test_the_basket_shows_its_lines_and_total(guest_shopper):
    assert guest_shopper.say("show_cart", "show my basket").responses == ["utter_cart_empty"]
    for product_id in ("P00033", "P00034"):
        guest_shopper.page = {"kind": "product", "product_id": product_id}
        guest_shopper.slots["focus_product"] = None
        guest_shopper.say("add_to_cart", "add this")
    reply = guest_shopper.say("show_cart", "what's in my basket")
    assert reply.drawn["table"]["rows"] == [
        ["Iron frying pan", "", "1", "€45.00"], ["Little frying pan", "", "1", "€25.00"]
    ]  # fmt: skip
    assert "2 pieces" in reply.text and "€70.00" in reply.text
    assert "Standard delivery is free" in reply.text


def test_one_shopper_never_sees_anothers_basket(guest_shopper, ada_shopper):
    guest_shopper.page = {"kind": "product", "product_id": "P00033"}
    guest_shopper.say("add_to_cart", "add this")
    assert ada_shopper.say("show_cart", "show my basket").responses == ["utter_cart_empty"]


def filled(shopper):
    shopper.say("search_product", "frying pans")
    for title in ("Iron frying pan", "Wide frying pan"):
        shopper.say("add_to_cart", f"add the {title} to my basket")
    shopper.say("search_product", "a mug")
    shopper.say("add_to_cart", "two of those", quantity=2)
    assert basket(shopper) == {"P00033-ONE": 1, "P00035-ONE": 1, "P00031-ONE": 2}
    return shopper


def test_a_line_is_taken_out_by_its_name_or_place(guest_shopper):
    shopper = filled(guest_shopper)
    shopper.say("remove_from_cart", "take the mug out please")
    assert basket(shopper) == {"P00033-ONE": 1, "P00035-ONE": 1}
    shopper.say("remove_from_cart", "delete the first item", ordinal=1)
    assert basket(shopper) == {"P00035-ONE": 1}


def test_it_is_taken_out_again(guest_shopper):
    shopper = filled(guest_shopper)
    shopper.say("remove_from_cart", "take it out again")
    assert "P00031-ONE" not in basket(shopper)


def test_the_frying_pan_of_two_is_asked_back(guest_shopper):
    shopper = filled(guest_shopper)
    reply = shopper.say("remove_from_cart", "take the frying pan out")
    assert reply.responses == ["utter_ask_which_line"]
    assert reply.titles == ["Iron frying pan", "Wide frying pan"]
    shopper.press(reply, "Wide frying pan")
    assert basket(shopper) == {"P00033-ONE": 1, "P00031-ONE": 2}


def test_one_less_keeps_the_other(guest_shopper):
    shopper = filled(guest_shopper)
    reply = shopper.say("remove_from_cart", "one less of the mugs")
    assert reply.responses == ["utter_cart_reduced"]
    assert basket(shopper)["P00031-ONE"] == 1


def test_the_basket_is_emptied(guest_shopper):
    shopper = filled(guest_shopper)
    assert "4 pieces" in shopper.say("remove_from_cart", "empty my basket").text
    assert basket(shopper) == {}


def test_taking_out_the_first_is_done_once_though_the_message_is_answered_twice(guest_shopper):
    guest_shopper.say("add_to_cart", "the stoneware mug")
    guest_shopper.say("add_to_cart", "the iron frying pan")
    for _ in range(2):
        reply = guest_shopper.say("remove_from_cart", "take out the first one", message_id="m7", ordinal=1)
        assert reply.responses == ["utter_removed_from_cart"]
        assert "Stoneware mug" in reply.text
        assert basket(guest_shopper) == {"P00033-ONE": 1}


def test_one_less_is_one_less_though_the_message_is_answered_twice(guest_shopper):
    guest_shopper.say("add_to_cart", "three iron frying pans", quantity=3)
    for _ in range(2):
        reply = guest_shopper.say("remove_from_cart", "one less of the iron frying pan", message_id="m7")
        assert "2 pieces" in reply.text
        assert basket(guest_shopper) == {"P00033-ONE": 2}


def test_an_emptied_basket_is_told_with_its_pieces_though_the_message_is_answered_twice(guest_shopper):
    guest_shopper.say("add_to_cart", "two stoneware mugs", quantity=2)
    guest_shopper.say("add_to_cart", "the iron frying pan")
    for _ in range(2):
        reply = guest_shopper.say("remove_from_cart", "empty my basket", message_id="m7")
        assert (reply.responses, "3 pieces" in reply.text) == (["utter_cart_cleared"], True)


def test_the_last_piece_is_told_as_added_though_the_message_is_answered_twice(guest_shopper):
    for _ in range(2):
        reply = guest_shopper.say("add_to_cart", "three stoneware mugs please", message_id="m7", quantity=3)
        assert (reply.responses, "3 × Stoneware mug" in reply.text) == (["utter_added_to_cart"], True)
    with guest_shopper.runtime.database.session() as db:
        added = [each for each in events.visitor_history(db, guest_shopper.visitor_id) if each.kind == "add_to_cart"]
    assert len(added) == 1


def test_one_less_works_though_most_of_them_were_sold_meanwhile(guest_shopper):
    guest_shopper.say("add_to_cart", "three iron frying pans", quantity=3)
    with guest_shopper.runtime.database.session() as db:
        db.execute(update(schema.variants).where(schema.variants.c.sku == "P00033-ONE").values(stock=1))
    guest_shopper.say("remove_from_cart", "one less of the iron frying pan")
    assert basket(guest_shopper) == {"P00033-ONE": 2}


def test_whoever_is_asked_for_a_size_can_press_any_that_is_there(guest_shopper, product_database):
    ladder = {("brown", str(size)): 3 for size in range(36, 45)}
    with product_database.session() as db:
        catalogue.upsert_products(db, [shoe("P00012", "Weir wader", "Weir", "wader", 6900, "rubber", ladder)])
    guest_shopper.page = {"kind": "product", "product_id": "P00012"}
    asked = guest_shopper.say("add_to_cart", "add it to my basket")
    assert asked.titles == [str(size) for size in range(36, 45)]
    assert guest_shopper.press(asked, "44").responses == ["utter_added_to_cart"]
