"""What the model learns from an example: its meaning, its text, and the same with the customer's name."""
from __future__ import annotations

from models.reply.examples import Example
from models.reply.requests import example_pairs, named


def example(text: str, **facts: str) -> Example:
    return Example("search_found", "warm", facts, {}, None, text)


def test_a_reply_without_a_name_is_learned_with_one_too(acts):
    one = example("Here is what I found for {wanted}. Have a look.", wanted="boots")
    _, two = named([one], acts)
    assert two.text == "Here is what I found for {wanted}. Have a look, {first_name}."
    assert two.facts.keys() == {"wanted", "first_name"}


def test_a_name_is_not_said_twice_nor_behind_a_fact_or_a_colon(acts):
    for text in ("Look at {wanted}, {first_name}.", "I found {wanted}.", "Here they are, for {wanted}:"):
        facts = {"wanted": "boots"} | ({"first_name": "Ada"} if "{first_name}" in text else {})
        assert named([example(text, **facts)], acts) == [example(text, **facts)]


def test_placeholders_are_numbered_in_the_order_of_the_act(acts):
    one = example("The {title} comes first for {wanted}, at {price}.", price="€9.00", title="Boot", wanted="boots")
    [(meaning, text)] = example_pairs([one], acts)
    assert meaning.prompt() == "search_found(wanted=<1>;title=<2>;price=<3>;tone=warm)<say>"
    assert text == "The <2> comes first for <1>, at <3>."
