from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shop import carts, conversations, customers, events, orders, policies, privacy, schema, tickets
from shop.clock import utc_now
from shop.errors import BadInput, NotFound
from shop.owner import Owner
from tests.shop.conftest import ADA, ADAS_ORDERS, BEN, VISITOR


def test_a_customer_is_found_by_email_in_any_case(db):
    assert customers.by_email(db, " ADA@Example.com").customer_id == ADA
    assert customers.by_email(db, "nobody@example.com") is None
    assert customers.by_email(db, "not an address") is None
    assert customers.customer(db, ADA).name == "Ada Stone"
    assert customers.customer(db, "C99999") is None


def test_an_address_belongs_to_one_account(db):
    with pytest.raises(BadInput, match="already"):
        customers.create(db, "Ada@example.com")
    with pytest.raises(BadInput, match="already"):
        customers.update(db, BEN, email="ada@example.com")
    with pytest.raises(BadInput):
        customers.create(db, "nonsense")


def test_a_customers_number_is_never_given_out_again(db):
    cleo = customers.create(db, "cleo@example.com")
    assert cleo.customer_id == "C00003"
    privacy.erase_customer(db, "C00003")
    assert customers.create(db, "dan@example.com").customer_id == "C00004"


def test_a_customer_changes_their_details(db):
    changed = customers.update(db, ADA, city="Utrecht", email="ada.stone@example.com")
    assert (changed.city, changed.email) == ("Utrecht", "ada.stone@example.com")
    with pytest.raises(BadInput):
        customers.update(db, ADA, password="secret")
    with pytest.raises(NotFound):
        customers.update(db, "C99999", city="Utrecht")


def test_silence_is_not_consent(db):
    assert not customers.consent(db, ADA, "newsletter")
    assert not customers.consent(db, None, "newsletter")
    customers.set_consent(db, ADA, "newsletter", True)
    assert customers.consent(db, ADA, "newsletter")
    assert not customers.consent(db, ADA, "personalisation")
    customers.set_consent(db, ADA, "newsletter", False)
    assert not customers.consent(db, ADA, "newsletter")
    with pytest.raises(BadInput):
        customers.set_consent(db, ADA, "everything", True)
    with pytest.raises(NotFound):
        customers.set_consent(db, "C99999", "newsletter", True)


def test_a_customer_asks_what_the_shop_knows(db):
    events.record(db, "view", "P00001", ADA)
    events.record(db, "view", "P00001", ADA)
    events.record(db, "purchase", "P00003", ADA)
    known = customers.summary(db, ADA)
    assert (known["orders"], known["events"], known["email"]) == (6, 3, "ada@example.com")
    assert known["tastes"] == {"categories": [], "brands": []}
    customers.set_consent(db, ADA, "personalisation", True)
    assert customers.summary(db, ADA)["tastes"] == {"categories": ["tops", "shoes"], "brands": ["Orrin", "Halden"]}
    with pytest.raises(NotFound):
        customers.summary(db, "C99999")


def test_a_history_is_in_order_and_newest_last(db):
    now = utc_now()
    for age, product_id in ((3, "P00001"), (1, "P00003"), (2, "P00002")):
        events.record(db, "view", product_id, ADA, at=now - timedelta(hours=age))
    assert [event.product_id for event in events.history(db, ADA)] == ["P00001", "P00002", "P00003"]
    assert [event.product_id for event in events.history(db, ADA, 2)] == ["P00002", "P00003"]
    assert events.recent_products_viewed(db, Owner(ADA), 2) == ["P00003", "P00002"]


def test_only_who_agreed_is_learned_from(db):
    for customer_id in (ADA, BEN):
        events.record(db, "view", "P00001", customer_id)
        events.record(db, "search", customer_id=customer_id, query="shoes")
    customers.set_consent(db, BEN, "personalisation", True)
    ((customer_id, history),) = events.all_histories(db)
    assert (customer_id, [event.kind for event in history]) == (BEN, ["view", "search"])
    assert [customer_id for customer_id, _ in events.all_histories(db, consented_only=False)] == [ADA, BEN]


def test_what_a_visitor_did_is_credited_when_they_sign_in(db, visitor):
    events.record(db, "view", "P00001", visitor_id=VISITOR)
    assert [event.product_id for event in events.visitor_history(db, VISITOR)] == ["P00001"]
    assert events.attach(db, VISITOR, ADA) == 1
    assert events.recent_products_viewed(db, visitor) == []
    assert events.recent_products_viewed(db, Owner(ADA)) == ["P00001"]


def test_an_event_of_nobody_or_of_no_kind_is_refused(db):
    with pytest.raises(BadInput):
        events.record(db, "view", "P00001")
    with pytest.raises(BadInput):
        events.record(db, "stare", "P00001", ADA)
    events.record(db, "search", customer_id=ADA, query="x" * 999)
    assert len(events.history(db, ADA)[-1].query) == 200


def test_a_ticket_is_opened_once_a_request(db):
    first = tickets.open_ticket(db, "complaint", "The box was wet.", "m1", customer_id=ADA)
    assert tickets.open_ticket(db, "complaint", "Again.", "m1", customer_id=ADA) == first
    assert first.reference == f"T-{first.ticket_id:05d}"
    assert tickets.open_ticket(db, "handover", "", "m1").ticket_id != first.ticket_id
    assert tickets.with_status(db, kind="complaint") == [first]
    assert tickets.set_status(db, first.ticket_id, "in_progress", "open")
    assert not tickets.set_status(db, first.ticket_id, "in_progress", "open")


@pytest.mark.parametrize(
    "values",
    [{"kind": "gossip"}, {"rating": 6}, {"rating": True}, {"contact_email": "nope"}, {"text": "x" * 4001}],
)
def test_a_ticket_that_does_not_fit_is_refused(db, values):
    with pytest.raises(BadInput):
        tickets.open_ticket(db, **{"kind": "review", "text": "Good.", "request_id": "m1"} | values)


def test_a_review_is_shown_once_staff_have_read_it(db):
    review = tickets.open_ticket(db, "review", "They last.", "m1", ADA, product_id="P00001", rating=5)
    assert tickets.reviews_of(db, "P00001") == []
    tickets.set_status(db, review.ticket_id, "closed", "open")
    assert [found.rating for found in tickets.reviews_of(db, "P00001")] == [5]


def test_policies_state_their_facts(db):
    assert policies.facts(db)["return_days"] == 30
    assert policies.facts(db)["payment_methods"] == ["card", "invoice"]
    found = policies.policy(db, "returns")
    assert (found.title, found.body_markdown) == ("Returns", "Send it back within 30 days.")
    assert policies.policy(db, "nothing") is None


def test_opening_hours_stay_as_they_are_written(db, tmp_path):
    (tmp_path / "contact.md").write_text(
        '---\nhours_from: 10:30\nsince: 2026-01-05\nphone: "+31 20 555"\nopen_sundays: false\n---\n'
    )
    policies.load_policies(db, tmp_path)
    assert policies.policy(db, "contact").facts == {
        "hours_from": "10:30", "since": "2026-01-05", "phone": "+31 20 555", "open_sundays": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["---\nreturn_days: 30\n", "---\nreturn_days: -1\n---\n", "---\n- a\n---\n", "---\na: [\n---\n",
     "---\nreturn_days: soon\n---\n"],
)  # fmt: skip
def test_a_policy_that_cannot_be_read_is_named(db, tmp_path, text):
    (tmp_path / "odd.md").write_text(text)
    with pytest.raises(BadInput, match="odd"):
        policies.load_policies(db, tmp_path)


def test_policies_that_disagree_are_refused_and_old_ones_go(db, tmp_path):
    (tmp_path / "a.md").write_text("---\nreturn_days: 10\n---\nTen.\n")
    (tmp_path / "b.md").write_text("---\nreturn_days: 20\n---\nTwenty.\n")
    with pytest.raises(BadInput, match="disagree"):
        policies.load_policies(db, tmp_path)
    (tmp_path / "b.md").unlink()
    assert policies.load_policies(db, tmp_path) == 1
    assert [found.slug for found in policies.all_policies(db)] == ["a"]
    with pytest.raises(NotFound):
        policies.load_policies(db, tmp_path / "none")


@pytest.fixture
def busy_ada(db):
    """Ada has talked, bought, looked, complained and returned something."""
    owner = Owner(ADA, VISITOR)
    events.record(db, "view", "P00001", ADA, VISITOR)
    carts.add(db, owner, "P00001-NAV")
    customers.set_consent(db, ADA, "newsletter", True)
    order = orders.order(db, ADAS_ORDERS["delivered"], ADA)
    orders.start_return(db, order, None, "Ada's own words", "m1")
    orders.change_address(db, orders.order(db, ADAS_ORDERS["placed"], ADA), {"street": "Quay 9"}, "m2")
    talk = conversations.open_conversation(db, owner)
    conversations.add_shopper_message(db, talk.id, "m1", "I am Ada Stone")
    reply = {"text": "Hello Ada.", "custom": {"cards": [{"product_id": "P1"}]}}
    conversations.add_bot_reply(db, talk.id, 1, [reply], {})
    conversations.add_click(db, talk.id, 2, "P1")
    tickets.open_ticket(db, "complaint", "Ada's box was wet.", "m1", ADA, conversation_id=talk.id)


def test_a_customer_gets_everything_the_shop_holds(db, busy_ada):
    export = json.loads(json.dumps(privacy.export_customer(db, ADA)))
    assert export["customer"]["email"] == "ada@example.com"
    assert len(export["orders"]) == len(ADAS_ORDERS)
    assert [len(export[name]) for name in ("events", "cart", "consents", "tickets", "conversations")] == [1] * 5
    assert [message["text"] for message in export["conversations"][0]["messages"]] == ["I am Ada Stone", "Hello Ada."]
    assert "ben@example.com" not in json.dumps(export)
    assert db.execute(select(schema.audit_log.c.action)).scalars().all() == ["export"]
    with pytest.raises(NotFound):
        privacy.export_customer(db, "C99999")


def test_an_erased_customer_is_nowhere_any_more(db, busy_ada):
    before = utc_now()
    count = privacy.erase_customer(db, ADA, "staff:mia")
    assert count["orders"] == len(ADAS_ORDERS)
    assert customers.customer(db, ADA) is None
    words = ("Ada", "ada@", "Mill Lane", "Quay 9", ADA)
    traces = [
        f"{table.name}.{column.name}"
        for table in schema.metadata.sorted_tables
        for column in table.columns
        for value in db.execute(select(column)).scalars()
        if any(word in json.dumps(value, default=str) for word in words)
    ]
    # The id alone is kept: who was erased, by whom, and that models trained before are stale.
    assert sorted(traces) == ["audit_log.customer_id", "erasures.customer_id"]
    names = db.execute(select(schema.orders.c.name).where(schema.orders.c.number.in_(ADAS_ORDERS.values())))
    assert set(names.scalars()) == {"erased"}
    assert privacy.erased_since(db, before) == 1
    assert db.execute(select(func.sum(schema.orders.c.total_cents))).scalar() == 19800 * 9
    with pytest.raises(NotFound):
        privacy.erase_customer(db, ADA)
