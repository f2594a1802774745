"""One running installation for all tests that only talk to it, its database, and the demo shop's people."""
from __future__ import annotations

import re

import pytest

from benchmarks.stack import WIDE_LIMITS, Stack
from shop.database import Database, open_database
from shop.demo import cast as demo_cast


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    # Conversations are about what the bot does; how the reply model phrases it is in test_written_replies.py.
    running = Stack(tmp_path_factory.mktemp("floorwalker"), **WIDE_LIMITS, FLOORWALKER_REPLY_MODEL="off")
    running.prepare()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def database(stack):
    opened = open_database(f"sqlite:///{stack.var / 'shop.db'}")
    yield opened
    opened.close()


PLACEHOLDER = re.compile(r"\{([a-z_]+)\.([a-z_]+)\}")
# Role in a conversation -> first name in the demo shop. The guest has an order, and no account.
ROLES = {"ada": "ada", "new": "ben", "gold": "clara", "one_order": "deniz", "no_consent": "edith", "guest": "gita"}


class Cast:
    """The demo shop's people, by the roles that conversations give them."""

    def __init__(self, database: Database) -> None:
        with database.session() as db:
            self._members = demo_cast(db)

    def customer_id(self, role: str) -> str | None:
        return self._members[ROLES[role]].customer_id

    def fill(self, text: str) -> str:
        """``{ada.shipped}`` -> the number of Ada's shipped order; ``{ada.email}`` -> her e-mail address."""
        return PLACEHOLDER.sub(lambda found: self._value(found[1], found[2]), text)

    def fill_pattern(self, pattern: str) -> str:
        """The same in a regular expression, where values are taken literally."""
        return PLACEHOLDER.sub(lambda found: re.escape(self._value(found[1], found[2])), pattern)

    def _value(self, role: str, name: str) -> str:
        member = self._members[ROLES[role]]
        fate = name.replace("_", " ")
        return member.orders[fate] if fate in member.orders else getattr(member, name)


@pytest.fixture(scope="session")
def cast(database) -> Cast:
    return Cast(database)
