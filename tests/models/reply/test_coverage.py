"""Slots that are never quoted: by which words they are said is learned, and who leaves them out is found."""
from __future__ import annotations

import pytest

from models.reply.coverage import Coverage
from models.reply.meaning import Meaning

NAMES = ["dogs", "internet"]
YES = ["<1> lets your {} come in", "<1> allows {}", "at <1> {} are welcome"]
NO = ["<1> does not allow {}", "no {} at <1>", "<1> has no room for {}"]
OTHER = ["<1> is a nice place", "take <1> , it is good", "i suggest <1>", "<1> is one of the places you may like"]
WORDS = {"dogs": ["dogs", "puppies"], "internet": ["internet", "wifi"]}


def pairs() -> list[tuple[Meaning, str]]:
    """Three hundred replies: of each slot by two words and three sentences, and without slots."""
    found = []
    for number in range(25):
        for name in NAMES:
            for value, sentences in (("yes", YES), ("no", NO)):
                for place, sentence in enumerate(sentences):
                    word = WORDS[name][(number + place) % 3 == 0]
                    found.append((asked(**{name: value}), sentence.format(word)))
        found += [(asked(), sentence) for sentence in OTHER]
    return found


def asked(**slots: str) -> Meaning:
    return Meaning("inform", (("name", None), *slots.items()))


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage.learn(pairs())


def test_the_words_that_say_a_slot_are_found_and_no_others(coverage):
    said = {name: {" ".join(each) for each in table.ngrams} for name, table in coverage.tables.items()}
    assert said == {"dogs": {"dogs", "puppies"}, "internet": {"internet", "wifi"}}


@pytest.mark.parametrize(("text", "slots", "errors"), [
    ("<1> allows puppies", {"dogs": "yes"}, 0),
    ("<1> allows people", {"dogs": "yes"}, 1),
    ("<1> allows dogs and wifi", {"dogs": "yes", "internet": "true"}, 0),
    ("<1> allows dogs", {"dogs": "yes", "internet": "yes"}, 1),
    ("<1> allows dogs", {}, 1),  # nobody asked
    ("<1> allows dogs and puppies", {"dogs": "yes"}, 1),  # said twice
    ("<1> does not allow dogs", {"dogs": "no"}, 0),
    ("<1> does not allow dogs", {"dogs": "yes"}, 1),
    ("<1> allows dogs", {"dogs": "false"}, 1),
    ("at <1> puppies are welcome", {"dogs": "no"}, 1),
])  # fmt: skip
def test_a_slot_left_out_said_twice_unasked_or_with_the_wrong_value_is_an_error(coverage, text, slots, errors):
    assert coverage.errors(asked(**slots), text) == errors


def test_acts_in_which_the_slot_never_stands_are_not_judged(coverage):
    assert coverage.errors(Meaning("goodbye"), "no dogs and no internet , goodbye") == 0


def test_a_slot_that_a_placeholder_says_is_not_looked_for(coverage):
    meaning = Meaning("inform", (("name", None), ("dogs", None)))
    assert coverage.errors(meaning, "<1> takes <2>") == 0


def test_of_too_few_replies_nothing_is_learned_and_nothing_is_missing():
    few = Coverage.learn(pairs()[:7])
    assert few.tables == {}
    assert few.errors(asked(dogs="yes"), "whatever") == 0
    assert Coverage().errors(asked(dogs="yes"), "whatever") == 0


def test_the_tone_and_what_was_heard_are_not_looked_for():
    toned = [(Meaning("inform", (("tone", "none"), ("heard", "no"))), "fine , you said so")] * 20
    assert Coverage.learn([*toned, *pairs()]).tables.keys() == set(NAMES)
