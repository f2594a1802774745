"""Which written replies shoppers liked: thumbs of messages and templates of turns, brought together."""
from __future__ import annotations

from datetime import timedelta

import pytest

from shop import conversations, replies
from shop.clock import utc_now
from shop.owner import Owner
from shop.replies import RatedReply, ReplyRecord
from tests.shop.conftest import ADA


@pytest.fixture
def turn(db):
    """``turn(templates, thumbs, messages=…)``: a turn that said these, and the thumbs its messages got."""
    talk = conversations.open_conversation(db, Owner(ADA)).id
    count = iter(range(100))

    def say(templates, thumbs, act="thank", times=1):
        asked, _ = conversations.add_shopper_message(db, talk, f"message-{next(count)}", "thanks")
        for _ in range(times):
            replies.record(db, [
                ReplyRecord(talk, f"{talk}-{asked.seq}", act, template, None if template else "digits", 4, {}, 9.0, "v")
                for template in templates
            ])  # fmt: skip
        said = conversations.add_bot_reply(db, talk, asked.seq, [{"text": f"Text {n}"} for n in range(len(thumbs))], {})
        for message, thumb in zip(said, thumbs, strict=True):
            if thumb:
                conversations.set_feedback(db, talk, message.seq, thumb)

    return say


def test_thumbs_are_counted_by_template(db, turn):
    turn(["With pleasure."], ["up"])
    turn(["With pleasure."], ["up"])
    turn(["With pleasure."], ["down"])
    turn(["So what."], ["down"])
    turn(["Nobody minded."], [None])
    assert replies.rated(db) == [RatedReply("thank", "So what.", 0, 1), RatedReply("thank", "With pleasure.", 2, 1)]


def test_without_thumbs_there_is_nothing(db, turn):
    assert replies.rated(db) == []
    turn(["With pleasure."], [None])
    assert replies.rated(db) == []


def test_of_several_replies_in_a_turn_each_has_its_own_thumb(db, turn):
    turn(["First.", "Second."], ["down", "up"])
    assert replies.rated(db) == [RatedReply("thank", "First.", 1 - 1, 1), RatedReply("thank", "Second.", 1, 0)]


def test_a_thumb_on_the_domains_response_is_no_templates(db, turn):
    turn([None], ["up"])
    turn([None, "Written."], ["down", "up"])
    assert replies.rated(db) == [RatedReply("thank", "Written.", 1, 0)]


def test_where_nobody_can_tell_which_template_a_thumb_is_for_it_is_left_out(db, turn):
    turn(["One of two messages."], ["up", None])  # a form asked its own question as well
    turn(["Asked twice."], ["up"], times=2)  # the gateway asked again, and the model wrote two
    assert replies.rated(db) == []


def test_a_thumb_that_was_taken_back_does_not_count(db, turn):
    turn(["With pleasure."], ["up"])
    talk = conversations.latest(db, Owner(ADA))
    conversations.set_feedback(db, talk.id, 2, None)
    assert replies.rated(db) == []


def test_a_reason_as_long_as_a_model_made_it_up_is_stored_as_far_as_the_column_goes(db):
    reason = "unknown_fact:" + "a" * 300
    replies.record(db, [ReplyRecord("c" * 32, "m", "thank", None, reason, 4, {reason: 4}, 9.0, "v")])
    _, reasons = replies.fallbacks(db, utc_now() - timedelta(minutes=1))
    assert list(reasons) == [reason[:80]]


def test_how_many_replies_were_the_domains_is_counted_by_reason(db, turn):
    before = utc_now() - timedelta(minutes=1)
    turn(["Written.", None, None], [None, None, None])
    assert replies.fallbacks(db, before) == (3, {"digits": 2})
    assert replies.fallbacks(db, utc_now() + timedelta(minutes=1)) == (0, {})
