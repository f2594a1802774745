from __future__ import annotations

pytest_plugins = ["tests.actions.product_stage"]


def rows(reply) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in reply.drawn["table"]["rows"]}


def test_two_boots_are_put_side_by_side_with_what_differs(guest_shopper):
    found = guest_shopper.say("search_product", "hiking boots", category="shoes")
    reply = guest_shopper.say("compare_products", "compare the first two", ordinal=[1, 2])
    assert reply.drawn["table"]["columns"][1:] == [card["title"] for card in found.cards]
    assert sorted(rows(reply)["Price"]) == ["€129.00", "€149.00"]
    assert sorted(rows(reply)["Material"]) == ["leather", "suede"]
    assert "For the Harrow Moor you pay €20.00 less than for the Harrow Ridge" in reply.text


def test_attributes_that_are_the_same_are_left_out(guest_shopper):
    guest_shopper.say("search_product", "Brisa running shoes", category="shoes", brand="Brisa")
    reply = guest_shopper.say("compare_products", "Brisa Glide or Brisa Peak Trail, which is better?")
    assert "Sole" not in rows(reply)
    assert sorted(rows(reply)["Weight"]) == ["260 g", "310 g"]
    assert "the Brisa Glide got the better rating, 4.6 against 4.1" in reply.text


def test_it_is_compared_with_the_second_one(guest_shopper):
    found = guest_shopper.say("search_product", "running shoes", category="shoes")
    guest_shopper.say("product_details", "tell me about the first one", ordinal=1)
    reply = guest_shopper.say("compare_products", "compare it with the second one", ordinal=2)
    assert reply.ids == found.ids[:2]


def test_of_six_at_most_four_are_compared(guest_shopper):
    found = guest_shopper.say("search_product", "running shoes", category="shoes")
    assert guest_shopper.say("compare_products", "compare them").ids == found.ids[:4]


def test_without_saying_which_the_bot_asks(guest_shopper):
    guest_shopper.say("search_product", "running shoes", category="shoes")
    reply = guest_shopper.say("compare_products", "a comparison please")
    assert reply.responses == ["utter_ask_what_to_compare"]
    assert len(guest_shopper.press(reply, "The first three").ids) == 3


def test_after_a_comparison_the_first_one_is_the_first_of_the_table(guest_shopper):
    found = guest_shopper.say("search_product", "running shoes", category="shoes")
    guest_shopper.say("compare_products", "compare the third and the fourth", ordinal=[3, 4])
    guest_shopper.say("product_details", "the first one", ordinal=1)
    assert guest_shopper.slots["focus_product"] == found.ids[2]


def test_with_nothing_shown_there_is_nothing_to_compare(guest_shopper):
    assert guest_shopper.say("compare_products", "compare them").responses == ["utter_ask_product_name"]
