"""Who of staff may come in, who may not any more, and that somebody is always left who may let others in."""
from __future__ import annotations

import threading
from datetime import timedelta

import argon2
import pytest
from sqlalchemy import select, update

from shop import audit, privacy, schema, sign_in_limits, staff, staff_links, staff_passwords, staff_sessions
from shop.clock import utc_now
from shop.errors import BadInput, NotAllowed, NotFound, TooManyTries
from shop.settings import Settings, settings
from shop.staff_roles import RIGHTS, ROLES, may

PASSWORD = "a lamp above the quiet harbour"
AGENTS_MAIL = "fay@shop.test"


@pytest.fixture
def fay(db) -> staff.Member:
    return staff.add(db, AGENTS_MAIL, "Fay Ostrander", "agent", password=PASSWORD)


def stored_hash(db, member) -> str:
    return db.execute(select(schema.staff.c.password_hash).where(schema.staff.c.id == member.staff_id)).scalar_one()


# ---- roles


def test_every_role_may_what_it_is_for_and_no_more():
    rights = {role: {right for right in RIGHTS if may(role, right)} for role in ROLES}
    assert rights["viewer"] == {"transcripts.read", "overview.read"}
    assert rights["agent"] == rights["viewer"] | {"takeover", "review"}
    assert rights["reviewer"] == rights["viewer"] | {"review", "export"}
    assert rights["trainer"] == rights["reviewer"] | {"training"}
    assert rights["admin"] == set(RIGHTS)


def test_a_right_that_does_not_exist_is_a_mistake_and_no_answer():
    with pytest.raises(KeyError):
        may("admin", "everything")


# ---- passwords


def test_a_password_is_stored_as_an_argon2id_hash_of_its_own(db, fay):
    other = staff.add(db, "gus@shop.test", "Gus", "viewer", password=PASSWORD)
    assert stored_hash(db, fay).startswith("$argon2id$") and PASSWORD not in stored_hash(db, fay)
    assert stored_hash(db, fay) != stored_hash(db, other)


@pytest.mark.parametrize("password", [
    "", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "fay@shop.test", "fayostrander1",
    "Fay Ostrander!", "ostrander-fay", "x" * 257,
])  # fmt: skip
def test_a_weak_password_is_refused_and_not_repeated_in_the_error(db, password):
    with pytest.raises(BadInput) as refused:
        staff.add(db, AGENTS_MAIL, "Fay Ostrander", "agent", password=password)
    assert not password or password not in str(refused.value)


def test_a_password_is_the_same_on_every_keyboard(db):
    composed, decomposed = "über die brücke", "u\u0308ber die bru\u0308cke"
    staff.add(db, "gus@shop.test", "Gus", "viewer", password=composed)
    assert staff.with_password(db, "gus@shop.test", decomposed).name == "Gus"


def test_only_the_right_password_of_an_active_account_fits(db, fay):
    assert staff.with_password(db, f" {AGENTS_MAIL.upper()} ", PASSWORD) == fay
    assert staff.with_password(db, AGENTS_MAIL, PASSWORD + "s") is None
    assert staff.with_password(db, "nobody@shop.test", PASSWORD) is None
    staff.add(db, "new@shop.test", "Invited", "admin")
    assert staff.with_password(db, "new@shop.test", "") is None
    staff.change(db, fay.staff_id, active=False)
    assert staff.with_password(db, AGENTS_MAIL, PASSWORD) is None


def test_a_stranger_costs_the_same_work_as_somebody_known(db, fay, monkeypatch):
    class Counting(argon2.PasswordHasher):
        verified = 0

        def verify(self, *arguments):
            Counting.verified += 1
            return super().verify(*arguments)

    monkeypatch.setattr(staff_passwords, "_hasher", Counting())
    staff.add(db, "new@shop.test", "Invited", "viewer")
    for email in (AGENTS_MAIL, "new@shop.test", "nobody@shop.test"):
        before = Counting.verified
        assert staff.with_password(db, email, "not the password at all") is None
        assert Counting.verified == before + 1


def test_a_hash_of_older_parameters_is_renewed_at_the_next_sign_in(db, fay):
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    db.execute(update(schema.staff).values(password_hash=weak))
    assert staff.with_password(db, AGENTS_MAIL, PASSWORD) is not None
    assert stored_hash(db, fay) != weak and not staff_passwords.is_outdated(stored_hash(db, fay))
    assert staff.with_password(db, AGENTS_MAIL, PASSWORD) is not None


def test_a_damaged_hash_lets_nobody_in(db, fay):
    db.execute(update(schema.staff).values(password_hash="$argon2id$garbage"))
    assert staff.with_password(db, AGENTS_MAIL, PASSWORD) is None


# ---- people


def test_an_address_belongs_to_one_member(db, fay):
    with pytest.raises(BadInput, match="already"):
        staff.add(db, AGENTS_MAIL.upper(), "Another Fay", "viewer")


def test_an_unknown_role_and_an_unknown_member_are_refused(db, fay):
    with pytest.raises(BadInput):
        staff.add(db, "gus@shop.test", "Gus", "king")
    with pytest.raises(BadInput):
        staff.change(db, fay.staff_id, role="king")
    with pytest.raises(NotFound):
        staff.change(db, 99, role="admin")


@pytest.mark.parametrize("change", [{"role": "trainer"}, {"active": False}, {"role": "viewer", "active": False}])
def test_the_last_administrator_stays_one(db, change):
    first = staff.add(db, "ann@shop.test", "Ann", "admin")
    with pytest.raises(NotAllowed) as refused:
        staff.change(db, first.staff_id, **change)
    assert refused.value.code == "last_admin"
    staff.add(db, "gone@shop.test", "Gone", "admin")
    second = staff.by_email(db, "gone@shop.test")
    staff.change(db, second.staff_id, active=False)
    with pytest.raises(NotAllowed):  # an administrator who is switched off is none
        staff.change(db, first.staff_id, **change)
    staff.change(db, second.staff_id, active=True)
    assert not staff.change(db, first.staff_id, **change).may("people")


def test_of_two_administrators_who_remove_each_other_at_once_one_stays(database):
    with database.session() as db:
        pair = [staff.add(db, f"{name}@shop.test", name, "admin") for name in ("ann", "bob")]
    start, refused = threading.Barrier(2), []

    def remove(member) -> None:
        start.wait()
        try:
            with database.session() as db:
                staff.change(db, member.staff_id, role="viewer")
        except NotAllowed as error:
            refused.append(error.code)

    threads = [threading.Thread(target=remove, args=(member,)) for member in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["last_admin"]
    with database.session() as db:
        assert [member.role for member in staff.members(db)].count("admin") == 1


def test_a_companys_account_is_tied_once(db, fay):
    assert staff.set_oidc_subject(db, fay.staff_id, "https://id.test 1")
    assert not staff.set_oidc_subject(db, fay.staff_id, "https://id.test 2")
    assert staff.by_oidc_subject(db, "https://id.test 1").staff_id == fay.staff_id
    assert staff.by_oidc_subject(db, "https://id.test 2") is None


# ---- sessions


def test_a_session_is_found_by_its_token_and_only_the_hash_is_stored(db, fay):
    token = staff_sessions.begin(db, fay.staff_id)
    assert staff_sessions.find(db, token).member.email == AGENTS_MAIL
    stored = db.execute(select(schema.staff_sessions)).one()
    assert token not in map(str, stored) and stored.token_hash == staff_sessions.hash_of(token)


@pytest.mark.parametrize("token", [None, "", "x", 43, "A" * 43, "A" * 10_000, "é" * 43, "' OR 1=1 --".ljust(43)])
def test_a_made_up_token_is_nobodys(db, fay, token):
    staff_sessions.begin(db, fay.staff_id)
    assert staff_sessions.find(db, token) is None


def test_a_session_ends_by_itself_when_it_is_idle_and_in_any_case_after_a_day_of_work(db, fay):
    token, now = staff_sessions.begin(db, fay.staff_id), utc_now()
    idle, whole = timedelta(minutes=settings.console_idle_minutes), timedelta(hours=settings.console_session_hours)
    assert staff_sessions.find(db, token, now + idle - timedelta(seconds=5)) is not None
    assert staff_sessions.find(db, token, now + idle + timedelta(seconds=5)) is None
    moment = now
    while moment < now + whole - idle / 2:  # in use all day
        moment += idle / 2
        staff_sessions.renew(db, token, fay.staff_id, moment)
    assert staff_sessions.find(db, token, now + whole - timedelta(seconds=5)) is not None
    assert staff_sessions.find(db, token, now + whole + timedelta(seconds=5)) is None


def test_what_is_over_is_deleted_when_the_next_session_begins(db, fay):
    staff_sessions.begin(db, fay.staff_id, utc_now() - timedelta(days=2))
    staff_sessions.begin(db, fay.staff_id)
    assert len(db.execute(select(schema.staff_sessions)).all()) == 1


def test_renewing_is_due_after_twenty_seconds_and_says_that_somebody_is_there(db, fay):
    token = staff_sessions.begin(db, fay.staff_id)
    session, now = staff_sessions.find(db, token), utc_now()
    assert session.member.is_present(now)
    assert not staff_sessions.is_renewal_due(session, now + timedelta(seconds=15))
    assert staff_sessions.is_renewal_due(session, now + timedelta(seconds=25))
    assert not session.member.is_present(now + timedelta(seconds=65))
    staff_sessions.renew(db, token, fay.staff_id, now + timedelta(seconds=40))
    assert staff.member(db, fay.staff_id).is_present(now + timedelta(seconds=65))


@pytest.mark.parametrize("end", [
    lambda db, member: staff.set_password(db, member.staff_id, "another lamp, another harbour"),
    lambda db, member: staff.change(db, member.staff_id, active=False),
])  # fmt: skip
def test_a_new_password_or_switching_off_ends_every_session_and_link_of_the_person(db, fay, end):
    other = staff.add(db, "gus@shop.test", "Gus", "viewer", password=PASSWORD)
    tokens = [staff_sessions.begin(db, fay.staff_id) for _ in range(2)]
    link, others = staff_links.new_link(db, fay.staff_id), staff_sessions.begin(db, other.staff_id)
    end(db, fay)
    assert [staff_sessions.find(db, token) for token in tokens] == [None, None]
    assert staff_links.find(db, link) is None
    assert staff_sessions.find(db, others) is not None


# ---- links


def test_a_link_works_once_and_for_a_day(db, fay):
    token = staff_links.new_link(db, fay.staff_id)
    assert staff_links.find(db, token, utc_now() + timedelta(hours=25)) is None
    staff_links.use(db, token, "another lamp, another harbour")
    assert staff.with_password(db, AGENTS_MAIL, "another lamp, another harbour") is not None
    with pytest.raises(NotFound):
        staff_links.use(db, token, "a third lamp in the harbour")


def test_a_weak_password_does_not_use_the_link_up(database):
    with database.session() as db:
        token = staff_links.new_link(db, staff.add(db, AGENTS_MAIL, "Fay", "agent").staff_id)
    with pytest.raises(BadInput), database.session() as db:
        staff_links.use(db, token, "short")
    with database.session() as db:
        assert staff_links.use(db, token, PASSWORD).has_password


def test_a_first_link_is_void_once_there_is_an_account_and_once_there_is_a_newer_link(db):
    older, newer = staff_links.new_link(db, None), staff_links.new_link(db, None)
    assert staff_links.find(db, older) is None and staff_links.find(db, newer).member is None
    staff.add(db, AGENTS_MAIL, "Fay", "admin")
    assert staff_links.find(db, newer) is None
    with pytest.raises(NotAllowed):
        staff_links.new_link(db, None)


def test_two_who_open_the_first_link_at_once_make_one_account(database):
    with database.session() as db:
        token = staff_links.new_link(db, None)
    start, outcomes = threading.Barrier(2), []

    def use(name: str) -> None:
        start.wait()
        try:
            with database.session() as db:
                staff_links.use(db, token, PASSWORD, name, f"{name}@shop.test")
            outcomes.append("made")
        except NotFound:
            outcomes.append("refused")

    threads = [threading.Thread(target=use, args=(name,)) for name in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]
    with database.session() as db:
        assert len(staff.members(db)) == 1


@pytest.mark.parametrize(("host", "begins"), [
    ("127.0.0.1", "http://127.0.0.1:8000/"), ("::", "http://localhost:8000/"), ("::1", "http://[::1]:8000/"),
])  # fmt: skip
def test_a_link_names_this_machine(host, begins):
    address = staff_links.address("token", Settings({"FLOORWALKER_HOST": host}))
    assert address == f"{begins}console/set-up/token"


# ---- limits


def fail(db, email: str, address: str, times: int) -> None:
    for _ in range(times):
        sign_in_limits.begin(db, email, address)


def test_an_account_that_is_guessed_at_is_closed_for_a_while_from_everywhere(db):
    now = utc_now()
    fail(db, AGENTS_MAIL, "192.0.2.1", sign_in_limits.EMAIL_TRIES)
    with pytest.raises(TooManyTries) as closed:
        sign_in_limits.begin(db, AGENTS_MAIL.upper(), "198.51.100.9")
    assert 0 < closed.value.retry_after_s <= 15 * 60
    sign_in_limits.begin(db, "gus@shop.test", "192.0.2.1")
    sign_in_limits.begin(db, AGENTS_MAIL, "192.0.2.1", now + timedelta(minutes=16))


def test_an_address_that_guesses_at_many_accounts_is_closed_for_a_while(db):
    for number in range(sign_in_limits.ADDRESS_TRIES):
        sign_in_limits.begin(db, f"name{number}@shop.test", "192.0.2.1")
    with pytest.raises(TooManyTries):
        sign_in_limits.begin(db, AGENTS_MAIL, "192.0.2.1")
    sign_in_limits.begin(db, AGENTS_MAIL, "192.0.2.2")


def test_the_right_password_does_not_count(db):
    for _ in range(3 * sign_in_limits.EMAIL_TRIES):
        sign_in_limits.succeeded(db, sign_in_limits.begin(db, AGENTS_MAIL, "192.0.2.1"))


def test_a_link_opens_the_account_again(db, fay):
    fail(db, AGENTS_MAIL, "192.0.2.1", sign_in_limits.EMAIL_TRIES)
    staff_links.use(db, staff_links.new_link(db, fay.staff_id), PASSWORD)
    sign_in_limits.begin(db, AGENTS_MAIL, "192.0.2.2")


def test_no_address_of_anybody_stands_in_the_list_of_tries(db):
    fail(db, AGENTS_MAIL, "192.0.2.1", 1)
    row = db.execute(select(schema.sign_in_attempts)).one()
    assert AGENTS_MAIL not in map(str, row) and len(row.email_hash) == 64


def test_tries_of_long_ago_are_forgotten(db):
    for number in range(sign_in_limits.CLEARED_EVERY):
        sign_in_limits.begin(db, f"name{number}@shop.test", f"192.0.2.{number}", utc_now() - timedelta(days=2))
    for number in range(sign_in_limits.CLEARED_EVERY):
        sign_in_limits.begin(db, f"name{number}@shop.test", f"192.0.2.{number}")
    assert len(db.execute(select(schema.sign_in_attempts)).all()) <= sign_in_limits.CLEARED_EVERY


def test_of_many_tries_at_once_no_more_than_allowed_begin(database):
    begun, start = [], threading.Barrier(16)

    def guess() -> None:
        start.wait()
        try:
            with database.session() as db:
                sign_in_limits.begin(db, AGENTS_MAIL, "192.0.2.1")
            begun.append(True)
        except TooManyTries:
            pass

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == sign_in_limits.EMAIL_TRIES


# ---- the audit log


def test_the_audit_log_is_read_newest_first_a_page_at_a_time(db):
    for number in range(7):
        privacy.log(db, f"staff:{number % 2}", "look" if number < 5 else "staff.change", f"C0000{number % 3}")
    newest = audit.entries(db, limit=3)
    older = audit.entries(db, limit=9, before_id=newest[-1].entry_id)
    ids = [entry.entry_id for entry in newest + older]
    assert len(ids) == 7 and ids == sorted(ids, reverse=True)
    assert [entry.staff_id for entry in audit.entries(db, actor="staff:1")] == [1, 1, 1]
    assert len(audit.entries(db, action="staff.change")) == 2
    assert len(audit.entries(db, action="staff.change", actor="staff:1")) == 1
    assert len(audit.entries(db, customer_id="C00002")) == 2
    assert audit.entries(db, customer_id="C00002", actor="staff:0", action="staff.change") == []
    assert audit.actions(db) == ["look", "staff.change"] and audit.actors(db) == ["staff:0", "staff:1"]
