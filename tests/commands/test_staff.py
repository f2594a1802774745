"""Operators let people into the console, and back in."""
from __future__ import annotations

import pytest

from shop import audit, staff, staff_links
from shop.settings import settings

PASSWORD = "nine pebbles on a sill"


def token_in(link: str) -> str:
    return link.rpartition("/")[2]


def test_the_first_account_is_made_by_a_link_and_is_an_administrators(floorwalker, database):
    link = floorwalker("staff", "link", "--json").json["link"]
    assert link.startswith(f"http://127.0.0.1:{settings.port}/console/set-up/")
    with database.session() as db:
        member = staff_links.use(db, token_in(link), PASSWORD, "Ada", "ada@example.com")
    assert (member.role, member.sees_customers) == ("admin", True)
    said = floorwalker("staff", "link")
    assert said.status == 2 and "There are accounts already" in said.err


def test_somebody_is_added_and_sets_a_password_by_the_link(floorwalker, database):
    added = floorwalker("staff", "add", "Ben@Example.com", "--name", "Ben", "--role", "agent", "--json").json
    assert (added["email"], added["role"], added["sees_customers"]) == ("ben@example.com", "agent", False)
    with database.session() as db:
        assert staff.with_password(db, "ben@example.com", PASSWORD) is None
        staff_links.use(db, token_in(added["link"]), PASSWORD)
    with database.session() as db:
        assert staff.with_password(db, "ben@example.com", PASSWORD).role == "agent"
        assert [(entry.actor, entry.action) for entry in audit.entries(db)] == [("operator", "staff.invite")]


def test_a_lost_password_is_replaced_by_a_new_link_and_the_earlier_link_is_void(floorwalker, database):
    first = floorwalker("staff", "add", "ben@example.com", "--name", "Ben", "--json").json["link"]
    second = floorwalker("staff", "link", "BEN@example.com", "--json").json["link"]
    with database.session() as db:
        assert staff_links.find(db, token_in(first)) is None
        assert staff_links.find(db, token_in(second)).member.name == "Ben"


def test_a_link_for_nobody_and_an_address_twice_are_refused(floorwalker, database):
    assert floorwalker("staff", "link", "nobody@example.com").status == 1
    assert floorwalker("staff", "add", "ben@example.com", "--name", "Ben").status == 0
    said = floorwalker("staff", "add", "ben@example.com", "--name", "Ben again")
    assert said.status == 1 and "already" in said.err


@pytest.mark.parametrize("email", ["no address", "a@b", ""])
def test_what_is_no_address_makes_no_account(floorwalker, database, email):
    assert floorwalker("staff", "add", email, "--name", "Ben").status == 1
    with database.session() as db:
        assert not staff.exists(db)


def test_all_accounts_are_listed_and_no_hash_is(floorwalker, database):
    assert "Nobody yet" in floorwalker("staff", "list").out
    floorwalker("staff", "add", "ben@example.com", "--name", "Ben", "--sees-customers")
    assert "ben@example.com  Ben  (viewer, sees customers)" in floorwalker("staff", "list").out
    (row,) = floorwalker("staff", "list", "--json").json
    assert set(row) == {"id", "email", "name", "role", "sees_customers", "active", "seen_at"}
