"""What a turn reports of itself for the transcript: how it was read, which thresholds held, what each step took."""
from __future__ import annotations

import asyncio

from tests.bot.channel_stage import Shop, agent, shop

__all__ = ["agent", "shop"]

TWO = "show me my basket and what are your opening hours?"


def test_each_step_is_reported_with_its_time_and_who_chose_it(shop):
    [answer] = asyncio.run(shop.say(("m1", "show me my basket")))
    understand, action = answer["turn"]["steps"]
    assert (understand["step"], action["step"]) == ("understand", "action_show_cart")
    assert action["policy"].endswith("RulePolicy")  # Rasa puts the policy's place before its name
    assert 0 < understand["ms"] + action["ms"] <= answer["turn"]["duration_ms"] + 1


def test_of_two_requests_in_a_message_each_is_understood_and_answered(shop):
    [answer] = asyncio.run(shop.say(("m1", TWO)))
    assert [each["step"] for each in answer["turn"]["steps"]] == [
        "understand", "action_show_cart", "understand", "action_answer_policy",
    ]  # fmt: skip


def test_a_repeated_message_does_not_say_how_long_it_took_to_understand_in_another_try(shop):
    _, again = asyncio.run(shop.say(("m1", "show me my basket"), ("m1", "show me my basket")))
    assert [each["step"] for each in again["turn"]["steps"]] == ["action_show_cart"]


def test_the_thresholds_of_the_model_and_the_form_that_is_open_are_reported(agent, tmp_path, unused_port):
    asks = Shop(agent, tmp_path, unused_port, form_asks=True)
    first, second = asyncio.run(asks.say(("m1", "show me my basket"), ("m2", "where is my parcel?")))
    assert first["turn"]["form"] is None
    assert second["turn"]["form"] == "order_form"
    assert first["turn"]["thresholds"] == {"confidence": 0.6, "ambiguity": 0.05}


def test_three_guesses_are_kept_beside_being_unsure(shop):
    [answer] = asyncio.run(shop.say(("m1", "blue perhaps tomorrow, or the second when it does")))
    ranking = answer["turn"]["intent_ranking"]
    guesses = [each for each in ranking if each["name"] != "nlu_fallback"]
    assert answer["turn"]["intent"] == "nlu_fallback"
    assert len(guesses) == 3


def test_a_message_with_a_typing_error_is_reported_as_it_was_read(shop):
    wrong, right = asyncio.run(shop.say(("m1", "where is my pacrel"), ("m2", "thank you")))
    assert wrong["turn"]["read_as"] == "where is my parcel"
    assert "read_as" not in right["turn"]
