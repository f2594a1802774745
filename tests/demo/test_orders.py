"""The demo's orders: they add up, and each step comes after the one before."""
from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from sqlalchemy import select

from shop import order_states, orders, policies, schema
from shop.demo import cast
from tests.demo.conftest import NOW, SIZES

STEPS = ("placed_at", "packed_at", "shipped_at", "delivered_at")


def lines_by_order(db) -> dict[str, list]:
    found = defaultdict(list)
    for line in db.execute(select(schema.order_lines)):
        found[line.order_number].append(line)
    return found


def test_there_are_as_many_orders_as_were_asked_for_in_every_state(db):
    states = Counter(db.execute(select(schema.orders.c.status)).scalars())
    assert states.total() == SIZES["orders"]
    assert states.keys() == order_states.TRANSITIONS.keys()
    assert states["delivered"] > 0.7 * SIZES["orders"]


def test_every_order_adds_up(db):
    lines, rules = lines_by_order(db), policies.facts(db)
    costs = {0, rules["shipping_cents"], rules["express_cents"]}
    for order in db.execute(select(schema.orders)):
        assert order.subtotal_cents == sum(line.price_cents * line.quantity for line in lines[order.number])
        assert order.total_cents == order.subtotal_cents - order.discount_cents + order.shipping_cents
        assert 0 <= order.discount_cents < order.subtotal_cents
        assert order.shipping_cents in costs
        if order.shipping_cents == rules["shipping_cents"]:
            assert order.subtotal_cents - order.discount_cents < rules["free_shipping_from_cents"]
        assert (order.discount_cents > 0) <= (order.promotion_code is not None)
        assert order.payment_method in rules["payment_methods"]


def test_the_times_of_an_order_fit_its_state(db):
    reached = {"placed": 1, "packed": 2, "shipped": 3, "delivered": 4, "returned": 4}
    for order in db.execute(select(schema.orders)):
        times = [getattr(order, name) for name in STEPS]
        known = [moment for moment in times if moment]
        assert known == sorted(known)
        assert all(moment <= NOW for moment in known)
        assert (order.status == "cancelled") == (order.cancelled_at is not None)
        if order.status != "cancelled":
            assert len(known) == reached[order.status]
            assert times[: len(known)] == known
        else:
            assert order.shipped_at is None
        sent = order.shipped_at is not None
        assert bool(order.carrier) == bool(order.tracking_code) == bool(order.tracking_url) == sent
        assert (order.invoice_number == f"INV-{order.number}") == (order.packed_at is not None)
        assert order.placed_at < order.expected_from < order.expected_until


def test_numbers_rise_with_the_time_of_the_order(db):
    found = db.execute(select(schema.orders.c.number, schema.orders.c.placed_at).order_by(schema.orders.c.number)).all()
    assert [row.placed_at for row in found] == sorted(row.placed_at for row in found)
    assert all(len(row.number) == 6 and row.number.isdigit() for row in found)


def test_what_was_sent_back_is_refunded_with_its_share_of_the_discount(db):
    lines, rules = lines_by_order(db), policies.facts(db)
    found = {order.number: order for order in db.execute(select(schema.orders))}
    refunds = {refund.return_id: refund for refund in db.execute(select(schema.refunds)) if refund.return_id}
    sent = list(db.execute(select(schema.returns)))
    assert sent
    for item in sent:
        order = found[item.order_number]
        line = next(line for line in lines[order.number] if line.id == item.line_id)
        assert line.returned
        assert order.delivered_at < item.requested_at <= order.delivered_at + timedelta(days=rules["return_days"])
        if item.exchange:
            assert item.id not in refunds
            continue
        refund, total = refunds[item.id], line.price_cents * line.quantity
        share = round(order.discount_cents * total / order.subtotal_cents)
        last_of_all = order.status == "returned" and line.id == lines[order.number][-1].id
        delivery = min(order.shipping_cents, rules["shipping_cents"]) if last_of_all else 0
        assert refund.amount_cents == total - share + delivery
        assert refund.status == ("paid" if refund.paid_at else "approved" if item.received_at else "requested")
    for order in found.values():
        whole = all(line.returned for line in lines[order.number])
        assert (order.status == "returned") == whole


def test_a_cancelled_order_is_refunded_unless_it_was_to_be_paid_later(db):
    refunds = {refund.order_number: refund for refund in db.execute(select(schema.refunds)) if not refund.return_id}
    cancelled = list(db.execute(select(schema.orders).where(schema.orders.c.status == "cancelled")))
    assert cancelled
    for order in cancelled:
        paid_later = order.payment_method in orders.PAID_LATER
        assert (order.number in refunds) != paid_later
        if not paid_later:
            assert refunds[order.number].amount_cents == order.total_cents
    assert refunds.keys() <= {order.number for order in cancelled}


def test_a_code_was_used_only_while_it_ran_and_with_enough_in_the_basket(db):
    codes = {row.code: row for row in db.execute(select(schema.promotions))}
    used = list(db.execute(select(schema.orders).where(schema.orders.c.promotion_code.is_not(None))))
    assert used
    for order in used:
        code = codes[order.promotion_code]
        assert code.starts_at <= order.placed_at < code.ends_at
        assert order.subtotal_cents >= code.min_subtotal_cents


def test_ada_has_an_order_in_every_state_and_finds_it_through_the_one_door(db):
    ada = cast(db)["ada"]
    assert set(ada.orders) == {
        "placed", "packed", "shipped", "delivered", "delivered long ago", "returned", "refunded", "partly returned",
        "cancelled",
    }  # fmt: skip
    for fate, number in ada.orders.items():
        found = orders.order(db, number, ada.customer_id)
        status = {"refunded": "returned", "partly returned": "delivered", "delivered long ago": "delivered"}
        assert found.status == status.get(fate, fate)
    orders.check_allowed(db, orders.order(db, ada.orders["delivered"], ada.customer_id), "return", NOW)
    assert [refund.status for refund in orders.order(db, ada.orders["refunded"], ada.customer_id).refunds] == ["paid"]
    part = orders.order(db, ada.orders["partly returned"], ada.customer_id)
    assert sorted(line.returned for line in part.lines) == [False, True]


def test_deniz_waits_for_one_parcel_and_clara_orders_often(db):
    people = cast(db)
    assert [order.status for order in orders.orders_of(db, people["deniz"].customer_id)] == ["shipped"]
    assert people["deniz"].orders["shipped"] == orders.orders_of(db, people["deniz"].customer_id)[0].number
    regular = orders.orders_of(db, people["clara"].customer_id, 50)
    assert len(regular) == 14
    assert sum(order.total_cents for order in regular) > 100_000


def test_a_guest_proves_their_order_by_postcode(db):
    guest = cast(db)["gita"]
    found = orders.prove(db, guest.orders["shipped"], guest.postcode, "5f0c8a9e3b1d4c6f8a7b9c0d1e2f3a4b")
    assert found.customer_id is None
    assert found.email == guest.email
