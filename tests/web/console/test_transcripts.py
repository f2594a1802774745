"""The list of conversations at a browser: filters, words, pages, views, files, and what those see who may not see."""
from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest
from sqlalchemy import select, update

from shop import conversations, schema
from shop.owner import Owner

LIST = "/console/conversations"
ADA, BEN = "C00001", "C00002"
VISITOR = "5f0c8a9e3b1d4c6f8a7b9c0d1e2f3a4b"


def talk(db, owner: Owner, said: str, answer: str = "Here you are.", intent: str = "greet", confidence: float = 0.9,
         actions: tuple[str, ...] = ("action_search",), entities: tuple[dict, ...] = ()) -> str:  # fmt: skip
    """A conversation of one turn."""
    opened = conversations.open_conversation(db, owner)
    conversations.add_shopper_message(db, opened.id, "m1", said)
    turn = {"intent": intent, "confidence": confidence, "entities": list(entities), "actions": list(actions),
            "model_version": "nlu-1"}  # fmt: skip
    conversations.add_bot_reply(db, opened.id, 1, [{"text": answer}], turn)
    return opened.id


@pytest.fixture
def talks(console) -> dict[str, str]:
    """Ids by name, the newest last."""
    with console.database.session() as db:
        return {
            "boots": talk(db, Owner(ADA), "do you have red boots?", intent="search_product"),
            "order": talk(db, Owner(BEN), "where is my order 100001", intent="track_order", confidence=0.42,
                          actions=("action_track",), entities=({"entity": "order_number", "start": 18, "end": 24},)),
            "name": talk(db, Owner(ADA), "I am Ada Stone, mail me at ada@example.com about express delivery"),
            "riddle": talk(db, Owner(visitor_id=VISITOR), "<script>alert(1)</script>", intent="out_of_scope"),
        }  # fmt: skip


def listed(page: str) -> list[str]:
    """Ids in the order of the page."""
    return re.findall(r'<a class="talk" href="/console/conversations/([0-9a-f]{32})', page)


def names_of(talks: dict[str, str], page: str) -> list[str]:
    names = {value: key for key, value in talks.items()}
    return [names[each] for each in listed(page)]


def test_somebody_who_opens_the_list_sees_the_newest_first(talks, signed_in):
    page = signed_in("viewer").get(LIST)
    assert page.status_code == 200
    assert names_of(talks, page.text) == ["riddle", "name", "order", "boots"]
    assert "4 found" in page.text


@pytest.mark.parametrize(("query", "found"), [
    ("q=boots", ["boots"]), ("q=BOO", ["boots"]), ('q="express delivery"', ["name"]), ('q="delivery express"', []),
    ("intent=track_order", ["order"]), ("below=50", ["order"]), ("above=50&intent=search_product", ["boots"]),
    ("action=action_track", ["order"]), ("entity=order_number", ["order"]), ("model=nlu-2", []),
    ("channel=web&length_min=3", []), ("status=waiting", []), ("feedback=none&q=boots", ["boots"]),
    ("outcome=not_understood", ["riddle"]), ("from=2020-01-01&to=2020-02-01", []), ("assigned=me", []),
    ("tag=late", []), ("reason=low_confidence&q=nothing", []), ("review=done", []),
    ("assigned=nobody&q=boots", ["boots"]),
])  # fmt: skip
def test_each_filter_leaves_what_it_says(talks, signed_in, query, found):
    page = signed_in("viewer").get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert names_of(talks, page.text) == found


@pytest.mark.parametrize("query", [
    "below=much", "below=nan", "below=101", "status=gone", "from=yesterday", "from=0001-01-01", "older=here",
    "length_min=-1", "assigned=C1", "q=" + "x" * 121, "outcome=none", "newer=2026-01-01",
])
def test_an_address_that_makes_no_sense_gets_a_polite_answer(talks, signed_in, query):
    page = signed_in("viewer").get(f"{LIST}?{query}")
    assert page.status_code in (200, 400)
    assert query == "newer=2026-01-01" or page.status_code == 400


@pytest.mark.parametrize("field", ["q", "intent", "tag", "channel", "customer"])
@pytest.mark.parametrize("words", ['"', "*", "'; DROP TABLE messages; --", "a AND", "NEAR(", "\x00", "🦊", "^%_"])
def test_no_words_break_the_search(talks, signed_in, field, words):
    assert signed_in("viewer", sees_customers=True).get(LIST, params={field: words}).status_code == 200


def test_a_chip_takes_its_own_filter_away_alone(talks, signed_in):
    page = signed_in("viewer").get(f"{LIST}?intent=track_order&below=50").text
    links = [unescape(each) for each in re.findall(r'<a class="chip" href="([^"]*)"', page)]
    assert links == [f"{LIST}?below=50", f"{LIST}?intent=track_order"]


def test_what_was_searched_for_is_marked_where_it_stands(talks, signed_in):
    page = signed_in("viewer").get(f"{LIST}?q=boots").text
    assert "red <mark>boots</mark>?" in page
    assert f"{talks['boots']}?seq=1" in page


def test_a_script_in_a_shoppers_words_is_text(talks, signed_in):
    page = signed_in("admin", sees_customers=True).get(LIST).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_pages_follow_each_other_both_ways(console, signed_in):
    with console.database.session() as db:
        ids = [talk(db, Owner(visitor_id=VISITOR), f"number {number}") for number in range(120)][::-1]
    viewer = signed_in("viewer")
    pages = [viewer.get(LIST).text]
    while older := re.search(r'rel="next"[^>]*href="([^"]*)"', pages[-1]):
        pages.append(viewer.get(unescape(older[1])).text)
    assert [len(listed(page)) for page in pages] == [50, 50, 20]
    assert [each for page in pages for each in listed(page)] == ids
    newer = unescape(re.search(r'rel="prev"[^>]*href="([^"]*)"', pages[2])[1])
    assert listed(viewer.get(newer).text) == listed(pages[1])
    assert 'rel="prev"' not in pages[0]


# ---- who sees what


def test_without_the_right_nothing_tells_who_a_customer_is(talks, signed_in):
    page = signed_in("agent").get(LIST).text
    for secret in ("Ada", "Stone", "ada@example.com", "100001", ADA):
        assert secret not in page
    assert "[order number]" in page
    searched = signed_in("agent").get(f"{LIST}?q=express").text
    assert "ada@example.com" not in searched
    assert "Stone" not in searched
    assert "<mark>express</mark>" in searched


def test_with_the_right_customers_are_named_and_the_look_is_noted(console, talks, signed_in):
    browser = signed_in("agent", sees_customers=True)
    page = browser.get(f"{LIST}?q=express").text
    assert "Ada Stone" in page
    with console.database.session() as db:
        entry = db.execute(select(schema.audit_log).order_by(schema.audit_log.c.id.desc())).first()
    assert (entry.actor, entry.action, entry.detail) == (browser.member.actor, "list", {"filter": "q=express"})


@pytest.mark.parametrize("who", ["C00001", "c00001", "ada@example.com", "ADA stone", "sto"])
def test_a_customer_is_found_by_id_address_or_name(talks, signed_in, who):
    page = signed_in("agent", sees_customers=True).get(LIST, params={"customer": who}).text
    assert names_of(talks, page) == ["name", "boots"]


def test_an_unknown_customer_has_no_conversations(talks, signed_in):
    assert listed(signed_in("agent", sees_customers=True).get(f"{LIST}?customer=nobody").text) == []


@pytest.mark.parametrize("query", ["customer=C00001", "customer=Ada", "q=ada@example.com", "q=order 100001"])
def test_who_may_not_see_customers_cannot_ask_for_them(talks, signed_in, query):
    page = signed_in("agent").get(f"{LIST}?{query}")
    assert page.status_code == 403
    assert listed(page.text) == []


# ---- files


def test_the_file_has_what_the_filter_finds(talks, signed_in):
    answer = signed_in("reviewer", sees_customers=True).get(f"{LIST}/export?kind=json&q=boots")
    assert answer.headers["content-disposition"] == 'attachment; filename="conversations.jsonl"'
    (row,) = [json.loads(line) for line in answer.text.splitlines()]
    assert (row["conversation"], row["customer_id"]) == (talks["boots"], ADA)
    assert [each["text"] for each in row["messages"]] == ["do you have red boots?", "Here you are."]


def test_a_spreadsheet_gets_no_formula(console, signed_in):
    with console.database.session() as db:
        for said in ("=1+1", "+1", "-1", "@sum"):
            talk(db, Owner(visitor_id=VISITOR), said)
    table = list(csv.reader(io.StringIO(signed_in("admin").get(f"{LIST}/export?kind=csv").text)))
    assert [row[-1] for row in table] == ["last words", "'@sum", "'-1", "'+1", "'=1+1"]


def test_a_file_for_who_may_not_see_customers_names_none(talks, signed_in):
    browser = signed_in("reviewer")
    for kind in ("json", "csv"):
        text = browser.get(f"{LIST}/export?kind={kind}").text
        for secret in ("Ada", "Stone", "ada@example.com", "100001", ADA):
            assert secret not in text


def test_a_file_has_an_end_and_says_so(console, signed_in, monkeypatch):
    monkeypatch.setattr("web.console.transcript_export.LIMIT", 3)
    with console.database.session() as db:
        for number in range(5):
            talk(db, Owner(visitor_id=VISITOR), f"number {number}")
    lines = signed_in("trainer").get(f"{LIST}/export?kind=json").text.splitlines()
    assert len(lines) == 4
    assert "more" in json.loads(lines[-1])
    table = signed_in("trainer").get(f"{LIST}/export?kind=csv").text.splitlines()
    assert len(table) == 1 + 3 + 1


def test_only_who_may_export_gets_the_file_and_each_is_noted(console, talks, signed_in):
    assert signed_in("agent").get(f"{LIST}/export?kind=csv").status_code == 403
    assert signed_in("reviewer").get(f"{LIST}/export?kind=xml").status_code == 404
    signed_in("reviewer").get(f"{LIST}/export?kind=csv&q=boots")
    with console.database.session() as db:
        entries = db.execute(select(schema.audit_log.c.detail).where(schema.audit_log.c.action == "export")).scalars()
        assert list(entries) == [{"filter": "q=boots", "kind": "csv"}]


# ---- saved views


def test_a_filter_is_kept_under_a_name_renamed_and_deleted(console, talks, signed_in):
    browser = signed_in("agent")
    answer = browser.submit("/console/views", query="intent=track_order&older=x&evil=1", name="Late")
    assert answer.status_code == 303
    page = browser.get(LIST).text
    assert f'<a href="{LIST}?intent=track_order">Late</a>' in page
    with console.database.session() as db:
        view_id = db.execute(select(schema.saved_views.c.id)).scalar_one()
    browser.submit(f"/console/views/{view_id}", name="Later", query="intent=track_order")
    assert ">Later</a>" in browser.get(LIST).text
    browser.submit(f"/console/views/{view_id}/delete")
    assert "Later" not in browser.get(LIST).text


def test_a_shared_view_is_seen_by_all_and_changed_by_its_owner_alone(console, talks, signed_in):
    signed_in("agent", name="Ida").submit("/console/views", query="q=boots", name="Boots", shared="on")
    signed_in("agent", name="Ida").submit("/console/views", query="q=red", name="Mine")
    other = signed_in("admin")
    page = other.get(LIST).text
    assert "of Ida" in page
    assert ">Mine" not in page
    with console.database.session() as db:
        view_id = db.execute(select(schema.saved_views.c.id).where(schema.saved_views.c.name == "Boots")).scalar_one()
    assert other.submit(f"/console/views/{view_id}", name="Taken", query="").status_code == 404
    assert other.submit(f"/console/views/{view_id}/delete").status_code == 404


def test_a_view_needs_a_name_and_a_filter_that_can_be_asked(talks, signed_in):
    browser = signed_in("agent")
    assert browser.submit("/console/views", query="q=boots", name=" ").status_code == 400
    assert browser.submit("/console/views", query="below=much", name="x").status_code == 400
    assert browser.submit("/console/views", query="customer=Ada", name="x").status_code == 403


def test_a_conversation_shows_whose_it_is_and_how_it_stands(console, talks, signed_in):
    agent = signed_in("agent", name="Ida")
    with console.database.session() as db:
        db.execute(update(schema.conversations).where(schema.conversations.c.id == talks["boots"]).values(
            status="staff", assigned_to=agent.member.staff_id, review_state="open"))  # fmt: skip
        conversations.set_feedback(db, talks["boots"], 2, "down")
    page = agent.get(f"{LIST}?q=boots").text
    for text in ("with staff", "to review", "1 thumb down", '<span class="small">Ida</span>'):
        assert text in page
    assert names_of(talks, agent.get(f"{LIST}?assigned=me").text) == ["boots"]
    assert names_of(talks, agent.get(f"{LIST}?feedback=down&status=staff&review=open").text) == ["boots"]
