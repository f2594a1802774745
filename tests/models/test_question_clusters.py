"""Like questions come together, under a name that says what they are about and an id that stays."""
from __future__ import annotations

import numpy as np
import pytest

from models.question_clusters import MOST_SENTENCES, Cluster, cluster, key

# What shoppers ask and a shop assistant cannot know, by subject; the last are about nothing in common.
QUESTIONS = {
    "gift cards": [
        "do you sell gift cards", "can I buy a gift voucher", "I'd like a gift card for my sister",
        "is there a voucher I can give as a present", "how much can I load on a gift card", "gift cards?",
    ],
    "wrapping": [
        "can you gift wrap it", "do you wrap presents", "is gift wrapping possible",
        "please put it in wrapping paper", "can it come wrapped with a ribbon",
    ],
    "branches": [
        "where is your nearest store", "do you have a shop in town", "can I visit you in person",
        "is there a branch near me", "which city is your shop in",
    ],
    "jobs": [
        "are you hiring", "I want to apply for a job", "do you have any vacancies", "how do I send you my CV",
        "open positions at your company",
    ],
    "repairs": [
        "can you repair my boots", "do you resole shoes", "my zip is broken can you mend it",
        "do you have a repair service", "fix the sole of my hiking boots",
    ],
    "students": [
        "is there a student discount", "do students get a cheaper price",
        "I am a student, is there anything off for me", "student discount code",
    ],
    "packaging": [
        "how sustainable is your packaging", "is the parcel plastic free", "what is your carbon footprint",
        "do you use recycled boxes", "are your boxes made of recycled cardboard",
    ],
    "points": [
        "do you have a loyalty programme", "how do I collect points", "where can I see my bonus points",
        "is there a club with points",
    ],
    "companies": [
        "can my company buy on account", "do you sell to businesses", "I need a quote for 200 mugs for our office",
        "bulk order for a company", "wholesale prices",
    ],
    "engraving": [
        "can you engrave a name on the watch", "do you print names on mugs", "personalised with initials possible?",
        "could you put our logo on the bottles",
    ],
    "nothing": [
        "what is the weather tomorrow", "tell me a joke about penguins", "who won the match last night", "asdf",
        "translate this to Polish", "what is the capital of France", "my cat is ill", "xyz 12", "do you like music",
        "can I park there",
    ],
}  # fmt: skip
ASKED = [(question, subject) for subject, questions in QUESTIONS.items() for question in questions]
SENTENCES = [question for question, _ in ASKED]


def direction(*numbers: float) -> np.ndarray:
    vector = np.zeros(8, dtype=np.float32)
    vector[: len(numbers)] = numbers
    return vector / np.linalg.norm(vector)


GIFT, REPAIR, NEITHER = direction(1), direction(0, 1), direction(0, 0, 1)


def clusters_of(asked: list[tuple[str, np.ndarray]], **options) -> list[Cluster]:
    return cluster([sentence for sentence, _ in asked], np.array([vector for _, vector in asked]), **options)


def test_questions_of_one_subject_come_together_and_odd_ones_stay_out(embedding):
    found = cluster(SENTENCES, embedding.embed(SENTENCES))
    subjects = [[ASKED[place][1] for place in each.members] for each in found]
    placed = sum(len(each) for each in subjects)
    rightly = sum(max(map(each.count, set(each))) for each in subjects)
    assert len(found) >= 7
    assert rightly / placed >= 0.9
    assert placed / (len(ASKED) - len(QUESTIONS["nothing"])) >= 0.55
    assert not [each for each in subjects if max(set(each), key=each.count) == "nothing"]


def test_a_cluster_is_named_by_the_question_in_its_middle_and_the_words_that_set_it_apart(embedding):
    found = cluster(SENTENCES, embedding.embed(SENTENCES))
    gifts = next(each for each in found if ASKED[each.members[0]][1] == "gift cards")
    assert gifts.name == SENTENCES[gifts.members[0]]
    assert {"gift", "card", "cards", "voucher"} & set(gifts.terms)
    assert not {"you", "can", "have"} & {term for each in found for term in each.terms}


def test_the_middle_comes_first_and_of_two_alike_the_shorter_one():
    found, = clusters_of([
        ("a voucher for my aunt", direction(1, 0.6)), ("do you happen to sell gift cards", GIFT),
        ("gift cards", GIFT), ("any voucher", direction(1, -0.6)),
    ])  # fmt: skip
    assert found.name == "gift cards"
    assert found.members[:2] == [2, 1]


def test_what_fewer_than_three_asked_is_no_cluster_and_saying_it_again_counts():
    twice = [("gift cards", GIFT), ("Gift cards?", GIFT)]
    assert clusters_of([*twice, ("repair my boots", REPAIR)]) == []
    found, = clusters_of([*twice, ("GIFT  CARDS!", GIFT), ("repair my boots", REPAIR)])
    assert found.members == [0, 1, 2]


def test_neighbours_of_neighbours_do_not_chain_two_subjects_together():
    """Each is near the next, and the ends have nothing in common."""
    bridge = [(f"step {step}", direction(np.cos(step * 0.2), np.sin(step * 0.2))) for step in range(9)]
    found = clusters_of(bridge, similarity=0.8)
    assert len(found) > 1


def test_nothing_asked_makes_no_clusters():
    assert cluster([], np.zeros((0, 8), dtype=np.float32)) == []
    assert clusters_of([("?!", GIFT)] * 5) == []
    assert clusters_of([("you are the one", GIFT)] * 3)[0].terms == []


def test_sentences_without_their_vectors_are_refused():
    with pytest.raises(ValueError, match="2 sentences have 1 vectors"):
        cluster(["a", "b"], np.zeros((1, 8), dtype=np.float32))


def test_the_largest_comes_first():
    found = clusters_of([*[(f"repair {n}", REPAIR) for n in range(3)], *[(f"gift {n}", GIFT) for n in range(5)]])
    assert [len(each.members) for each in found] == [5, 3]


# ---- from run to run

MONDAY = [*[(f"gift card {n}", GIFT) for n in range(4)], *[(f"repair boots {n}", REPAIR) for n in range(3)]]


def as_earlier(found: list[Cluster], asked) -> dict[str, set[str]]:
    return {each.id: {key(asked[place][0]) for place in each.members} for each in found}


def test_the_same_questions_have_the_same_ids_in_any_order():
    assert [each.id for each in clusters_of(MONDAY)] == [each.id for each in clusters_of(MONDAY[::-1])]


def test_a_cluster_keeps_its_id_while_questions_come_and_go():
    before = clusters_of(MONDAY)
    tuesday = [*MONDAY[1:], ("voucher", GIFT), ("present card", GIFT), *[(f"weather {n}", NEITHER) for n in range(3)]]
    after = clusters_of(tuesday, earlier=as_earlier(before, MONDAY))
    assert [each.id for each in after[:2]] == [each.id for each in before]
    assert after[2].id not in {each.id for each in before}


def test_of_a_cluster_that_falls_apart_one_half_keeps_the_id():
    before = clusters_of([(f"gift {n}", GIFT) for n in range(6)])
    halves = [(f"gift {n}", GIFT if n < 3 else REPAIR) for n in range(6)]
    after = clusters_of(halves, earlier={before[0].id: {f"gift {n}" for n in range(6)}})
    assert len({each.id for each in after}) == 2
    assert before[0].id in {each.id for each in after}


def test_what_has_nothing_in_common_with_before_gets_an_id_of_its_own():
    after = clusters_of(MONDAY, earlier={"aaaaaaaaaaaa": {"something else"}})
    assert "aaaaaaaaaaaa" not in {each.id for each in after}


def test_more_questions_than_can_be_compared_are_cut_at_the_end():
    many = [(f"gift {n}", GIFT) for n in range(MOST_SENTENCES)] + [(f"repair {n}", REPAIR) for n in range(3)]
    found = clusters_of(many)
    assert [len(each.members) for each in found] == [MOST_SENTENCES]
