"""What is made of the examples: with a name, and of the sentences of two. Nothing else is stated than was stated."""
from __future__ import annotations

from pathlib import Path

import pytest

from models.reply.augmentation import FRESH_TIMES, RECOMBINED_TONES, augmented, lesson, named, recombined
from models.reply.examples import Example, placeholders, read_folder
from shop.settings import ROOT

DATA: Path = ROOT / "data" / "replies"


@pytest.fixture(scope="module")
def own():
    acts, examples, _ = read_folder(DATA)
    return acts, examples


def example(text: str, tone: str = "warm", act: str = "track", heard: str | None = None, **features: str) -> Example:
    return Example(act, tone, dict.fromkeys(placeholders(text), "x"), features, heard, text)


def test_the_first_sentence_of_one_goes_with_the_rest_of_another():
    one = example("I looked it up. Order {number} is {status}.")
    two = example("That took a moment. For {number} the list says {status}.")
    made = {each.text for each in recombined([one, two])}
    assert made == {
        "I looked it up. For {number} the list says {status}.", "That took a moment. Order {number} is {status}."
    }


@pytest.mark.parametrize("other", [
    example("That took a moment, {number}. The list says {status}."),  # the halves state other facts
    example("That took a moment. For {number} the list says {status}.", tone="brisk"),
    example("That took a moment. For {number} the list says {status}.", act="cart"),
    example("That took a moment. For {number} the list says {status}.", time="evening"),
    example("Shall I look? For {number} the list says {status}."),  # a question wants its own answer
    example("That took a moment. They say that {number} is {status}."),  # who?
    example("For {number} the list says {status}."),
], ids=["facts", "tone", "act", "features", "question", "leans", "one sentence"])  # fmt: skip
def test_what_does_not_belong_together_stays_apart(other):
    assert recombined([example("I looked it up. Order {number} is {status}."), other]) == []


def test_a_joke_and_small_talk_are_not_cut_in_two():
    jokes = [example(f"{word} ran off. Order {{number}} is {{status}}.", tone="playful") for word in ("It", "Bob")]
    talk = [example(f"{word} falls. Enjoy the day.", act="chitchat", heard="it rains") for word in ("Rain", "Water")]
    assert recombined([*jokes, *talk]) == []


def test_the_same_examples_always_make_the_same(own):
    assert recombined(own[1]) == recombined(list(own[1]))


def test_our_own_examples_make_many_more_and_each_states_its_facts_once(own):
    acts, examples = own
    made = recombined(examples)
    assert len(made) > 500
    written = {(each.act, each.text) for each in examples}
    for each in made:
        assert (each.act, each.text) not in written
        assert each.tone in RECOMBINED_TONES
        assert sorted(placeholders(each.text)) == sorted(each.facts)
        assert acts.problems(each.act, each.facts, each.features, each.tone) == []
    assert len({(each.act, each.text) for each in made}) == len(made)


def test_a_name_is_put_behind_a_sentence_where_it_is_not_there_yet(own):
    acts, _ = own
    plain, personal = example("Order {number} is {status}. All is well."), example("{first_name}, all is well.")
    found = named([plain, personal], acts)
    assert found[:2] == [plain, personal]
    assert [each.text for each in found[2:]] == ["Order {number} is {status}. All is well, {first_name}."]


def test_nothing_written_is_left_out(own):
    acts, examples = own
    assert augmented(examples, acts)[: len(examples)] == examples


def test_what_the_base_model_knows_is_a_reminder_and_what_is_new_is_dwelt_on(own):
    acts, _ = own
    old = [example("Rain it is.", act="chitchat", heard=heard) for heard in ("it rains", "so wet", "what weather")]
    new = [example("Snow it is.", act="chitchat", heard=heard) for heard in ("it snows", "so white")]
    found = lesson([*old, *new], acts, known={old[0].mark})
    plain = [each for each in found if "first_name" not in each.facts]
    assert len([each for each in plain if each.text == old[0].text]) == 1
    for each in new:
        assert plain.count(each) == FRESH_TIMES
    assert len([each for each in lesson(old, acts) if "first_name" not in each.facts]) == 3 * FRESH_TIMES
