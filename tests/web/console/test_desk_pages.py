"""The desk's page, what stands beside a conversation there, notes and canned replies."""
from __future__ import annotations

import pytest

from shop import conversation_notes, conversations, customers
from shop.owner import Owner
from shop.schema import audit_log
from shop.schema import conversations as conversations_table

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def talk(console):
    """Ada asked about an order of hers, gave her address, and then for a person. The bot showed two products."""
    with console.database.session() as db:
        ada = customers.by_email(db, "ada@example.com")
        opened = conversations.open_conversation(db, Owner(ada.customer_id, "f" * 32))

        def turn(text, intent, reply="I see.", payload=None, entities=(), page=None):
            client_id = f"said-{text[:20]}".replace(" ", "-").replace("?", "").replace("@", "").replace(".", "")
            client_id = "".join(char for char in client_id if char.isalnum() or char == "-")
            message, _ = conversations.add_shopper_message(
                db, opened.id, client_id, text, {"page": page} if page else None
            )
            conversations.add_bot_reply(
                db, opened.id, message.seq, [{"text": reply, "payload": payload}],
                {"intent": intent, "confidence": 0.91, "entities": list(entities), "actions": ["action_x"]},
            )

        cards = [{"product_id": f"P0000{n}", "title": f"Shoe {n}", "price_cents": 4900 + n, "currency": "EUR",
                  "url": f"/product/P0000{n}"} for n in (1, 2)]
        turn("show me running shoes", "search_product", payload={"cards": cards})
        turn("where is order 104312?", "track_order", entities=[
            {"entity": "order_number", "value": "104312", "start": 15, "end": 21},
        ])
        turn("write to ada@example.com please", "nlu_fallback")
        turn("a person please", "human_handoff", page={"kind": "product", "product_id": "P00003"})
    return opened


def beside(client, talk):
    return client.get(f"/console/api/desk/{talk.id}").json()


def test_an_agent_reads_what_the_shopper_came_for(signed_in, talk):
    shown = beside(signed_in("agent", sees_customers=True), talk)
    summary = shown["summary"]
    assert [each["intent"] for each in summary["asked"]] == ["Search product", "Track order"]
    assert summary["asked"][1] == {"intent": "Track order", "said": "where is order 104312?", "seq": 3}
    assert [each["said"] for each in summary["failed"]] == ["write to ada@example.com please"]
    assert [card["title"] for card in summary["products"]] == ["Shoe 1", "Shoe 2"]
    assert summary["page"]["url"] == "/product/P00003"
    assert summary["orders"] == ["104312"]
    assert summary["messages"] == 8
    assert shown["customer"]["customer"]["email"] == "ada@example.com"
    assert shown["name"] == "Ada Stone"


def test_without_the_right_to_see_customers_an_agent_reads_nothing_of_them(signed_in, talk):
    shown = beside(signed_in("agent"), talk)
    assert shown["customer"] is None
    assert shown["summary"]["orders"] == []
    assert shown["summary"]["contact"] is None
    for personal in ("ada@example.com", "104312", "Stone", "Ada"):
        assert personal not in str(shown)
    assert shown["summary"]["failed"][0]["said"] == "write to [e-mail] please"


def test_every_look_at_a_customer_is_in_the_audit_log(console, signed_in, talk):
    seeing, other = signed_in("agent", sees_customers=True), signed_in("agent")
    beside(seeing, talk)
    beside(other, talk)
    with console.database.session() as db:
        looks = db.execute(audit_log.select().where(audit_log.c.action == "desk")).all()
    assert [(row.actor, row.customer_id, row.detail) for row in looks] == [
        (seeing.member.actor, talk.customer_id, {"conversation": talk.id})
    ]


def test_a_visitor_who_left_an_address_can_be_answered(console, signed_in):
    with console.database.session() as db:
        opened = conversations.open_conversation(db, Owner(visitor_id="e" * 32))
        db.execute(conversations_table.update().where(conversations_table.c.id == opened.id)
                   .values(contact_email="guest@example.com"))
    shown = beside(signed_in("agent", sees_customers=True), opened)
    assert shown["summary"]["contact"] == "guest@example.com"
    assert shown["customer"]["customer"] is None
    assert shown["name"] == f"Visitor {opened.id[:4]}"


def test_only_who_may_take_conversations_over_has_a_desk(console, signed_in, talk):
    for role in ("viewer", "reviewer", "trainer"):
        client = signed_in(role, sees_customers=True)
        assert client.get("/console/desk").status_code == 403
        assert client.get(f"/console/api/desk/{talk.id}").status_code == 403
        assert client.call(f"/console/api/desk/{talk.id}/notes", {"text": "hello"}).status_code == 403
        assert client.get("/console/api/canned").status_code == 403
        assert client.get("/console/canned").status_code == 403
        assert client.submit("/console/canned", shortcut="hi", text="Hello").status_code == 403
    assert signed_in("admin").get("/console/desk").status_code == 200
    assert console.visitor().get("/console/desk").status_code == 303


def test_a_conversation_that_does_not_exist_has_no_details(signed_in):
    client = signed_in("agent")
    assert client.get(f"/console/api/desk/{'0' * 32}").status_code == 404
    assert client.call(f"/console/api/desk/{'0' * 32}/notes", {"text": "hello"}).status_code == 404


def test_a_note_is_for_colleagues_and_masked_for_who_may_not_see_customers(console, signed_in, talk):
    client = signed_in("agent", sees_customers=True, name="Mia")
    answer = client.call(f"/console/api/desk/{talk.id}/notes", {"text": f"Call Ada Stone {EVIL}"})
    assert answer.status_code == 201
    assert beside(client, talk)["notes"][0]["text"] == f"Call Ada Stone {EVIL}"
    assert beside(signed_in("agent"), talk)["notes"][0]["text"] == f"Call [name] [name] {EVIL}"
    with console.database.session() as db:
        assert [note.name for note in conversation_notes.of(db, talk.id)] == ["Mia"]
    for text in ("", 7, None, "x" * 4001):
        assert client.call(f"/console/api/desk/{talk.id}/notes", {"text": text}).status_code == 400


def test_open_sockets_are_asked_anew_when_an_account_changes(console, signed_in, staff_member, monkeypatch):
    asked = []
    monkeypatch.setattr(console.app.state.live, "close_member", asked.append)
    admin, ned = signed_in("admin"), staff_member("agent", name="Ned")
    fields = {"name": "Ned", "role": "agent", "active": "on"}
    admin.submit(f"/console/people/{ned.staff_id}", **fields)
    assert asked == []
    admin.submit(f"/console/people/{ned.staff_id}", **{**fields, "role": "viewer"})
    admin.submit(f"/console/people/{ned.staff_id}", name="Ned", role="viewer")
    assert asked == [ned.staff_id] * 2
    agent = signed_in("agent")
    agent.submit("/console/sign-out")
    assert asked[2:] == [agent.member.staff_id]


# ---- canned replies


def test_agents_keep_the_canned_replies_themselves(signed_in):
    client = signed_in("agent")
    saved = client.submit("/console/canned", shortcut="/Hours", text="We are here until six, {first_name}.")
    assert saved.headers["location"] == "/console/canned?notice=canned-saved"
    assert client.get("/console/api/canned").json() == {
        "replies": [{"shortcut": "hours", "text": "We are here until six, {first_name}."}]
    }
    page = client.get("/console/canned?edit=1").text
    assert 'value="hours"' in page and "Change /hours" in page
    client.submit("/console/canned", id="1", shortcut="hours", text="Until seven.")
    assert client.get("/console/api/canned").json()["replies"][0]["text"] == "Until seven."
    client.submit("/console/canned/remove", id="1")
    assert client.get("/console/api/canned").json() == {"replies": []}
    assert client.submit("/console/canned/remove", id="1").status_code == 404
    assert client.get("/console/canned?edit=1").status_code == 404


def test_what_does_not_fit_stays_in_the_form(signed_in):
    client = signed_in("agent")
    client.submit("/console/canned", shortcut="hours", text="Until six.")
    for shortcut, text, problem in (
        ("two words", "Hello", "small letters"), ("hours", "Hello", "another canned reply has it"),
        ("hi", "Hello {name}", "{first_name}, {agent}, {shop}"), ("hi", " ", "empty"), ("hi", "x" * 2001, "2000"),
    ):
        answer = client.submit("/console/canned", shortcut=shortcut, text=text)
        assert answer.status_code == 400
        assert problem in answer.text


def test_a_script_in_a_canned_reply_is_only_text(signed_in):
    client = signed_in("agent")
    client.submit("/console/canned", shortcut="evil", text=EVIL)
    assert EVIL not in client.get("/console/canned").text
    assert EVIL not in client.get("/console/canned?edit=1").text


def test_another_site_cannot_write_canned_replies(signed_in):
    client = signed_in("agent")
    fields = {"csrf": client.csrf, "shortcut": "hi", "text": "Hello"}
    assert client.post("/console/canned", data=fields, headers={"Origin": "https://evil.test"}).status_code == 403
    fields["csrf"] = "0" * 64
    assert client.post("/console/canned", data=fields, headers={"Origin": "http://shop.test"}).status_code == 403
    assert client.get("/console/api/canned").json() == {"replies": []}
