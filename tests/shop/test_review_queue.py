"""What is worth a reviewer's time: noted turn by turn, filled in afterwards alike, chosen so that ten teach most."""
from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import delete, select

from models.informative import choose, ngram_vectors
from shop import conversations, privacy, replies, review_queue, review_reasons, reviews, schema, staff, takeover
from shop.clock import utc_now
from shop.errors import BadInput
from shop.owner import Owner
from shop.replies import ReplyRecord
from tests.shop.conftest import ADA, VISITOR
from tests.shop.takeover_stage import hire, keep_hours

LATER = utc_now() + timedelta(hours=1)
_numbers = count()


def turn(intent="search_product", confidence=0.95, second=0.02, form=None, **more):
    ranking = [{"name": intent, "confidence": confidence}, {"name": "recommend", "confidence": second}]
    return {"intent": intent, "confidence": confidence, "intent_ranking": ranking, "form": form, "entities": [],
            "actions": ["action_search"], **more}  # fmt: skip


@pytest.fixture
def talk(db):
    return conversations.open_conversation(db, Owner(ADA)).id


def say(db, talk, text="a warm jacket please", payload=None, *, refused=None, **understood):
    """One turn; returns the shopper's message. ``refused``: why no written reply was said."""
    asked, _ = conversations.add_shopper_message(db, talk, f"m{next(_numbers)}", text, payload)
    if refused:
        replies.record(db, [ReplyRecord(talk, f"{talk}-{asked.seq}", "thank", None, refused, 4, {}, 9.0, "v")])
    conversations.add_bot_reply(db, talk, asked.seq, [{"text": "Here."}, {"text": "And here."}], turn(**understood))
    return asked


def reasons(db, talk, now=None):
    return {(each.name, each.seq) for each in review_queue.of_conversation(db, talk, now)}


def noted(db):
    columns = schema.review_reasons.c
    query = select(columns.conversation_id, columns.seq, columns.reason, columns.weight)
    return {tuple(row) for row in db.execute(query)}


def test_a_turn_that_went_well_is_nobodys_business(db, talk):
    say(db, talk)
    assert reasons(db, talk) == set()
    assert review_queue.candidates(db) == []


@pytest.mark.parametrize(("understood", "expected"), [
    ({"confidence": 0.4}, {"low_confidence"}),
    ({"confidence": 0.4, "thresholds": {"confidence": 0.3, "ambiguity": 0.05}}, set()),
    ({"intent": "out_of_scope", "confidence": 0.97}, {"out_of_scope"}),
    ({"confidence": 0.62, "second": 0.55}, {"disagreement"}),
    ({"intent": "search_product+track_order", "confidence": 0.9, "second": 0.88}, set()),
    ({"refused": "digits"}, {"gate_rejected"}),
    ({"refused": "too_late"}, set()),
])  # fmt: skip
def test_a_turn_that_was_unsure_or_fell_back_is_noted(db, talk, understood, expected):
    asked = say(db, talk, **understood)
    assert reasons(db, talk) == {(name, asked.seq) for name in expected}


def test_being_unsure_is_measured_by_the_best_guess_and_not_by_how_sure_the_fallback_is(db, talk):
    ranking = [{"name": "nlu_fallback", "confidence": 0.7}, {"name": "greet", "confidence": 0.3}]
    unsure = say(db, talk, intent="nlu_fallback", confidence=0.7, intent_ranking=ranking)
    assert reasons(db, talk) == {("low_confidence", unsure.seq)}
    assert review_queue.candidates(db)[0].intent == "greet"


def test_the_less_sure_the_bot_was_the_more_is_learned(db, talk):
    other = conversations.open_conversation(db, Owner(None, VISITOR)).id
    say(db, talk, confidence=0.55)
    say(db, other, confidence=0.1)
    weights = {each.conversation_id: each.weight for each in review_queue.candidates(db)}
    assert 0 < weights[talk] < weights[other] <= 1


def test_a_pressed_button_is_never_a_misunderstanding(db, talk):
    for _ in range(2):
        say(db, talk, "Where is my parcel?", {"payload": "/track_order"}, intent="track_order", confidence=0.2)
    assert reasons(db, talk) == set()


def test_asking_the_same_again_within_three_messages_is_noted(db, talk):
    say(db, talk, "Where is my parcel?")
    say(db, talk, "hello there", intent="greet")
    again = say(db, talk, "where is my parcel")
    assert reasons(db, talk) == {("repeated", again.seq)}
    for text in ("do you have tents", "what about lamps", "and a red scarf"):
        say(db, talk, text)
    say(db, talk, "where is my parcel?")  # that is a new try
    assert reasons(db, talk) == {("repeated", again.seq)}


@pytest.mark.parametrize(("text", "intent"), [("show me more please", "show_more"), ("size 42", "inform")])
def test_what_people_say_over_and_over_is_no_repetition(db, talk, text, intent):
    for _ in range(2):
        say(db, talk, text, intent=intent)
    assert reasons(db, talk) == set()


def test_a_form_counts_as_abandoned_once_the_shopper_is_silent(db, talk):
    asked = say(db, talk, "cancel my order", intent="cancel_order", form="order_form")
    assert reasons(db, talk) == set()
    assert reasons(db, talk, LATER) == {("abandoned_form", asked.seq)}
    assert review_queue.counts(db)["abandoned_form"] == 0
    assert review_queue.counts(db, LATER)["abandoned_form"] == 1


def test_a_form_that_was_finished_is_not_abandoned(db, talk):
    say(db, talk, "cancel my order", intent="cancel_order", form="order_form")
    say(db, talk, "104312", intent="inform", form="order_form")
    say(db, talk, "yes", intent="affirm")
    assert reasons(db, talk, LATER) == set()


@pytest.mark.parametrize("leaving", [{"intent": "stop"}, {"intent": "human_handoff", "form": "ticket_form"}])
def test_who_leaves_a_form_has_abandoned_it(db, talk, leaving):
    asked = say(db, talk, "cancel my order", intent="cancel_order", form="order_form")
    say(db, talk, "oh, leave it", **leaving)
    say(db, talk, "no thank you", intent="deny")
    assert ("abandoned_form", asked.seq) in reasons(db, talk, LATER)


def test_an_answer_in_the_middle_of_a_form_weighs_less(db, talk):
    say(db, talk, "cancel my order", intent="cancel_order", form="order_form")
    say(db, talk, "because it is the wrong blue", confidence=0.3)
    first = next(each for each in review_queue.of_conversation(db, talk) if each.name == "low_confidence")
    say(db, talk, "and what is that for a thing", confidence=0.3)
    second = max(review_queue.of_conversation(db, talk), key=lambda each: each.seq)
    assert first.weight < second.weight


def test_a_thumb_down_is_noted_on_what_was_asked_until_it_is_taken_back(db, talk):
    asked = say(db, talk)
    for seq in (asked.seq + 1, asked.seq + 2):
        conversations.set_feedback(db, talk, seq, "down")
    assert reasons(db, talk) == {("thumbs_down", asked.seq)}
    conversations.set_feedback(db, talk, asked.seq + 1, "up")
    assert reasons(db, talk) == {("thumbs_down", asked.seq)}
    conversations.set_feedback(db, talk, asked.seq + 2, None)
    assert reasons(db, talk) == set()


def test_a_shopper_who_waited_in_vain_is_noted_on_their_last_words(db, talk, database):
    keep_hours(db)
    hire(db, "Mira")
    asked, _ = conversations.add_shopper_message(db, talk, "wanted", "a person, please")
    takeover.request(db, talk, "asked", asked.seq)
    conversations.add_bot_reply(db, talk, asked.seq, [{"text": "I am fetching one."}], turn(intent="human_handoff"))
    last, _ = conversations.add_shopper_message(db, talk, "waiting", "hello, is anybody there?")
    takeover.nobody_came(db, talk, utc_now())
    assert reasons(db, talk) == {("handover_failed", last.seq)}
    db.execute(delete(schema.review_reasons))
    db.commit()
    review_reasons.backfill(database)
    assert reasons(db, talk) == {("handover_failed", last.seq)}


def test_a_customer_who_is_erased_leaves_nothing_to_review(db, talk):
    say(db, talk, confidence=0.1)
    privacy.erase_customer(db, ADA)
    assert review_queue.candidates(db) == []
    assert noted(db) == set()


def test_an_unknown_reason_is_refused(db, talk):
    with pytest.raises(BadInput):
        review_reasons.note(db, talk, 1, "boring")
    with pytest.raises(BadInput):
        review_queue.candidates(db, reason="boring")


def test_a_conversation_that_is_done_comes_back_with_something_new_alone(db, talk):
    say(db, talk, confidence=0.3)
    reviews.set_state(db, talk, "done", "none")
    assert review_queue.candidates(db) == []
    review_reasons.backfill_some(db, [talk])
    assert review_queue.candidates(db) == []
    again = say(db, talk, "and a lamp for my desk", confidence=0.3)
    assert reasons(db, talk) == {("low_confidence", again.seq)}
    assert reviews.state(db, talk).state == "none"


def test_reasons_noted_afterwards_are_those_noted_at_the_time(db, talk, database):
    other = conversations.open_conversation(db, Owner(None, VISITOR)).id
    say(db, talk, confidence=0.3)
    say(db, talk, "Where is my parcel?", refused="digits")
    say(db, talk, "where is my parcel?", second=0.9)
    conversations.set_feedback(db, talk, 2, "down")
    say(db, other, "cancel my order", intent="cancel_order", form="order_form")
    say(db, other, "104312", intent="inform", form="order_form", confidence=0.2)
    say(db, other, "never mind", intent="stop")
    say(db, other, "cancel the other", intent="cancel_order", form="order_form")
    say(db, other, "yes", intent="affirm")
    as_it_went = noted(db)
    assert len(as_it_went) == 8
    db.execute(delete(schema.review_reasons))
    db.commit()
    assert review_reasons.backfill(database, page=1) == len(as_it_went)
    assert noted(db) == as_it_went


def test_a_candidate_is_shown_by_its_weightiest_sentence(db, talk):
    say(db, talk, "something vague", confidence=0.5)
    worst = say(db, talk, "blorg", confidence=0.05)
    found, = review_queue.candidates(db)
    assert (found.seq, found.text, found.intent, found.confidence) == (worst.seq, "blorg", "search_product", 0.05)
    assert found.reasons[0].seq == worst.seq


def test_what_a_colleague_is_at_is_left_to_them(db, talk):
    bea, cem = (staff.add(db, f"{name}@shop.test", name, "reviewer").staff_id for name in ("bea", "cem"))
    say(db, talk, confidence=0.3)
    reviews.assign(db, talk, bea, None)
    assert len(review_queue.candidates(db, bea)) == 1
    assert review_queue.candidates(db, cem) == []


def test_one_reason_alone_can_be_asked_for(db, talk):
    other = conversations.open_conversation(db, Owner(None, VISITOR)).id
    say(db, talk, confidence=0.3)
    say(db, other, intent="out_of_scope")
    assert [each.conversation_id for each in review_queue.candidates(db, reason="out_of_scope")] == [other]
    assert +review_queue.counts(db) == {"low_confidence": 1, "out_of_scope": 1}


# ---- which ten


def test_ten_are_not_ten_of_the_same():
    same = [f"where is my parcel {n}" for n in range(40)]
    rare = ["do you sell gift cards", "my invoice is wrong", "is the lamp dimmable", "can I pay in parts",
            "the zip broke after a week", "who repairs tents", "change my e-mail address", "is it machine washable",
            "do you ship to Norway", "may dogs come in"]  # fmt: skip
    texts = same + rare
    groups = ["track_order"] * len(same) + [f"intent {n % 5}" for n in range(len(rare))]
    chosen = choose([0.9] * len(same) + [0.7] * len(rare), ngram_vectors(texts), groups, 10)
    assert len(set(chosen)) == 10
    assert sum(place < len(same) for place in chosen) <= 3
    assert any(place < len(same) for place in chosen)


def test_of_sentences_as_typical_as_each_other_the_least_sure_comes_first():
    texts = ["red shoes", "blue tents", "green lamps"]
    assert choose([0.2, 0.9, 0.5], ngram_vectors(texts), [None] * 3, 2)[0] == 1


def test_what_many_ask_comes_before_what_only_one_asks():
    texts = ["do you sell gift cards", "do you have gift cards", "selling gift cards?", "xyzzy qwfp"]
    chosen = choose([0.8] * 4, ngram_vectors(texts), [None] * 4, 2)
    assert chosen[0] != 3


def test_few_are_all_chosen_and_none_is_fine():
    assert sorted(choose([0.1, 0.2], ngram_vectors(["one", "two"]), ["a", "a"], 10)) == [0, 1]
    assert choose([], ngram_vectors([]), [], 10) == []
