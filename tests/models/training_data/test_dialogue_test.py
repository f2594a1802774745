"""A conversation that took place becomes a test that anybody may read, and that the project's tests play."""
from __future__ import annotations

import yaml

from models.training_data.dialogue_test import MOST_STEPS, Said, Shopper, dialogue_test
from models.training_data.problem import ERROR
from shop.masking import personal

KNOWN = (("name", "Berta"), ("e-mail", "berta@home.example"))


def said(text: str, intent: str | None, *actions: str, **more) -> Said:
    return Said(text, intent, actions=actions, personal=personal(text, None, KNOWN), **more)


def test(shopper: Shopper, *messages: Said, name: str = "a guest asks"):
    edit, problems = dialogue_test(name, shopper, messages)
    [conversation] = yaml.safe_load(edit.apply(""))
    return conversation, problems


test.__test__ = False  # a helper


def test_what_was_said_understood_and_done_is_what_the_test_asks_for():
    conversation, problems = test(
        Shopper("guest"),
        said("hello: there # you", "greet", "action_listen", "action_small_talk"),
        Said("the navy one", "refine_search", [{"entity": "colour"}, {"entity": "colour"}], ["action_refine_search"]),
    )
    assert conversation == {"name": "a guest asks", "as": "guest", "steps": [
        {"shopper": "hello: there # you", "intent": "greet", "action": "action_small_talk"},
        {"shopper": "the navy one", "intent": "refine_search", "entities": ["colour"],
         "action": "action_refine_search"},
    ]}
    assert problems == []


def test_the_demo_shops_people_speak_with_their_own_numbers():
    guest, _ = test(Shopper("guest"), said("order #104877, berta@home.example", "track_order", "order_form"),
                    said("it is Berta", "inform", "order_form"))
    assert guest["steps"][0]["shopper"] == "order #{guest.shipped}, {guest.email}"
    assert "Berta" not in str(guest)
    ada, _ = test(Shopper("ada", {"104877": "delivered long ago"}), said("where is 104877", "track_order", "x"))
    assert ada["steps"][0]["shopper"] == "where is {ada.delivered_long_ago}"


def test_a_button_is_pressed_by_its_title_and_the_greetings_is_said():
    conversation, _ = test(
        Shopper("ada", {"104877": "placed"}),
        said("Where is my order?", "track_order", "order_form", button=True),
        said("#104877 (1 item)", "inform", "action_order_task", button=True),
        said("What does it cost?", "shipping_cost", "action_answer_policy", button=True),
    )
    first, second, third = conversation["steps"]
    assert first == {"shopper": "Where is my order?", "action": "order_form"}
    assert second["press"] == r"^\#{ada.placed}\ \(1\ item\)$"
    assert third["press"] == r"^What\ does\ it\ cost\?$"


def test_a_trainer_is_told_what_the_test_cannot_say():
    conversation, problems = test(
        Shopper("ada"), said("cancel 104877", "cancel_order", "order_form"), said("qwx", "nlu_fallback", "action_x"),
        said("to a person", None),
    )
    assert [set(step) for step in conversation["steps"]] == [{"shopper", "intent", "action"}, {"shopper", "action"}]
    assert len(problems) == 3 and all(problem.severity != ERROR for problem in problems)


def test_a_conversation_with_staff_alone_is_no_test():
    _, problems = dialogue_test("x", Shopper(), [said("hello", None)])
    assert ERROR in [problem.severity for problem in problems]


def test_a_long_conversation_is_cut_and_said_to_be():
    conversation, problems = test(Shopper(), *[said("hello", "greet", "a")] * (MOST_STEPS + 5))
    assert len(conversation["steps"]) == MOST_STEPS and len(problems) == 1


def test_a_name_is_one_line_whatever_is_typed():
    conversation, _ = test(Shopper(), said("hello", "greet", "a"), name='two\nlines: "quoted" # [x]')
    assert conversation["name"] == 'two lines: "quoted" # [x]'
