"""What the domain says about a policy is read as trainers save it, and a slip of theirs keeps nobody from an answer."""
from __future__ import annotations

import os

import pytest

from actions.passages_in_use import PassagesInUse

WHOLE = "responses:\n  utter_warranty:\n  - text: It holds {warranty}.\n"


@pytest.fixture
def domain(tmp_path):
    path = tmp_path / "domain.yml"
    path.write_text(WHOLE, "utf-8")
    return path


def save(path, text: str, at: int) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, (at, at))


def test_a_response_is_filled_and_read_again_when_it_is_saved(domain):
    in_use = PassagesInUse(domain)
    assert in_use.wordings("utter_warranty", {"warranty": "two years"}) == ["It holds two years."]
    assert in_use.wordings("utter_nothing", {}) == []
    save(domain, WHOLE.replace("It holds", "You have"), 1)
    assert in_use.wordings("utter_warranty", {"warranty": "two years"}) == ["You have two years."]


@pytest.mark.parametrize("halfway", ["responses: [", "", "responses:\n  utter_warranty:\n", "\x00", None])
def test_a_domain_that_was_saved_halfway_says_what_it_said_before(domain, caplog, halfway):
    in_use = PassagesInUse(domain)
    facts = {"warranty": "two years"}
    before = in_use.wordings("utter_warranty", facts)
    if halfway is None:
        domain.unlink()
    else:
        save(domain, halfway, 1)
    assert in_use.wordings("utter_warranty", facts) == before and "cannot be read" in caplog.text
    save(domain, WHOLE.replace("It holds", "You have"), 2)
    assert in_use.wordings("utter_warranty", facts) == ["You have two years."]
