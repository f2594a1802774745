"""Reviewing: corrections, tags, notes, whose a review is and when it is done; two reviewers at once lose nothing."""
from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from shop import conversation_notes, conversations, review_reasons, reviews, schema, staff
from shop.errors import BadInput, NotAllowed, NotFound
from shop.owner import Owner
from shop.reviews import ChangedMeanwhile
from tests.shop.conftest import ADA

TEXT = "a red jacket, about 30 euros"
TURN = {
    "intent": "product_details", "confidence": 0.51,
    "entities": [{"entity": "colour", "value": "red", "start": 2, "end": 5}],
    "intent_ranking": [{"name": "product_details", "confidence": 0.51}, {"name": "search_product", "confidence": 0.2}],
    "actions": ["action_product_details"], "model_version": "m1", "duration_ms": 20.0,
}  # fmt: skip
SEARCH = [
    {"entity": "colour", "value": "red", "start": 2, "end": 5},
    {"entity": "category", "value": "jackets", "start": 6, "end": 12},
]


@pytest.fixture
def bea(db):
    return staff.add(db, "bea@shop.test", "Bea", "reviewer").staff_id


@pytest.fixture
def cem(db):
    return staff.add(db, "cem@shop.test", "Cem", "reviewer").staff_id


@pytest.fixture
def talk(db):
    """Ada asked (1) and was answered (2); she pressed a button (3) and was answered (4); and asked once more (5)."""
    talk = conversations.open_conversation(db, Owner(ADA)).id
    conversations.add_shopper_message(db, talk, "m1", TEXT)
    conversations.add_bot_reply(db, talk, 1, [{"text": "It is made of wool."}], TURN)
    conversations.add_shopper_message(db, talk, "m2", "Show more", {"payload": "/show_more"})
    conversations.add_bot_reply(db, talk, 3, [{"text": "More."}], {"intent": "show_more", "confidence": 1.0})
    conversations.add_shopper_message(db, talk, "m3", "hello?")
    return talk


def test_a_reviewer_corrects_what_was_understood_done_and_said(db, talk, bea):
    reviews.correct(db, talk, 1, "intent", "search_product", bea)
    reviews.correct(db, talk, 1, "entities", SEARCH, bea)
    reviews.correct(db, talk, 1, "action", "action_search", bea)
    reviews.correct(db, talk, 2, "reply", "Here are three red jackets.", bea)
    found = {each.kind: each for each in reviews.of_conversation(db, talk)}
    assert (found["intent"].before, found["intent"].after) == (
        {"intent": "product_details", "confidence": 0.51}, {"intent": "search_product"}
    )
    assert found["entities"].before == {"entities": SEARCH[:1]}
    assert found["entities"].after == {"entities": SEARCH}
    assert (found["action"].before, found["action"].after) == (
        {"actions": ["action_product_details"]}, {"action": "action_search"}
    )
    assert (found["reply"].seq, found["reply"].before) == (2, {"text": "It is made of wool."})
    assert {each.name for each in found.values()} == {"Bea"}
    assert reviews.state(db, talk).state == "open"
    assert [each.kind for each in reviews.undecided(db)] == ["intent", "entities", "action", "reply"]


def test_a_correction_changed_again_keeps_what_was_understood_at_first(db, talk, bea, cem):
    first = reviews.correct(db, talk, 1, "intent", "recommend", bea)
    second = reviews.correct(db, talk, 1, "intent", "search_product", cem, first.version)
    assert second.correction_id == first.correction_id
    assert second.version != first.version
    assert (second.before["intent"], second.after["intent"], second.name) == (
        "product_details", "search_product", "Cem"
    )


def test_who_did_not_see_a_colleagues_correction_is_told_and_nothing_is_lost(db, talk, bea, cem):
    first = reviews.correct(db, talk, 1, "intent", "recommend", bea)
    for seen in (None, "2020-01-01T00:00:00+00:00"):
        with pytest.raises(ChangedMeanwhile, match="Bea") as told:
            reviews.correct(db, talk, 1, "intent", "search_product", cem, seen)
        assert told.value.now == first
    reviews.withdraw(db, talk, 1, "intent", first.version)
    with pytest.raises(ChangedMeanwhile) as told:
        reviews.correct(db, talk, 1, "intent", "search_product", cem, first.version)
    assert told.value.now is None


def test_of_two_reviewers_at_once_one_is_told(database, talk, db, bea, cem):
    db.commit()
    gate, results = threading.Barrier(2), []

    def correct(staff_id, intent):
        gate.wait()
        try:
            with database.session() as own:
                results.append(reviews.correct(own, talk, 1, "intent", intent, staff_id).after["intent"])
        except ChangedMeanwhile as error:
            results.append(error)

    threads = [threading.Thread(target=correct, args=each) for each in ((bea, "recommend"), (cem, "ask_offers"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [each for each in results if isinstance(each, ChangedMeanwhile)]
    kept = [each for each in results if isinstance(each, str)]
    assert (len(told), len(kept)) == (1, 1)
    assert told[0].now.after == {"intent": kept[0]}
    with database.session() as own:
        assert [each.after for each in reviews.of_conversation(own, talk)] == [{"intent": kept[0]}]


def test_what_a_trainer_has_decided_stays(db, talk, bea):
    made = reviews.correct(db, talk, 1, "intent", "search_product", bea)
    assert not reviews.decide(db, made.correction_id, "accepted", bea, seen="2020-01-01T00:00:00+00:00")
    assert reviews.decide(db, made.correction_id, "accepted", bea, "products.yml", made.version)
    assert not reviews.decide(db, made.correction_id, "refused", bea)
    for change in (
        lambda: reviews.correct(db, talk, 1, "intent", "recommend", bea, made.version),
        lambda: reviews.withdraw(db, talk, 1, "intent", made.version),
    ):
        with pytest.raises(NotAllowed, match="accepted"):
            change()
    kept = reviews.of_conversation(db, talk)[0]
    assert (kept.status, kept.decision, kept.after["intent"]) == ("accepted", "products.yml", "search_product")


@pytest.mark.parametrize(("seq", "kind"), [
    (2, "intent"), (3, "intent"), (3, "entities"), (5, "intent"), (5, "action"), (1, "reply"), (9, "reply"),
])  # fmt: skip
def test_only_a_message_of_that_kind_can_be_corrected(db, talk, bea, seq, kind):
    with pytest.raises(NotFound):
        reviews.correct(db, talk, seq, kind, [] if kind == "entities" else "greet", bea)


@pytest.mark.parametrize(("kind", "after"), [
    ("mood", "greet"), ("intent", ""), ("intent", "no such\nname"), ("intent", None), ("intent", "x" * 65),
    ("intent", "product_details"), ("action", "action_product_details"), ("entities", "red"),
    ("entities", SEARCH[:1]), ("entities", [{"entity": "colour", "value": "red", "start": 2, "end": 99}]),
    ("entities", [{"entity": "colour", "value": "red", "start": 5, "end": 2}]),
    ("entities", [{"entity": "colour", "value": "red", "start": 5, "end": 6}]),
    ("entities", [{"entity": "colour", "value": "red", "start": True, "end": 5}]),
    ("entities", [{"entity": "<b>", "value": "red", "start": 2, "end": 5}]),
    ("entities", [{"entity": "colour", "value": {"a": 1}, "start": 2, "end": 5}]),
    ("entities", [SEARCH[0]] * 41), ("entities", ["colour"]),
])  # fmt: skip
def test_a_correction_that_does_not_fit_is_refused(db, talk, bea, kind, after):
    with pytest.raises(BadInput):
        reviews.correct(db, talk, 1, kind, after, bea)
    assert reviews.of_conversation(db, talk) == []


def test_two_entities_may_stand_in_the_same_words_and_a_value_is_the_words_where_none_is_given(db, talk, bea):
    price = [{"entity": name, "value": value, "start": 14, "end": 28} for name, value in
             (("price_min", 2400), ("price_max", 3600))]  # fmt: skip
    colour = {"entity": "colour", "start": 2, "end": 5}
    made = reviews.correct(db, talk, 1, "entities", [*price, colour, colour], bea)
    assert [(each["entity"], each["value"]) for each in made.after["entities"]] == [
        ("colour", "red"), ("price_max", 3600), ("price_min", 2400),
    ]  # fmt: skip


def test_no_entity_at_all_is_a_correction_too(db, talk, bea):
    assert reviews.correct(db, talk, 1, "entities", [], bea).after == {"entities": []}


def test_done_takes_it_out_of_the_queue_and_two_who_decide_at_once_are_told(db, talk, bea):
    review_reasons.note(db, talk, 1, "thumbs_down")
    reviews.set_state(db, talk, "done", "none")
    left = select(schema.review_reasons).where(schema.review_reasons.c.conversation_id == talk)
    assert db.execute(left).all() == []
    with pytest.raises(ChangedMeanwhile) as told:
        reviews.set_state(db, talk, "done", "open")
    assert told.value.now.state == "done"
    reviews.set_state(db, talk, "open", "done")
    assert reviews.state(db, talk).state == "open"
    with pytest.raises(BadInput):
        reviews.set_state(db, talk, "closed", "open")


def test_a_review_is_given_to_a_colleague_unless_somebody_else_has_it_by_now(db, talk, bea, cem):
    reviews.assign(db, talk, bea, None)
    assert reviews.state(db, talk) == reviews.ReviewState("open", bea)
    with pytest.raises(ChangedMeanwhile):
        reviews.assign(db, talk, cem, None)
    reviews.assign(db, talk, cem, bea)
    staff.change(db, bea, active=False)
    with pytest.raises(NotFound):
        reviews.assign(db, talk, bea, cem)
    reviews.assign(db, talk, None, cem)
    assert reviews.state(db, talk).reviewer_id is None


def test_tags_are_written_alike_and_kept_once(db, talk, bea):
    assert reviews.add_tag(db, talk, "  Wrong  Colour ", bea) == "wrong colour"
    reviews.add_tag(db, talk, "wrong colour", bea)
    reviews.add_tag(db, talk, "angry", bea)
    assert reviews.tags(db, talk) == ["angry", "wrong colour"]
    assert reviews.tags_in_use(db) == ["angry", "wrong colour"]
    reviews.remove_tag(db, talk, "angry")
    assert reviews.tags(db, talk) == ["wrong colour"]
    for number in range(reviews.MOST_TAGS - 1):
        reviews.add_tag(db, talk, f"tag {number}", bea)
    for tag in ("one more", "", "x" * 41):
        with pytest.raises(BadInput):
            reviews.add_tag(db, talk, tag, bea)
    with pytest.raises(NotFound):
        reviews.add_tag(db, "0" * 32, "angry", bea)


def test_a_note_is_its_writers_to_change(db, talk, bea, cem):
    whole = conversation_notes.add(db, talk, bea, "She was right.")
    conversation_notes.add(db, talk, cem, "Here it went wrong.", 1)
    with pytest.raises(NotFound):
        conversation_notes.change(db, talk, whole.note_id, cem, "She was wrong.")
    with pytest.raises(NotFound):
        conversation_notes.remove(db, talk, whole.note_id, cem)
    conversation_notes.change(db, talk, whole.note_id, bea, "She was quite right.")
    assert [(each.name, each.seq, each.text) for each in conversation_notes.of(db, talk)] == [
        ("Bea", None, "She was quite right."), ("Cem", 1, "Here it went wrong."),
    ]  # fmt: skip
    conversation_notes.remove(db, talk, whole.note_id, bea)
    assert len(conversation_notes.of(db, talk)) == 1


@pytest.mark.parametrize(("text", "seq", "error"), [
    ("  ", None, BadInput), ("x" * 4001, None, BadInput), ("Well.", 99, NotFound),
])  # fmt: skip
def test_a_note_needs_text_and_its_message(db, talk, bea, text, seq, error):
    with pytest.raises(error):
        conversation_notes.add(db, talk, bea, text, seq)
