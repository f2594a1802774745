from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from shop import catalogue, customers, events, order_states, orders, policies, schema
from shop.clock import utc_now
from shop.errors import BadInput, NotAllowed, NotFound
from shop.order import read_order
from tests.shop.conftest import ADA, ADAS_ORDERS, BEN, BENS_ORDER, GUEST_ORDER

NEW_ADDRESS = {"street": "Quay 9", "postcode": "3011 AA", "city": "Rotterdam"}


def adas(db, status):
    return orders.order(db, ADAS_ORDERS[status], ADA)


def changes(db):
    return db.execute(select(schema.order_changes)).all()


def test_a_customer_sees_their_own_orders_newest_first(db):
    found = orders.orders_of(db, ADA)
    assert len(found) == len(ADAS_ORDERS)
    assert [order.placed_at for order in found] == sorted((order.placed_at for order in found), reverse=True)
    order = adas(db, "delivered")
    assert [(line.title, line.quantity, line.price_cents) for line in order.lines] == [
        ("Trail runner", 2, 8900), ("Linen shirt", 1, 4200)
    ]  # fmt: skip
    assert order.address["city"] == "Amsterdam"


def test_somebody_elses_order_does_not_exist(db):
    assert orders.order(db, BENS_ORDER, ADA) is None
    assert orders.order(db, "#100 010", BEN).number == BENS_ORDER
    assert orders.order(db, "999999", ADA) is None


def test_nobody_signed_in_does_not_get_the_orders_of_guests(db):
    assert orders.order(db, GUEST_ORDER, None) is None
    assert orders.order(db, GUEST_ORDER, "") is None
    assert orders.orders_of(db, None) == []


@pytest.mark.parametrize("status", ["placed", "packed"])
def test_a_customer_cancels_before_the_parcel_leaves(db, status):
    before = catalogue.stock(db, "P00001-NAV")
    order = orders.cancel(db, adas(db, status), "m1")
    assert order.status == "cancelled"
    assert order.cancelled_at is not None
    assert [(refund.amount_cents, refund.status) for refund in order.refunds] == [(19800, "requested")]
    assert orders.refund_status(db, order) == order.refunds
    assert catalogue.stock(db, "P00001-NAV") == before + 2
    (change,) = changes(db)
    assert (change.kind, change.before, change.after["status"]) == ("cancel", {"status": status}, "cancelled")


def test_the_same_request_again_cancels_nothing_again(db):
    order = adas(db, "placed")
    first = orders.cancel(db, order, "m1")
    assert orders.cancel(db, order, "m1") == first
    assert len(changes(db)) == 1
    assert len(first.refunds) == 1
    with pytest.raises(NotAllowed) as refusal:
        orders.cancel(db, order, "m2")
    assert refusal.value.code == "already_cancelled"


def test_an_order_not_paid_yet_is_cancelled_without_a_refund(db):
    order = orders.cancel(db, orders.order(db, BENS_ORDER, BEN), "m1")
    assert order.refunds == []
    with pytest.raises(NotAllowed) as refusal:
        orders.request_refund(db, order, "m2")
    assert refusal.value.code == "nothing_paid"


@pytest.mark.parametrize(
    ("status", "code", "alternative"),
    [
        ("shipped", "already_shipped", "return"),
        ("delivered", "already_delivered", "return"),
        ("cancelled", "already_cancelled", None),
        ("returned", "already_returned", "refund_status"),
    ],
)
def test_a_customer_who_cancels_too_late_is_told_what_helps(db, status, code, alternative):
    order = adas(db, status)
    for attempt in (
        lambda: orders.cancel(db, order, "m1"), lambda: orders.check_allowed(db, order, "cancel"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed) as refusal:
            attempt()
        assert (refusal.value.code, refusal.value.alternative) == (code, alternative)
    assert changes(db) == []


def test_two_requests_at_once_cancel_one_order_once(database):
    with database.session() as db:
        order = adas(db, "placed")
    gate, done, refused = threading.Barrier(2), [], []

    def cancel(request_id):
        gate.wait()
        try:
            with database.session() as own:
                done.append(orders.cancel(own, order, request_id))
        except NotAllowed as error:
            refused.append(error.code)

    threads = [threading.Thread(target=cancel, args=(name,)) for name in ("m1", "m2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert refused == ["already_cancelled"]
    with database.session() as db:
        assert len(changes(db)) == 1
        assert len(adas(db, "placed").refunds) == 1
        assert catalogue.stock(db, "P00001-NAV") == 7


def test_an_order_that_left_meanwhile_is_not_cancelled(db):
    """The page was read while it was packed; the warehouse was faster than the shopper."""
    order = adas(db, "packed")
    orders.advance(db, order.number, "shipped", "w1", carrier="Heron", tracking_code="H1")
    with pytest.raises(NotAllowed):
        orders.cancel(db, order, "m1")
    assert adas(db, "packed").status == "shipped"


def test_a_customer_sends_the_parcel_elsewhere_while_it_is_here(db):
    order = orders.change_address(db, adas(db, "packed"), NEW_ADDRESS, "m1")
    assert order.address == {
        "name": "Ada Stone", "street": "Quay 9", "postcode": "3011 AA", "city": "Rotterdam",
        "country": "Netherlands",
    }  # fmt: skip
    again = orders.change_address(db, order, {"street": "Elsewhere 1"}, "m1")
    assert again.address["street"] == "Quay 9"
    (change,) = changes(db)
    assert change.before["street"] == "Mill Lane 4"
    with pytest.raises(NotAllowed):
        orders.change_address(db, adas(db, "shipped"), NEW_ADDRESS, "m2")


@pytest.mark.parametrize("address", [{}, {"street": ""}, {"street": "x" * 121}, {"status": "delivered"}])
def test_an_address_that_does_not_fit_is_refused(db, address):
    with pytest.raises(BadInput):
        orders.change_address(db, adas(db, "placed"), address, "m1")


def test_a_customer_returns_one_line_and_then_the_other(db):
    order = adas(db, "delivered")
    first, second = order.lines
    order = orders.start_return(db, order, first.line_id, "too small", "m1")
    assert [line.returned for line in order.lines] == [True, False]
    assert order.status == "delivered"
    assert order.returns[0].reference == f"R-{order.returns[0].return_id:06d}"
    # 2 x 89.00 less this line's share of the discount of 22.00 on 220.00
    assert [refund.amount_cents for refund in order.refunds] == [17800 - 1780]
    order = orders.start_return(db, order, second.line_id, "", "m1")
    assert order.status == "returned"
    assert sum(refund.amount_cents for refund in order.refunds) == 17800 - 1780 + 4200 - 420
    assert len(changes(db)) == 2


def test_returning_everything_is_done_once(db):
    order = adas(db, "delivered")
    first = orders.start_return(db, order, None, "changed my mind", "m1")
    assert orders.start_return(db, order, None, "changed my mind", "m1") == first
    assert first.status == "returned"
    assert len(first.returns) == len(first.refunds) == 2
    with pytest.raises(NotAllowed) as refusal:
        orders.start_return(db, order, order.lines[0].line_id, "", "m2")
    assert refusal.value.code == "already_returned"


def test_a_line_on_its_way_back_is_not_returned_again(db):
    order = adas(db, "delivered")
    line_id = order.lines[0].line_id
    orders.start_return(db, order, line_id, "", "m1")
    with pytest.raises(NotAllowed) as refusal:
        orders.start_return(db, order, line_id, "", "m2")
    assert refusal.value.code == "already_returned"


def test_the_return_window_closes_after_its_last_day(db):
    order = adas(db, "delivered")
    last_day = order.delivered_at + timedelta(days=30)
    with pytest.raises(NotAllowed) as refusal:
        orders.start_return(db, order, None, "", "m1", now=last_day + timedelta(days=1))
    assert (refusal.value.code, refusal.value.alternative) == ("return_window_over", "human_handoff")
    with pytest.raises(NotAllowed):
        orders.check_allowed(db, adas(db, "delivered long ago"), "return")
    orders.check_allowed(db, order, "exchange", now=last_day)
    assert orders.start_return(db, order, None, "", "m1", now=last_day).status == "returned"


def test_what_has_not_arrived_cannot_be_returned(db):
    for status, alternative in (("placed", "cancel"), ("packed", "cancel"), ("shipped", "track")):
        with pytest.raises(NotAllowed) as refusal:
            orders.start_return(db, adas(db, status), None, "", "m1")
        assert refusal.value.alternative == alternative


def test_a_line_of_another_order_is_not_found(db):
    foreign = orders.order(db, BENS_ORDER, BEN).lines[0].line_id
    with pytest.raises(NotFound):
        orders.start_return(db, adas(db, "delivered"), foreign, "", "m1")


def test_an_exchange_brings_no_refund_until_money_is_asked_for(db):
    order = orders.start_return(db, adas(db, "delivered"), None, "wrong size", "m1", exchange=True)
    assert order.refunds == []
    refunds = orders.request_refund(db, order, "m2")
    assert len(refunds) == 2
    assert orders.request_refund(db, order, "m2") == refunds
    assert orders.request_refund(db, order, "m3") == refunds


def test_delivery_is_paid_back_once_when_everything_came_back_for_money(db):
    number, facts = ADAS_ORDERS["delivered"], policies.facts(db)
    db.execute(update(schema.policies).where(schema.policies.c.slug == "returns").values(
        facts={"return_days": facts["return_days"], "refund_delivery": True}
    ))  # fmt: skip
    db.execute(update(schema.orders).where(schema.orders.c.number == number).values(shipping_cents=995))
    order = adas(db, "delivered")
    first, second = order.lines
    goods = (17800 - 1780) + (4200 - 420)
    order = orders.start_return(db, order, first.line_id, "", "m1")
    assert [refund.amount_cents for refund in order.refunds] == [17800 - 1780]
    order = orders.start_return(db, order, second.line_id, "", "m2", exchange=True)
    assert len(order.refunds) == 1
    for request in ("m3", "m3", "m4"):
        refunds = orders.request_refund(db, order, request)
        assert sum(refund.amount_cents for refund in refunds) == goods + facts["shipping_cents"]  # and not express


@pytest.mark.parametrize(
    ("status", "code"),
    [("placed", "cancel_first"), ("shipped", "not_delivered"), ("delivered", "return_first")],
)
def test_money_comes_back_only_for_what_comes_back(db, status, code):
    for attempt in (
        lambda: orders.request_refund(db, adas(db, status), "m1"),
        lambda: orders.check_allowed(db, adas(db, status), "refund"),
    ):
        with pytest.raises(NotAllowed) as refusal:
            attempt()
        assert refusal.value.code == code


def test_an_invoice_comes_with_the_parcel(db):
    assert orders.invoice(db, adas(db, "delivered")).number == f"INV-{ADAS_ORDERS['delivered']}"
    with pytest.raises(NotAllowed) as refusal:
        orders.invoice(db, adas(db, "placed"))
    assert refusal.value.code == "no_invoice"
    packed = orders.advance(db, ADAS_ORDERS["placed"], "packed", "w1")
    assert orders.invoice(db, packed).number == "INV-100001"


def test_an_order_goes_through_its_states_in_order(db):
    number = ADAS_ORDERS["placed"]
    with pytest.raises(NotAllowed):
        orders.advance(db, number, "delivered", "w0")
    for step, status in enumerate(("packed", "shipped", "delivered"), 1):
        order = orders.advance(db, number, status, f"w{step}")
        assert order.status == status
        assert orders.advance(db, number, status, f"w{step}") == order
    assert order.delivered_at is not None


def test_an_order_that_changed_hands_is_not_found(db):
    order = adas(db, "placed")
    db.execute(
        update(schema.orders).where(schema.orders.c.number == order.number).values(customer_id=BEN)
    )
    for attempt in (orders.cancel, orders.request_refund):
        with pytest.raises(NotFound):
            attempt(db, order, "m1")
    with pytest.raises(NotFound):
        orders.invoice(db, order)


def test_every_refusal_has_its_sentence():
    for task, allowed in order_states.ALLOWED.items():
        for status in order_states.TRANSITIONS:
            assert (status in allowed) != ((task, status) in order_states.REFUSALS)


def test_a_rolled_back_change_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.session() as db:
        orders.cancel(db, adas(db, "placed"), "m1")
        raise ZeroDivisionError
    with database.session() as db:
        assert read_order(db, ADAS_ORDERS["placed"]).status == "placed"
        assert db.execute(select(func.count()).select_from(schema.order_changes)).scalar() == 0
        assert utc_now() > adas(db, "placed").placed_at


def bought(db):
    """(product, whether it was kept) of Ada's purchases, and what her history tells of them."""
    found = [(each.product_id, each.kept) for each in events.purchases(db, ADA, utc_now() - timedelta(days=900))]
    told = [each.product_id for each in events.history(db, ADA) if each.kind == "purchase"]
    ((_, learned),) = events.all_histories(db)
    assert [each.product_id for each in learned if each.kind == "purchase"] == told
    return found, told


def buy_again(db, order):
    customers.set_consent(db, ADA, "personalisation", True)
    events.record(db, "view", "P00002", ADA, at=order.placed_at)
    for line in order.lines:
        events.record(db, "purchase", line.product_id, ADA, at=order.placed_at, order_number=order.number)


def test_a_cancelled_order_was_no_purchase(db):
    buy_again(db, adas(db, "placed"))
    assert bought(db) == ([("P00001", True), ("P00003", True)], ["P00001", "P00003"])
    assert customers.tastes(db, ADA)["categories"] == ["shoes", "tops"]
    orders.cancel(db, adas(db, "placed"), "m1")
    assert bought(db) == ([], [])
    assert customers.tastes(db, ADA)["categories"] == ["shoes"]  # the one that was looked at


def test_what_went_back_for_money_was_not_kept_and_what_is_exchanged_was(db):
    order = adas(db, "delivered")
    buy_again(db, order)
    orders.start_return(db, order, order.lines[0].line_id, "too small", "m1")
    assert bought(db) == ([("P00001", False), ("P00003", True)], ["P00003"])
    orders.start_return(db, order, order.lines[1].line_id, "too small", "m2", exchange=True)
    assert bought(db) == ([("P00001", False), ("P00003", True)], ["P00003"])  # though all of it went back
    orders.request_refund(db, order, "m3")
    assert bought(db) == ([("P00001", False), ("P00003", False)], [])


def test_an_order_that_another_system_calls_returned_was_not_kept(db):
    buy_again(db, adas(db, "returned"))  # without rows in ``returns``
    assert bought(db) == ([("P00001", False), ("P00003", False)], [])


def test_purchases_are_found_behind_any_number_of_looks(db):
    now = utc_now()
    events.record(db, "purchase", "P00001", ADA, at=now - timedelta(days=100))
    for _ in range(5):
        events.record(db, "view", "P00002", ADA)
    assert [each.kind for each in events.history(db, ADA, 5)] == ["view"] * 5
    assert [each.product_id for each in events.purchases(db, ADA, now - timedelta(days=101))] == ["P00001"]
    assert events.purchases(db, ADA, now - timedelta(days=99)) == events.purchases(db, "C99999", now) == []
