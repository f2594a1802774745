"""What the bot could not answer: which messages those are, and how they are kept with their clusters."""
from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from shop import privacy, schema, unanswered
from shop.unanswered import NamedCluster, Question
from tests.shop.conftest import ADA
from tests.shop.test_overview import NOON, talk

LONG_AGO = NOON - timedelta(days=400)
TOMORROW = NOON + timedelta(days=1)


def ask(db, text, intent="nlu_fallback", **more) -> Question:
    """A conversation in which that was asked."""
    entities, payload = more.pop("entities", None), more.pop("payload", {})
    number = talk(db, intent, **more)
    db.execute(
        update(schema.messages).where(schema.messages.c.conversation_id == number, schema.messages.c.seq == 1)
        .values(text=text, entities=entities, payload=payload)
    )  # fmt: skip
    return Question(number, 1, more.get("at", NOON), text)


def texts(db, since=LONG_AGO, limit=100) -> list[str]:
    return [question.text for question in unanswered.questions(db, since, limit)]


def test_what_was_not_understood_and_what_is_none_of_our_business_were_not_answered(db):
    ask(db, "do you sell gift cards")
    ask(db, "who won the match", "out_of_scope", at=NOON - timedelta(hours=1))
    ask(db, "where is my order", "track_order")
    assert texts(db) == ["do you sell gift cards", "who won the match"]


def test_what_came_to_the_last_resort_was_not_answered_although_it_was_understood(db):
    question = ask(db, "something new", "recommend")
    ask(db, "something else", "recommend")
    db.execute(
        update(schema.messages).where(schema.messages.c.conversation_id == question.conversation_id)
        .values(actions=["action_default_fallback"])
    )  # fmt: skip
    db.execute(insert(schema.conversation_facets).values(
        conversation_id=question.conversation_id, kind="action", value="action_default_fallback"
    ))  # fmt: skip
    assert texts(db) == ["something new"]


def test_a_button_that_was_pressed_is_no_question(db):
    ask(db, "Show more", payload={"payload": "/nlu_fallback"})
    assert texts(db) == []


def test_only_the_newest_are_taken_and_none_that_are_too_old(db):
    for hours in range(4):
        ask(db, f"question {hours}", at=NOON - timedelta(hours=hours))
    assert texts(db, limit=2) == ["question 0", "question 1"]
    assert texts(db, since=NOON - timedelta(hours=2)) == ["question 0", "question 1", "question 2"]


def test_nothing_that_tells_who_asked_is_taken_along(db):
    ask(db, "I am Ada Stone of Mill Lane 4, write to ada@example.com about 104312", customer_id=ADA)
    ask(db, "send it to Box 7", entities=[{"entity": "address", "value": "Box 7", "start": 11, "end": 16}])
    for text in texts(db):
        assert not any(word in text for word in ("Ada", "Stone", "Mill", "@", "104312", "Box"))


# ---- kept


def keep(db, *clusters: tuple[str, list[Question]], rest=()) -> None:
    unanswered.replace(db, [NamedCluster(id_, f"about {id_}", ["word"], asked) for id_, asked in clusters], rest, "v1")


def test_clusters_are_seen_with_how_often_they_were_asked_in_a_period(db):
    gifts = [ask(db, f"gift card {n}", at=NOON - timedelta(days=n)) for n in range(4)]
    jobs = [ask(db, f"vacancy {n}") for n in range(3)]
    keep(db, ("gifts", gifts), ("jobs", jobs), rest=[ask(db, "my cat is ill")])
    seen, rest = unanswered.seen(db, LONG_AGO, TOMORROW)
    assert [(each.id, each.name, each.terms, each.size, each.conversations) for each in seen] == [
        ("gifts", "about gifts", ["word"], 4, 4), ("jobs", "about jobs", ["word"], 3, 3)
    ]  # fmt: skip
    assert rest == 1
    seen, rest = unanswered.seen(db, NOON - timedelta(hours=1), TOMORROW)
    assert [(each.id, each.size) for each in seen] == [("jobs", 3), ("gifts", 1)]
    assert unanswered.seen(db, LONG_AGO, LONG_AGO) == ([], 0)


def test_examples_are_of_different_wording(db):
    keep(db, ("gifts", [ask(db, text) for text in ("Gift cards?", "gift cards?", "a voucher", "vouchers", "x", "y")]))
    seen, _ = unanswered.seen(db, LONG_AGO, TOMORROW)
    words = [sample.text.lower() for sample in seen[0].samples]
    assert len(words) == len(set(words)) == unanswered.SAMPLES


def test_a_new_run_takes_the_place_of_the_one_before(db):
    asked = [ask(db, f"gift card {n}") for n in range(3)]
    assert unanswered.made(db) is None
    keep(db, ("old", asked), ("kept", [ask(db, "x")]))
    keep(db, ("kept", asked))
    assert [each.id for each in unanswered.seen(db, LONG_AGO, TOMORROW)[0]] == ["kept"]
    assert unanswered.made(db)[1] == "v1"
    assert {id_: len(questions) for id_, questions in unanswered.members(db).items()} == {"kept": 3}


def test_an_erased_customers_questions_are_gone_and_do_not_come_back(db):
    hers, other = ask(db, "do I get points", customer_id=ADA), ask(db, "points?")
    keep(db, ("points", [hers, other]))
    privacy.erase_customer(db, ADA)
    assert [question.text for question in unanswered.members(db)["points"]] == ["points?"]
    keep(db, ("points", [hers, other]))  # by a run that had read them before
    assert [question.text for question in unanswered.members(db)["points"]] == ["points?"]


def test_a_customers_export_shows_what_was_kept_of_their_questions(db):
    keep(db, ("points", [ask(db, "do I get points", customer_id=ADA)]))
    talks = privacy.export_customer(db, ADA)["conversations"]
    assert [row["text"] for each in talks for row in each["question_members"]] == ["do I get points"]


@pytest.mark.parametrize(("minutes", "due"), [(0, False), (5, True), (60 * 25, True)])
def test_a_run_is_due_when_more_was_asked_and_once_a_day(db, minutes, due):
    every = timedelta(days=1)
    assert not unanswered.is_due(db, every)
    question = ask(db, "gift cards")
    assert unanswered.is_due(db, every)
    keep(db, ("gifts", [question]))
    made_at = NOON + timedelta(minutes=1)
    db.execute(update(schema.question_clusters).values(made_at=made_at))
    if minutes == 5:
        ask(db, "vouchers", at=NOON + timedelta(minutes=minutes))
    assert unanswered.is_due(db, every, made_at + timedelta(minutes=minutes)) is due

