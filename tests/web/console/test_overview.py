"""The overview as staff read it: figures in words and pictures, and a way to the conversations behind each."""
from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from models.embedding_export import export, shipped_model
from models.registry import Registry
from shop import daily_figures, schema, unanswered
from shop.clock import utc_now
from shop.unanswered import NamedCluster
from tests.shop.test_overview import hand_over, talk
from tests.shop.test_unanswered import ask
from tests.web.gateway_stage import wait_until
from tests.web.shop_visit import EVIL
from web.console import overview_figures
from web.console.charts import Chart, Series
from web.console.overview_figures import per_cent, span
from web.console.overview_refresh import refreshing
from web.question_clustering import make_clusters


def at(days=0):
    """A moment ago, or so many days before."""
    return utc_now() - timedelta(days=days, minutes=1)


def card(page: str, name: str) -> str:
    return re.search(rf'<section class="panel figure" id="{name}".*?</section>', page, re.DOTALL)[0]


def shown(page: str, name: str) -> str:
    return unescape(re.search(r'class="value">([^<]*)', card(page, name))[1])


@pytest.fixture
def busy(console):
    """Four conversations of yesterday, one of which reached a person, and two of the week before."""
    with console.database.session() as db:
        for _ in range(3):
            talk(db, "track_order", "nlu_fallback", at=at(1))
        hand_over(db, talk(db, "human_handoff", at=at(1)), at=at(1), taken=1, answered=2)
        for _ in range(2):
            talk(db, "search_product", at=at(8))
    daily_figures.refresh(console.database)
    return console


# ---- who may look


@pytest.mark.parametrize("role", ["viewer", "agent", "reviewer", "trainer", "admin"])
def test_everybody_of_staff_may_look(signed_in, role):
    assert signed_in(role).get("/console/overview").status_code == 200


def test_a_stranger_is_led_to_the_sign_in(console):
    assert console.visitor().get("/console/overview").headers["location"].startswith("/console/sign-in")


# ---- what stands there


def test_a_new_shop_gets_a_page_without_figures_and_without_mistakes(signed_in):
    page = signed_in("viewer").get("/console/overview").text
    assert shown(page, "conversations") == "0"
    assert shown(page, "containment") == "–"
    assert "Nothing was asked in this period." in page
    assert "floorwalker setup" in page


def test_figures_stand_beside_those_of_the_period_before(busy, signed_in):
    page = signed_in("viewer").get("/console/overview?period=7").text
    assert shown(page, "conversations") == "4"
    assert "2 in the period before" in card(page, "conversations")
    assert shown(page, "containment") == "75 %"
    assert "25.0 points less than in the period before" in card(page, "containment")
    assert shown(page, "fallback") == "42.9 %"
    assert "3 of 7 messages" in card(page, "fallback")


def test_every_figure_says_what_it_means_and_stands_in_a_table(busy, signed_in):
    page = signed_in("viewer").get("/console/overview?period=7").text
    for kind in overview_figures.KINDS:
        text = unescape(card(page, kind.name))
        assert kind.meaning in text
        if "<svg" in text:
            assert 'role="img"' in text
            assert f'<desc id="{kind.name}-desc">' in text
            assert '<th scope="row">' in text
    assert "After, not because of" in page


@pytest.mark.parametrize(("name", "outcome", "count"), [
    ("containment", "contained", 3), ("handover", "handed_over", 1), ("fallback", "not_understood", 3),
])
def test_a_figure_leads_to_the_conversations_behind_it(busy, signed_in, name, outcome, count):
    text = card(signed_in("viewer").get("/console/overview?period=7").text, name)
    link = unescape(re.search(r'href="(/console/conversations\?[^"]*)">(\d+)', text)[1])
    assert re.search(r'">(\d+) conv', text)[1] == str(count)
    asked = parse_qs(urlsplit(link).query)
    assert asked["outcome"] == [outcome]


def test_the_most_frequent_intents_come_first_and_lead_to_their_conversations(busy, signed_in):
    page = signed_in("viewer").get("/console/overview?period=28").text
    intents = re.findall(r"intent=(\w+)", page)
    assert intents == ["track_order", "search_product", "human_handoff"]


def test_a_period_can_be_named_by_its_days(busy, signed_in):
    first, last = at(9).date().isoformat(), at(7).date().isoformat()
    page = signed_in("viewer").get(f"/console/overview?from={first}&to={last}&by=week").text
    assert shown(page, "conversations") == "2"
    assert f'value="{first}"' in page
    assert '<option value="week" selected>' in page


@pytest.mark.parametrize("query", ["period=year", "from=soon", "from=2026-02-02&to=2026-02-01", "from=0001-01-01"])
def test_a_senseless_period_gets_a_polite_400(signed_in, query):
    answer = signed_in("viewer").get(f"/console/overview?{query}")
    assert answer.status_code == 400
    assert "That does not fit" in answer.text


def test_days_that_are_not_counted_yet_are_said_to_be_missing(console, signed_in):
    with console.database.session() as db:
        talk(db, "greet", at=at(5))
    viewer = signed_in("viewer")
    assert "still being counted" in viewer.get("/console/overview").text
    daily_figures.refresh(console.database)
    assert "still being counted" not in viewer.get("/console/overview").text


# ---- what the bot could not answer


def keep(console, *texts: str) -> None:
    with console.database.session() as db:
        asked = [ask(db, text, at=at()) for text in texts]
        unanswered.replace(db, [NamedCluster("abc", texts[0], ["gift"], asked)], [], "v1")


def test_questions_that_were_not_answered_stand_under_their_name_with_a_way_to_each(console, signed_in):
    keep(console, "do you sell gift cards", "gift card", "a voucher")
    page = signed_in("viewer").get("/console/overview").text
    assert "<strong>do you sell gift cards</strong>" in page
    assert re.search(r'href="/console/conversations/[0-9a-f]{32}\?seq=1">a voucher<', page)


def test_what_a_shopper_wrote_cannot_become_markup(console, signed_in):
    keep(console, EVIL, f"{EVIL} again", "x")
    page = signed_in("viewer").get("/console/overview").text
    assert EVIL not in page
    assert EVIL in unescape(page)


@pytest.fixture(scope="module")
def embedding(tmp_path_factory):
    """A folder of trained parts with the embedding as it ships."""
    models = tmp_path_factory.mktemp("models")
    registry = Registry(models)
    with registry.draft("embedding") as draft:
        export(shipped_model(), draft / "new")
        registry.publish("embedding", "first", draft / "new", {})
    return models


GIFTS = ("do you sell gift cards", "can I buy a gift card", "gift cards?", "I would like a gift card for Ben")


def test_what_was_asked_alike_is_brought_together_and_named(console, embedding):
    with console.database.session() as db:
        for text in (*GIFTS, "my cat is ill"):
            ask(db, text, at=at())
    assert make_clusters(console.database, embedding) == 1
    with console.database.session() as db:
        seen, rest = unanswered.seen(db, at(1), utc_now())
        ask(db, "a gift card please", at=at())
    assert (seen[0].size, rest) == (4, 1)
    assert "gift" in seen[0].name
    assert make_clusters(console.database, embedding) == 1
    with console.database.session() as db:
        again, _ = unanswered.seen(db, at(1), utc_now())
    assert (again[0].id, again[0].size) == (seen[0].id, 5)


def test_nothing_is_brought_together_before_set_up(console, tmp_path):
    assert make_clusters(console.database, tmp_path / "models") is None


def test_figures_and_clusters_come_by_themselves_while_the_web_process_runs(console, embedding):
    with console.database.session() as db:
        for text in GIFTS:
            ask(db, text, at=at(1))
    settings = console.app.state.settings
    (settings.var / "models").symlink_to(embedding)

    def clusters() -> list[str]:
        with console.database.session() as db:
            table = schema.question_clusters.c
            return list(db.execute(select(table.name).where(table.id != unanswered.REST)).scalars())

    with refreshing(settings, console.database, first_after_s=0.0):
        # In a process that is started for it and lets all others go first.
        assert "gift" in wait_until(clusters, "the clusters are made", patience_s=90)[0]
    with console.database.session() as db:
        assert db.execute(select(schema.daily_figures.c.day)).first() is not None


def test_stopping_does_not_wait_for_the_next_round(console):
    with refreshing(console.app.state.settings, console.database):
        pass  # leaves at once, or the test runs into its own limit


# ---- pictures


def picture(*values, **options) -> Chart:
    labels = [f"{number} Nov" for number in range(1, len(values) + 1)]
    return Chart("x", "Share by day", labels, [Series("This period", values)], per_cent, **options)


def test_a_picture_is_read_out_as_a_sentence_and_labelled_on_both_axes():
    chart = picture(0.5, None, 0.25, highest=1.0)
    assert chart.description == "This period: 50 % (1 Nov) to 25 % (3 Nov), at most 50 % (1 Nov)."
    for label in ("100 %", "0 %", "1 Nov", "3 Nov"):
        assert f">{label}</text>" in chart.svg
    assert chart.rows()[1] == ("2 Nov", ["–"])


def test_a_day_without_a_figure_is_a_gap_and_not_a_zero():
    path = re.search(r'<path d="(M[^"]*)" fill', picture(0.5, None, 0.25, 0.5).svg)[1]
    assert path.count("M") == 2


def test_a_picture_of_nothing_is_none():
    assert picture(None, None).empty
    assert picture(None, None).svg == ""


def test_what_is_written_into_a_picture_is_escaped():
    chart = Chart("x", EVIL, [EVIL], [Series(EVIL, [1.0])], per_cent)
    assert "<script" not in chart.svg


def test_counts_are_divided_into_whole_ones_and_times_as_on_a_clock():
    counts = Chart("x", "t", ["a"], [Series("s", [3.0])], overview_figures.number, unit="count")
    assert ">0.5<" not in counts.svg
    assert ">3<" in counts.svg
    times = Chart("x", "t", ["a"], [Series("s", [380_000.0])], span, unit="time")
    assert ">2 min<" in times.svg


def test_lengths_of_time_are_written_in_the_unit_that_suits_them():
    assert [span(value) for value in (240, 1400, 180_000, 9_000_000)] == ["240 ms", "1.4 s", "3 min", "2.5 h"]
