"""The conversations behind the overview's figures are found by how they ended."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from shop import conversation_facets, schema
from shop.conversation_outcomes import OUTCOMES, condition, numbers
from shop.conversation_search import Filters, find
from shop.errors import BadInput
from tests.shop.conftest import ADA, BEN, add_order
from tests.shop.test_overview import NOON, hand_over, talk


@pytest.fixture
def ended(db) -> dict[str, str]:
    """A conversation for each way to end, by its name."""
    for table in (schema.order_lines, schema.orders):
        db.execute(delete(table))
    made = {
        "plain": talk(db, "greet"), "reached": talk(db, "human_handoff"), "nobody came": talk(db, "human_handoff"),
        "after hours": talk(db, "human_handoff"), "unclear": talk(db, "nlu_fallback"),
        "last resort": talk(db, "recommend"), "rated": talk(db, "greet", csat=4, csat_at=NOON),
        "thumbed": talk(db, "greet", thumbs_down=1), "ordered": talk(db, "recommend", customer_id=ADA),
        "ordered late": talk(db, "recommend", customer_id=BEN, at=NOON - timedelta(days=30)),
    }  # fmt: skip
    hand_over(db, made["reached"], taken=1)
    hand_over(db, made["nobody came"], ended=5, ended_as="nobody")
    db.execute(insert(schema.tickets).values(
        kind="handover", conversation_id=made["after hours"], created_at=NOON, request_id="x"
    ))  # fmt: skip
    conversation_facets.note_turn(db, made["unclear"], {"intent": "nlu_fallback"})
    conversation_facets.note_turn(db, made["last resort"], {"actions": ["action_default_fallback"]})
    add_order(db, "200001", ADA, "placed", placed_at=NOON + timedelta(days=6))
    add_order(db, "200002", BEN, "placed", placed_at=NOON)
    return made


WANTED = {
    "handed_over": {"reached"}, "in_vain": {"nobody came", "after hours"}, "not_understood": {"unclear", "last resort"},
    "rated": {"rated"}, "thumbed": {"thumbed"}, "ordered": {"ordered"},
}  # fmt: skip


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_conversations_are_found_by_how_they_ended_whichever_way_is_taken(db, ended, outcome):
    wanted = WANTED.get(outcome, ended.keys() - WANTED["handed_over"] - WANTED["in_vain"])
    names = {conversation_id: name for name, conversation_id in ended.items()}
    table = schema.conversations.c
    found = db.execute(select(table.id).where(condition(db, outcome))).scalars()
    assert {names[each] for each in found} == set(wanted)
    by_index = numbers(db, outcome)
    if by_index is not None:
        found = db.execute(select(table.id).where(table.number.in_(by_index))).scalars()
        assert {names[each] for each in found} == set(wanted)


def test_an_outcome_that_there_is_not_is_refused(db):
    with pytest.raises(BadInput):
        condition(db, "happy")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_list_of_conversations_is_filtered_by_it(db, ended, outcome):
    found = find(db, Filters(outcome=outcome, opened_from=NOON - timedelta(days=1))).rows
    recent = ended.keys() - {"ordered late"}
    wanted = WANTED.get(outcome, recent - WANTED["handed_over"] - WANTED["in_vain"])
    assert {each.conversation_id for each in found} == {ended[name] for name in wanted}
