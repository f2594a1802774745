"""Whoever has no right to customers' data meets none, whatever address of the console they read."""
from __future__ import annotations

import re

import pytest
from starlette.routing import Route

from shop import conversation_notes, conversations, privacy
from shop.staff_roles import ROLES, may
from tests.web.console.review_stage import ADA, conversation_of_ada, say
from web import console as console_room

# What the small shop and the conversation know of Ada: none of it may be read. Ids are no data of hers.
SECRETS = (
    "ada@example.com", "Ada Stone", "Stone", "Mill Lane 4", "1012 AB", "Amsterdam", "104312", "104 312",
    "+31 6 1234 5678", "12 Harbour Street",
)  # fmt: skip
READ = [
    route.path for route in console_room.routes if isinstance(route, Route) and "GET" in route.methods
]  # fmt: skip
RIGHTS = {route.path: route.endpoint.right for route in console_room.routes if isinstance(route, Route)}
QUERIES = ("", "?q=stone", "?customer=C00001", "?q=ada%40example.com", "?seq=1")


def without_what_was_typed(text: str, query: str) -> str:
    """The page may show a search's own words again, and no others."""
    typed = {"?q=stone": "stone", "?q=ada%40example.com": "ada@example.com", "?customer=C00001": "C00001"}.get(query)
    return text if typed is None else re.sub(rf'(value="|q=|“|"){re.escape(typed)}', r"\1", text).replace(
        typed.replace("@", "%40"), ""
    )


@pytest.fixture
def talk(console, staff_member) -> str:
    author = staff_member("agent", name="Fay")
    with console.database.session() as db:
        talk = conversation_of_ada(db)
        say(db, talk, "where is #104312? ring +31 6 1234 5678, I am at 12 Harbour Street", intent="track_order")
        say(db, talk, "Stone, Mill Lane 4, 1012 AB Amsterdam", intent="inform", said=[{
            "text": "Order #104312 goes to Ada Stone, Mill Lane 4, Amsterdam.",
            "payload": {"table": {"columns": ["Order"], "rows": [["#104312"]]},
                        "link": {"title": "Invoice 104312", "url": "/orders/104312/invoice"}},
        }])  # fmt: skip
        conversation_notes.add(db, talk, author.staff_id, "Ada Stone called about 104312, ada@example.com", None)
        privacy.log(db, author.actor, "look", ADA, {"order_number": "104312", "said": "ada@example.com"})
        conversations.mark_read(db, talk, 1)
    return talk


@pytest.mark.parametrize("role", ROLES)
def test_no_address_of_the_console_tells_customers_data_without_the_right_to_it(signed_in, talk, role):
    browser, read = signed_in(role), 0
    for path in READ:
        if RIGHTS[path] in (None, "public") or not may(role, RIGHTS[path]):
            continue
        for kind in ("json", "csv") if "{kind}" in path else ("",):
            address = re.sub(r"{conversation_id(:\w+)?}", talk, path)
            address = re.sub(r"{\w*seq\w*(:int)?}", "1", address).replace("{kind}", kind)
            address = re.sub(r"{\w+(:int)}", "1", address)
            for query in QUERIES:
                answer = browser.get(address + query)
                told = [each for each in SECRETS if each in without_what_was_typed(answer.text, query)]
                assert not told, (address + query, told)
                read += answer.status_code == 200
    assert read >= 5


def test_with_the_right_to_it_the_same_addresses_do_tell(signed_in, talk):
    page = signed_in("agent", sees_customers=True).get(f"/console/conversations/{talk}").text
    assert [each for each in ("ada@example.com", "Stone", "104312", "Mill Lane") if each not in page] == []
