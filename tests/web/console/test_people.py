"""Administrators say who works here, and read what was done."""
from __future__ import annotations

import re

import pytest

from shop import audit, privacy, staff
from tests.web.console.conftest import PASSWORD
from web.console.access import COOKIE_NAME


def person_form(member: staff.Member, **changes) -> dict[str, str]:
    """The form of a person's page as it stands, with ``changes``; False takes a tick away."""
    form = {"name": member.name, "role": member.role}
    ticks = {"sees_customers": member.sees_customers, "active": member.active}
    form |= {name: "1" for name, ticked in ticks.items() if changes.pop(name, ticked)}
    return form | changes


def entries(console) -> list[audit.Entry]:
    with console.database.session() as db:
        return audit.entries(db)


def test_somebody_is_invited_by_a_link_that_is_shown_once_and_makes_them_able_to_sign_in(console, signed_in):
    admin = signed_in("admin")
    answer = admin.submit("/console/people", name="Ivy", email="Ivy@Shop.test", role="agent", sees_customers="1")
    assert answer.status_code == 200
    (link,) = re.findall(r'value="http://shop.test(/console/set-up/[\w-]{43})"', answer.text)
    guest = console.visitor()
    assert guest.submit(link, password=PASSWORD, again=PASSWORD).status_code == 303
    assert "ivy@shop.test" in guest.get("/console/account").text
    page = admin.get("/console/people").text
    assert "Ivy" in page and link not in page
    invited = next(entry for entry in entries(console) if entry.action == "staff.invite")
    assert invited.actor == admin.member.actor and invited.detail["role"] == "agent" and link not in str(invited.detail)


@pytest.mark.parametrize(("fields", "said"), [
    ({"email": "nonsense"}, "E-mail:"), ({"email": "admin1@shop.test"}, "has this address already"),
    ({"name": " "}, "Name:"), ({"role": "king"}, "Role:"), ({"name": "x" * 100}, "Name:"), ({"role": ""}, "Role:"),
])  # fmt: skip
def test_an_invitation_that_does_not_fit_says_why_and_keeps_what_was_typed(console, signed_in, fields, said):
    form = {"name": "Ivy", "email": "ivy@shop.test", "role": "agent", **fields}
    answer = signed_in("admin").submit("/console/people", **form)
    assert answer.status_code == 400 and said in answer.text and f'value="{form["email"]}"' in answer.text
    assert not any(entry.action == "staff.invite" for entry in entries(console))


def test_what_somebody_may_is_changed_and_noted_before_and_after(console, signed_in, staff_member):
    admin, ivy = signed_in("admin"), staff_member("viewer", name="Ivy")
    path = f"/console/people/{ivy.staff_id}"
    assert "Ivy" in admin.get(path).text
    assert admin.submit(path, **person_form(ivy, role="trainer", sees_customers=True)).status_code == 303
    assert admin.submit(path, **person_form(ivy, role="trainer", sees_customers=True)).status_code == 303
    with console.database.session() as db:
        now = staff.member(db, ivy.staff_id)
    assert (now.role, now.sees_customers, now.active, now.name) == ("trainer", True, True, "Ivy")
    (noted,) = [entry for entry in entries(console) if entry.action == "staff.change"]  # the second changed nothing
    assert noted.detail == {
        "staff_id": ivy.staff_id, "role": {"before": "viewer", "after": "trainer"},
        "sees_customers": {"before": False, "after": True},
    }


@pytest.mark.parametrize("changes", [{"role": "viewer"}, {"active": False}])
def test_the_last_administrator_cannot_be_removed_by_anybody(console, signed_in, changes):
    admin = signed_in("admin")
    answer = admin.submit(f"/console/people/{admin.member.staff_id}", **person_form(admin.member, **changes))
    assert answer.status_code == 400 and "last administrator" in answer.text
    assert admin.get("/console/people").status_code == 200


def test_switching_somebody_off_ends_their_sessions(signed_in):
    admin, agent = signed_in("admin"), signed_in("agent")
    admin.submit(f"/console/people/{agent.member.staff_id}", **person_form(agent.member, active=False))
    assert agent.get("/console/account").status_code == 303
    page = admin.get("/console/people").text
    assert "switched off" in page
    assert admin.submit(f"/console/people/{agent.member.staff_id}/link").status_code == 404


def test_a_lost_password_is_replaced_by_a_link(console, signed_in, staff_member):
    admin, ivy = signed_in("admin"), staff_member("agent")
    answer = admin.submit(f"/console/people/{ivy.staff_id}/link")
    (link,) = re.findall(r'value="http://shop.test(/console/set-up/[\w-]{43})"', answer.text)
    guest = console.visitor()
    new = "nine pebbles on a window sill"
    assert guest.submit(link, password=new, again=new).headers["location"] == "/console/"
    assert guest.cookies[COOKIE_NAME]
    assert console.visitor().submit("/console/sign-in", email=ivy.email, password=PASSWORD).status_code == 401


def test_a_person_that_is_not_there_is_not_found(signed_in):
    admin = signed_in("admin")
    assert admin.get("/console/people/999").status_code == 404
    assert admin.submit("/console/people/999", name="x", role="agent").status_code == 404
    assert admin.submit("/console/people/999/link").status_code == 404


# ---- the audit log


def test_the_audit_log_is_read_page_by_page_and_by_who_what_and_whom(console, signed_in):
    admin = signed_in("admin", sees_customers=True)
    with console.database.session() as db:
        for number in range(120):
            privacy.log(db, f"staff:{admin.member.staff_id}", "conversation.read", f"C{number:05d}", {"seq": number})
        privacy.log(db, "operator", "erase", "C00007")
    seen, path = [], "/console/audit?action=conversation.read"
    while path:
        page = admin.get(path).text
        seen += re.findall(r'customer=C(\d{5})"', page)
        older = re.search(r'rel="next"[^>]* href="([^"]+)"', page)
        path = older and older[1].replace("&amp;", "&")
    assert [int(number) for number in seen] == list(range(119, -1, -1))
    page = admin.get("/console/audit?customer=c00007").text
    assert page.count("<tr>") == 3 and "operator" in page and admin.member.name in page
    assert admin.get("/console/audit?actor=operator").text.count("<tr>") == 2
    assert "Nothing fits" in admin.get("/console/audit?actor=nobody").text


@pytest.mark.parametrize("before", ["x", "-1", "1e9", "9" * 30, "²", ""])
def test_a_senseless_page_of_the_audit_log_breaks_nothing(signed_in, before):
    assert signed_in("admin").get(f"/console/audit?before={before}").status_code == 200


def test_who_may_not_see_customers_data_does_not_find_it_in_the_audit_log(console, signed_in):
    with console.database.session() as db:
        detail = {"order_number": "104312", "said": "write to ada@example.com", "seq": 7}
        privacy.log(db, "operator", "look", "C00001", detail)
    page = signed_in("admin").get("/console/audit").text
    assert "104312" not in page and "ada@example.com" not in page and "[order number]" in page and "[e-mail]" in page
    page = signed_in("admin", sees_customers=True).get("/console/audit").text
    assert "104312" in page and "ada@example.com" in page
