"""The figures of a small set of conversations, each of which was counted by hand."""
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select, update

from shop import daily_figures, policies, schema
from shop.errors import BadInput
from shop.figures import Figures, add_time, percentile_ms, total
from shop.overview import overview
from shop.periods import Period, bounds, chosen, time_zone
from tests.shop.conftest import ADA, BEN, add_order

UTC_ZONE = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
TODAY = NOON.date()
NOW = NOON + timedelta(hours=6)


def talk(db, *said, at=NOON, customer_id=None, **more) -> str:
    """A conversation; ``said``: the intent of each message of the shopper, which is answered in 200 ms."""
    number = uuid4().hex
    values = {"visitor_id": uuid4().hex, "channel": "web", "opened_at": at, "last_at": at, "last_seq": 2 * len(said)}
    db.execute(insert(schema.conversations).values(id=number, customer_id=customer_id, **values | more))
    for seq, intent in enumerate(said, 1):
        one = {"conversation_id": number, "at": at, "text": "words", "duration_ms": 200.0}
        db.execute(insert(schema.messages).values(seq=2 * seq - 1, sender="shopper", intent=intent, **one))
        db.execute(insert(schema.messages).values(seq=2 * seq, sender="bot", in_reply_to=2 * seq - 1, **one))
    return number


def hand_over(db, conversation_id, at=NOON, reason="asked", **minutes) -> None:
    """``minutes`` after the wish: taken, answered, ended; and ``ended_as``."""
    ended_as = minutes.pop("ended_as", None)
    moments = {f"{name}_at": at + timedelta(minutes=after) for name, after in minutes.items()}
    db.execute(insert(schema.handovers).values(
        conversation_id=conversation_id, reason=reason, requested_at=at, after_seq=1, ended_as=ended_as, **moments
    ))  # fmt: skip


def day(db, which=TODAY, zone=UTC_ZONE) -> Figures:
    return daily_figures.measure(db, *bounds(Period(which, which), zone))


@pytest.fixture(autouse=True)
def no_orders_yet(db):
    """The cast's orders lie around the day of the test, not around the days looked at here."""
    for table in (schema.order_lines, schema.orders):
        db.execute(delete(table))


# ---- a day


def test_a_day_on_which_nobody_came_has_zeros_and_no_rates(db):
    figures = day(db)
    assert figures == Figures()
    assert figures.containment is figures.fallback_rate is figures.rating_mean is figures.orders_after_share is None
    assert percentile_ms(figures.bot_ms, 95) is None


def test_a_conversation_is_contained_unless_somebody_asked_for_a_person_or_stepped_in(db):
    for _ in range(5):
        talk(db, "greet", "track_order")
    hand_over(db, talk(db, "human_handoff"), taken=2, answered=3)
    hand_over(db, talk(db, "complaint"), reason="staff", taken=0)
    hand_over(db, talk(db, "human_handoff"), ended=5, ended_as="nobody")
    after_hours = talk(db, "human_handoff")
    db.execute(insert(schema.tickets).values(
        kind="handover", conversation_id=after_hours, created_at=NOON, request_id="x", contact_email="a@example.com"
    ))  # fmt: skip
    figures = day(db)
    assert (figures.conversations, figures.handed_over, figures.in_vain, figures.contained) == (9, 2, 2, 5)
    assert figures.containment == pytest.approx(5 / 9)
    assert figures.handover_rate == pytest.approx(2 / 9)


def test_who_was_told_that_nobody_came_and_then_reached_somebody_was_not_in_vain(db):
    number = talk(db, "human_handoff", "human_handoff")
    hand_over(db, number, ended=5, ended_as="nobody")
    hand_over(db, number, at=NOON + timedelta(hours=1), taken=1)
    figures = day(db)
    assert (figures.handed_over, figures.in_vain) == (1, 0)


def test_a_conversation_that_staff_still_hold_is_none_of_the_bots_the_next_day(db):
    number = talk(db, "human_handoff", last_at=NOON + timedelta(days=1))
    hand_over(db, number, taken=1)
    db.execute(insert(schema.messages).values(
        conversation_id=number, seq=3, sender="shopper", text="And?", at=NOON + timedelta(days=1)
    ))  # fmt: skip
    tomorrow = day(db, TODAY + timedelta(days=1))
    assert (tomorrow.conversations, tomorrow.handed_over, tomorrow.handovers) == (1, 1, 0)


def test_a_conversation_counts_once_on_each_day_on_which_the_shopper_wrote(db):
    number = talk(db, "greet", "greet", last_at=NOON + timedelta(days=3))
    db.execute(insert(schema.messages).values(
        conversation_id=number, seq=5, sender="shopper", text="x", intent="thank", at=NOON + timedelta(days=3)
    ))  # fmt: skip
    assert [day(db, TODAY + timedelta(days=after)).conversations for after in range(5)] == [1, 0, 0, 1, 0]


def test_what_was_not_understood_is_counted_of_what_the_bot_was_asked(db):
    talk(db, "greet", "nlu_fallback", "out_of_scope", "track_order+return_policy")
    number = talk(db, "search_product")
    last_resort = ["action_search", "action_default_fallback"]
    db.execute(update(schema.messages).values(actions=last_resort).where(schema.messages.c.conversation_id == number))
    db.execute(insert(schema.messages).values(conversation_id=number, seq=9, sender="shopper", text="Hello", at=NOON))
    figures = day(db)
    assert (figures.asked, figures.not_understood, figures.stuck) == (5, 3, 2)
    assert figures.fallback_rate == pytest.approx(3 / 5)
    assert figures.intents == {"greet": 1, "track_order": 1, "return_policy": 1}


def test_an_intent_counts_its_messages_and_its_conversations(db):
    talk(db, "track_order", "track_order")
    talk(db, "track_order+greet")
    figures = day(db)
    assert figures.intents["track_order"] == 3
    assert figures.intent_talks["track_order"] == 2


def test_replies_that_the_model_did_not_write_are_counted_apart(db):
    number = talk(db, "greet")
    for reason in (None, None, "too_late"):
        db.execute(insert(schema.written_replies).values(
            conversation_id=number, message_id="m", act="greet", template=None if reason else "Hello.", reason=reason,
            candidates=1, duration_ms=5.0, model_version="v", at=NOON,
        ))  # fmt: skip
    figures = day(db)
    assert (figures.written, figures.written_fallbacks, figures.not_understood) == (3, 1, 0)


def test_ratings_count_on_the_day_they_were_given_and_thumbs_on_the_day_of_the_message(db):
    for stars in (5, 4, 2):
        talk(db, "greet", at=NOON - timedelta(days=1), csat=stars, csat_at=NOON)
    number = talk(db, "greet", "greet", "greet")
    for seq, thumb in ((2, "up"), (4, "up"), (6, "down")):
        of_message = (schema.messages.c.conversation_id == number, schema.messages.c.seq == seq)
        db.execute(update(schema.messages).where(*of_message).values(feedback=thumb))
    figures = day(db)
    assert figures.rating_mean == pytest.approx(11 / 3)
    assert figures.good_ratings == pytest.approx(2 / 3)
    assert (figures.up, figures.down, figures.thumbed, figures.rated) == (2, 1, 1, 3)
    assert day(db, TODAY - timedelta(days=1)).rating_mean is None


def test_how_long_people_waited_is_told_from_those_who_asked(db):
    for taken, answered in ((1, 2), (3, 5), (10, 12)):
        hand_over(db, talk(db, "human_handoff"), taken=taken, answered=answered)
    hand_over(db, talk(db, "complaint"), reason="staff", taken=0, answered=0)
    hand_over(db, talk(db, "human_handoff"))
    figures = day(db)
    assert figures.handovers == 4
    assert figures.waiting_ms.total() == 3
    assert percentile_ms(figures.waiting_ms, 50) == pytest.approx(180_000, rel=0.05)
    assert percentile_ms(figures.first_response_ms, 95) == pytest.approx(720_000, rel=0.05)


def test_orders_are_those_that_a_customer_placed_within_a_week_after_talking_to_us(db):
    talk(db, "recommend", at=NOON - timedelta(days=6), customer_id=ADA)
    talk(db, "greet", at=NOON + timedelta(hours=1), customer_id=BEN)
    add_order(db, "200001", ADA, "placed", placed_at=NOON)
    add_order(db, "200002", ADA, "placed", placed_at=NOON + timedelta(days=2))  # eight days after
    add_order(db, "200003", BEN, "placed", placed_at=NOON)  # an hour before
    add_order(db, "200004", ADA, "cancelled", placed_at=NOON)
    add_order(db, "200005", None, "placed", placed_at=NOON)  # a guest
    figures = day(db)
    assert (figures.orders, figures.orders_after, figures.buyers_talks) == (3, 1, 1)
    assert figures.revenue_cents == {"EUR": 19800}
    assert day(db, TODAY + timedelta(days=2)).orders_after == 0


def test_what_was_said_weeks_ago_in_a_conversation_that_goes_on_does_not_count_for_an_order(db):
    number = talk(db, "greet", at=NOON - timedelta(days=30), customer_id=ADA, last_at=NOON + timedelta(hours=2))
    db.execute(insert(schema.messages).values(
        conversation_id=number, seq=5, sender="shopper", text="x", at=NOON + timedelta(hours=2)
    ))  # fmt: skip
    add_order(db, "200001", ADA, "placed", placed_at=NOON)
    assert day(db).orders_after == 0


# ---- days on the shop's clock


def test_a_day_begins_at_the_shops_own_midnight(db):
    talk(db, "greet", at=datetime(2026, 3, 10, 3, tzinfo=UTC))  # 23:00 of the 9th in New York
    talk(db, "greet", at=datetime(2026, 3, 10, 4, 30, tzinfo=UTC))
    assert day(db).conversations == 2
    assert day(db, zone=NEW_YORK).conversations == 1
    assert day(db, date(2026, 3, 9), NEW_YORK).conversations == 1


def test_no_hour_is_lost_or_counted_twice_when_the_clocks_change():
    spring, autumn = (bounds(Period(day, day), NEW_YORK) for day in (date(2026, 3, 8), date(2026, 11, 1)))
    assert spring[1] - spring[0] == timedelta(hours=23)
    assert autumn[1] - autumn[0] == timedelta(hours=25)
    assert bounds(Period(date(2026, 3, 9), date(2026, 3, 9)), NEW_YORK)[0] == spring[1]


def test_the_zone_is_that_of_the_shops_policies(db, tmp_path):
    assert time_zone(db).key == "UTC"
    for name, wanted in (("Europe/Berlin", "Europe/Berlin"), ("Mars/Base", "UTC")):
        (tmp_path / "contact.md").write_text(f"---\ntitle: Contact\ntime_zone: {name}\n---\nHello.\n")
        policies.load_policies(db, tmp_path)
        assert time_zone(db).key == wanted


def test_a_period_is_a_number_of_days_up_to_today_or_two_days_that_somebody_named():
    assert chosen(UTC_ZONE, "7", now=NOW) == Period(date(2026, 3, 4), TODAY)
    assert chosen(NEW_YORK, "today", now=datetime(2026, 3, 10, 3, tzinfo=UTC)).last == date(2026, 3, 9)
    named = chosen(UTC_ZONE, "7", "2026-02-01", "2026-02-28")
    assert named.days == 28
    assert named.before == Period(date(2026, 1, 4), date(2026, 1, 31))
    assert chosen(UTC_ZONE, "7", "2026-02-01").days == 1


@pytest.mark.parametrize("wrong", [
    ("week", "", ""), ("7", "yesterday", ""), ("7", "2026-02-02", "2026-02-01"), ("7", "2024-01-01", "2026-01-01"),
    ("7", "0001-01-01", "0001-01-02"),
])  # fmt: skip
def test_a_senseless_period_is_refused(wrong):
    with pytest.raises(BadInput):
        chosen(UTC_ZONE, *wrong)


def test_weeks_begin_on_monday_and_are_cut_to_the_period():
    weeks = Period(date(2026, 3, 4), date(2026, 3, 17)).by_week()
    assert [(week.first.day, week.last.day) for week in weeks] == [(4, 8), (9, 15), (16, 17)]


# ---- days kept


def figures_kept(database) -> dict[date, dict]:
    with database.session() as db:
        table = schema.daily_figures
        return dict(db.execute(select(table.c.day, table.c.figures)).all())


@pytest.fixture
def three_days(database, db):
    for days, talks in ((0, 1), (1, 2), (2, 4)):
        for _ in range(talks):
            talk(db, "greet", "nlu_fallback", at=NOON - timedelta(days=days))
    db.commit()
    return database


def test_days_are_counted_once_and_again_while_they_can_change(three_days):
    assert daily_figures.refresh(three_days, now=NOW) == 2
    assert daily_figures.refresh(three_days, now=NOW) == 0
    first = figures_kept(three_days)
    assert {day.day: figures["conversations"] for day, figures in first.items()} == {9: 2, 8: 4}
    assert daily_figures.refresh(three_days, now=NOW + timedelta(hours=2)) == 2
    assert figures_kept(three_days) == first
    settled = NOW + timedelta(days=30)
    daily_figures.refresh(three_days, now=settled)
    assert daily_figures.refresh(three_days, now=settled + timedelta(hours=3)) == 8  # the younger ones
    assert daily_figures.refresh(three_days, everything=True, now=settled) == 32


def test_a_thumb_that_came_late_is_in_the_days_figures(three_days):
    daily_figures.refresh(three_days, now=NOW)
    with three_days.session() as db:
        yesterday = schema.messages.c.at == NOON - timedelta(days=1)
        db.execute(update(schema.messages).where(yesterday, schema.messages.c.sender == "bot").values(feedback="up"))
    daily_figures.refresh(three_days, now=NOW + timedelta(hours=1))
    assert figures_kept(three_days)[TODAY - timedelta(days=1)]["up"] == 4


def test_another_zone_makes_other_days(three_days, tmp_path):
    daily_figures.refresh(three_days, now=NOW)
    (tmp_path / "contact.md").write_text("---\ntitle: Contact\ntime_zone: Asia/Tokyo\n---\nHello.\n")
    with three_days.session() as db:
        policies.load_policies(db, tmp_path)
        zone = time_zone(db)
        assert daily_figures.uncounted(db, Period(date(2026, 3, 1), TODAY), zone, NOW) == 2
    assert daily_figures.refresh(three_days, now=NOW) == 3
    with three_days.session() as db:
        assert daily_figures.uncounted(db, Period(date(2026, 3, 1), TODAY), zone, NOW) == 0


def test_a_shop_without_conversations_has_nothing_to_count(database):
    assert daily_figures.refresh(database, now=NOW) == 0
    with database.session() as db:
        assert daily_figures.uncounted(db, Period(TODAY, TODAY), UTC_ZONE, NOW) == 0


# ---- a period


def test_a_period_adds_its_days_up_and_stands_beside_the_one_before(three_days):
    with three_days.session() as db:
        before = overview(db, Period(TODAY - timedelta(days=1), TODAY), UTC_ZONE, now=NOW)
    assert before.uncounted == 1
    daily_figures.refresh(three_days, now=NOW)
    with three_days.session() as db:
        seen = overview(db, Period(TODAY - timedelta(days=1), TODAY), UTC_ZONE, now=NOW)
    assert (seen.figures.conversations, seen.before.conversations, seen.uncounted) == (3, 4, 0)
    assert seen.figures.fallback_rate == pytest.approx(0.5)
    assert [step.figures.conversations for step in seen.steps] == [2, 1]
    assert [step.before.conversations for step in seen.steps] == [0, 4]


def test_today_is_counted_as_it_stands_and_yesterday_is_not_missed_at_midnight(three_days):
    with three_days.session() as db:
        seen = overview(db, Period(TODAY - timedelta(days=1), TODAY), UTC_ZONE, now=NOW)
        assert seen.figures.conversations == 3
        talk(db, "greet")
        seen = overview(db, Period(TODAY, TODAY), UTC_ZONE, now=NOW)
    assert (seen.figures.conversations, seen.before.conversations) == (2, 2)


def test_long_periods_go_by_weeks_unless_days_are_asked_for(db):
    period = chosen(UTC_ZONE, "90", now=NOW)
    assert overview(db, period, UTC_ZONE, now=NOW).by == "week"
    assert len(overview(db, period, UTC_ZONE, "day", now=NOW).steps) == 90
    assert overview(db, chosen(UTC_ZONE, "7", now=NOW), UTC_ZONE, now=NOW).by == "day"


def test_days_that_have_not_come_yet_are_not_drawn(db):
    seen = overview(db, Period(TODAY, TODAY + timedelta(days=9)), UTC_ZONE, now=NOW)
    assert len(seen.steps) == 1


# ---- sums


def test_figures_survive_being_stored_and_add_up():
    one = Figures(conversations=2, ratings={"5": 1}, intents={"greet": 2})
    one = Figures.from_json({**one.to_json(), "of_a_later_release": 3})
    both = total([one, one, Figures()])
    assert (both.conversations, both.ratings["5"], both.intents["greet"]) == (4, 2, 4)
    assert both.to_json() == {"conversations": 4, "ratings": {"5": 2}, "intents": {"greet": 4}}


def test_percentiles_are_right_to_within_a_twentieth():
    figures = Figures()
    for milliseconds in range(1, 2001):
        add_time(figures.bot_ms, milliseconds)
    for percent in (50, 95, 99):
        assert percentile_ms(figures.bot_ms, percent) == pytest.approx(20 * percent, rel=0.05)
    assert percentile_ms(figures.bot_ms, 0.01) == pytest.approx(1, rel=0.06)
