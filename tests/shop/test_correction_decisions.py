"""What a trainer reads of a correction: the words it is about, what else was corrected there, who decided."""
from __future__ import annotations

from shop import conversations, correction_decisions, replies, reviews, staff
from shop.owner import Owner
from shop.replies import ReplyRecord


def talk(db, owner: Owner, *texts: str) -> str:
    conversation = conversations.open_conversation(db, owner)
    for number, text in enumerate(texts):
        asked, _ = conversations.add_shopper_message(db, conversation.id, f"{number:08d}", text)
        conversations.add_bot_reply(db, conversation.id, asked.seq, [{"text": f"Answer to {text}"}], {
            "intent": "chitchat", "confidence": 0.4, "actions": ["action_small_talk"],
        })
    return conversation.id


def someone(db, name: str, role: str) -> int:
    return staff.add(db, f"{name.lower()}@shop.test", name, role).staff_id


def test_a_correction_comes_with_the_message_its_customer_and_the_others_beside_it(db, ada, visitor):
    rita = someone(db, "Rita", "reviewer")
    first, second = talk(db, ada, "where is it", "thanks"), talk(db, visitor, "hello")
    reviews.correct(db, first, 1, "intent", "track_order", rita)
    reviews.correct(db, first, 1, "action", "order_form", rita)
    reviews.correct(db, second, 1, "intent", "greet", rita)
    about = [(each.correction.kind, each.said.text, each.customer_id, [other.kind for other in each.beside])
             for each in correction_decisions.waiting(db)]
    assert sorted(about, key=str) == sorted([
        ("intent", "where is it", ada.customer_id, ["action"]), ("action", "where is it", ada.customer_id, ["intent"]),
        ("intent", "hello", None, []),
    ], key=str)
    assert correction_decisions.count_waiting(db) == 3
    assert len(correction_decisions.waiting(db, limit=2)) == 2


def test_a_better_reply_comes_with_what_was_heard_and_what_was_written_in_that_turn(db, visitor):
    conversation = talk(db, visitor, "where is it", "thanks")
    for seq, template in ((1, "Order #{number} is {status}."), (3, None)):
        replies.record(db, [ReplyRecord(conversation, f"{conversation}-{seq}", "track", template,
                                        None if template else "too_late", 1, {}, 2.0, "v")])
    rita = someone(db, "Rita", "reviewer")
    for seq in (2, 4):
        reviews.correct(db, conversation, seq, "reply", "It is on its way.", rita)
    first, second = correction_decisions.waiting(db)
    assert (first.said.text, first.heard.text) == ("Answer to where is it", "where is it")
    assert first.written == [("track", "Order #{number} is {status}.")]
    assert (second.heard.text, second.written) == ("thanks", [])


def test_those_that_were_chosen_are_found_while_they_wait(db, visitor):
    rita, tom = someone(db, "Rita", "reviewer"), someone(db, "Tom", "trainer")
    made = [reviews.correct(db, talk(db, visitor, text), 1, "intent", "greet", rita) for text in ("a b", "c d", "e f")]
    ids = [each.correction_id for each in made]
    assert reviews.decide(db, ids[0], "accepted", tom, "written", made[0].version)
    assert [each.correction.correction_id for each in correction_decisions.waiting(db, ids[:2])] == [ids[1]]
    assert correction_decisions.waiting(db, [ids[0], 999]) == []
    assert correction_decisions.waiting(db, []) == []


def test_what_was_decided_names_who_corrected_and_who_decided_the_newest_first(db, visitor):
    rita, tom = someone(db, "Rita", "reviewer"), someone(db, "Tom", "trainer")
    made = [reviews.correct(db, talk(db, visitor, text), 1, "intent", "greet", rita) for text in ("a b", "c d")]
    assert correction_decisions.decided(db) == []
    for each, status in zip(made, ("accepted", "refused"), strict=True):
        assert reviews.decide(db, each.correction_id, status, tom, f"because {status}", each.version)
    newest, oldest = correction_decisions.decided(db)
    assert (newest.correction.status, newest.correction.decision) == ("refused", "because refused")
    assert oldest.correction.correction_id == made[0].correction_id
    assert (oldest.correction.name, oldest.by) == ("Rita", "Tom")
    assert len(correction_decisions.decided(db, limit=1)) == 1
