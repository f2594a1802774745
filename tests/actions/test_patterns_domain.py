"""The domain, the rules and the actions fit together."""
from __future__ import annotations

import re

from shop.settings import ROOT
from tests.actions.dialogue_stage import ACTIONS, DOMAIN, RULE_OF_INTENT

SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "actions").glob("*.py")))


def names(entries: list) -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries}


def test_every_intent_leads_to_an_answer():
    assert names(DOMAIN["intents"]) - RULE_OF_INTENT.keys() == set()


def test_the_domain_names_exactly_the_actions_that_there_are():
    assert names(DOMAIN["actions"]) == set(ACTIONS)


def test_no_form_needs_the_domain_with_every_message():
    forms = [entry for entry in DOMAIN["actions"] if isinstance(entry, dict)]
    assert all(not settings["send_domain"] for entry in forms for settings in entry.values())


def test_every_response_is_said_in_three_ways_at_least():
    assert {name for name, wordings in DOMAIN["responses"].items() if len(wordings) < 3} == set()


def test_the_wordings_of_a_response_need_the_same_facts_or_fewer_than_an_action_gives():
    slots = {"search", "shown_products"}
    for name, wordings in DOMAIN["responses"].items():
        for wording in wordings:
            assert not set(re.findall(r"\{(\w+)\}", wording["text"])) & slots, name


def test_every_response_that_an_action_says_is_in_the_domain():
    said = set(re.findall(r'"(utter_\w+)"', SOURCES))
    assert said - DOMAIN["responses"].keys() == set()


def test_rasa_asks_for_no_slot_by_itself():
    # Rasa utters utter_ask_<slot> on its own, and the form would ask twice.
    slots = {slot for form in DOMAIN["forms"].values() for slot in form["required_slots"]}
    assert {f"utter_ask_{slot}" for slot in slots} & DOMAIN["responses"].keys() == set()


def test_every_slot_that_a_form_waits_for_can_be_explained():
    slots = {slot for form in DOMAIN["forms"].values() for slot in form["required_slots"]}
    assert {f"utter_why_{slot}" for slot in slots} - DOMAIN["responses"].keys() == set()
