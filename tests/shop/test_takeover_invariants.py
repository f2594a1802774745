"""Whatever shoppers, the bot and staff do, in whatever order and all at once: who may speak is never in doubt."""
from __future__ import annotations

import random
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from shop import conversations, schema, staff, takeover
from shop.clock import utc_now
from shop.errors import AlreadyAnswered, NotAllowed
from shop.owner import Owner
from tests.shop.conftest import VISITOR
from tests.shop.takeover_stage import ALL_DAY, NEVER, hire, keep_hours

PEOPLE = st.integers(0, 1)


def handovers_of(db, talk):
    return db.execute(
        select(schema.handovers).where(schema.handovers.c.conversation_id == talk).order_by(schema.handovers.c.id)
    ).all()


class Conversation(RuleBasedStateMachine):
    """One conversation in which everybody does what they like; ``database`` is set by the test."""

    database = None
    asked = Bundle("asked")

    @initialize()
    def a_shop_with_two_agents(self):
        with self.database.session() as db:
            self.talk = conversations.open_conversation(db, Owner(visitor_id=VISITOR)).id
            keep_hours(db)
            self.people = [
                found.staff_id if (found := staff.by_email(db, f"{name}@shop.example")) else hire(db, name)
                for name in ("mira", "jonas")
            ]
        self.promised = False

    def standing(self):
        with self.database.session() as db:
            return takeover.standing(db, self.talk)

    def act(self, work, *args):
        """Do it in a transaction of its own; None where it is not allowed."""
        with suppress(NotAllowed), self.database.session() as db:
            return work(db, self.talk, *args)

    @rule(target=asked, text=st.sampled_from(["hello", "a person, please"]))
    def the_shopper_writes(self, text):
        before = self.standing()
        with self.database.session() as db:
            number = conversations.get(db, self.talk).last_seq + 1
            message, known = conversations.add_shopper_message(db, self.talk, f"m{number}", text)
        assert not known
        assert message.state == ("pending" if before.status in ("bot", "resolved") else None)
        assert self.standing().status == ("bot" if before.status == "resolved" else before.status)
        return message.seq

    @rule(seq=asked)
    def the_bot_answers(self, seq):
        before = self.standing()
        try:
            with self.database.session() as db:
                conversations.add_bot_reply(db, self.talk, seq, [{"text": "An answer."}], {})
        except AlreadyAnswered:
            return
        assert before.status == "bot" or (before.status == "waiting" and seq == before.after_seq)

    @rule(
        seq=asked, reason=st.sampled_from(["asked", "failed"]), there=st.booleans(),
        hours=st.sampled_from([ALL_DAY, NEVER]),
    )
    def the_shopper_asks_for_a_person(self, seq, reason, there, hours):
        before = self.standing()
        with self.database.session() as db:
            keep_hours(db, hours)
            for person in self.people:
                staff.set_available(db, person, there)
        after = self.act(takeover.request, reason, seq)
        if before.status != "waiting" and after.status == "waiting":
            assert there and hours == ALL_DAY
        if before.status in ("waiting", "staff", "resolved"):
            assert after == before

    @rule(who=PEOPLE)
    def somebody_takes_it(self, who):
        before = self.standing()
        taken = self.act(takeover.take, self.people[who])
        assert taken == (before.status != "staff")

    @rule(who=PEOPLE)
    def somebody_of_staff_speaks(self, who):
        before = self.standing()
        said = self.act(takeover.say, self.people[who], "Good morning.")
        assert (said is not None) == (before.status == "staff" and before.assigned_to == self.people[who])

    @rule(who=PEOPLE, how=st.sampled_from([takeover.give_back, takeover.resolve]))
    def somebody_lets_go(self, who, how):
        before = self.standing()
        self.act(how, self.people[who])
        held = before.status == "staff" and before.assigned_to == self.people[who]
        left = "bot" if how is takeover.give_back else "resolved"
        assert self.standing().status == (left if held else before.status)

    @rule(who=st.one_of(st.none(), PEOPLE))
    def somebody_passes_it_on(self, who):
        before = self.standing()
        self.act(takeover.assign, None if who is None else self.people[who])
        assert before.status in ("waiting", "staff") or self.standing() == before

    @rule()
    def the_shopper_carries_on_with_the_bot(self):
        before = self.standing()
        with self.database.session() as db:
            number = conversations.get(db, self.talk).last_seq + 1
            _, ended = takeover.back_to_bot_by_shopper(db, self.talk, f"p{number}", "Carry on")
        assert ended == (before.status == "waiting")
        assert self.standing().status == ("staff" if before.status == "staff" else "bot")

    @rule()
    def nobody_comes(self):
        self.act(takeover.nobody_came, utc_now() + timedelta(hours=1))

    @invariant()
    def exactly_who_has_it_can_be_told(self):
        if not hasattr(self, "talk"):
            return
        found = self.standing()
        with self.database.session() as db:
            opened = [row for row in handovers_of(db, self.talk) if row.ended_at is None]
        assert len(opened) == (found.status in ("waiting", "staff"))
        assert (found.waiting_since is not None) == (found.status == "waiting")
        assert (found.agent is not None) == (found.status == "staff")
        if found.status == "staff":
            assert (found.assigned_to, opened[0].staff_id) == (opened[0].staff_id, found.assigned_to)
        if found.status in ("bot", "resolved"):
            assert found == takeover.Standing(found.status)

    @invariant()
    def no_word_of_a_shopper_is_lost(self):
        """What nobody has answered is the bot's, or lies before somebody of staff who has, or had, the conversation."""
        if not hasattr(self, "talk"):
            return
        status = self.standing().status
        with self.database.session() as db:
            said, times = conversations.messages_after(db, self.talk, 0, 10_000), handovers_of(db, self.talk)
        pending = [message.seq for message in said if message.state == "pending"]
        if status == "staff":
            assert pending == []
        if status == "waiting":
            assert set(pending) <= {times[-1].after_seq}
        for message in said:
            if message.sender == "shopper" and message.state is None:
                ends = [row.ended_seq or message.seq for row in times if row.taken_at is not None]
                assert status == "waiting" or any(message.seq <= end for end in ends)


@pytest.mark.parametrize("steps", [30])
def test_whatever_anybody_does_it_is_clear_who_may_speak_and_no_word_is_lost(database, steps):
    Conversation.database = database
    run_state_machine_as_test(Conversation, settings=settings(
        max_examples=60, stateful_step_count=steps, deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    ))


SHOPPERS_WORDS, TAKES = 60, 25


def test_all_at_once_the_bot_never_speaks_while_staff_have_it_and_one_of_staff_has_it_at_a_time(database):
    """A shopper, two bots that answer what they find, a form that calls staff, and three agents who are quick."""
    with database.session() as db:
        keep_hours(db)
        talk = conversations.open_conversation(db, Owner(visitor_id=VISITOR)).id
        people = [hire(db, name) for name in ("Mira", "Jonas", "Ada")]
    over, errors = threading.Event(), []

    def until_over(work):
        def run():
            chance = random.Random(work.__name__)  # noqa: S311 (no secret)
            while not over.is_set():
                try:
                    with database.session() as db:
                        work(db, chance)
                except (AlreadyAnswered, NotAllowed):
                    continue  # somebody else was quicker, which is what this is about
                except Exception as error:  # the thread would swallow it
                    errors.append(error)
                    return

        return threading.Thread(target=run)

    def answers(db, chance):
        waiting = conversations.pending(db, talk)
        if waiting:
            conversations.add_bot_reply(db, talk, chance.choice(waiting).seq, [{"text": "An answer."}], {})

    def answers_too(db, chance):
        answers(db, chance)

    def asks(db, chance):
        waiting = conversations.pending(db, talk)
        if waiting and takeover.request(db, talk, "asked", waiting[0].seq).after_seq == waiting[0].seq:
            note = {"called": waiting[0].seq}
            conversations.add_system_message(db, talk, "Somebody is called.", note)

    def agent(person):
        for _ in range(TAKES):
            try:
                with database.session() as db:
                    if not takeover.take(db, talk, person):
                        continue
                    conversations.add_system_message(db, talk, "joined", {"joined": person})
                with database.session() as db:
                    takeover.say(db, talk, person, "Good morning.")
                with database.session() as db:
                    takeover.give_back(db, talk, person)
                    conversations.add_system_message(db, talk, "left", {"left": person})
            except Exception as error:  # the thread would swallow it
                errors.append(error)

    def shopper():
        for number in range(SHOPPERS_WORDS):
            with database.session() as db:
                conversations.add_shopper_message(db, talk, f"m{number}", "hello")

    machines = [until_over(work) for work in (answers, answers_too, asks)]
    visitors = [threading.Thread(target=shopper)] + [threading.Thread(target=agent, args=(each,)) for each in people]
    for thread in (*machines, *visitors):
        thread.start()
    for thread in visitors:
        thread.join()
    over.set()
    for thread in machines:
        thread.join()

    assert errors == []
    with database.session() as db:
        said = conversations.messages_after(db, talk, 0, 100_000)
    assert [message.seq for message in said] == list(range(1, len(said) + 1))
    held = called = None
    for message in said:
        payload = message.payload or {}
        if "joined" in payload:
            assert held is None
            held, called = payload["joined"], None
        elif "left" in payload:
            assert held == payload["left"]
            held = None
        elif "called" in payload and held is None:
            called = payload["called"]
        elif message.sender == "staff":
            assert message.payload["staff_id"] == held
        elif message.sender == "bot":
            assert held is None
            assert called is None or message.in_reply_to == called
    assert sum("joined" in (message.payload or {}) for message in said) > len(people)
