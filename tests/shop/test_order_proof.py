from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shop import orders, privacy, schema
from shop.clock import utc_now
from shop.database import lock_for_writing
from shop.errors import BadInput, NotFound, TooManyTries
from tests.shop.conftest import ADA, ADAS_ORDERS, BENS_ORDER, GUEST_ORDER, VISITOR


def fails(database, number, proof, visitor_id=VISITOR, now=None):
    """Try in a session of its own that ends with the error, as a web request's does."""
    with pytest.raises(NotFound) as error, database.session() as db:
        orders.prove(db, number, proof, visitor_id, now)
    return str(error.value)


@pytest.mark.parametrize("proof", ["GIL@example.com ", "75011", "750 11"])
def test_a_guest_proves_an_order_with_email_or_postcode(db, proof):
    assert orders.prove(db, f"#{GUEST_ORDER}", proof, VISITOR).number == GUEST_ORDER


def test_a_guest_can_change_what_they_proved(db):
    order = orders.prove(db, GUEST_ORDER, "gil@example.com", VISITOR)
    assert orders.cancel(db, order, "m1").status == "cancelled"


@pytest.mark.parametrize("proof", ["ben@example.org", "SW1A 1AB", "", " ", "@"])
def test_a_wrong_proof_reads_like_an_unknown_order(database, proof):
    wrong = fails(database, BENS_ORDER, proof)
    unknown = fails(database, "999999", "ben@example.com")
    assert wrong.replace(BENS_ORDER, "N") == unknown.replace("999999", "N")


def test_a_visitor_is_locked_out_after_five_wrong_guesses(database):
    for number in range(5):
        fails(database, GUEST_ORDER, f"7500{number}")
    with database.session() as db:
        with pytest.raises(TooManyTries) as error:
            orders.prove(db, GUEST_ORDER, "75011", VISITOR)  # even with the right one
        assert 0 < error.value.retry_after_s <= 900
        # Somebody else is not locked out by it.
        assert orders.prove(db, GUEST_ORDER, "75011", "a" * 32).number == GUEST_ORDER


def test_the_lock_opens_after_a_quarter_of_an_hour(database):
    now = utc_now()
    for number in range(5):
        fails(database, GUEST_ORDER, f"7500{number}", now=now)
    with database.session() as db:
        later = now + timedelta(minutes=15, seconds=1)
        assert orders.prove(db, GUEST_ORDER, "75011", VISITOR, later).number == GUEST_ORDER


def test_an_order_is_locked_after_ten_guesses_by_whomever(database):
    for number in range(10):
        fails(database, GUEST_ORDER, f"7500{number}", visitor_id=f"{number:032d}")
    with pytest.raises(TooManyTries), database.session() as db:
        orders.prove(db, GUEST_ORDER, "75011", VISITOR)


def test_guesses_at_once_do_not_slip_past_the_limit(database):
    gate, outcomes = threading.Barrier(8), []

    def guess(number):
        gate.wait()
        try:
            with database.session() as db:
                orders.prove(db, GUEST_ORDER, f"7600{number}", VISITOR)
        except (NotFound, TooManyTries) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(NotFound) == 5
    assert outcomes.count(TooManyTries) == 3


def test_a_guess_counts_also_where_the_caller_is_writing(database):
    with pytest.raises(NotFound), database.session() as db:
        lock_for_writing(db)
        orders.prove(db, GUEST_ORDER, "00000", VISITOR)
    with database.session() as db:
        assert db.execute(select(func.count()).select_from(schema.proof_attempts)).scalar() == 1


def test_a_proof_holds_for_its_visitor_and_for_an_hour(db):
    assert orders.proven(db, GUEST_ORDER, VISITOR) is None
    orders.prove(db, GUEST_ORDER, "75011", VISITOR)
    assert orders.proven(db, GUEST_ORDER, VISITOR).number == GUEST_ORDER
    assert orders.proven(db, BENS_ORDER, VISITOR) is None
    assert orders.proven(db, GUEST_ORDER, "b" * 32) is None
    assert orders.proven(db, GUEST_ORDER, None) is None
    assert orders.proven(db, GUEST_ORDER, VISITOR, utc_now() + timedelta(hours=2)) is None


def test_nobody_at_all_cannot_try(db):
    with pytest.raises(BadInput):
        orders.prove(db, GUEST_ORDER, "75011", "")


def test_an_erased_customers_order_cannot_be_proved_with_nothing(database):
    with database.session() as db:
        privacy.erase_customer(db, ADA)
    for proof in ("", "@", "ada@example.com", "1012AB"):
        fails(database, ADAS_ORDERS["placed"], proof)
