"""What a load counts as lost, doubled and reordered, on conversations worked by hand."""
from __future__ import annotations

import pytest

from commands.load import summary
from commands.load_accounting import Account, Sent, account, percentile, total
from commands.load_scripts import Persona, Script, Talk
from commands.load_shopper import Experience


def said(seq: int, message_id: str) -> dict:
    return {"seq": seq, "sender": "shopper", "id": message_id, "at": f"09:00:{seq:02}"}


def reply(seq: int, to: int, at: str | None = None, sender: str = "bot") -> dict:
    return {"seq": seq, "sender": sender, "in_reply_to": to, "at": at or f"09:00:{seq:02}"}


GREETING, QUESTION = Sent("greeting", (1,)), Sent("question", (3,))
GOOD = [said(1, "greeting"), reply(2, 1), said(3, "question"), reply(4, 3, "09:01"), reply(5, 3, "09:01")]


def test_a_conversation_in_order_is_clean_also_where_a_reply_has_two_messages():
    assert account([GREETING, QUESTION], GOOD) == Account()


def test_a_message_in_no_history_is_lost():
    found = account([GREETING, QUESTION], GOOD[:2])
    assert found == Account(unstored=1) and found.lost == 1


def test_a_message_without_a_reply_is_lost():
    found = account([GREETING, QUESTION], GOOD[:3])
    assert found == Account(unanswered=1) and found.lost == 1


def test_a_number_that_no_message_has_is_a_loss():
    found = account([Sent("greeting", (1,))], [said(1, "greeting"), reply(4, 1)])
    assert found == Account(gaps=2) and found.lost == 2


def test_a_message_stored_twice_is_doubled():
    history = [said(1, "greeting"), reply(2, 1), said(3, "greeting"), reply(4, 3)]
    found = account([Sent("greeting", (1,))], history)
    assert found == Account(extra=1) and found.doubled == 1


def test_a_message_that_nobody_sent_is_doubled():
    assert account([GREETING], GOOD).doubled == 1


def test_a_second_reply_is_doubled():
    history = [said(1, "greeting"), reply(2, 1, "09:01"), reply(3, 1, "09:02")]
    found = account([GREETING], history)
    assert found == Account(answered_again=1) and found.doubled == 1


def test_messages_stored_in_another_order_are_reordered():
    history = [said(1, "question"), reply(2, 1), said(3, "greeting"), reply(4, 3)]
    found = account([Sent("greeting", (3,)), Sent("question", (1,))], history)
    # The question overtook the greeting, and so did its reply.
    assert found == Account(overtaken=2) and found.reordered == 2


def test_replies_in_another_order_are_reordered():
    history = [said(1, "greeting"), said(2, "question"), reply(3, 2), reply(4, 1)]
    found = account([Sent("greeting", (1,)), Sent("question", (2,))], history)
    assert found == Account(overtaken=1)


def test_a_reply_before_its_question_is_reordered():
    history = [reply(1, 2), said(2, "greeting")]
    assert account([Sent("greeting", (2,))], history) == Account(overtaken=1)


@pytest.mark.parametrize("acks", [(2,), (1, 3)])
def test_an_acknowledgement_with_another_number_is_reordered(acks):
    found = account([Sent("greeting", acks)], GOOD[:2])
    assert found == Account(misnumbered=1) and found.reordered == 1


def test_a_message_that_was_never_acknowledged_but_stored_and_answered_is_no_loss():
    assert account([Sent("greeting")], GOOD[:2]) == Account()


def test_a_refused_message_is_no_loss_unless_it_was_stored_all_the_same():
    refused = Sent("question", refused=True)
    assert account([GREETING, refused], GOOD[:2]) == Account()
    assert account([GREETING, refused], GOOD).doubled == 1


def test_what_was_said_before_the_load_counts_for_gaps_alone():
    history = [said(1, "old"), said(2, "older"), said(3, "greeting"), reply(4, 3)]
    assert account([Sent("greeting", (3,))], history, base_seq=2) == Account()
    assert account([Sent("greeting", (3,))], history[1:], base_seq=2) == Account(gaps=1)


def test_an_apology_is_an_answer_and_is_counted_apart():
    found = account([GREETING], [said(1, "greeting"), reply(2, 1, sender="system")])
    assert found == Account(apologies=1) and found.lost == 0


def test_a_conversation_that_cannot_be_read_again_counts_as_lost():
    assert account([GREETING, QUESTION], []).lost == 2


def test_accounts_add_up():
    assert total([Account(gaps=1, extra=2), Account(gaps=3)]) == Account(gaps=4, extra=2)


@pytest.mark.parametrize(("share", "value"), [(0.5, 30), (0.95, 50), (0.99, 50), (0.2, 10), (0.21, 20)])
def test_percentiles_are_values_that_were_measured(share, value):
    assert percentile([50, 10, 40, 20, 30], share) == value
    assert percentile([], share) is None


def test_the_report_leaves_replies_of_the_drain_out_of_the_rate():
    experience = Experience(
        sent=[GREETING, QUESTION, Sent("never", ())], turns=[(99.0, 10.0), (101.0, 30.0)],
        errors=["not_found: no such button"], rate_limited=2, reconnects=1, account=Account(unstored=1),
    )  # fmt: skip
    report = summary([experience, Experience()], seconds=10, until=100.0)
    assert (report["users"], report["turns"], report["turns_per_s"]) == (2, 2, 0.1)
    assert (report["p50_ms"], report["p99_ms"], report["max_ms"]) == (10.0, 30.0, 30.0)
    assert (report["sent"], report["acked"], report["lost"], report["errors"]) == (3, 2, 1, 1)
    assert (report["rate_limited"], report["reconnects"]) == (2, 1)


def test_a_report_of_no_turns_has_no_times():
    report = summary([Experience()], seconds=10, until=100.0)
    assert report["turns"] == 0 and report["p50_ms"] is None


def test_shoppers_say_only_what_is_theirs_to_say_and_the_same_for_the_same_seed():
    scripts = [
        Script("own", 1, "customer", ("where is {order_number}?",)), Script("guest", 1, "guest", ("{email}",)),
        Script("all", 1, "any", ("a {colour} mug", "really {colour}")),
    ]  # fmt: skip
    words = {"colour": ["red", "blue"]}

    def hear(persona: Persona) -> list[list[str]]:
        talk = Talk(scripts, persona, words, "1.0")
        return [talk.next() for _ in range(50)]

    customer = hear(Persona("C00001", "104312", "ada@example.com"))
    assert ["where is 104312?"] in customer and ["ada@example.com"] not in customer
    assert ["ada@example.com"] in hear(Persona(None, "104312", "ada@example.com"))
    assert {tuple(each) for each in hear(Persona())} == {("a red mug", "really red"), ("a blue mug", "really blue")}
    assert customer == hear(Persona("C00001", "104312", "ada@example.com"))
