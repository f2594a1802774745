"""The shoppers of a load are people of the shop, each asking about what is their own."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from commands.errors import CommandError
from commands.load_scripts import Talk, personas, read_scripts, shop_words
from shop import demo, orders, schema


@pytest.fixture
def demo_shop(database):
    with database.session() as db:
        demo.build(db, products=64, customers=40, events=600, orders=90)
    return database


def test_half_of_the_shoppers_are_different_customers_with_an_order_of_their_own(demo_shop):
    with demo_shop.session() as db:
        people = personas(db, 20, seed=3)
        customers = [each for each in people if each.customer_id]
        assert len(people) == 20 and len({each.customer_id for each in customers}) == 10
        assert all(orders.order(db, each.order_number, each.customer_id) for each in customers)
        assert people == personas(db, 20, seed=3) != personas(db, 20, seed=4)


def test_a_guest_asks_about_an_order_with_the_address_it_was_placed_from(demo_shop):
    with demo_shop.session() as db:
        guests = [each for each in personas(db, 20, seed=3) if not each.customer_id]
        placed = dict(db.execute(select(schema.orders.c.number, schema.orders.c.email)).all())
    assert len(guests) == 10 and all(placed[each.order_number] == each.email for each in guests)


def test_every_script_can_be_said_in_the_demo_shop(demo_shop):
    with demo_shop.session() as db:
        people, words = personas(db, 20, seed=3), shop_words(db)
    for script in read_scripts():
        sayable = []
        for each in people:
            try:
                sayable.append(Talk([script], each, words, "1"))
            except CommandError:
                continue  # a script of customers, and this one is a guest, or the other way round
        assert sayable, script.name
        sentences = sayable[0].next()
        assert len(sentences) == len(script.sentences) and not any("{" in sentence for sentence in sentences)


def test_a_shop_with_nobody_in_it_sends_guests_alone(database):
    with database.session() as db:
        assert [each.customer_id for each in personas(db, 3, seed=1)] == [None] * 3


def test_a_script_that_nobody_can_read_is_named(tmp_path):
    path = tmp_path / "scripts.csv"
    path.write_text("script,weight,who,sentences\nhello,1,any,hello\nodd,often,any,hello\n")
    with pytest.raises(CommandError, match="line 3"):
        read_scripts(path)
