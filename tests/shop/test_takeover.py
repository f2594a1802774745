"""Who has a conversation: the shopper asks, staff take it, the bot is mute, nobody is promised who does not come."""
from __future__ import annotations

import ast
from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import conversations, schema, staff, takeover, tickets, told
from shop.clock import utc_now
from shop.errors import AlreadyAnswered, BadInput, NotAllowed, NotFound
from shop.reception import reception
from shop.settings import ROOT
from tests.shop.takeover_stage import NEVER, hire, keep_hours, was_seen


@pytest.fixture
def talk(db, visitor):
    return conversations.open_conversation(db, visitor).id


@pytest.fixture
def mira(db):
    keep_hours(db)
    return hire(db, "Mira")


@pytest.fixture
def jonas(db):
    return hire(db, "Jonas")


def writes(db, talk, text="hello", number=None):
    client_id = f"m{number or conversations.get(db, talk).last_seq + 1}"
    return conversations.add_shopper_message(db, talk, client_id, text)[0]


def asks(db, talk):
    """The shopper asks for a person, and the bot tells that somebody is called; returns what holds then."""
    message = writes(db, talk, "a person, please")
    standing = takeover.request(db, talk, "asked", message.seq)
    conversations.add_bot_reply(db, talk, message.seq, [{"text": "I have called somebody."}], {})
    return standing


def handovers_of(db, talk):
    return db.execute(
        select(schema.handovers).where(schema.handovers.c.conversation_id == talk).order_by(schema.handovers.c.id)
    ).all()


def pending(db, talk):
    return [message.seq for message in conversations.pending(db, talk)]


# ---- nobody is promised who does not come


@pytest.mark.parametrize("hours, available, role, holds", [
    ("daily 0:00-24:00", True, "agent", "free"), ("daily 0:00-24:00", True, "admin", "free"),
    ("daily 0:00-24:00", False, "agent", "busy"), ("daily 0:00-24:00", True, "trainer", "busy"),
    (NEVER, True, "agent", "closed"),
])
def test_a_person_is_promised_only_in_opening_hours_and_while_somebody_is_free(
    db, talk, hours, available, role, holds
):
    keep_hours(db, hours)
    hire(db, "Mira", role, available)
    assert reception(db) == holds
    message = writes(db, talk, "a person, please")
    standing = takeover.request(db, talk, "asked", message.seq)
    assert standing.status == ("waiting" if holds == "free" else "bot")
    assert pending(db, talk) == [message.seq]


def test_somebody_whose_console_is_closed_for_a_minute_is_not_there(db, mira):
    was_seen(db, mira, utc_now() - timedelta(seconds=61))
    assert reception(db) == "busy"
    was_seen(db, mira, utc_now() - timedelta(seconds=50))
    assert reception(db) == "free"


def test_somebody_who_left_the_company_is_not_there(db, mira):
    hire(db, "Ada", "admin", available=False)
    staff.change(db, mira, active=False)
    assert reception(db) == "busy"


def test_who_waits_is_answered_to_that_one_message_and_to_no_other(db, talk, mira):
    first = writes(db, talk, "a person, please")
    second = writes(db, talk, "hello?")
    standing = takeover.request(db, talk, "failed", first.seq)
    assert (standing.status, standing.after_seq, standing.reason) == ("waiting", first.seq, "failed")
    assert pending(db, talk) == [first.seq]
    third = writes(db, talk, "anybody?")
    assert third.state is None
    for seq in (second.seq, third.seq):
        with pytest.raises(AlreadyAnswered):
            conversations.add_bot_reply(db, talk, seq, [{"text": "Yes?"}], {})
    conversations.add_bot_reply(db, talk, first.seq, [{"text": "I have called somebody."}], {})


def test_asking_twice_is_asking_once(db, talk, mira):
    message = writes(db, talk, "a person, please")
    first = takeover.request(db, talk, "asked", message.seq)
    assert takeover.request(db, talk, "asked", message.seq) == first
    assert len(handovers_of(db, talk)) == 1


def test_an_old_wish_for_a_person_does_not_call_anybody_again(db, talk, mira):
    message = writes(db, talk, "a person, please")
    takeover.take(db, talk, mira)
    takeover.give_back(db, talk, mira)
    assert takeover.request(db, talk, "asked", message.seq).status == "bot"


def test_nobody_waits_in_a_conversation_that_does_not_exist(db, mira):
    with pytest.raises(NotFound):
        takeover.request(db, "0" * 32, "asked", 1)
    with pytest.raises(BadInput):
        takeover.request(db, "0" * 32, "bored", 1)


def test_what_was_said_while_nobody_came_is_the_bots_to_answer(db, talk, mira):
    asks(db, talk)
    said = [writes(db, talk, text).seq for text in ("hello?", "where is my order?")]
    assert takeover.overdue(db, utc_now() - timedelta(minutes=5)) == []
    assert takeover.nobody_came(db, talk, utc_now() - timedelta(minutes=5)) is None
    assert takeover.overdue(db, utc_now()) == [talk]
    assert takeover.nobody_came(db, talk, utc_now()).status == "waiting"
    assert pending(db, talk) == said
    assert takeover.standing(db, talk) == takeover.Standing("bot")
    assert handovers_of(db, talk)[0].ended_as == "nobody"
    assert takeover.nobody_came(db, talk, utc_now()) is None


def test_a_shopper_who_does_not_want_to_wait_carries_on_with_the_bot(db, talk, mira):
    tickets.open_ticket(db, "handover", "", "m1", conversation_id=talk)
    asks(db, talk)
    said = writes(db, talk, "do you have tents?")
    pressed, ended = takeover.back_to_bot_by_shopper(db, talk, "press-1", "Carry on with the assistant")
    assert ended
    assert pending(db, talk) == [said.seq]
    assert takeover.standing(db, talk).status == "bot"
    assert takeover.back_to_bot_by_shopper(db, talk, "press-1", "Carry on with the assistant") == (pressed, False)
    assert tickets.with_status(db, "open") == []


def test_a_button_pressed_too_late_takes_the_conversation_from_nobody(db, talk, mira):
    asks(db, talk)
    takeover.take(db, talk, mira)
    pressed, ended = takeover.back_to_bot_by_shopper(db, talk, "press-1", "Carry on with the assistant")
    assert not ended
    assert pressed.state is None
    assert takeover.standing(db, talk).assigned_to == mira


# ---- staff have it


def test_staff_take_a_conversation_and_the_bot_is_mute(db, talk, mira, jonas):
    unanswered = writes(db, talk)
    assert takeover.take(db, talk, mira)
    assert not takeover.take(db, talk, jonas)
    standing = takeover.standing(db, talk)
    assert (standing.status, standing.assigned_to, standing.agent, standing.reason) == ("staff", mira, "Mira", "staff")
    assert pending(db, talk) == []
    with pytest.raises(AlreadyAnswered):
        conversations.add_bot_reply(db, talk, unanswered.seq, [{"text": "Hello."}], {})
    assert writes(db, talk, "are you there?").state is None
    said = takeover.say(db, talk, mira, "I am.")
    assert (said.sender, said.payload) == ("staff", {"name": "Mira", "staff_id": mira})
    assert handovers_of(db, talk)[0].answered_at is not None


def test_only_who_holds_a_conversation_speaks_gives_back_and_resolves(db, talk, mira, jonas):
    for act in (takeover.give_back, takeover.resolve):
        with pytest.raises(NotAllowed):
            act(db, talk, mira)
    takeover.take(db, talk, mira)
    with pytest.raises(NotAllowed, match="Mira has this conversation"):
        takeover.say(db, talk, jonas, "Me too.")
    for act in (takeover.give_back, takeover.resolve):
        with pytest.raises(NotAllowed):
            act(db, talk, jonas)
    takeover.give_back(db, talk, mira)
    with pytest.raises(NotAllowed):
        takeover.say(db, talk, mira, "One more thing.")


def test_who_may_not_take_conversations_takes_none(db, talk, mira):
    with pytest.raises(NotAllowed):
        takeover.take(db, talk, hire(db, "Vera", "viewer"))
    with pytest.raises(NotFound):
        takeover.take(db, talk, 999)
    assert takeover.standing(db, talk).status == "bot"


def test_what_staff_send_twice_is_stored_once(db, talk, mira):
    takeover.take(db, talk, mira)
    first = takeover.say(db, talk, mira, "Good morning.", "client-1")
    takeover.give_back(db, talk, mira)
    assert takeover.say(db, talk, mira, "Good morning.", "client-1") == first
    shoppers = writes(db, talk, "mine", "client-1")
    assert shoppers.seq == first.seq + 1


def test_after_a_give_back_the_bot_answers_what_comes_and_not_what_staff_heard(db, talk, mira):
    takeover.take(db, talk, mira)
    heard = writes(db, talk, "it is order 104312")
    takeover.say(db, talk, mira, "Thank you.")
    takeover.give_back(db, talk, mira)
    following = writes(db, talk, "where is it?")
    assert pending(db, talk) == [following.seq]
    assert conversations.message(db, talk, heard.seq).state is None


def test_a_resolved_conversation_is_the_bots_when_the_shopper_writes_again(db, talk, mira):
    takeover.take(db, talk, mira)
    takeover.resolve(db, talk, mira)
    assert takeover.standing(db, talk) == takeover.Standing("resolved")
    assert writes(db, talk, "one more thing").state == "pending"
    assert takeover.standing(db, talk).status == "bot"


def test_a_wish_for_a_person_is_closed_when_it_was_met(db, talk, mira):
    ticket = tickets.open_ticket(db, "handover", "", "m1", conversation_id=talk)
    other = tickets.open_ticket(db, "complaint", "Torn.", "m1", conversation_id=talk)
    asks(db, talk)
    takeover.take(db, talk, mira)
    assert tickets.ticket(db, ticket.ticket_id).status == "in_progress"
    takeover.resolve(db, talk, mira)
    assert tickets.ticket(db, ticket.ticket_id).status == "closed"
    assert tickets.ticket(db, other.ticket_id).status == "open"


def test_a_colleague_goes_on_with_a_conversation(db, talk, mira, jonas):
    takeover.take(db, talk, mira)
    standing = takeover.assign(db, talk, jonas)
    assert (standing.status, standing.agent) == ("staff", "Jonas")
    with pytest.raises(NotAllowed):
        takeover.say(db, talk, mira, "Still me.")
    takeover.say(db, talk, jonas, "Hello, Jonas here.")
    assert [row.ended_as for row in handovers_of(db, talk)] == ["passed", None]


def test_a_conversation_put_back_waits_for_somebody_who_is_there(db, talk, mira, jonas):
    with pytest.raises(NotAllowed, match="assistant has this"):
        takeover.assign(db, talk, mira)
    takeover.take(db, talk, mira)
    left_open = writes(db, talk, "and the other parcel?")
    assert takeover.assign(db, talk, None).status == "waiting"
    takeover.take(db, talk, jonas)
    keep_hours(db, NEVER)
    with pytest.raises(NotAllowed, match="Nobody else is free"):
        takeover.assign(db, talk, None)
    keep_hours(db)
    takeover.assign(db, talk, None)
    takeover.nobody_came(db, talk, utc_now())
    assert pending(db, talk) == [left_open.seq]


def test_a_waiting_conversation_can_be_meant_for_somebody_and_taken_by_anybody(db, talk, mira, jonas):
    asks(db, talk)
    standing = takeover.assign(db, talk, jonas)
    assert (standing.status, standing.assigned_to, standing.agent) == ("waiting", jonas, None)
    assert takeover.take(db, talk, mira)
    assert takeover.standing(db, talk).assigned_to == mira


def test_a_shopper_is_not_left_alone_with_somebody_who_went_home(db, talk, mira):
    before = utc_now()
    takeover.take(db, talk, mira)
    answered = writes(db, talk, "where is it?")
    takeover.say(db, talk, mira, "I'll have a look.")
    was_seen(db, mira, before)
    assert takeover.overdue(db, utc_now()) == []  # the shopper waits for nothing that was said
    unanswered = writes(db, talk, "still there?")
    assert takeover.overdue(db, before) == []
    assert takeover.overdue(db, utc_now()) == [talk]
    assert takeover.nobody_came(db, talk, utc_now()).agent == "Mira"
    assert pending(db, talk) == [unanswered.seq]
    assert conversations.message(db, talk, answered.seq).state is None


def test_somebody_who_is_at_the_console_may_think_as_long_as_it_takes(db, talk, mira):
    takeover.take(db, talk, mira)
    writes(db, talk, "where is it?")
    was_seen(db, mira, utc_now() + timedelta(seconds=1))
    assert takeover.overdue(db, utc_now()) == []


# ---- what the bot is told


def test_the_bot_is_told_once_what_was_said_without_it(db, talk, mira):
    asks(db, talk)
    waited = writes(db, talk, "hello?")
    takeover.take(db, talk, mira)
    conversations.add_system_message(db, talk, "Mira has joined.")
    said = [waited, writes(db, talk, "it is 104312"), takeover.say(db, talk, mira, "I see it.")]
    takeover.give_back(db, talk, mira)
    writes(db, talk, "where is it?")
    assert [message.seq for message in told.untold(db, talk)] == [message.seq for message in said]
    told.mark_told(db, talk, said[-1].seq)
    assert told.untold(db, talk) == []


def test_the_bot_is_told_of_each_time_that_staff_had_the_conversation(db, talk, mira):
    for text in ("first", "second"):
        unanswered = writes(db, talk, f"{text} question")
        takeover.take(db, talk, mira)
        takeover.say(db, talk, mira, f"{text} answer")
        takeover.give_back(db, talk, mira)
        assert unanswered.state == "pending"
    texts = [message.text for message in told.untold(db, talk)]
    assert texts == ["first question", "first answer", "second question", "second answer"]


def test_what_the_bot_answers_itself_it_need_not_be_told(db, talk, mira):
    asks(db, talk)
    writes(db, talk, "hello?")
    takeover.nobody_came(db, talk, utc_now())
    assert told.untold(db, talk) == []


# ---- one owner


def test_the_status_of_conversations_is_written_in_one_module_alone():
    assert {path for path in sources() if writes_status(ast.parse(path.read_text("utf-8")))} == {
        ROOT / "shop" / "takeover.py"
    }


def test_a_second_owner_of_the_status_would_be_found():
    for code in (
        "db.execute(update(conversations).where(x).values(last_seq=1, status='bot'))",
        "db.execute(update(schema.conversations).values({'status': 'bot'}))",
        "db.execute(text('UPDATE conversations SET status = 1'))",
    ):
        assert writes_status(ast.parse(code))
    assert not writes_status(ast.parse("update(tickets).values(status='open')"))


def sources():
    rooms = ("actions", "bot", "commands", "shop", "web")
    return [
        path for room in rooms for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts
    ]


def writes_status(tree: ast.AST) -> bool:
    """Whether the code updates the column ``status`` of ``conversations``, by SQLAlchemy or by hand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.lower().split()
            if "update conversations" in " ".join(words) and "status" in " ".join(words):
                return True
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values"):
            continue
        names = {keyword.arg for keyword in node.keywords} | {
            key.value for each in node.args if isinstance(each, ast.Dict)
            for key in each.keys if isinstance(key, ast.Constant)
        }  # fmt: skip
        if "status" in names and "update(conversations" in ast.unparse(node).replace("schema.", ""):
            return True
    return False
