"""One conversation on its page: all in its place, nothing that runs, nothing that this member may not see."""
from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest
from sqlalchemy import select

from shop import conversations, schema
from shop.masking import known_of
from shop.owner import Owner
from tests.web.console.review_stage import ADA, BEN, ENTITIES, SAID, conversation_of_ada, entity, note, say, turn
from tests.web.shop_visit import EVIL
from web.console.marked_text import Eyes, in_stored_text

PERSONAL = ("Ada Stone", "ada@example.com", "104312", "C00001", "Mill Lane")


@pytest.fixture
def talk(console):
    with console.database.session() as db:
        return conversation_of_ada(db)


def texts(page: str) -> str:
    """What a reader of the page reads: tags gone, spaces one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def message(page: str, seq: int) -> str:
    end = r'(?=<li class="message|</ol>\s*(?:<p class="pages|</div>))'
    return re.search(rf'<li class="message[^"]*" id="m{seq}".*?{end}', page, re.DOTALL).group(0)


def audited(console, action: str) -> list:
    log = schema.audit_log.c
    with console.database.session() as db:
        query = select(log.actor, log.customer_id, log.detail).where(log.action == action).order_by(log.id)
        return [tuple(row) for row in db.execute(query)]


# ---- everything in its place


def test_a_conversation_says_what_was_understood_done_written_shown_and_clicked(signed_in, talk):
    reviewer = signed_in("reviewer", sees_customers=True)
    response = reviewer.get(f"/console/conversations/{talk}")
    assert response.status_code == 200
    asked, answered = texts(message(response.text, 1)), texts(message(response.text, 2))
    for told in (
        "product_details 0.51", "action_product_details", "understand12 ms", "RulePolicy", "48 ms in all",
        "search_product", "0123456789ab", "reply-7", "Facts: wanted, title",
        "Said; 1 of 4 candidates refused.", "said Here is what I found for {wanted}.", "digits {wanted} for 49.95.",
        "the claim gate refused it (superlative)", "superlative 4×",
    ):  # fmt: skip
        assert told in asked, told
    for told in ("thumb down", "Runner 1", "€41.00", "0.750", "0.125", "recommended", "2 products shown, 1 clicked",
                 "Order #104312", "SPRING10", "on its way"):  # fmt: skip
        assert told in answered, told


def test_why_the_bot_asked_again_is_told(signed_in, talk):
    page = signed_in("viewer", sees_customers=True).get(f"/console/conversations/{talk}").text
    told = texts(message(page, 5))
    assert "The likeliest was below 0.60, so the bot asked again." in told
    assert "Read as “along the thing”." in told
    assert "nlu_fallback" not in told.partition("Likeliest intents")[2]


def test_a_pressed_button_is_shown_as_one(signed_in, talk):
    page = signed_in("viewer").get(f"/console/conversations/{talk}").text
    assert texts(message(page, 3)).count("Pressed: Show more") == 1


def test_the_customer_stands_beside_it_and_the_look_is_audited(console, signed_in, talk):
    with console.database.session() as db:
        other = conversation_of_ada(db)
    agent = signed_in("agent", sees_customers=True)
    page = agent.get(f"/console/conversations/{talk}").text
    for told in ("Conversation with Ada Stone", "ada@example.com", f"/console/conversations/{other}"):
        assert told in page
    assert audited(console, "look") == [(agent.member.actor, ADA, {"conversation": talk})]


def test_a_visitor_has_no_name_and_no_account(console, signed_in):
    with console.database.session() as db:
        talk = conversations.open_conversation(db, Owner(None, "f" * 32)).id
        say(db, talk, "hello")
    page = signed_in("agent", sees_customers=True).get(f"/console/conversations/{talk}").text
    assert "Conversation with a visitor" in page
    assert "A visitor who is not signed in." in page


def test_a_conversation_whose_customer_is_empty_or_which_nobody_began_still_has_a_page(console, signed_in):
    with console.database.session() as db:
        talk = conversations.open_conversation(db, Owner(BEN)).id
    page = signed_in("agent", sees_customers=True).get(f"/console/conversations/{talk}").text
    assert "Nothing has been said yet." in page


def test_a_link_to_a_message_marks_it_in_a_long_conversation_too(console, signed_in):
    with console.database.session() as db:
        talk = conversations.open_conversation(db, Owner(BEN)).id
        for number in range(120):
            say(db, talk, f"question {number}")
    viewer = signed_in("viewer")
    newest = viewer.get(f"/console/conversations/{talk}").text
    assert ('id="m240"' in newest, 'id="m141"' in newest, 'id="m140"' in newest) == (True, True, False)
    assert "?after=40" in newest
    linked = viewer.get(f"/console/conversations/{talk}?seq=101").text
    assert re.search(r'<li class="message shopper marked" id="m101"', linked)
    assert ("?after=0" in linked, "?after=151" in linked) == (True, True)
    for wrong in ("seq=x", "seq=-1", "seq=9999999999", "after=1.5"):
        assert viewer.get(f"/console/conversations/{talk}?{wrong}").status_code == 400


# ---- nothing that runs


def test_a_stored_script_stays_text_everywhere(console, signed_in, talk):
    reviewer = signed_in("reviewer", sees_customers=True, name=f"Bea {EVIL}")
    with console.database.session() as db:
        db.execute(schema.customers.update().where(schema.customers.c.id == ADA).values(first_name=EVIL))
        note(db, talk, reviewer.member.staff_id, f"Note {EVIL}")
        note(db, talk, reviewer.member.staff_id, f"Note {EVIL}", 1)
    reviewer.submit(f"/console/conversations/{talk}/tags", tag=EVIL)
    changes = [{"seq": 2, "kind": "reply", "after": f"Better {EVIL}", "seen": None}]
    reviewer.call(f"/console/api/conversations/{talk}/corrections", {"changes": changes})
    for path in (f"/console/conversations/{talk}", "/console/review"):
        page = reviewer.get(path).text
        assert EVIL not in page
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|(href|src)=.javascript:", page)
    assert unescape(reviewer.get(f"/console/conversations/{talk}").text).count(EVIL) >= 8


# ---- nothing that this member may not see


def test_without_the_right_no_customer_is_seen_and_texts_are_masked(console, signed_in, talk):
    reviewer = signed_in("reviewer")
    with console.database.session() as db:
        note(db, talk, reviewer.member.staff_id, "She is Ada Stone of Mill Lane 4.")
    page = reviewer.get(f"/console/conversations/{talk}").text
    told = texts(page)
    for secret in PERSONAL:
        assert secret not in page, secret
    assert "Hidden: your account does not include customers' data" in told
    assert "[e-mail]" in told
    assert "[order number]" in told
    assert audited(console, "look") == []
    api = reviewer.get(f"/console/api/conversations/{talk}/messages/1").text
    assert not [secret for secret in PERSONAL if secret in api]


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_an_export_shows_no_more_than_the_page(console, signed_in, talk, kind):
    masked = signed_in("reviewer").get(f"/console/conversations/{talk}/export.{kind}")
    whole = signed_in("reviewer", sees_customers=True).get(f"/console/conversations/{talk}/export.{kind}")
    assert "attachment" in masked.headers["content-disposition"]
    for secret in PERSONAL:
        assert secret not in masked.text
    assert "ada@example.com" in whole.text
    assert [(customer, detail["kind"]) for _, customer, detail in audited(console, "export")] == [
        (None, kind), (ADA, kind)
    ]  # fmt: skip


def test_an_export_is_whole_and_a_spreadsheet_runs_nothing_of_it(console, signed_in):
    with console.database.session() as db:
        talk = conversations.open_conversation(db, Owner(BEN)).id
        for _ in range(120):
            say(db, talk, '=HYPERLINK("https://evil.example","look")')
    trainer = signed_in("trainer", sees_customers=True)
    rows = list(csv.reader(io.StringIO(trainer.get(f"/console/conversations/{talk}/export.csv").text)))
    assert len(rows) == 241
    assert rows[1][3].startswith("'=")
    content = json.loads(trainer.get(f"/console/conversations/{talk}/export.json").text)
    assert [each["number"] for each in content["messages"]] == list(range(1, 241))
    assert content["messages"][0]["turn"]["intent_ranking"][0]["name"] == "product_details"


@pytest.mark.parametrize("wrong", ["0" * 32, "0", "..%2fpeople", "f" * 31 + "G", "%3Cscript%3E"])
def test_an_id_that_is_no_conversation_is_not_found(signed_in, wrong):
    admin = signed_in("admin", sees_customers=True)
    assert admin.get(f"/console/conversations/{wrong}").status_code == 404
    assert admin.get(f"/console/conversations/{wrong}/export.json").status_code == 404
    assert admin.get(f"/console/api/conversations/{wrong}/messages/1").status_code == 404


def test_another_conversations_notes_and_messages_stay_where_they_are(console, signed_in, talk):
    reviewer = signed_in("reviewer", sees_customers=True)
    with console.database.session() as db:
        other = conversation_of_ada(db, BEN)
        mine = note(db, other, reviewer.member.staff_id, "Here.")
    answer = reviewer.submit(f"/console/conversations/{talk}/notes", note=str(mine), remove="1")
    assert answer.status_code == 404
    assert reviewer.submit(f"/console/conversations/{'0' * 32}/tags", tag="x").status_code == 404


@pytest.mark.parametrize(("role", "path", "status"), [
    ("viewer", "", 200), ("viewer", "/export.json", 403), ("agent", "/export.csv", 403),
    ("trainer", "/export.csv", 200),
])  # fmt: skip
def test_who_may_read_and_who_may_export(signed_in, talk, role, path, status):
    assert signed_in(role).get(f"/console/conversations/{talk}{path}").status_code == status


def test_a_viewer_changes_nothing_and_is_offered_nothing(signed_in, talk):
    viewer = signed_in("viewer", sees_customers=True)
    page = viewer.get(f"/console/conversations/{talk}").text
    assert not re.search(r"data-edit|data-note|/notes|/tags\"|/assign|export\.", page)
    for path in ("tags", "notes", "review", "assign"):
        assert viewer.submit(f"/console/conversations/{talk}/{path}", tag="x", text="x").status_code == 403
    answer = viewer.call(f"/console/api/conversations/{talk}/corrections", {"changes": []})
    assert answer.status_code == 403
    assert viewer.get("/console/review").status_code == 403
    assert viewer.get(f"/console/api/conversations/{talk}/messages/1").status_code == 403


def test_nobody_who_is_not_signed_in_reads_or_exports(console, talk):
    stranger = console.visitor()
    for path in (f"/console/conversations/{talk}", f"/console/conversations/{talk}/export.json", "/console/review"):
        answer = stranger.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in")
    assert stranger.get(f"/console/api/conversations/{talk}/messages/1").status_code == 401


# ---- entities in the text


def drawn(text, entities, sees=True, known=()):
    return [(piece.text, piece.ends) for piece in Eyes(sees, known).pieces(text, entities)]


def test_entities_are_marked_where_they_stand_also_behind_a_sign_of_two_units():
    assert drawn(SAID, [entity("colour", "red")]) == [("🎉 a ", ()), ("red", ("colour",)), (SAID[7:], ())]


def test_entities_that_overlap_are_all_marked():
    pieces = drawn(SAID, ENTITIES[2:])
    assert pieces[1:] == [("about ", ()), ("30 euros", ("price_min", "price_max"))]


@pytest.mark.parametrize("odd", [
    {"start": None, "end": None}, {"start": 5, "end": 2}, {"start": 2, "end": 2}, {"start": -3, "end": 2},
    {"start": 0, "end": 999}, {"start": "0", "end": "3"}, {}, {"start": True, "end": 3},
])  # fmt: skip
def test_an_entity_without_a_sound_place_marks_nothing_and_breaks_nothing(odd):
    assert drawn(SAID, [{"entity": "colour", "value": "red", **odd}]) == [(SAID, ())]
    assert drawn("", [{"entity": "colour", "value": "red", **odd}]) == []


def test_an_entity_at_either_edge_of_the_text_is_marked():
    marks = [{"entity": "colour", "start": 0, "end": 3}, {"entity": "category", "start": 4, "end": 7}]
    assert drawn("red bag", marks) == [("red", ("colour",)), (" ", ()), ("bag", ("category",))]


def test_places_are_those_of_the_text_as_typed_though_the_bot_gets_it_without_its_slash():
    assert in_stored_text("/ red bag", [{"entity": "colour", "start": 0, "end": 3}])[0]["start"] == 2


def test_a_masked_text_keeps_its_marks_and_a_mark_within_what_is_masked_covers_it_whole(console):
    with console.database.session() as db:
        known = known_of(db, ADA)
    inside = {"entity": "brand", "value": "example", "start": SAID.index("example"), "end": SAID.index(".com")}
    pieces = drawn(SAID, [entity("colour", "red"), inside], sees=False, known=known)
    assert ("red", ("colour",)) in pieces
    assert ("[e-mail]", ("brand",)) in pieces
    assert "".join(text for text, _ in pieces) == "🎉 a red jacket for [name] [name], [e-mail], about 30 euros"


# ---- reviewing


def corrections(console, talk):
    with console.database.session() as db:
        made = schema.corrections.c
        rows = db.execute(select(made.seq, made.kind, made.after).where(made.conversation_id == talk).order_by(made.id))
        return [tuple(row) for row in rows]


def change(browser, talk, *changes):
    return browser.call(f"/console/api/conversations/{talk}/corrections", {"changes": list(changes)})


def test_a_reviewer_corrects_and_the_page_shows_it(console, signed_in, talk):
    reviewer = signed_in("reviewer", sees_customers=True, name="Bea")
    jacket = {**entity("category", "jacket"), "value": "jackets"}
    answer = change(
        reviewer, talk, {"seq": 1, "kind": "intent", "after": "search_product", "seen": None},
        {"seq": 1, "kind": "entities", "after": [ENTITIES[0], jacket], "seen": None},
        {"seq": 1, "kind": "action", "after": "action_search", "seen": None},
        {"seq": 2, "kind": "reply", "after": "Three red jackets.", "seen": None},
    )
    assert answer.status_code == 200, answer.text
    assert [kind for _, kind, _ in corrections(console, talk)] == ["intent", "entities", "action", "reply"]
    page = reviewer.get(f"/console/conversations/{talk}").text
    told = texts(message(page, 1))
    assert "product_details search_product Bea" in told
    assert re.search(r"<mark>jacket</mark><span class=\"entity\">category</span>", page)
    assert "Three red jackets." in texts(message(page, 2))
    state = reviewer.get(f"/console/api/conversations/{talk}/messages/2").json()
    assert state["seq"] == 1
    assert state["corrections"]["intent"]["after"] == "search_product"
    assert state["replies"][0]["correction"]["after"] == "Three red jackets."


def test_two_reviewers_of_one_message_are_told_and_all_or_nothing_is_stored(console, signed_in, talk):
    bea, cem = signed_in("reviewer", name="Bea"), signed_in("reviewer", name="Cem")
    first = {"seq": 1, "kind": "intent", "after": "search_product", "seen": None}
    assert change(bea, talk, first).status_code == 200
    answer = change(
        cem, talk, {"seq": 1, "kind": "action", "after": "action_search", "seen": None},
        {**first, "after": "recommend"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "changed_meanwhile")
    assert "Bea" in answer.json()["error"]["message"]
    assert corrections(console, talk) == [(1, "intent", {"intent": "search_product"})]
    seen = cem.get(f"/console/api/conversations/{talk}/messages/1").json()["corrections"]["intent"]["version"]
    assert change(cem, talk, {**first, "after": "recommend", "seen": seen}).status_code == 200
    assert change(bea, talk, {**first, "after": None, "seen": seen}).status_code == 409
    assert corrections(console, talk) == [(1, "intent", {"intent": "recommend"})]


@pytest.mark.parametrize("wrong", [
    {"changes": []}, {"changes": "all"}, {}, {"changes": [{"seq": "1", "kind": "intent", "after": "greet"}]},
    {"changes": [{"seq": 1, "kind": "intent", "after": "no_such_intent", "seen": None}]},
    {"changes": [{"seq": 1, "kind": "action", "after": "action_format_disk", "seen": None}]},
    {"changes": [{"seq": 1, "kind": "entities", "after": [{"entity": "mood", "start": 0, "end": 1}], "seen": None}]},
    {"changes": [{"seq": 1, "kind": "entities", "after": [[]], "seen": None}]},
    {"changes": [{"seq": 1, "kind": ["intent"], "after": "greet"}]},
    {"changes": [{"seq": 1, "kind": "intent", "after": {"intent": "greet"}, "seen": None}]},
])  # fmt: skip
def test_a_correction_that_does_not_fit_is_refused_by_the_page(console, signed_in, talk, wrong):
    answer = signed_in("reviewer").call(f"/console/api/conversations/{talk}/corrections", wrong)
    assert answer.status_code == 400
    assert corrections(console, talk) == []


def test_a_correction_of_something_else_is_not_found(signed_in, talk):
    reviewer = signed_in("reviewer")
    assert change(reviewer, talk, {"seq": 99, "kind": "intent", "after": "greet", "seen": None}).status_code == 404
    assert change(reviewer, talk, {"seq": 3, "kind": "intent", "after": "greet", "seen": None}).status_code == 404


def test_who_sees_no_customers_keeps_the_values_that_they_cannot_see(console, signed_in, talk):
    reviewer = signed_in("reviewer")
    shown = reviewer.get(f"/console/api/conversations/{talk}/messages/1").json()["entities"]
    mail = next(each for each in shown if each["entity"] == "email")
    assert (mail["value"], mail["masked"]) == (None, True)
    after = [{"entity": "email", "start": mail["start"], "end": mail["end"], "keep": True}]
    assert change(reviewer, talk, {"seq": 1, "kind": "entities", "after": after, "seen": None}).status_code == 200
    assert corrections(console, talk)[0][2]["entities"][0]["value"] == "ada@example.com"


def test_tags_notes_a_colleague_and_done(console, signed_in, talk):
    reviewer = signed_in("reviewer", sees_customers=True)
    path = f"/console/conversations/{talk}"
    reviewer.submit(f"{path}/tags", tag="Wrong colour")
    reviewer.submit(f"{path}/notes", text="The jacket was meant.", seq="1")
    reviewer.submit(f"{path}/assign", reviewer=str(reviewer.member.staff_id), expected="")
    page = reviewer.get(path).text
    assert "wrong colour" in texts(page)
    assert "The jacket was meant." in texts(message(page, 1))
    assert re.search(rf'<option value="{reviewer.member.staff_id}" selected>', page)
    number = re.search(r'id="note(\d+)"', page).group(1)
    reviewer.submit(f"{path}/notes", note=number, remove="1")
    reviewer.submit(f"{path}/tags", remove="wrong colour")
    done = reviewer.submit(f"{path}/review", state="done", expected="open")
    assert done.headers["location"].endswith("?notice=review-done")
    page = texts(reviewer.get(path).text)
    assert "The jacket was meant." not in page
    assert "Review done" in page
    late = reviewer.submit(f"{path}/review", state="done", expected="open")
    assert late.status_code == 409


# ---- the queue


def test_the_queue_shows_ten_with_their_reasons_and_done_ones_leave_it(console, signed_in):
    with console.database.session() as db:
        talks = []
        for number in range(14):
            talks.append(conversations.open_conversation(db, Owner(None, f"{number:032x}")).id)
            say(db, talks[-1], f"where is thing number {number}", confidence=0.3, intent="track_order")
    reviewer = signed_in("reviewer")
    page = reviewer.get("/console/review").text
    listed = re.findall(r'class="queue-link" href="/console/conversations/([0-9a-f]{32})\?seq=1"', page)
    assert len(set(listed)) == 10
    assert "10 of 14 conversations" in texts(page)
    assert "unsure 14" in texts(page)
    reviewer.submit(f"/console/conversations/{listed[0]}/review", state="done", expected="none")
    assert listed[0] not in reviewer.get("/console/review").text


def test_the_queue_of_one_reason_and_an_empty_one(signed_in, talk):
    reviewer = signed_in("reviewer")
    assert talk in reviewer.get("/console/review?reason=out_of_scope").text
    assert "Nothing waits for a review for this reason." in texts(reviewer.get("/console/review?reason=repeated").text)
    assert reviewer.get("/console/review?reason=%3Cscript%3E").status_code == 400


def test_a_sentence_of_the_queue_is_masked_too(console, signed_in):
    with console.database.session() as db:
        talk = conversations.open_conversation(db, Owner(ADA)).id
        say(db, talk, "send it to ada@example.com", **{"confidence": 0.2})
    assert "ada@example.com" not in signed_in("reviewer").get("/console/review").text
    assert "ada@example.com" in signed_in("reviewer", sees_customers=True).get("/console/review").text


def test_a_turn_from_before_the_console_is_shown_with_what_is_known(console, signed_in):
    old = {key: value for key, value in turn().items() if key not in ("steps", "form", "thresholds")}
    with console.database.session() as db:
        talk = conversations.open_conversation(db, Owner(BEN)).id
        conversations.add_shopper_message(db, talk, "old-message", "a lamp")
        conversations.add_bot_reply(db, talk, 1, [{"text": "Here."}], old)
        conversations.add_shopper_message(db, talk, "odd-message", "a vase")
        odd = {**old, "intent_ranking": [{"name": "x"}, 5], "steps": "none", "entities": [7], "intent": None}
        conversations.add_bot_reply(db, talk, 3, [{"text": "Here."}], odd)
    page = signed_in("viewer").get(f"/console/conversations/{talk}")
    assert page.status_code == 200
    assert "product_details 0.51" in texts(page.text)
