"""Events as sequences: visits, gaps, what is held out, what is to be learned; counts and figures worked by hand."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from models.customer_encoder import evaluation, transitions
from models.customer_encoder.sequences import (
    GAPS,
    HeldOut,
    chosen_in_order,
    gap_bucket,
    history,
    hold_out,
    reversed_history,
    targets,
    windows,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = {"A": 0, "B": 1, "C": 2, "D": 3}


def event(kind: str, product_id: str | None, minutes: float) -> SimpleNamespace:
    return SimpleNamespace(kind=kind, product_id=product_id, at=START + timedelta(minutes=minutes))


@pytest.fixture
def two_visits() -> list[SimpleNamespace]:
    """A look at A and B, and days later a look at C, which is bought with D."""
    return [
        event("search", None, 0), event("view", "A", 1), event("view", "B", 3), event("view", "gone", 4),
        event("view", "C", 5000), event("add_to_cart", "C", 5001), event("purchase", "C", 5002),
        event("purchase", "D", 5002), event("view", "A", 9000),
    ]  # fmt: skip


def test_a_long_pause_begins_a_new_visit(two_visits):
    done = history(two_visits, ROWS)
    assert done.products.tolist() == [0, 1, 2, 2, 2, 3, 0]  # what has no product, or an unknown one, is left out
    assert done.visits.tolist() == [0, 0, 1, 1, 1, 1, 2]
    assert done.gaps[0] == 0 < done.gaps[1] < done.gaps[2]


def test_gaps_stay_within_their_buckets():
    assert [gap_bucket(minutes) for minutes in (None, -5.0, 0.0, 1.0)] == [0, 1, 1, 2]
    assert gap_bucket(1e12) == GAPS - 1


def test_what_led_to_the_purchase_is_held_out_with_it(two_visits):
    (kept,), (question,) = hold_out([history(two_visits, ROWS)])
    assert kept.products.tolist() == question.known.products.tolist() == [0, 1]
    assert question.chosen.tolist() == [2, 3]


def test_somebody_of_whom_nothing_is_known_before_is_asked_nothing(two_visits):
    bought_at_once = history(two_visits[4:8], ROWS)
    only_looked = history(two_visits[:4], ROWS)
    kept, questions = hold_out([bought_at_once, only_looked])
    assert [len(each) for each in kept] == [4, 2]
    assert questions == []


def test_leaving_one_out_of_plain_interactions():
    left, test = hold_out([chosen_in_order([3, 1, 2, 0])])
    left, validation = hold_out(left)
    assert test[0].known.products.tolist() == [3, 1, 2]
    assert (test[0].chosen.tolist(), validation[0].chosen.tolist()) == ([0], [2])
    assert left[0].products.tolist() == [3, 1]


def test_targets_are_the_next_other_product_and_the_next_purchase(two_visits):
    other, chosen = targets(history(two_visits, ROWS))
    assert other.tolist() == [1, 2, 3, 3, 3, 0, -1]
    # From A on, C is bought; from B on it is the next product anyway. That the basket is bought need not be learned.
    assert chosen.tolist() == [2, -1, -1, -1, -1, -1, -1]


def test_a_reversed_history_keeps_its_gaps_between_the_same_events():
    done = history([event("view", "A", 0), event("view", "B", 2), event("view", "C", 5000)], ROWS)
    turned = reversed_history(done)
    assert turned.products.tolist() == [2, 1, 0]
    assert turned.gaps[1:].tolist() == done.gaps[1:][::-1].tolist()
    assert turned.visits.tolist() == [0, 1, 1]


def test_a_long_history_is_learned_from_in_pieces_that_overlap():
    pieces = windows([chosen_in_order(range(25)), chosen_in_order([1])], length=8)
    assert all(2 <= len(each) <= 9 for each in pieces)
    learned = {tuple(pair) for each in pieces for pair in zip(each.products[:-1], each.products[1:], strict=True)}
    assert learned == {(number, number + 1) for number in range(24)}


def test_transitions_count_more_forwards_than_backwards_and_nearer_more_than_farther():
    table = transitions.transitions([chosen_in_order([0, 1, 1, 2])], 4).toarray()
    assert table[0, 1] == 1
    assert table[0, 2] == pytest.approx(transitions.FADES)
    assert table[1, 0] == pytest.approx(transitions.BACKWARDS)
    assert not table.diagonal().any()
    assert not table[3].any()


def test_only_what_was_bought_in_one_visit_was_bought_together(two_visits):
    table = transitions.bought_together([history(two_visits, ROWS)], 4).toarray()
    assert table[2, 3] == table[3, 2] == 1
    assert table.sum() == 2


def test_factors_give_the_table_back():
    chance = np.random.default_rng(3)
    table = transitions.sparse.csr_matrix(
        (chance.random((30, 4)) @ chance.random((4, 30))).astype(np.float32)
    )
    factors = transitions.factored(table, 8, seed=1)
    assert factors.rank == 4  # there is no more in it
    assert np.allclose(factors.leading @ factors.following.T, table.toarray(), atol=1e-3)


def test_without_any_transition_there_are_no_factors():
    assert transitions.factored(transitions.transitions([], 5), 8, seed=1).rank == 0


def test_figures_worked_by_hand():
    """0 was chosen before and is left out; of 1 to 4 the chosen 3 stands second, so its gain is 1 / log2(3)."""
    question = HeldOut(0, chosen_in_order([0]), np.array([3]))
    found = evaluation.figures([question], evaluation.always(np.array([9.0, 1.0, 8.0, 5.0, 0.0])))
    assert found["hr_at_5"] == 1
    assert found["ndcg_at_10"] == pytest.approx(1 / np.log2(3))


def test_equal_scores_are_no_hit_by_luck():
    question = HeldOut(0, chosen_in_order([0]), np.array([40]))
    assert evaluation.figures([question], evaluation.always(np.zeros(100)))["hr_at_20"] == 0


def test_scores_that_are_no_numbers_are_no_hits():
    question = HeldOut(0, chosen_in_order([0]), np.array([40]))
    assert evaluation.figures([question], evaluation.always(np.full(100, np.nan)))["hr_at_20"] == 0


def test_a_basket_counts_once_and_its_products_do_not_push_each_other_down():
    question = HeldOut(0, chosen_in_order([9]), np.array([0, 1]))
    scores = np.array([5.0, 4.0, 3, 2, 1, 0, 0, 0, 0, 0])
    assert evaluation.figures([question], evaluation.always(scores))["ndcg_at_5"] == 1
    scores[1] = -1
    assert evaluation.figures([question], evaluation.always(scores))["hr_at_5"] == 0.5
